"""A battery: how full it is, and when it is empty. Nothing here does any IO."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta


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

    @property
    def empty_at(self) -> timedelta:
        """The elapsed time at which it is empty."""
        return self.since + self.percent / 100.0 * self.lifetime

    def level(self, elapsed: timedelta) -> int:
        """Return how full it is, in whole percent."""
        drained = (elapsed - self.since) / self.lifetime * 100.0
        return math.ceil(min(max(self.percent - drained, 0.0), 100.0))

    def is_empty(self, elapsed: timedelta) -> bool:
        """Return whether nothing is left in it."""
        return elapsed >= self.empty_at

    def set(self, percent: float, elapsed: timedelta) -> None:
        """Put another battery in.

        Raises:
            ValueError: ``percent`` is not from 0 to 100.
        """
        if not 0.0 <= percent <= 100.0:
            raise ValueError("a battery is from 0 to 100 percent full")
        self.percent = percent
        self.since = elapsed
