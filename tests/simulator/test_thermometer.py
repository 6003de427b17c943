"""The simulated thermometer, seen from a central that was let in."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bumble import att
from bumble.device import Connection

from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.device_information import SerialNumber
from babyn_protocol.gatt.health_thermometer import (
    IntermediateTemperature,
    MeasurementInterval,
    TemperatureMeasurement,
    TemperatureType,
    TemperatureTypeValue,
    TemperatureUnit,
)
from babyn_protocol.numbers import SpecialValue
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.thermometer import ThermometerModel
from babyn_simulator.devices.open_profile.thermometer import Thermometer
from babyn_simulator.devices.signals.skin_temperature import SkinTemperature
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air, PathLoss
from babyn_simulator.security import Pairing
from tests.simulator.virtual_bench import DEVICE, Central, pass_time, turn, virtually

PROTECTED = [
    Uuids.TEMPERATURE_TYPE,
    Uuids.MEASUREMENT_INTERVAL,
    Uuids.BATTERY_LEVEL,
    Uuids.SERIAL_NUMBER_STRING,
]
OPEN = [
    Uuids.MANUFACTURER_NAME_STRING,
    Uuids.MODEL_NUMBER_STRING,
    Uuids.FIRMWARE_REVISION_STRING,
]


def model(**options: Any) -> ThermometerModel:
    signal = SkinTemperature(Entropy(1, "signal"), room=36.0, warm_up=timedelta(seconds=1))
    return ThermometerModel(signal, **options)


class Visit:
    """A central that has come to see a thermometer."""

    def __init__(self, device: Thermometer, central: Central, connection: Connection) -> None:
        self.device = device
        self.central = central
        self.connection = connection

    async def read(self, uuid: str) -> bytes:
        return await self.central.read(self.connection, uuid)

    async def subscribe(self, uuid: str) -> list[tuple[float, bytes]]:
        """Return a list that fills with the values, and when they came."""
        loop = asyncio.get_running_loop()
        received: list[tuple[float, bytes]] = []
        proxy = await self.central.characteristic(self.connection, uuid)
        await proxy.subscribe(lambda value: received.append((loop.time(), bytes(value))))
        return received


@asynccontextmanager
async def visit(
    thermometer: ThermometerModel, *, pairing: Pairing = Pairing.NONE, **options: Any
) -> AsyncGenerator[Visit]:
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    device = Thermometer(
        air, thermometer, Identity("SN-1"), address=DEVICE, pairing=pairing, **options
    )
    async with device:
        connection = await central.connect(device)
        yield Visit(device, central, connection)
        if device.connections:
            await connection.disconnect()
            await turn(3)


@virtually
async def test_measurements_are_indicated_at_the_interval() -> None:
    async with visit(model(interval=2.0)) as guest:
        received = await guest.subscribe(Uuids.TEMPERATURE_MEASUREMENT)
        await pass_time(60)
        assert len(received) == 30
        gaps = {round(b[0] - a[0], 3) for a, b in itertools.pairwise(received)}
        assert all(1.97 <= gap <= 2.03 for gap in gaps)  # the next connection event carries it
        messages = [TemperatureMeasurement.parse(data) for _, data in received]
        assert {message.unit for message in messages} == {TemperatureUnit.CELSIUS}
        assert all(
            isinstance(message.value, Decimal) and 35 < message.value < 38 for message in messages
        )
        assert len({message.value for message in messages}) > 1


@virtually
async def test_the_time_stamp_is_the_simulated_time() -> None:
    """Mutant: the system's date is sent."""
    async with visit(model(interval=3600.0)) as guest:
        received = await guest.subscribe(Uuids.TEMPERATURE_MEASUREMENT)
        await pass_time(3601)
        ((when, data),) = received
        stamp = TemperatureMeasurement.parse(data).timestamp
        assert stamp is not None
        expected = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=int(when))
        assert stamp.naive() == expected.replace(tzinfo=None)


@virtually
async def test_where_it_measures_is_said_once() -> None:
    """HTS v1.0 - Health Thermometer Service - §3.2: in the measurement or beside it, not both."""
    async with visit(model()) as guest:
        received = await guest.subscribe(Uuids.TEMPERATURE_MEASUREMENT)
        await pass_time(2.1)
        site = TemperatureTypeValue.parse(await guest.read(Uuids.TEMPERATURE_TYPE))
        assert site.temperature_type is TemperatureType.ARMPIT
        assert TemperatureMeasurement.parse(received[0][1]).temperature_type is None
    own = model(site=TemperatureType.EAR, site_in_measurement=True, timestamp=False)
    async with visit(own) as guest:
        received = await guest.subscribe(Uuids.TEMPERATURE_MEASUREMENT)
        await pass_time(2.1)
        message = TemperatureMeasurement.parse(received[0][1])
        assert (message.temperature_type, message.timestamp) == (TemperatureType.EAR, None)
        with pytest.raises(IndexError):
            await guest.read(Uuids.TEMPERATURE_TYPE)


