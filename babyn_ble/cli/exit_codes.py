"""Exit codes of the command line. They are stable: scripts rely on them."""

from __future__ import annotations

from enum import IntEnum

from babyn_ble.errors import (
    BabynError,
    BluetoothUnavailableError,
    ConsentRenewalRequiredError,
    ConsentRequiredError,
    DeviceNotFoundError,
    NotSetUpError,
    RejectedError,
)


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    CONSENT_REQUIRED = 3
    CONSENT_RENEWAL_REQUIRED = 4
    RADIO_UNAVAILABLE = 5
    DEVICE_NOT_FOUND = 6
    REJECTED = 7
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILURE: "failure (link lost, no answer in time, store unreadable…)",
    ExitCode.USAGE: "the command was not understood, or something is missing in it",
    ExitCode.CONSENT_REQUIRED: "consent is required first",
    ExitCode.CONSENT_RENEWAL_REQUIRED: "a consent must be renewed first",
    ExitCode.RADIO_UNAVAILABLE: "Bluetooth is unavailable",
    ExitCode.DEVICE_NOT_FOUND: "no such device in reach, or none bound",
    ExitCode.REJECTED: "the device refused",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}
"""What each code means, as the help says it."""

_CODES: tuple[tuple[type[BabynError], ExitCode], ...] = (
    (ConsentRenewalRequiredError, ExitCode.CONSENT_RENEWAL_REQUIRED),
    (ConsentRequiredError, ExitCode.CONSENT_REQUIRED),
    (NotSetUpError, ExitCode.CONSENT_REQUIRED),
    (BluetoothUnavailableError, ExitCode.RADIO_UNAVAILABLE),
    (DeviceNotFoundError, ExitCode.DEVICE_NOT_FOUND),
    (RejectedError, ExitCode.REJECTED),
)


def exit_code(error: BabynError) -> ExitCode:
    """Return the exit code of an error of the library."""
    for error_type, code in _CODES:
        if isinstance(error, error_type):
            return code
    return ExitCode.FAILURE
