"""BlueZ's manners, by bleak alone: each differs from the plain radio, and the profile has it.

What BlueZ does in the machine (``os``) is what the central profile ``bluez`` does in virtual
time (``sim-bluez``), and not what ``sim`` does: that is the list of differences between the
virtual radio and the real stack, each with the setting that reproduces it. Mutant, in each:
take the setting out of the profile.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from babyn_protocol.uuids import Characteristic
from babyn_simulator.devices.open_profile.nursery_device import NurseryDevice
from tests.client.steps import links
from tests.radios.worlds import BLUEZ, Play, World

BATTERY = str(Characteristic.BATTERY_LEVEL)
MANUFACTURER_NAME = str(Characteristic.MANUFACTURER_NAME_STRING)


def has_manners(world: World) -> bool:
    """Return whether the radio is BlueZ, or does as it does."""
    return world.name != "sim"


@asynccontextmanager
async def connected(world: World, device: NurseryDevice) -> AsyncGenerator[BleakClient, None]:
    found = await BleakScanner.find_device_by_address(device.address, timeout=30, **world.scanner)
    assert found is not None
    async with BleakClient(found, timeout=30, **world.client) as client:
        yield client


def test_one_scan(play: Play) -> None:
    """``one_scan``."""

    async def story(world: World) -> None:
        async with BleakScanner(**world.scanner):
            second = BleakScanner(**world.scanner)
            if not has_manners(world):
                async with second:
                    return
            with pytest.raises(BleakDBusError) as refused:
                await second.start()
            assert refused.value.dbus_error == "org.bluez.Error.InProgress"

    play(story)


def test_mtu_size_unknown(play: Play) -> None:
    """``mtu_size_unknown``; what fits a write tells it nevertheless."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, connected(world, patch) as client:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                assert client.mtu_size == (23 if has_manners(world) else 517)
            assert bool(warned) is has_manners(world)
            level = client.services.get_characteristic(BATTERY)
            assert level is not None
            assert level.max_write_without_response_size == 514

    play(story)


def test_pairs_on_demand(play: Play) -> None:
    """``pairs_on_demand``: a refused request pairs, where somebody answers for pairings."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, connected(world, patch) as client:
            assert links(patch) == ["plain"]
            if has_manners(world):
                assert len(await client.read_gatt_char(BATTERY)) == 1
            else:
                with pytest.raises(BleakError):
                    await client.read_gatt_char(BATTERY)
            assert links(patch) == ["encrypted" if has_manners(world) else "plain"]

    play(story)


def test_reads_notify(play: Play) -> None:
    """``reads_notify``: a read calls the subscriber of the same characteristic too."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, connected(world, patch) as client:
            await client.pair()
            got: list[bytes] = []
            await client.start_notify(BATTERY, lambda _, data: got.append(bytes(data)))
            await world.pass_time(1)
            got.clear()
            read = bytes(await client.read_gatt_char(BATTERY))
            await world.pass_time(1)
            assert (got == [read]) is has_manners(world)

    play(story)


def test_read_only_services(play: Play) -> None:
    """``read_only_services``: BlueZ writes to no service that it uses itself.

    5.66 leaves Device Information to the program: there it is the device that refuses.
    """

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, connected(world, patch) as client:
            with pytest.raises(BleakGATTProtocolError) as refused:
                await client.write_gatt_char(MANUFACTURER_NAME, b"x", response=True)
            assert refused.value.code == (
                BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION
                if has_manners(world) and BLUEZ != "5.66"
                else BleakGATTProtocolErrorCode.WRITE_NOT_PERMITTED
            )

    play(story)


def test_what_services_are_shown(play: Play) -> None:
    """No difference, but that BlueZ 5.66 does not show Generic Access; 5.82 does."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, connected(world, patch) as client:
            seen = {service.uuid[4:8] for service in client.services}
            assert {"1801", "180a", "180f", "1809"} <= seen

    play(story)
