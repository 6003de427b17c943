"""Environmental Sensing Service 0x181A, and values of the same kind that it does not permit.

Temperature, Humidity and Pressure may stand in 0x181A. CO2 Concentration and Illuminance have
characteristics and no service: on a BabyN device they stand in the sensor service
(:mod:`babyn_protocol.gatt.sensor`).

ESS v1.0.0 - Environmental Sensing Service - §3.1
"""

from __future__ import annotations

from decimal import Decimal

from babyn_protocol.layout import Layout
from babyn_protocol.numbers import NoNumber, scaled, sint16, uint16, uint24, uint32
from babyn_protocol.wire import Message, wire

temperature: Layout[Decimal | NoNumber] = scaled(
    sint16, "0.01", codes={-0x8000: NoNumber.NOT_KNOWN}, low=-27315
)
"""Degrees Celsius; nothing is colder than -273.15."""

humidity: Layout[Decimal | NoNumber] = scaled(
    uint16, "0.01", codes={0xFFFF: NoNumber.NOT_KNOWN}, high=10000
)
"""Percent of what the air can hold."""

pressure: Layout[Decimal] = scaled(uint32, "0.1")
"""Pascal."""

co2_concentration: Layout[Decimal | NoNumber] = scaled(
    uint16, "1", codes={0xFFFE: NoNumber.ABOVE_RANGE, 0xFFFF: NoNumber.NOT_KNOWN}
)
"""Parts per million."""

illuminance: Layout[Decimal | NoNumber] = scaled(
    uint24, "0.01", codes={0xFFFFFF: NoNumber.NOT_KNOWN}
)
"""Lux."""

illuminance_16: Layout[Decimal | NoNumber] = scaled(uint16, "1", codes={0xFFFF: NoNumber.NOT_KNOWN})
"""Lux."""


class Temperature(Message):
    """A temperature of the surroundings.

    GSS v5 - GATT Specification Supplement - § Temperature
    """

    celsius: Decimal | NoNumber = wire(temperature)
    """In °C, -273.15 to 327.67."""

    def __str__(self) -> str:
        return said(self.celsius, "°C")


class Humidity(Message):
    """A relative humidity.

    GSS v5 - GATT Specification Supplement - § Humidity
    """

    percent: Decimal | NoNumber = wire(humidity)
    """0 to 100."""

    def __str__(self) -> str:
        return said(self.percent, "%")


class Pressure(Message):
    """A pressure of the air.

    GSS v5 - GATT Specification Supplement - § Pressure
    """

    pascal: Decimal = wire(pressure)
    """In Pa, not hPa."""

    def __str__(self) -> str:
        return said(self.pascal, "Pa")


class Co2Concentration(Message):
    """How much carbon dioxide is in the air.

    GSS v5 - GATT Specification Supplement - § CO2 Concentration
    """

    ppm: Decimal | NoNumber = wire(co2_concentration)
    """In parts per million, 0 to 65533."""

    def __str__(self) -> str:
        return said(self.ppm, "ppm")


class Illuminance(Message):
    """How much light falls on the sensor.

    GSS v5 - GATT Specification Supplement - § Illuminance
    """

    lux: Decimal | NoNumber = wire(illuminance)
    """In lx, 0 to 167772.14."""

    def __str__(self) -> str:
        return said(self.lux, "lx")


class Illuminance16(Message):
    """How much light falls on the sensor, in two bytes.

    Illuminance 16 is younger than the numbered editions of the GATT Specification Supplement.
    """

    lux: Decimal | NoNumber = wire(illuminance_16)
    """In lx, 0 to 65534."""

    def __str__(self) -> str:
        return said(self.lux, "lx")


def said(value: Decimal | NoNumber, unit: str) -> str:
    """Say a value with its unit, or why there is none."""
    return f"{value} {unit}" if isinstance(value, Decimal) else f"no reading ({value})"
