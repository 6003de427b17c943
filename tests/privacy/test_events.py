"""Which event may follow which, and what an event has to say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy import ConsentEvent, ConsentStatus, IndicationMethod
from babyn_ble.privacy.events import GRANTS, TRANSITIONS, ConsentLife, Earlier
from babyn_ble.privacy.purposes import HEALTH_MONITORING
from tests.privacy.household import GUARDIAN, Household

S = ConsentStatus
E = Earlier
OTHER_RECORD = "00000000-0000-4000-8000-000000000000"


def entry_of(home: Household) -> dict[str, Any]:
    """Return a grant as it stands in the ledger."""
    home.agree(HEALTH_MONITORING)
    return home.register.history(home.id)[-1].event.entry()


ENTRY = entry_of(Household())


def event(state: ConsentStatus, **changes: object) -> ConsentEvent:
    method = IndicationMethod.BUTTON if state in GRANTS else None
    return ConsentEvent.parse(
        {**ENTRY, "event_state": state, "indication_method": method, **changes}
    )


def lived(*states: ConsentStatus) -> ConsentLife:
    life = ConsentLife()
    for state in states:
        life = life.follow(event(state))
    return life


WAYS = {
    (S.UNKNOWN, E.NONE): (),
    (S.REQUESTED, E.NONE): (S.REQUESTED,),
    (S.DEFERRED, E.NONE): (S.REQUESTED, S.DEFERRED),
    (S.REFUSED, E.NONE): (S.REQUESTED, S.REFUSED),
    (S.GIVEN, E.STANDING): (S.REQUESTED, S.GIVEN),
    (S.REQUESTED, E.STANDING): (S.REQUESTED, S.GIVEN, S.REQUESTED),
    (S.DEFERRED, E.STANDING): (S.REQUESTED, S.GIVEN, S.REQUESTED, S.DEFERRED),
    (S.REFUSED, E.ENDED): (S.REQUESTED, S.GIVEN, S.REQUESTED, S.REFUSED),
    (S.RENEWED, E.STANDING): (S.REQUESTED, S.GIVEN, S.REQUESTED, S.RENEWED),
    (S.WITHDRAWN, E.ENDED): (S.REQUESTED, S.GIVEN, S.WITHDRAWN),
    (S.REVOKED, E.ENDED): (S.REQUESTED, S.GIVEN, S.REVOKED),
    (S.EXPIRED, E.ENDED): (S.REQUESTED, S.GIVEN, S.EXPIRED),
    (S.INVALIDATED, E.NONE): (S.REQUESTED, S.GIVEN, S.INVALIDATED),
    (S.REQUESTED, E.ENDED): (S.REQUESTED, S.GIVEN, S.WITHDRAWN, S.REQUESTED),
    (S.DEFERRED, E.ENDED): (S.REQUESTED, S.GIVEN, S.WITHDRAWN, S.REQUESTED, S.DEFERRED),
}
"""A way to every place in the table."""

MAY_FOLLOW = {
    S.UNKNOWN: {S.REQUESTED},
    S.REQUESTED: {S.GIVEN, S.RENEWED, S.REFUSED, S.DEFERRED},
    S.DEFERRED: {S.REQUESTED},
    S.REFUSED: {S.REQUESTED},
    S.GIVEN: {S.REQUESTED, S.WITHDRAWN, S.REVOKED, S.EXPIRED, S.INVALIDATED},
    S.RENEWED: {S.REQUESTED, S.WITHDRAWN, S.REVOKED, S.EXPIRED, S.INVALIDATED},
    S.EXPIRED: {S.REQUESTED},
    S.WITHDRAWN: {S.REQUESTED},
    S.REVOKED: {S.REQUESTED},
    S.INVALIDATED: {S.REQUESTED},
}
"""The life cycle, written down a second time, without what became of earlier grants."""

ENDS = {S.WITHDRAWN, S.REVOKED, S.EXPIRED, S.INVALIDATED}


def test_every_place_in_the_table_is_reached() -> None:
    assert set(WAYS) == set(TRANSITIONS)
    for (status, earlier), way in WAYS.items():
        life = lived(*way)
        assert (life.status, life.earlier) == (status, earlier)
        assert (life.grant is not None) is (earlier is E.STANDING)


@pytest.mark.requirement("BN-WDR-07")
@pytest.mark.parametrize(("place", "state"), list(product(WAYS, S)))
def test_nothing_follows_that_may_not(
    place: tuple[ConsentStatus, Earlier], state: ConsentStatus
) -> None:
    """BN-WDR-07. Mutant: any entry of the table added or removed."""
    status, earlier = place
    allowed = state in MAY_FOLLOW[status]
    if status in (S.REQUESTED, S.DEFERRED) and earlier is E.STANDING:
        allowed = allowed or state in ENDS  # what stands can always be ended
    if status is S.REQUESTED:
        allowed = allowed and state is not (S.RENEWED if earlier is E.NONE else S.GIVEN)
    life = lived(*WAYS[place])
    if allowed:
        assert life.follow(event(state)).status is state
    else:
        with pytest.raises(InvalidConsentError, match="cannot follow"):
            life.follow(event(state))


@given(st.lists(st.sampled_from(list(S)), max_size=12))
def test_a_grant_stands_only_after_an_answer_to_a_request(states: list[ConsentStatus]) -> None:
    """BN-WDR-07. Mutant: a withdrawn or refused consent can be given without being asked."""
    life, asked = ConsentLife(), False
    for state in states:
        try:
            life = life.follow(event(state))
        except InvalidConsentError:
            continue
        if state in GRANTS:
            assert asked
            assert life.grant is not None
        if state in ENDS or state is S.REFUSED:
            assert life.grant is None
        asked = state is S.REQUESTED


def test_one_record_from_first_to_last() -> None:
    """Mutant: the record's id is not compared; two consents could be mixed up."""
    life = lived(S.REQUESTED)
    with pytest.raises(InvalidConsentError, match="another record"):
        life.follow(event(S.GIVEN, record_id=OTHER_RECORD))
    life = lived(S.REQUESTED, S.GIVEN, S.INVALIDATED)
    assert life.follow(event(S.REQUESTED, record_id=OTHER_RECORD)).record_id == OTHER_RECORD


