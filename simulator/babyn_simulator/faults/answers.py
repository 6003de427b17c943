"""Faults of answers: late ones, none, and errors.

Core v6.0 - Bluetooth Core Specification - Vol 3 Part F §3.3, §3.4.1.1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from babyn_simulator.faults.base import Direction, Frames, PacketFault
from babyn_simulator.faults.packet import REQUESTS, att_frame

if TYPE_CHECKING:
    from babyn_simulator.faults.hit import Hit
    from babyn_simulator.faults.packet import Packet

_ERROR_RESPONSE = 0x01


class _AnswerFault(PacketFault):
    """A fault in how a device answers requests."""

    keeps_order: ClassVar[bool] = False

    direction: Direction = "to_device"
    """Packets of which direction: those to the device."""

    @model_validator(mode="after")
    def _requests_go_to_the_device(self) -> Self:
        if self.direction != "to_device":
            raise ValueError("a device is asked: direction is 'to_device'")
        return self

    def selects(self, packet: Packet) -> bool:
        """Return whether a packet is a request of those that it waits for."""
        return packet.opcode in REQUESTS and super().selects(packet)


class SlowAnswer(_AnswerFault):
    """The device takes a request up late. What it tells by itself is not held up."""

    reproduces: ClassVar[str] = "bleak-esphome#264: devices that answer reads very slowly"

    kind: Literal["slow_answer"] = "slow_answer"
    seconds: float = Field(gt=0)
    """Seconds that it takes; after 30 the bearer is dead."""

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Deliver the request later."""
        return [(self.seconds, packet.frame)]


class NoAnswer(_AnswerFault):
    """The device never answers a request."""

    reproduces: ClassVar[str] = "bleak#691: reads and writes that never return"

    kind: Literal["no_answer"] = "no_answer"

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Deliver nothing."""
        return []


class AttError(_AnswerFault):
    """A request is answered with an error, and has no effect."""

    reproduces: ClassVar[str] = "bleak#1443: a write is answered with 0x0E, Unlikely Error"

    kind: Literal["att_error"] = "att_error"
    code: int = Field(default=0x0E, ge=0x01, le=0xFF)
    """The ATT error code; 0x80 to 0x9F are the application's own."""

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Answer in the place of the device."""
        handle = packet.handle or 0
        error = bytes((_ERROR_RESPONSE, packet.opcode or 0)) + handle.to_bytes(2, "little")
        _central, device = packet.link.ends
        device.on_acl_pdu(att_frame(error + bytes((self.code,))))
        return []
