"""Pairing, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble import hci
from bumble.core import ProtocolError
from bumble.device import Connection, DeviceConfiguration
from bumble.pairing import PairingConfig, PairingDelegate

from babyn_simulator.bonds import (
    BondKeyStore,
)
from babyn_simulator.host import SimulatedDevice
from babyn_simulator.peripheral import Pairing
from babyn_simulator.radio import Air
from tests.simulator.bleak_bench import (
    CENTRAL,
    LEVEL,
    SENSOR,
    Bench,
    Sensor,
    on_bench,
    outcome,
    pass_time,
    secret,
    settle,
    turn,
)

SMP_CHANNEL = b"\x06\x00"


def pair_as(device: SimulatedDevice, config: PairingConfig) -> None:
    """Let a device answer a pairing in some way."""

    def factory(_connection: Connection) -> PairingConfig:
        return config

    device.pairing_config_factory = factory


@on_bench
async def test_nothing_pairs_unless_asked(bench: Bench) -> None:
    """Mutant: pair when an attribute asks for it. The control pairs when asked."""
    await bench.sensor(pairing=Pairing.REQUIRED)
    async with bench.client() as client:
        error = await outcome(secret(client))
        assert isinstance(error, BleakGATTProtocolError)
        assert error.code == 0x05
        assert bench.count.sent["SMP"] == 0
        await client.pair()
        assert bench.count.sent["SMP"] > 0
        assert await secret(client) == b"secret"


@on_bench
async def test_pair_twice_is_once(bench: Bench) -> None:
    await bench.sensor(pairing=Pairing.REQUIRED)
    async with bench.client() as client:
        await client.pair()
        sent = bench.count.sent["SMP"]
        await client.pair()
        assert bench.count.sent["SMP"] == sent


@on_bench
async def test_pair_at_connect(bench: Bench) -> None:
    await bench.sensor(pairing=Pairing.REQUIRED)
    async with bench.client(pair=True) as client:
        assert await secret(client) == b"secret"
    sent = bench.count.sent["SMP"]
    await pass_time(1)
    async with bench.client(pair=True) as client:
        assert await secret(client) == b"secret"
    assert bench.count.sent["SMP"] == sent


@on_bench
async def test_refused_pairing(bench: Bench) -> None:
    """Mutant: keep a bond, or let bumble's error out."""
    sensor = await bench.sensor(pairing=Pairing.REJECT)
    async with bench.client() as client:
        error = await outcome(client.pair())
        assert isinstance(error, BleakError)
        assert error.__cause__ is None
        assert "pairing not supported" in str(error)
        assert client.is_connected
        assert await bench.bonds.names() == []
        sensor.peripheral.pairing = Pairing.REQUIRED
        await client.pair()
        assert await secret(client) == b"secret"


# bumble 0.0.235 warns of itself, when the peer of the control pairs.
@pytest.mark.filterwarnings("ignore:Use utils.AsyncRunner:DeprecationWarning")
@on_bench
async def test_peer_does_not_get_to_pair_unasked(bench: Bench) -> None:
    """Mutant: answer a pairing that the peer begins, as bumble does. The control is bumble."""
    sensor = await bench.sensor()
    async with bench.client() as client:
        peripheral = sensor.peripheral
        connection = peripheral.connections[0]
        task = asyncio.create_task(peripheral.device.pair(connection))
        await pass_time(1)
        assert bench.count.sent["SMP"] == 1  # Pairing Failed
        assert task.done()
        assert task.exception() is not None
        assert client.is_connected
        assert await bench.bonds.names() == []

    air = Air()
    plain = SimulatedDevice(air, DeviceConfiguration(name="plain", address=hci.Address(CENTRAL)))
    other = Sensor(air)
    await plain.power_on()
    async with other.peripheral:
        await plain.connect_le(hci.Address(SENSOR))
        await settle()
        pair_as(other.peripheral.device, PairingConfig())
        asked = Asked()
        pair_as(plain, PairingConfig(delegate=asked))
        with pytest.raises(ProtocolError):
            await other.peripheral.device.pair(other.peripheral.connections[0])
        assert asked.times == 1  # whether to pair: if it said yes, it would
        await plain.power_off()


