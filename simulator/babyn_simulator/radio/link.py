"""A link: what stands between two connected controllers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bumble import hci, ll

from babyn_simulator.radio import control_pdus
from babyn_simulator.radio.connection_events import ConnectionEvents
from babyn_simulator.radio.side import Outgoing, Side
from babyn_simulator.radio.supervision import Supervision

if TYPE_CHECKING:
    from babyn_simulator.controller.connection import VirtualConnection
    from babyn_simulator.radio.air import Air

INTERVAL_UNIT = 0.00125
"""Seconds in one unit of a connection interval."""

INSTANT_DISTANCE = 6
"""Events, besides those that the peripheral may skip, from an announcement to its instant.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §5.1.1
"""


class Link:
    """A connection as the air sees it: two sides, and when and how they speak.

    Args:
        air: the medium.
        central: the central's end.
        peripheral: the peripheral's end.
        interval: connection interval, in units of 1.25 ms.
        latency: connection events that the peripheral may skip.
        supervision_timeout: silence after which either end gives up, in units of 10 ms.
        anchor: the anchor point of the first connection event, in the loop's seconds.
    """

    def __init__(
        self,
        air: Air,
        central: VirtualConnection,
        peripheral: VirtualConnection,
        *,
        interval: int,
        latency: int,
        supervision_timeout: int,
        anchor: float,
    ) -> None:
        self.air = air
        self._loop = asyncio.get_running_loop()
        self.interval = interval
        self.latency = latency
        self.supervision_timeout = supervision_timeout
        self.seconds = interval * INTERVAL_UNIT
        """The connection interval, in seconds."""
        self.silent = False
        """Nothing passes at present."""
        self.lost = False
        """Nothing will pass ever again."""
        self.established = False
        """Each side has heard the other once."""
        now = self._loop.time()
        self.sides = (
            Side(central, central.owner, heard=now),
            Side(peripheral, peripheral.owner, heard=now),
        )
        """Both sides, the central's first."""
        self._events = ConnectionEvents(self, anchor)
        self._supervision = Supervision(self)
        self._instants: dict[Outgoing, tuple[int, asyncio.TimerHandle]] = {}

    @property
    def ends(self) -> tuple[VirtualConnection, VirtualConnection]:
        """Both connections, the central's first."""
        central, peripheral = self.sides
        return central.connection, peripheral.connection

    def side(self, end: VirtualConnection) -> Side:
        """Return the side that a connection is the end of."""
        central, peripheral = self.sides
        return central if end is central.connection else peripheral

    def other(self, end: VirtualConnection) -> VirtualConnection:
        """Return the connection at the other end."""
        central, peripheral = self.ends
        return peripheral if end is central else central

    def open(self) -> None:
        """Begin with the first connection event."""
        central, peripheral = self.sides
        self._events.wake()
        if not self.air.reaches(central.owner, peripheral.owner):
            self.fall_silent()

    # Sending

    def send_frame(self, end: VirtualConnection, frame: bytes, packets: int = 0) -> None:
        """Send an L2CAP frame from one end.

        Args:
            end: whose.
            frame: basic L2CAP header and payload.
            packets: HCI packets to report as completed once it is acknowledged.
        """
        self._send(self.side(end), Outgoing(frame, len(frame), self._loop.time(), packets))

    def send_control(self, end: VirtualConnection, packet: ll.ControlPdu) -> None:
        """Send a link-layer control PDU from one end."""
        octets = control_pdus.octets(packet)
        self._send(self.side(end), Outgoing(packet, octets, self._loop.time()))

    def _send(self, side: Side, outgoing: Outgoing) -> None:
        if side.push(outgoing):
            self._events.wake()

    # What the connection events tell

    def not_heard(self, side: Side, event: int) -> None:
        """Note that a side has not received the PDU of an event that was meant for it."""
        self._supervision.not_heard(side, self._events.last_contact(event))

    def on_first_sent(self, outgoing: Outgoing) -> None:
        """Note that something is sent for the first time: an instant is counted from there."""
        if isinstance(outgoing.content, control_pdus.INSTANT):
            instant = self._events.current + self.latency + INSTANT_DISTANCE
            self._await(outgoing, instant)

    def on_received(self, sender: Side, receiver: Side) -> None:
        """Hand on what a side has now received whole."""
        outgoing = sender.take()
        if outgoing is None:
            return
        end = receiver.connection
        if isinstance(outgoing.content, bytes):
            receiver.owner.on_link_frame(end, outgoing.content)
            return
        if isinstance(outgoing.content, ll.StartEncRsp):
            for side in self.sides:
                side.encrypted = True
        if end.is_open:
            end.owner.on_ll_control_pdu(end.peer_address, outgoing.content)

    def on_acknowledged(self, side: Side) -> None:
        """Tell a side what the other one has acknowledged."""
        outgoing = side.acknowledge()
        if outgoing is None:
            return
        end = side.connection
        if outgoing.packets:
            side.owner.on_packets_completed(end, outgoing.packets)
        elif isinstance(outgoing.content, ll.TerminateInd):
            end.owner.on_le_disconnected(
                end, hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
            )

    # Instants

    def _await(self, outgoing: Outgoing, instant: int) -> None:
        timer = self._loop.call_at(
            self._events.anchor(instant), self._on_instant, outgoing, instant
        )
        self._instants[outgoing] = instant, timer

    def _on_instant(self, outgoing: Outgoing, instant: int) -> None:
        """Let an announced change take effect at both ends."""
        del self._instants[outgoing]
        if outgoing.received < outgoing.octets:
            # The peripheral does not know of it: the two do not meet any more.
            self.lose()
            return
        update = outgoing.content
        central, peripheral = self.sides
        if isinstance(update, ll.ConnectionUpdateInd):
            anchor = self._events.anchor(instant)
            self.interval, self.latency = update.interval, update.latency
            self.seconds = update.interval * INTERVAL_UNIT
            self.supervision_timeout = update.timeout
            self._events.rebase(instant, anchor)
            self._supervision.changed()
            for other, (later, timer) in tuple(self._instants.items()):
                timer.cancel()
                self._await(other, later)
        elif isinstance(update, control_pdus.PhyUpdateInd):
            central.tx_phy = update.phy_c_to_p or central.tx_phy
            peripheral.tx_phy = update.phy_p_to_c or peripheral.tx_phy
        self._events.wake()
        for end in self.ends:
            if end.is_open and isinstance(update, control_pdus.INSTANT):
                end.owner.on_instant(end, update)

    # Silence, and the end

    def fall_silent(self) -> None:
        """Let nothing pass for the time being."""
        if self.silent:
            return
        self.silent = True
        self._events.stop()
        event = self._events.first_after(self._loop.time())
        for side in self.sides:
            self.not_heard(side, event)

    def be_heard(self) -> None:
        """Let PDUs pass again."""
        if self.silent and not self.lost:
            self.silent = False
            self._events.wake()

    def lose(self, *, after: float | None = None) -> None:
        """Let nothing pass ever again; both ends hear of it by their supervision timeouts.

        Args:
            after: seconds until they hear of it, instead.
        """
        self.lost = True
        self.fall_silent()
        if after is not None:
            self._supervision.end_at(self._loop.time() + after)

    def on_closed(self, end: VirtualConnection) -> None:
        """Note that an end is gone. What it still has to say by control PDUs, it says."""
        self.side(end).clear()
        if not self.other(end).is_open:
            self.silent = self.lost = True
            self._events.stop()
            self._supervision.stop()
            for _, timer in self._instants.values():
                timer.cancel()
            self._instants.clear()
            self.air.closed(self)