@virtually
async def test_intermediate_values_come_in_between() -> None:
    async with visit(model(interval=10.0), intermediate=True) as guest:
        final = await guest.subscribe(Uuids.TEMPERATURE_MEASUREMENT)
        between = await guest.subscribe(Uuids.INTERMEDIATE_TEMPERATURE)
        await pass_time(30.5)
        assert (len(final), len(between)) == (3, 27)
        assert isinstance(IntermediateTemperature.parse(between[0][1]).value, Decimal)


@virtually
async def test_the_battery_is_read_and_notified_when_it_changes() -> None:
    """Mutant: every measurement notifies the same level again, or a new one is never told."""
    battery = Battery(50.0, timedelta(days=1))
    async with visit(model(interval=60.0, battery=battery)) as guest:
        assert BatteryLevel.parse(await guest.read(Uuids.BATTERY_LEVEL)).percent == 50
        received = await guest.subscribe(Uuids.BATTERY_LEVEL)
        await pass_time(3600)
        levels = [BatteryLevel.parse(data).percent for _, data in received]
        assert levels == [50, 49, 48, 47, 46]
        guest.device.set_battery(9)
        assert BatteryLevel.parse(await guest.read(Uuids.BATTERY_LEVEL)).percent == 9
        await pass_time(60)
        assert BatteryLevel.parse(received[-1][1]).percent == 9


@virtually
async def test_a_temperature_can_be_forced_and_set_free() -> None:
    async with visit(model(interval=1.0)) as guest:
        received = await guest.subscribe(Uuids.TEMPERATURE_MEASUREMENT)
        values: list[Decimal | SpecialValue] = []
        for forced in (39.5, Decimal("40"), SpecialValue.NAN, None):
            guest.device.force_temperature(forced)
            await pass_time(1)
            values.append(TemperatureMeasurement.parse(received[-1][1]).value)
        assert values[:3] == [Decimal("39.50"), Decimal("40.00"), SpecialValue.NAN]
        assert isinstance(values[3], Decimal)
        assert values[3] < 38


@virtually
async def test_with_pairing_required_no_value_is_told_before_it() -> None:
    """Mutant: one value is left unprotected. The control reads all of them after pairing."""
    async with visit(model(interval=1.0), pairing=Pairing.REQUIRED) as guest:
        for uuid in OPEN:
            assert await guest.read(uuid)
        for uuid in PROTECTED:
            with pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION"):
                await guest.read(uuid)
        for uuid in (Uuids.TEMPERATURE_MEASUREMENT, Uuids.BATTERY_LEVEL):
            with pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION"):
                await guest.subscribe(uuid)
        await guest.central.device.pair(guest.connection)
        for uuid in PROTECTED:
            assert await guest.read(uuid)
        received = await guest.subscribe(Uuids.TEMPERATURE_MEASUREMENT)
        await pass_time(1.5)
        assert received


@virtually
async def test_it_says_who_it_is() -> None:
    async with visit(model(interval=1.4)) as guest:
        assert SerialNumber.parse(await guest.read(Uuids.SERIAL_NUMBER_STRING)).text == "SN-1"
        assert guest.device.serial == "SN-1"
        interval = MeasurementInterval.parse(await guest.read(Uuids.MEASUREMENT_INTERVAL))
        assert interval.seconds == 1
        assert await guest.read(Uuids.DEVICE_NAME) == b"Thermometer"
        assert await guest.read(Uuids.APPEARANCE) == b"\x00\x03"


@virtually
async def test_a_missing_confirmation_does_not_shift_what_follows() -> None:
    """Mutant: the schedule drifts by as much as the central was silent."""
    async with visit(model(interval=10.0)) as guest:
        received = await guest.subscribe(Uuids.TEMPERATURE_MEASUREMENT)
        await pass_time(10.5)
        air = guest.device.controller.air
        air.acl_filter = lambda _sender, _receiver, frame: None if frame[4] == 0x1E else frame
        await pass_time(10)
        air.acl_filter = None
        await pass_time(50)
        begin = received[0][0]
        assert [round(when - begin, 1) for when, _ in received] == [0, 10, 40, 50, 60]
