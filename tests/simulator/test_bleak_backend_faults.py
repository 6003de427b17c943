"""Links lost, and callers that go away, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from bleak import BleakClient
from bleak.exc import BleakDeviceNotFoundError, BleakError

from babyn_simulator.peripheral import Characteristic, Service
from tests.simulator.bleak_bench import (
    BOX,
    LEVEL,
    VENDOR,
    Bench,
    on_bench,
    outcome,
    pass_time,
    settle,
    turn,
)

# Links lost


@on_bench
async def test_link_lost_while_reading(bench: Bench) -> None:
    """Mutant: let bumble's cancellation out; a program would take it for its own."""
    sensor = await bench.sensor()
    client = bench.client()
    await client.connect()
    sensor.peripheral.stall_reads()
    reads = [asyncio.create_task(client.read_gatt_char(LEVEL)) for _ in range(3)]
    writing = asyncio.create_task(client.write_gatt_char(BOX, b"x", response=True))
    await pass_time(1)
    sensor.peripheral.lose_link()
    await asyncio.wait([*reads, writing])
    for task in (*reads, writing):
        assert isinstance(task.exception(), BleakError)
        assert str(task.exception()) == "disconnected"
    assert not client.is_connected
    assert sensor.written == []


@on_bench
async def test_cancelled_read_is_a_cancellation(bench: Bench) -> None:
    """Mutant: turn a caller's own cancellation into an error. The control is the test above."""
    sensor = await bench.sensor()
    async with bench.client() as client:
        sensor.peripheral.stall_reads()
        task = asyncio.create_task(client.read_gatt_char(LEVEL))
        await pass_time(1)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        assert client.is_connected


@on_bench
async def test_cancelled_while_the_link_is_lost(bench: Bench) -> None:
    """Mutant: swallow a cancellation that comes together with the loss of the link."""
    sensor = await bench.sensor()
    client = bench.client()
    await client.connect()
    sensor.peripheral.stall_reads()
    task = asyncio.create_task(client.read_gatt_char(LEVEL))
    await pass_time(1)
    await bench.central.power_off()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


@on_bench
async def test_link_lost_during_connect(bench: Bench) -> None:
    """Mutant: the callback is called for a connect that never succeeded."""
    sensor = await bench.sensor()
    gone: list[BleakClient] = []
    linked = asyncio.Event()
    bench.on_link(sensor.peripheral, linked.set)
    failed = 0
    for turns in range(0, 60, 2):
        linked.clear()
        client = bench.client(disconnected_callback=gone.append)
        task = asyncio.create_task(client.connect())
        await linked.wait()
        await turn(turns)
        await sensor.peripheral.connections[0].disconnect()
        await asyncio.wait({task})
        await settle()
        assert not client.is_connected
        if task.exception() is None:  # the connect was quicker
            assert gone == [client]
            break
        assert isinstance(task.exception(), BleakError)
        assert gone == []
        failed += 1
        await pass_time(1)
    assert failed > 5


@on_bench
async def test_disconnect_fails_what_waits(bench: Bench) -> None:
    """Mutant: leave a request waiting for its timeout."""
    sensor = await bench.sensor()
    client = bench.client()
    await client.connect()
    sensor.peripheral.stall_reads()
    task = asyncio.create_task(client.read_gatt_char(LEVEL))
    await pass_time(1)
    before = asyncio.get_running_loop().time()
    await client.disconnect()
    await asyncio.wait({task})
    assert isinstance(task.exception(), BleakError)
    assert asyncio.get_running_loop().time() - before < 1


# Requests and their callers


@on_bench
async def test_late_answer_is_not_the_next_ones(bench: Bench) -> None:
    """Mutant: free the bearer when the caller is cancelled. The next read gets a foreign value."""
    answers = iter([b"first", b"second"])
    slow = asyncio.Event()

    async def read() -> bytes:
        value = next(answers)
        if value == b"first":
            await slow.wait()
        return value

    await bench.peer([Service(VENDOR, [Characteristic(BOX, read=read)])])
    async with bench.client() as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await client.read_gatt_char(BOX)
        second = asyncio.create_task(client.read_gatt_char(BOX))
        await pass_time(1)
        slow.set()
        assert await second == b"second"


@on_bench
async def test_cancelled_write_is_not_sent_later(bench: Bench) -> None:
    """Mutant: send what its caller gave up while it was waiting."""
    sensor = await bench.sensor()
    async with bench.client() as client:
        sensor.peripheral.stall_reads()
        reading = asyncio.create_task(client.read_gatt_char(LEVEL))
        writes = [
            asyncio.create_task(client.write_gatt_char(BOX, data, response=True))
            for data in (b"given up", b"wanted")
        ]
        await pass_time(1)
        writes[0].cancel()
        await settle()
        sensor.peripheral.resume_reads()
        await asyncio.wait([reading, *writes])
        assert sensor.written == [b"wanted"]


@on_bench
async def test_cancelled_long_write_leaves_no_queue(bench: Bench) -> None:
    """Mutant: leave the peer's queue as it is. It becomes part of the next long write."""
    sensor = await bench.sensor()
    async with bench.client(mtu=23) as client:
        for turns in range(0, 60, 4):
            task = asyncio.create_task(client.write_gatt_char(BOX, bytes(100), response=True))
            await turn(turns)
            task.cancel()
            await asyncio.wait({task})
            await client.write_gatt_char(BOX, b"x" * 50, response=True)
            assert sensor.written.pop() == b"x" * 50
            sensor.written.clear()
        assert bench.count.sent["ATT_EXECUTE_WRITE_REQUEST"] > 15


@on_bench
async def test_two_long_writes_do_not_mix(bench: Bench) -> None:
    """Mutant: no lock around the queue of prepared writes."""
    sensor = await bench.sensor()
    async with bench.client(mtu=23) as client:
        values = [bytes([digit]) * 100 for digit in range(3)]
        await asyncio.gather(
            *(client.write_gatt_char(BOX, value, response=True) for value in values)
        )
        assert sensor.written == values


@on_bench
async def test_no_answer_ends_the_link(bench: Bench) -> None:
    """Mutant: keep the link after an ATT timeout, as bumble does."""
    sensor = await bench.sensor()
    gone: list[BleakClient] = []
    client = bench.client(disconnected_callback=gone.append)
    await client.connect()
    sensor.peripheral.drop_reads()
    queued = asyncio.create_task(client.read_gatt_char(LEVEL))
    await settle()
    waiting = asyncio.create_task(client.read_gatt_char(LEVEL))
    assert isinstance(await outcome(queued), TimeoutError)
    assert isinstance(await outcome(waiting), BleakError)
    assert gone == [client]
    assert not client.is_connected
    await settle()
    assert not sensor.peripheral.connections
    await pass_time(1)
    await client.connect()
    assert await client.read_gatt_char(LEVEL) == b"\x57"
    await client.disconnect()


@on_bench
async def test_mute_peer_in_discovery(bench: Bench) -> None:
    """Mutant: leave the link open when ``connect()`` runs out of time."""
    sensor = await bench.sensor()
    bench.air.acl_filter = lambda sender, _receiver, frame: (
        frame if sender is bench.central.controller else None
    )
    error = await outcome(bench.client(timeout=5).connect())
    assert isinstance(error, TimeoutError)
    assert not isinstance(error, BleakDeviceNotFoundError)
    await settle()
    assert not bench.central.connections
    assert not sensor.peripheral.connections
