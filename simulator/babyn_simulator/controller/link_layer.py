"""Connections: how they begin, what they carry, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from bumble import controller as stock
from bumble import hci, ll
from bumble.core import PhysicalTransport

from babyn_simulator import hci_packets
from babyn_simulator.controller.advertising import Advertiser, AdvertisingSet
from babyn_simulator.controller.connection import VirtualConnection
from babyn_simulator.controller.link_control import LinkControlController
from babyn_simulator.radio import Link, air_time

if TYPE_CHECKING:
    from babyn_simulator.controller.virtual_controller import VirtualController

CONNECT_REQUEST = 352e-6
TRANSMIT_WINDOW_DELAY = 1.25e-3
"""Seconds that a connection request takes on LE 1M, and from its end to the transmit window,
at whose start the first event's anchor point is (Vol 6 Part B §2.3.3.1, §4.5.3)."""

CreateConnection: TypeAlias = (
    hci.HCI_LE_Create_Connection_Command | hci.HCI_LE_Extended_Create_Connection_Command
)


class ConnectingController(LinkControlController):
    """The part of a controller that connects, and stays connected."""

    def links(self) -> Iterable[VirtualConnection]:
        """Return the open connections."""
        return cast("Iterable[VirtualConnection]", tuple(self.le_connections.values()))

    def listening_changed(self) -> None:
        """Tell the air whether this controller listens for advertisements."""
        self.air.set_listening(
            cast("VirtualController", self),
            self.le_scan_enable or self.pending_le_connection is not None,
        )

    # Connecting

    def on_hci_le_create_connection_command(
        self, command: hci.HCI_LE_Create_Connection_Command
    ) -> None:
        """Begin to connect (Vol 4 Part E §7.8.12)."""
        if not self._refuse_known_peer(command):
            super().on_hci_le_create_connection_command(command)
            self.listening_changed()

    def on_hci_le_extended_create_connection_command(
        self, command: hci.HCI_LE_Extended_Create_Connection_Command
    ) -> None:
        """Begin to connect (Vol 4 Part E §7.8.66)."""
        if not self._refuse_known_peer(command):
            super().on_hci_le_extended_create_connection_command(command)
            self.listening_changed()

    def _refuse_known_peer(self, command: CreateConnection) -> bool:
        known = command.peer_address in self.le_connections
        if known:
            self._send_hci_command_status(
                hci.HCI_ErrorCode.CONNECTION_ALREADY_EXISTS_ERROR, command.op_code
            )
        return known

    def on_hci_le_create_connection_cancel_command(
        self, _command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Give up connecting; the connect then completes, as failed (Vol 4 Part E §7.8.13)."""
        pending = self.pending_le_connection
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        self.listening_changed()
        # After the Command Complete that answers this command.
        asyncio.get_running_loop().call_soon(
            self.announce_failure,
            pending.peer_address,
            hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def initiate(
        self, pending: CreateConnection, advertiser: Advertiser, initiator: hci.Address
    ) -> None:
        """Connect to an advertiser that was waited for, by an address of one's own."""
        self.pending_le_connection = None
        self.listening_changed()
        if isinstance(pending, hci.HCI_LE_Extended_Create_Connection_Command):
            interval = pending.connection_interval_maxs[0]
            latency = pending.max_latencies[0]
            timeout = pending.supervision_timeouts[0]
        else:
            interval = pending.connection_interval_max
            latency = pending.max_latency
            timeout = pending.supervision_timeout
        peripheral = advertiser.owner
        remote = peripheral.open_end(hci.Role.PERIPHERAL, advertiser.own_address, initiator)
        local = self.open_end(hci.Role.CENTRAL, initiator, advertiser.own_address)
        link = Link(
            self.air,
            local,
            remote,
            interval=int(interval),
            latency=int(latency),
            supervision_timeout=int(timeout),
            anchor=asyncio.get_running_loop().time() + CONNECT_REQUEST + TRANSMIT_WINDOW_DELAY,
        )
        local.radio_link = remote.radio_link = link
        self.air.opened(link)
        peripheral.announce_end(remote)
        if isinstance(advertiser, AdvertisingSet):
            peripheral.send_hci_packet(
                hci.HCI_LE_Advertising_Set_Terminated_Event(
                    status=hci.HCI_ErrorCode.SUCCESS,
                    advertising_handle=advertiser.handle,
                    connection_handle=remote.handle,
                    num_completed_extended_advertising_events=0,
                )
            )
        advertiser.stop()
        self.announce_end(local)
        self.begin_procedures(local)
        peripheral.begin_procedures(remote)
        link.open()

    def open_end(
        self, role: hci.Role, own_address: hci.Address, peer_address: hci.Address
    ) -> VirtualConnection:
        """Make this end of a new connection."""
        stale = self.le_connections.get(peer_address)
        if stale is not None:
            # The peer connects anew: it has given up what this side still holds.
            self.on_le_disconnected(stale, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        connection = VirtualConnection(
            controller=self,
            handle=self.allocate_connection_handle(),
            role=role,
            self_address=own_address,
            peer_address=peer_address,
            link=self.air,
            transport=PhysicalTransport.LE,
            link_type=hci.HCI_Connection_Complete_Event.LinkType.ACL,
        )
        self.le_connections[peer_address] = connection
        return connection

    def announce_end(self, connection: VirtualConnection) -> None:
        """Tell the host of a new connection, with the parameters that both ends have."""
        link = connection.radio_link
        if link is None:
            return
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.SUCCESS,
                connection_handle=connection.handle,
                role=connection.role,
                peer_address_type=connection.peer_address.address_type,
                peer_address=connection.peer_address,
                connection_interval=link.interval,
                peripheral_latency=link.latency,
                supervision_timeout=link.supervision_timeout,
                central_clock_accuracy=0,
            )
        )

    def announce_failure(self, peer: hci.Address, status: int) -> None:
        """Tell the host that no connection came about."""
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=status,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=peer.address_type,
                peer_address=peer,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )

    # Connected

    def on_link_frame(self, connection: VirtualConnection, frame: bytes) -> None:
        """Hand an L2CAP frame to the host, in packets that fit its buffers."""
        if not connection.is_open:
            return
        for offset in range(0, len(frame), air_time.MOST_OCTETS):
            data = frame[offset : offset + air_time.MOST_OCTETS]
            boundary = hci_packets.CONTINUING if offset else hci_packets.FIRST_FROM_CONTROLLER
            self.send_packet(hci_packets.acl_packet(connection.handle, boundary, data))

    def on_packets_completed(self, connection: VirtualConnection, packets: int) -> None:
        """Give the host back its buffers (Vol 4 Part E §7.7.19)."""
        if packets and connection.is_open:
            self.send_packet(hci_packets.completed_packets(connection.handle, packets))

    def on_hci_disconnect_command(self, command: hci.HCI_Disconnect_Command) -> None:
        """End a connection; each side hears whose doing it was (Vol 4 Part E §7.1.6).

        It ends here when the peer has acknowledged it (Vol 6 Part B §5.1.6).
        """
        connection = self._pending(command)
        if connection is not None:
            connection.send_ll_control_pdu(ll.TerminateInd(command.reason))

    def on_le_disconnected(self, connection: stock.Connection, reason: int) -> None:
        """End this side of a connection. A side that has ended already stays as it is."""
        end = cast("VirtualConnection", connection)
        if end.is_open:
            super().on_le_disconnected(end, reason)
            end.is_open = False
            if end.radio_link is not None:
                end.radio_link.on_closed(end)
