"""The companion of BabyN baby devices, and of standard ones: find, bind, read, with consent.

Importing this package imports neither bleak nor any radio; a name is loaded when it is first
used, so that a command line can answer at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babyn_ble.binding import BoundDevice
    from babyn_ble.bound_devices import Unbound
    from babyn_ble.companion import Companion
    from babyn_ble.discovery import Sighting
    from babyn_ble.errors import (
        AnswerRefusal,
        AnswerRefusedError,
        AuthenticationFailedError,
        BabynError,
        BluetoothUnavailableError,
        BluetoothUnavailableReason,
        ConsentRenewalRequiredError,
        ConsentRequiredError,
        DeviceNotFoundError,
        DisconnectedError,
        DisconnectReason,
        DowngradedMessageError,
        InvalidConsentError,
        InvalidMessageError,
        InvalidValueError,
        LedgerError,
        LocalProtocolError,
        MalformedMessageError,
        NotSetUpError,
        PlatformPermissionDeniedError,
        ProtocolError,
        RecipientError,
        RejectedError,
        RemoteProtocolError,
        ReplayedMessageError,
        ResponseTimeoutError,
        StoreError,
        TeardownIncompleteError,
    )
    from babyn_ble.events import Event, EventKind
    from babyn_ble.inspection import InspectedCharacteristic, InspectedService, Inspection
    from babyn_ble.privacy.acts import Act
    from babyn_ble.properties import Property, PropertyState
    from babyn_ble.readings import (
        Derivation,
        Gap,
        Quality,
        QualityReason,
        QualityStatus,
        Quantity,
        Reading,
        Site,
    )
    from babyn_ble.session import Session

__all__ = [
    "Act",
    "AnswerRefusal",
    "AnswerRefusedError",
    "AuthenticationFailedError",
    "BabynError",
    "BluetoothUnavailableError",
    "BluetoothUnavailableReason",
    "BoundDevice",
    "Companion",
    "ConsentRenewalRequiredError",
    "ConsentRequiredError",
    "Derivation",
    "DeviceNotFoundError",
    "DisconnectReason",
    "DisconnectedError",
    "DowngradedMessageError",
    "Event",
    "EventKind",
    "Gap",
    "InspectedCharacteristic",
    "InspectedService",
    "Inspection",
    "InvalidConsentError",
    "InvalidMessageError",
    "InvalidValueError",
    "LedgerError",
    "LocalProtocolError",
    "MalformedMessageError",
    "NotSetUpError",
    "PlatformPermissionDeniedError",
    "Property",
    "PropertyState",
    "ProtocolError",
    "Quality",
    "QualityReason",
    "QualityStatus",
    "Quantity",
    "Reading",
    "RecipientError",
    "RejectedError",
    "RemoteProtocolError",
    "ReplayedMessageError",
    "ResponseTimeoutError",
    "Session",
    "Sighting",
    "Site",
    "StoreError",
    "TeardownIncompleteError",
    "Unbound",
]

_HOMES = {
    "binding": ("BoundDevice",),
    "bound_devices": ("Unbound",),
    "companion": ("Companion",),
    "discovery": ("Sighting",),
    "errors": (
        "AnswerRefusal",
        "AnswerRefusedError",
        "AuthenticationFailedError",
        "BabynError",
        "BluetoothUnavailableError",
        "BluetoothUnavailableReason",
        "ConsentRenewalRequiredError",
        "ConsentRequiredError",
        "DeviceNotFoundError",
        "DisconnectedError",
        "DisconnectReason",
        "DowngradedMessageError",
        "InvalidConsentError",
        "InvalidMessageError",
        "InvalidValueError",
        "LedgerError",
        "LocalProtocolError",
        "MalformedMessageError",
        "NotSetUpError",
        "PlatformPermissionDeniedError",
        "ProtocolError",
        "RecipientError",
        "RejectedError",
        "RemoteProtocolError",
        "ReplayedMessageError",
        "ResponseTimeoutError",
        "StoreError",
        "TeardownIncompleteError",
    ),
    "events": (
        "Event",
        "EventKind",
    ),
    "inspection": (
        "InspectedCharacteristic",
        "InspectedService",
        "Inspection",
    ),
    "privacy.acts": ("Act",),
    "properties": (
        "Property",
        "PropertyState",
    ),
    "readings": (
        "Derivation",
        "Gap",
        "Quality",
        "QualityReason",
        "QualityStatus",
        "Quantity",
        "Reading",
        "Site",
    ),
    "session": ("Session",),
}
"""The module that each name comes from."""

_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
