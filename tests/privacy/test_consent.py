"""Asking, answering, and where it all stands then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from babyn_ble.errors import InvalidConsentError, NotSetUpError, RecipientError, StoreError
from babyn_ble.privacy import (
    ConsentScope,
    ConsentStatus,
    IndicationMethod,
    PartyRole,
    RequestOrigin,
    SubjectKind,
)
from babyn_ble.privacy.events import Reason
from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    HEALTH_MONITORING,
    HISTORY_STORAGE,
    LOCATION,
    OWN_SCOPES,
)
from tests.privacy.household import ATTESTATION, RECIPIENT, START, Household, ManualClock, party

SHARING = ConsentScope.sharing("home")
NOBODY = "subject-0000000000000000"
STRANGER = "party-0000000000000000"


def advance(home: Household, **by: float) -> None:
    assert isinstance(home.clock, ManualClock)
    home.clock.advance(timedelta(**by).total_seconds())


# Asking and answering


def test_asked_and_given(home: Household) -> None:
    """BN-GATE-06: who, when, to which notice, how, in which language, for which controller."""
    home.register.request(home.id, HEALTH_MONITORING, origin=RequestOrigin.COMMAND_LINE)
    event = home.answer(HEALTH_MONITORING)
    assert event.event_state is ConsentStatus.GIVEN
    assert event.entity_id == home.subject.consenting_party.party_id
    assert event.entity_role is PartyRole.PARENT
    assert event.event_time == START
    assert event.indication_method is IndicationMethod.TYPED_PHRASE
    assert event.language == "en"
    assert event.guardian_attestation == ATTESTATION
    assert event.request_origin is RequestOrigin.COMMAND_LINE
    assert event.pii_controllers[0].party_id == home.subject.controller.party_id
    assert event.privacy_notice.sha256 == home.register.notice(home.id, HEALTH_MONITORING).sha256
    assert event.pii_information[0].special_pii_category
    assert not event.primary_purpose
    state = home.register.status(home.id, HEALTH_MONITORING)
    assert state.valid
    assert state.status is ConsentStatus.GIVEN
    assert state.ends_at == START + timedelta(days=365)
    assert state.decided_by == home.subject.consenting_party.party_id


def test_nothing_is_given_that_was_not_asked_for(home: Household) -> None:
    """Mutant: give() asks by itself."""
    with pytest.raises(InvalidConsentError, match="cannot follow ConsentUnknown"):
        home.answer(LOCATION)
    with pytest.raises(InvalidConsentError):
        home.refuse(LOCATION)
    home.agree(LOCATION)
    with pytest.raises(InvalidConsentError, match="cannot follow ConsentGiven"):
        home.answer(LOCATION)


@pytest.mark.requirement("BN-GATE-06", "BN-MIN-01")
@pytest.mark.parametrize(
    "change",
    [
        {"notice_sha256": "0" * 64},
        {"notice_sha256": ""},
        {"given_by": STRANGER},
        {"given_by": "controller"},
        {"given_by": "subject"},
        {"indication_method": IndicationMethod.SIMULATED},
    ],
    ids=str,
)
def test_a_wrong_answer_is_none(home: Household, change: dict[str, str]) -> None:
    """BN-GATE-06, BN-MIN-01. Mutant: anybody can answer; any hash will do."""
    persons = {"controller": home.subject.controller.party_id, "subject": home.id}
    home.register.request(home.id, LOCATION)
    before = home.store.head()
    with pytest.raises(InvalidConsentError):
        home.answer(LOCATION, **{name: persons.get(text, text) for name, text in change.items()})
    assert home.store.head() == before
    assert not home.register.status(home.id, LOCATION).valid
    home.answer(LOCATION)
    assert home.register.status(home.id, LOCATION).valid


@pytest.mark.requirement("BN-PUR-02")
def test_each_is_agreed_to_on_its_own(home: Household) -> None:
    """BN-PUR-02. Mutant: one answer covers more than one scope."""
    home.agree(HEALTH_MONITORING)
    assert {str(state.scope): state.valid for state in home.register.statuses(home.id)} == {
        str(scope): scope == HEALTH_MONITORING for scope in OWN_SCOPES
    }
    home.agree(HISTORY_STORAGE)
    events = home.register.history(home.id)
    assert [recorded.event.scope for recorded in events] == ["health_monitoring"] * 2 + [
        "history_storage"
    ] * 2
    assert len({recorded.event.record_id for recorded in events}) == 2


@pytest.mark.requirement("BN-WDR-07")
async def test_after_no_it_takes_a_new_question(home: Household) -> None:
    """BN-WDR-07. Mutant: a refused or withdrawn consent can be given again at once."""
    home.register.request(home.id, LOCATION)
    home.refuse(LOCATION)
    with pytest.raises(InvalidConsentError):
        home.answer(LOCATION)
    home.agree(LOCATION)
    await home.withdraw(LOCATION)
    with pytest.raises(InvalidConsentError):
        home.answer(LOCATION)
    home.agree(LOCATION)
    states = [recorded.event.event_state for recorded in home.register.history(home.id)]
    assert [state.value for state in states] == [
        "ConsentRequested",
        "ConsentRefused",
        "ConsentRequested",
        "ConsentGiven",
        "ConsentWithdrawn",
        "ConsentRequested",
        "RenewedConsentGiven",
    ]


def test_an_open_question_is_not_repeated(home: Household) -> None:
    """BN-PUR-05. Mutant: each look at the notice is another request."""
    first = home.register.request(home.id, LOCATION)
    before = home.store.head()
    assert home.register.request(home.id, LOCATION) == first
    assert home.store.head() == before
    home.register.defer(home.id, LOCATION)
    assert home.register.status(home.id, LOCATION).status is ConsentStatus.DEFERRED
    home.agree(LOCATION)


def test_being_asked_again_takes_nothing_away_and_a_no_does(home: Household) -> None:
    home.agree(LOCATION)
    request = home.register.request(home.id, LOCATION)
    assert request.reason is Reason.RECONFIRM
    assert home.register.status(home.id, LOCATION).valid
    home.register.defer(home.id, LOCATION)
    assert home.register.status(home.id, LOCATION).valid
    home.register.request(home.id, LOCATION)
    home.refuse(LOCATION)
    assert not home.register.status(home.id, LOCATION).valid


# What ends a consent by itself


def test_a_consent_ends_with_its_time(home: Household) -> None:
    """BN-RET-02. Mutant: no expiry; or the last moment is still valid."""
    home.agree(BLUETOOTH, HEALTH_MONITORING)
    advance(home, days=180, seconds=-1)
    assert home.register.status(home.id, BLUETOOTH).valid
    advance(home, seconds=1)
    state = home.register.status(home.id, BLUETOOTH)
    assert (state.status, state.valid, state.reason) == (ConsentStatus.EXPIRED, False, Reason.TIME)
    assert home.register.status(home.id, HEALTH_MONITORING).valid
    home.agree(BLUETOOTH)
    assert home.register.status(home.id, BLUETOOTH).status is ConsentStatus.RENEWED
    states = [r.event.event_state for r in home.register.history(home.id, BLUETOOTH)]
    assert ConsentStatus.EXPIRED in states


@pytest.mark.requirement("BN-GATE-05")
def test_a_consent_is_not_valid_before_it_was_given(home: Household) -> None:
    """BN-GATE-05. Mutant: only the end is compared."""
    home.agree(BLUETOOTH)
    advance(home, seconds=-1)
    assert not home.register.status(home.id, BLUETOOTH).valid


def test_a_consent_ends_with_its_notice(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """BN-VER-03. Mutant: the hash of the grant is not compared with the present notice."""
    home.agree(LOCATION)
    home.register.request(home.id, BLUETOOTH)
    monkeypatch.setattr("babyn_ble.privacy.notices._SECTIONS", ("what", "why"))  # another text
    newer = home.another()
    state = newer.register.status(home.id, LOCATION)
    assert (state.status, state.valid) == (ConsentStatus.EXPIRED, False)
    assert state.reason is Reason.NOTICE_CHANGED
    with pytest.raises(InvalidConsentError, match=r"another notice"):
        newer.answer(BLUETOOTH)
    newer.agree(BLUETOOTH, LOCATION)
    assert newer.register.status(home.id, BLUETOOTH).valid
    assert newer.register.status(home.id, LOCATION).valid


@pytest.mark.requirement("BN-VER-07")
def test_a_consent_ends_with_its_controller(home: Household) -> None:
    """BN-VER-07. Mutant: the controller of the grant is not compared."""
    home.agree(LOCATION)
    other = home.another()
    changed = home.register.change_controller(
        home.id, party(PartyRole.CONTROLLER, "Canary Successor")
    )
    assert other.register.subject(home.id) == changed
    for register in (home.register, other.register):
        state = register.status(home.id, LOCATION)
        assert (state.valid, state.reason) == (False, Reason.CONTROLLER_CHANGED)
    home.agree(LOCATION)
    assert other.register.status(home.id, LOCATION).valid


def test_a_consent_ends_with_its_recipients_entry(home: Household) -> None:
    """BN-SHR-04. Mutant: the entry can change, or go, under a consent."""
    home.register.recipients.put(RECIPIENT)
    home.agree(SHARING)
    other = home.another()
    assert other.register.status(home.id, SHARING).valid
    before = home.store.head()
    home.register.recipients.put(RECIPIENT)
    assert home.store.head() == before  # nothing changed
    home.register.recipients.put(RECIPIENT.model_copy(update={"fields": ("value",)}))
    for register in (home.register, other.register):
        state = register.status(home.id, SHARING)
        assert (state.valid, state.reason) == (False, Reason.NOTICE_CHANGED)
    home.agree(SHARING)
    assert other.register.status(home.id, SHARING).valid
    assert home.register.recipients.remove("home")
    assert not other.register.status(home.id, SHARING).valid
    with pytest.raises(RecipientError):
        home.register.request(home.id, SHARING)


@pytest.mark.requirement("BN-MIN-04")
def test_nothing_is_shared_of_what_is_no_child(home: Household) -> None:
    """BN-MIN-04. Mutant: a test article's readings may go to a recipient."""
    home.register.recipients.put(RECIPIENT)
    bench = Household(
        home.store,
        clock=home.clock,
        keys=home.master,
        subject=home.set_up(SubjectKind.TEST_ARTICLE),
    )
    with pytest.raises(InvalidConsentError, match="no recipient"):
        bench.agree(SHARING)
    bench.agree(HEALTH_MONITORING)


