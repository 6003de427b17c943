"""The packaged scenario with one of each device, through bleak as any program sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakGATTProtocolError

from babyn_protocol.advertisement_linter import lint
from babyn_protocol.gatt.controls import (
    Hold,
    PropertyDescriptions,
    PropertyName,
    PropertyStates,
    SetProperty,
    SetPropertyResponse,
)
from babyn_protocol.gatt.device_events import DeviceEvent, EventKind
from babyn_protocol.gatt.environmental_sensing import Temperature
from babyn_protocol.gatt.property_values import PropertyValue
from babyn_protocol.gatt.pulse_oximeter import PlxContinuousMeasurement
from babyn_protocol.gatt.sensor import FineWeightMeasurement
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service, VendorCharacteristic, VendorService
from babyn_simulator import clock
from babyn_simulator.nursery import Nursery, NurseryRadio
from tests.simulator.virtual_bench import pass_time, virtually

CONTROLLED = ("sock", "scale", "room", "lamp", "warmer")


@asynccontextmanager
async def paired(nursery: Nursery, radio: NurseryRadio, name: str) -> AsyncGenerator[BleakClient]:
    async with BleakClient(nursery.devices[name].address, backend=radio.client) as client:
        await client.pair()
        yield client


async def listen(client: BleakClient, uuid: str) -> list[bytes]:
    received: list[bytes] = []
    await client.start_notify(uuid, lambda _sender, data: received.append(bytes(data)))
    return received


async def set_by_name(
    client: BleakClient, name: PropertyName, value: PropertyValue
) -> SetPropertyResponse:
    """Set a property as a program does that knows it by its name."""
    data = await client.read_gatt_char(VendorCharacteristic.PROPERTY_DESCRIPTIONS)
    described = PropertyDescriptions.parse(data).descriptions
    (description,) = [item for item in described if item.name is name]
    answers = await listen(client, VendorCharacteristic.SET_PROPERTY)
    command = SetProperty(
        command_id=1,
        property_id=description.property_id,
        kind=description.kind,
        value=value,
        hold_for=Hold.UNTIL_CHANGED,
        valid_for=timedelta(seconds=5),
    )
    await client.write_gatt_char(VendorCharacteristic.SET_PROPERTY, bytes(command), response=True)
    await pass_time(1)
    (answer,) = answers
    return SetPropertyResponse.parse(answer)


@virtually
async def test_all_are_found_by_what_they_advertise() -> None:
    async with Nursery.open("house") as nursery:
        radio = await nursery.radio()
        found = await BleakScanner.discover(timeout=3, return_adv=True, backend=radio.scanner)
        assert {data.local_name: data.service_uuids for _, data in found.values()} == {
            "Thermometer": [Service.HEALTH_THERMOMETER],
            "Oximeter": [Service.PULSE_OXIMETER],
            "Scale": [Service.WEIGHT_SCALE],
            "Room sensor": [Service.ENVIRONMENTAL_SENSING],
            "Night light": [VendorService.CONTROLS],
            "Bottle warmer": [VendorService.CONTROLS],
        }


@virtually
async def test_each_is_read_after_pairing_and_not_before() -> None:
    """Mutant: a device of the scenario tells strangers how it stands."""
    async with Nursery.open("house") as nursery:
        radio = await nursery.radio()
        for name in CONTROLLED:
            address = nursery.devices[name].address
            async with BleakClient(address, backend=radio.client) as client:
                with pytest.raises(BleakGATTProtocolError):
                    await client.read_gatt_char(VendorCharacteristic.PROPERTY_STATES)
                await client.pair()
                described = await client.read_gatt_char(VendorCharacteristic.PROPERTY_DESCRIPTIONS)
                states = await client.read_gatt_char(VendorCharacteristic.PROPERTY_STATES)
                descriptions = PropertyDescriptions.parse(described).descriptions
                assert [item.property_id for item in descriptions] == [
                    state.property_id for state in PropertyStates.parse(states).states
                ]


@virtually
async def test_something_happens_to_each_in_the_first_minutes() -> None:
    async with Nursery.open("house") as nursery:
        radio = await nursery.radio()
        async with (
            paired(nursery, radio, "sock") as sock,
            paired(nursery, radio, "scale") as scale,
            paired(nursery, radio, "room") as room,
        ):
            samples = await listen(sock, Uuids.PLX_CONTINUOUS_MEASUREMENT)
            weights = await listen(scale, VendorCharacteristic.FINE_WEIGHT_MEASUREMENT)
            climate = await listen(room, Uuids.TEMPERATURE)
            fell = await listen(sock, VendorCharacteristic.DEVICE_EVENT)
            fed = await listen(scale, VendorCharacteristic.DEVICE_EVENT)
            await pass_time(6 * 60)
            kinds = [DeviceEvent.parse(data).kind for data in fell]
            assert kinds == [EventKind.ALARM, EventKind.ALARM, EventKind.PROBE_OFF]
            assert [DeviceEvent.parse(data).kind for data in fed] == [EventKind.FEED_ENDED]
            low = min(
                message.spo2
                for message in map(PlxContinuousMeasurement.parse, samples)
                if isinstance(message.spo2, Decimal)
            )
            assert low < 90
            assert sum(FineWeightMeasurement.parse(data).settled for data in weights) >= 10
            degrees = [float(str(Temperature.parse(data).celsius)) for data in climate]
            assert max(degrees) - min(degrees) > 0.2


@virtually
async def test_lamp_and_warmer_are_set() -> None:
    async with Nursery.open("house") as nursery:
        radio = await nursery.radio()
        lamp, warmer = nursery.night_light(), nursery.bottle_warmer()
        async with paired(nursery, radio, "lamp") as client:
            answer = await set_by_name(client, PropertyName.LIGHT_BRIGHTNESS, 25)
            assert (answer.done, lamp.brightness) == (True, 25)
        async with paired(nursery, radio, "warmer") as client:
            answer = await set_by_name(client, PropertyName.WARMER, True)
            assert (answer.done, warmer.on) == (True, True)


@virtually
async def test_devices_are_looked_up_by_kind() -> None:
    async with Nursery.open("house") as nursery:
        lookups: dict[str, Callable[[str], object]] = {
            "sock": nursery.oximeter,
            "scale": nursery.scale,
            "room": nursery.room_sensor,
            "lamp": nursery.night_light,
            "warmer": nursery.bottle_warmer,
        }
        for name, lookup in lookups.items():
            assert lookup(name) is nursery.devices[name]
            with pytest.raises(KeyError, match=r"the scenario has no .* named 'patch'"):
                lookup("patch")


async def _digest(seed: int) -> tuple[str, int]:
    async with Nursery.open("house", seed=seed) as nursery:
        radio = await nursery.radio()
        async with (
            paired(nursery, radio, "sock") as sock,
            paired(nursery, radio, "lamp") as lamp,
            paired(nursery, radio, "room") as room,
        ):
            await listen(sock, Uuids.PLX_CONTINUOUS_MEASUREMENT)
            await listen(sock, VendorCharacteristic.DEVICE_EVENT)
            await listen(room, VendorCharacteristic.SOUND_LEVEL)
            await listen(lamp, VendorCharacteristic.DEVICE_EVENT)
            nursery.night_light().press_button(1)
            await set_by_name(lamp, PropertyName.SOUND, 3)
            await pass_time(300)
        return nursery.digest(), nursery.packets


def test_the_seed_decides_everything() -> None:
    """Mutant: a new device draws from the system, or from another one's numbers."""
    assert clock.run(_digest(1)) == clock.run(_digest(1))
    assert clock.run(_digest(1))[0] != clock.run(_digest(2))[0]


@virtually
async def test_what_they_advertise_is_neutral_and_seen_by_everybody() -> None:
    """Mutant: a serial number in the name, or services that only an active scan sees.

    Two findings are the open profile itself: it is found by its service, which may be one of
    health, and its name is in the scan response.
    """
    known = {"name-only-in-scan-response", "health-service"}
    async with Nursery.open("house") as nursery:
        for device in nursery.devices.values():
            said, response = device.advertisement.data(), device.advertisement.scan_response
            findings = lint(said, response(device.name), connectable=True)
            assert {finding.code for finding in findings} <= known
            # The control: the same device, with its serial number in its name.
            worse = lint(said, response("Lamp SIM-5A93C0D1"), connectable=True)
            assert not {finding.code for finding in worse} <= known
