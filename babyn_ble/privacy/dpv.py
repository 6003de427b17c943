"""Consent records as others read them: JSON-LD in the terms of the Data Privacy Vocabulary.

ISO/IEC TS 27560:2023 - Consent record information structure - §6.3; W3C DPV v2.3

A record is one ``dpv:ConsentRecord``: what happened to one consent, event by event. Each event
carries all that was agreed to or refused then, because a later one may be about another
notice. What no DPV term says has one of ours, under the prefix ``babyn``. Both directions are
here: what was written is read back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from pydantic import ValidationError

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.events import ConsentEvent
from babyn_ble.privacy.purposes import Operation
from babyn_ble.privacy.state import RecordedConsent
from babyn_ble.privacy.subjects import Party, SubjectKind

Node = dict[str, Any]

CONTEXT: Mapping[str, str] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "dct": "http://purl.org/dc/terms/",
    "babyn": "urn:babyn:terms:",
}

_PROCESSING: Mapping[Operation, str] = {
    Operation.COLLECT: "dpv:Collect",
    Operation.STORE: "dpv:Store",
    Operation.USE: "dpv:Use",
    Operation.PROCESS: "dpv:Processing",
    Operation.TRANSMIT: "dpv:Transmit",
    Operation.PROVIDE: "dpv:MakeAvailable",
    Operation.DISCLOSE: "dpv:Disclose",
    Operation.DELETE: "dpv:Erase",
}
_OPERATIONS = {term: operation.value for operation, term in _PROCESSING.items()}

_SENSITIVE, _SPECIAL = "dpv:SensitivePersonalData", "dpv:SpecialCategoryPersonalData"
_STORAGE_LOCATION, _STORAGE_DURATION = "dpv:StorageLocation", "dpv:StorageDuration"
_RECORD, _PARTY = "dpv:ConsentRecord", "dpv:Entity"

_PLAIN: Mapping[str, str] = {
    "schema_version": "dct:hasVersion",
    "conforms_to": "dct:conformsTo",
    "record_id": "dct:identifier",
    "scope": "babyn:scope",
    "language": "dct:language",
    "request_origin": "babyn:requestOrigin",
    "primary_purpose": "babyn:primaryPurpose",
    "collection_method": "dpv:hasDataSource",
    "jurisdiction": "dpv:hasJurisdiction",
    "recipient_third_parties": "dpv:hasRecipient",
    "event_time": "dpv:isIndicatedAtTime",
    "validity_duration": "dpv:hasDuration",
    "indication_method": "dpv:hasIndicationMethod",
    "reason": "dpv:hasJustification",
    "guardian_attestation": "babyn:guardianAttestation",
    "signed_answer": "babyn:signedAnswer",
    "platform_evidence": "babyn:platformEvidence",
}
"""Fields whose value is written as it is."""


def to_dpv(
    records: Iterable[RecordedConsent],
    *,
    kind: SubjectKind = SubjectKind.CHILD,
    parties: Sequence[Party] = (),
) -> Node:
    """Return consent records as one JSON-LD document.

    Args:
        records: what the ledger holds, oldest first.
        kind: what kind of subject they are about.
        parties: those of the parties whose names shall stand in it.
    """
    events: dict[str, list[Node]] = {}
    subjects: dict[str, str] = {}
    for recorded in records:
        event = recorded.event
        events.setdefault(event.record_id, []).append(_event(recorded))
        subjects[event.record_id] = event.pii_principal_id
    graph: list[Node] = [
        {
            "@id": f"urn:uuid:{record_id}",
            "@type": _RECORD,
            "dpv:hasDataSubject": {
                "@id": _urn(subjects[record_id]),
                "@type": "dpv:Child" if kind is SubjectKind.CHILD else "dpv:DataSubject",
            },
            "dpv:hasConsentStatus": its_events,
        }
        for record_id, its_events in events.items()
    ]
    graph += [_party(party) for party in parties]
    return {"@context": dict(CONTEXT), "@graph": graph}


def from_dpv(document: Mapping[str, Any]) -> tuple[list[RecordedConsent], list[Party]]:
    """Return what :func:`to_dpv` was given: the records as they were recorded, and parties.

    Raises:
        InvalidConsentError: it is no such document.
    """
    try:
        graph = cast("list[Node]", document["@graph"])
        found = [
            _read_event(node, _name(record["dpv:hasDataSubject"]["@id"]))
            for record in graph
            if record["@type"] == _RECORD
            for node in record["dpv:hasConsentStatus"]
        ]
        parties = [_read_party(node) for node in graph if _PARTY in node["@type"]]
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError):
        raise InvalidConsentError(
            "That is no document of consent records as this library writes it; export it anew"
        ) from None
    return sorted(found, key=lambda recorded: recorded.seq), parties


def _event(recorded: RecordedConsent) -> Node:
    entry: Node = recorded.event.entry()
    notice: Node = entry["privacy_notice"]
    node: Node = {
        "@type": f"dpv:{entry['event_type']}",
        "dpv:hasStatus": {"@id": f"dpv:{entry['event_state']}"},
        "dpv:isIndicatedBy": {"@id": _urn(entry["entity_id"]), "@type": entry["entity_role"]},
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice",
            **{f"babyn:{name}": value for name, value in notice.items()},
        },
        "dpv:hasPurpose": {"@id": f"babyn:{entry['purpose']}", "@type": entry["purpose_type"]},
        "dpv:hasLegalBasis": {"@id": "dpv:Consent", "babyn:basis": entry["lawful_basis"]},
        "dpv:hasPersonalData": [_data(one) for one in entry["pii_information"]],
        "dpv:hasProcessing": [
            {"@id": _PROCESSING[Operation(one)]} for one in entry["processing_method"]
        ],
        "dpv:hasStorageCondition": [
            {"@type": _STORAGE_LOCATION, "dpv:hasLocation": entry["storage_locations"]},
            {"@type": _STORAGE_DURATION, "dpv:hasDuration": entry["retention_period"]},
        ],
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "babyn:method": entry["withdrawal_method"],
        },
        "dpv:hasDataController": [
            {
                "@id": _urn(one["party_id"]),
                "@type": one["party_role"],
                "babyn:commitment": one["commitment"],
            }
            for one in entry["pii_controllers"]
        ],
        "babyn:ledgerEntry": {
            "babyn:seq": recorded.seq,
            "babyn:recordedAt": recorded.recorded_at.isoformat(),
            "babyn:entryHash": recorded.entry_hash,
        },
    }
    return node | {term: entry[field] for field, term in _PLAIN.items() if field in entry}


def _read_event(node: Node, subject: str) -> RecordedConsent:
    place: Node = node["babyn:ledgerEntry"]
    by: Node = node["dpv:isIndicatedBy"]
    purpose: Node = node["dpv:hasPurpose"]
    storage: dict[str, Node] = {one["@type"]: one for one in node["dpv:hasStorageCondition"]}
    entry: Node = {field: node[term] for field, term in _PLAIN.items() if term in node}
    entry |= {
        "storage_locations": storage[_STORAGE_LOCATION]["dpv:hasLocation"],
        "retention_period": storage[_STORAGE_DURATION]["dpv:hasDuration"],
        "withdrawal_method": node["dpv:hasConsentControl"]["babyn:method"],
        "pii_principal_id": subject,
        "event_type": _term(node["@type"]),
        "event_state": _term(node["dpv:hasStatus"]["@id"]),
        "entity_id": _name(by["@id"]),
        "entity_role": by["@type"],
        "privacy_notice": {
            _term(name): value for name, value in node["dpv:hasNotice"].items() if name != "@type"
        },
        "purpose": _term(purpose["@id"]),
        "purpose_type": purpose["@type"],
        "lawful_basis": node["dpv:hasLegalBasis"]["babyn:basis"],
        "pii_information": [_read_data(one) for one in node["dpv:hasPersonalData"]],
        "processing_method": [_OPERATIONS[one["@id"]] for one in node["dpv:hasProcessing"]],
        "pii_controllers": [
            {
                "party_id": _name(one["@id"]),
                "party_role": one["@type"],
                "commitment": one["babyn:commitment"],
            }
            for one in node["dpv:hasDataController"]
        ],
    }
    return RecordedConsent(
        int(place["babyn:seq"]),
        datetime.fromisoformat(place["babyn:recordedAt"]),
        str(place["babyn:entryHash"]),
        ConsentEvent.parse(entry),
    )


def _data(pii: Node) -> Node:
    types = [pii["pii_type"]]
    types += [_SENSITIVE] if pii["sensitive_pii_category"] else []
    types += [_SPECIAL] if pii["special_pii_category"] else []
    return {"@type": types, "babyn:optional": pii["pii_optional"]}


def _read_data(node: Node) -> Node:
    types: list[str] = node["@type"]
    return {
        "pii_type": types[0],
        "pii_optional": node["babyn:optional"],
        "sensitive_pii_category": _SENSITIVE in types[1:],
        "special_pii_category": _SPECIAL in types[1:],
    }


_PARTY_TERMS: Mapping[str, str] = {
    "party_name": "dpv:hasName",
    "party_contact": "dpv:hasContact",
    "party_address": "dpv:hasAddress",
    "party_type": "babyn:partyType",
}


def _party(party: Party) -> Node:
    plain = party.model_dump(mode="json")
    node: Node = {"@id": _urn(party.party_id), "@type": [_PARTY, party.party_role.value]}
    return node | {term: plain[field] for field, term in _PARTY_TERMS.items()}


def _read_party(node: Node) -> Party:
    plain: Node = {field: node[term] for field, term in _PARTY_TERMS.items()}
    return Party.model_validate(
        plain | {"party_id": _name(node["@id"]), "party_role": node["@type"][1]}
    )


def _urn(name: str) -> str:
    return f"urn:babyn:{name}"


def _name(urn: str) -> str:
    return urn.removeprefix("urn:babyn:")


def _term(iri: str) -> str:
    """Return a term without its prefix."""
    return iri.partition(":")[2]
