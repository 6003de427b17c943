"""What is taken for a sighting, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

from babyn_ble import Companion, DeviceNotFoundError
from babyn_ble.discovery import NOT_HEARD
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from babyn_simulator.bleak_backend.scanner import BumbleScanner
from babyn_simulator.nursery import Nursery

pytestmark = pytest.mark.asyncio

THERE_BEFORE = "C7:5E:91:3B:D2:A4"


def reporting(scanner: type[BaseBleakScanner], rssi: int) -> type[BaseBleakScanner]:
    """Return a scanner that tells of a thermometer as soon as it has begun."""

    async def start(self: Any) -> None:
        await BumbleScanner.start(self)
        services = ["00001809-0000-1000-8000-00805f9b34fb"]
        data = AdvertisementData("Thermometer", {}, {}, services, None, rssi, ())
        device = self.create_or_update_device(
            THERE_BEFORE, THERE_BEFORE, data.local_name, None, data
        )
        self.call_detection_callbacks(device, data)

    return type("ReportingScanner", (scanner,), {"start": start})


async def test_a_report_of_which_nothing_was_heard_is_no_sighting(babyn_nursery: Nursery) -> None:
    """BlueZ in bleak reports a device whose link ends during a scan, and then forgets it.

    Mutant: take each report for an advertisement.
    """
    radio = await babyn_nursery.radio()
    heard = radio.scanner
    async with Companion.open(MemoryStore(), radio=radio) as babyn:
        set_up_synthetic(babyn)
        give_simulated(babyn)
        radio.scanner = reporting(heard, NOT_HEARD)
        with pytest.raises(DeviceNotFoundError):
            await babyn.find(THERE_BEFORE, timeout=3)
        assert (await babyn.find("thermometer", timeout=3)).ble_device.address != THERE_BEFORE
        radio.scanner = reporting(heard, -60)
        found = await babyn.find(THERE_BEFORE, timeout=3)  # the control
        assert found.rssi == -60
