"""A fault under way: what :meth:`~babyn_simulator.nursery.Nursery.inject` returns."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from babyn_simulator.faults.base import Fault

FaultT_co = TypeVar("FaultT_co", bound="Fault", covariant=True)

OVERHEARD = 1000
"""How many ATT PDUs are kept that somebody has overheard."""


class Injection(Generic[FaultT_co]):
    """A fault that has been injected.

    Attributes:
        fault: what it is.
        strikes: how often it has struck; one that found nothing to strike is not counted.
        last_strike: when it did last, in the event loop's time.
        overheard: the last ATT PDUs that a man in the middle has read.
    """

    def __init__(self, fault: FaultT_co, end: Callable[[], None]) -> None:
        self.fault = fault
        self.strikes = 0
        self.last_strike: float | None = None
        self.overheard: deque[bytes] = deque(maxlen=OVERHEARD)
        self._end = end
        self._over = False
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def active(self) -> bool:
        """Whether it may strike again."""
        limit = self.fault.limit
        return not self._over and (limit is None or self.strikes < limit)

    def cancel(self) -> None:
        """Strike no more, and end what lasts of earlier strikes. Cancelling twice does nothing."""
        self._end()

    async def struck(self, times: int = 1) -> None:
        """Wait until it has struck so often in all."""
        if self.strikes >= times:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((times, done))
        await done

    def note_strike(self) -> None:
        """Count a strike; for the injector."""
        self.strikes += 1
        self.last_strike = asyncio.get_running_loop().time()
        for times, done in tuple(self._waiting):
            if times <= self.strikes and not done.done():
                done.set_result(None)
        self._waiting = [item for item in self._waiting if not item[1].done()]

    def note_over(self) -> None:
        """Note that it waits no more; for the injector."""
        self._over = True
