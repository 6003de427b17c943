"""Notifications and indications, through bleak's own ``BleakClient``, in virtual time."""

from __future__ import annotations

import asyncio

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import (
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from babyn_simulator.peripheral import Pairing
from tests.simulator.bleak_bench import (
    BOX,
    MEASUREMENT,
    NOTE,
    TWIN,
    Bench,
    Values,
    on_bench,
    outcome,
    pass_time,
    settle,
)


@on_bench
async def test_notify_and_stop(bench: Bench) -> None:
    """Mutant: values arrive after ``stop_notify()``."""
    sensor = await bench.sensor()
    values = Values()
    async with bench.client() as client:
        assert await sensor.peripheral.notify(sensor.note, b"0") == 0
        await client.start_notify(NOTE, values)
        for number in range(3):
            await sensor.peripheral.notify(sensor.note, bytes([number]))
        await settle()
        await client.stop_notify(NOTE)
        assert await sensor.peripheral.notify(sensor.note, b"9") == 0
        await client.stop_notify(NOTE)
        await client.start_notify(NOTE, values)
        await sensor.peripheral.notify(sensor.note, b"again")
        await settle()
    assert values.values == [b"\0", b"\1", b"\2", b"again"]


@on_bench
async def test_indicate(bench: Bench) -> None:
    """Mutant: an indication that is not confirmed."""
    sensor = await bench.sensor()
    values = Values()
    async with bench.client() as client:
        await client.start_notify(MEASUREMENT, values)
        for number in range(3):
            assert await sensor.peripheral.indicate(sensor.measurement, bytes([number])) == 1
    assert values.values == [b"\0", b"\1", b"\2"]
    assert bench.count.sent["ATT_HANDLE_VALUE_CONFIRMATION"] == 3


@on_bench
async def test_notifications_are_preferred(bench: Bench) -> None:
    sensor = await bench.sensor()
    values = Values()
    async with bench.client() as client:
        await client.start_notify(NOTE, values)
        assert await sensor.peripheral.indicate(sensor.note, b"i") == 0
        assert await sensor.peripheral.notify(sensor.note, b"n") == 1
        await settle()
        await client.stop_notify(NOTE)
        await client.start_notify(NOTE, values, force_indicate=True)
        assert await sensor.peripheral.notify(sensor.note, b"n") == 0
        assert await sensor.peripheral.indicate(sensor.note, b"i") == 1
    assert values.values == [b"n", b"i"]


@on_bench
async def test_first_value_comes_before_the_answer(bench: Bench) -> None:
    """Mutant: listen only after the subscription is confirmed."""
    sensor = await bench.sensor()
    note = sensor.peripheral
    configured = bench.count

    def answer(_sender: object, _receiver: object, frame: bytes) -> bytes | tuple[float, bytes]:
        return (1.0, frame) if frame[4] == 0x13 else frame  # the write response comes late

    values = Values()
    async with bench.client() as client:
        bench.air.acl_filter = answer
        task = asyncio.create_task(client.start_notify(NOTE, values))
        await pass_time(0.5)
        assert not task.done()
        assert await note.notify(sensor.note, b"early") == 1
        await task
        bench.air.acl_filter = None
    assert values.values == [b"early"]
    assert configured.received["ATT_WRITE_RESPONSE"] == 1


@on_bench
async def test_broken_value_callback_is_confirmed_all_the_same(bench: Bench) -> None:
    """Mutant: let the error out before the confirmation is sent."""
    sensor = await bench.sensor()
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reported.append(type(context["exception"]).__name__)
    )

    def broken(_sender: BleakGATTCharacteristic, _data: bytearray) -> None:
        raise LookupError

    async with bench.client() as client:
        await client.start_notify(MEASUREMENT, broken)
        assert await sensor.peripheral.indicate(sensor.measurement, b"x") == 1
        assert client.is_connected
    assert reported == ["LookupError"]


@on_bench
async def test_async_callback(bench: Bench) -> None:
    sensor = await bench.sensor()
    values: list[bytes] = []

    async def take(_sender: BleakGATTCharacteristic, data: bytearray) -> None:
        values.append(bytes(data))

    async with bench.client() as client:
        await client.start_notify(NOTE, take)
        await sensor.peripheral.notify(sensor.note, b"x")
        await settle()
    assert values == [b"x"]


@on_bench
async def test_what_cannot_be_subscribed_to(bench: Bench) -> None:
    await bench.sensor()
    async with bench.client() as client:
        assert isinstance(await outcome(client.start_notify(BOX, Values())), BleakError)
        await client.start_notify(NOTE, Values())
        assert isinstance(await outcome(client.start_notify(NOTE, Values())), BleakError)


@on_bench
async def test_refused_subscription_leaves_nothing(bench: Bench) -> None:
    """Mutant: keep listening after the peer has refused."""
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    async with bench.client() as client:
        secret = next(
            item
            for item in client.services.characteristics.values()
            if item.uuid == TWIN and "notify" in item.properties
        )
        error = await outcome(client.start_notify(secret, Values()))
        assert isinstance(error, BleakGATTProtocolError)
        assert error.code == BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION
        await client.pair()
        values = Values()
        await client.start_notify(secret, values)
        await sensor.peripheral.notify(sensor.secret, b"x")
        await settle()
        assert values.values == [b"x"]
