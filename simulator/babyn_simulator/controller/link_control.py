"""Link-layer control procedures: parameters, data length, PHY, features and version of a link.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §5.1. Their PDUs travel in the
connection events of the link, between the data.
"""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bumble import hci, ll

from babyn_simulator.controller.attachment import AttachedController
from babyn_simulator.controller.connection import VirtualConnection
from babyn_simulator.radio import air_time
from babyn_simulator.radio.control_pdus import (
    ConnectionParamReq,
    LengthReq,
    LengthRsp,
    PhyReq,
    PhyRsp,
    PhyUpdateInd,
    VersionInd,
)

if TYPE_CHECKING:
    from babyn_simulator.radio import Link

_PHY_1M = 0x01
_PHY_2M = 0x02
_PHYS = _PHY_1M | _PHY_2M
"""PHYs as the bits of a preference (Vol 4 Part E §7.8.48)."""


class LinkControlController(AttachedController):
    """The part of a controller that negotiates with the other end of a link."""

    def connection(self, handle: int) -> VirtualConnection | None:
        """Return the open connection of that handle."""
        return cast("VirtualConnection | None", self.find_le_connection_by_handle(handle))

    def _pending(self, command: Any) -> VirtualConnection | None:
        """Answer an asynchronous command for a connection, and return that."""
        connection = self.connection(command.connection_handle)
        self._send_hci_command_status(
            hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
            if connection is None
            else hci.HCI_COMMAND_STATUS_PENDING,
            command.op_code,
        )
        return connection

    def on_ll_control_pdu(self, sender_address: hci.Address, packet: ll.ControlPdu) -> None:
        """Take a link-layer control PDU; one for a connection that is gone is ignored."""
        connection = cast("VirtualConnection | None", self.le_connections.get(sender_address))
        if connection is None:
            return
        match packet:
            case ll.ConnectionUpdateInd() | PhyUpdateInd():
                pass  # it takes effect at its instant
            case ConnectionParamReq():
                update = ll.ConnectionUpdateInd(packet.interval, packet.latency, packet.timeout)
                connection.send_ll_control_pdu(update)
            case LengthReq():
                self._on_length(connection, packet)
            case PhyReq():
                self._on_phy(connection, packet)
            case VersionInd():
                self._on_version(connection, packet)
            case _:
                super().on_ll_control_pdu(sender_address, packet)

    def on_instant(
        self, connection: VirtualConnection, update: ll.ConnectionUpdateInd | PhyUpdateInd
    ) -> None:
        """Tell the host that an announced change has taken effect."""
        if isinstance(update, ll.ConnectionUpdateInd):
            self.send_hci_packet(
                hci.HCI_LE_Connection_Update_Complete_Event(
                    status=hci.HCI_ErrorCode.SUCCESS,
                    connection_handle=connection.handle,
                    connection_interval=update.interval,
                    peripheral_latency=update.latency,
                    supervision_timeout=update.timeout,
                )
            )
            return
        asked = update.asked_by_peripheral == (connection.role == hci.Role.PERIPHERAL)
        if asked or update.phy_c_to_p or update.phy_p_to_c:
            self._tell_phy(connection)

    # Connection parameters

    def on_hci_le_connection_update_command(
        self, command: hci.HCI_LE_Connection_Update_Command
    ) -> None:
        """Change the parameters of a connection (Vol 4 Part E §7.8.18).

        The central announces it; a peripheral asks the central to, which always agrees.
        """
        connection = self._pending(command)
        if connection is None:
            return
        kind = ll.ConnectionUpdateInd if connection.role == hci.Role.CENTRAL else ConnectionParamReq
        connection.send_ll_control_pdu(
            kind(command.connection_interval_max, command.max_latency, command.supervision_timeout)
        )

    # Data length

    def on_hci_le_set_data_length_command(
        self, command: Any
    ) -> hci.HCI_StatusAndConnectionHandleReturnParameters:
        """Ask for longer or shorter PDUs (Vol 4 Part E §7.8.33)."""
        connection = self.connection(command.connection_handle)
        status = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
        if connection is not None:
            status = hci.HCI_ErrorCode.SUCCESS
            self._ask_length(connection, command.tx_octets, command.tx_time)
        return hci.HCI_StatusAndConnectionHandleReturnParameters(
            status=status, connection_handle=command.connection_handle
        )

    def begin_procedures(self, connection: VirtualConnection) -> None:
        """Ask for what the host prefers of every new connection (Vol 6 Part B §4.5.10)."""
        octets, time = self.suggested_max_tx_octets, self.suggested_max_tx_time
        connection.max_tx_octets, connection.max_tx_time = octets, time
        if connection.role == hci.Role.PERIPHERAL and connection.radio_link is not None:
            central = connection.radio_link.other(connection)
            if central.max_tx_octets > air_time.LEAST_OCTETS:
                return  # the central asks already, and the answer will say it
        if octets > air_time.LEAST_OCTETS:
            self._ask_length(connection, octets, time)

    def _ask_length(self, connection: VirtualConnection, octets: int, time: int) -> None:
        connection.max_tx_octets = min(octets, self.supported_max_tx_octets)
        connection.max_tx_time = min(time, self.supported_max_tx_time)
        connection.send_ll_control_pdu(LengthReq(*self._lengths(connection)))

    def _lengths(self, connection: VirtualConnection) -> tuple[int, int, int, int]:
        return (
            self.supported_max_rx_octets,
            self.supported_max_rx_time,
            connection.max_tx_octets,
            connection.max_tx_time,
        )

    def _on_length(self, connection: VirtualConnection, packet: LengthReq) -> None:
        if not isinstance(packet, LengthRsp):
            connection.send_ll_control_pdu(LengthRsp(*self._lengths(connection)))
        lengths = (
            min(connection.max_tx_octets, packet.max_rx_octets),
            min(connection.max_tx_time, packet.max_rx_time),
            min(self.supported_max_rx_octets, packet.max_tx_octets),
            min(self.supported_max_rx_time, packet.max_tx_time),
        )
        if lengths == connection.effective_lengths:
            return
        connection.effective_lengths = lengths
        self._fit_pdus(connection)
        self.send_hci_packet(hci.HCI_LE_Data_Length_Change_Event(connection.handle, *lengths))

    @staticmethod
    def _fit_pdus(connection: VirtualConnection) -> None:
        link = connection.radio_link
        if link is not None:
            side = link.side(connection)
            octets, time, _, _ = connection.effective_lengths
            side.tx_octets = min(octets, air_time.octets_within(time, side.tx_phy))

    # PHY

    def on_hci_le_set_phy_command(self, command: hci.HCI_LE_Set_PHY_Command) -> None:
        """Ask for other PHYs (Vol 4 Part E §7.8.49)."""
        connection = self._pending(command)
        if connection is not None:
            wish = _phy_bits(command.all_phys, command.tx_phys, command.rx_phys)
            connection.asked_phys = wish
            connection.send_ll_control_pdu(PhyReq(*wish))

    def on_hci_le_read_phy_command(self, command: Any) -> hci.HCI_LE_Read_PHY_ReturnParameters:
        """Return the PHYs of a connection (Vol 4 Part E §7.8.47)."""
        connection = self.connection(command.connection_handle)
        link = None if connection is None else connection.radio_link
        if connection is None or link is None:
            status = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
            tx_phy = rx_phy = air_time.LE_1M
        else:
            status = hci.HCI_ErrorCode.SUCCESS
            tx_phy, rx_phy = _phys(link, connection)
        return hci.HCI_LE_Read_PHY_ReturnParameters(
            status=status,
            connection_handle=command.connection_handle,
            tx_phy=hci.Phy(tx_phy),
            rx_phy=hci.Phy(rx_phy),
        )

    def _on_phy(self, connection: VirtualConnection, packet: PhyReq) -> None:
        default = self.default_phy
        mine = _phy_bits(default["all_phys"], default["tx_phys"], default["rx_phys"])
        if connection.role == hci.Role.PERIPHERAL:
            connection.send_ll_control_pdu(PhyRsp(*mine))
            return
        link = connection.radio_link
        if link is None:
            return
        answers = isinstance(packet, PhyRsp)
        if answers and connection.asked_phys is not None:
            mine, connection.asked_phys = connection.asked_phys, None
        tx_phy, rx_phy = _phys(link, connection)
        connection.send_ll_control_pdu(
            PhyUpdateInd(
                _changed(tx_phy, mine[0] & packet.rx_phys),
                _changed(rx_phy, mine[1] & packet.tx_phys),
                asked_by_peripheral=not answers,
            )
        )

    def _tell_phy(self, connection: VirtualConnection) -> None:
        self._fit_pdus(connection)
        link = connection.radio_link
        if link is None:
            return
        tx_phy, rx_phy = _phys(link, connection)
        self.send_hci_packet(
            hci.HCI_LE_PHY_Update_Complete_Event(
                status=hci.HCI_ErrorCode.SUCCESS,
                connection_handle=connection.handle,
                tx_phy=tx_phy,
                rx_phy=rx_phy,
            )
        )

    # Version

    def on_hci_read_remote_version_information_command(
        self, command: hci.HCI_Read_Remote_Version_Information_Command
    ) -> None:
        """Ask the peer which link layer it has (Vol 4 Part E §7.1.23)."""
        connection = self._pending(command)
        if connection is None:
            return
        if connection.peer_version is not None:
            self._tell_version(connection, connection.peer_version)
            return
        connection.version_awaited = True
        self._send_version(connection)

    def _send_version(self, connection: VirtualConnection) -> None:
        if not connection.version_sent:  # once in the life of a connection (§5.1.5)
            connection.version_sent = True
            connection.send_ll_control_pdu(
                VersionInd(
                    self.lmp_version, self.manufacturer_company_identifier, self.lmp_subversion
                )
            )

    def _on_version(self, connection: VirtualConnection, packet: VersionInd) -> None:
        connection.peer_version = packet
        self._send_version(connection)
        if connection.version_awaited:
            connection.version_awaited = False
            self._tell_version(connection, packet)

    def _tell_version(self, connection: VirtualConnection, version: VersionInd) -> None:
        self.send_hci_packet(
            hci.HCI_Read_Remote_Version_Information_Complete_Event(
                status=hci.HCI_ErrorCode.SUCCESS,
                connection_handle=connection.handle,
                version=version.version,
                manufacturer_name=version.company,
                subversion=version.subversion,
            )
        )


def _phy_bits(all_phys: int, tx_phys: int, rx_phys: int) -> tuple[int, int]:
    """Return which PHYs a host would send and receive on: any, where it has no preference."""
    return (
        _PHYS if all_phys & 1 or not tx_phys else tx_phys & _PHYS,
        _PHYS if all_phys & 2 or not rx_phys else rx_phys & _PHYS,
    )


def _changed(phy: int, allowed: int) -> int:
    """Return the PHY to change to, of those that both sides allow; 0 to stay."""
    chosen = air_time.LE_2M if allowed & _PHY_2M else air_time.LE_1M if allowed else phy
    return 0 if chosen == phy else chosen


def _phys(link: Link, connection: VirtualConnection) -> tuple[int, int]:
    """Return the PHYs that one end sends and receives on."""
    return link.side(connection).tx_phy, link.side(link.other(connection)).tx_phy
