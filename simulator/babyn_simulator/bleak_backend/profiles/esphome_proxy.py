"""An ESPHome Bluetooth proxy, behind Home Assistant."""

from __future__ import annotations

from typing import Final

from babyn_simulator.bleak_backend.profiles.central_profile import CentralProfile

ESPHOME_PROXY: Final = CentralProfile(name="esphome-proxy")
