"""The scanner that bleak is given."""

from __future__ import annotations

import contextvars
from typing import Any, ClassVar

from bleak.args.bluez import OrPatternLike
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import BleakError

from babyn_simulator.bleak_backend.adapter import Adapter
from babyn_simulator.bleak_backend.advertised import structures
from babyn_simulator.bleak_backend.errors import call_back
from babyn_simulator.bleak_backend.profiles import CentralProfile, PassiveScan
from babyn_simulator.bleak_backend.scanning import Sighting


class BumbleScanner(BaseBleakScanner):
    """A bleak scanner on a bumble device.

    Every report is passed on, so a scan response shows up as a second one. ``BLEDevice.address``
    is the identity address of a bonded peer, even if it uses private addresses. ``details`` is
    the address that was on the air, as bumble's ``Address``: with its type. A profile may change
    all of this but ``details``.
    """

    adapter: ClassVar[Adapter]
    profile: ClassVar[CentralProfile] = CentralProfile()

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str = "active",
        **platform: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self.active = scanning_mode != "passive"
        self._patterns: list[OrPatternLike] = []
        self._choose_mode(platform.get("bluez", {}).get("or_patterns") or [])
        self._reported: dict[str, AdvertisementData] = {}
        self._scanning = False
        self._context = contextvars.copy_context()

    def _choose_mode(self, patterns: list[OrPatternLike]) -> None:
        """Do with the wish for a passive scan what the profile does."""
        match self.profile.passive_scan:
            case PassiveScan.ALWAYS:
                self.active = False
            case PassiveScan.REFUSED if not self.active:
                raise BleakError("passive scanning is not supported")
            case PassiveScan.NEEDS_PATTERNS if not self.active:
                if not patterns:
                    raise BleakError("passive scanning mode requires bluez or_patterns")
                self._patterns = patterns
            case _:
                pass

    async def start(self) -> None:
        """Start scanning.

        Raises:
            BleakError: if this scanner is scanning, or the controller refuses.
            BleakDBusError: if another scanner is scanning, where there can be only one.
            BleakBluetoothNotAvailableError: if the radio is off.
        """
        if self._scanning:
            raise BleakError("the scanner is scanning already; stop it first")
        self.seen_devices = {}
        self._reported = {}
        self._context = contextvars.copy_context()
        self._scanning = True
        try:
            await self.adapter.scans.start(self, alone=self.profile.one_scan)
        except BaseException:
            self._scanning = False
            raise
        # bleak's iterators listen from here on: what they have missed is still news to them.
        self._reported = {}

    async def stop(self) -> None:
        """Stop scanning. Harmless if the scan ended by itself, or never began."""
        self._scanning = False
        await self.adapter.scans.stop(self)

    def on_adapter_off(self) -> None:
        """End, because the radio went off. ``start()`` begins anew once it is back."""
        self._scanning = False

    def on_sighting(self, sighting: Sighting) -> None:
        """Report a peer to the program."""
        if self._patterns and not _matches(self._patterns, sighting.peer.data):
            return
        peers = self.adapter.peers
        data = peers.heard(sighting.address, sighting.advertisement_data(), self.profile)
        if not self.is_allowed_uuid(data.service_uuids):
            return
        address = peers.name_of(sighting.address, self.profile)
        news = self._news(address, data)
        if news is None:
            return
        name = peers.device_name(sighting.address) if self.profile.gap_names else None
        device = self.create_or_update_device(
            address, address, name or news.local_name, sighting.on_air, news
        )
        device.details = sighting.on_air
        call_back(self._context, self.call_detection_callbacks, device, news)

    def _news(self, address: str, data: AdvertisementData) -> AdvertisementData | None:
        """Return what is worth a report; ``None`` if nothing of it is new."""
        step, last = self.profile.rssi_step, self._reported.get(address)
        if step is None:
            return data
        if last is not None and abs(data.rssi - last.rssi) < step:
            if _content(data) == _content(last):
                return None
            data = data._replace(rssi=last.rssi)
        self._reported[address] = data
        return data


def _content(data: AdvertisementData) -> AdvertisementData:
    return data._replace(rssi=0, platform_data=())


def _matches(patterns: list[OrPatternLike], data: bytes) -> bool:
    """Tell whether advertising data has one of the patterns: where, in which structure, what."""
    return any(
        kind == wanted and value[start : start + len(content)] == content
        for kind, value in structures(data)
        for start, wanted, content in patterns
    )
