"""What can be consented to, and what each act needs.

The gate is asked with four things: whose data, for which purpose, which category, which
operation. :data:`REQUIREMENTS` says which consents that takes. What is not in the table is
denied, whatever was consented to.

Line ranges (L152-L160) are those of the policy text in :mod:`babyn_ble.privacy.policy`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class RadioKind(StrEnum):
    """Where radio traffic goes."""

    SIM = "sim"
    """A simulation inside this process."""
    HCI = "hci"
    """A Bluetooth controller that is spoken to directly."""
    OS = "os"
    """The operating system's Bluetooth, or a device handed in by the host."""


class Purpose(StrEnum):
    """What personal data is processed for."""

    BINDING = "binding"
    HEALTH_MONITORING = "health_monitoring"
    HISTORY_STORAGE = "history_storage"
    SHARING = "sharing"


class Permission(StrEnum):
    """The two permissions of the purpose *binding* (L152-L160)."""

    LOCATION = "location"
    BLUETOOTH = "bluetooth"


class Category(StrEnum):
    """Categories of personal data."""

    SIGHTING = "sighting"
    """That a device was seen: address, name, signal strength (L51, L61)."""
    DEVICE_IDENTIFIER = "device_identifier"
    DEVICE_LINK = "device_link"
    """A connection to a device, without its readings."""
    DEVICE_STATUS = "device_status"
    """Battery, model, firmware, and the states of settings such as a light."""
    HEALTH = "health"
    """Every measurement (L35, L37)."""


class Operation(StrEnum):
    """What is done with personal data (L39)."""

    COLLECT = "collect"
    STORE = "store"
    USE = "use"
    PROCESS = "process"
    TRANSMIT = "transmit"
    PROVIDE = "provide"
    DISCLOSE = "disclose"
    DELETE = "delete"


_RECIPIENT = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SHARING = "sharing:"


@dataclass(frozen=True, slots=True)
class ConsentScope:
    """One thing a person can agree to, and withdraw, on its own.

    As text: ``location``, ``bluetooth``, ``health_monitoring``, ``history_storage`` or
    ``sharing:<recipient>``.
    """

    purpose: Purpose
    permission: Permission | None = None
    recipient: str | None = None

    def __post_init__(self) -> None:
        if (self.purpose is Purpose.BINDING) != (self.permission is not None):
            raise ValueError("binding is consented to by permission: location, bluetooth")
        if (self.purpose is Purpose.SHARING) != (self.recipient is not None):
            raise ValueError("sharing is consented to by recipient: sharing:<recipient>")
        if self.recipient is not None and not _RECIPIENT.fullmatch(self.recipient):
            raise ValueError(
                "a recipient's id has at most 32 lower-case letters, digits and hyphens"
            )

    def __str__(self) -> str:
        if self.permission is not None:
            return self.permission.value
        if self.recipient is not None:
            return f"{_SHARING}{self.recipient}"
        return self.purpose.value

    @property
    def kind(self) -> str:
        """The scope without its recipient: ``sharing`` for every ``sharing:<recipient>``."""
        return self.purpose.value if self.permission is None else self.permission.value

    @classmethod
    def parse(cls, text: str) -> ConsentScope:
        """Return the scope that is written ``text``.

        Raises:
            ValueError: there is no such scope.
        """
        if text.startswith(_SHARING):
            return cls(Purpose.SHARING, recipient=text.removeprefix(_SHARING))
        for scope in OWN_SCOPES:
            if text == str(scope):
                return scope
        raise ValueError(
            "no such consent; there are location, bluetooth, health_monitoring, "
            "history_storage and sharing:<recipient>"
        )

    @classmethod
    def sharing(cls, recipient: str) -> ConsentScope:
        """Return the scope of sharing with one recipient."""
        return cls(Purpose.SHARING, recipient=recipient)


