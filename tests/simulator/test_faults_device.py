"""Faults of a device, as an ordinary bleak client sees them."""

from __future__ import annotations

import asyncio

import pytest
from bleak.exc import BleakDeviceNotFoundError, BleakError

from babyn_protocol.uuids import Characteristic
from babyn_simulator.entropy import Entropy
from babyn_simulator.faults import (
    AddressRotation,
    AdvertisingStops,
    BondLost,
    ClockJump,
    FullLog,
    Reset,
)
from babyn_simulator.faults.injector import Injector
from babyn_simulator.peripheral import Peripheral
from tests.simulator.bleak_bench import BOX, Bench, on_bench
from tests.simulator.faults_bench import (
    BATTERY,
    MEASUREMENT,
    PATCH,
    Values,
    Ward,
    in_ward,
    is_connected,
    pass_time,
)

PAIRED = PATCH.replace('pairing = "none"', 'pairing = "required"')


@in_ward()
async def test_a_device_resets(ward: Ward) -> None:
    """Mutant: keep the subscription over the reset, or say goodbye."""
    patch = ward.nursery.thermometer()
    values = Values()
    async with ward.connected() as client:
        await client.start_notify(MEASUREMENT, values)
        injection = ward.nursery.inject(Reset(device="patch", after=3.5, down=60))
        await pass_time(5)
        assert len(values.values) in (3, 4)
        assert not patch.powered_on
        await pass_time(10)
        assert not is_connected(client)
        assert await ward.find() is None
    await pass_time(60)
    assert patch.boots == 2
    async with ward.connected() as client:
        assert not patch.subscribed(patch.measurement)
        assert await client.read_gatt_char(BATTERY)
    assert injection.strikes == 1


@in_ward()
async def test_cancelling_gives_the_power_back(ward: Ward) -> None:
    """Mutant: leave the device off."""
    injection = ward.nursery.inject(Reset(down=3600))
    await pass_time(1)
    assert not ward.nursery.thermometer().powered_on
    injection.cancel()
    await pass_time(1)
    assert ward.nursery.thermometer().powered_on
    assert (injection.strikes, injection.active) == (1, False)


@in_ward()
async def test_a_device_that_is_off_cannot_reset(ward: Ward) -> None:
    """Mutant: count a strike that had nothing to strike."""
    await ward.nursery.thermometer().power_off()
    injection = ward.nursery.inject(Reset(times=2, every=10))
    await pass_time(5)
    assert injection.strikes == 0
    await ward.nursery.thermometer().power_on()
    await pass_time(6)
    assert (injection.strikes, injection.active) == (1, True)
    await pass_time(60)
    assert (injection.strikes, injection.active) == (2, False)


@in_ward()
async def test_what_counts_from_a_connection_ends_with_it(ward: Ward) -> None:
    """Mutant: the count of a connection goes on when it has ended."""
    injection = ward.nursery.inject(Reset(since="connection", after=5))
    async with ward.connected():
        await pass_time(2)
    await pass_time(20)
    assert (injection.strikes, injection.active) == (0, True)
    async with ward.connected():  # the control
        await pass_time(6)
    assert (injection.strikes, injection.active) == (1, False)


def injector(bench: Bench, device: Peripheral) -> Injector:
    """Return what runs faults of one device that no scenario has."""
    return Injector(bench.air, {"device": device}, (), Entropy(1, "fault"))


@on_bench
async def test_a_device_resets_between_two_parts_of_a_long_write(bench: Bench) -> None:
    """Mutant: keep what was prepared, or count the packets from 0."""
    sensor = await bench.sensor()
    faults = injector(bench, sensor.peripheral)
    async with bench.client(mtu=23) as client:
        await client.write_gatt_char(BOX, bytes(100), response=True)
        assert sensor.written == [bytes(100)]  # the control
        injection = faults.inject(Reset(opcode="prepare_write_request", packet=3))
        with pytest.raises(BleakError):
            await client.write_gatt_char(BOX, b"\1" * 100, response=True)
        assert bench.count.sent["ATT_PREPARE_WRITE_REQUEST"] == 6 + 3
        assert injection.strikes == 1
    async with bench.client(mtu=23) as client:
        await client.write_gatt_char(BOX, b"\2" * 50, response=True)
    assert sensor.written == [bytes(100), b"\2" * 50]
    assert sensor.peripheral.boots == 2
    await faults.aclose()


@on_bench
async def test_a_device_resets_between_two_writes(bench: Bench) -> None:
    """Mutant: strike with the first write, or let the second one through."""
    sensor = await bench.sensor()
    faults = injector(bench, sensor.peripheral)
    async with bench.client() as client:
        injection = faults.inject(Reset(opcode="write_request", packet=2))
        await client.write_gatt_char(BOX, b"first", response=True)
        with pytest.raises(BleakError):
            await client.write_gatt_char(BOX, b"second", response=True)
        assert injection.strikes == 1
    assert sensor.written == [b"first"]
    await faults.aclose()


