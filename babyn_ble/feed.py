"""A feed: what one consumer has still to take from a stream that does not wait for it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

from babyn_ble.errors import BabynError
from babyn_ble.readings import Gap, Reading


class Feed:
    """A bounded queue of readings for one consumer.

    When the consumer is too slow the oldest readings go, and the next one it takes says how
    many. When the stream ends the consumer first gets what is left, then the end.

    Args:
        capacity: readings that are kept at most.
        reason: what a gap says when readings had to go.
    """

    def __init__(self, capacity: int, reason: str) -> None:
        self._readings: deque[Reading] = deque()
        self._capacity = capacity
        self._reason = reason
        self._missed = 0
        self._ended = False
        self._error: BabynError | None = None
        self._changed = asyncio.Event()

    def put(self, reading: Reading) -> None:
        """Add a reading; after the end, drop it."""
        if self._ended:
            return
        if len(self._readings) >= self._capacity:
            self._missed += 1
            self._readings.popleft()
        self._readings.append(reading)
        self._changed.set()

    def end(self, error: BabynError | None, *, discard: bool = False) -> None:
        """End the stream: with ``error``, or quietly with ``None``.

        Args:
            error: raised to the consumer after what is left.
            discard: drop what is left: it may no longer be handed out.
        """
        if discard:
            self._readings.clear()
        if not self._ended:
            self._ended = True
            self._error = error
        self._changed.set()

    async def take(self) -> Reading | None:
        """Return the next reading, or ``None`` at a quiet end.

        Raises:
            BabynError: what the stream ended with.
        """
        while not self._readings:
            if self._ended:
                if self._error is not None:
                    raise self._error
                return None
            self._changed.clear()
            await self._changed.wait()
        reading = self._readings.popleft()
        if self._missed:
            # Where the source missed something too, nobody knows how much it was in all.
            missed = self._missed if reading.gap is None else None
            reading = replace(reading, gap=Gap(missed, self._reason))
            self._missed = 0
        return reading
