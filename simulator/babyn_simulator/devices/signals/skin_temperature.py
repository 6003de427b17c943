"""What a thermometer patch measures under a child's arm. Nothing here does any IO.

Plausible, not clinical: shapes and sizes are what a parent would recognise, and each seed gives
another child's day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from babyn_simulator.devices.signals.wander import Randomness, Wander, there_and_back


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
