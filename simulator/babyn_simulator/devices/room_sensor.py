"""A room sensor: climate, carbon dioxide, light and sound of a nursery.

ESS v1.0.0 - Environmental Sensing Service; what may not stand there is in a service of this
project's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Unpack

from babyn_protocol.gatt.controls import PropertyDescription, PropertyName, Unit
from babyn_protocol.gatt.device_events import Alarm, AlarmReason
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
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_protocol.uuids import VendorCharacteristic, VendorService
from babyn_protocol.wire import Message
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.climate import RoomClimate, RoomReading
from babyn_simulator.devices.controls import Controls, Property
from babyn_simulator.devices.events import LimitAlarm
from babyn_simulator.devices.nursery_device import DeviceOptions, NurseryDevice
from babyn_simulator.devices.signals import Battery
from babyn_simulator.security import Pairing
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from babyn_simulator.devices.thermometer import Identity
    from babyn_simulator.radio import Air

GENERIC_SENSOR = 0x0540
"""Appearance: Generic Sensor (Assigned Numbers §2.6)."""

TEMPERATURE: Final = 0x2A6E
SOUND_LEVEL: Final = 0x0101

ES_TRIGGER_SETTING: Final = 0x290D
"""ESS v1.0.0 - Environmental Sensing Service - §3.1: when a value is notified."""

_FIXED_INTERVAL: Final = 0x01
_HUNDREDTH: Final = Decimal("0.01")


def room_properties() -> Iterator[Property]:
    """Return the properties of a room sensor: its alarm limits."""
    for number, name, initial in (
        (1, PropertyName.TEMPERATURE_ALARM_ABOVE, Decimal("26.00")),
        (2, PropertyName.TEMPERATURE_ALARM_BELOW, Decimal("15.00")),
    ):
        yield Property(
            PropertyDescription(
                property_id=number,
                kind=PropertyKind.TEMPERATURE,
                name=name,
                unit=Unit.DEGREE_CELSIUS,
                settable=True,
                revision=0,
                minimum=Decimal("5.00"),
                maximum=Decimal("40.00"),
                step=Decimal("0.50"),
            ),
            rest=initial,
        )
    yield Property(
        PropertyDescription(
            property_id=3,
            kind=PropertyKind.LEVEL,
            name=PropertyName.SOUND_ALARM_ABOVE,
            unit=Unit.DECIBEL,
            settable=True,
            revision=0,
            minimum=40,
            maximum=100,
            step=1,
        ),
        rest=70,
    )


@dataclass(slots=True)
class RoomSensorModel:
    """What a room sensor is and does, without a radio. Time comes from outside.

    Attributes:
        climate: what it measures.
        battery: what it runs on.
        interval: seconds between two measurements.
        door: whether the door is open; ``None``: as the climate says.
        forced: measured instead of the climate.
    """

    climate: RoomClimate
    battery: Battery = field(default_factory=lambda: Battery(lifetime=timedelta(days=365)))
    interval: float = 10.0
    door: bool | None = None
    forced: RoomReading | None = None
    _warm: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(TEMPERATURE, AlarmReason.ABOVE_LIMIT), init=False
    )
    _cold: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(TEMPERATURE, AlarmReason.BELOW_LIMIT), init=False
    )
    _loud: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(SOUND_LEVEL, AlarmReason.ABOVE_LIMIT, patience=2),
        init=False,
    )

    def measure(self, elapsed: timedelta, moment: datetime) -> RoomReading:
        """Return a measurement.

        Args:
            elapsed: time since the sensor was set up.
            moment: the date and time, aware.
        """
        measured = self.climate.measure(elapsed, moment, opened=self.door)
        return measured if self.forced is None else self.forced

    def alarms(self, reading: RoomReading, controls: Controls) -> Iterator[Alarm]:
        """Return the alarms that a measurement raises or clears."""
        warm = float(controls.value(PropertyName.TEMPERATURE_ALARM_ABOVE, Decimal))
        cold = float(controls.value(PropertyName.TEMPERATURE_ALARM_BELOW, Decimal))
        loud = controls.value(PropertyName.SOUND_ALARM_ABOVE, int)
        for alarm, value, limit in (
            (self._warm, reading.celsius, warm),
            (self._cold, reading.celsius, cold),
            (self._loud, reading.sound, loud),
        ):
            changed = alarm.watch(value, limit)
            if changed is not None:
                yield changed

    def sound_level(self, reading: RoomReading) -> SoundLevel:
        """Return how loud it was since the last measurement."""
        period = round(self.interval)
        return SoundLevel(
            level=Decimal(round(reading.sound)),
            maximum=Decimal(round(reading.loudest)),
            period_seconds=period if period > 1 else None,
        )


def _stepped(value: float, step: Decimal) -> Decimal:
    return round(value / float(step)) * step


class RoomSensor(NurseryDevice):
    """A room sensor on the air.

    Args:
        air: the medium.
        model: what it measures and how.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.nursery_device.DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        model: RoomSensorModel,
        identity: Identity,
        **options: Unpack[DeviceOptions],
    ) -> None:
        self.model = model
        self._reading: RoomReading | None = None
        seconds = max(1, round(model.interval)).to_bytes(3, "little")
        trigger = {ES_TRIGGER_SETTING: bytes([_FIXED_INTERVAL]) + seconds}
        self._messages: dict[Characteristic, Callable[[RoomReading], Message]] = {}
        sensing = [
            self._measured(
                Uuids.TEMPERATURE,
                lambda reading: Temperature(celsius=_stepped(reading.celsius, _HUNDREDTH)),
                trigger,
            ),
            self._measured(
                Uuids.HUMIDITY,
                lambda reading: Humidity(percent=_stepped(reading.humidity, _HUNDREDTH)),
                trigger,
            ),
            self._measured(
                Uuids.PRESSURE,
                lambda reading: Pressure(pascal=_stepped(reading.pascal, Decimal("0.1"))),
                trigger,
            ),
        ]
        own = [
            self._measured(
                Uuids.CO2_CONCENTRATION,
                lambda reading: Co2Concentration(ppm=Decimal(round(reading.co2))),
            ),
            self._measured(
                Uuids.ILLUMINANCE,
                lambda reading: Illuminance(lux=_stepped(reading.lux, _HUNDREDTH)),
            ),
            self._measured(VendorCharacteristic.SOUND_LEVEL, model.sound_level),
        ]
        options.setdefault("name", "Room sensor")
        options.setdefault("pairing", Pairing.REQUIRED)
        options.setdefault(
            "advertisement", Advertisement(service_uuids=(ServiceUuids.ENVIRONMENTAL_SENSING,))
        )
        super().__init__(
            air,
            identity,
            [
                Service(ServiceUuids.ENVIRONMENTAL_SENSING, sensing),
                Service(VendorService.SENSOR, own),
            ],
            appearance=GENERIC_SENSOR,
            controls=Controls(room_properties()),
            battery=model.battery,
            options=options,
        )

    @property
    def reading(self) -> RoomReading:
        """What it measured last."""
        if self._reading is None:
            self._reading = self.model.measure(self.elapsed, utc_now())
        return self._reading

    def open_door(self) -> None:
        """Open the door of the room."""
        self.model.door = True

    def close_door(self) -> None:
        """Close the door of the room."""
        self.model.door = False

    def force(self, reading: RoomReading | None) -> None:
        """Measure this from now on; ``None`` for the room again."""
        self.model.forced = reading

    async def measure_once(self) -> None:
        """Measure, and tell whoever has subscribed; alarms that come of it, too."""
        reading = self._reading = self.model.measure(self.elapsed, utc_now())
        for alarm in self.model.alarms(reading, self.controls):
            self.happened(alarm)
        for characteristic, message in self._messages.items():
            await self.notify(characteristic, bytes(message(reading)))
        await self.tell_battery()

    async def work(self) -> None:
        """Measure for ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += self.model.interval
            await asyncio.sleep(due - loop.time())
            await self.measure_once()

    def _measured(
        self,
        uuid: str,
        message: Callable[[RoomReading], Message],
        descriptors: Mapping[int, bytes] = MappingProxyType({}),
    ) -> Characteristic:
        characteristic = Characteristic(
            uuid,
            read=lambda: bytes(message(self.reading)),
            notify=True,
            protected=True,
            descriptors=descriptors,
        )
        self._messages[characteristic] = message
        return characteristic
