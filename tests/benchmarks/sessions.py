"""A session's readings against a bare bleak callback, on the same simulated link."""

from __future__ import annotations

import asyncio
import time

from bleak import BleakClient, BleakScanner

from babyn_ble.privacy.purposes import HISTORY_STORAGE
from babyn_protocol.uuids import Characteristic
from babyn_simulator.clock import run
from babyn_simulator.nursery import Nursery
from tests.client.steps import first, opened, take, withdraw

READINGS = 1000


async def _session() -> float:
    async with Nursery.open("demo") as nursery, opened(nursery) as (babyn, _radio):
        await withdraw(babyn, HISTORY_STORAGE)
        device = await babyn.bind(await first(babyn))
        async with babyn.connect(device) as session:
            start = time.process_time()
            await take(session.readings(), READINGS)
            return time.process_time() - start


async def _bare() -> float:
    async with Nursery.open("demo") as nursery:
        radio = await nursery.radio()
        found = await BleakScanner.find_device_by_filter(
            lambda _device, seen: bool(seen.service_uuids), backend=radio.scanner
        )
        assert found is not None
        done, got = asyncio.Event(), 0

        def received(_sender: object, _data: bytearray) -> None:
            nonlocal got
            got += 1
            if got == READINGS:
                done.set()

        async with BleakClient(found, backend=radio.client, pair=True) as client:
            start = time.process_time()
            await client.start_notify(Characteristic.TEMPERATURE_MEASUREMENT, received)
            await done.wait()
            return time.process_time() - start


def session() -> float:
    """Return the CPU seconds of a session's readings."""
    return run(_session())


def bare() -> float:
    """Return the CPU seconds of a bare callback."""
    return run(_bare())
