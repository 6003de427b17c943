"""Errors: bumble's are replaced by bleak's. None of the texts carries an address."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Generator
from typing import TypeVarTuple, Unpack

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
)
from bumble.core import BaseBumbleError, BaseError
from bumble.transport.common import TransportLostError

_Ts = TypeVarTuple("_Ts")


def not_available(
    message: str, reason: BleakBluetoothNotAvailableReason
) -> BleakBluetoothNotAvailableError:
    """Return the error for a radio that cannot be used."""
    return BleakBluetoothNotAvailableError(message, reason)


def powered_off() -> BleakBluetoothNotAvailableError:
    """Return the error for a radio that is switched off."""
    return not_available(
        "the adapter is off; power it on", BleakBluetoothNotAvailableReason.POWERED_OFF
    )


def no_controller() -> BleakBluetoothNotAvailableError:
    """Return the error for a controller that is gone for good."""
    return not_available(
        "the connection to the controller was lost; open it again",
        BleakBluetoothNotAvailableReason.NO_BLUETOOTH,
    )


class LinkLostError(BleakError):
    """The link went away under an operation."""


def disconnected() -> LinkLostError:
    """Return the error of an operation whose link went away."""
    return LinkLostError("disconnected")


def reason_of(error: BaseBumbleError) -> str:
    """Say in words what bumble says in a constant."""
    name = error.error_name if isinstance(error, BaseError) else type(error).__name__
    words = name.removeprefix("HCI_").removesuffix("_ERROR").removesuffix("Error")
    return words.replace("_", " ").lower() or "unknown reason"


@contextlib.contextmanager
def as_bleak_errors(doing: str) -> Generator[None]:
    """Let no error of bumble's out.

    Args:
        doing: what is being done, for the text of the error.
    """
    try:
        yield
    except TransportLostError:
        raise no_controller() from None
    except BaseBumbleError as error:
        raise BleakError(f"{doing} failed: {reason_of(error)}") from None


def call_back(
    context: contextvars.Context, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts
) -> None:
    """Call a program's callback, in the context of whoever asked for it.

    What it raises goes to the loop, as with any other callback. It must not reach the host
    stack: an indication would stay unconfirmed, and others would not hear of the event.
    """
    try:
        context.copy().run(callback, *args)
    except Exception as error:  # noqa: BLE001 - a program's callback may raise anything
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a bleak callback raised an error", "exception": error}
        )
