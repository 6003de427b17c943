"""Peers that hide behind resolvable private addresses, in virtual time."""

from __future__ import annotations

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakDeviceNotFoundError
from bumble import hci
from bumble.core import AdvertisingData
from bumble.device import DeviceConfiguration

from babyn_simulator.host import SimulatedDevice
from tests.simulator.bleak_bench import (
    SENSOR,
    Bench,
    on_bench,
    outcome,
    pass_time,
)

IRK = bytes(range(16, 32))


async def private_peer(bench: Bench, *, hides: bool = True) -> SimulatedDevice:
    """Put a peer on the air that has an identity key and, mostly, private addresses."""
    config = DeviceConfiguration(
        name="Private", address=hci.Address(SENSOR), irk=IRK, le_privacy_enabled=hides
    )
    device = SimulatedDevice(bench.air, config)
    await device.power_on()
    await advertise_private(device)
    return device


async def advertise_private(device: SimulatedDevice) -> None:
    name = (AdvertisingData.COMPLETE_LOCAL_NAME, b"Private")
    await device.start_advertising(
        own_address_type=hci.OwnAddressType.RANDOM,
        advertising_data=bytes(AdvertisingData([name])),
        auto_restart=True,
    )


@on_bench
async def test_private_addresses(bench: Bench) -> None:
    """Mutant: show a bonded peer by the address of the moment, or let bumble scan for it."""
    peer = await private_peer(bench)
    found = await bench.find("Private")
    assert found is not None
    assert found.address != SENSOR
    client = bench.client(found)
    async with client:
        await client.pair()
        assert client.address == SENSOR
    await peer.stop_advertising()
    assert await peer.update_rpa()
    await advertise_private(peer)
    again = await bench.find("Private")
    assert again is not None
    assert again.address == SENSOR
    assert again.details != found.details
    smp, scans = bench.count.sent["SMP"], bench.scans_started
    for other in (client, bench.client(again), bench.client(SENSOR)):
        async with other:
            assert other.address == SENSOR
        await pass_time(1)
    assert bench.count.sent["SMP"] == smp
    assert bench.scans_started == scans
    await bench.client(again).unpair()
    assert await bench.bonds.names() == []
    await peer.power_off()


@on_bench
async def test_connect_leaves_a_scan_alone(bench: Bench) -> None:
    """Mutant: let bumble scan for a peer with an identity key; it ends the program's scan."""
    peer = await private_peer(bench)
    found = await bench.find("Private")
    assert found is not None
    async with bench.client(found) as client:
        await client.pair()
    heard: list[str] = []

    def hear(device: BLEDevice, _data: AdvertisementData) -> None:
        heard.append(device.address)

    async with bench.scanner(hear):
        await pass_time(2)
        async with bench.client(SENSOR) as client:
            assert client.is_connected
        assert bench.is_scanning()
        before = len(heard)
        await pass_time(3)
        assert len(heard) > before
    assert not bench.is_scanning()
    await peer.power_off()


@on_bench
async def test_identity_key_of_a_peer_that_does_not_hide(bench: Bench) -> None:
    """Mutant: let bumble look for it. It would scan unasked, and end the program's scan."""
    peer = await private_peer(bench, hides=False)
    async with bench.client(SENSOR) as client:
        await client.pair()
    assert bench.central.address_resolver is not None
    assert [irk for irk, _ in bench.central.address_resolver.resolving_keys] == [IRK]
    await pass_time(2)
    assert bench.scans_started == 0
    async with bench.client(SENSOR) as client:
        assert client.is_connected
    assert bench.scans_started == 0
    async with bench.scanner():
        await pass_time(2)
        async with bench.client(SENSOR):
            assert bench.is_scanning()
        assert bench.is_scanning()
    await peer.power_off()


@on_bench
async def test_private_peer_that_was_not_heard(bench: Bench) -> None:
    """A connect by address alone does not scan, so it cannot find such a peer."""
    peer = await private_peer(bench)
    error = await outcome(bench.client(SENSOR, timeout=3).connect())
    assert isinstance(error, BleakDeviceNotFoundError)
    await peer.power_off()