LOCATION = ConsentScope(Purpose.BINDING, permission=Permission.LOCATION)
BLUETOOTH = ConsentScope(Purpose.BINDING, permission=Permission.BLUETOOTH)
HEALTH_MONITORING = ConsentScope(Purpose.HEALTH_MONITORING)
HISTORY_STORAGE = ConsentScope(Purpose.HISTORY_STORAGE)

OWN_SCOPES = (LOCATION, BLUETOOTH, HEALTH_MONITORING, HISTORY_STORAGE)
"""Every scope without a recipient."""

SHARING_KIND = "sharing"

REQUIREMENTS: Mapping[tuple[Purpose, Category, Operation], frozenset[str]] = MappingProxyType(
    {
        (Purpose.BINDING, Category.SIGHTING, Operation.COLLECT): frozenset(
            {"location", "bluetooth"}
        ),
        (Purpose.BINDING, Category.DEVICE_LINK, Operation.USE): frozenset({"bluetooth"}),
        (Purpose.BINDING, Category.DEVICE_IDENTIFIER, Operation.STORE): frozenset({"bluetooth"}),
        (Purpose.BINDING, Category.DEVICE_STATUS, Operation.COLLECT): frozenset({"bluetooth"}),
        (Purpose.BINDING, Category.DEVICE_STATUS, Operation.USE): frozenset({"bluetooth"}),
        (Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.COLLECT): frozenset(
            {"bluetooth", "health_monitoring"}
        ),
        (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.STORE): frozenset(
            {"health_monitoring", "history_storage"}
        ),
        (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.USE): frozenset({"history_storage"}),
        (Purpose.SHARING, Category.HEALTH, Operation.TRANSMIT): frozenset(
            {"health_monitoring", SHARING_KIND}
        ),
    }
)
"""What each act needs, as scope kinds. ``sharing`` stands for the recipient in question."""


def required_scopes(
    purpose: Purpose, category: Category, operation: Operation, recipient: str | None = None
) -> frozenset[ConsentScope] | None:
    """Return the consents an act needs, or ``None`` if no consent can allow it."""
    kinds = REQUIREMENTS.get((purpose, category, operation))
    if kinds is None or (SHARING_KIND in kinds) != (recipient is not None):
        return None
    return frozenset(
        ConsentScope.sharing(recipient)
        if kind == SHARING_KIND and recipient is not None
        else ConsentScope.parse(kind)
        for kind in kinds
    )


@dataclass(frozen=True, slots=True)
class ScopeTerms:
    """What a consent record says about a scope, in the field's terms.

    ISO/IEC TS 27560:2023 - Consent record information structure - §6.3; W3C DPV v2.3

    Attributes:
        why: what it is for, in one plain sentence.
        data: which data, in plain words.
        kept: for how long, in plain words.
        retention_period: the same as an ISO 8601 duration, or the event that ends it.
        validity: how long a consent holds before it must be asked for again.
        purpose_type: DPV term.
        pii_types: DPV-PD terms.
        special: whether it is special category data (health).
        collection_method: how the data comes in.
        primary_purpose: whether it belongs to the basic functions (L59) rather than the
            additional ones (L60).
        policy_lines: first and last lines of the policy it rests on.
        in_policy: whether the policy itself asks for this consent; if not, the notice is
            this project's own.
    """

    why: str
    data: str
    kept: str
    retention_period: str
    validity: str
    purpose_type: str
    pii_types: tuple[str, ...]
    special: bool
    collection_method: str
    primary_purpose: bool
    policy_lines: tuple[tuple[int, int], ...]
    in_policy: bool


HISTORY_DAYS = 30
"""Days that a reading is kept at most."""

UNTIL_UNBOUND = "until-unbound"
"""Retention that ends with an event, not on a date."""

