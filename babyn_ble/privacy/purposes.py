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
    ENVIRONMENT = "environment"
    """Showing the values of the room."""
    HISTORY_STORAGE = "history_storage"
    DEVICE_CONTROL = "device_control"
    BACKGROUND_COLLECTION = "background_collection"
    """Searching and connecting while nobody is at the program (L94)."""
    SHARING = "sharing"
    CROSS_BORDER = "cross_border"
    """Sharing with a recipient in another country than the subject's (L497-L505)."""
    DIAGNOSTICS = "diagnostics"
    """Finding out why something does not work (L31, L226)."""


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
    """Every measurement of a body (L35, L37)."""
    ENVIRONMENT = "environment"
    """What is measured of the room: temperature, humidity, pressure, CO2, light, sound level."""
    FAULTS = "faults"
    """Error codes and counts, with nothing in them that points to a person or a device."""


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
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class ConsentScope:
    """One thing a person can agree to, and withdraw, on its own.

    As text: ``location``, ``bluetooth``, the name of a purpose (``health_monitoring``),
    ``sharing:<recipient>`` or ``cross_border:<country>``.
    """

    purpose: Purpose
    permission: Permission | None = None
    recipient: str | None = None
    country: str | None = None

    def __post_init__(self) -> None:
        if (self.purpose is Purpose.BINDING) != (self.permission is not None):
            raise ValueError("binding is consented to by permission: location, bluetooth")
        if (self.purpose is Purpose.SHARING) != (self.recipient is not None):
            raise ValueError("sharing is consented to by recipient: sharing:<recipient>")
        if (self.purpose is Purpose.CROSS_BORDER) != (self.country is not None):
            raise ValueError("cross-border is consented to by country: cross_border:<country>")
        if self.recipient is not None and not _RECIPIENT.fullmatch(self.recipient):
            raise ValueError(
                "a recipient's id has at most 32 lower-case letters, digits and hyphens"
            )
        if self.country is not None and not _COUNTRY.fullmatch(self.country):
            raise ValueError("a country is named by its two-letter code (ISO 3166)")

    def __str__(self) -> str:
        detail = self.recipient or self.country
        return self.kind if detail is None else f"{self.kind}:{detail}"

    @property
    def kind(self) -> str:
        """The scope without its recipient or country: ``sharing``, ``cross_border``."""
        return self.purpose.value if self.permission is None else self.permission.value

    @classmethod
    def parse(cls, text: str) -> ConsentScope:
        """Return the scope that is written ``text``.

        Raises:
            ValueError: there is no such scope.
        """
        kind, colon, detail = text.partition(":")
        if colon and kind == SHARING_KIND:
            return cls.sharing(detail)
        if colon and kind == CROSS_BORDER_KIND:
            return cls.cross_border(detail)
        for scope in OWN_SCOPES:
            if text == str(scope):
                return scope
        raise ValueError(
            f"no such consent; there are {', '.join(map(str, OWN_SCOPES))}, "
            "sharing:<recipient> and cross_border:<country>"
        )

    @classmethod
    def sharing(cls, recipient: str) -> ConsentScope:
        """Return the scope of sharing with one recipient."""
        return cls(Purpose.SHARING, recipient=recipient)

    @classmethod
    def cross_border(cls, country: str) -> ConsentScope:
        """Return the scope of sending to one country; ``ZZ`` is one that is not known."""
        return cls(Purpose.CROSS_BORDER, country=country)


LOCATION = ConsentScope(Purpose.BINDING, permission=Permission.LOCATION)
BLUETOOTH = ConsentScope(Purpose.BINDING, permission=Permission.BLUETOOTH)
HEALTH_MONITORING = ConsentScope(Purpose.HEALTH_MONITORING)
ENVIRONMENT = ConsentScope(Purpose.ENVIRONMENT)
HISTORY_STORAGE = ConsentScope(Purpose.HISTORY_STORAGE)
DEVICE_CONTROL = ConsentScope(Purpose.DEVICE_CONTROL)
BACKGROUND_COLLECTION = ConsentScope(Purpose.BACKGROUND_COLLECTION)
DIAGNOSTICS = ConsentScope(Purpose.DIAGNOSTICS)

