"""Weight Scale Service 0x181D.

5 g is its finest resolution. For an infant scale see :mod:`babyn_protocol.gatt.sensor`.

WSS v1.0.1 - Weight Scale Service - §3
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final

from babyn_protocol.layout import Layout, choice
from babyn_protocol.numbers import DateTime, NoNumber, date_time, scaled, uint8, uint16, uint32
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, wire

UNKNOWN_USER: Final = 0xFF
"""The user id of someone whom the scale does not know."""


class MeasurementUnits(Enum):
    """The units a measurement was sent in."""

    SI = 0
    IMPERIAL = 1

    @property
    def weight(self) -> str:
        """The unit of a weight."""
        return "kg" if self is MeasurementUnits.SI else "lb"

    @property
    def height(self) -> str:
        """The unit of a height."""
        return "m" if self is MeasurementUnits.SI else "in"

    def __str__(self) -> str:
        return f"{self.weight} and {self.height}"


_unsuccessful = {0xFFFF: NoNumber.MEASUREMENT_UNSUCCESSFUL}
_weight: Layout[Decimal | NoNumber] = choice(
    "units",
    {
        MeasurementUnits.SI: scaled(uint16, "0.005", codes=_unsuccessful),
        MeasurementUnits.IMPERIAL: scaled(uint16, "0.01", codes=_unsuccessful),
    },
)
_height: Layout[Decimal] = choice(
    "units",
    {
        MeasurementUnits.SI: scaled(uint16, "0.001"),
        MeasurementUnits.IMPERIAL: scaled(uint16, "0.1"),
    },
)


class WeightMeasurement(Message):
    """One weight. Sent by indication.

    The code 0xFFFF is no weight; as a number it would be 327.675 kg.

    WSS v1.0.1 - Weight Scale Service - §3.2
    """

    flags: int = flag_bits(uint8)
    """What the units are, and what follows."""

    units: MeasurementUnits = flag_value(0, MeasurementUnits)
    """Units of weight and height, as sent."""

    weight: Decimal | NoNumber = wire(_weight)
    """In kg or lb, or why there is none. 65535: measurement unsuccessful."""

    timestamp: DateTime | None = optional(date_time, flag=1)
    """When it was measured, by the device's clock."""

    user_id: int | None = optional(uint8, flag=2)
    """Whose it is, by the scale's own numbers; 255: it does not know whose."""

    bmi: Decimal | None = optional(scaled(uint16, "0.1"), flag=3)
    """Body mass index, in kg/m²; comes with ``height``."""

    height: Decimal | None = optional(_height, flag=3)
    """In m or inches; comes with ``bmi``."""

    def __str__(self) -> str:
        if isinstance(self.weight, Decimal):
            said = [f"{self.weight} {self.units.weight}"]
        else:
            said = [f"no reading ({self.weight})"]
        said += said_user(self.user_id)
        if self.bmi is not None:
            said.append(f"{self.bmi} kg/m², {self.height} {self.units.height}")
        if self.timestamp is not None:
            said.append(str(self.timestamp))
        return ", ".join(said)


def said_user(user_id: int | None) -> list[str]:
    """Say whose weight it is, if the scale does."""
    if user_id is None:
        return []
    return ["unknown user" if user_id == UNKNOWN_USER else f"user {user_id}"]


class WeightResolution(Enum):
    """The finest step of a scale's weights."""

    NOT_SPECIFIED = 0
    KG_0_5_OR_LB_1 = 1
    KG_0_2_OR_LB_0_5 = 2
    KG_0_1_OR_LB_0_2 = 3
    KG_0_05_OR_LB_0_1 = 4
    KG_0_02_OR_LB_0_05 = 5
    KG_0_01_OR_LB_0_02 = 6
    KG_0_005_OR_LB_0_01 = 7

    def __str__(self) -> str:
        steps = ("", "0.5", "0.2", "0.1", "0.05", "0.02", "0.01", "0.005")
        return f"{steps[self.value]} kg" if self.value else "not specified"


class HeightResolution(Enum):
    """The finest step of a scale's heights."""

    NOT_SPECIFIED = 0
    M_0_01_OR_IN_1 = 1
    M_0_005_OR_IN_0_5 = 2
    M_0_001_OR_IN_0_1 = 3

    def __str__(self) -> str:
        steps = ("", "0.01", "0.005", "0.001")
        return f"{steps[self.value]} m" if self.value else "not specified"


class WeightScaleFeature(Message):
    """What this scale can do.

    WSS v1.0.1 - Weight Scale Service - §3.1
    """

    flags: int = flag_bits(uint32)
    """The features."""

    has_timestamps: bool = flag_value(0, default=False)
    """Measurements have a time."""

    has_multiple_users: bool = flag_value(1, default=False)
    """It tells users apart."""

    has_bmi: bool = flag_value(2, default=False)
    """Measurements have body mass index and height."""

    weight_resolution: WeightResolution = flag_value(
        3, WeightResolution, width=4, default=WeightResolution.NOT_SPECIFIED
    )
    """The step of weights; the imperial one follows from it."""

    height_resolution: HeightResolution = flag_value(
        7, HeightResolution, width=3, default=HeightResolution.NOT_SPECIFIED
    )
    """The step of heights; the imperial one follows from it."""

    def __str__(self) -> str:
        features = {
            "timestamps": self.has_timestamps,
            "multiple users": self.has_multiple_users,
            "BMI": self.has_bmi,
            f"weight in steps of {self.weight_resolution}": bool(self.weight_resolution.value),
            f"height in steps of {self.height_resolution}": bool(self.height_resolution.value),
        }
        return ", ".join(name for name, there in features.items() if there) or "no features"
