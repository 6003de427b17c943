"""BlueZ, on Linux.

What is said of BlueZ itself is from its sources as of 5.87, that of its D-Bus errors from
bleak's backend, which turns some of them back into what they were.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from babyn_simulator.bleak_backend.profiles.central_profile import (
    CentralProfile,
    LostLink,
    PassiveScan,
    Refusal,
    ServiceCache,
    Unreachable,
)

_MEASURED: Final = "measured on BlueZ 5.66 and 5.82: tests/radios/test_manners.py"

_SOURCES: Final = {
    "one_scan": "BlueZ src/adapter.c start_discovery: one discovery a client, and bleak is one"
    " client; bleak#1689"
    f"; {_MEASURED}",
    "passive_scan": "bleak 3.1.0 bluezdbus/scanner.py: passive needs or_patterns; habluetooth#615:"
    " patterns on the flags leave out peers that advertise none",
    "rssi_step": "BlueZ src/device.c RSSI_THRESHOLD; bleak 3.1.0 bluezdbus/manager.py calls back"
    " when a property of the device changes",
    "keeps_old_data": "BlueZ src/device.c device_set_service_data: only with DuplicateData is old"
    " data dropped, and bleak 3.1.0 bluezdbus/scanner.py switches that off",
    "scans_to_connect": "bleak 3.1.0 bluezdbus/client.py connect: find_device_by_address",
    "forgets_after": "BlueZ main.conf TemporaryTimeout; bleak 3.1.0 bluezdbus/client.py connect:"
    " the device may have been removed when scanning stopped",
    "unreachable": "bleak 3.1.0 bluezdbus/client.py connect: async_timeout around Connect",
    "disconnect_delay": "BlueZ src/device.c DISCONNECT_TIMER: two seconds",
    "service_cache": "bleak#882: after an update, a service at its old place kept its old"
    " characteristics; BlueZ src/shared/gatt-client.c discovery_parse_services",
    "read_only_services": "BlueZ main.conf ExportClaimedServices: those that a plugin uses (GAP,"
    " Device Information, Battery) are read-only; src/gatt-client.c answers NotAuthorized;"
    " measured on BlueZ 5.82 (5.66 lets Device Information be written):"
    " tests/radios/test_manners.py",
    "mtu_size_unknown": f"bleak 3.1.0 bluezdbus/client.py mtu_size; bleak#738; {_MEASURED}",
    "refusal": "BlueZ src/gatt-client.c create_gatt_dbus_error: 'Not paired' for three codes; bleak"
    " 3.1.0 bluezdbus/utils.py assert_gatt_reply cannot tell which",
    "lost_link": "home-assistant/core#80374: ATT error 0x0e from a request under way when the link"
    " went; bluez/bluez#1911",
    "reads_notify": "bleak 3.1.0 bluezdbus/client.py start_notify: with StartNotify a read arrives"
    " as a notification too"
    f"; {_MEASURED}",
    "acquired_late": "bleak#1885: with AcquireNotify BlueZ ignores what is notified before the"
    " answer to the CCCD write",
    "pairs_on_demand": "BlueZ src/shared/att.c change_security: raises the security of the link"
    " and sends the request again"
    f"; {_MEASURED}",
}

BLUEZ: Final = CentralProfile(
    name="bluez",
    one_scan=True,
    passive_scan=PassiveScan.NEEDS_PATTERNS,
    rssi_step=8,
    keeps_old_data=True,
    scans_to_connect=True,
    forgets_after=30.0,
    unreachable=Unreachable.TIMEOUT,
    disconnect_delay=2.0,
    service_cache=ServiceCache.SAME_RANGE,
    read_only_services=frozenset({0x1800, 0x180A, 0x180F}),
    mtu_size_unknown=True,
    refusal=Refusal.NOT_PAIRED,
    lost_link=LostLink.UNLIKELY,
    reads_notify=True,
    acquired_late=True,
    pairs_on_demand=True,
    sources=_SOURCES,
)
"""A desktop: an agent answers for pairings."""

BLUEZ_HEADLESS: Final = dataclasses.replace(
    BLUEZ,
    name="bluez-headless",
    pairs_on_demand=False,
    pairing_agent=False,
    sources={
        **{setting: source for setting, source in _SOURCES.items() if setting != "pairs_on_demand"},
        "pairing_agent": "measured on BlueZ 5.66 and 5.82: Pair fails with AuthenticationFailed"
        " unless an agent is registered",
    },
)
"""No desktop, and no agent: nobody answers for pairings."""
