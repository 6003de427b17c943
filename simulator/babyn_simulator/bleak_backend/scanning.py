"""Scans: several scanners on one adapter, and the two halves of an advertisement."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError
from bumble import hci

from babyn_simulator.bleak_backend import advertised
from babyn_simulator.bleak_backend.advertised import Advertised
from babyn_simulator.bleak_backend.bumble_types import emitter
from babyn_simulator.bleak_backend.dialects import scan_in_progress
from babyn_simulator.bleak_backend.errors import as_bleak_errors
from babyn_simulator.bleak_backend.peers import address_text
from babyn_simulator.bleak_backend.recent import keep

if TYPE_CHECKING:
    from babyn_simulator.bleak_backend.adapter import Adapter

Report: TypeAlias = (
    hci.HCI_LE_Advertising_Report_Event.Report | hci.HCI_LE_Extended_Advertising_Report_Event.Report
)
"""A controller's report, of either kind."""

_EXTENDED = hci.HCI_LE_Extended_Advertising_Report_Event
_SCAN_RESPONSE: Final = int(_EXTENDED.EventType.SCAN_RESPONSE)
_LEGACY: Final = int(_EXTENDED.EventType.LEGACY_ADVERTISING_PDU_USED)
_SCAN_RSP: Final = hci.HCI_LE_Advertising_Report_Event.EventType.SCAN_RSP

_MAX_DATA: Final = 1650
"""Bytes of the longest advertisement that a controller reports in fragments."""


@dataclass(slots=True)
class Peer:
    """What was heard of one peer since the scan began."""

    data: bytes = b""
    scan_response: bytes = b""
    fragments: bytes = b""
    _read: tuple[bytes, bytes, Advertised] | None = None

    def advertised(self) -> Advertised:
        """Return what it says; read again only if it says something else."""
        data, scan_response = self.data, self.scan_response
        if self._read is None or self._read[0] != data or self._read[1] != scan_response:
            self._read = data, scan_response, advertised.read(data, scan_response)
        return self._read[2]


@dataclass(slots=True, frozen=True)
class RawAdvertisement:
    """What was heard, byte for byte: the second item of bleak's ``platform_data``."""

    advertising_data: bytes
    scan_response: bytes
    """Empty if none was heard."""
    address_type: str
    """``public`` or ``random``, as on the air."""


@dataclass(slots=True, frozen=True)
class Sighting:
    """One report of a peer, together with what was heard of it before."""

    address: hci.Address
    """Its identity if it is bonded and uses private addresses, else as on the air."""

    on_air: hci.Address
    peer: Peer
    rssi: int
    tx_power: int | None
    report: Report
    """As the controller gave it."""

    def advertisement_data(self) -> AdvertisementData:
        """Merge the advertisement and the scan response, as operating systems do."""
        said = self.peer.advertised()
        return AdvertisementData(
            local_name=said.local_name,
            manufacturer_data=dict(said.manufacturer_data),
            service_data=dict(said.service_data),
            service_uuids=list(said.service_uuids),
            tx_power=self.tx_power if said.tx_power is None else said.tx_power,
            rssi=self.rssi,
            platform_data=(
                self.report,
                RawAdvertisement(
                    self.peer.data,
                    self.peer.scan_response,
                    "public" if self.on_air.is_public else "random",
                ),
            ),
        )


class Scan(Protocol):
    """One who wants to hear advertisements."""

    active: bool

    def on_sighting(self, sighting: Sighting) -> None:
        """Take a report. May not raise."""
        ...

    def on_adapter_off(self) -> None:
        """Take note that the scan ended by itself. May not raise."""
        ...


