"""Virtual time: an event loop that jumps to the next timer instead of waiting for it.

A simulated day takes seconds, and the same program takes the same steps each time. Three
rules keep that honest:

- Time stands still while anything can run, and while work in an executor is under way.
- Real sockets, pipes and child processes live in real time, so the loop refuses them.
- When nothing is scheduled and nothing is pending, no jump can help: that is an error.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, TypeVarTuple, Unpack, cast

from babyn_simulator.errors import VirtualTimeError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from _typeshed import FileDescriptorLike

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""The date and time at which virtual time starts, unless told otherwise."""

IDLE_LIMIT = 2.0
"""Real seconds for which a loop with nothing to do waits for a thread before it gives up."""


class _JumpingSelector(selectors.BaseSelector):
    """Polls for real events, and tells its loop to jump when there are none."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def register(
        self, fileobj: FileDescriptorLike, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: FileDescriptorLike) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(
        self, fileobj: FileDescriptorLike, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[FileDescriptorLike, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # The self-pipe is in here: threads and signals are seen even while time runs fast.
        events = self._real.select(0)
        if events or timeout == 0:
            return events
        if self._loop.held:
            return self._real.select(None)
        if timeout is not None:
            self._loop.jump(timeout)
            return events
        events = self._real.select(self._loop.idle_limit)
        if not events:
            raise VirtualTimeError(self._loop.describe_deadlock())
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock is its own.

    It is an ordinary loop otherwise: timeouts, task groups, executors,
    ``call_soon_threadsafe`` and Ctrl-C work as everywhere.

    Args:
        start: what :meth:`time` returns at first, in seconds.
        epoch: the date and time at which ``time()`` is zero; aware.
        idle_limit: real seconds to wait for a thread when nothing at all is scheduled.
    """

    virtual_time = True
    """Marks the loop: time here does not pass by itself."""

    def __init__(
        self, *, start: float = 0.0, epoch: datetime = EPOCH, idle_limit: float = IDLE_LIMIT
    ) -> None:
        self._now = start
        self._epoch = _aware(epoch)
        self._held = 0
        self.idle_limit = idle_limit
        super().__init__(_JumpingSelector(self))
        self._adapt_resolution()

    def time(self) -> float:
        """Return the loop's time, in seconds."""
        return self._now

    def utc_now(self) -> datetime:
        """Return the simulated date and time, aware, in UTC."""
        return self._epoch + timedelta(seconds=self._now)

    def set_utc_now(self, moment: datetime) -> None:
        """Set the simulated date and time; timers are not touched.

        Args:
            moment: aware.

        Raises:
            ValueError: ``moment`` has no time zone.
        """
        self._epoch = _aware(moment) - timedelta(seconds=self._now)

    @property
    def held(self) -> bool:
        """Whether work in an executor holds the clock."""
        return self._held > 0

    def jump(self, seconds: float) -> None:
        """Move the clock forward, as the loop does by itself when nothing else can happen."""
        later = self._now + seconds
        # Far from zero, a step may be smaller than the clock can hold.
        self._now = later if later > self._now else math.nextafter(self._now, math.inf)
        self._adapt_resolution()

    def describe_deadlock(self) -> str:
        """Return what to tell somebody whose program waits for what can never come."""
        waiting = sorted(
            getattr(task.get_coro(), "__qualname__", task.get_name())
            for task in asyncio.all_tasks(self)
        )
        names = ", ".join(waiting[:5]) + (" and others" if len(waiting) > 5 else "")
        return (
            "Virtual time cannot go on: nothing is scheduled and nothing is pending, but "
            f"{len(waiting)} task(s) still wait ({names or 'none by name'}); "
            "look for an event that nobody sets, or run with time='wall' if something "
            "outside of this process is to answer"
        )

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[_Ts]], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """Run ``func`` in a thread; until it is done, virtual time stands still."""
        future = super().run_in_executor(executor, func, *args)
        self._held += 1
        future.add_done_callback(self._release)
        return future

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """Join the default executor's threads, in real time."""
        self._held += 1
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._held -= 1

    def _adapt_resolution(self) -> None:
        # asyncio runs the timers that are due within this of now. A smaller one than the
        # clock can tell apart, and after some months a timer would never be due.
        self._clock_resolution = max(1e-9, math.ulp(self._now))

    def _release(self, _future: asyncio.Future[Any]) -> None:
        self._held -= 1


class _UtcClock(Protocol):
    def utc_now(self) -> datetime: ...


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a date and time needs a time zone here, for example tzinfo=UTC")
    return moment.astimezone(UTC)


def _refuse(name: str) -> Callable[..., Any]:
    def refused(_loop: VirtualTimeLoop, *_args: Any, **_kwargs: Any) -> Any:
        raise VirtualTimeError(
            f"{name}() needs real time, and this event loop runs in virtual time; "
            "run it with time='wall' (babyn-sim run --time wall) to use sockets, pipes or "
            "child processes"
        )

    refused.__name__ = name
    return refused


for _name in (
    "add_reader",
    "add_writer",
    "connect_accepted_socket",
    "connect_read_pipe",
    "connect_write_pipe",
    "create_connection",
    "create_datagram_endpoint",
    "create_server",
    "create_unix_connection",
    "create_unix_server",
    "sendfile",
    "sock_accept",
    "sock_connect",
    "sock_recv",
    "sock_recv_into",
    "sock_recvfrom",
    "sock_recvfrom_into",
    "sock_sendall",
    "sock_sendfile",
    "sock_sendto",
    "start_tls",
    "subprocess_exec",
    "subprocess_shell",
):
    setattr(VirtualTimeLoop, _name, _refuse(_name))


def utc_now() -> datetime:
    """Return the running loop's date and time: simulated on a virtual loop, else the system's."""
    loop = asyncio.get_running_loop()
    if hasattr(loop, "utc_now"):
        return cast("_UtcClock", loop).utc_now()
    return datetime.now(UTC)


def run(main: Coroutine[Any, Any, _T], *, epoch: datetime = EPOCH) -> _T:
    """Run a coroutine to its end in virtual time, and return its result.

    Args:
        main: what to run.
        epoch: the date and time at which it starts; aware.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(epoch=epoch)) as runner:
        return runner.run(main)