@in_ward(PAIRED)
async def test_a_device_forgets_a_bond(ward: Ward) -> None:
    """Mutant: forget it on the central's side, too."""
    async with ward.connected() as client:
        await client.pair()
        assert await client.read_gatt_char(BATTERY)
    async with ward.connected() as client:  # the control: the bond serves
        assert await client.read_gatt_char(BATTERY)
    injection = ward.nursery.inject(BondLost(device="patch"))
    await pass_time(1)
    client = await ward.client()
    with pytest.raises(BleakError, match="does not accept the key"):
        await client.connect()
    assert injection.strikes == 1
    await client.unpair()
    async with ward.connected() as client:
        await client.pair()
        assert await client.read_gatt_char(BATTERY)


@in_ward()
async def test_a_device_is_not_heard_any_more(ward: Ward) -> None:
    """Mutant: the link is silent, too, or it is heard again after a disconnect."""
    async with ward.connected() as client:
        injection = ward.nursery.inject(AdvertisingStops(device="patch"))
        await pass_time(30)
        assert await client.read_gatt_char(BATTERY)
    assert await ward.find() is None
    with pytest.raises(BleakDeviceNotFoundError):
        await client.connect()
    assert injection.strikes == 1
    await ward.nursery.thermometer().reset()
    assert await ward.find() is not None


@in_ward()
async def test_a_device_is_not_heard_for_a_while(ward: Ward) -> None:
    """Mutant: it stays away for ever."""
    ward.nursery.inject(AdvertisingStops(after=10, lasts=60))
    assert await ward.find() is not None
    await pass_time(10)
    assert await ward.find() is None
    await pass_time(60)
    assert await ward.find() is not None


KEEPER = (
    PATCH.replace("interval = 1.0", "interval = 60.0")
    + """
log_capacity = 10
address_type = "private"
rotation_minutes = 60.0
"""
)


@in_ward(KEEPER)
async def test_a_clock_jumps(ward: Ward) -> None:
    """Mutant: jump the other way, or tell everybody the true time."""

    async def day() -> bytes:
        async with ward.connected() as client:
            return bytes(await client.read_gatt_char(Characteristic.CURRENT_TIME))[:4]

    assert await day() == b"\xea\x07\x01\x01"  # 2026-01-01
    injection = ward.nursery.inject(ClockJump(seconds=-86400.0, times=2, every=100))
    assert await day() == b"\xe9\x07\x0c\x1f"
    await injection.struck(2)
    assert await day() == b"\xe9\x07\x0c\x1e"


@in_ward(KEEPER)
async def test_a_log_runs_full(ward: Ward) -> None:
    """Mutant: fill it beyond what it holds, or count a strike at one that is full."""

    async def told_at_once() -> int:
        values = Values()
        async with ward.connected() as client:
            await client.start_notify(MEASUREMENT, values)
            await pass_time(5)
            return len(values.values)

    assert await told_at_once() == 0  # the control
    injection = ward.nursery.inject(FullLog(device="patch"))
    again = ward.nursery.inject(FullLog(device="patch"))
    assert (injection.strikes, again.strikes) == (1, 0)
    assert await told_at_once() == 10


@in_ward(KEEPER)
async def test_a_device_takes_another_address(ward: Ward) -> None:
    """Mutant: change what the host believes, and not what is heard."""
    before = await ward.client()
    injection = ward.nursery.inject(AddressRotation(device="patch"))
    await injection.struck()
    after = await ward.client()
    assert after.address != before.address
    async with after:
        assert await after.read_gatt_char(BATTERY)
    with pytest.raises(BleakDeviceNotFoundError):
        await before.connect()
    assert injection.strikes == 1


@in_ward(
    """
[[device]]
kind = "beacon"
name = "speaker"
"""
)
async def test_what_a_device_does_not_have_is_not_struck(ward: Ward) -> None:
    """Mutant: count a strike at a device that has neither clock nor log."""
    faults = (ClockJump(seconds=1.0), FullLog(), AddressRotation())
    injections = [ward.nursery.inject(fault) for fault in faults]
    await pass_time(1)
    assert [(item.strikes, item.active) for item in injections] == [(0, False)] * 3


@in_ward()
async def test_a_fault_that_waits_leaves_nothing_behind(ward: Ward) -> None:
    """Mutant: a timer or a task outlives the nursery; the fixture looks."""
    ward.nursery.inject(Reset(down=3600))
    ward.nursery.inject(AdvertisingStops(after=3600))
    waiting = asyncio.create_task(ward.nursery.inject(Reset(after=50)).struck())
    await pass_time(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
