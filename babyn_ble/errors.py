"""Every error of the companion. All of them descend from one root, :class:`BabynError`.

An error says what happened, to what, and what to do next. Names, addresses and values are
never part of the text. Errors of the libraries underneath are replaced, not chained.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from babyn_protocol.errors import (
    AuthenticationFailedError,
    BabynError,
    DowngradedMessageError,
    InvalidMessageError,
    InvalidValueError,
    LocalProtocolError,
    MalformedMessageError,
    ProtocolError,
    RemoteProtocolError,
    ReplayedMessageError,
)

__all__ = [
    "AuthenticationFailedError",
    "BabynError",
    "BluetoothUnavailableError",
    "BluetoothUnavailableReason",
    "ConsentRenewalRequiredError",
    "ConsentRequiredError",
    "DeviceNotFoundError",
    "DisconnectReason",
    "DisconnectedError",
    "DowngradedMessageError",
    "InvalidConsentError",
    "InvalidMessageError",
    "InvalidValueError",
    "LedgerError",
    "LocalProtocolError",
    "MalformedMessageError",
    "NotSetUpError",
    "ProtocolError",
    "RecipientError",
    "RejectedError",
    "RemoteProtocolError",
    "ReplayedMessageError",
    "ResponseTimeoutError",
    "StoreError",
    "TeardownIncompleteError",
]


class ConsentRequiredError(BabynError):
    """A person has not agreed to this, so it was not done.

    Attributes:
        missing: the consents that would be needed, as scopes (``location``, ``sharing:home``…).
    """

    def __init__(self, message: str, *, missing: Iterable[str] = ()) -> None:
        self.missing = tuple(sorted(missing))
        super().__init__(message)


class ConsentRenewalRequiredError(ConsentRequiredError):
    """A consent was given once and is no longer valid: it ended, or its notice changed."""


class InvalidConsentError(BabynError):
    """A consent event that may not be recorded (no evidence, wrong party, wrong order)."""


class NotSetUpError(BabynError):
    """The store does not say yet who is responsible, for whom, and who may consent."""


class StoreError(BabynError):
    """The store cannot be read or written. Nothing was half-written."""


class LedgerError(StoreError):
    """The consent ledger does not verify. Until it does, the gate denies everything."""


class TeardownIncompleteError(BabynError):
    """A withdrawal stands, but something it stopped did not close in time.

    Attributes:
        pending: what may still be open, by name. No data passes any of it.
    """

    def __init__(self, message: str, *, pending: Iterable[str]) -> None:
        self.pending = tuple(pending)
        super().__init__(message)


class RecipientError(BabynError):
    """A recipient that may not be sent to: unknown, incomplete, or not safely reachable."""


class BluetoothUnavailableReason(StrEnum):
    """Why Bluetooth cannot be used."""

    NO_ADAPTER = "no adapter"
    POWERED_OFF = "powered off"
    PERMISSION_DENIED = "permission denied"
    NOT_INSTALLED = "support is not installed"
    UNREACHABLE = "the adapter cannot be reached"
    BUSY = "another scan is under way"
    UNKNOWN = "unknown"


class BluetoothUnavailableError(BabynError):
    """The radio cannot be used now."""

    def __init__(self, message: str, *, reason: BluetoothUnavailableReason) -> None:
        self.reason = reason
        super().__init__(message)


class DeviceNotFoundError(BabynError):
    """No such device is in reach, or none of that id is bound."""


class DisconnectReason(StrEnum):
    """Why a link ended, as far as the platform tells."""

    LINK_LOST = "link lost"
    NOT_CONNECTED = "not connected"
    CLOSED = "closed here"


class DisconnectedError(BabynError):
    """The link to the device is gone."""

    def __init__(self, message: str, *, reason: DisconnectReason) -> None:
        self.reason = reason
        super().__init__(message)


class RejectedError(BabynError):
    """The device (or the pairing with it) said no.

    Attributes:
        code: the ATT error code, if the device gave one.
    """

    def __init__(self, message: str, *, code: int | None = None) -> None:
        self.code = code
        super().__init__(message)


class ResponseTimeoutError(BabynError, TimeoutError):
    """The device did not answer in time."""
