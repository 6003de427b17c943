"""Generic Attribute (GATT) Service 0x1801.

Core v5.2 - Generic Attribute Profile - Vol 3 Part G §7
"""

from __future__ import annotations

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.layout import fixed_octets
from babyn_protocol.numbers import bounded, uint16
from babyn_protocol.wire import Message, wire

_handle = bounded(uint16, 1, 0xFFFF)


class ServiceChanged(Message):
    """Which attributes are not what they were: discover them again. Sent by indication.

    Core v5.2 - Generic Attribute Profile - Vol 3 Part G §7.1
    """

    first_handle: int = wire(_handle)
    """The first handle concerned."""

    last_handle: int = wire(_handle)
    """The last handle concerned; not below the first."""

    def check(self) -> None:
        """Refuse a range that ends before it begins."""
        if self.last_handle < self.first_handle:
            raise InvalidValueError("the range ends before it begins")

    def __str__(self) -> str:
        return f"handles 0x{self.first_handle:04X} to 0x{self.last_handle:04X}"


class DatabaseHash(Message):
    """What a client compares, to know whether the attributes it discovered are still the same.

    Core v5.2 - Generic Attribute Profile - Vol 3 Part G §7.3. Servers disagree on the order of its
    bytes (Zephyr sends them reversed), so it is compared with the one read before, and with nothing
    that was computed.
    """

    octets: bytes = wire(fixed_octets(16))
    """The hash, as sent."""

    def __str__(self) -> str:
        return self.octets.hex(" ").upper()
