"""The virtual-time loop: it jumps, it waits for threads, and it refuses what it cannot do."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from babyn_simulator import clock
from babyn_simulator.clock import EPOCH, VirtualTimeLoop
from babyn_simulator.errors import VirtualTimeError
from tests.simulator.virtual_bench import pass_time

YEAR = 365 * 86_400.0


async def now() -> float:
    return asyncio.get_running_loop().time()


def test_time_jumps_to_the_next_timer() -> None:
    """Mutant: the loop waits in real time; a year would not end."""

    async def main() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        fired: list[tuple[str, float]] = []
        loop.call_later(YEAR, lambda: fired.append(("year", loop.time())))
        loop.call_later(1.5, lambda: fired.append(("soon", loop.time())))
        await pass_time(YEAR + 1)
        fired.append(("end", loop.time()))
        return fired

    assert clock.run(main()) == [("soon", 1.5), ("year", YEAR), ("end", YEAR + 1)]


def test_time_stands_still_while_something_can_run() -> None:
    """Mutant: time moves although callbacks are ready."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        loop.call_later(0.001, lambda: None)
        for _ in range(1000):
            turned = loop.create_future()
            loop.call_soon(turned.set_result, None)
            await turned
        return loop.time()

    assert clock.run(main()) == 0.0


def test_a_step_smaller_than_the_clock_holds_still_moves_it() -> None:
    """Mutant: at a large time, now + step == now, and the loop spins for ever."""
    loop = VirtualTimeLoop(start=1e15)
    loop.jump(1e-3)
    assert loop.time() > 1e15
    loop.close()


def test_the_date_follows_the_time() -> None:
    async def main() -> list[datetime]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        seen = [clock.utc_now()]
        await pass_time(3600)
        seen.append(clock.utc_now())
        loop.set_utc_now(datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=2))))
        seen.append(clock.utc_now())
        await pass_time(1)
        return [*seen, clock.utc_now()]

    later = datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert clock.run(main()) == [
        EPOCH,
        EPOCH + timedelta(hours=1),
        later,
        later + timedelta(seconds=1),
    ]


def test_a_date_without_a_zone_is_refused() -> None:
    loop = VirtualTimeLoop()
    with pytest.raises(ValueError, match="time zone"):
        loop.set_utc_now(datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused
    loop.close()


def test_on_an_ordinary_loop_the_date_is_the_systems() -> None:
    async def main() -> datetime:
        return clock.utc_now()

    assert asyncio.run(main()) > EPOCH


def test_timeouts_and_task_groups_work() -> None:
    async def main() -> tuple[float, float]:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await asyncio.Event().wait()
        expired = await now()
        async with asyncio.TaskGroup() as group:
            group.create_task(pass_time(5))
            group.create_task(pass_time(7))
        return expired, await now()

    assert clock.run(main()) == (60.0, 67.0)


def test_work_in_an_executor_holds_the_clock() -> None:
    """Mutant: time jumps while a thread works, and the timer fires in its middle."""

    async def main() -> tuple[bool, float]:
        loop = asyncio.get_running_loop()
        fired = threading.Event()
        timer = loop.call_later(10, fired.set)
        seen = await asyncio.to_thread(fired.wait, 0.1)
        timer.cancel()
        return seen, loop.time()

    assert clock.run(main()) == (False, 0.0)


def test_after_the_work_the_clock_goes_on() -> None:
    """The control: the timer that was held fires once the thread is done."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        fired = loop.create_future()
        loop.call_later(10, fired.set_result, None)
        await asyncio.to_thread(int, "1")
        await fired
        return loop.time()

    assert clock.run(main()) == 10.0


def test_an_abandoned_executor_job_holds_nothing() -> None:
    """Mutant: cancelling the waiter leaves the clock held for ever."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        release = threading.Event()
        job = loop.run_in_executor(None, release.wait)
        job.cancel()
        await pass_time(5)
        release.set()
        return loop.time()

    assert clock.run(main()) == 5.0


@pytest.mark.parametrize("number", [signal.SIGUSR1] if hasattr(signal, "SIGUSR1") else [])
def test_signal_handlers_are_called_while_time_runs_fast(number: signal.Signals) -> None:
    """Mutant: the selector is not polled when the loop jumps, and no signal gets through."""

    async def main() -> bool:
        loop = asyncio.get_running_loop()
        heard = asyncio.Event()
        loop.add_signal_handler(number, heard.set)
        signal.raise_signal(number)
        for _ in range(10_000):
            if heard.is_set():
                break
            await pass_time(1)
        loop.remove_signal_handler(number)
        return heard.is_set()

    assert clock.run(main())


def test_other_threads_are_heard_while_time_runs_fast() -> None:

    async def main() -> bool:
        loop = asyncio.get_running_loop()
        heard = asyncio.Event()

        async def run_fast() -> None:
            while True:
                await pass_time(1)

        busy = asyncio.create_task(run_fast())
        thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(heard.set))
        thread.start()
        await heard.wait()
        busy.cancel()
        thread.join()
        return True

    assert clock.run(main())


