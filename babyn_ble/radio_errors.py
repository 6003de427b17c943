"""What a platform's Bluetooth stack raises, and which of our errors stands for it.

bleak's own errors are recognised by class name: this module must not import bleak, and hosts
bring subclasses of their own. The text of a foreign error is never passed on, because it may
carry an address.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TypeVar

from babyn_ble.errors import (
    BabynError,
    BluetoothUnavailableError,
    BluetoothUnavailableReason,
    DeviceNotFoundError,
    DisconnectedError,
    DisconnectReason,
    RejectedError,
    ResponseTimeoutError,
)

_T = TypeVar("_T")


class Phase(Enum):
    """What was being done when the error came."""

    OPEN = auto()
    SCAN = auto()
    CONNECT = auto()
    PAIR = auto()
    GATT = auto()
    CLOSE = auto()


_REASONS: dict[str, tuple[BluetoothUnavailableReason, str]] = {
    "NO_BLUETOOTH": (
        BluetoothUnavailableReason.NO_ADAPTER,
        "No Bluetooth adapter was found; plug one in, or check that the system sees it",
    ),
    "NO_BLE_CENTRAL_ROLE": (
        BluetoothUnavailableReason.NO_ADAPTER,
        "The Bluetooth adapter cannot act as a central (it may be classic-only); use another",
    ),
    "POWERED_OFF": (
        BluetoothUnavailableReason.POWERED_OFF,
        "Bluetooth is switched off; switch it on and try again",
    ),
    "DENIED_BY_USER": (
        BluetoothUnavailableReason.PERMISSION_DENIED,
        "The system's user denied Bluetooth to this program; allow it in the system's settings",
    ),
    "DENIED_BY_SYSTEM": (
        BluetoothUnavailableReason.PERMISSION_DENIED,
        "The system denies Bluetooth to this program; ask whoever administers it",
    ),
    "DENIED_BY_UNKNOWN": (
        BluetoothUnavailableReason.PERMISSION_DENIED,
        "Bluetooth is denied to this program; allow it in the system's settings",
    ),
    "BUSY": (
        BluetoothUnavailableReason.BUSY,
        "This program scans already, and the system allows it one scan at a time; end that one, "
        "or wait for its end, then try again",
    ),
}

_DBUS: dict[str, str] = {
    "org.freedesktop.DBus.Error.AccessDenied": "DENIED_BY_SYSTEM",
    "org.freedesktop.DBus.Error.ServiceUnknown": "NO_BLUETOOTH",
    "org.bluez.Error.NotReady": "POWERED_OFF",
}

_IN_PROGRESS = "org.bluez.Error.InProgress"
"""What BlueZ says to a program's second scan: it takes one a connection to the bus."""

_NOT_PAIRED = ("org.bluez.Error.NotPermitted", "Not paired")
"""What BlueZ makes of three ATT errors: 0x05, 0x0C and 0x0F."""

_CODE = re.compile(r"\berror=(\d+)")
"""The ATT error in the text of an ESPHome proxy's error, which has it nowhere else."""

_NOT_FOUND = {"BleakDeviceNotFoundError", "BleakNotFoundError"}
_LINK_GONE = ("disconnected", "not connected", "notconnected", "unreachable")


def _unavailable(reason: str) -> BluetoothUnavailableError:
    kind, text = _REASONS.get(
        reason,
        (
            BluetoothUnavailableReason.UNKNOWN,
            "Bluetooth cannot be used now; check the adapter, then try again",
        ),
    )
    return BluetoothUnavailableError(text, reason=kind)


def _unreachable() -> BluetoothUnavailableError:
    return BluetoothUnavailableError(
        "The Bluetooth adapter cannot be reached; check that it, or the service in front of it, "
        "is running, and that its address is right",
        reason=BluetoothUnavailableReason.UNREACHABLE,
    )


def _not_found() -> DeviceNotFoundError:
    return DeviceNotFoundError("The device does not answer; bring it near, wake it, and scan again")


def _lost() -> DisconnectedError:
    return DisconnectedError(
        "The link to the device was lost; bring it near and connect again",
        reason=DisconnectReason.LINK_LOST,
    )


