"""Pairing as the central profiles do it, each difference beside its absence."""

from __future__ import annotations

import pytest
from bleak import BleakClient
from bleak.exc import BleakDBusError, BleakError
from bumble.device import Connection
from bumble.pairing import PairingConfig, PairingDelegate

from babyn_simulator.bleak_backend.profiles import CentralProfile
from babyn_simulator.host import SimulatedDevice
from babyn_simulator.peripheral import Pairing
from tests.simulator.bleak_bench import (
    Bench,
    Sensor,
    on_bench,
    outcome,
    pass_time,
    secret,
)
from tests.simulator.profile_bench import on_profiles


class Person(PairingDelegate):
    """Agrees to every number."""

    def __init__(self) -> None:
        super().__init__(PairingDelegate.IoCapability.DISPLAY_OUTPUT_AND_YES_NO_INPUT)
        self.asked = 0

    async def compare_numbers(self, number: int, digits: int) -> bool:
        self.asked += 1
        return True


def pair_as(device: SimulatedDevice, config: PairingConfig) -> None:
    """Let a device answer a pairing in some way."""

    def factory(_connection: Connection) -> PairingConfig:
        return config

    device.pairing_config_factory = factory


async def prepared(
    bench: Bench, profile: CentralProfile, pairing: PairingDelegate | None = None
) -> tuple[BleakClient, Sensor]:
    """Return a client for a sensor that wants a pairing."""
    bench.profile = profile
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    found = await bench.find(None)
    assert found is not None
    return bench.client(found, pairing=pairing), sensor


@on_profiles("pairs_by_call")
@on_bench
async def test_the_call_to_pair(bench: Bench, profile: CentralProfile, value: bool) -> None:
    """Mutant: do nothing, and say nothing."""
    client, _sensor = await prepared(bench, profile)
    async with client:
        if value:
            await client.pair()
            assert bench.count.sent["SMP"]
            await client.unpair()
            return
        for call in (client.pair, client.unpair):
            with pytest.raises(NotImplementedError):
                await call()
        assert bench.count.sent["SMP"] == 0
        assert client.is_connected
    await pass_time(1)
    found = await bench.find(None)
    assert found is not None
    async with bench.client(found, pair=True) as client:  # asks for what there is not
        assert bench.count.sent["SMP"] == 0


@on_profiles("pairs_on_demand")
@on_bench
async def test_a_protected_value(bench: Bench, profile: CentralProfile, value: bool) -> None:
    """Mutants: pair again on an encrypted link; ask again although the pairing failed."""
    client, sensor = await prepared(bench, profile)
    async with client:
        sensor.peripheral.pairing = Pairing.REJECT
        reads = bench.count.sent["ATT_READ_REQUEST"]
        assert isinstance(await outcome(secret(client)), BleakError)
        assert bench.count.sent["ATT_READ_REQUEST"] == reads + 1
        assert bool(bench.count.sent["SMP"]) == value
        sensor.peripheral.pairing = Pairing.REQUIRED
        if not value:
            assert isinstance(await outcome(secret(client)), BleakError)
            assert bench.count.sent["SMP"] == 0
            return
        assert await secret(client) == b"secret"
        sent = bench.count.sent["SMP"]
        assert await secret(client) == b"secret"
        assert bench.count.sent["SMP"] == sent


@on_profiles("pairing_agent")
@on_bench
async def test_nobody_answers_for_a_pairing(
    bench: Bench, profile: CentralProfile, value: bool
) -> None:
    """Mutant: refuse, although the program has brought somebody who answers."""
    client, _sensor = await prepared(bench, profile)
    async with client:
        error = await outcome(client.pair())
        assert isinstance(error, BleakDBusError) == (not value)
        if isinstance(error, BleakDBusError):
            assert error.dbus_error == "org.bluez.Error.AuthenticationFailed"
        assert bool(bench.count.sent["SMP"]) == value
        assert client.is_connected
    await pass_time(1)
    found = await bench.find(None)
    assert found is not None
    async with bench.client(found, pairing=Person()) as client:
        await client.pair()
        assert await secret(client) == b"secret"


@on_profiles("just_works_only")
@on_bench
async def test_pairings_that_ask_something(
    bench: Bench, profile: CentralProfile, value: bool
) -> None:
    """Mutant: say that a number can be compared, and never ask anybody."""
    person = Person()
    client, sensor = await prepared(bench, profile, person)
    pair_as(sensor.peripheral.device, PairingConfig(delegate=Person()))
    async with client:
        await client.pair()
    assert person.asked == (0 if value else 1)


@on_profiles("unpair_needs_link")
@on_bench
async def test_unpairing_without_a_link(bench: Bench, profile: CentralProfile, value: bool) -> None:
    """Mutant: delete the bond all the same."""
    client, _sensor = await prepared(bench, profile)
    async with client:
        await client.pair()
        bonds = len(await bench.bonds.names())
    assert isinstance(await outcome(client.unpair()), BleakError) == value
    assert len(await bench.bonds.names()) == (bonds if value else bonds - 1)
    await pass_time(1)
    found = await bench.find(None)
    assert found is not None
    async with bench.client(found) as client:
        await client.unpair()
    assert len(await bench.bonds.names()) == bonds - 1