class Scans:
    """The scans of one adapter. It scans as long as one is left, actively if one wants that."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._scans: dict[Scan, None] = {}
        self._active: bool | None = None  # None: not scanning
        self._settling = asyncio.Lock()
        self._peers: dict[hci.Address, Peer] = {}
        self._heard: dict[str, hci.Address] = {}

    def heard_as(self, text: str) -> hci.Address | None:
        """Return the address under which a scan last heard this peer, with its type."""
        return self._heard.get(self._adapter.peers.address_of(text))

    async def start(self, scan: Scan, *, alone: bool = False) -> None:
        """Begin to report to a scan.

        Args:
            scan: who wants to hear.
            alone: whether another scan is in the way of this one.

        Raises:
            BleakDBusError: if another scan is in the way.
            BleakError: if the controller refuses.
            BleakBluetoothNotAvailableError: if the radio is off.
        """
        if alone and self._scans:
            raise scan_in_progress()
        self._scans[scan] = None
        try:
            await self._adapter.finish(self._settle())
            self._adapter.require_on()
        except BaseException:
            with contextlib.suppress(BleakError):
                await self.stop(scan)
            raise

    async def stop(self, scan: Scan) -> None:
        """Stop reporting to a scan. Harmless if it is over already.

        Raises:
            BleakError: if the controller refuses to stop.
        """
        if scan in self._scans:
            del self._scans[scan]
            await self._adapter.finish(self._settle())

    async def _settle(self) -> None:
        """Make the controller do what is wanted now. Never cut short."""
        device = self._adapter.device
        async with self._settling:
            wanted = any(scan.active for scan in self._scans) if self._scans else None
            if wanted == self._active or not device.powered_on:
                return
            with as_bleak_errors("scanning"):
                if self._active is not None:
                    await device.stop_scanning()
                    self._forget_scan()
                if wanted is not None and device.powered_on:
                    device.host.on("advertising_report", self._on_report)
                    self._active = wanted
                    try:
                        await device.start_scanning(active=wanted)
                    except BaseException:
                        self._forget_scan()
                        raise

    def _forget_scan(self) -> None:
        if self._active is not None:
            self._active = None
            host = emitter(self._adapter.device.host)
            host.remove_listener("advertising_report", self._on_report)
        if not self._scans:
            self._peers.clear()

    def on_adapter_off(self) -> None:
        """End all scans, as the radio has done."""
        scans, self._scans = list(self._scans), {}
        self._forget_scan()
        self._adapter.device.scanning = False
        for scan in scans:
            scan.on_adapter_off()

    def _on_report(self, report: Report) -> None:
        on_air = report.address
        if isinstance(report, _EXTENDED.Report):
            if on_air.address_type == hci.AddressType.ANONYMOUS:
                return
            event_type = report.event_type
            is_response = bool(event_type & _SCAN_RESPONSE)
            more_to_come = event_type >> 5 & 3 == _EXTENDED.DATA_INCOMPLETE_MORE_TO_COME
            tx_power = None if event_type & _LEGACY else report.tx_power
        else:
            is_response = report.event_type == _SCAN_RSP
            more_to_come, tx_power = False, None
        peer = self._peers.get(on_air)
        if peer is None:
            peer = self._peers[on_air] = Peer()
        # Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.7.65.13: long data comes
        # in fragments, each but the last marked as incomplete.
        data = peer.fragments + report.data
        if more_to_come:
            peer.fragments = data[:_MAX_DATA]
            return
        peer.fragments = b""
        if is_response:
            peer.scan_response = data
        else:
            peer.data = data
        address = self._adapter.identity_of(on_air)
        self._remember(address, on_air)
        sighting = Sighting(
            address=address,
            on_air=on_air,
            peer=peer,
            rssi=-127 if report.rssi == _EXTENDED.RSSI_NOT_AVAILABLE else report.rssi,
            tx_power=None if tx_power == _EXTENDED.TX_POWER_INFORMATION_NOT_AVAILABLE else tx_power,
            report=report,
        )
        for scan in list(self._scans):
            scan.on_sighting(sighting)

    def _remember(self, address: hci.Address, on_air: hci.Address) -> None:
        key = address_text(address.address_bytes)
        if self._heard.get(key) is on_air:
            return
        keep(self._heard, key, on_air)
