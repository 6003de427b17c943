"""Core Bluetooth, on macOS."""

from __future__ import annotations

from typing import Final

from babyn_simulator.bleak_backend.profiles.central_profile import (
    CentralProfile,
    PassiveScan,
    Unreachable,
)

COREBLUETOOTH: Final = CentralProfile(
    name="corebluetooth",
    uuid_addresses=True,
    passive_scan=PassiveScan.REFUSED,
    rssi_step=1,
    gap_names=True,
    scans_to_connect=True,
    unreachable=Unreachable.TIMEOUT,
    hidden_services=frozenset({0x1800, 0x1801}),
    confuses_reads=True,
    strict_subscriptions=True,
    pairs_by_call=False,
    pairs_on_demand=True,
    sources={
        "uuid_addresses": "bleak#140: Apple gives a UUID for each peer and no address; bleak 3.1.0"
        " corebluetooth/scanner.py takes it for BLEDevice.address",
        "passive_scan": "bleak 3.1.0 corebluetooth/scanner.py: not supported",
        "rssi_step": "bleak#394: duplicates are left out, since macOS 12 unless the RSSI changed",
        "gap_names": "jnross/Bluetility#37, capacitor-community/bluetooth-le#60: CBPeripheral.name"
        " is the Device Name once a connect has read it; bleak 3.1.0 corebluetooth/scanner.py"
        " takes it for BLEDevice.name",
        "scans_to_connect": "bleak 3.1.0 corebluetooth/client.py connect: find_device_by_address",
        "unreachable": "bleak 3.1.0 corebluetooth/CentralManagerDelegate.py connect: timeout",
        "hidden_services": "bleak#1189: no Generic Access; noble/noble#154: nor Generic Attribute",
        "confuses_reads": "bleak 3.1.0 corebluetooth/PeripheralDelegate.py"
        " did_update_value_for_characteristic: they cannot be told apart without a"
        " notification_discriminator",
        "strict_subscriptions": "bleak 3.1.0 corebluetooth/PeripheralDelegate.py"
        " start_notifications, stop_notifications",
        "pairs_by_call": "bleak 3.1.0 corebluetooth/client.py pair, unpair: NotImplementedError",
        "pairs_on_demand": "bleak 3.1.0 corebluetooth/client.py pair: the system pairs when a"
        " protected characteristic is read",
    },
)
