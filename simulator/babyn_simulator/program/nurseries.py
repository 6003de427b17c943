"""The nurseries of a process: one for each event loop that uses bleak."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import itertools
import os
import weakref
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bleak.exc import BleakError

from babyn_simulator.errors import VirtualTimeError

if TYPE_CHECKING:
    from babyn_simulator.nursery import Nursery, NurseryRadio
    from babyn_simulator.program.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Opened:
    """A nursery on one event loop, and the program's radio in it."""

    nursery: Nursery
    radio: NurseryRadio
    stack: AsyncExitStack


class Nurseries:
    """Opens a nursery on an event loop when bleak is first used there, and closes it with the loop.

    All of them run the same scenario from the same seed, and share their bonds: a program that
    calls ``asyncio.run()`` twice finds what it has paired.

    Args:
        simulation: what to run.
    """

    def __init__(self, simulation: Simulation) -> None:
        from babyn_simulator.bonds import MemoryBondStore

        self.simulation = simulation
        self._bonds = MemoryBondStore()
        self._open: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, asyncio.Task[Opened]
        ] = weakref.WeakKeyDictionary()
        self._process = os.getpid()
        atexit.register(self._at_exit)

    async def here(self) -> Opened:
        """Return the nursery of the running event loop; the first call opens it.

        Raises:
            VirtualTimeError: virtual time is asked for, and this loop runs in real time.
            ScenarioError: the scenario cannot be used.
            OSError: the capture cannot be written.
        """
        loop = asyncio.get_running_loop()
        opening = self._open.get(loop)
        if opening is None or (opening.done() and opening.cancelled()):
            self._check_clock(loop)
            # Not in the caller's task, which may be cancelled, and not in its context either.
            opening = loop.create_task(self._start(), context=contextvars.Context())
            self._open[loop] = opening
            _before_close(loop, self._end)
        return await asyncio.shield(opening)

    def _check_clock(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.simulation.time == "virtual" and not hasattr(loop, "virtual_time"):
            raise VirtualTimeError(
                "the program has chosen an event loop of its own, which runs in real time; "
                "run it with --time wall"
            )

    async def _start(self) -> Opened:
        from babyn_simulator.nursery import Nursery

        simulation = self.simulation
        stack = AsyncExitStack()
        try:
            capture = None
            if simulation.capture is not None:
                capture = stack.enter_context(_new_file(Path(simulation.capture)))
            nursery = await stack.enter_async_context(
                Nursery.open(
                    simulation.scenario, seed=simulation.seed, bonds=self._bonds, capture=capture
                )
            )
            radio = await nursery.radio(position=simulation.position)
            return Opened(nursery, radio, stack)
        except BaseException:
            await stack.aclose()
            raise

    async def _end(self) -> None:
        """Close the nursery of the running event loop."""
        opening = self._open.pop(asyncio.get_running_loop(), None)
        if opening is None:
            return
        if not opening.done():
            opening.cancel()
        await asyncio.wait({opening})
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().stack.aclose()

    def _at_exit(self) -> None:
        """End what runs on loops that the program never closed."""
        if os.getpid() != self._process:
            return  # a fork: the loops are the parent's
        for loop in list(self._open):
            if not loop.is_closed() and not loop.is_running():
                loop.run_until_complete(self._end())


_current: Nurseries | None = None


def use(nurseries: Nurseries | None) -> Nurseries | None:
    """Set what bleak runs on in this process, and return what it was before.

    ``None`` is the real platform.
    """
    global _current
    before, _current = _current, nurseries
    return before


def in_use() -> bool:
    """Whether bleak runs on a nursery in this process now."""
    return _current is not None


async def here() -> Opened:
    """Return the nursery of the running event loop; raises as :meth:`Nurseries.here` does."""
    if _current is None:
        raise BleakError(
            "this scanner or client was made for a simulation that has ended; make a new one"
        )
    return await _current.here()


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


def _new_file(path: Path) -> BinaryIO:
    """Create a file; if there is one, the next of ``name-2``, ``name-3`` and so on.

    Unbuffered: what a program that is killed has sent is in it.
    """
    for number in itertools.count(2):
        try:
            return path.open("xb", buffering=0)
        except FileExistsError:
            path = path.with_stem(f"{path.stem.removesuffix(f'-{number - 1}')}-{number}")
    raise AssertionError  # for type checkers: the count has no end
