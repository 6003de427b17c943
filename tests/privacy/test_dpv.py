"""Consent records in the terms of others: nothing is lost on the way there and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy import ConsentScope, ConsentStatus, SubjectKind
from babyn_ble.privacy.dpv import CONTEXT, from_dpv, to_dpv
from babyn_ble.privacy.events import (
    ConsentEvent,
    IndicationMethod,
    NoticeReference,
    PartyReference,
    PiiInformation,
    Reason,
    RequestOrigin,
    SignedAnswer,
)
from babyn_ble.privacy.platform import PlatformEvidence, Verdict
from babyn_ble.privacy.purposes import OWN_SCOPES, Operation, Purpose
from babyn_ble.privacy.state import RecordedConsent
from babyn_ble.privacy.subjects import PartyRole
from tests.privacy.household import ATTESTATION, RECIPIENT, Household

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
MOMENTS = st.integers(946_684_800, 4_102_444_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def digits(count: int) -> st.SearchStrategy[str]:
    """Return so many hexadecimal digits."""
    return st.binary(min_size=count // 2, max_size=count // 2).map(bytes.hex)


SHA256 = digits(64)
PARTY_IDS = digits(16).map("party-{}".format)

FIELDS: dict[str, st.SearchStrategy[Any]] = dict(
    record_id=st.uuids().map(str),
    pii_principal_id=st.just("subject-0123456789abcdef"),
    scope=st.sampled_from(OWN_SCOPES).map(str),
    privacy_notice=st.builds(
        NoticeReference,
        sha256=SHA256,
        policy_sha256=SHA256,
        policy_update_date=WORDS,
        policy_effective_date=WORDS,
        policy_flags=st.lists(WORDS, max_size=2).map(tuple),
    ),
    language=st.sampled_from(["en", "zh-Hans"]),
    request_origin=st.sampled_from(RequestOrigin),
    purpose=st.sampled_from(Purpose),
    purpose_type=st.just("dpv:ServiceProvision"),
    primary_purpose=st.booleans(),
    pii_information=st.lists(
        st.builds(
            PiiInformation,
            pii_type=st.sampled_from(["pd:MACAddress", "pd:Location"]),
            pii_optional=st.booleans(),
            sensitive_pii_category=st.booleans(),
            special_pii_category=st.booleans(),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    processing_method=st.lists(st.sampled_from(Operation), min_size=1, max_size=8, unique=True).map(
        tuple
    ),
    collection_method=WORDS,
    storage_locations=st.lists(WORDS, max_size=2).map(tuple),
    retention_period=WORDS,
    jurisdiction=st.sampled_from(["ZZ", "CN"]),
    recipient_third_parties=st.lists(WORDS, max_size=1).map(tuple),
    withdrawal_method=WORDS,
    pii_controllers=st.lists(
        st.builds(
            PartyReference,
            party_id=PARTY_IDS,
            party_role=st.sampled_from(PartyRole),
            commitment=SHA256,
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    event_time=MOMENTS,
    validity_duration=st.sampled_from(["P1Y", "P180D"]),
    entity_id=PARTY_IDS,
    entity_role=st.sampled_from(PartyRole),
    guardian_attestation=st.sampled_from([None, ATTESTATION]),
    event_type=st.just("ExplicitlyExpressedConsent"),
    event_state=st.sampled_from(ConsentStatus),
    indication_method=st.sampled_from(IndicationMethod),
    reason=st.none() | st.sampled_from(Reason),
    platform_evidence=st.none()
    | st.builds(
        PlatformEvidence,
        os=WORDS,
        bluetooth=st.sampled_from(Verdict),
        location=st.sampled_from(Verdict),
    ),
    signed_answer=st.none()
    | st.builds(
        SignedAnswer,
        nonce=digits(32),
        answered_at=MOMENTS,
        signature=digits(128),
    ),
)
EVENTS = st.builds(ConsentEvent, **FIELDS)

FIXED = {"schema_version", "conforms_to", "lawful_basis"}
"""Fields that have one value only."""


@given(st.lists(st.builds(RecordedConsent, st.just(0), MOMENTS, SHA256, EVENTS), max_size=2))
def test_there_and_back(records: list[RecordedConsent]) -> None:
    """Mutant: any one field is left out of the mapping."""
    numbered = [
        RecordedConsent(seq, one.recorded_at, one.entry_hash, one.event)
        for seq, one in enumerate(records, start=1)
    ]
    document = json.loads(json.dumps(to_dpv(numbered)))
    assert from_dpv(document) == (numbered, [])


def test_the_property_covers_every_field() -> None:
    """Mutant: a field that is added later is lost on the way, and no test has it."""
    assert set(FIELDS) | FIXED == set(ConsentEvent.model_fields)


def household() -> Household:
    home = Household()
    home.register.recipients.put(RECIPIENT)
    home.agree(*OWN_SCOPES, ConsentScope.sharing("home"))
    for scope in OWN_SCOPES:
        home.register.record_withdrawal(home.id, scope)
    home.register.request(home.id, OWN_SCOPES[0])
    home.refuse(OWN_SCOPES[0])
    return home


def test_a_households_records_with_the_names_of_its_parties() -> None:
    home = household()
    records = home.register.history(home.id)
    parties = [home.subject.controller, home.subject.consenting_party]
    document = to_dpv(records, parties=parties)
    assert from_dpv(json.loads(json.dumps(document))) == (records, parties)
    assert "Canary Guardian" not in json.dumps(to_dpv(records))
    assert "Canary Child" not in json.dumps(document)
    assert '"home"' not in json.dumps(document)


def nodes(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        yield node
        for inner in node.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from nodes(inner)


def test_every_name_has_a_prefix_that_is_explained() -> None:
    """Mutant: a key without a prefix, which a reader of JSON-LD drops without a word."""
    home = household()
    document = to_dpv(home.register.history(home.id), parties=[home.subject.controller])
    found = 0
    for node in nodes(document["@graph"]):
        if set(node) <= {"method", "statement_sha256", "language", "under_14", "adult"}:
            continue  # the attestation, a JSON value of ours
        for name in node:
            found += 1
            prefix, _, term = name.partition(":")
            assert name in ("@id", "@type") or (prefix in CONTEXT and term), name
    assert found > 500
    records = [node for node in document["@graph"] if node["@type"] == "dpv:ConsentRecord"]
    assert len(records) == len(OWN_SCOPES) + 1
    states = {
        event["dpv:hasStatus"]["@id"]
        for record in records
        for event in record["dpv:hasConsentStatus"]
    }
    assert {"dpv:ConsentGiven", "dpv:ConsentWithdrawn", "dpv:ConsentRefused"} <= states
    assert all(re.fullmatch(r"dpv:[A-Z]\w+", state) for state in states)


RECORD = {
    "record_id": "@id",
    "pii_principal_id": "dpv:hasDataSubject/@id",
}
EVENT = {
    "schema_version": "dct:hasVersion",
    "privacy_notice": "dpv:hasNotice/babyn:sha256",
    "language": "dct:language",
    "purposes": "dpv:hasPurpose/@id",
    "pii_information": "dpv:hasPersonalData/*/@type",
    "pii_type": "dpv:hasPersonalData/*/@type/*",
    "pii_controllers": "dpv:hasDataController/*/@id",
    "storage_locations": "dpv:hasStorageCondition/0/dpv:hasLocation/*",
    "retention_period": "dpv:hasStorageCondition/1/dpv:hasDuration",
    "jurisdiction": "dpv:hasJurisdiction",
    "recipient_third_parties": "dpv:hasRecipient",
    "withdrawal_method": "dpv:hasConsentControl/babyn:method",
    "event_time": "dpv:isIndicatedAtTime",
    "validity_duration": "dpv:hasDuration",
    "entity_id": "dpv:isIndicatedBy/@id",
    "event_type": "@type",
    "event_state": "dpv:hasStatus/@id",
}
PARTY = {
    "party_id": "@id",
    "party_name": "dpv:hasName",
    "party_address": "dpv:hasAddress",
    "party_contact": "dpv:hasContact",
    "party_type": "babyn:partyType",
}
"""What ISO/IEC TS 27560:2023 makes mandatory in a record (§6.3.3 to §6.3.7), and our path to it."""

MAY_BE_EMPTY = {"recipient_third_parties", "party_address"}
"""Nobody gets the data; there is none to give. Said as such, not left out."""


def at(node: Any, path: str) -> list[Any]:
    """Return what stands at a path; ``*`` is each of a list."""
    found: list[Any] = [node]
    for step in path.split("/"):
        if step == "*":
            found = [inner for one in found for inner in one]
        else:
            found = [one[int(step) if step.isdigit() else step] for one in found]
    return found


def test_it_has_what_the_standard_makes_mandatory() -> None:
    """Field by field. Mutants: one is left out, is ``null``, or is empty where it may not be."""
    home = household()
    parties = [home.subject.controller, home.subject.consenting_party]
    document = json.loads(json.dumps(to_dpv(home.register.history(home.id), parties=parties)))
    records = [node for node in document["@graph"] if node["@type"] == "dpv:ConsentRecord"]
    events = [event for record in records for event in record["dpv:hasConsentStatus"]]
    named = [node for node in document["@graph"] if "dpv:Entity" in node["@type"]]
    counted = 0
    for fields, where in ((RECORD, records), (EVENT, events), (PARTY, named)):
        for node in where:
            for field, path in fields.items():
                counted += 1
                values = at(node, path)
                assert None not in values, field
                assert field in MAY_BE_EMPTY or (values and all(values)), field
    assert counted == len(RECORD) * len(records) + len(EVENT) * len(events) + len(PARTY) * 2
    assert len(RECORD | EVENT | PARTY) == 24
    assert len(records) == len(OWN_SCOPES) + 1
    assert len(events) == 3 * len(OWN_SCOPES) + 4
    # Every party of an event stands there by name.
    ids = {party["@id"] for party in named}
    assert {at(event, EVENT["entity_id"])[0] for event in events} == ids
    assert {one for event in events for one in at(event, EVENT["pii_controllers"])} < ids
    [shared] = {
        one for event in events for one in at(event, EVENT["recipient_third_parties"] + "/*")
    }
    assert re.fullmatch(r"[0-9a-f]{16}", shared)  # by pseudonym


def test_a_child_is_called_one() -> None:
    home = household()
    records = home.register.history(home.id)
    for kind, term in (
        (SubjectKind.CHILD, "dpv:Child"),
        (SubjectKind.SYNTHETIC, "dpv:DataSubject"),
    ):
        subjects = [one["dpv:hasDataSubject"] for one in to_dpv(records, kind=kind)["@graph"]]
        assert {subject["@type"] for subject in subjects} == {term}


OTHERS: list[dict[str, Any]] = [{}, {"@graph": [{}]}, {"@graph": 3}, {"@graph": [3]}]


@pytest.mark.parametrize("document", OTHERS)
def test_what_is_no_such_document(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidConsentError, match="export it anew"):
        from_dpv(document)
