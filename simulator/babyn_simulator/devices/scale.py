"""An infant scale: what it weighs, and the services that tell it in steps of 5 g and of 1 g.

WSS v1.0.1 - Weight Scale Service; the finer weight is in a service of this project's own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final, Unpack

from babyn_protocol.date_time import DateTime
from babyn_protocol.gatt.device_events import ButtonPress, FeedEnded
from babyn_protocol.gatt.sensor import FineWeightMeasurement
from babyn_protocol.gatt.weight_scale import (
    MeasurementUnits,
    WeightMeasurement,
    WeightResolution,
    WeightScaleFeature,
)
from babyn_protocol.numbers import NoNumber
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_protocol.uuids import VendorCharacteristic, VendorService
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.nursery_device import DeviceOptions, NurseryDevice
from babyn_simulator.devices.signals import Battery
from babyn_simulator.devices.weighing import BodyWeight, Feed
from babyn_simulator.security import Pairing
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from babyn_simulator.devices.thermometer import Identity
    from babyn_simulator.radio import Air

GENERIC_WEIGHT_SCALE = 0x0C80
"""Appearance: Generic Weight Scale (Assigned Numbers §2.6)."""

LARGEST: Final = 20.0
"""What the scale can weigh, in kilograms."""

MILK: Final = 1.03
"""Grams that a millilitre of milk weighs."""

SETTLING: Final = timedelta(seconds=8)
"""How long a child lies on the scale until its weight is taken."""

UNTIL_WEIGHED: Final = timedelta(seconds=30)
"""How long before and after a feed the child is weighed."""

_SHOWN_EVERY: Final = timedelta(seconds=1)
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


@dataclass(slots=True)
class ScaleModel:
    """What a scale is and does, without a radio. Time comes from outside.

    Attributes:
        weight: what it weighs.
        battery: what it runs on.
        interval: seconds between two weighings that have nothing to do with a feed; ``None``:
            there are none.
        timestamp: whether its measurements say when.
        towel: what else lies on it, in kilograms; subtracted after a press of the button.
        net: whether the towel is subtracted.
        forced: weighed instead of the child: kilograms, or why there is no weight.
    """

    weight: BodyWeight
    battery: Battery = field(default_factory=lambda: Battery(lifetime=timedelta(days=180)))
    interval: float | None = 3600.0
    timestamp: bool = True
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

    def show(self, elapsed: timedelta, lying: timedelta) -> float | NoNumber:
        """Return what the scale shows, in kilograms, or why it shows no weight.

        Args:
            elapsed: time since the scale was set up.
            lying: for how long the child has been lying on it.
        """
        if isinstance(self.forced, NoNumber):
            return self.forced
        loaded = self.weight.measure(elapsed, lying) if self.forced is None else self.forced
        shown = loaded if self.net else loaded + self.towel
        return shown if 0.0 <= shown <= LARGEST else NoNumber.MEASUREMENT_UNSUCCESSFUL

    def fine(
        self, shown: float | NoNumber, moment: datetime, *, settled: bool
    ) -> FineWeightMeasurement:
        """Return what the scale shows in steps of 1 g.

        Args:
            shown: what it shows.
            moment: the device's date and time, aware.
            settled: whether it does not move any more.
        """
        return FineWeightMeasurement(
            weight=_stepped(shown, _FINE),
            timestamp=self._stamp(moment),
            settled=settled and not isinstance(shown, NoNumber),
            net=self.net,
        )

    def coarse(self, shown: float | NoNumber, moment: datetime) -> WeightMeasurement:
        """Return what the scale shows in steps of 5 g, by the standard."""
        return WeightMeasurement(
            units=MeasurementUnits.SI,
            weight=_stepped(shown, _COARSE),
            timestamp=self._stamp(moment),
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

    def _stamp(self, moment: datetime) -> DateTime | None:
        if not self.timestamp:
            return None
        return DateTime.of(moment.astimezone(UTC).replace(tzinfo=None))


def _stepped(shown: float | NoNumber, step: Decimal) -> Decimal | NoNumber:
    return shown if isinstance(shown, NoNumber) else round(shown / float(step)) * step


class Scale(NurseryDevice):
    """An infant scale on the air. Its button takes the towel away from the weight.

    Args:
        air: the medium.
        model: what it weighs and how.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.nursery_device.DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        model: ScaleModel,
        identity: Identity,
        **options: Unpack[DeviceOptions],
    ) -> None:
        self.model = model
        self.weight = Characteristic(Uuids.WEIGHT_MEASUREMENT, indicate=True, protected=True)
        self.fine_weight = Characteristic(
            VendorCharacteristic.FINE_WEIGHT_MEASUREMENT, indicate=True, protected=True
        )
        features = Characteristic(
            Uuids.WEIGHT_SCALE_FEATURE, read=bytes(model.features()), protected=True
        )
        options.setdefault("name", "Scale")
        options.setdefault("pairing", Pairing.REQUIRED)
        options.setdefault(
            "advertisement", Advertisement(service_uuids=(ServiceUuids.WEIGHT_SCALE,))
        )
        super().__init__(
            air,
            identity,
            [
                Service(ServiceUuids.WEIGHT_SCALE, [features, self.weight]),
                Service(VendorService.SENSOR, [self.fine_weight]),
            ],
            appearance=GENERIC_WEIGHT_SCALE,
            battery=model.battery,
            options=options,
        )

    def force_weight(self, kilograms: float | NoNumber | None) -> None:
        """Weigh this from now on; ``None`` for the child again."""
        self.model.forced = kilograms

    def on_button(self, button: int, press: ButtonPress) -> None:
        """Subtract the towel from now on."""
        if (button, press) == (1, ButtonPress.PRESS):
            self.model.net = True

    async def weigh_once(self, occasion: Weighing | None = None) -> None:
        """Weigh a child that is laid on the scale now, and tell whoever has subscribed.

        The finer weight is told while it settles, too; that is for display only.
        """
        loop = asyncio.get_running_loop()
        laid_down = loop.time()
        lying = timedelta()
        while lying < SETTLING:
            shown = self.model.show(self.elapsed, lying)
            if not isinstance(shown, NoNumber):
                message = self.model.fine(shown, utc_now(), settled=False)
                await self.indicate(self.fine_weight, bytes(message))
            lying += _SHOWN_EVERY
            await asyncio.sleep(laid_down + lying.total_seconds() - loop.time())
        shown, moment = self.model.show(self.elapsed, lying), utc_now()
        fine, coarse = (
            self.model.fine(shown, moment, settled=True),
            self.model.coarse(shown, moment),
        )
        await self.indicate(self.fine_weight, bytes(fine))
        await self.indicate(self.weight, bytes(coarse))
        ended = None if occasion is None else self.model.feed_ended(occasion, shown)
        if ended is not None:
            self.happened(ended)
        await self.tell_battery()

    async def work(self) -> None:
        """Weigh whenever it is time."""
        last = self.elapsed
        while (weighing := self.model.next_weighing(last)) is not None:
            await asyncio.sleep((weighing.at - self.elapsed).total_seconds())
            await self.weigh_once(weighing)
            last = weighing.at
