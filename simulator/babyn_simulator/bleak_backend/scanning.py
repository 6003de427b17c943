"""Scans: several scanners on one adapter, and the two halves of an advertisement."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_16, normalize_uuid_32
from bumble import hci
from bumble.device import Advertisement

from babyn_simulator.bleak_backend.bumble_types import ADVERTISEMENT, emitter
from babyn_simulator.bleak_backend.dialects import scan_in_progress
from babyn_simulator.bleak_backend.errors import as_bleak_errors
from babyn_simulator.bleak_backend.recent import keep

if TYPE_CHECKING:
    from babyn_simulator.bleak_backend.adapter import Adapter

_UUID_LISTS: Final = {0x02: 2, 0x03: 2, 0x04: 4, 0x05: 4, 0x06: 16, 0x07: 16}
_SERVICE_DATA: Final = {0x16: 2, 0x20: 4, 0x21: 16}
_SHORTENED_NAME: Final = 0x08
_COMPLETE_NAME: Final = 0x09
_TX_POWER: Final = 0x0A
_MANUFACTURER_DATA: Final = 0xFF

_MAX_DATA: Final = 1650
"""Bytes of the longest advertisement that a controller reports in fragments."""


def uuid_text(raw: bytes) -> str:
    """Return a UUID in bleak's spelling from 2, 4 or 16 bytes, least significant first."""
    if len(raw) == 2:
        return normalize_uuid_16(int.from_bytes(raw, "little"))
    if len(raw) == 4:
        return normalize_uuid_32(int.from_bytes(raw, "little"))
    return str(uuid.UUID(bytes=raw[::-1]))


def structures(data: bytes) -> list[tuple[int, bytes]]:
    """Split advertising data. What is cut off at the end is left out.

    Core v6.0 - Bluetooth Core Specification - Vol 3 Part C §11
    """
    structures: list[tuple[int, bytes]] = []
    offset = 0
    while offset < len(data) and (length := data[offset]):
        end = offset + 1 + length
        if end > len(data):
            break
        structures.append((data[offset + 1], data[offset + 2 : end]))
        offset = end
    return structures


@dataclass(slots=True)
class Peer:
    """What was heard of one peer since the scan began."""

    data: bytes = b""
    scan_response: bytes = b""
    fragments: bytes = b""


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
    report: Advertisement

    def advertisement_data(self) -> AdvertisementData:
        """Merge the advertisement and the scan response, as operating systems do."""
        names: dict[int, str] = {}
        manufacturer_data: dict[int, bytes] = {}
        service_data: dict[str, bytes] = {}
        service_uuids: dict[str, None] = {}
        tx_power = self.tx_power
        for kind, value in structures(self.peer.data) + structures(self.peer.scan_response):
            if size := _UUID_LISTS.get(kind):
                for start in range(0, len(value) - size + 1, size):
                    service_uuids[uuid_text(value[start : start + size])] = None
            elif size := _SERVICE_DATA.get(kind):
                if len(value) >= size:
                    service_data[uuid_text(value[:size])] = value[size:]
            elif kind in (_SHORTENED_NAME, _COMPLETE_NAME):
                names[kind] = value.decode("utf-8", "replace")
            elif kind == _TX_POWER and len(value) == 1:
                tx_power = int.from_bytes(value, "little", signed=True)
            elif kind == _MANUFACTURER_DATA and len(value) >= 2:
                manufacturer_data[int.from_bytes(value[:2], "little")] = value[2:]
        return AdvertisementData(
            local_name=names.get(_COMPLETE_NAME) or names.get(_SHORTENED_NAME) or None,
            manufacturer_data=manufacturer_data,
            service_data=service_data,
            service_uuids=list(service_uuids),
            tx_power=tx_power,
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

    def _on_report(self, report: object) -> None:
        advertisement = ADVERTISEMENT.from_advertising_report(report)
        if advertisement is None or advertisement.is_anonymous:
            return
        on_air = advertisement.address
        peer = self._peers.setdefault(on_air, Peer())
        # Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.7.65.13: long data comes
        # in fragments, each but the last marked as incomplete.
        data = peer.fragments + advertisement.data_bytes
        if not (advertisement.is_complete or advertisement.is_truncated):
            peer.fragments = data[:_MAX_DATA]
            return
        peer.fragments = b""
        if advertisement.is_scan_response:
            peer.scan_response = data
        else:
            peer.data = data
        address = self._adapter.identity_of(on_air)
        self._remember(address, on_air)
        sighting = Sighting(
            address=address,
            on_air=on_air,
            peer=peer,
            rssi=advertisement.rssi
            if advertisement.rssi != Advertisement.RSSI_NOT_AVAILABLE
            else -127,
            tx_power=advertisement.tx_power
            if not advertisement.is_legacy
            and advertisement.tx_power != Advertisement.TX_POWER_NOT_AVAILABLE
            else None,
            report=advertisement,
        )
        for scan in list(self._scans):
            scan.on_sighting(sighting)

    def _remember(self, address: hci.Address, on_air: hci.Address) -> None:
        key = address.to_string(False)
        if self._heard.get(key) is on_air:
            return
        keep(self._heard, key, on_air)
