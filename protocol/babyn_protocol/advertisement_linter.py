"""What is wrong with an advertisement: its form, who does not see it, what it gives away.

::

    for finding in lint(advertising_data, scan_response, connectable=True):
        print(finding)

A pure function over bytes; the rules themselves are in :mod:`babyn_protocol.advertisement_rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from babyn_protocol import advertisement_rules as rules
from babyn_protocol import bthome
from babyn_protocol.ad_structures import (
    EXTENDED_SIZE,
    LEGACY_SIZE,
    LOCAL_NAMES,
    UUID_LISTS,
    AdStructure,
    AdType,
    malformed,
    split,
)
from babyn_protocol.advertisement import AddressKind, Advertisement
from babyn_protocol.advertisement_rules import Rule, Severity
from babyn_protocol.uuids import short, uuid16


class Part(StrEnum):
    """Where something was found."""

    ADVERTISING_DATA = "advertising data"
    SCAN_RESPONSE = "scan response"
    WHOLE = "advertisement"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. Holds nothing of what the device said."""

    rule: Rule
    """What, why, and what to do about it."""

    part: Part
    """Where."""

    offset: int | None = None
    """The byte in that part at which it starts; ``None``: it is no single place."""

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.rule.severity

    @property
    def code(self) -> str:
        """The rule's short name, which does not change."""
        return self.rule.code

    @property
    def source(self) -> str:
        """Who says so."""
        return self.rule.source

    @property
    def text(self) -> str:
        """What was found, why it matters, and what to do."""
        where = self.part if self.offset is None else f"{self.part}, byte {self.offset}"
        return f"{where}: {self.rule.what}. Why: {self.rule.why}. Do: {self.rule.remedy}."

    def __str__(self) -> str:
        return f"{self.severity} {self.code}: {self.text} [{self.source}]"


