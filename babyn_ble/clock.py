"""Time, as the companion sees it: one clock for dates, one for durations.

On an ordinary event loop both are the system's. A loop that runs in virtual time says so
by a method ``utc_now``; then both come from it, and a simulated day has simulated dates.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol, cast


class Clock(Protocol):
    """Where dates and durations come from."""

    @property
    def virtual(self) -> bool:
        """Whether time passes only when nothing else can happen: no other process shares it."""
        ...

    def now(self) -> datetime:
        """Return the date and time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards, from an arbitrary origin."""
        ...


class SystemClock:
    """The system's own clocks."""

    virtual = False

    def now(self) -> datetime:
        """Return the date and time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go backwards, from an arbitrary origin."""
        return time.monotonic()


class _VirtualLoop(Protocol):
    def utc_now(self) -> datetime: ...

    def time(self) -> float: ...


class LoopClock:
    """The clock of an event loop that runs in virtual time."""

    virtual = True

    def __init__(self, loop: _VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        """Return the loop's date and time, aware, in UTC."""
        return self._loop.utc_now()

    def monotonic(self) -> float:
        """Return the loop's time, in seconds."""
        return self._loop.time()


class RunningClock:
    """The clock of whatever event loop is running at the moment of the call.

    Outside of any loop, and on an ordinary one, it is the system's.
    """

    @property
    def virtual(self) -> bool:
        """Whether time is the running loop's own."""
        return running_clock().virtual

    def now(self) -> datetime:
        """Return the date and time, aware, in UTC."""
        return running_clock().now()

    def monotonic(self) -> float:
        """Return seconds that never go backwards while one loop runs."""
        return running_clock().monotonic()


_SYSTEM = SystemClock()


def running_clock() -> Clock:
    """Return the clock of the running event loop, or the system's where none runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return _SYSTEM
    if hasattr(loop, "utc_now"):
        return LoopClock(cast("_VirtualLoop", loop))
    return _SYSTEM
