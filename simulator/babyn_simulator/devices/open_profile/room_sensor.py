"""A room sensor: climate, carbon dioxide, light and sound of a nursery.

ESS v1.0.0 - Environmental Sensing Service; what may not stand there is in a service of this
project's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Unpack

from babyn_protocol.bthome import AnyObject, objects
from babyn_protocol.gatt.environmental_sensing import (
    Co2Concentration,
    Humidity,
    Illuminance,
    Pressure,
    Temperature,
)
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_protocol.uuids import VendorCharacteristic, VendorService
from babyn_protocol.wire import Message
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.models.controls import Controls
from babyn_simulator.devices.models.room_sensor import RoomSensorModel, room_properties
from babyn_simulator.devices.open_profile.controlled_device import ControlledDevice
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.signals.climate import RoomReading
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.radio import Air

GENERIC_SENSOR = 0x0540
"""Appearance: Generic Sensor (Assigned Numbers §2.6)."""

ES_TRIGGER_SETTING: Final = 0x290D
"""ESS v1.0.0 - Environmental Sensing Service - §3.1: when a value is notified."""

_FIXED_INTERVAL: Final = 0x01
_HUNDREDTH: Final = Decimal("0.01")


def _stepped(value: float, step: Decimal) -> Decimal:
    return round(value / float(step)) * step


class RoomSensor(ControlledDevice):
    """A room sensor on the air.

    Args:
        air: the medium.
        model: what it measures and how.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.open_profile.nursery_device.DeviceOptions`.
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
        await self.broadcast()

    def readings(self) -> Iterable[AnyObject]:
        """Return what it measured last, to be broadcast."""
        reading = self.reading
        yield objects.TEMPERATURE(_stepped(reading.celsius, _HUNDREDTH))
        yield objects.HUMIDITY(_stepped(reading.humidity, _HUNDREDTH))
        yield objects.CO2(Decimal(round(reading.co2)))

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
