"""An ESPHome Bluetooth proxy, behind Home Assistant.

Each proxy has bonds of its own, as each simulated central has.
"""

from __future__ import annotations

from typing import Final

from babyn_simulator.bleak_backend.profiles.central_profile import (
    CentralProfile,
    PassiveScan,
    Refusal,
    ServiceCache,
    Unreachable,
)

ESPHOME_PROXY: Final = CentralProfile(
    name="esphome-proxy",
    passive_scan=PassiveScan.ALWAYS,
    keeps_old_data=True,
    unreachable=Unreachable.TIMEOUT,
    connection_slots=3,
    service_cache=ServiceCache.ALWAYS,
    value_handles=True,
    refusal=Refusal.TEXT,
    unpair_needs_link=True,
    sources={
        "passive_scan": "home-assistant.io#45541: in the mode Auto, the default, proxies listen"
        " passively most of the time; home-assistant/core#104068: then names are missing",
        "keeps_old_data": "habluetooth 6.26.7 base_scanner.py: merges new data into old, as BlueZ",
        "unreachable": "bleak-esphome 4.0.0 backend/client.py api_error_as_bleak_error",
        "connection_slots": "dasimon135/daikin_madoka#103: three by default;"
        " home-assistant/core#176516, home-assistant/core#174436: without a free one,"
        " connecting fails",
        "service_cache": "bleak-esphome 4.0.0 backend/client.py _get_services, clear_cache;"
        " eigger/hass-omron#84: a stale list survives across connections",
        "value_handles": "bleak-esphome 4.0.0 backend/client.py read_gatt_char: reads at the"
        " characteristic's handle",
        "refusal": "bleak-esphome 4.0.0 backend/client.py api_error_as_bleak_error",
        "unpair_needs_link": "bleak-esphome 4.0.0 backend/client.py unpair",
    },
)
