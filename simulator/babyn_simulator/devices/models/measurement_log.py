"""The log of a device: measurements that nobody has taken yet, as many as there is room for.

It is in flash: it survives resets and empty batteries, and is erased with the bonds. Nothing
here does any IO.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from babyn_simulator.devices.models.device_clock import ClockReading

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """A measurement, and when it was taken.

    Attributes:
        value: what was measured.
        elapsed: time since the device was first powered on.
        clock: what the device's clock said.
    """

    value: T
    elapsed: timedelta
    clock: ClockReading


@dataclass(frozen=True, slots=True)
class Record(Generic[T]):
    """A measurement in the log.

    Attributes:
        sequence: its number; the next one has the next.
        taken: the measurement.
    """

    sequence: int
    taken: Taken[T]


class MeasurementLog(Generic[T]):
    """A ring of measurements: where there is no room for one more, the oldest goes.

    Args:
        capacity: how many there is room for; 0: the device keeps none.

    Raises:
        ValueError: the capacity is negative.
    """

    def __init__(self, capacity: int = 0) -> None:
        if capacity < 0:
            raise ValueError("the capacity of a log is not negative")
        self.capacity = capacity
        self.dropped = 0
        """Measurements for which there was no room any more."""
        self._kept: deque[Record[T]] = deque()
        self._next = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def full(self) -> bool:
        """Whether the next measurement costs the oldest."""
        return len(self._kept) >= self.capacity

    def add(self, taken: Taken[T]) -> None:
        """Keep a measurement."""
        self._kept.append(Record(self._next, taken))
        self._next += 1
        if len(self._kept) > self.capacity:
            self._kept.popleft()
            self.dropped += 1

    def oldest(self) -> Record[T] | None:
        """Return the oldest measurement that is kept."""
        return self._kept[0] if self._kept else None

    def records(self) -> tuple[Record[T], ...]:
        """Return all that is kept, oldest first."""
        return tuple(self._kept)

    def confirm(self, sequence: int) -> None:
        """Forget a measurement that somebody has taken, and what is older than it."""
        while self._kept and self._kept[0].sequence <= sequence:
            self._kept.popleft()

    def erase(self) -> int:
        """Forget everything; return how many measurements that were."""
        erased = len(self._kept)
        self._kept.clear()
        return erased
