"""What a central may do differently from ours, one setting a difference."""

# ruff: noqa: RUF009 - setting() declares a field, it does not compute a default
from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

_T = TypeVar("_T")


class PassiveScan(Enum):
    """What becomes of a passive scan."""

    ALLOWED = "allowed"
    NEEDS_PATTERNS = "needs patterns"
    """Only with ``bluez={"or_patterns": …}``, and reports what matches one of them."""
    REFUSED = "refused"
    ALWAYS = "always"
    """Every scan is passive, whatever the program asks for: no scan responses."""


class Unreachable(Enum):
    """What a connect raises if the peer does not answer."""

    NOT_FOUND = "BleakDeviceNotFoundError"
    TIMEOUT = "TimeoutError"
    UNREACHABLE = "BleakError: Unreachable"


class ServiceCache(Enum):
    """Whether a connect shows the services of an earlier one."""

    NEVER = "never"
    ON_REQUEST = "on request"
    """If the program asks with ``winrt={"use_cached_services": True}``."""
    SAME_RANGE = "same range"
    """A service with the same UUID and handles as before counts as unchanged inside."""
    ALWAYS = "always"
    """Until ``clear_cache()``; the peer is not asked."""


class LostLink(Enum):
    """What a request raises if the link goes away under it."""

    DISCONNECTED = "BleakError: disconnected"
    UNLIKELY = "BleakGATTProtocolError: 0x0E"
    UNREACHABLE = "BleakError: Unreachable"


class Refusal(Enum):
    """What a request raises if the peer refuses it."""

    CODE = "BleakGATTProtocolError"
    NOT_PAIRED = "not paired"
    """The code, except for want of security: then the error of D-Bus, without a code."""
    TEXT = "text"
    """A plain ``BleakError``: the code stands in its text only."""


def setting(default: _T, about: str) -> _T:
    """Declare a setting.

    Args:
        default: what this package does by itself.
        about: what the setting means, in a sentence.
    """
    return dataclasses.field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of a profile that is not as in ``plain``."""

    setting: str
    value: object
    about: str
    """What the setting means."""

    source: str
    """Where it stands that the platform does so; empty for a profile of one's own."""


@dataclass(frozen=True, kw_only=True)
class CentralProfile:
    """How a central behaves towards a bleak program.

    Each setting stands alone: ``dataclasses.replace`` turns one on or off, in a profile that
    is there or in an empty one. All defaults together are the profile ``plain``. A new setting
    needs a profile that has it, with its source, and a test; the tests ask for both.
    """

    name: str = "plain"

    # Scanning

    uuid_addresses: bool = setting(
        False, "Peers go by a UUID of this central's own; their addresses stay hidden."
    )
    one_scan: bool = setting(
        False, "A second scan at the same time fails with org.bluez.Error.InProgress."
    )
    passive_scan: PassiveScan = setting(
        PassiveScan.ALLOWED, "What becomes of a passive scan: allowed, refused, or the only kind."
    )
    rssi_step: int | None = setting(
        None,
        "A report is passed on if its data is new, or its RSSI moved by so many dB; None: always.",
    )
    keeps_old_data: bool = setting(
        False, "What a peer once advertised is reported on, also when it advertises it no more."
    )
    gap_names: bool = setting(
        False, "After a connect, BLEDevice.name is the Device Name attribute, not the advertised."
    )

    # Connecting

    scans_to_connect: bool = setting(
        False, "A connect by address scans first, and fails if the scan does not see the peer."
    )
    forgets_after: float | None = setting(
        None, "Seconds unseen after which a peer without bond or link cannot be connected to."
    )
    unreachable: Unreachable = setting(
        Unreachable.NOT_FOUND, "What a connect raises if the peer does not answer in time."
    )
    connection_slots: int | None = setting(None, "So many links at a time; one more is refused.")
    disconnect_delay: float = setting(0.0, "Seconds between disconnect() and the end of the link.")

    # Services

    service_cache: ServiceCache = setting(
        ServiceCache.NEVER, "Whether services found by an earlier connect are shown again."
    )
    hidden_services: frozenset[int] = setting(
        frozenset(), "Services, by 16-bit UUID, that the program does not get to see."
    )
    read_only_services: frozenset[int] = setting(
        frozenset(), "Services, by 16-bit UUID, in which the program may not write."
    )
    value_handles: bool = setting(
        False, "A characteristic's handle is that of its value, not that of its declaration."
    )

    # Values

    mtu_size_unknown: bool = setting(
        False, "mtu_size is 23 whatever was agreed, until _acquire_mtu() was called."
    )
    late_mtu: bool = setting(
        False, "The MTU is agreed after connect() has returned; until then it is 23."
    )
    refusal: Refusal = setting(Refusal.CODE, "What a request raises if the peer refuses it.")
    lost_link: LostLink = setting(
        LostLink.DISCONNECTED, "What a request raises if the link goes away under it."
    )
    reads_notify: bool = setting(
        False, "Reading a characteristic that is subscribed to also calls the subscriber."
    )
    confuses_reads: bool = setting(
        False, "A value notified during a read of the same characteristic counts as its answer."
    )
    acquired_late: bool = setting(
        False,
        "With bluez={'use_start_notify': False}, what is notified before start_notify() returns"
        " is lost.",
    )
    strict_subscriptions: bool = setting(
        False, "Subscribing twice, or unsubscribing what is not subscribed to, is a ValueError."
    )

    # Pairing

    pairs_by_call: bool = setting(True, "There is pair() and unpair().")
    pairs_on_demand: bool = setting(
        False, "A request that is refused for want of security pairs, and is repeated."
    )
    pairing_agent: bool = setting(
        True, "Somebody answers for this side of a pairing; without, pair() fails."
    )
    just_works_only: bool = setting(
        False, "Only pairings that ask nothing of anybody: no number is compared or typed."
    )
    unpair_needs_link: bool = setting(False, "unpair() works only while connected.")

    sources: Mapping[str, str] = dataclasses.field(
        default_factory=dict[str, str], compare=False, repr=False
    )
    """For each setting that differs: where it stands that the platform does so."""

    def differences(self) -> Iterator[Difference]:
        """Yield what is not as in ``plain``, in the order of the settings."""
        for field in dataclasses.fields(self):
            value: object = getattr(self, field.name)
            if "about" in field.metadata and value != field.default:
                yield Difference(
                    field.name,
                    value,
                    str(field.metadata["about"]),
                    self.sources.get(field.name, ""),
                )
