"""Connecting by address where that scans first."""

from __future__ import annotations

import asyncio

from bumble import hci

from babyn_simulator.bleak_backend.adapter import Adapter
from babyn_simulator.bleak_backend.dialects import not_seen
from babyn_simulator.bleak_backend.errors import powered_off
from babyn_simulator.bleak_backend.profiles import CentralProfile
from babyn_simulator.bleak_backend.scanning import Sighting


class _Search:
    """A scan for one peer."""

    active = True

    def __init__(self, adapter: Adapter, profile: CentralProfile, wanted: str) -> None:
        self._adapter = adapter
        self._profile = profile
        self._wanted = wanted.upper()
        self.found: asyncio.Future[hci.Address] = asyncio.get_running_loop().create_future()

    def on_sighting(self, sighting: Sighting) -> None:
        peers = self._adapter.peers
        peers.heard(sighting.address, sighting.advertisement_data(), self._profile)
        name = peers.name_of(sighting.address, self._profile)
        if name == self._wanted and not self.found.done():
            self.found.set_result(sighting.on_air)

    def on_adapter_off(self) -> None:
        if not self.found.done():
            self.found.set_exception(powered_off())


async def find(
    adapter: Adapter, profile: CentralProfile, wanted: str, timeout: float
) -> hci.Address:
    """Scan until a peer is seen, and return its address on the air.

    Args:
        adapter: what scans.
        profile: how it calls its peers.
        wanted: what it calls this one.
        timeout: in seconds.

    Raises:
        BleakDeviceNotFoundError: if it was not seen in time.
        BleakDBusError: if another scan is under way, where there can be only one.
        BleakBluetoothNotAvailableError: if the radio is off, or goes off.
    """
    search = _Search(adapter, profile, wanted)
    await adapter.scans.start(search, alone=profile.one_scan)
    try:
        async with asyncio.timeout(timeout):
            return await search.found
    except TimeoutError:
        raise not_seen(wanted) from None
    finally:
        await adapter.scans.stop(search)
