from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from babyn_ble.clock import Clock, SystemClock
from babyn_ble.errors import StoreError
from babyn_ble.store.memory import MemoryStore
from babyn_ble.store.sql import SqlStore
from babyn_ble.store.writer import StoreWriter


class VirtualClock(SystemClock):
    virtual = True


@pytest.mark.parametrize(("clock", "inline"), [(SystemClock(), False), (VirtualClock(), True)])
async def test_sqlite_has_a_thread_of_its_own_except_in_virtual_time(
    sql: SqlStore, clock: Clock, inline: bool
) -> None:
    """Mutant: virtual time is ignored; a simulated day would wait for threads."""
    writer = StoreWriter(sql, clock)
    here = threading.get_ident()
    threads = [await writer.run(threading.get_ident) for _ in range(3)]
    assert len(set(threads)) == 1
    assert (threads[0] == here) is inline
    await writer.aclose()


async def test_a_store_in_memory_needs_no_thread() -> None:
    writer = StoreWriter(MemoryStore(), SystemClock())
    assert await writer.run(threading.get_ident) == threading.get_ident()
    await writer.aclose()


async def test_calls_happen_in_order_and_tell_their_errors(sql: SqlStore) -> None:
    writer = StoreWriter(sql, SystemClock())
    done: list[int] = []
    await asyncio.gather(*(writer.run(done.append, number) for number in range(20)))
    assert done == list(range(20))

    def fail() -> None:
        raise StoreError("no")

    with pytest.raises(StoreError, match="no"):
        await writer.run(fail)
    await writer.aclose()


async def test_a_cancelled_wait_does_not_lose_the_write(sql: SqlStore, directory: Path) -> None:
    """Mutant: cancelling the wait cancels the call that is queued."""
    writer = StoreWriter(sql, SystemClock())
    going, may_end = threading.Event(), threading.Event()
    done: list[str] = []

    def first() -> None:
        going.set()
        assert may_end.wait(10)
        done.append("first")

    waiting = [
        asyncio.create_task(writer.run(first)),
        asyncio.create_task(writer.run(done.append, "second")),
    ]
    while not going.is_set():
        await asyncio.to_thread(going.wait)
    for task in waiting:
        task.cancel()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    assert done == []
    may_end.set()
    await writer.aclose()
    assert done == ["first", "second"]


async def test_a_closed_writer_says_so(sql: SqlStore) -> None:
    writer = StoreWriter(sql, SystemClock())
    await writer.run(sql.head)
    await writer.aclose()
    await writer.aclose()
    with pytest.raises(StoreError, match="closed"):
        await writer.run(sql.head)
