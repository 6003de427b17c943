"""Errors as the platforms of the profiles say them. None of the texts carries an address."""

from __future__ import annotations

from typing import Final

from bleak.exc import (
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from babyn_simulator.bleak_backend.errors import LinkLostError
from babyn_simulator.bleak_backend.profiles import (
    CentralProfile,
    LostLink,
    Refusal,
    Unreachable,
)

WANT_OF_SECURITY: Final = (
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
)
"""What a peer answers that wants a pairing first."""


def unreachable(profile: CentralProfile, address: str) -> Exception:
    """Return the error of a connect that the peer did not answer in time."""
    match profile.unreachable:
        case Unreachable.NOT_FOUND:
            return BleakDeviceNotFoundError(
                address, "the device was not found: it does not advertise, or not in reach"
            )
        case Unreachable.TIMEOUT:
            return TimeoutError("the device did not answer in time")
        case Unreachable.UNREACHABLE:
            return BleakError("Could not get GATT services: Unreachable")


def not_seen(address: str) -> BleakDeviceNotFoundError:
    """Return the error of a connect to a peer that the central knows nothing of."""
    return BleakDeviceNotFoundError(
        address, "the device was not found: it has not been seen lately; scan for it first"
    )


def scan_in_progress() -> BleakDBusError:
    """Return the error of a scan where another one is under way."""
    return BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])


def no_agent() -> BleakDBusError:
    """Return the error of a pairing that nobody answers for."""
    return BleakDBusError("org.bluez.Error.AuthenticationFailed", ["Authentication Failed"])


def no_slot() -> BleakError:
    """Return the error of a connect for which there is no room.

    bleak-retry-connector knows it by the words 'connection slot'.
    """
    return BleakError("no backend with a free connection slot; disconnect something first")


def of_request(error: BleakError, profile: CentralProfile) -> BleakError:
    """Return what a platform makes of the error of a request; often the error itself."""
    if isinstance(error, LinkLostError):
        match profile.lost_link:
            case LostLink.DISCONNECTED:
                return error
            case LostLink.UNLIKELY:
                return BleakGATTProtocolError(BleakGATTProtocolErrorCode.UNLIKELY_ERROR)
            case LostLink.UNREACHABLE:
                return BleakError("Could not complete the request: Unreachable")
    if isinstance(error, BleakGATTProtocolError):
        if profile.refusal is Refusal.TEXT:
            return BleakError(f"Bluetooth GATT Error error={int(error.code)}")
        if profile.refusal is Refusal.NOT_PAIRED and error.code in WANT_OF_SECURITY:
            return BleakDBusError("org.bluez.Error.NotPermitted", ["Not paired"])
    return error