def _rejected(code: int | None) -> RejectedError:
    if code in (0x05, 0x0F, 0x0C, 0x08):
        text = (
            f"The device tells this only to a paired host (ATT error 0x{code:02X}); "
            "unbind it and bind it again, with pairing"
        )
    elif code is not None:
        text = f"The device refused the request (ATT error 0x{code:02X})"
    else:
        text = "The device, or the system's Bluetooth, refused the request"
    return RejectedError(text, code=code)


def _pairing_rejected() -> RejectedError:
    return RejectedError(
        "Pairing was refused; put the device into its pairing mode, remove older bonds with it "
        "on both sides, and try again"
    )


def _no_agent() -> RejectedError:
    return RejectedError(
        "Pairing failed. Put the device into its pairing mode, and remove older bonds with it on "
        "both sides; on Linux without a desktop, an agent must run: bluetoothctl, 'agent on'"
    )


_BY_PHASE: dict[Phase, Callable[[], BabynError]] = {
    Phase.OPEN: _unreachable,
    Phase.SCAN: lambda: _unavailable("UNKNOWN"),
    Phase.CONNECT: _lost,
    Phase.PAIR: _pairing_rejected,
    Phase.GATT: lambda: _rejected(None),
    Phase.CLOSE: _lost,
}


def _timed_out(phase: Phase) -> BabynError:
    if phase is Phase.CONNECT:
        return _not_found()
    if phase is Phase.OPEN:
        return _unreachable()
    return ResponseTimeoutError(
        "The device did not answer in time; it may be out of range: bring it near and try again"
    )


def replaced(error: Exception, phase: Phase) -> BabynError | ValueError | NotImplementedError:
    """Return our error for a foreign one.

    Args:
        error: what the platform's stack raised.
        phase: what was being done.

    Returns:
        An error of ours. One of ours already, and ``NotImplementedError`` (which says that
        the platform has no such operation), come back as they are; so does the ``ValueError``
        of a radio argument.
    """
    if isinstance(error, BabynError | NotImplementedError):
        return error
    if phase is Phase.OPEN and isinstance(error, ValueError):
        return ValueError(str(error))
    names = {cls.__name__ for cls in type(error).__mro__}
    if "BleakBluetoothNotAvailableError" in names:
        return _unavailable(getattr(getattr(error, "reason", None), "name", "UNKNOWN"))
    if names & _NOT_FOUND:
        return _not_found()
    if "BleakGATTProtocolError" in names:
        code = getattr(error, "code", None)
        return _pairing_rejected() if phase is Phase.PAIR else _rejected(_number(code))
    if "DamagedBondError" in names:
        return RejectedError(
            "The stored bond with the device cannot be read; unbind the device and bind it again"
        )
    if "BleakDBusError" in names:
        reason = _DBUS.get(str(getattr(error, "dbus_error", "")))
        if reason is not None:
            return _unavailable(reason)
        if phase is Phase.SCAN and error.args[:1] == (_IN_PROGRESS,):
            return _unavailable("BUSY")
        if phase is Phase.GATT and error.args[:2] == _NOT_PAIRED:
            return _rejected(0x05)
        if phase is Phase.PAIR and error.args[:1] == ("org.bluez.Error.AuthenticationFailed",):
            return _no_agent()
    if isinstance(error, TimeoutError):
        return _timed_out(phase)
    if isinstance(error, EOFError | ConnectionError) and phase is not Phase.OPEN:
        return _unreachable() if phase is Phase.SCAN else _lost()
    if isinstance(error, OSError):
        return _unreachable()
    text = str(error).lower()
    if phase is not Phase.SCAN and any(word in text for word in _LINK_GONE):
        return _lost()
    if phase is Phase.GATT and (found := _CODE.search(text)):
        return _rejected(int(found[1]))
    return _BY_PHASE[phase]()


def _number(code: object) -> int | None:
    return int(code) if isinstance(code, int) else None


async def ours(phase: Phase, operation: Awaitable[_T], *, within: float | None = None) -> _T:
    """Await ``operation``; whatever a platform's stack raises, an error of ours leaves."""
    try:
        async with asyncio.timeout(within):
            return await operation
    # The boundary to the platform's Bluetooth stack: bleak's backends let errors of D-Bus,
    # WinRT, CoreBluetooth and plain Python out, and none of them may pass.
    except Exception as error:  # noqa: BLE001
        replacement = replaced(error, phase)
    # Raised outside the handler, so that the foreign error is not even a context of ours.
    raise replacement