def _deadlock(limit: float, main: Callable[[], Awaitable[object]]) -> None:
    async def run() -> None:
        await main()

    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(idle_limit=limit)) as runner:
        runner.run(run())


def test_waiting_for_what_never_comes_is_an_error() -> None:
    """Mutant: the loop blocks for ever, or the error does not say who waits."""

    async def nobody_sets_this() -> None:
        await asyncio.Event().wait()

    with pytest.raises(VirtualTimeError, match=r"nothing is scheduled.*run.*time='wall'"):
        _deadlock(0.01, nobody_sets_this)


def test_a_thread_that_answers_in_time_is_no_deadlock() -> None:
    """The control: a thread may still wake a loop that has nothing scheduled."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        heard = asyncio.Event()
        timer = threading.Timer(0.05, lambda: loop.call_soon_threadsafe(heard.set))
        timer.start()
        await heard.wait()
        timer.join()

    _deadlock(60, main)


async def _open_connection() -> None:
    await asyncio.open_connection("127.0.0.1", 9)


async def _start_server() -> None:
    await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)


async def _datagram() -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )


async def _socket() -> None:
    with socket.socket() as plain:
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", 9))


async def _reader() -> None:
    asyncio.get_running_loop().add_reader(0, lambda: None)


async def _subprocess() -> None:
    await asyncio.create_subprocess_exec(sys.executable, "-c", "")


REAL_TIME = [_open_connection, _start_server, _datagram, _socket, _reader, _subprocess]


@pytest.mark.parametrize("attempt", REAL_TIME)
def test_what_lives_in_real_time_is_refused(attempt: Callable[[], Awaitable[None]]) -> None:
    """Mutant: a socket is opened, and its timeouts run out at once."""

    async def main() -> None:
        await attempt()

    with pytest.raises(VirtualTimeError, match="time='wall'"):
        clock.run(main())


INTERRUPTED = """
import asyncio, threading
from babyn_simulator import clock

release = threading.Event()

async def busy():
    loop = asyncio.get_running_loop()
    while True:
        passed = loop.create_future()
        loop.call_later(1, passed.set_result, None)
        await passed

async def held():
    try:
        await asyncio.to_thread(release.wait)
    finally:
        release.set()

async def idle():
    asyncio.get_running_loop().idle_limit = 600
    await asyncio.Event().wait()

async def main():
    asyncio.get_running_loop().call_soon(print, "ready", "")
    await {what}()

try:
    clock.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("what", ["busy", "held", "idle"])
def test_ctrl_c_arrives(what: str) -> None:
    """Mutant: signals are not seen while time jumps, while a thread works, or while idle."""
    program = INTERRUPTED.replace("{what}", what)
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().strip() == "interrupted"
    assert process.returncode == 0
