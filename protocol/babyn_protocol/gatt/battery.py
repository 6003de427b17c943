"""Battery Service 0x180F.

BAS v1.1 - Battery Service - §3
"""

from __future__ import annotations

from babyn_protocol.numbers import bounded, uint8
from babyn_protocol.wire import Message, wire


class BatteryLevel(Message):
    """How full a battery is. Read, or sent by notification.

    BAS v1.1 - Battery Service - §3.1
    """

    percent: int = wire(bounded(uint8, 0, 100))
    """100: full. Values above are reserved for future use and refused."""

    def __str__(self) -> str:
        return f"{self.percent} %"
