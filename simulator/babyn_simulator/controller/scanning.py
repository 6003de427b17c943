"""Listening for advertisements, and what the host is told of them."""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bumble import hci

from babyn_simulator import hci_packets
from babyn_simulator.controller import advertising
from babyn_simulator.controller.addressing import AddressingController
from babyn_simulator.controller.advertising import Advertiser
from babyn_simulator.controller.link_layer import CreateConnection

if TYPE_CHECKING:
    from babyn_simulator.controller.virtual_controller import VirtualController

REPORT_DATA = 229
"""Octets of advertising data in one extended advertising report (Vol 4 Part E §7.7.65.13)."""

FILTERED = 0x01
"""Of a filter policy: only what the filter accept list has (Vol 4 Part E §7.8.10, §7.8.12)."""

_LEGACY_EVENT_TYPES = {
    advertising.CONNECTABLE | advertising.SCANNABLE: 0,
    advertising.CONNECTABLE | advertising.DIRECTED: 1,
    advertising.SCANNABLE: 2,
    0: 3,
    advertising.SCAN_RESPONSE | advertising.CONNECTABLE | advertising.SCANNABLE: 4,
    advertising.SCAN_RESPONSE | advertising.SCANNABLE: 4,
}


class ScanningController(AddressingController):
    """The part of a controller that scans, and that waits for a peer to connect to."""

    _extended_scan = False
    _active_scan = False

    def on_hci_le_set_scan_enable_command(self, command: Any) -> hci.HCI_StatusReturnParameters:
        """Start or stop scanning, the legacy way (Vol 4 Part E §7.8.11)."""
        result = super().on_hci_le_set_scan_enable_command(command)
        self._extended_scan = False
        self._active_scan = self.le_scan_type == 1
        self._scan_changed()
        return result

    def on_hci_le_set_extended_scan_parameters_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Set how to scan (Vol 4 Part E §7.8.64)."""
        self._active_scan = any(int(scan_type) == 1 for scan_type in command.scan_types)
        return super().on_hci_le_set_extended_scan_parameters_command(command)

    def on_hci_le_set_extended_scan_enable_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Start or stop scanning, the extended way (Vol 4 Part E §7.8.65)."""
        result = super().on_hci_le_set_extended_scan_enable_command(command)
        self._extended_scan = True
        self._scan_changed()
        return result

    def _scan_changed(self) -> None:
        self._reported.clear()
        self.listening_changed()

    def on_advertising_event(self, advertiser: Advertiser, rssi: int) -> None:
        """Hear one advertising event.

        Args:
            advertiser: whose.
            rssi: how well, in dBm.
        """
        sender = advertiser.own_address
        identity = self.identify(sender)
        properties, _, target, _ = advertiser.settings
        if identity is None or (target is not None and not self.is_meant(target)):
            return
        if self.le_scan_enable and self._hears(identity):
            self._report(advertiser, identity, properties, advertiser.content, rssi)
            if (
                self._active_scan
                and properties & advertising.SCANNABLE
                and self.air.answers(advertiser.owner, cast("VirtualController", self))
            ):
                own = self.own_address(self.le_scan_own_address_type, peer=identity)
                if advertiser.answers(own, advertising.FILTER_SCANS):
                    response = properties | advertising.SCAN_RESPONSE
                    self._report(advertiser, identity, response, advertiser.scan_response, rssi)
        pending = self.pending_le_connection
        if (
            pending is not None
            and properties & advertising.CONNECTABLE
            and self._wants(pending, identity)
            and sender not in self.le_connections
        ):
            own = self.own_address(int(pending.own_address_type), peer=identity)
            if advertiser.answers(own, advertising.FILTER_CONNECTS):
                self.initiate(pending, advertiser, own)

    def _hears(self, identity: hci.Address) -> bool:
        return not self.le_scanning_filter_policy & FILTERED or self.accepts(identity)

    def _wants(self, pending: CreateConnection, identity: hci.Address) -> bool:
        if pending.initiator_filter_policy == FILTERED:
            return self.accepts(identity)
        return pending.peer_address == identity

    def _report(
        self, advertiser: Advertiser, address: hci.Address, event_type: int, data: bytes, rssi: int
    ) -> None:
        if self.filter_duplicates:
            key = (bytes(address), event_type)
            if key in self._reported:
                return
            self._reported.add(key)
        if self._extended_scan:
            self._report_extended(advertiser, address, event_type, data, rssi)
        elif event_type & advertising.LEGACY:
            kind = _LEGACY_EVENT_TYPES[event_type & ~advertising.LEGACY]
            self.send_packet(hci_packets.legacy_report(kind, address, data, rssi))

    def _report_extended(
        self,
        advertiser: Advertiser,
        address: hci.Address,
        event_type: int,
        data: bytes,
        rssi: int,
    ) -> None:
        _, _, target, sid = advertiser.settings
        for offset in range(0, len(data) or 1, REPORT_DATA):
            incomplete = 0x20 if offset + REPORT_DATA < len(data) else 0
            self.send_packet(
                hci_packets.extended_report(
                    event_type | incomplete,
                    address,
                    data[offset : offset + REPORT_DATA],
                    rssi,
                    secondary_phy=0 if event_type & advertising.LEGACY else hci.Phy.LE_1M,
                    sid=sid,
                    target=hci.Address.ANY if target is None else target,
                )
            )
