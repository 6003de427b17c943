"""One controller on loan to one host: H4 bytes in, H4 bytes out.

Core v6.0 - Bluetooth Core Specification - Vol 4 Part A §2
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from bumble import hci
from bumble.snoop import Snooper
from bumble.transport.common import PacketParser

if TYPE_CHECKING:
    from bumble.transport.common import TransportSink

    from babyn_simulator.controller import VirtualController

BACKLOG_LIMIT = 1 << 20
"""Bytes that may wait for a host that does not read; past them it hears no advertisements."""

_LE_META = 0x3E
_ADVERTISING_REPORTS = (0x02, 0x0D)


class Loan:
    """A controller, and the stream of bytes by which its host talks to it.

    Args:
        controller: what is lent.
        write: takes what the controller says.
        backlog: returns how many bytes of that the host has not taken yet.
        snooper: sees every packet, with the host's view of its direction.
    """

    def __init__(
        self,
        controller: VirtualController,
        write: Callable[[bytes], None],
        *,
        backlog: Callable[[], int] = lambda: 0,
        snooper: Snooper | None = None,
    ) -> None:
        self.controller = controller
        self._write = write
        self._backlog = backlog
        self._snooper = snooper
        self.from_host = FromHost(self)
        """Takes the host's packets, one by one."""
        self._parser = PacketParser(cast("TransportSink", self.from_host))
        controller.set_packet_sink(cast("TransportSink", self))

    def feed(self, data: bytes) -> None:
        """Take bytes from the host.

        Raises:
            InvalidPacketError: they are no HCI packets in H4 framing.
        """
        self._parser.feed_data(data)

    def take(self, packet: bytes) -> None:
        """Take one packet from the host."""
        if self._snooper is not None:
            self._snooper.snoop(packet, Snooper.Direction.HOST_TO_CONTROLLER)
        self.controller.on_packet(packet)

    def on_packet(self, packet: bytes) -> None:
        """Hand one packet to the host; a host that does not read loses advertisements."""
        if _is_report(packet) and self._backlog() > BACKLOG_LIMIT:
            return
        if self._snooper is not None:
            self._snooper.snoop(packet, Snooper.Direction.CONTROLLER_TO_HOST)
        self._write(packet)

    def end(self) -> None:
        """Take the controller off the air, as one that has lost its power."""
        self.controller.leave()


class FromHost:
    """The sink of what the host sends."""

    def __init__(self, loan: Loan) -> None:
        self._loan = loan

    def on_packet(self, packet: bytes) -> None:
        """Take one packet."""
        self._loan.take(packet)


def _is_report(packet: bytes) -> bool:
    return (
        packet[0] == hci.HCI_EVENT_PACKET
        and packet[1] == _LE_META
        and packet[3] in _ADVERTISING_REPORTS
    )
