"""The nurseries of a process: one for each event loop that uses bleak."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import os
import weakref
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from babyn_simulator.errors import VirtualTimeError
from babyn_simulator.program.simulation import PLAIN, Time

if TYPE_CHECKING:
    from babyn_simulator.bonds import BondStore
    from babyn_simulator.nursery import Nursery, NurseryRadio
    from babyn_simulator.radio import Position
    from babyn_simulator.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Conditions:
    """What each nursery of a process is opened with."""

    scenario: str | Path | Scenario
    """A scenario, or where it is."""
    seed: int | None = None
    """Instead of the scenario's."""
    time: Time = "wall"
    """The clock that the event loop must have."""
    central: str = PLAIN
    """The profile of the program's radio."""
    position: Position = (0.0, 0.0)
    """Where that radio is, in metres."""


@dataclass(slots=True)
class RunningNursery:
    """A nursery on one event loop, and the program's radio in it."""

    nursery: Nursery
    conditions: Conditions
    capture: BinaryIO | None = None
    """Where its HCI traffic is written."""
    ended: bool = False
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _radio: asyncio.Task[NurseryRadio] | None = None

    async def radio(self) -> NurseryRadio:
        """Return the radio that bleak uses; the first call makes it.

        Raises:
            ValueError: there is no central profile of that name.
        """
        if self._radio is None or self._radio.cancelled():
            self._radio = _apart(
                self.nursery.radio(
                    position=self.conditions.position, profile=self.conditions.central
                )
            )
        return await asyncio.shield(self._radio)

    async def aclose(self) -> None:
        """End it."""
        self.ended = True
        await self._stack.aclose()


class Nurseries:
    """Opens a nursery on an event loop when bleak is first used there, and ends it with the loop.

    All of them run the same scenario from the same seed, and share their bonds: a program that
    calls ``asyncio.run()`` twice finds what it has paired.

    Args:
        conditions: what each is opened with.
        capture: returns a new file for each one's HCI traffic; it is left when that ends.
        on_open: what is done with each new one.

    Attributes:
        opened: those that have been opened, in order, also when they have ended.
    """

    def __init__(
        self,
        conditions: Conditions,
        *,
        capture: Callable[[], AbstractContextManager[BinaryIO]] | None = None,
        on_open: Callable[[Nursery], None] = lambda _nursery: None,
    ) -> None:
        self.conditions = conditions
        self._capture = capture
        self._on_open = on_open
        self.opened: list[RunningNursery] = []
        self._bonds: BondStore | None = None
        self._opening: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, asyncio.Task[RunningNursery]
        ] = weakref.WeakKeyDictionary()
        self._process = os.getpid()
        atexit.register(self.end_all)

    async def here(self) -> RunningNursery:
        """Return the nursery of the running event loop; the first call opens it.

        Raises:
            VirtualTimeError: virtual time is asked for, and this loop runs in real time.
            ScenarioError: the scenario cannot be used.
            OSError: the capture cannot be written.
        """
        loop = asyncio.get_running_loop()
        opening = self._opening.get(loop)
        if opening is None or opening.cancelled():
            if self.conditions.time == "virtual" and not hasattr(loop, "virtual_time"):
                raise VirtualTimeError(
                    "the program has chosen an event loop of its own, which runs in real time; "
                    "run it with --time wall"
                )
            opening = _apart(self._open())
            self._opening[loop] = opening
            _before_close(loop, self.end_here)
        return await asyncio.shield(opening)

    def forget(self) -> list[RunningNursery]:
        """Forget bonds, and those that have ended; return these."""
        self._bonds = None
        ended = [running for running in self.opened if running.ended]
        self.opened = [running for running in self.opened if not running.ended]
        return ended

    async def end_here(self) -> None:
        """End the nursery of the running event loop, if there is one."""
        opening = self._opening.pop(asyncio.get_running_loop(), None)
        if opening is None:
            return
        opening.cancel()  # does nothing if it is open
        await asyncio.wait({opening})
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().aclose()

    def end_all(self) -> None:
        """End all of them, on loops that do not run now."""
        if os.getpid() != self._process:
            return  # after a fork: the loops are the parent's
        for loop in list(self._opening):
            if not loop.is_closed() and not loop.is_running():
                loop.run_until_complete(self.end_here())

    async def _open(self) -> RunningNursery:
        from babyn_simulator.bonds import MemoryBondStore
        from babyn_simulator.nursery import Nursery

        self._bonds = self._bonds or MemoryBondStore()
        async with AsyncExitStack() as stack:
            capture = None
            if self._capture is not None:
                capture = stack.enter_context(self._capture())
            nursery = await stack.enter_async_context(
                Nursery.open(
                    self.conditions.scenario,
                    seed=self.conditions.seed,
                    bonds=self._bonds,
                    capture=capture,
                )
            )
            self._on_open(nursery)
            running = RunningNursery(nursery, self.conditions, capture, _stack=stack.pop_all())
            self.opened.append(running)
            return running


_in_use: Nurseries | None = None


def use(nurseries: Nurseries | None) -> Nurseries | None:
    """Set what bleak runs on in this process, and return what it was before.

    ``None`` is the real platform.
    """
    global _in_use
    before, _in_use = _in_use, nurseries
    return before


def in_use() -> Nurseries | None:
    """Return what bleak runs on in this process, or ``None`` for the real platform."""
    return _in_use


def _apart(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Run something in a task that outlives its caller's, and in a context of its own."""
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())


def _before_close(
    loop: asyncio.AbstractEventLoop, end: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Have ``loop.close()`` run something first, for which the loop runs once more."""
    close = loop.close

    def close_after_end() -> None:
        if not loop.is_closed() and not loop.is_running():
            loop.run_until_complete(end())
        close()

    vars(loop)["close"] = close_after_end
