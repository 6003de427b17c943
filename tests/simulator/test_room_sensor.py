"""The simulated room sensor: its signals, and its face to a central that was let in."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bumble import att
from bumble.core import UUID
from bumble.device import Peer

from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.device_events import Alarm, AlarmReason, AlarmState
from babyn_protocol.gatt.environmental_sensing import (
    Co2Concentration,
    Humidity,
    Illuminance,
    Pressure,
    Temperature,
)
from babyn_protocol.gatt.property_values import PropertyKind
from babyn_protocol.gatt.sensor import SoundLevel
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service, VendorCharacteristic, VendorService
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.room_sensor import RoomSensorModel
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.open_profile.room_sensor import RoomSensor
from babyn_simulator.devices.signals.climate import DoorOpening, RoomClimate, RoomReading
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from babyn_simulator.security import Pairing
from babyn_simulator.services import uuid_of
from tests.simulator.device_bench import set_property, visit
from tests.simulator.virtual_bench import pass_time, virtually

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
MEASURED: tuple[str, ...] = (
    Uuids.TEMPERATURE,
    Uuids.HUMIDITY,
    Uuids.PRESSURE,
    Uuids.CO2_CONCENTRATION,
    Uuids.ILLUMINANCE,
    VendorCharacteristic.SOUND_LEVEL,
)


def climate(seed: int = 1, **options: Any) -> RoomClimate:
    return RoomClimate(Entropy(seed, "signal"), **options)


def measured(room: RoomClimate, minutes: int, *, begin: datetime = MIDNIGHT) -> list[RoomReading]:
    times = [timedelta(minutes=minute) for minute in range(minutes)]
    return [room.measure(elapsed, begin + elapsed) for elapsed in times]


def made(model: RoomSensorModel) -> Any:
    def make(air: Air, options: DeviceOptions) -> RoomSensor:
        return RoomSensor(air, model, Identity("SN-1"), **options)

    return make


# Signals


def test_a_closed_room_is_plausible() -> None:
    readings = measured(climate(), 24 * 60)
    assert all(19.5 < reading.celsius < 21.5 for reading in readings)
    assert all(40 < reading.humidity < 55 for reading in readings)
    assert all(98_000 < reading.pascal < 104_000 for reading in readings)
    assert all(600 < reading.co2 < 1000 for reading in readings)
    assert readings[-1].co2 > readings[0].co2 + 200
    assert all(30 < reading.sound < reading.loudest < 60 for reading in readings)
    night, noon = readings[60], readings[13 * 60]
    assert (night.lux, noon.lux > 200) == (0.0, True)


def test_the_same_seed_gives_the_same_day_and_another_another() -> None:
    assert measured(climate(1), 60) == measured(climate(1), 60)
    assert measured(climate(1), 60) != measured(climate(2), 60)


def test_an_open_door_changes_air_light_and_sound() -> None:
    """Mutant: one of the values does not notice the door. The control has none."""
    door = DoorOpening(onset=timedelta(minutes=30), lasts=timedelta(minutes=10))
    opened, closed = measured(climate(door=door), 60), measured(climate(), 60)
    assert opened[:30] == closed[:30]
    assert opened[31].sound > closed[31].sound + 10
    assert opened[31].lux > closed[31].lux + 10
    assert opened[39].celsius < closed[39].celsius - 0.5
    assert opened[39].humidity > closed[39].humidity + 1
    assert opened[39].co2 < closed[39].co2 - 100
    assert opened[41].lux == closed[41].lux == 0.0
    assert opened[59].celsius > opened[40].celsius + 0.3


def test_a_door_can_be_opened_again_and_again() -> None:
    once = DoorOpening(onset=timedelta(minutes=1), lasts=timedelta(minutes=1))
    again = dataclasses.replace(once, every=timedelta(minutes=3))
    times = [timedelta(minutes=minute) for minute in range(8)]
    assert [once.covers(elapsed) for elapsed in times] == [False, True] + [False] * 6
    assert [again.covers(elapsed) for elapsed in times] == [
        minute in (1, 4, 7) for minute in range(8)
    ]


def test_how_often_is_measured_does_not_change_the_air() -> None:
    """Mutant: the air moves by measurements, not by time."""

    def co2(step: int) -> float:
        room = climate(door=DoorOpening(onset=timedelta(minutes=5)))
        seconds = range(0, 1201, step)
        return [room.measure(timedelta(seconds=s), MIDNIGHT) for s in seconds][-1].co2

    assert co2(20) == pytest.approx(co2(1200), abs=20)


# On the air


@virtually
async def test_everything_is_read_and_notified_at_the_interval() -> None:
    """Mutant: one value is not told, or a read is another measurement."""
    async with visit(made(RoomSensorModel(climate(), interval=10.0))) as guest:
        values = {uuid: await guest.read(uuid) for uuid in MEASURED}
        assert values == {uuid: await guest.read(uuid) for uuid in MEASURED}
        received = {uuid: await guest.subscribe(uuid) for uuid in MEASURED}
        await pass_time(60.5)
        assert {len(data) for data in received.values()} == {6}
        assert max(len(data[-1]) for data in received.values()) <= 20
        for uuid in MEASURED:
            assert await guest.read(uuid) == received[uuid][-1]
        assert Temperature.parse(received[Uuids.TEMPERATURE][-1]).celsius != 0
        humidity = Humidity.parse(received[Uuids.HUMIDITY][-1]).percent
        assert isinstance(humidity, Decimal)
        assert 40 < humidity < 55
        assert 98_000 < Pressure.parse(received[Uuids.PRESSURE][-1]).pascal < 104_000
        co2 = Co2Concentration.parse(received[Uuids.CO2_CONCENTRATION][-1]).ppm
        assert isinstance(co2, Decimal)
        assert 600 < co2 < 700
        assert Illuminance.parse(received[Uuids.ILLUMINANCE][-1]).lux == 0
        sound = SoundLevel.parse(received[VendorCharacteristic.SOUND_LEVEL][-1])
        assert sound.period_seconds == 10
        assert isinstance(sound.level, Decimal)
        assert isinstance(sound.maximum, Decimal)
        assert 30 < sound.level < sound.maximum


@virtually
async def test_what_the_standard_does_not_permit_stands_in_a_service_of_our_own() -> None:
    """ESS v1.0.0 - Environmental Sensing Service - §3.1. Mutant: CO2 stands in 0x181A."""
    async with visit(made(RoomSensorModel(climate()))) as guest:
        peer = Peer(guest.connection)
        await peer.discover_services()
        await peer.discover_characteristics()
        held: dict[str, list[UUID]] = {
            uuid: [c.uuid for c in peer.get_services_by_uuid(uuid_of(uuid))[0].characteristics]
            for uuid in (Service.ENVIRONMENTAL_SENSING, VendorService.SENSOR)
        }
        assert held[Service.ENVIRONMENTAL_SENSING] == [uuid_of(uuid) for uuid in MEASURED[:3]]
        assert held[VendorService.SENSOR] == [uuid_of(uuid) for uuid in MEASURED[3:]]


@virtually
async def test_a_door_is_opened_by_hand() -> None:
    async with visit(made(RoomSensorModel(climate(), interval=1.0))) as guest:
        received = await guest.subscribe(Uuids.ILLUMINANCE)
        seen: list[bool] = []
        for move in (guest.device.open_door, guest.device.close_door):
            move()
            await pass_time(1.5)
            lux = Illuminance.parse(received[-1]).lux
            assert isinstance(lux, Decimal)
            seen.append(lux > 5)
        assert seen == [True, False]
        sound = SoundLevel.parse(await guest.read(VendorCharacteristic.SOUND_LEVEL))
        assert sound.period_seconds is None


@virtually
async def test_alarms_follow_the_limits_that_were_set() -> None:
    """Mutant: a limit that was set is ignored. The control is the time before."""
    model = RoomSensorModel(climate(), interval=1.0)
    async with visit(made(model)) as guest:
        events, answers = await guest.events(), await guest.answers()
        reading = guest.device.reading
        guest.device.force(dataclasses.replace(reading, celsius=24.0, sound=60.0))
        await pass_time(10)
        assert events() == []
        await guest.send(set_property(1, PropertyKind.TEMPERATURE, Decimal("22.00")))
        await guest.send(set_property(3, PropertyKind.LEVEL, 55, command_id=2))
        assert [answer.done for answer in answers()] == [True, True]
        await pass_time(6)
        assert [event.details for event in events()] == [
            Alarm(about=0x0101, reason=AlarmReason.ABOVE_LIMIT, state=AlarmState.RAISED),
            Alarm(about=0x2A6E, reason=AlarmReason.ABOVE_LIMIT, state=AlarmState.RAISED),
        ]
        guest.device.force(None)
        await pass_time(6)
        states = [event.details.state for event in events() if isinstance(event.details, Alarm)]
        assert states[2:] == [AlarmState.CLEARED] * 2


@virtually
async def test_with_pairing_required_no_value_is_told_before_it() -> None:
    """Mutant: one value is left unprotected. The control reads all of them after pairing."""
    model = RoomSensorModel(climate(), interval=1.0)
    told: tuple[str, ...] = (*MEASURED, Uuids.BATTERY_LEVEL, Uuids.SERIAL_NUMBER_STRING)
    async with visit(made(model), pairing=Pairing.REQUIRED) as guest:
        for uuid in told:
            with pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION"):
                await guest.read(uuid)
        for uuid in MEASURED:
            with pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION"):
                await guest.subscribe(uuid)
        await guest.central.device.pair(guest.connection)
        for uuid in told:
            assert await guest.read(uuid)
        received = [await guest.subscribe(uuid) for uuid in MEASURED]
        await pass_time(1.5)
        assert all(received)
        assert BatteryLevel.parse(await guest.read(Uuids.BATTERY_LEVEL)).percent == 100
