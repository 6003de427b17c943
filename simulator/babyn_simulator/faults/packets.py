"""Faults of packets: lost, late, doubled, out of order, spoilt.

They strike L2CAP frames, between host and controller, as a buggy firmware or host would. What
the radio itself loses or spoils never shows here: a CRC guards each packet on the air, and the
link layer repeats it until it is acknowledged.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §3.1.1, §4.5.9
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from babyn_simulator.faults.base import Frames, PacketFault
from babyn_simulator.faults.packet import HEADER

if TYPE_CHECKING:
    from babyn_simulator.faults.hit import Hit
    from babyn_simulator.faults.packet import Packet


class Drop(PacketFault):
    """A packet never arrives."""

    reproduces: ClassVar[str] = "bleak#1836: notifications that a stack had are never delivered"

    kind: Literal["drop"] = "drop"

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Deliver nothing."""
        return []


class Delay(PacketFault):
    """A packet arrives late, and those behind it wait."""

    reproduces: ClassVar[str] = (
        "Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.5.1: a peripheral may skip "
        "connection events"
    )

    kind: Literal["delay"] = "delay"
    seconds: float = Field(gt=0)
    """Seconds that it is late."""

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Deliver it later."""
        return [(self.seconds, packet.frame)]


class Duplicate(PacketFault):
    """A packet arrives more than once."""

    reproduces: ClassVar[str] = "bleak#584: a handler is called twice with the same packet"
    keeps_order: ClassVar[bool] = False

    kind: Literal["duplicate"] = "duplicate"
    copies: int = Field(default=1, ge=1, le=100)
    """How many more there are."""
    seconds: float = Field(default=0.0, ge=0)
    """Seconds between them."""

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Deliver it again."""
        return [(number * self.seconds, packet.frame) for number in range(self.copies + 1)]


class Reorder(PacketFault):
    """A packet arrives late, and those behind it overtake it."""

    reproduces: ClassVar[str] = "bleak#155: notifications not in order"
    keeps_order: ClassVar[bool] = False

    kind: Literal["reorder"] = "reorder"
    seconds: float = Field(gt=0)
    """Seconds that it is late."""

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Deliver it later."""
        return [(self.seconds, packet.frame)]


class Corrupt(PacketFault):
    """Bits of a packet flip, or its end is missing."""

    reproduces: ClassVar[str] = "apache/mynewt-mcumgr#161: notifications corrupted by the firmware"

    kind: Literal["corrupt"] = "corrupt"
    offset: int | None = Field(default=None, ge=0)
    """The byte to spoil, counted behind the L2CAP header; by default any."""
    flip: int = Field(default=0xFF, ge=1, le=0xFF)
    """The bits of it that flip."""
    cut: int = Field(default=0, ge=0)
    """How many bytes are missing at its end, instead."""

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Deliver something else."""
        header, payload = packet.frame[:HEADER], bytearray(packet.frame[HEADER:])
        if self.cut:
            if self.cut >= len(payload):
                return None
            del payload[-self.cut :]
            return [(0.0, len(payload).to_bytes(2, "little") + header[2:] + payload)]
        offset = hit.entropy.below(len(payload)) if self.offset is None else self.offset
        if offset >= len(payload):
            return None
        payload[offset] ^= self.flip
        return [(0.0, header + payload)]
