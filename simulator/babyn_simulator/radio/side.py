"""One side of a link: what waits to be sent there, and what of it has been acknowledged."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bumble import ll

from babyn_simulator.radio import air_time

if TYPE_CHECKING:
    from babyn_simulator.controller.connection import VirtualConnection
    from babyn_simulator.controller.virtual_controller import VirtualController


@dataclass(eq=False, slots=True)
class Outgoing:
    """An L2CAP frame, or one control PDU, on its way."""

    content: bytes | ll.ControlPdu
    octets: int
    ready: float
    """When it came, in the loop's seconds: a PDU that has begun does not carry it."""
    packets: int = 0
    """HCI packets of the host that it came in."""
    received: int = 0
    """Octets that the other side has."""


@dataclass(eq=False, slots=True)
class Side:
    """The link layer of one end of a connection.

    PDUs are sent in order, and one is sent again until it is acknowledged (Core v6.0 -
    Bluetooth Core Specification - Vol 6 Part B §4.5.9); the other side takes it once.
    """

    connection: VirtualConnection
    owner: VirtualController
    tx_phy: int = air_time.LE_1M
    tx_octets: int = air_time.LEAST_OCTETS
    """Payload octets of the largest PDU that it may send at present."""
    encrypted: bool = False
    queue: deque[Outgoing] = field(default_factory=deque[Outgoing])
    pdu: int | None = None
    """Payload octets of the PDU that has been sent, but not acknowledged."""
    taken: bool = False
    """The other side has that PDU: only the acknowledgement is missing."""
    heard: float = 0.0
    """When it last received a PDU, as far as anybody had to know."""
    deaf: bool = False
    """It did not receive the last PDU that was meant for it."""

    def push(self, outgoing: Outgoing) -> bool:
        """Queue something to be sent; returns whether it is the next to be sent."""
        self.queue.append(outgoing)
        return len(self.queue) == 1 + self._awaiting_acknowledgement

    def clear(self) -> None:
        """Forget the data that waits: the host is gone. Control PDUs still go out."""
        kept = [item for item in self.queue if not isinstance(item.content, bytes)]
        if self.queue and isinstance(self.queue[0].content, bytes):
            self.pdu = None
            self.taken = False
        self.queue = deque(kept)

    @property
    def terminating(self) -> bool:
        """Whether its host has ended the connection, and the other side may not know yet."""
        return any(isinstance(item.content, ll.TerminateInd) for item in self.queue)

    @property
    def _awaiting_acknowledgement(self) -> bool:
        """Whether the other side has all of the first that is queued."""
        return self.taken and self.queue[0].received == self.queue[0].octets

    def next_pdu(self, start: float, *, acknowledged: bool = False) -> int:
        """Return the payload octets of what it sends in a pair of PDUs that begins then.

        Args:
            start: when the pair begins: what has come by then can be sent in it.
            acknowledged: whether the other side, if it has the last PDU, will have said so.
        """
        following = 0
        if self.pdu is not None:
            if not (self.taken and acknowledged):
                return self.pdu
            following = int(self._awaiting_acknowledgement)
        if len(self.queue) <= following or self.queue[following].ready > start:
            return 0
        item = self.queue[following]
        return min(item.octets - item.received, self.tx_octets)

    def more_data(self, start: float) -> bool:
        """Return the MD bit of its PDU in a pair that began then (§4.5.6)."""
        head = self.queue[0]
        if head.octets > head.received + (0 if self.taken else self.pdu or 0):
            return True
        return len(self.queue) > 1 and self.queue[1].ready <= start

    def duration(self, octets: int) -> float:
        """Return how long a PDU of it is on the air, in seconds."""
        return air_time.duration(octets, self.tx_phy, encrypted=self.encrypted)

    def take(self) -> Outgoing | None:
        """Note that the other side has the PDU; returns what is complete there by it."""
        self.taken = True
        head = self.queue[0]
        head.received += self.pdu or 0
        return head if head.received == head.octets else None

    def acknowledge(self) -> Outgoing | None:
        """Note that the PDU is acknowledged; returns what is done by it."""
        self.pdu = None
        self.taken = False
        head = self.queue[0]
        return self.queue.popleft() if head.received == head.octets else None
