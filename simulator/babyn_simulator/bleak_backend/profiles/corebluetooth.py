"""Core Bluetooth, on macOS."""

from __future__ import annotations

from typing import Final

from babyn_simulator.bleak_backend.profiles.central_profile import CentralProfile

COREBLUETOOTH: Final = CentralProfile(
    name="corebluetooth",
    uuid_addresses=True,
    sources={
        "uuid_addresses": "bleak#140: Apple gives a UUID for each peer and no address; bleak 3.1.0"
        " corebluetooth/scanner.py takes it for BLEDevice.address",
    },
)
