"""What a bond does at the next connect, in virtual time."""

from __future__ import annotations

import asyncio

from bleak import BleakClient
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble import hci
from bumble.device import DeviceConfiguration
from bumble.keys import PairingKeys

from babyn_simulator import clock
from babyn_simulator.bleak_backend import client_backend
from babyn_simulator.bonds import (
    BondKeyStore,
    DamagedBondError,
    MemoryBondStore,
)
from babyn_simulator.host import SimulatedDevice
from babyn_simulator.peripheral import Pairing
from tests.simulator.bleak_bench import (
    CENTRAL,
    SENSOR,
    Bench,
    bench,
    on_bench,
    outcome,
    pass_time,
    secret,
    turn,
)

ENCRYPT = "HCI_LE_ENABLE_ENCRYPTION_COMMAND"


@on_bench
async def test_bonded_peer_is_encrypted_at_connect(bench: Bench) -> None:
    """Mutant: leave the link open until ``pair()``, or pair anew."""
    await bench.sensor(pairing=Pairing.REQUIRED)
    async with bench.client() as client:
        await client.pair()
    smp, encrypted = bench.count.sent["SMP"], bench.count.commands[ENCRYPT]
    await pass_time(1)
    async with bench.client() as client:
        assert await secret(client) == b"secret"
        await client.pair()
    assert bench.count.sent["SMP"] == smp
    assert bench.count.commands[ENCRYPT] == encrypted + 1


def test_bond_outlives_the_process() -> None:
    """Mutant: keep bonds in memory. The control has no store."""

    async def main() -> None:
        bonds = MemoryBondStore()
        device_bonds = BondKeyStore(bonds, "sim/sensor")
        async with bench(bonds) as first:
            await first.sensor(pairing=Pairing.REQUIRED, keystore=device_bonds)
            async with first.client(pair=True) as client:
                assert await secret(client) == b"secret"
        async with bench(bonds) as second:
            device_bonds = BondKeyStore(bonds, "sim/sensor")
            await second.sensor(pairing=Pairing.REQUIRED, keystore=device_bonds)
            async with second.client() as client:
                assert await secret(client) == b"secret"
            assert second.count.sent["SMP"] == 0
        async with bench() as control:
            await control.sensor(pairing=Pairing.REQUIRED)
            async with control.client() as client:
                assert isinstance(await outcome(secret(client)), BleakGATTProtocolError)

    clock.run(main())


@on_bench
async def test_controller_with_a_public_address(bench: Bench) -> None:
    """Mutant: tell the peer the public address, as bumble does. It would not know us again."""
    await bench.sensor(pairing=Pairing.REQUIRED)
    central = SimulatedDevice(
        bench.air,
        DeviceConfiguration(name="central", address=hci.Address("C0:00:00:00:00:05")),
        public_address=hci.Address("00:1A:7D:DA:71:13/P"),
    )
    await central.power_on()
    client = BleakClient(SENSOR, backend=client_backend(central))
    async with client:
        await client.pair()
    await pass_time(1)
    async with client:
        assert await secret(client) == b"secret"
    await central.power_off()


@on_bench
async def test_peer_that_lost_its_key(bench: Bench) -> None:
    """Mutant: go on without encryption, or pair anew in silence."""
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    gone: list[BleakClient] = []
    client = bench.client(disconnected_callback=gone.append)
    await client.connect()
    await client.pair()
    await client.disconnect()
    await sensor.peripheral.keystore.delete_all()
    smp = bench.count.sent["SMP"]
    await pass_time(1)
    for _ in range(2):
        error = await outcome(client.connect())
        assert isinstance(error, BleakError)
        assert "unpair()" in str(error)
        assert SENSOR not in str(error)
        assert not client.is_connected
        assert not bench.central.connections
        await pass_time(1)
    assert bench.count.sent["SMP"] == smp
    assert gone == [client]
    assert len(await bench.bonds.names()) == 1
    await client.unpair()
    await client.connect()
    await client.pair()
    assert await secret(client) == b"secret"
    await client.disconnect()


@on_bench
async def test_peer_with_another_key(bench: Bench) -> None:
    """Mutant: take a wrong key for a lost link."""
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    async with bench.client() as client:
        await client.pair()
    keys = PairingKeys(ltk=PairingKeys.Key(bytes(16)))
    await sensor.peripheral.keystore.update(CENTRAL, keys)
    await pass_time(1)
    error = await outcome(bench.client().connect())
    assert isinstance(error, BleakError)
    assert "unpair()" in str(error)
    assert not bench.central.connections


@on_bench
async def test_link_lost_while_encrypting(bench: Bench) -> None:
    """Mutant: wait for ever for the encryption of a link that is gone."""
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    linked = asyncio.Event()
    bench.on_link(sensor.peripheral, linked.set)
    async with bench.client() as client:
        await client.pair()
    for turns in range(30):
        await pass_time(1)
        linked.clear()
        task = asyncio.create_task(bench.client(timeout=5).connect())
        await linked.wait()
        await turn(turns)
        await sensor.peripheral.connections[0].disconnect()
        before = asyncio.get_running_loop().time()
        await asyncio.wait({task})
        assert isinstance(task.exception(), BleakError)
        assert asyncio.get_running_loop().time() - before < 1


@on_bench
async def test_unpair(bench: Bench) -> None:
    """Mutant: leave the link, or the bond."""
    await bench.sensor(pairing=Pairing.REQUIRED)
    gone: list[BleakClient] = []
    client = bench.client(disconnected_callback=gone.append)
    await client.unpair()
    await client.connect()
    await client.unpair()
    assert gone == [client]
    await pass_time(1)
    await client.connect()
    await client.pair()
    assert len(await bench.bonds.names()) == 1
    await client.disconnect()
    await client.unpair()
    assert await bench.bonds.names() == []
    assert bench.central.address_resolver is not None
    assert list(bench.central.address_resolver.resolving_keys) == []
    await bench.client(SENSOR).unpair()


class BrokenStore(MemoryBondStore):
    """A store that cannot be written."""

    async def put(self, name: str, data: bytes) -> None:
        raise OSError(28, "no space left")


def test_keys_that_cannot_be_stored() -> None:
    """Mutant: report a pairing whose keys are lost, as bumble does."""

    async def main() -> None:
        async with bench(BrokenStore()) as made:
            await made.sensor()
            client = made.client()
            await client.connect()
            error = await outcome(client.pair())
            assert isinstance(error, BleakError)
            assert "could not be stored" in str(error)
            assert not client.is_connected

    clock.run(main())


@on_bench
async def test_damaged_bond(bench: Bench) -> None:
    """Mutant: take a damaged bond for none, and talk to the peer without encryption."""
    await bench.sensor()
    client = bench.client()
    async with client:
        await client.pair()
    [name] = await bench.bonds.names()
    for damage in (b"", b"{", b"[]", b"{}", b'{"address": 1, "keys": {"ltk": {"value": "x"}}}'):
        await bench.bonds.put(name, damage)
        await pass_time(1)
        assert isinstance(await outcome(client.connect()), DamagedBondError)
        assert not bench.central.connections
    await client.unpair()
    assert await bench.bonds.names() == []
    await pass_time(1)
    async with client:
        assert client.is_connected
