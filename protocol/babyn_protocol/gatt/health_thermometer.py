"""Health Thermometer Service 0x1809.

HTS v1.0 - Health Thermometer Service - §3
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import Enum

from babyn_protocol.layout import enumerated
from babyn_protocol.numbers import DateTime, SpecialValue, date_time, medfloat32, uint8, uint16
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, wire


class TemperatureUnit(Enum):
    """The unit a temperature was sent in."""

    CELSIUS = 0
    FAHRENHEIT = 1

    @property
    def symbol(self) -> str:
        """The unit as people write it."""
        return "°C" if self is TemperatureUnit.CELSIUS else "°F"

    def __str__(self) -> str:
        return self.symbol


class TemperatureType(Enum):
    """Where on the body it was measured.

    Codes 0 and 10 to 255 are reserved for future use. A message with one of them is refused: a
    temperature means something else at another place, and the place is not known.

    GSS v5 - GATT Specification Supplement - § Temperature Type
    """

    ARMPIT = 1
    BODY = 2
    EAR = 3
    FINGER = 4
    GASTROINTESTINAL_TRACT = 5
    MOUTH = 6
    RECTUM = 7
    TOE = 8
    TYMPANUM = 9

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


class TemperatureMeasurement(Message):
    """One temperature, with unit, and where and when it was measured. Sent by indication.

    HTS v1.0 - Health Thermometer Service - §3.1
    """

    flags: int = flag_bits(uint8)
    """What the unit is, and which of the fields after the value are there."""

    unit: TemperatureUnit = flag_value(0, TemperatureUnit)
    """Unit of the value, as sent."""

    value: Decimal | SpecialValue = wire(medfloat32)
    """The temperature, in ``unit``, or why there is none."""

    timestamp: DateTime | None = optional(date_time, flag=1)
    """When it was measured, by the device's clock."""

    temperature_type: TemperatureType | None = optional(enumerated(uint8, TemperatureType), flag=2)
    """Where on the body. Absent: see the Temperature Type characteristic, if there is one."""

    def __str__(self) -> str:
        if isinstance(self.value, Decimal):
            said = [f"{self.value} {self.unit}"]
        else:
            said = [f"no reading ({self.value})"]
        said += [str(part) for part in (self.temperature_type, self.timestamp) if part is not None]
        return ", ".join(said)


class IntermediateTemperature(TemperatureMeasurement):
    """A value on the way to a measurement, for display only. Sent by notification.

    HTS v1.0 - Health Thermometer Service - §3.3
    """


class TemperatureTypeValue(Message):
    """Where this thermometer always measures.

    HTS v1.0 - Health Thermometer Service - §3.2
    """

    temperature_type: TemperatureType = wire(enumerated(uint8, TemperatureType))
    """Where on the body."""

    def __str__(self) -> str:
        return str(self.temperature_type)


class MeasurementInterval(Message):
    """How often the thermometer measures.

    HTS v1.0 - Health Thermometer Service - §3.4
    """

    seconds: int = wire(uint16)
    """Seconds between two measurements; 0: it does not measure periodically."""

    @property
    def interval(self) -> timedelta | None:
        """The time between two measurements, or ``None`` if it does not measure periodically."""
        return timedelta(seconds=self.seconds) if self.seconds else None

    def __str__(self) -> str:
        return f"every {self.seconds} s" if self.seconds else "not periodic"
