"""Values as the central profiles pass them on, each difference beside its absence."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
from bleak import BleakClient
from bleak.args.bluez import BlueZNotifyArgs
from bleak.args.corebluetooth import CBStartNotifyArgs
from bleak.exc import (
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from babyn_simulator.bleak_backend.profiles import CentralProfile, LostLink, Refusal
from babyn_simulator.peripheral import Pairing
from tests.simulator.bleak_bench import (
    BOX,
    NOTE,
    Bench,
    Sensor,
    Values,
    backend_of,
    on_bench,
    outcome,
    pass_time,
    secret,
    settle,
)
from tests.simulator.profile_bench import on_profiles

ATT_READ_RESPONSE = 0x0B
ATT_WRITE_RESPONSE = 0x13


@asynccontextmanager
async def connected(
    bench: Bench, profile: CentralProfile
) -> AsyncGenerator[tuple[BleakClient, Sensor]]:
    """Connect to a sensor."""
    bench.profile = profile
    sensor = await bench.sensor(pairing=Pairing.REJECT)
    found = await bench.find(None)
    assert found is not None
    async with bench.client(found) as client:
        yield client, sensor


def late(opcode: int) -> Callable[[object, object, bytes], bytes | tuple[float, bytes]]:
    """Delay one kind of PDU by a second."""
    return lambda _sender, _receiver, frame: (1.0, frame) if frame[4] == opcode else frame


@on_profiles("mtu_size_unknown")
@on_bench
async def test_the_mtu_that_is_not_known(
    bench: Bench, profile: CentralProfile, value: bool
) -> None:
    """Mutant: do not know how much fits into a write either."""
    async with connected(bench, profile) as (client, _sensor):
        await settle()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            assert client.mtu_size == (23 if value else 517)
        assert len(warned) == value
        box = client.services.get_characteristic(BOX)
        assert box is not None
        assert box.max_write_without_response_size == 514
        await backend_of(client)._acquire_mtu()  # pyright: ignore[reportPrivateUsage] - bleak's
        assert client.mtu_size == 517


@on_profiles("late_mtu")
@on_bench
async def test_the_mtu_that_comes_late(bench: Bench, profile: CentralProfile, value: bool) -> None:
    """bleak#1749. Mutant: how much fits into a write is fixed at the connect."""
    async with connected(bench, profile) as (client, sensor):
        box = client.services.get_characteristic(BOX)
        assert box is not None
        assert box.max_write_without_response_size == (20 if value else 514)
        error = await outcome(client.write_gatt_char(BOX, bytes(100), response=False))
        assert isinstance(error, BleakGATTProtocolError) == value
        await pass_time(0.1)
        assert box.max_write_without_response_size == 514
        await client.write_gatt_char(BOX, bytes(100), response=False)
        await settle()
        assert len(sensor.written) == (1 if value else 2)


@on_profiles("refusal")
@on_bench
async def test_what_the_peer_refuses(bench: Bench, profile: CentralProfile, value: Refusal) -> None:
    """Mutant: say 'not paired' of every code."""
    async with connected(bench, profile) as (client, _sensor):
        note = client.services.get_characteristic(NOTE)
        assert note is not None
        unpaired = await outcome(secret(client))
        too_long = await outcome(client.write_gatt_char(BOX, bytes(513), response=True))
        kinds = {
            Refusal.CODE: (BleakGATTProtocolError, BleakGATTProtocolError),
            Refusal.NOT_PAIRED: (BleakDBusError, BleakGATTProtocolError),
            Refusal.TEXT: (BleakError, BleakError),
        }
        assert (type(unpaired), type(too_long)) == kinds[value]
        if value is Refusal.NOT_PAIRED:
            assert str(unpaired) == "[org.bluez.Error.NotPermitted] Not paired"
        else:
            assert "5" in str(unpaired)
            assert "13" in str(too_long)


