"""Generic Attribute (GATT) Service 0x1801.

Core v5.2 - Generic Attribute Profile - Vol 3 Part G §7
"""

from __future__ import annotations

from babyn_protocol.errors import InvalidValueError
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
