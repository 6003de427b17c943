"""A Bluetooth LE controller in software, on the :class:`~babyn_simulator.radio.Air`.

It is bumble's virtual controller with the parts replaced that do not behave as a controller
does: scan responses, advertising types and intervals, RSSI, cancelled connects, connection
parameters, reset, and what happens when a host asks for what is not there.
"""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

from typing import Any

from bumble import hci

from babyn_simulator.controller import capabilities
from babyn_simulator.controller.advertising import AdvertisingSet, LegacyAdvertiser
from babyn_simulator.controller.encryption import EncryptingController
from babyn_simulator.controller.scanning import ScanningController
from babyn_simulator.radio import Position, air_time

TRANSMIT_POWER = 0
"""In dBm."""

ALL_CHANNELS = ((1 << 37) - 1).to_bytes(5, "little")
LEAST_CHANNELS = 2
"""Of the 37 data channels, one bit each, as a host or a link may use them."""


class VirtualController(ScanningController, EncryptingController):
    """A controller on the air. Its host talks HCI to it, as to a chip."""

    _channel_map = ALL_CHANNELS
    hci_version = lmp_version = capabilities.VERSION
    le_features = capabilities.FEATURES
    le_acl_data_packet_length = air_time.MOST_OCTETS
    supported_max_tx_octets = air_time.MOST_OCTETS
    supported_max_rx_octets = air_time.MOST_OCTETS
    supported_max_tx_time = air_time.MOST_TIME
    supported_max_rx_time = air_time.MOST_TIME

    @property
    def position(self) -> Position:
        """Where the controller is, in metres. Moving it may end its links."""
        return self._position

    @position.setter
    def position(self, position: Position) -> None:
        self._position = position
        self.air.moved(self)

    def fall_silent(self) -> None:
        """Stop everything on the air at once. The host is told nothing, nor are the peers."""
        self.le_legacy_advertiser.stop()
        for advertising_set in self.advertising_sets.values():
            advertising_set.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.air.set_listening(self, False)
        for connection in self.links():
            del self.le_connections[connection.peer_address]
            connection.is_open = False
            link = connection.radio_link
            if link is not None:
                link.lose()
                link.on_closed(connection)

    def leave(self) -> None:
        """Leave the air for good; the host gets no answer any more."""
        self.air.remove_controller(self)
        self.hci_sink = None

    def on_hci_reset_command(self, _command: Any) -> hci.HCI_StatusReturnParameters:
        """Forget everything, as after power-up (Vol 4 Part E §7.3.2)."""
        self.fall_silent()
        self.advertising_sets.clear()
        self.le_legacy_advertiser = LegacyAdvertiser(self)
        self._random_address = hci.Address.ANY_RANDOM
        self._channel_map = ALL_CHANNELS
        self._p256_key = None
        self.forget_devices()
        self.le_address_resolution = False
        self._extended_scan = self._active_scan = False
        self._reported.clear()
        self.event_mask = self.event_mask_page_2 = self.le_event_mask = 0
        self.suggested_max_tx_octets = air_time.LEAST_OCTETS
        self.suggested_max_tx_time = air_time.LEAST_TIME
        self.default_phy = dict.fromkeys(self.default_phy, 0)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_read_rssi_command(self, command: Any) -> hci.HCI_Read_RSSI_ReturnParameters:
        """Return how well the peer is heard (Vol 4 Part E §7.5.4)."""
        rssi: int | None = None
        status = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
        connection = self.connection(command.handle)
        if connection is not None and connection.radio_link is not None:
            status = hci.HCI_ErrorCode.SUCCESS
            rssi = self.air.rssi(connection.radio_link.other(connection).owner, self)
        return hci.HCI_Read_RSSI_ReturnParameters(
            status=status, handle=command.handle, rssi=127 if rssi is None else rssi
        )

    def on_hci_read_transmit_power_level_command(self, command: hci.HCI_Command) -> None:
        """Return the transmit power of a connection, in dBm (Vol 4 Part E §7.3.35)."""
        handle = command.parameters[:2]
        status = hci.HCI_ErrorCode.SUCCESS
        if self.connection(int.from_bytes(handle, "little")) is None:
            status = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
        self.complete(command.op_code, status, handle + bytes([TRANSMIT_POWER]))

    def on_hci_le_set_host_channel_classification_command(self, command: hci.HCI_Command) -> None:
        """Note which channels the host would use (Vol 4 Part E §7.8.19)."""
        if int.from_bytes(command.parameters, "little").bit_count() < LEAST_CHANNELS:
            self.complete(command.op_code, hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR)
            return
        self._channel_map = command.parameters
        self.complete(command.op_code, hci.HCI_ErrorCode.SUCCESS)

    def on_hci_le_read_channel_map_command(self, command: hci.HCI_Command) -> None:
        """Return the channels of a connection: those that the host left (Vol 4 Part E §7.8.20)."""
        status = hci.HCI_ErrorCode.SUCCESS
        if self.connection(int.from_bytes(command.parameters, "little")) is None:
            status = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
        self.complete(command.op_code, status, command.parameters + self._channel_map)

    # Advertising

    def on_hci_le_set_extended_advertising_enable_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Start or stop advertising sets that are there (Vol 4 Part E §7.8.56)."""
        known = self.advertising_sets
        wanted = command.advertising_handles
        if any(handle not in known or known[handle].parameters is None for handle in wanted):
            return hci.HCI_StatusReturnParameters(
                hci.HCI_ErrorCode.UNKNOWN_ADVERTISING_IDENTIFIER_ERROR
            )
        return super().on_hci_le_set_extended_advertising_enable_command(command)

    def on_hci_le_set_advertising_set_random_address_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Set the address of an advertising set (Vol 4 Part E §7.8.52)."""
        self._ensure_advertising_set(command.advertising_handle)
        return super().on_hci_le_set_advertising_set_random_address_command(command)

    def on_hci_le_set_extended_advertising_parameters_command(
        self, command: Any
    ) -> hci.HCI_LE_Set_Extended_Advertising_Parameters_ReturnParameters:
        """Set the parameters of an advertising set (Vol 4 Part E §7.8.53)."""
        self._ensure_advertising_set(command.advertising_handle)
        return super().on_hci_le_set_extended_advertising_parameters_command(command)

    def _ensure_advertising_set(self, handle: int) -> None:
        if handle not in self.advertising_sets:
            self.advertising_sets[handle] = AdvertisingSet(self, handle)


VirtualController.supported_commands = capabilities.carried_out(VirtualController)
