"""The history: readings that were agreed to be kept, sealed in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from babyn_ble.readings import Reading
from babyn_ble.store.writer import StoreWriter

if TYPE_CHECKING:
    from babyn_ble.binding import BoundDevice
    from babyn_ble.clock import Clock
    from babyn_ble.privacy.vault import Vault
    from babyn_ble.store import Store

__all__ = ["History"]


class History:
    """Kept readings, by device. Whether one may be kept, or looked at, the caller has asked."""

    def __init__(self, vault: Vault, store: Store, clock: Clock) -> None:
        self._vault = vault
        self._store = store
        self._clock = clock
        self._writer: StoreWriter | None = None

    async def keep(self, device: BoundDevice, readings: list[Reading]) -> None:
        """Store readings durably, off the event loop, in one transaction."""
        rows = [reading.as_dict() for reading in readings]
        await self._run(lambda: self._vault.append_readings(device.subject, device.id, rows))

    async def drain(self) -> None:
        """Wait until what is being written is written."""
        await self._run(lambda: None)

    def read(self, device: BoundDevice) -> Iterator[Reading]:
        """Yield the readings of a device, oldest first."""
        for row in self._vault.readings(device.subject, device.id):
            yield Reading.from_dict(row)

    def count(self, device: BoundDevice) -> int:
        """Return how many readings of a device are kept, without opening any."""
        return self._vault.count_readings(device.subject, device.id)

    def erase(self, device: BoundDevice) -> int:
        """Erase the readings of a device; return how many."""
        return self._vault.delete_readings(device.subject, device.id)

    async def aclose(self) -> None:
        """Let what is being written finish."""
        if self._writer is not None:
            await self._writer.aclose()

    async def _run(self, call: Callable[[], object]) -> None:
        if self._writer is None:
            self._writer = StoreWriter(self._store, self._clock)
        await self._writer.run(call)
