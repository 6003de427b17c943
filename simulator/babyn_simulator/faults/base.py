"""What a fault is: when it strikes, and what.

Two sorts of faults. An :class:`Occurrence` happens at a moment: at a time, or with a packet.
A :class:`PacketFault` changes what becomes of packets. Both are data, and know nothing of
what runs them; see :mod:`babyn_simulator.faults.injector`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from babyn_simulator.devices.settings.table import Table
from babyn_simulator.faults.packet import OPCODES, Opcode

if TYPE_CHECKING:
    from babyn_simulator.faults.hit import Hit
    from babyn_simulator.faults.packet import Packet

Direction: TypeAlias = Literal["from_device", "to_device", "both"]

Frames: TypeAlias = list[tuple[float, bytes]]
"""L2CAP frames to deliver, each with a delay in seconds."""


class Fault(Table):
    """One ``[[fault]]``: what every kind can be told."""

    reproduces: ClassVar[str]
    """The public issue, or the rule of a specification, that it reproduces."""

    device: str | None = None
    """Which device, by the scenario's name for it; by default every one."""
    central: int | None = Field(default=None, ge=0)
    """Which central, in the order in which they came, from 0; by default every one."""
    after: float = Field(default=0.0, ge=0)
    """Seconds, by `since`, before which nothing happens."""
    since: Literal["start", "connection"] = "start"
    """What `after` counts from: the injection, or each connection."""
    times: int | Literal["always"] = Field(default=1)
    """How often it strikes."""
    probability: float = Field(default=1.0, gt=0, le=1)
    """How likely it strikes at each opportunity."""
    direction: Direction = "both"
    """Packets of which direction."""
    opcode: Opcode | None = None
    """Packets with which ATT opcode; by default any packet, ATT or not."""
    attribute: str | None = Field(default=None, pattern=r"^([0-9a-f]{4}|[0-9a-f-]{36})$")
    """ATT packets about which attribute: the UUID of its type, in small letters."""
    packet: int = Field(default=1, ge=1)
    """The packet to strike first, of those that fit, from 1."""

    @model_validator(mode="after")
    def _often_enough(self) -> Self:
        if isinstance(self.times, int) and self.times < 1:
            raise ValueError("times is a number from 1, or 'always'")
        return self

    @classmethod
    def kind_name(cls) -> str:
        """What a scenario calls this kind of fault."""
        return str(cls.model_fields["kind"].default)

    @property
    def limit(self) -> int | None:
        """How often it strikes at most."""
        return self.times if isinstance(self.times, int) else None

    @property
    def by_packet(self) -> bool:
        """Whether it waits for packets, not for a time."""
        raise NotImplementedError

    def selects(self, packet: Packet) -> bool:
        """Return whether a packet is of those that it waits for."""
        if self.direction not in ("both", packet.direction):
            return False
        if self.opcode is not None and packet.opcode != OPCODES[self.opcode]:
            return False
        return self.attribute is None or packet.attribute == self.attribute


class Occurrence(Fault):
    """A fault that happens at a moment.

    With `direction`, `opcode`, `attribute` or `packet` it happens with a packet, else at a time.
    """

    takes_packet: ClassVar[bool] = True
    """Whether the packet with which it happens is lost."""

    every: float | None = Field(default=None, gt=0)
    """Seconds between two strikes, if it happens at a time."""

    @model_validator(mode="after")
    def _repeats_somehow(self) -> Self:
        if self.by_packet:
            if self.every is not None:
                raise ValueError("every goes with a time; with a packet, say times")
        elif self.times != 1 and self.every is None and self.since == "start":
            raise ValueError("to strike more than once it needs every, or since = 'connection'")
        elif self.every is not None and self.times == 1:
            raise ValueError("every needs times, which is a number above 1, or 'always'")
        return self

    @property
    def by_packet(self) -> bool:
        """Whether it happens with a packet."""
        return bool({"direction", "opcode", "attribute", "packet"} & self.model_fields_set)

    def strike(self, hit: Hit) -> bool:
        """Let it happen.

        Returns:
            Whether there was anything to happen to.
        """
        raise NotImplementedError


class PacketFault(Fault):
    """A fault that changes what becomes of packets."""

    keeps_order: ClassVar[bool] = True
    """Whether packets behind a late one are late, too, as on a link layer they are."""

    lasts: float | None = Field(default=None, gt=0)
    """Seconds, from `after` on, in which packets are struck; by default without an end."""

    @property
    def by_packet(self) -> bool:
        """Always."""
        return True

    def apply(self, packet: Packet, hit: Hit) -> Frames | None:
        """Return what is delivered in place of a packet, or ``None`` to leave it alone."""
        raise NotImplementedError