@pytest.mark.parametrize(
    "change",
    [
        {"privacy_notice": {**ENTRY["privacy_notice"], "sha256": "0" * 64}},
        {"privacy_notice": {**ENTRY["privacy_notice"], "policy_sha256": "0" * 64}},
        {"language": "de"},
        {"event_time": event(S.GIVEN).event_time - timedelta(seconds=1)},
    ],
)
def test_a_grant_is_to_the_notice_that_was_shown(change: Mapping[str, object]) -> None:
    """BN-GATE-06. Mutant: the notice of request and grant are not compared."""
    with pytest.raises(InvalidConsentError, match="another notice"):
        lived(S.REQUESTED).follow(event(S.GIVEN, **change))


MANDATORY = [
    "record_id",
    "pii_principal_id",
    "scope",
    "privacy_notice",
    "language",
    "purpose",
    "pii_information",
    "processing_method",
    "storage_locations",
    "retention_period",
    "jurisdiction",
    "recipient_third_parties",
    "withdrawal_method",
    "pii_controllers",
    "event_time",
    "validity_duration",
    "entity_id",
    "entity_role",
    "event_type",
    "event_state",
    "indication_method",
]


@pytest.mark.requirement("BN-GATE-06")
@pytest.mark.parametrize("field", MANDATORY)
def test_no_evidence_no_event(field: str) -> None:
    """BN-GATE-06. Mutant: a mandatory field of TS 27560 gets a default."""
    assert ConsentEvent.parse(ENTRY).entry() == ENTRY
    without = {name: value for name, value in ENTRY.items() if name != field}
    with pytest.raises(InvalidConsentError, match="not recorded") as caught:
        ConsentEvent.parse(without)
    assert caught.value.__suppress_context__


@pytest.mark.requirement("BN-GATE-06", "BN-MIN-03")
@pytest.mark.parametrize(
    "change",
    [
        {"event_type": "ImpliedConsent"},
        {"event_type": "InformedConsent"},
        {"privacy_notice": {**ENTRY["privacy_notice"], "sha256": "short"}},
        {"pii_controllers": []},
        {"pii_controllers": [{**ENTRY["pii_controllers"][0], "party_name": GUARDIAN}]},
        {"entity_id": GUARDIAN},
        {"pii_principal_id": GUARDIAN},
        {"event_time": "2026-03-01T12:00:00"},
        {"validity_duration": "for ever"},
        {"language": "English, please"},
        {"guardian_attestation": {**ENTRY["guardian_attestation"], "under_14": False}},
        {"guardian_attestation": {**ENTRY["guardian_attestation"], "adult": False}},
        {"guardian_attestation": {**ENTRY["guardian_attestation"], "birth_date": "2025-01-01"}},
        {"lawful_basis": "legitimate interest"},
        {"comment": "more"},
    ],
    ids=lambda change: "-".join(change),
)
def test_what_is_not_as_it_has_to_be_is_refused(change: Mapping[str, object]) -> None:
    """BN-GATE-06, BN-MIN-02, BN-MIN-03, gap G9. Mutant: implied consent, unknown fields."""
    with pytest.raises(InvalidConsentError) as caught:
        ConsentEvent.parse({**ENTRY, **change})
    assert GUARDIAN not in str(caught.value)
