"""Windows Runtime, on Windows 10 and newer."""

from __future__ import annotations

from typing import Final

from babyn_simulator.bleak_backend.profiles.central_profile import (
    CentralProfile,
    LostLink,
    ServiceCache,
    Unreachable,
)

WINRT: Final = CentralProfile(
    name="winrt",
    scans_to_connect=True,
    unreachable=Unreachable.UNREACHABLE,
    service_cache=ServiceCache.ON_REQUEST,
    hidden_services=frozenset({0x1812, 0x181E}),
    late_mtu=True,
    lost_link=LostLink.UNREACHABLE,
    just_works_only=True,
    sources={
        "scans_to_connect": "bleak 3.1.0 winrt/client.py connect: find_device_by_address",
        "unreachable": "bleak#740: 'Could not get GATT services: Unreachable'",
        "service_cache": "bleak 3.1.0 args/winrt.py use_cached_services: not for layouts that"
        " change between connections",
        "hidden_services": "bleak 3.1.0 winrt/client.py _get_services: access denied to services"
        " that the system owns, such as HID and Bond Management",
        "late_mtu": "bleak#1749: connected, 20 bytes to a write, and only then the event with 247;"
        " bleak#1497",
        "lost_link": "bleak 3.1.0 winrt/client.py _ensure_success: Unreachable",
        "just_works_only": "bleak 3.1.0 winrt/client.py pair: CONFIRM_ONLY is the only ceremony",
    },
)
