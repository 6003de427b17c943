"""What each consent means: why, which data, kept for how long, under which lines of the policy.

Line ranges (L152-L160) are those of the policy text in :mod:`babyn_ble.privacy.policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from babyn_ble.privacy.purposes import ConsentScope


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeTerms:
    """What a consent record says about a scope, in the field's terms.

    ISO/IEC TS 27560:2023 - Consent record information structure - §6.3; W3C DPV v2.3

    What has a default is, for most of them: nothing is kept, for a year, an additional function,
    with a notice of this project's own.

    Attributes:
        why: what it is for, in one plain sentence.
        data: which data, in plain words.
        kept: for how long, in plain words.
        purpose_type: DPV term.
        pii_types: DPV-PD terms.
        special: whether it is special category data (health).
        policy_lines: first and last lines of the policy it rests on.
        retention_period: ``kept`` as an ISO 8601 duration, or the event that ends it.
        validity: how long a consent holds before it must be asked for again.
        collection_method: how the data comes in.
        primary_purpose: whether it belongs to the basic functions (L59) rather than the
            additional ones (L60).
        in_policy: whether the policy itself asks for this consent; if not, the notice is
            this project's own.
    """

    why: str
    data: str
    kept: str
    purpose_type: str
    pii_types: tuple[str, ...]
    special: bool
    policy_lines: tuple[tuple[int, int], ...]
    retention_period: str = "P0D"
    validity: str = "P1Y"
    collection_method: str = "ble_gatt"
    primary_purpose: bool = False
    in_policy: bool = False


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
            primary_purpose=True,
            policy_lines=((51, 51), (152, 160), (477, 479)),
            in_policy=True,
        ),
        "health_monitoring": ScopeTerms(
            why="To show you the child's measurements as they arrive.",
            data="Measurements of the child, such as the body temperature, with their times.",
            kept="Not kept: shown, then forgotten.",
            purpose_type="dpv:ServiceProvision",
            pii_types=("pd:PhysicalHealth",),
            special=True,
            policy_lines=((35, 37), (60, 60), (489, 493)),
        ),
        "environment": ScopeTerms(
            why="To show you how the room is: how warm, how damp, how loud.",
            data="Measurements of the room, such as its temperature, with their times.",
            kept="Not kept: shown, then forgotten.",
            purpose_type="dpv:ServiceProvision",
            pii_types=("pd:HouseholdData",),
            special=False,
            policy_lines=((35, 37), (60, 60), (489, 493)),
        ),
        "history_storage": ScopeTerms(
            why="To keep measurements, so that you can look back at them.",
            data="The measurements that are shown, of the child and the room, with their times.",
            kept=f"{HISTORY_DAYS} days.",
            retention_period=f"P{HISTORY_DAYS}D",
            purpose_type="dpv:ServicePersonalisation",
            pii_types=("pd:PhysicalHealth",),
            special=True,
            policy_lines=((35, 37), (60, 60), (394, 394), (489, 493)),
        ),
        "device_control": ScopeTerms(
            why="To set what a device does: a light, a sound, how warm a bottle gets.",
            data="What you set, and how the device says that it stands then.",
            kept="Not kept here; the device keeps its settings.",
            purpose_type="dpv:RequestedServiceProvision",
            pii_types=("pd:DeviceBased",),
            special=False,
            policy_lines=((60, 60),),
        ),
        "background_collection": ScopeTerms(
            why="To search for your devices and to connect to them while nobody is watching.",
            data="The same as with you at the program: what is near, and what it sends.",
            kept="As its own consent says for each kind of data.",
            validity="P180D",
            purpose_type="dpv:ServiceProvision",
            pii_types=("pd:Location", "pd:MACAddress"),
            special=False,
            collection_method="ble_advertisement",
            policy_lines=((27, 27), (60, 60), (94, 94)),
        ),
        "diagnostics": ScopeTerms(
            why="To find out why something does not work.",
            data="Error codes and counts, with nothing in them that points to anyone.",
            kept="7 days, in this program; what you save to a file, until you delete it.",
            retention_period="P7D",
            purpose_type="dpv:ServiceOptimisation",
            pii_types=("pd:DeviceSoftware",),
            special=False,
            collection_method="local",
            policy_lines=((31, 31), (60, 60), (226, 226)),
        ),
        "sharing": ScopeTerms(
            why="To send measurements to one recipient that you have chosen.",
            data="The fields of a measurement that are listed for this recipient.",
            kept="Here not at all; at the recipient as it says.",
            purpose_type="dpv:ServiceProvision",
            pii_types=("pd:PhysicalHealth",),
            special=True,
            policy_lines=((333, 341), (353, 353), (493, 493)),
        ),
        "cross_border": ScopeTerms(
            why="To send measurements to a recipient in another country.",
            data="What its recipients there get by their own consents; nothing more.",
            kept="Here not at all; there as each recipient says.",
            purpose_type="dpv:ServiceProvision",
            pii_types=("pd:PhysicalHealth",),
            special=True,
            policy_lines=((497, 505),),
        ),
    }
)
"""The terms of every scope, by its kind."""


def terms(scope: ConsentScope) -> ScopeTerms:
    """Return what a scope means: why, which data, kept for how long, under which lines."""
    return SCOPE_TERMS[scope.kind]
