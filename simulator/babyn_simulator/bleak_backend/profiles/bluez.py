"""BlueZ, on Linux."""

from __future__ import annotations

from typing import Final

from babyn_simulator.bleak_backend.profiles.central_profile import CentralProfile

BLUEZ: Final = CentralProfile(name="bluez")
