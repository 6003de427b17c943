"""What a thermometer patch is and does, in the messages of the standard.

HTS v1.0 - Health Thermometer Service
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from babyn_protocol.gatt.health_thermometer import (
    IntermediateTemperature,
    TemperatureMeasurement,
    TemperatureType,
    TemperatureUnit,
)
from babyn_protocol.numbers import SpecialValue
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.models.device_clock import DeviceClock
from babyn_simulator.devices.models.measurement_log import MeasurementLog, Taken
from babyn_simulator.devices.signals.skin_temperature import SkinTemperature

RESOLUTION = Decimal("0.01")
"""What the sensor resolves, in degrees Celsius."""

Temperature: TypeAlias = Decimal | SpecialValue
"""A temperature in degrees Celsius, or why there is none."""


@dataclass(slots=True)
class ThermometerModel:
    """What a thermometer is and does, without a radio. Time comes from outside.

    Attributes:
        temperature: what it measures.
        battery: what it runs on.
        interval: seconds between two measurements.
        site: where on the body it is.
        timestamp: whether it says when it measured.
        site_in_measurement: whether each measurement says where, instead of a characteristic
            that says it once.
        clock: what it takes the time from.
        log: where measurements wait for somebody to take them.
        forced: measured instead of the signal: degrees Celsius, or why there is no value.
    """

    temperature: SkinTemperature
    battery: Battery = field(default_factory=Battery)
    interval: float = 2.0
    site: TemperatureType = TemperatureType.ARMPIT
    timestamp: bool = True
    site_in_measurement: bool = False
    clock: DeviceClock = field(default_factory=DeviceClock)
    log: MeasurementLog[Temperature] = field(default_factory=MeasurementLog[Temperature])
    forced: Temperature | None = None

    def measure(self, elapsed: timedelta, moment: datetime) -> Taken[Temperature]:
        """Return a measurement.

        Args:
            elapsed: time since the sensor was placed.
            moment: the true date and time, aware.
        """
        value: Temperature
        if self.forced is not None:
            value = self.forced
        else:
            measured = self.temperature.measure(elapsed, moment)
            value = Decimal(repr(measured)).quantize(RESOLUTION)
        return Taken(value, elapsed, self.clock.read(moment))

    def message(self, taken: Taken[Temperature], *, fresh: bool) -> TemperatureMeasurement:
        """Return a measurement as it is sent.

        Args:
            taken: the measurement.
            fresh: whether it is sent at once.
        """
        return TemperatureMeasurement(
            unit=TemperatureUnit.CELSIUS,
            value=taken.value,
            timestamp=taken.clock.stamp(fresh=fresh) if self.timestamp else None,
            temperature_type=self.site if self.site_in_measurement else None,
        )

    def intermediate(self, taken: Taken[Temperature]) -> IntermediateTemperature:
        """Return the same value as one that is only on the way."""
        measurement = self.message(taken, fresh=True)
        return IntermediateTemperature(
            unit=measurement.unit,
            value=measurement.value,
            timestamp=measurement.timestamp,
            temperature_type=measurement.temperature_type,
        )
