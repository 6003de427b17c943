"""The companion of BabyN baby devices, and of standard ones: find, bind, read, with consent.

Importing this package imports neither bleak nor any radio.
"""

from __future__ import annotations

from babyn_ble.binding import BoundDevice
from babyn_ble.companion import Act, Companion, Unbound
from babyn_ble.discovery import Sighting
from babyn_ble.errors import (
    BabynError,
    BluetoothUnavailableError,
    BluetoothUnavailableReason,
    ConsentRenewalRequiredError,
    ConsentRequiredError,
    DeviceNotFoundError,
    DisconnectedError,
    DisconnectReason,
    InvalidConsentError,
    InvalidMessageError,
    InvalidValueError,
    LedgerError,
    LocalProtocolError,
    MalformedMessageError,
    NotSetUpError,
    ProtocolError,
    RecipientError,
    RejectedError,
    RemoteProtocolError,
    ResponseTimeoutError,
    StoreError,
    TeardownIncompleteError,
)
from babyn_ble.inspection import InspectedCharacteristic, InspectedService, Inspection
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
    "ProtocolError",
    "Quality",
    "QualityReason",
    "QualityStatus",
    "Quantity",
    "Reading",
    "RecipientError",
    "RejectedError",
    "RemoteProtocolError",
    "ResponseTimeoutError",
    "Session",
    "Sighting",
    "Site",
    "StoreError",
    "TeardownIncompleteError",
    "Unbound",
]