@on_profiles("lost_link")
@on_bench
async def test_a_link_that_goes_away(
    bench: Bench, profile: CentralProfile, value: LostLink
) -> None:
    """home-assistant/core#80374. Mutant: say the same of a peer that refuses."""
    async with connected(bench, profile) as (client, sensor):
        sensor.peripheral.stall_reads()
        reading = asyncio.create_task(client.read_gatt_char(NOTE))
        await settle()
        sensor.peripheral.lose_link()
        error = await outcome(reading)
        assert not client.is_connected
        if value is LostLink.UNLIKELY:
            assert isinstance(error, BleakGATTProtocolError)
            assert error.code is BleakGATTProtocolErrorCode.UNLIKELY_ERROR
        else:
            assert isinstance(error, BleakError)
            assert not isinstance(error, BleakGATTProtocolError)
            words = "Unreachable" if value is LostLink.UNREACHABLE else "disconnected"
            assert str(error).endswith(words)
        sensor.peripheral.resume_reads()


@on_profiles("reads_notify")
@on_bench
async def test_reading_calls_the_subscriber(
    bench: Bench, profile: CentralProfile, value: bool
) -> None:
    """Mutant: also with AcquireNotify; also when the subscription has ended."""
    values = Values()
    async with connected(bench, profile) as (client, _sensor):
        await client.start_notify(NOTE, values)
        await client.read_gatt_char(NOTE)
        assert values.values == ([b"hello"] if value else [])
        await client.stop_notify(NOTE)
        await client.read_gatt_char(NOTE)
        await client.start_notify(NOTE, values, bluez={"use_start_notify": False})
        await client.read_gatt_char(NOTE)
    assert values.values == ([b"hello"] if value else [])


def pushed(value: bytes) -> bool:
    """Tell what is notified from the answer to a read."""
    return value != b"hello"


@on_profiles("confuses_reads")
@pytest.mark.parametrize("told_apart", [False, True])
def test_a_notification_during_a_read(
    profile: CentralProfile, value: bool, told_apart: bool
) -> None:
    """Mutant: drop the answer that comes late; take no notice of the discriminator."""

    @on_bench
    async def test(bench: Bench) -> None:
        values = Values()
        async with connected(bench, profile) as (client, sensor):
            apart: CBStartNotifyArgs = {"notification_discriminator": pushed}
            await client.start_notify(NOTE, values, cb=apart if told_apart else {})
            values.values.clear()
            bench.air.acl_filter = late(ATT_READ_RESPONSE)
            reading = asyncio.create_task(client.read_gatt_char(NOTE))
            await settle()
            await sensor.peripheral.notify(sensor.note, b"pushed")
            await settle()
            assert reading.done() == (value and not told_apart)
            answer = bytes(await reading)
            await pass_time(2)
            bench.air.acl_filter = None
            if value and not told_apart:
                assert (answer, values.values) == (b"pushed", [b"hello"])
            else:
                assert answer == b"hello"
                assert values.values[0] == b"pushed"
            await sensor.peripheral.notify(sensor.note, b"after")
            await settle()
            assert values.values[-1] == b"after"

    test()


@on_profiles("acquired_late")
@on_bench
async def test_what_is_notified_before_the_subscription_settles(
    bench: Bench, profile: CentralProfile, value: bool
) -> None:
    """bleak#1885. Mutant: lose it with StartNotify too."""
    async with connected(bench, profile) as (client, sensor):
        for acquired in (True, False):
            values = Values()
            bench.air.acl_filter = late(ATT_WRITE_RESPONSE)
            options: BlueZNotifyArgs = {"use_start_notify": not acquired}
            subscribing = asyncio.create_task(client.start_notify(NOTE, values, bluez=options))
            await settle()
            assert not subscribing.done()
            assert await sensor.peripheral.notify(sensor.note, b"early") == 1
            await subscribing
            await sensor.peripheral.notify(sensor.note, b"late")
            await settle()
            bench.air.acl_filter = None
            await client.stop_notify(NOTE)
            early = [] if value and acquired else [b"early"]
            assert values.values == [*early, b"late"]


@on_profiles("strict_subscriptions")
@on_bench
async def test_subscribing_twice(bench: Bench, profile: CentralProfile, value: bool) -> None:
    """Mutant: the second subscription takes the place of the first."""
    values = Values()
    async with connected(bench, profile) as (client, sensor):
        error = await outcome(client.stop_notify(NOTE))
        assert isinstance(error, ValueError) == value
        await client.start_notify(NOTE, values)
        error = await outcome(client.start_notify(NOTE, Values()))
        assert isinstance(error, ValueError if value else BleakError)
        await sensor.peripheral.notify(sensor.note, b"x")
        await settle()
    assert values.values == [b"x"]
