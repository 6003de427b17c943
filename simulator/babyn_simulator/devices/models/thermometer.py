"""What a thermometer patch is and does, in the messages of the standard.

HTS v1.0 - Health Thermometer Service
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from babyn_protocol.date_time import DateTime
from babyn_protocol.gatt.health_thermometer import (
    IntermediateTemperature,
    TemperatureMeasurement,
    TemperatureType,
    TemperatureUnit,
)
from babyn_protocol.numbers import SpecialValue
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.signals.skin_temperature import SkinTemperature

RESOLUTION = Decimal("0.01")
"""What the sensor resolves, in degrees Celsius."""


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
        forced: measured instead of the signal: degrees Celsius, or why there is no value.
    """

    temperature: SkinTemperature
    battery: Battery = field(default_factory=Battery)
    interval: float = 2.0
    site: TemperatureType = TemperatureType.ARMPIT
    timestamp: bool = True
    site_in_measurement: bool = False
    forced: Decimal | SpecialValue | None = None

    def measure(self, elapsed: timedelta, moment: datetime) -> TemperatureMeasurement:
        """Return a measurement.

        Args:
            elapsed: time since the sensor was placed.
            moment: the device's date and time, aware.
        """
        value: Decimal | SpecialValue
        if self.forced is not None:
            value = self.forced
        else:
            measured = self.temperature.measure(elapsed, moment)
            value = Decimal(repr(measured)).quantize(RESOLUTION)
        return TemperatureMeasurement(
            unit=TemperatureUnit.CELSIUS,
            value=value,
            timestamp=self._stamp(moment),
            temperature_type=self.site if self.site_in_measurement else None,
        )

    def intermediate(self, measurement: TemperatureMeasurement) -> IntermediateTemperature:
        """Return the same value as one that is only on the way."""
        return IntermediateTemperature(
            unit=measurement.unit,
            value=measurement.value,
            timestamp=measurement.timestamp,
            temperature_type=measurement.temperature_type,
        )

    def _stamp(self, moment: datetime) -> DateTime | None:
        if not self.timestamp:
            return None
        return DateTime.of(moment.astimezone(UTC).replace(tzinfo=None))
