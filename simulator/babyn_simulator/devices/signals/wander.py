"""What signals are made of: chance, gentle steps, values that wander. Nothing here does any IO."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
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
