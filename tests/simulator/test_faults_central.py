"""Faults on the central's side, as an ordinary bleak client sees them."""

from __future__ import annotations

import pytest
from bleak import BleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakDeviceNotFoundError, BleakError

from babyn_simulator.faults import AdapterOff, SecondCentral
from tests.simulator.faults_bench import BATTERY, PATCH, Ward, in_ward, is_connected, pass_time


@in_ward()
async def test_the_adapter_goes_off_and_on_again(ward: Ward) -> None:
    """Mutant: only scans end, or it stays off, or every central's goes off."""
    other = await ward.nursery.radio(position=(1.0, 0.0))
    async with ward.connected() as client:
        injection = ward.nursery.inject(AdapterOff(central=0, after=2, lasts=30))
        await pass_time(1.9)
        assert is_connected(client)
        await pass_time(0.2)
        assert not is_connected(client)
        with pytest.raises(BleakBluetoothNotAvailableError):
            await BleakScanner.discover(timeout=1, backend=ward.radio.scanner)
        await BleakScanner.discover(timeout=1, backend=other.scanner)  # the control
    await pass_time(40)
    async with ward.connected() as client:
        assert await client.read_gatt_char(BATTERY)
    assert injection.strikes == 1


@in_ward()
async def test_the_adapter_goes_off_in_the_midst_of_discovery(ward: Ward) -> None:
    """Mutant: the program waits for an answer that cannot come."""
    injection = ward.nursery.inject(AdapterOff(opcode="read_by_type_request", lasts=5))
    client = await ward.client()
    with pytest.raises(BleakError):
        await client.connect()
    assert injection.strikes == 1
    await pass_time(6)
    async with ward.connected() as client:
        assert await client.read_gatt_char(BATTERY)


@in_ward()
async def test_a_second_central_connects_first_and_keeps_the_slot(ward: Ward) -> None:
    """Mutant: it leaves the device to advertise, or never goes."""
    found = await ward.client()
    injection = ward.nursery.inject(SecondCentral(device="patch", lasts=60))
    await injection.struck()
    assert await ward.find() is None
    with pytest.raises(BleakDeviceNotFoundError):
        await found.connect()
    await pass_time(60)
    async with ward.connected() as client:
        assert await client.read_gatt_char(BATTERY)
    assert injection.strikes == 1


@in_ward()
async def test_a_second_central_takes_the_connection_away(ward: Ward) -> None:
    """Mutant: wait politely. The control is the link of the first seconds."""
    async with ward.connected() as client:
        injection = ward.nursery.inject(
            SecondCentral(device="patch", steals=True, subscribes=True, after=5)
        )
        await pass_time(4.9)
        assert is_connected(client)
        await injection.struck()
        await pass_time(3)
        assert not is_connected(client)
    patch = ward.nursery.thermometer()
    assert patch.subscribed(patch.measurement)
    assert len(patch.connections) == 1
    injection.cancel()
    await pass_time(5)
    async with ward.connected() as client:
        assert await client.read_gatt_char(BATTERY)
        assert not patch.subscribed(patch.measurement)


@in_ward(PATCH.replace('pairing = "none"', 'pairing = "required"'))
async def test_a_second_central_pairs_to_subscribe(ward: Ward) -> None:
    """Mutant: subscribe without pairing; the device would tell it nothing."""
    patch = ward.nursery.thermometer()
    injection = ward.nursery.inject(SecondCentral(subscribes=True))
    await injection.struck()
    await pass_time(5)
    assert patch.subscribed(patch.measurement)
    assert patch.connections[0].is_encrypted


@in_ward()
async def test_a_second_central_comes_back(ward: Ward) -> None:
    """Mutant: give up after the first connection."""
    injection = ward.nursery.inject(SecondCentral(device="patch"))
    await injection.struck()
    ward.nursery.thermometer().lose_link(silence=0.1)
    await injection.struck(2)
    assert len(ward.nursery.thermometer().connections) == 1