def lint(
    advertising_data: bytes,
    scan_response: bytes | None,
    *,
    connectable: bool,
    address_kind: AddressKind = AddressKind.UNKNOWN,
) -> tuple[Finding, ...]:
    """Say what is wrong with a legacy advertisement, worst first.

    Args:
        advertising_data: as sent.
        scan_response: as sent; ``None`` if there is none, or if it is not known.
        connectable: whether it can be connected to.
        address_kind: what kind of address it is sent from.
    """
    data = _Seen(Part.ADVERTISING_DATA, advertising_data)
    response = _Seen(Part.SCAN_RESPONSE, scan_response or b"")
    found = [
        *_form(data),
        *_form(response),
        *_flags(data, response, connectable=connectable),
        *_visibility(data.said, response.said),
        *_filters(data.said, response.said),
        *_names(data),
        *_names(response),
        *_contents(data, address_kind),
        *_contents(response, address_kind),
        *_address(address_kind),
    ]
    order = tuple(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


class _Seen:
    """One part, as far as it can be read."""

    def __init__(self, part: Part, data: bytes) -> None:
        self.part = part
        self.data = data[:EXTENDED_SIZE]
        self.size = len(data)
        structures, self.end = split(self.data)
        self.placed: list[tuple[int, AdStructure]] = []
        at = 0
        for structure in structures:
            self.placed.append((at, structure))
            at += len(bytes(structure))

    @cached_property
    def said(self) -> Advertisement:
        """What its well-formed structures say."""
        return Advertisement.of(found for _, found in self.placed if malformed(found) is None)

    def finding(self, rule: Rule, offset: int | None = None) -> Finding:
        """Make a finding here."""
        return Finding(rule, self.part, offset)


def _form(seen: _Seen) -> Iterator[Finding]:
    if seen.size > LEGACY_SIZE:
        yield seen.finding(rules.TOO_LONG, LEGACY_SIZE)
    if seen.end is not None:
        if seen.data[seen.end]:
            yield seen.finding(rules.CUT_OFF, seen.end)
        elif any(seen.data[seen.end :]):
            yield seen.finding(rules.BYTES_AFTER_END, seen.end)
    once: set[object] = set()
    for offset, structure in seen.placed:
        if malformed(structure) is not None:
            yield seen.finding(rules.MALFORMED, offset)
        group = _GROUPS.get(structure.type)
        if group in once:
            yield seen.finding(rules.REPEATED, offset)
        if group is not None:
            once.add(group)


_GROUPS: Final = {
    AdType.FLAGS.value: "flags",
    AdType.TX_POWER_LEVEL.value: "power",
    **dict.fromkeys(LOCAL_NAMES, "name"),
    **{kind: f"UUIDs of {size} bytes" for kind, size in UUID_LISTS.items()},
}


def _flags(data: _Seen, response: _Seen, *, connectable: bool) -> Iterator[Finding]:
    for offset, structure in response.placed:
        if structure.type == AdType.FLAGS:
            yield response.finding(rules.FLAGS_IN_SCAN_RESPONSE, offset)
    places = [(at, found) for at, found in data.placed if found.type == AdType.FLAGS]
    if not places:
        yield data.finding(rules.FLAGS_MISSING if connectable else rules.FLAGS_ABSENT)
        return
    offset, structure = places[0]
    value = int.from_bytes(structure.data, "little")
    for wrong, rule in (
        (value & 0x03 == 0x03, rules.FLAGS_BOTH_MODES),
        (not value & 0x03, rules.FLAGS_NOT_DISCOVERABLE),
        (not value & 0x04 or bool(value & 0x18), rules.FLAGS_BR_EDR),
        (value >> 5, rules.FLAGS_RESERVED),
    ):
        if wrong:
            yield data.finding(rule, offset)


def _visibility(data: Advertisement, response: Advertisement) -> Iterator[Finding]:
    if _offered(response) - _offered(data):
        yield Finding(rules.ONLY_IN_SCAN_RESPONSE, Part.SCAN_RESPONSE)
    if response.local_name is not None and data.local_name is None:
        yield Finding(rules.NAME_ONLY_IN_SCAN_RESPONSE, Part.SCAN_RESPONSE)
    if not _offered(data):
        yield Finding(rules.NOTHING_TO_RECOGNISE, Part.ADVERTISING_DATA)


def _offered(said: Advertisement) -> frozenset[object]:
    """Return what a filter can match: UUIDs listed, UUIDs with data, companies."""
    return frozenset(
        (
            *said.service_uuids,
            *(("data of", uuid) for uuid, _ in said.service_data),
            *(("company", company) for company, _ in said.manufacturer_data),
        )
    )


def _filters(data: Advertisement, response: Advertisement) -> Iterator[Finding]:
    if data.service_uuids or response.service_uuids:
        return
    yield Finding(rules.IOS_BACKGROUND, Part.WHOLE)
    if data.service_data or data.manufacturer_data:
        yield Finding(rules.ANDROID_SCREEN_OFF, Part.WHOLE)
    yield Finding(rules.BLUEZ_UUID_FILTER, Part.WHOLE)
    yield Finding(rules.MACOS_UUID_FILTER, Part.WHOLE)


_CHILD: Final = re.compile(
    "baby|infant|newborn|toddler|nursery|bebe|b\u00e9b\u00e9|s\u00e4ugling|nourrisson|neonat"
)
_CHILD_WORDS: Final = frozenset(
    {"child", "children", "cot", "cradle", "crib", "diaper", "enfant", "kid", "kids", "nappy"}
)
_WORD: Final = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_TOKEN: Final = re.compile(r"[0-9A-Za-z]+")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{4,}")
_OCTETS: Final = re.compile(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){2,}")
_RUN: Final = re.compile(rb"[0-9A-Za-z]{6,}")


def _names(seen: _Seen) -> Iterator[Finding]:
    for offset, structure in seen.placed:
        if structure.type not in LOCAL_NAMES:
            continue
        name = structure.data.decode("utf-8", "replace")
        if "\ufffd" in name or not name.isprintable():
            yield seen.finding(rules.NAME_NOT_TEXT, offset)
        words = {word.casefold() for word in _WORD.findall(name)}
        if _CHILD.search(name.casefold()) or words & _CHILD_WORDS:
            yield seen.finding(rules.NAME_TELLS, offset)
        if _OCTETS.search(name) or any(map(_like_a_serial, _TOKEN.findall(name))):
            yield seen.finding(rules.NAME_SERIAL, offset)


def _like_a_serial(token: str) -> bool:
    """Tell whether it is four or more hexadecimal digits, or letters among many numbers."""
    digits = sum(character.isdigit() for character in token)
    return bool(digits and _HEX.fullmatch(token)) or (len(token) >= 6 and digits >= 3)


_HEALTH: Final = frozenset(
    # Glucose, Health Thermometer, Heart Rate, Blood Pressure, Body Composition, Weight Scale,
    # Pulse Oximeter.
    map(uuid16, (0x1808, 0x1809, 0x180D, 0x1810, 0x181B, 0x181D, 0x1822))
)
_LONG: Final = frozenset(
    {
        AdType.INCOMPLETE_UUID128_LIST,
        AdType.COMPLETE_UUID128_LIST,
        AdType.SERVICE_DATA_UUID128,
    }
)
_ADDRESSES: Final = frozenset(
    {AdType.PUBLIC_TARGET_ADDRESS, AdType.RANDOM_TARGET_ADDRESS, AdType.LE_DEVICE_ADDRESS}
)
_TEST_COMPANY: Final = 0xFFFF


def _contents(seen: _Seen, address_kind: AddressKind) -> Iterator[Finding]:
    for offset, structure in seen.placed:
        if malformed(structure) is not None:
            continue
        said = Advertisement.of([structure])
        uuids = {*said.service_uuids, *(uuid for uuid, _ in said.service_data)}
        if structure.type in _LONG and any(short(uuid).startswith("0x") for uuid in uuids):
            yield seen.finding(rules.LONG_UUID, offset)
        if structure.type in _ADDRESSES:
            yield seen.finding(rules.ADDRESS_IN_DATA, offset)
        if uuids & _HEALTH:
            yield seen.finding(rules.HEALTH_SERVICE, offset)
        for company, data in said.manufacturer_data:
            if company == _TEST_COMPANY:
                yield seen.finding(rules.TEST_COMPANY, offset)
            if _holds_a_serial(data):
                yield seen.finding(rules.DATA_SERIAL, offset)
        for uuid, data in said.service_data:
            if uuid == bthome.SERVICE_UUID:
                yield from (seen.finding(rule, offset) for rule in _bthome(data, address_kind))
            elif _holds_a_serial(data):
                yield seen.finding(rules.DATA_SERIAL, offset)


def _holds_a_serial(data: bytes) -> bool:
    return any(_like_a_serial(run.decode()) for run in _RUN.findall(data))


def _bthome(data: bytes, address_kind: AddressKind) -> Iterator[Rule]:
    try:
        broadcast = bthome.parse(data)
    except bthome.MalformedBroadcastError:
        yield rules.BTHOME_FOREIGN
        return
    if broadcast.address is not None:
        yield rules.BTHOME_ADDRESS
    if isinstance(broadcast, bthome.Broadcast):
        yield rules.BTHOME_PLAINTEXT
    elif broadcast.address is None:
        if address_kind in _CHANGING:
            yield rules.BTHOME_CHANGING_ADDRESS
        yield rules.BTHOME_MACOS


_CHANGING: Final = frozenset({AddressKind.RESOLVABLE_PRIVATE, AddressKind.NON_RESOLVABLE_PRIVATE})


def _address(address_kind: AddressKind) -> Iterator[Finding]:
    if address_kind is AddressKind.PUBLIC:
        yield Finding(rules.PUBLIC_ADDRESS, Part.WHOLE)
    if address_kind is AddressKind.RANDOM_STATIC:
        yield Finding(rules.STATIC_ADDRESS, Part.WHOLE)
