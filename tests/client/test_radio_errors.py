"""Whatever a platform's Bluetooth stack raises, one of our errors stands for it."""

from __future__ import annotations

import asyncio

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bleak_retry_connector import BleakConnectionError, BleakNotFoundError

from babyn_ble import (
    BabynError,
    BluetoothUnavailableError,
    BluetoothUnavailableReason,
    DeviceNotFoundError,
    DisconnectedError,
    RejectedError,
    ResponseTimeoutError,
)
from babyn_ble.radio_errors import Phase, replaced
from babyn_simulator.bonds import DamagedBondError

ADDRESS = "C7:5E:91:3B:D2:A4"


@pytest.mark.parametrize(
    ("error", "phase", "expected"),
    [
        (BleakDeviceNotFoundError(ADDRESS, ADDRESS), Phase.CONNECT, DeviceNotFoundError),
        (BleakNotFoundError(ADDRESS), Phase.CONNECT, DeviceNotFoundError),
        (BleakConnectionError(ADDRESS), Phase.CONNECT, DisconnectedError),
        (TimeoutError(ADDRESS), Phase.CONNECT, DeviceNotFoundError),
        (TimeoutError(ADDRESS), Phase.GATT, ResponseTimeoutError),
        (TimeoutError(ADDRESS), Phase.OPEN, BluetoothUnavailableError),
        (BleakGATTProtocolError(0x05), Phase.GATT, RejectedError),
        (BleakGATTProtocolError(0x13), Phase.GATT, RejectedError),
        (BleakGATTProtocolError(0x05), Phase.PAIR, RejectedError),
        (BleakError(f"failed to pair with {ADDRESS}"), Phase.PAIR, RejectedError),
        (BleakError("disconnected"), Phase.GATT, DisconnectedError),
        (BleakError(f"{ADDRESS} Not connected"), Phase.PAIR, DisconnectedError),
        (BleakError("unexpected"), Phase.SCAN, BluetoothUnavailableError),
        (BleakDBusError("org.bluez.Error.Failed", [ADDRESS]), Phase.GATT, RejectedError),
        (EOFError(), Phase.GATT, DisconnectedError),
        (BrokenPipeError(), Phase.GATT, DisconnectedError),
        (ConnectionRefusedError(), Phase.OPEN, BluetoothUnavailableError),
        (FileNotFoundError(ADDRESS), Phase.SCAN, BluetoothUnavailableError),
        (DamagedBondError(), Phase.CONNECT, RejectedError),
        (KeyError(ADDRESS), Phase.GATT, RejectedError),
        (AssertionError(ADDRESS), Phase.CONNECT, DisconnectedError),
    ],
)
def test_a_foreign_error_is_replaced(
    error: Exception, phase: Phase, expected: type[BabynError]
) -> None:
    """Mutant: put the foreign error's text into ours."""
    ours = replaced(error, phase)
    assert type(ours) is expected
    assert ADDRESS not in str(ours)
    assert ours.__cause__ is None
    assert ours.__context__ is None
    assert len(str(ours)) > 40  # what happened, and what to do


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (BleakBluetoothNotAvailableReason.NO_BLUETOOTH, BluetoothUnavailableReason.NO_ADAPTER),
        (BleakBluetoothNotAvailableReason.POWERED_OFF, BluetoothUnavailableReason.POWERED_OFF),
        (
            BleakBluetoothNotAvailableReason.DENIED_BY_USER,
            BluetoothUnavailableReason.PERMISSION_DENIED,
        ),
        (BleakBluetoothNotAvailableReason.UNKNOWN, BluetoothUnavailableReason.UNKNOWN),
    ],
)
def test_why_bluetooth_is_not_available(
    reason: BleakBluetoothNotAvailableReason, expected: BluetoothUnavailableReason
) -> None:
    ours = replaced(BleakBluetoothNotAvailableError("off", reason), Phase.SCAN)
    assert isinstance(ours, BluetoothUnavailableError)
    assert ours.reason is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("org.freedesktop.DBus.Error.AccessDenied", BluetoothUnavailableReason.PERMISSION_DENIED),
        ("org.freedesktop.DBus.Error.ServiceUnknown", BluetoothUnavailableReason.NO_ADAPTER),
        ("org.bluez.Error.NotReady", BluetoothUnavailableReason.POWERED_OFF),
        ("org.bluez.Error.InProgress", BluetoothUnavailableReason.BUSY),
        ("org.bluez.Error.Failed", BluetoothUnavailableReason.UNKNOWN),
    ],
)
def test_what_bluez_says_by_dbus(name: str, expected: BluetoothUnavailableReason) -> None:
    ours = replaced(BleakDBusError(name, []), Phase.SCAN)
    assert isinstance(ours, BluetoothUnavailableError)
    assert ours.reason is expected


def test_ours_and_cancellations_are_left_alone() -> None:
    ours = RejectedError("The device refused")
    assert replaced(ours, Phase.GATT) is ours
    assert not issubclass(asyncio.CancelledError, Exception)  # so it never comes here