OWN_SCOPES = (
    LOCATION,
    BLUETOOTH,
    HEALTH_MONITORING,
    ENVIRONMENT,
    HISTORY_STORAGE,
    DEVICE_CONTROL,
    BACKGROUND_COLLECTION,
    DIAGNOSTICS,
)
"""Every scope without a recipient or a country, in the order in which they are asked for."""

SHARING_KIND = "sharing"
CROSS_BORDER_KIND = "cross_border"

_NEEDS: Mapping[tuple[Purpose, Category, Operation], str] = MappingProxyType(
    {
        (Purpose.BINDING, Category.SIGHTING, Operation.COLLECT): "location bluetooth",
        (Purpose.BINDING, Category.DEVICE_LINK, Operation.USE): "bluetooth",
        (Purpose.BINDING, Category.DEVICE_IDENTIFIER, Operation.STORE): "bluetooth",
        (Purpose.BINDING, Category.DEVICE_STATUS, Operation.COLLECT): "bluetooth",
        (Purpose.BACKGROUND_COLLECTION, Category.SIGHTING, Operation.COLLECT): (
            "location bluetooth background_collection"
        ),
        (Purpose.BACKGROUND_COLLECTION, Category.DEVICE_LINK, Operation.USE): (
            "bluetooth background_collection"
        ),
        (Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.COLLECT): (
            "bluetooth health_monitoring"
        ),
        (Purpose.ENVIRONMENT, Category.ENVIRONMENT, Operation.COLLECT): "bluetooth environment",
        (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.STORE): (
            "health_monitoring history_storage"
        ),
        (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.USE): "history_storage",
        (Purpose.HISTORY_STORAGE, Category.ENVIRONMENT, Operation.STORE): (
            "environment history_storage"
        ),
        (Purpose.HISTORY_STORAGE, Category.ENVIRONMENT, Operation.USE): "history_storage",
        (Purpose.DEVICE_CONTROL, Category.DEVICE_STATUS, Operation.USE): (
            "bluetooth device_control"
        ),
        (Purpose.SHARING, Category.HEALTH, Operation.TRANSMIT): "health_monitoring sharing",
        (Purpose.SHARING, Category.ENVIRONMENT, Operation.TRANSMIT): "environment sharing",
        (Purpose.CROSS_BORDER, Category.HEALTH, Operation.TRANSMIT): (
            "health_monitoring sharing cross_border"
        ),
        (Purpose.CROSS_BORDER, Category.ENVIRONMENT, Operation.TRANSMIT): (
            "environment sharing cross_border"
        ),
        (Purpose.DIAGNOSTICS, Category.FAULTS, Operation.USE): "diagnostics",
    }
)

REQUIREMENTS: Mapping[tuple[Purpose, Category, Operation], frozenset[str]] = MappingProxyType(
    {act: frozenset(kinds.split()) for act, kinds in _NEEDS.items()}
)
"""What each act needs, as scope kinds. ``sharing`` stands for the recipient in question, and
``cross_border`` for the country that it is in."""


def required_scopes(
    purpose: Purpose,
    category: Category,
    operation: Operation,
    recipient: str | None = None,
    country: str | None = None,
) -> frozenset[ConsentScope] | None:
    """Return the consents an act needs, or ``None`` if no consent can allow it.

    Args:
        purpose: what for.
        category: which data.
        operation: what is done with them.
        recipient: who gets them, if it is about sharing.
        country: where the recipient is, if that is another country than the subject's;
            sharing then is the act of another purpose, *cross-border*.
    """
    if purpose is Purpose.SHARING and country is not None:
        purpose = Purpose.CROSS_BORDER
    kinds = REQUIREMENTS.get((purpose, category, operation))
    if (
        kinds is None
        or (SHARING_KIND in kinds) != (recipient is not None)
        or (CROSS_BORDER_KIND in kinds) != (country is not None)
    ):
        return None
    scopes = {scope for scope in OWN_SCOPES if scope.kind in kinds}
    if recipient is not None:
        scopes.add(ConsentScope.sharing(recipient))
    if country is not None:
        scopes.add(ConsentScope.cross_border(country))
    return frozenset(scopes)


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
