"""A thermometer patch, told by the standard services.

HTS v1.0 - Health Thermometer Service, BAS v1.1 - Battery Service,
DIS v1.2 - Device Information Service
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.health_thermometer import (
    MeasurementInterval,
    TemperatureTypeValue,
)
from babyn_protocol.numbers import SpecialValue
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.thermometer import RESOLUTION, ThermometerModel
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.security import Pairing
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from bumble.keys import KeyStore

    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air, Position

GENERIC_THERMOMETER = 0x0300
"""Appearance: Generic Thermometer (Assigned Numbers §2.6)."""


class Thermometer(Peripheral):
    """A thermometer patch on the air.

    What it measures, its battery and its serial number are protected: with pairing required,
    they are told only on a link that is encrypted under LE Secure Connections.

    Args:
        air: the medium.
        model: what it measures and how.
        identity: what it says about itself.
        name: its Device Name and advertised name.
        intermediate: whether it also notifies Intermediate Temperature, once a second, while
            it waits for the next measurement.
        advertisement: what it tells everybody; by default that it is a health thermometer.
        pairing: what it asks for before it tells a value.
        address: its address; by default a static random one.
        keystore: where it keeps its bonds.
        entropy: where its random numbers come from.
        position: where it is, in metres.
    """

    def __init__(
        self,
        air: Air,
        model: ThermometerModel,
        identity: Identity,
        *,
        name: str = "Thermometer",
        intermediate: bool = False,
        advertisement: Advertisement | None = None,
        pairing: Pairing = Pairing.REQUIRED,
        address: str | None = None,
        keystore: KeyStore | None = None,
        entropy: Entropy | None = None,
        position: Position = (0.0, 0.0),
    ) -> None:
        self.model = model
        self.identity = identity
        self._placed: float | None = None
        self._told_battery: int | None = None
        self.measurement = Characteristic(
            Uuids.TEMPERATURE_MEASUREMENT, indicate=True, protected=True
        )
        self.intermediate = (
            Characteristic(Uuids.INTERMEDIATE_TEMPERATURE, notify=True, protected=True)
            if intermediate
            else None
        )
        self.battery_level = Characteristic(
            Uuids.BATTERY_LEVEL, read=self._read_battery, notify=True, protected=True
        )
        super().__init__(
            air,
            self._describe(),
            name=name,
            advertisement=advertisement
            or Advertisement(service_uuids=(ServiceUuids.HEALTH_THERMOMETER,)),
            pairing=pairing,
            address=address,
            appearance=GENERIC_THERMOMETER,
            keystore=keystore,
            entropy=entropy,
            position=position,
            behaviour=self._measure_for_ever,
        )

    @property
    def serial(self) -> str:
        """Its serial number."""
        return self.identity.serial

    @property
    def elapsed(self) -> timedelta:
        """Time since it was placed, that is, since it was first powered on."""
        now = asyncio.get_running_loop().time()
        if self._placed is None:
            self._placed = now
        return timedelta(seconds=now - self._placed)

    async def power_on(self) -> None:
        """Start: advertise, and measure."""
        _ = self.elapsed  # the first time, this places the sensor
        await super().power_on()

    def set_battery(self, percent: float) -> None:
        """Put another battery in.

        Raises:
            ValueError: ``percent`` is not from 0 to 100.
        """
        self.model.battery.set(percent, self.elapsed)

    def force_temperature(self, value: float | Decimal | SpecialValue | None) -> None:
        """Measure this from now on, in degrees Celsius; ``None`` for the signal again."""
        if value is None or isinstance(value, SpecialValue):
            self.model.forced = value
        else:
            self.model.forced = Decimal(str(value)).quantize(RESOLUTION)

    async def measure_once(self) -> None:
        """Measure, and tell whoever has subscribed; a battery level that changed, too."""
        measurement = self.model.measure(self.elapsed, utc_now())
        await self.indicate(self.measurement, bytes(measurement))
        level = self.model.battery.level(self.elapsed)
        if level != self._told_battery:
            self._told_battery = level
            await self.notify(self.battery_level, bytes(BatteryLevel(percent=level)))

    async def measure_intermediate(self) -> None:
        """Tell whoever has subscribed a value on the way to a measurement."""
        if self.intermediate is not None and self.subscribed(self.intermediate):
            measured = self.model.measure(self.elapsed, utc_now())
            await self.notify(self.intermediate, bytes(self.model.intermediate(measured)))

    async def _measure_for_ever(self, _peripheral: Peripheral) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            # A measurement that waited for its confirmation does not shift those that follow.
            due = max(due + self.model.interval, loop.time())
            while self.intermediate is not None and due - loop.time() > 1.0:
                await asyncio.sleep(1.0)
                await self.measure_intermediate()
            await asyncio.sleep(due - loop.time())
            await self.measure_once()

    def _read_battery(self) -> bytes:
        return bytes(BatteryLevel(percent=self.model.battery.level(self.elapsed)))

    def _describe(self) -> Iterable[Service]:
        model = self.model
        thermometer = [self.measurement]
        if not model.site_in_measurement:
            site = bytes(TemperatureTypeValue(temperature_type=model.site))
            thermometer.append(Characteristic(Uuids.TEMPERATURE_TYPE, read=site, protected=True))
        if self.intermediate is not None:
            thermometer.append(self.intermediate)
        seconds = bytes(MeasurementInterval(seconds=max(1, round(model.interval))))
        thermometer.append(Characteristic(Uuids.MEASUREMENT_INTERVAL, read=seconds, protected=True))
        yield Service(ServiceUuids.HEALTH_THERMOMETER, thermometer)
        yield Service(ServiceUuids.BATTERY, [self.battery_level])
        identity = self.identity
        yield Service(
            ServiceUuids.DEVICE_INFORMATION,
            [
                Characteristic(Uuids.MANUFACTURER_NAME_STRING, read=identity.manufacturer.encode()),
                Characteristic(Uuids.MODEL_NUMBER_STRING, read=identity.model.encode()),
                Characteristic(Uuids.FIRMWARE_REVISION_STRING, read=identity.firmware.encode()),
                Characteristic(
                    Uuids.SERIAL_NUMBER_STRING, read=identity.serial.encode(), protected=True
                ),
            ],
        )
