"""The scanner that bleak is given."""

from __future__ import annotations

import contextvars
from typing import Any, ClassVar

from bleak.backends.scanner import AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import BleakError

from babyn_simulator.bleak_backend.adapter import Adapter
from babyn_simulator.bleak_backend.errors import call_back
from babyn_simulator.bleak_backend.profiles import CentralProfile
from babyn_simulator.bleak_backend.scanning import Sighting


class BumbleScanner(BaseBleakScanner):
    """A bleak scanner on a bumble device.

    Every report is passed on, so a scan response shows up as a second one. ``BLEDevice.address``
    is the identity address of a bonded peer, even if it uses private addresses. ``details`` is
    the address that was on the air, as bumble's ``Address``: with its type.
    """

    adapter: ClassVar[Adapter]
    profile: ClassVar[CentralProfile] = CentralProfile()

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str = "active",
        **_platform: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self.active = scanning_mode != "passive"
        self._scanning = False
        self._context = contextvars.copy_context()

    async def start(self) -> None:
        """Start scanning.

        Raises:
            BleakError: if this scanner is scanning, or the controller refuses.
            BleakBluetoothNotAvailableError: if the radio is off.
        """
        if self._scanning:
            raise BleakError("the scanner is scanning already; stop it first")
        self.seen_devices = {}
        self._context = contextvars.copy_context()
        self._scanning = True
        try:
            await self.adapter.scans.start(self)
        except BaseException:
            self._scanning = False
            raise

    async def stop(self) -> None:
        """Stop scanning. Harmless if the scan ended by itself, or never began."""
        self._scanning = False
        await self.adapter.scans.stop(self)

    def on_adapter_off(self) -> None:
        """End, because the radio went off. ``start()`` begins anew once it is back."""
        self._scanning = False

    def on_sighting(self, sighting: Sighting) -> None:
        """Report a peer to the program."""
        data = sighting.advertisement_data()
        if not self.is_allowed_uuid(data.service_uuids):
            return
        address = self.adapter.name_of(sighting.address, self.profile)
        device = self.create_or_update_device(
            address, address, data.local_name, sighting.on_air, data
        )
        device.details = sighting.on_air
        call_back(self._context, self.call_detection_callbacks, device, data)
