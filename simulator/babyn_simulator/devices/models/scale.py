"""What an infant scale is and does, in messages with steps of 5 g and of 1 g.

WSS v1.0.1 - Weight Scale Service; the finer weight is in a service of this project's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final

from babyn_protocol.date_time import DateTime
from babyn_protocol.gatt.device_events import FeedEnded
from babyn_protocol.gatt.sensor import FineWeightMeasurement
from babyn_protocol.gatt.weight_scale import (
    MeasurementUnits,
    WeightMeasurement,
    WeightResolution,
    WeightScaleFeature,
)
from babyn_protocol.numbers import NoNumber
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.models.device_clock import DeviceClock
from babyn_simulator.devices.models.measurement_log import MeasurementLog, Taken
from babyn_simulator.devices.signals.weighing import BodyWeight, Feed

LARGEST: Final = 20.0
"""What the scale can weigh, in kilograms."""

MILK: Final = 1.03
"""Grams that a millilitre of milk weighs."""

UNTIL_WEIGHED: Final = timedelta(seconds=30)
"""How long before and after a feed the child is weighed."""

_COARSE: Final = Decimal("0.005")

_FINE: Final = Decimal("0.001")


class Occasion(Enum):
    """Why a child is weighed."""

    INTERVAL = "interval"
    BEFORE_FEED = "before feed"
    AFTER_FEED = "after feed"


@dataclass(frozen=True, slots=True)
class Weighing:
    """One time that a child is laid on the scale.

    Attributes:
        at: when, counted from when the scale was set up.
        occasion: why.
        feed: which feed it is before or after.
    """

    at: timedelta
    occasion: Occasion
    feed: Feed | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a scale shows.

    Attributes:
        weight: in kilograms, or why there is none.
        net: whether the towel is subtracted.
    """

    weight: float | NoNumber
    net: bool


@dataclass(slots=True)
class ScaleModel:
    """What a scale is and does, without a radio. Time comes from outside.

    Attributes:
        weight: what it weighs.
        battery: what it runs on.
        interval: seconds between two weighings that have nothing to do with a feed; ``None``:
            there are none.
        timestamp: whether its measurements say when.
        clock: what it takes the time from.
        log: where weighings wait for somebody to take them.
        towel: what else lies on it, in kilograms; subtracted after a press of the button.
        net: whether the towel is subtracted.
        forced: weighed instead of the child: kilograms, or why there is no weight.
    """

    weight: BodyWeight
    battery: Battery = field(default_factory=lambda: Battery(lifetime=timedelta(days=180)))
    interval: float | None = 3600.0
    timestamp: bool = True
    clock: DeviceClock = field(default_factory=DeviceClock)
    log: MeasurementLog[Shown] = field(default_factory=MeasurementLog[Shown])
    towel: float = 0.0
    net: bool = False
    forced: float | NoNumber | None = None
    _before: float | None = field(default=None, init=False)

    def next_weighing(self, elapsed: timedelta) -> Weighing | None:
        """Return the first weighing after a time, or ``None`` if there will be none.

        A feed comes with two, one before and one after it.
        """
        planned: list[Weighing] = []
        if self.interval is not None:
            step = timedelta(seconds=self.interval)
            planned.append(Weighing((elapsed // step + 1) * step, Occasion.INTERVAL))
        # What was drunk before is weighed after it, so the search begins a feed earlier.
        around = None if self.weight.feeding is None else self.weight.feeding.every
        feed = None if around is None else self.weight.feed_after(elapsed - around)
        while feed is not None:
            end = feed.begin + feed.lasts
            for at, occasion in (
                (feed.begin - UNTIL_WEIGHED, Occasion.BEFORE_FEED),
                (end + UNTIL_WEIGHED, Occasion.AFTER_FEED),
            ):
                if at > elapsed:
                    planned.append(Weighing(at, occasion, feed))
            if feed.begin > elapsed:
                break
            feed = self.weight.feed_after(feed.begin)
        return min(planned, key=lambda weighing: weighing.at, default=None)

    def show(self, elapsed: timedelta, moment: datetime, lying: timedelta) -> Taken[Shown]:
        """Return what the scale shows.

        Args:
            elapsed: time since the scale was set up.
            moment: the true date and time, aware.
            lying: for how long the child has been lying on it.
        """
        return Taken(Shown(self._weigh(elapsed, lying), self.net), elapsed, self.clock.read(moment))

    def fine(self, taken: Taken[Shown], *, fresh: bool, settled: bool) -> FineWeightMeasurement:
        """Return what the scale shows in steps of 1 g.

        Args:
            taken: what it shows.
            fresh: whether that is sent at once.
            settled: whether it does not move any more.
        """
        shown = taken.value
        return FineWeightMeasurement(
            weight=_stepped(shown.weight, _FINE),
            timestamp=self._stamp(taken, fresh=fresh),
            settled=settled and not isinstance(shown.weight, NoNumber),
            net=shown.net,
        )

    def coarse(self, taken: Taken[Shown], *, fresh: bool) -> WeightMeasurement:
        """Return what the scale shows in steps of 5 g, by the standard."""
        return WeightMeasurement(
            units=MeasurementUnits.SI,
            weight=_stepped(taken.value.weight, _COARSE),
            timestamp=self._stamp(taken, fresh=fresh),
        )

    def features(self) -> WeightScaleFeature:
        """Return what it can do."""
        return WeightScaleFeature(
            has_timestamps=self.timestamp, weight_resolution=WeightResolution.KG_0_005_OR_LB_0_01
        )

    def feed_ended(self, weighing: Weighing, shown: float | NoNumber) -> FeedEnded | None:
        """Return the totals of a feed, if a weighing ends one that was also weighed before."""
        weight = None if isinstance(shown, NoNumber) else shown
        if weighing.occasion is Occasion.BEFORE_FEED:
            self._before = weight
        if weighing.occasion is not Occasion.AFTER_FEED or weighing.feed is None:
            return None
        before, self._before = self._before, None
        drunk: Decimal | NoNumber = NoNumber.NOT_KNOWN
        if before is not None and weight is not None and weight >= before:
            drunk = Decimal(round((weight - before) * 1000 / MILK))
        seconds = round(weighing.feed.lasts.total_seconds())
        return FeedEnded(seconds=Decimal(seconds), millilitres=drunk)

    def _weigh(self, elapsed: timedelta, lying: timedelta) -> float | NoNumber:
        if isinstance(self.forced, NoNumber):
            return self.forced
        loaded = self.weight.measure(elapsed, lying) if self.forced is None else self.forced
        shown = loaded if self.net else loaded + self.towel
        return shown if 0.0 <= shown <= LARGEST else NoNumber.MEASUREMENT_UNSUCCESSFUL

    def _stamp(self, taken: Taken[Shown], *, fresh: bool) -> DateTime | None:
        return taken.clock.stamp(fresh=fresh) if self.timestamp else None


def _stepped(shown: float | NoNumber, step: Decimal) -> Decimal | NoNumber:
    return shown if isinstance(shown, NoNumber) else round(shown / float(step)) * step
