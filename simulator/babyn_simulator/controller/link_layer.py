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
from babyn_simulator.controller.attachment import AttachedController
from babyn_simulator.controller.link_security import Encryption
from babyn_simulator.radio import Link

if TYPE_CHECKING:
    from babyn_simulator.controller.virtual_controller import VirtualController

DATA_LENGTH = 251
"""Octets in the largest LL data PDU, and in an ACL buffer (Vol 6 Part B §4.5.10)."""

CreateConnection: TypeAlias = (
    hci.HCI_LE_Create_Connection_Command | hci.HCI_LE_Extended_Create_Connection_Command
)


class VirtualConnection(stock.Connection):
    """One end of a link."""

    radio_link: Link | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.encryption = Encryption()

    @property
    def owner(self) -> VirtualController:
        """The controller that this end belongs to."""
        return cast("VirtualController", self.controller)

    @property
    def is_open(self) -> bool:
        """Whether this end still holds the connection."""
        return self.controller.le_connections.get(self.peer_address) is self

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        """Take a packet from the host, and tell it that the buffer is free again."""
        self.assembler.feed_packet(packet)
        self.owner.send_packet(hci_packets.completed_packets(self.handle, 1))

    def on_acl_pdu(self, pdu: bytes) -> None:
        """Send an L2CAP frame."""
        self.owner.air.carry(self, pdu)

    def send_ll_control_pdu(self, packet: ll.ControlPdu) -> None:
        """Send a link-layer control PDU."""
        self.owner.air.carry_control(self, packet)


class ConnectingController(AttachedController):
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
        event = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        # After the Command Complete that answers this command.
        asyncio.get_running_loop().call_soon(self.send_hci_packet, event)
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
        link = Link(local, remote, int(interval), int(latency), int(timeout))
        local.radio_link = remote.radio_link = link
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

    # Connected

    def on_link_frame(self, connection: VirtualConnection, frame: bytes) -> None:
        """Hand an L2CAP frame to the host, in packets that fit its buffers."""
        if not connection.is_open:
            return
        for offset in range(0, len(frame), DATA_LENGTH):
            data = frame[offset : offset + DATA_LENGTH]
            boundary = hci_packets.CONTINUING if offset else hci_packets.FIRST_FROM_CONTROLLER
            self.send_packet(hci_packets.acl_packet(connection.handle, boundary, data))

    def on_ll_control_pdu(self, sender_address: hci.Address, packet: ll.ControlPdu) -> None:
        """Take a link-layer control PDU; one for a connection that is gone is ignored."""
        connection = self.le_connections.get(sender_address)
        if connection is None:
            return
        if isinstance(packet, ll.ConnectionUpdateInd):
            self._update(cast("VirtualConnection", connection), packet)
        super().on_ll_control_pdu(sender_address, packet)

    def on_hci_le_connection_update_command(
        self, command: hci.HCI_LE_Connection_Update_Command
    ) -> None:
        """Change the parameters of a connection, at both ends (Vol 4 Part E §7.8.18)."""
        connection = self.connection(command.connection_handle)
        if connection is not None:
            self._update(
                connection,
                ll.ConnectionUpdateInd(
                    command.connection_interval_max,
                    command.max_latency,
                    command.supervision_timeout,
                ),
            )
        super().on_hci_le_connection_update_command(command)

    @staticmethod
    def _update(connection: VirtualConnection, update: ll.ConnectionUpdateInd) -> None:
        link = connection.radio_link
        if link is not None:
            link.interval = update.interval
            link.latency = update.latency
            link.supervision_timeout = update.timeout

    def on_hci_disconnect_command(self, command: hci.HCI_Disconnect_Command) -> None:
        """End a connection; each side hears whose doing it was (Vol 4 Part E §7.1.6)."""
        connection = self.connection(command.connection_handle)
        if connection is None:
            self._send_hci_command_status(
                hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, command.op_code
            )
            return
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        connection.send_ll_control_pdu(ll.TerminateInd(command.reason))
        self.on_le_disconnected(
            connection, hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
        )

    def on_le_disconnected(self, connection: stock.Connection, reason: int) -> None:
        """End this side of a connection. A side that has ended already stays as it is."""
        end = cast("VirtualConnection", connection)
        if end.is_open:
            super().on_le_disconnected(end, reason)
            self.air.closed(end)

    def connection(self, handle: int) -> VirtualConnection | None:
        """Return the open connection of that handle."""
        return cast("VirtualConnection | None", self.find_le_connection_by_handle(handle))