@pytest.mark.parametrize("kind", list(SubjectKind))
def test_simulated_is_for_what_is_synthetic(kind: SubjectKind) -> None:
    """Mutant: a child's consent may be simulated; a synthetic subject has a real one."""
    home = Household(kind=kind)
    simulated = kind is SubjectKind.SYNTHETIC
    right = IndicationMethod.SIMULATED if simulated else IndicationMethod.BUTTON
    wrong = IndicationMethod.BUTTON if simulated else IndicationMethod.SIMULATED
    home.register.request(home.id, LOCATION)
    with pytest.raises(InvalidConsentError, match="simulated"):
        home.answer(LOCATION, indication_method=wrong)
    home.answer(LOCATION, indication_method=right)


# Looking up


def test_everything_and_everyone_else_is_unknown(home: Household) -> None:
    state = home.register.status(home.id, LOCATION)
    assert (state.status, state.valid) == (ConsentStatus.UNKNOWN, False)
    assert home.register.history(home.id) == []
    for use in (
        lambda: home.register.status(NOBODY, LOCATION),
        lambda: home.register.notice(NOBODY, LOCATION),
        lambda: home.register.request(NOBODY, LOCATION),
        lambda: home.register.subject(NOBODY),
    ):
        with pytest.raises(NotSetUpError, match="babyn setup"):
            use()


def test_statuses_include_every_recipient(home: Household) -> None:
    """BN-DSR-12. Mutant: only what was decided is listed."""
    home.register.recipients.put(RECIPIENT)
    home.register.recipients.put(RECIPIENT.model_copy(update={"id": "alpha"}))
    assert [str(state.scope) for state in home.register.statuses(home.id)] == [
        *map(str, OWN_SCOPES),
        "sharing:alpha",
        "sharing:home",
    ]


def test_another_process_sees_it_at_once(home: Household) -> None:
    """Mutant: the ledger is read when the register is opened, and never again."""
    other = home.another()
    home.register.request(home.id, LOCATION)
    other.answer(LOCATION)
    assert home.register.status(home.id, LOCATION).valid
    assert home.register.history(home.id) == other.register.history(home.id)


def test_a_subject_whose_key_is_gone(home: Household) -> None:
    """BN-DSR-07. The ledger still verifies; the persons in it are gone."""
    home.agree(LOCATION)
    home.keys.destroy_subject_key(home.id)
    again = home.another()
    again.register.verify()
    assert again.register.status(home.id, LOCATION).valid
    with pytest.raises(StoreError):
        again.register.subject(home.id)
