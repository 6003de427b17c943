"""The advertisement linter: each rule where it applies, and where it does not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_protocol.advertisement import AddressKind, AdStructure, build
from babyn_protocol.advertisement_linter import Finding, Part, lint
from babyn_protocol.advertisement_rules import RULES, Rule, Severity

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "protocol" / "vectors" / "advertisement.json").read_text("utf-8")
)


def findings(advertisement: dict[str, Any]) -> tuple[Finding, ...]:
    response = advertisement["scan_response"]
    return lint(
        bytes.fromhex(advertisement["advertising_data"]),
        None if response is None else bytes.fromhex(response),
        connectable=advertisement["connectable"],
        address_kind=AddressKind(advertisement["address"]),
    )


@pytest.mark.parametrize("entry", VECTORS["rules"], ids=lambda entry: entry["code"])
def test_each_rule_is_found_and_its_remedy_helps(entry: dict[str, Any]) -> None:
    """Mutant: a rule that is never found, or always."""
    assert entry["code"] in {finding.code for finding in findings(entry["wrong"])}
    assert entry["code"] not in {finding.code for finding in findings(entry["right"])}


def test_every_rule_is_tested() -> None:
    assert [entry["code"] for entry in VECTORS["rules"]] == [rule.code for rule in RULES]


@pytest.mark.parametrize("entry", VECTORS["advertisements"], ids=lambda entry: entry["about"])
def test_whole_advertisements(entry: dict[str, Any]) -> None:
    """Mutant: findings of no use, which nobody then reads; or in no order."""
    assert [finding.code for finding in findings(entry["advertisement"])] == entry["codes"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_says_what_why_what_to_do_and_who_says_so(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.code)
    for text in (rule.what, rule.why, rule.remedy, rule.source):
        assert text
        assert not text.endswith(".")
    text = str(Finding(rule, Part.WHOLE))
    assert text.startswith(f"{rule.severity} {rule.code}: advertisement: {rule.what}. Why: ")
    assert text.endswith(f"[{rule.source}]")


def named(name: str) -> set[str]:
    data = build(AdStructure.flags(), AdStructure.service_uuids("180F"))
    response = build(AdStructure.local_name(name))
    return {finding.code for finding in lint(data, response, connectable=True)}


@pytest.mark.parametrize(
    "name",
    ["BabyN", "My Baby", "babysense", "KidSensor", "CRIB", "Bébé", "Säugling-T", "kids room"],
)
def test_names_that_tell_of_a_child(name: str) -> None:
    assert "name-tells-of-a-child" in named(name)


@pytest.mark.parametrize("name", ["Thermo", "Kidney", "Describe", "Cotton", "Nightlight", ""])
def test_names_that_do_not(name: str) -> None:
    """Mutant: words are looked for inside other words."""
    assert "name-tells-of-a-child" not in named(name)


@pytest.mark.parametrize(
    "name",
    ["Sense-3F2A", "T 004217", "SN12X345", "A5:80:8F", "54-48-E6", "Thermo A580", "x1y2z3w"],
)
def test_names_like_a_serial(name: str) -> None:
    """Mutant: only decimal digits count; or only the end of the name."""
    assert "name-like-a-serial" in named(name)


@pytest.mark.parametrize("name", ["Sense", "T1", "Sense 2", "DIY-sensor", "Decade", "MX-500"])
def test_names_of_a_model(name: str) -> None:
    assert "name-like-a-serial" not in named(name)


def test_thirty_one_bytes_fit() -> None:
    """Mutant: one byte too many is not found, or the last one that fits is."""
    for size, too_long in ((22, False), (23, True)):
        data = build(
            AdStructure.flags(),
            AdStructure.service_uuids("180F"),
            AdStructure.manufacturer_data(0x004C, bytes(size - 2)),
            limit=32,
        )
        assert len(data) == (32 if too_long else 31)
        found = lint(data, None, connectable=True)
        assert ("too-long" in {finding.code for finding in found}) is too_long


def test_what_is_in_both_parts_is_not_hidden() -> None:
    """Mutant: whatever the scan response offers is found, seen or not."""
    listed = AdStructure.service_uuids("180F")
    both = lint(build(AdStructure.flags(), listed), build(listed), connectable=True)
    assert "only-in-scan-response" not in {finding.code for finding in both}
    more = build(listed, AdStructure.service_data("180F", b"\x64"))
    found = lint(build(AdStructure.flags(), listed), more, connectable=True)
    assert "only-in-scan-response" in {finding.code for finding in found}


def test_findings_say_where_and_nothing_of_what_was_said() -> None:
    """Mutant: the name, the data or the address is quoted in a text that ends in a log."""
    data = build(
        AdStructure.flags(),
        AdStructure.service_uuids("1809"),
        AdStructure.manufacturer_data(0xFFFF, b"SN004217"),
    )
    response = build(AdStructure.local_name("BabyN A5808F"))
    found = lint(data, response, connectable=True, address_kind=AddressKind.PUBLIC)
    places = {finding.code: (finding.part, finding.offset) for finding in found}
    assert places["health-service"] == (Part.ADVERTISING_DATA, 3)
    assert places["data-like-a-serial"] == (Part.ADVERTISING_DATA, 7)
    assert places["name-like-a-serial"] == (Part.SCAN_RESPONSE, 0)
    assert places["public-address"] == (Part.WHOLE, None)
    said = " ".join(f"{finding} {finding!r}" for finding in found)
    for secret in ("BabyN", "A5808F", "SN004217", "004217", "534E"):
        assert secret not in said


@settings(deadline=None)
@given(
    st.binary(max_size=40),
    st.none() | st.binary(max_size=40),
    st.booleans(),
    st.sampled_from(AddressKind),
)
def test_any_bytes_are_linted(
    data: bytes, response: bytes | None, connectable: bool, kind: AddressKind
) -> None:
    """Mutant: a malformed structure ends the linter instead of being a finding."""
    found = lint(data, response, connectable=connectable, address_kind=kind)
    order = [tuple(Severity).index(finding.severity) for finding in found]
    assert order == sorted(order)
    for finding in found:
        size = len(data if finding.part is Part.ADVERTISING_DATA else response or b"")
        assert finding.offset is None or 0 <= finding.offset < size
