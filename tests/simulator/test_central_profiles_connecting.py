"""Connecting as the central profiles do it, each difference beside its absence."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from bleak import BleakClient
from bleak.exc import BleakDBusError, BleakDeviceNotFoundError, BleakError

from babyn_simulator.bleak_backend.profiles import BLUEZ, CentralProfile, Unreachable
from tests.simulator.bleak_bench import (
    ABSENT,
    SENSOR,
    Bench,
    on_bench,
    outcome,
    pass_time,
    settle,
)
from tests.simulator.profile_bench import on_profiles


def now() -> float:
    """Return the virtual time."""
    return asyncio.get_running_loop().time()


async def ends(client: BleakClient) -> None:
    """Disconnect, and let the peer advertise again."""
    await client.disconnect()
    await pass_time(1)


@on_profiles("scans_to_connect")
@on_bench
async def test_connect_by_address_scans(bench: Bench, profile: CentralProfile, value: bool) -> None:
    """Mutant: take the address that an earlier scan has heard; leave the scan running."""
    bench.profile = dataclasses.replace(profile, uuid_addresses=False)
    await bench.sensor()
    assert (await bench.find()) is not None
    before = bench.scans_started
    async with bench.client(SENSOR) as client:
        assert client.is_connected
        assert not bench.is_scanning()
    assert bench.scans_started - before == value
    begun = now()
    error = await outcome(bench.client(ABSENT, timeout=7).connect())
    assert now() - begun == pytest.approx(7, abs=0.1)
    if value:
        assert isinstance(error, BleakDeviceNotFoundError)
        assert not bench.count.commands["HCI_LE_CREATE_CONNECTION_CANCEL_COMMAND"]
    else:
        assert bench.count.commands["HCI_LE_CREATE_CONNECTION_CANCEL_COMMAND"] == 1
    assert not bench.is_scanning()
    assert not bench.is_connecting()


@on_bench
async def test_the_scan_of_a_connect_is_a_scan_like_any_other(bench: Bench) -> None:
    """bleak#1689: with another one under way, it is refused. The control is without that one."""
    bench.profile = BLUEZ
    await bench.sensor()
    async with bench.scanner():
        assert isinstance(await outcome(bench.client(SENSOR).connect()), BleakDBusError)
        assert bench.is_scanning()
    client = bench.client(SENSOR)
    await client.connect()
    await client.disconnect()


@on_bench
async def test_the_scan_of_a_connect_ends_with_the_radio(bench: Bench) -> None:
    """Mutant: wait on when the radio is gone, until the time is over."""
    bench.profile = dataclasses.replace(BLUEZ, uuid_addresses=False)
    begun = now()
    connecting = asyncio.create_task(bench.client(ABSENT, timeout=60).connect())
    await pass_time(3)
    await bench.central.power_off()
    error = await outcome(connecting)
    assert type(error).__name__ == "BleakBluetoothNotAvailableError"
    assert now() - begun == pytest.approx(3, abs=0.1)


def attempts(bench: Bench) -> int:
    """Return how often the host has told its controller to connect, by either command."""
    commands = bench.count.commands
    return sum(commands[f"HCI_LE_{kind}CREATE_CONNECTION_COMMAND"] for kind in ("", "EXTENDED_"))


@on_profiles("forgets_after")
@on_bench
async def test_who_was_not_seen_for_long(
    bench: Bench, profile: CentralProfile, value: float | None
) -> None:
    """Mutant: forget those that were connected to before, or never forget."""
    bench.profile = profile
    await bench.sensor()
    found = await bench.find()
    assert found is not None
    await pass_time(40)
    sent = attempts(bench)
    error = await outcome(bench.client(found).connect())
    assert isinstance(error, BleakDeviceNotFoundError) == (value is not None)
    tried = attempts(bench) - sent
    assert tried == (value is None)
    if value is None:
        return
    found = await bench.find()
    assert found is not None
    await pass_time(20)
    client = bench.client(found)
    await client.connect()  # the control: not for so long
    await ends(client)
    await pass_time(40)
    await client.connect()  # and for ever, once connected
    await client.disconnect()


@on_profiles("unreachable")
@on_bench
async def test_who_does_not_answer(
    bench: Bench, profile: CentralProfile, value: Unreachable
) -> None:
    """Mutant: one error for all."""
    bench.profile = profile
    sensor = await bench.sensor()
    found = await bench.find(None)
    assert found is not None
    await sensor.peripheral.power_off()
    begun = now()
    error = await outcome(bench.client(found, timeout=9).connect())
    assert now() - begun == pytest.approx(9, abs=0.1)
    kinds: dict[Unreachable, type[Exception]] = {
        Unreachable.NOT_FOUND: BleakDeviceNotFoundError,
        Unreachable.TIMEOUT: TimeoutError,
        Unreachable.UNREACHABLE: BleakError,
    }
    assert type(error) is kinds[value]
    assert str(error).endswith("Unreachable") == (value is Unreachable.UNREACHABLE)
    assert found.address not in str(error)


@on_profiles("connection_slots")
@on_bench
async def test_slots_for_links(bench: Bench, profile: CentralProfile, value: int | None) -> None:
    """Mutant: do not give a slot back when a link is lost, or a connect fails."""
    bench.profile = profile
    addresses = [f"C0:00:00:00:00:1{digit}" for digit in range(4)]
    sensors = [await bench.sensor(address) for address in addresses]
    clients = [bench.client(address) for address in addresses]
    await outcome(bench.client(ABSENT, timeout=3).connect())
    for client in clients[:3]:
        await client.connect()
    error = await outcome(clients[3].connect())
    assert isinstance(error, BleakError) == (value is not None)
    if value is None:
        assert len(bench.central.connections) == 4
    else:
        assert "connection slot" in str(error)
        assert len(bench.central.connections) == 3
        sensors[0].peripheral.lose_link()
        await pass_time(1)
        await clients[3].connect()
        assert isinstance(await outcome(clients[0].connect()), BleakError)
        await clients[1].disconnect()
        await clients[0].connect()
    for client in clients:
        await client.disconnect()
    await settle()


@on_profiles("disconnect_delay")
@on_bench
async def test_how_long_a_disconnect_takes(
    bench: Bench, profile: CentralProfile, value: float
) -> None:
    """Mutant: wait after the link has ended; wait out the delay when the link is lost."""
    bench.profile = profile
    sensor = await bench.sensor()
    found = await bench.find()
    assert found is not None
    client = bench.client(found)
    await client.connect()
    begun = now()
    closing = asyncio.create_task(client.disconnect())
    await pass_time(0.5)
    assert closing.done() == (not value)
    assert client.is_connected == bool(value)
    await closing
    assert (now() - begun >= 2) == bool(value)
    await pass_time(1)
    await client.connect()
    begun = now()
    closing = asyncio.create_task(client.disconnect())
    await settle()
    sensor.peripheral.lose_link()
    await closing
    assert now() - begun < 1.1  # the supervision timeout, after what has settled
