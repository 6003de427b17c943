"""A day with four devices, much that goes wrong, and a program that never gives up.

Run as ``python -m tests.simulator.stormy_day SEED CAPTURE``, it prints what it came to as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError

from babyn_protocol.uuids import Characteristic, VendorCharacteristic
from babyn_simulator import clock
from babyn_simulator.nursery import Nursery, NurseryRadio
from tests.simulator.faults_bench import pass_time

DAY = 24 * 3600.0

SUBSCRIBED = {
    "Thermometer": Characteristic.TEMPERATURE_MEASUREMENT,
    "Oximeter": Characteristic.PLX_CONTINUOUS_MEASUREMENT,
    "Room sensor": Characteristic.TEMPERATURE,
    "Night light": VendorCharacteristic.PROPERTY_STATES,
}
"""What the program subscribes to of each device, by its advertised name."""


@dataclass
class Keeper:
    """Stays connected to one device, whatever happens."""

    radio: NurseryRadio
    name: str
    paired: bool = False
    counts: Counter[str] = field(default_factory=Counter[str])

    async def keep(self) -> None:
        """Connect, pair once, subscribe, and again."""
        while True:
            try:
                await self._session()
            except (BleakError, TimeoutError) as error:
                self.counts[type(error).__name__] += 1
                if "unpair" in str(error):
                    await self._unpair()
            await pass_time(10)

    async def _session(self) -> None:
        found = await self._find()
        if found is None:
            self.counts["not found"] += 1
            return
        gone = asyncio.Event()
        client = BleakClient(found, lambda _client: gone.set(), backend=self.radio.client)
        async with client:
            self.counts["connected"] += 1
            if not self.paired:
                await client.pair()
                self.paired = True
                self.counts["paired"] += 1
            await client.start_notify(SUBSCRIBED[self.name], self._on_value)
            while not gone.is_set():
                await client.read_gatt_char(Characteristic.MANUFACTURER_NAME_STRING)
                self.counts["read"] += 1
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(300):
                        await gone.wait()

    async def _find(self) -> BLEDevice | None:
        return await BleakScanner.find_device_by_name(
            self.name, timeout=20, backend=self.radio.scanner
        )

    async def _unpair(self) -> None:
        found = await self._find()
        if found is not None:
            await BleakClient(found, backend=self.radio.client).unpair()
            self.paired = False

    def _on_value(self, _sender: object, _data: bytearray) -> None:
        self.counts["told"] += 1


async def stormy_day(seed: int, capture: str) -> dict[str, Any]:
    """Live through it; return digest, packets, strikes and what the program met."""
    async with Nursery.open("storm", seed=seed, capture=capture) as nursery:
        radio = await nursery.radio()
        keepers = [Keeper(radio, name) for name in SUBSCRIBED]
        tasks = [asyncio.create_task(keeper.keep()) for keeper in keepers]
        await pass_time(DAY)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()
        return {
            "digest": nursery.digest(),
            "packets": nursery.packets,
            "strikes": [[item.fault.kind_name(), item.strikes] for item in nursery.faults],
            "program": {keeper.name: dict(sorted(keeper.counts.items())) for keeper in keepers},
        }


if __name__ == "__main__":
    result = clock.run(stormy_day(int(sys.argv[1]), sys.argv[2]))
    sys.stdout.write(json.dumps(result))
