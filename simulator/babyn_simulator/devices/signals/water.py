"""The water in a bottle warmer. Nothing here does any IO."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babyn_simulator.devices.signals.wander import Randomness


@dataclass(slots=True)
class Water:
    """The water in a warmer, in degrees Celsius.

    Attributes:
        randomness: where the noise of the sensor comes from.
        room: what it starts from, and cools to.
        power: how much the heater warms it in a minute.
        cooling: time constant in which it cools.
        noise: standard deviation of single measurements.
    """

    randomness: Randomness
    room: float = 21.0
    power: float = 6.0
    cooling: timedelta = timedelta(minutes=40)
    noise: float = 0.03
    _temperature: float = field(init=False)
    _last: timedelta | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._temperature = self.room

    def measure(self, elapsed: timedelta, *, heated: bool) -> float:
        """Return one measurement.

        Args:
            elapsed: time since the warmer was first on mains; never less than the last time.
            heated: whether the heater has been on since the last time.
        """
        passed = timedelta() if self._last is None else elapsed - self._last
        self._last = elapsed
        goal = self.room + (self.power * (self.cooling / timedelta(minutes=1)) if heated else 0.0)
        self._temperature = goal + (self._temperature - goal) * math.exp(-passed / self.cooling)
        return self._temperature + self.randomness.gauss(0.0, self.noise)
