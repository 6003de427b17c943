"""One controller on loan to one host: H4 bytes in, H4 bytes out.

Core v6.0 - Bluetooth Core Specification - Vol 4 Part A §2, and §4 for a host that is not
understood any more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from bumble import hci
from bumble.snoop import Snooper

if TYPE_CHECKING:
    from bumble.transport.common import TransportSink

    from babyn_simulator.controller import VirtualController

BACKLOG_LIMIT: Final = 1 << 20
"""Bytes that may wait for a host that does not read; past them it hears no advertisements."""

RESET: Final = bytes.fromhex("01 03 0c 00")
"""The command by which a host and its controller find together again (§4)."""

HARDWARE_ERROR: Final = bytes.fromhex("04 10 01 00")
"""What a controller says that has lost its place in what the host sends (§4)."""

_LENGTH_FIELDS = {hci.HCI_COMMAND_PACKET: (3, 1), hci.HCI_ACL_DATA_PACKET: (3, 2)}
"""Where the length of a packet stands, and in how many octets, with the type in front."""

_LE_META = 0x3E
_ADVERTISING_REPORTS = (0x02, 0x0D)


class NonsenseError(Exception):
    """What a host sends is no HCI in H4 framing."""


class Loan:
    """A controller, and the stream of bytes by which its host talks to it.

    Args:
        controller: what is lent.
        write: takes what the controller says.
        backlog: returns how many bytes of that the host has not taken yet.
        snooper: sees every packet, as the host's does.
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
        self._received = bytearray()
        self._lost = False
        self.from_host = FromHost(self)
        """Takes the host's packets one by one, where something else frames them."""
        controller.set_packet_sink(cast("TransportSink", self))

    def feed(self, data: bytes) -> None:
        """Take bytes from the host.

        Raises:
            NonsenseError: they are no HCI packets in H4 framing.
        """
        self._received += data
        if self._lost and not self._find_reset():
            return
        while (packet := self._next()) is not None:
            self.take(packet)

    def resynchronise(self) -> None:
        """Tell the host that it is not understood, and wait for its next reset."""
        understood = False
        while not understood:
            self._lost = True
            self.on_packet(HARDWARE_ERROR)
            with contextlib.suppress(NonsenseError):
                self.feed(b"")
                understood = True

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

    def _next(self) -> bytes | None:
        """Return the next packet, if it is there as a whole."""
        received = self._received
        if not received:
            return None
        field = _LENGTH_FIELDS.get(received[0])
        if field is None:
            raise NonsenseError
        start = field[0] + field[1]
        end = start + int.from_bytes(received[field[0] : start], "little")
        if len(received) < max(start, end):
            return None
        packet = bytes(received[:end])
        del received[:end]
        return packet

    def _find_reset(self) -> bool:
        at = self._received.find(RESET)
        self._lost = at < 0
        del self._received[: -len(RESET) + 1 if self._lost else at]
        return not self._lost


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