class Asked(PairingDelegate):
    """Is asked whether to pair, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    async def accept(self) -> bool:
        self.times += 1
        return False


class Person(PairingDelegate):
    """Answers what a pairing asks."""

    def __init__(
        self, capability: PairingDelegate.IoCapability, *, number: int = 0, agrees: bool = True
    ) -> None:
        super().__init__(capability)
        self.number = number
        self.agrees = agrees
        self.compared: list[int] = []

    async def get_number(self) -> int | None:
        return self.number

    async def generate_passkey(self) -> int:
        return self.number

    async def compare_numbers(self, number: int, digits: int) -> bool:
        self.compared.append(number)
        return self.agrees


def let_peer_ask(sensor: Sensor, person: Person) -> None:
    """Give a peer a display or a keyboard."""
    pair_as(sensor.peripheral.device, PairingConfig(delegate=person))


@pytest.mark.parametrize(("typed", "works"), [(123456, True), (123457, False)])
def test_passkey(typed: int, works: bool) -> None:
    """Mutant: do not ask the delegate."""

    @on_bench
    async def test(bench: Bench) -> None:
        io = PairingDelegate.IoCapability
        sensor = await bench.sensor()
        let_peer_ask(sensor, Person(io.DISPLAY_OUTPUT_ONLY, number=123456))
        person = Person(io.KEYBOARD_INPUT_ONLY, number=typed)
        async with bench.client(pairing=person) as client:
            error = await outcome(client.pair())
            keys = await BondKeyStore(bench.bonds, "central").get(SENSOR)
            if works:
                assert error is None
                assert keys is not None
                assert keys.ltk is not None
                assert keys.ltk.authenticated
            else:
                assert isinstance(error, BleakError)
                assert keys is None

    test()


@pytest.mark.parametrize("agrees", [True, False])
def test_numeric_comparison(agrees: bool) -> None:
    """Mutant: do not ask the delegate, or take its no for a yes."""

    @on_bench
    async def test(bench: Bench) -> None:
        io = PairingDelegate.IoCapability.DISPLAY_OUTPUT_AND_YES_NO_INPUT
        sensor = await bench.sensor()
        peer, person = Person(io), Person(io, agrees=agrees)
        let_peer_ask(sensor, peer)
        async with bench.client(pairing=person) as client:
            error = await outcome(client.pair())
            assert person.compared == peer.compared
            assert len(person.compared) == 1
            assert (error is None) == agrees

    test()


@on_bench
async def test_just_works_is_not_authenticated(bench: Bench) -> None:
    """Mutant: note a key of Just Works as authenticated."""
    await bench.sensor()
    async with bench.client(pair=True):
        keys = await BondKeyStore(bench.bonds, "central").get(SENSOR)
    assert keys is not None
    assert keys.ltk is not None
    assert not keys.ltk.authenticated


@on_bench
async def test_mute_peer_in_pairing(bench: Bench) -> None:
    """Mutant: wait for ever, as bumble does."""
    sensor = await bench.sensor()
    client = bench.client()
    await client.connect()
    bench.air.acl_filter = lambda sender, _receiver, frame: (
        None if sender is sensor.peripheral.controller and frame[2:4] == SMP_CHANNEL else frame
    )
    error = await outcome(client.pair(timeout=60))
    assert isinstance(error, TimeoutError)
    assert not client.is_connected
    assert await bench.bonds.names() == []
    bench.air.acl_filter = None
    await pass_time(1)
    async with bench.client() as again:
        await again.pair()


@on_bench
async def test_link_lost_in_pairing(bench: Bench) -> None:
    """Mutant: let bumble's cancellation out."""
    sensor = await bench.sensor()
    client = bench.client()
    await client.connect()
    bench.air.acl_filter = lambda _sender, _receiver, frame: (
        None if frame[2:4] == SMP_CHANNEL else frame
    )
    task = asyncio.create_task(client.pair())
    await pass_time(1)
    sensor.peripheral.lose_link()
    await asyncio.wait({task})
    assert isinstance(task.exception(), BleakError)
    assert not client.is_connected
    assert not bench.central.smp_manager.sessions


@on_bench
async def test_pairing_broken_off_at_any_moment(bench: Bench) -> None:
    """Mutant: a cancelled pairing leaves a link, a session, or half of a bond."""
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    broken_off = 0
    for turns in range(1, 200):
        client = bench.client()
        await client.connect()
        task = asyncio.create_task(client.pair())
        await turn(turns)
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            assert await secret(client) == b"secret"
            await client.disconnect()
            break
        if client.is_connected:  # the pairing was complete as its caller went away
            assert await secret(client) == b"secret"
        else:
            broken_off += 1
            assert not bench.central.smp_manager.sessions
        await client.unpair()
        await sensor.peripheral.keystore.delete_all()
        await pass_time(1)
    assert broken_off > 10


@on_bench
async def test_peer_that_does_not_bond(bench: Bench) -> None:
    """Mutant: keep a key that the peer does not keep. The next connect fails."""
    sensor = await bench.sensor()
    device = sensor.peripheral.device
    pair_as(device, PairingConfig(bonding=False, mitm=False))
    async with bench.client() as client:
        await client.pair()
        assert await bench.bonds.names() == []
    await sensor.peripheral.keystore.delete_all()
    await pass_time(1)
    async with bench.client() as client:
        assert await client.read_gatt_char(LEVEL)