SCOPE_TERMS: Mapping[str, ScopeTerms] = MappingProxyType(
    {
        "location": ScopeTerms(
            why="To search for baby devices nearby; what is nearby says where you are.",
            data="Which baby devices are near, and how strong their signal is.",
            kept="Not kept: a search result is gone when the search ends.",
            retention_period="P0D",
            validity="P180D",
            purpose_type="dpv:RequestedServiceProvision",
            pii_types=("pd:Location", "pd:MACAddress"),
            special=False,
            collection_method="ble_advertisement",
            primary_purpose=True,
            policy_lines=((61, 61), (152, 160)),
            in_policy=True,
        ),
        "bluetooth": ScopeTerms(
            why="To talk to a baby device over Bluetooth and to know it again.",
            data=(
                "The device's address, name, model, firmware, battery level, settings and "
                "pairing keys."
            ),
            kept="Until you unbind the device.",
            retention_period=UNTIL_UNBOUND,
            validity="P180D",
            purpose_type="dpv:RequestedServiceProvision",
            pii_types=("pd:MACAddress",),
            special=False,
            collection_method="ble_gatt",
            primary_purpose=True,
            policy_lines=((51, 51), (152, 160), (477, 479)),
            in_policy=True,
        ),
        "health_monitoring": ScopeTerms(
            why="To show you the child's measurements as they arrive.",
            data="Measurements of the child, such as the body temperature, with their times.",
            kept="Not kept: shown, then forgotten.",
            retention_period="P0D",
            validity="P1Y",
            purpose_type="dpv:ServiceProvision",
            pii_types=("pd:PhysicalHealth",),
            special=True,
            collection_method="ble_gatt",
            primary_purpose=False,
            policy_lines=((35, 37), (60, 60), (489, 493)),
            in_policy=False,
        ),
        "history_storage": ScopeTerms(
            why="To keep measurements, so that you can look back at them.",
            data="Measurements of the child, such as the body temperature, with their times.",
            kept=f"{HISTORY_DAYS} days.",
            retention_period=f"P{HISTORY_DAYS}D",
            validity="P1Y",
            purpose_type="dpv:ServicePersonalisation",
            pii_types=("pd:PhysicalHealth",),
            special=True,
            collection_method="ble_gatt",
            primary_purpose=False,
            policy_lines=((35, 37), (60, 60), (394, 394), (489, 493)),
            in_policy=False,
        ),
        "sharing": ScopeTerms(
            why="To send measurements to one recipient that you have chosen.",
            data="The fields of a measurement that are listed for this recipient.",
            kept="Here not at all; at the recipient as it says.",
            retention_period="P0D",
            validity="P1Y",
            purpose_type="dpv:ServiceProvision",
            pii_types=("pd:PhysicalHealth",),
            special=True,
            collection_method="ble_gatt",
            primary_purpose=False,
            policy_lines=((333, 341), (353, 353), (493, 493)),
            in_policy=False,
        ),
    }
)
"""The terms of every scope, by its kind."""


def terms(scope: ConsentScope) -> ScopeTerms:
    """Return what a scope means: why, which data, kept for how long, under which lines."""
    return SCOPE_TERMS[scope.kind]


def operations(scope: ConsentScope) -> tuple[Operation, ...]:
    """Return the operations that take this scope, in the policy's order (L39)."""
    found = {operation for (_, _, operation), kinds in REQUIREMENTS.items() if scope.kind in kinds}
    return tuple(operation for operation in Operation if operation in found)


_DURATION = re.compile(r"P(?:(?P<years>\d{1,3})Y)?(?:(?P<days>\d{1,5})D)?")


def duration(text: str) -> timedelta:
    """Return an ISO 8601 duration of years and days; a year counts as 365 days.

    Raises:
        ValueError: it has another form.
    """
    found = _DURATION.fullmatch(text)
    if found is None or text == "P":
        raise ValueError("not a duration of years and days (P1Y, P180D)")
    return timedelta(days=365 * int(found["years"] or 0) + int(found["days"] or 0))
