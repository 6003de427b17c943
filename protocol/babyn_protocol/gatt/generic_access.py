"""Generic Access (GAP) Service 0x1800.

Core v5.2 - Generic Access Profile - Vol 3 Part C §12
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.gatt.text import Text
from babyn_protocol.numbers import bounded, scaled, uint16
from babyn_protocol.wire import Message, wire


class DeviceName(Text, max_size=248):
    """What the device calls itself. People put their names into it: identifying.

    Core v5.2 - Generic Access Profile - Vol 3 Part C §12.1
    """


_CATEGORIES: Final = {
    0x000: "Unknown",
    0x001: "Phone",
    0x002: "Computer",
    0x003: "Watch",
    0x00C: "Thermometer",
    0x00D: "Heart Rate Sensor",
    0x00E: "Blood Pressure",
    0x015: "Sensor",
    0x031: "Pulse Oximeter",
    0x032: "Weight Scale",
}


class Appearance(Message):
    """What kind of thing the device is, for an icon.

    Core v5.2 - Generic Access Profile - Vol 3 Part C §12.2
    """

    value: int = wire(uint16)
    """Category in bits 6 to 15, subcategory in bits 0 to 5, from Assigned Numbers."""

    @property
    def category(self) -> int:
        """The category's number."""
        return self.value >> 6

    @property
    def category_name(self) -> str | None:
        """The category's name, if known here."""
        return _CATEGORIES.get(self.category)

    def __str__(self) -> str:
        return f"{self.category_name or 'category not known here'} (0x{self.value:04X})"


class NoSpecificValue(Enum):
    """The device has no preference."""

    NO_SPECIFIC_VALUE = 0xFFFF

    def __str__(self) -> str:
        return "no specific value"


_interval = scaled(
    uint16, "1.25", codes={0xFFFF: NoSpecificValue.NO_SPECIFIC_VALUE}, low=6, high=3200
)
_timeout = scaled(
    uint16, "10", codes={0xFFFF: NoSpecificValue.NO_SPECIFIC_VALUE}, low=10, high=3200
)


class PeripheralPreferredConnectionParameters(Message):
    """What connection the device would like to have.

    Core v5.2 - Generic Access Profile - Vol 3 Part C §12.3
    """

    minimum_interval_ms: Decimal | NoSpecificValue = wire(_interval)
    """Shortest connection interval, in milliseconds."""

    maximum_interval_ms: Decimal | NoSpecificValue = wire(_interval)
    """Longest connection interval, in milliseconds; not below the shortest."""

    latency: int = wire(bounded(uint16, 0, 499))
    """How many connection events it may leave out."""

    supervision_timeout_ms: Decimal | NoSpecificValue = wire(_timeout)
    """After how long without a packet the link counts as lost, in milliseconds."""

    def check(self) -> None:
        """Refuse a longest interval below the shortest."""
        low, high = self.minimum_interval_ms, self.maximum_interval_ms
        if isinstance(low, Decimal) and isinstance(high, Decimal) and high < low:
            raise InvalidValueError("the longest interval is below the shortest")

    def __str__(self) -> str:
        return (
            f"interval {self.minimum_interval_ms} to {self.maximum_interval_ms} ms, "
            f"latency {self.latency}, timeout {self.supervision_timeout_ms} ms"
        )
