"""Signals that simulated sensors measure. Nothing here does any IO, or knows what time it is.

They are plausible, not clinical: shapes and sizes are what a parent would recognise, and
each seed gives another child's day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


class Randomness(Protocol):
    """Where a signal takes its chances from."""

    def gauss(self, mean: float, deviation: float) -> float:
        """Return a random number, normally distributed."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """Return a random number between two, evenly distributed."""
        ...


def smooth_step(progress: float) -> float:
    """Return a rise from 0 at 0 to 1 at 1 that begins and ends gently."""
    bounded = min(max(progress, 0.0), 1.0)
    return bounded * bounded * (3.0 - 2.0 * bounded)


def there_and_back(
    since: timedelta, *, rise: timedelta, plateau: timedelta, fall: timedelta
) -> float:
    """Return how much of an episode is there, from 0 to 1.

    Args:
        since: time since it began; negative before.
        rise: how long it takes to be there in full.
        plateau: how long it stays so.
        fall: how long it takes to go away.
    """
    if since <= rise + plateau:
        return smooth_step(since / rise)
    return 1.0 - smooth_step((since - rise - plateau) / fall)


@dataclass(slots=True)
class Wander:
    """A value that wanders about zero by itself, and forgets where it was.

    Attributes:
        randomness: where it goes.
        deviation: its standard deviation.
        memory: the time in which it forgets all but a third of where it was.
    """

    randomness: Randomness
    deviation: float
    memory: timedelta
    _value: float = field(default=0.0, init=False)
    _last: timedelta | None = field(default=None, init=False)

    def at(self, elapsed: timedelta) -> float:
        """Return where it is.

        Args:
            elapsed: time since the beginning; never less than the last time.
        """
        if self._last is None:
            self._value = self.randomness.gauss(0.0, self.deviation)
        else:
            kept = math.exp(-(elapsed - self._last) / self.memory)
            fresh = self.deviation * math.sqrt(max(0.0, 1.0 - kept * kept))
            self._value = self._value * kept + self.randomness.gauss(0.0, 1.0) * fresh
        self._last = elapsed
        return self._value


@dataclass(frozen=True, slots=True)
class Fever:
    """An episode of fever.

    Attributes:
        onset: when it begins, counted from when the sensor was placed.
        peak: body temperature at its height, in degrees Celsius.
        rise: how long it takes to get there.
        plateau: how long it stays there.
        fall: how long it takes to go away.
    """

    onset: timedelta = timedelta(hours=1)
    peak: float = 38.9
    rise: timedelta = timedelta(minutes=90)
    plateau: timedelta = timedelta(hours=3)
    fall: timedelta = timedelta(hours=4)

    def share(self, elapsed: timedelta) -> float:
        """Return how much of the way to the peak the body has gone, from 0 to 1."""
        return there_and_back(
            elapsed - self.onset, rise=self.rise, plateau=self.plateau, fall=self.fall
        )


@dataclass(slots=True)
class SkinTemperature:
    """The temperature under a patch in a child's armpit, in degrees Celsius.

    It follows the day (lowest at 4 in the morning), drifts a little by itself, rises with a
    fever, and carries the noise of a sensor. A patch that has just been placed starts at the
    temperature of the room and takes minutes to warm up.

    Attributes:
        randomness: where drift and noise come from.
        baseline: mean over the day of a child that is well.
        swing: how far the day takes it up and down.
        room: what the patch starts from.
        warm_up: the time constant of warming up.
        drift: standard deviation of the slow drift.
        noise: standard deviation of single measurements.
        fever: an episode of fever, if there is one.
    """

    randomness: Randomness
    baseline: float = 36.6
    swing: float = 0.3
    room: float = 22.5
    warm_up: timedelta = timedelta(minutes=2)
    drift: float = 0.06
    noise: float = 0.015
    fever: Fever | None = None
    _drift: Wander = field(init=False)

    def __post_init__(self) -> None:
        self._drift = Wander(self.randomness, self.drift, timedelta(minutes=15))

    def body(self, elapsed: timedelta, moment: datetime) -> float:
        """Return the temperature of the body itself, without drift or noise."""
        hour = moment.hour + moment.minute / 60 + moment.second / 3600
        well = self.baseline - self.swing * math.cos((hour - 4.0) / 24.0 * 2.0 * math.pi)
        if self.fever is None:
            return well
        return well + (self.fever.peak - well) * self.fever.share(elapsed)

    def measure(self, elapsed: timedelta, moment: datetime) -> float:
        """Return one measurement.

        Args:
            elapsed: time since the sensor was placed; never less than the last time.
            moment: the date and time, for the time of day.
        """
        skin = self.body(elapsed, moment) + self._drift.at(elapsed)
        cold = math.exp(-elapsed / self.warm_up)
        return skin + (self.room - skin) * cold + self.randomness.gauss(0.0, self.noise)


@dataclass(slots=True)
class Battery:
    """A battery that drains evenly.

    Attributes:
        percent: how full it was when ``since`` was.
        lifetime: how long it lasts from full to empty.
        since: the elapsed time to which ``percent`` belongs.
    """

    percent: float = 100.0
    lifetime: timedelta = timedelta(days=30)
    since: timedelta = timedelta()

    def level(self, elapsed: timedelta) -> int:
        """Return how full it is, in whole percent."""
        drained = (elapsed - self.since) / self.lifetime * 100.0
        return math.ceil(min(max(self.percent - drained, 0.0), 100.0))

    def set(self, percent: float, elapsed: timedelta) -> None:
        """Put another battery in.

        Raises:
            ValueError: ``percent`` is not from 0 to 100.
        """
        if not 0.0 <= percent <= 100.0:
            raise ValueError("a battery is from 0 to 100 percent full")
        self.percent = percent
        self.since = elapsed
