"""``BleakAdapter`` on a simulated platform. bleak has it since version 3.1."""

from __future__ import annotations

from typing import Any, Self

from bleak.backends.adapter import BaseBleakAdapter
from bleak.backends.device import BLEDevice

from babyn_simulator.program.platform_backend import connected_devices


class SimulatedAdapter(BaseBleakAdapter):
    """The radio in the nursery of the running event loop."""

    @classmethod
    async def get(cls, **_platform: Any) -> Self:
        """Return the adapter."""
        return cls()

    async def get_connected_devices(self, service_uuids: frozenset[str]) -> list[BLEDevice]:
        """Return the devices with at least one of these services that are connected here."""
        return await connected_devices(service_uuids)
