"""Consent from another machine: asked in a file, answered and signed, and taken in.

The guardian's part runs with what stands in the file and their key, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from babyn_ble.errors import (
    AnswerRefusal,
    AnswerRefusedError,
    InvalidConsentError,
    LedgerError,
    StoreError,
)
from babyn_ble.privacy import ConsentScope, ConsentStatus, IndicationMethod, SubjectKind
from babyn_ble.privacy.answers import GUARDIAN_KEY_REPLACED, Answer, GuardianKeyReplaced
from babyn_ble.privacy.purposes import BLUETOOTH, HEALTH_MONITORING, HISTORY_STORAGE, LOCATION
from babyn_ble.privacy.requests import (
    AnsweredQuestion,
    ConsentAnswers,
    ConsentRequest,
    answer_question,
    answers_to,
)
from babyn_ble.privacy.signing import GuardianKey
from babyn_ble.store import BuildRow, LedgerRow
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import RECIPIENT, SCAN, Household, ManualClock

KEY = GuardianKey.generate()
SCOPES = (LOCATION, BLUETOOTH, HEALTH_MONITORING)


@pytest.fixture
def pinned(home: Household) -> Household:
    """A household whose guardian's key is pinned."""
    home.register.pin_guardian_key(home.id, KEY.public)
    return home


def ask(home: Household, *scopes: ConsentScope) -> ConsentRequest:
    """Ask in a file, and return what the guardian reads from it."""
    made = home.register.request_answers(home.id, scopes or SCOPES)
    return ConsentRequest.parse(made.to_bytes())


def answered(
    home: Household,
    request: ConsentRequest,
    *answers: Answer,
    key: GuardianKey = KEY,
    after: timedelta = timedelta(),
) -> ConsentAnswers:
    """Answer as the guardian does; agree where nothing else is said. Return the file."""
    said = (*answers, *[Answer.AGREE] * len(request.questions))
    file = answers_to(
        request,
        [
            answer_question(request, question, answer, key, now=home.clock.now() + after)
            for question, answer in zip(request.questions, said, strict=False)
        ],
    )
    return ConsentAnswers.parse(file.to_bytes())


def refusal(home: Household, answers: ConsentAnswers) -> AnswerRefusal:
    """Return why answers are refused; nothing is recorded then."""
    before = home.store.head()
    with pytest.raises(AnswerRefusedError) as refused:
        home.register.apply_answers(answers)
    assert home.store.head() == before
    return refused.value.reason


def advance(home: Household, **by: float) -> None:
    assert isinstance(home.clock, ManualClock)
    home.clock.advance(timedelta(**by).total_seconds())


def test_asked_answered_and_taken_in(pinned: Household) -> None:
    """Each answer is an event of its own, with its evidence. Mutant: the gate asks nobody."""
    request = ask(pinned)
    advance(pinned, hours=5)
    answers = answered(pinned, request, Answer.AGREE, Answer.AGREE, Answer.REFUSE)
    advance(pinned, hours=2)
    assert not pinned.allows(SCAN)
    recorded = pinned.register.apply_answers(answers)
    assert [event.event_state for event in recorded] == [
        ConsentStatus.GIVEN,
        ConsentStatus.GIVEN,
        ConsentStatus.REFUSED,
    ]
    assert pinned.allows(SCAN)
    for event, one in zip(recorded, answers.answers, strict=True):
        assert event.signed_answer == one.evidence(request.nonce)
        assert event.event_time == one.answered_at  # and not when the file came
    assert {event.indication_method for event in recorded[:2]} == {IndicationMethod.SIGNED_FILE}
    again = pinned.another()
    assert again.register.fault is None
    assert again.allows(SCAN)


def test_leaving_one_for_later_is_an_answer(pinned: Household) -> None:
    request = ask(pinned)
    pinned.register.apply_answers(answered(pinned, request, Answer.LATER, Answer.REFUSE))
    states = [pinned.register.status(pinned.id, scope).status for scope in SCOPES]
    assert states == [ConsentStatus.DEFERRED, ConsentStatus.REFUSED, ConsentStatus.GIVEN]


def test_the_file_says_who_asks_and_shows_each_notice(pinned: Household) -> None:
    pinned.register.recipients.put(RECIPIENT)
    request = ask(pinned, LOCATION, ConsentScope.sharing("home"))
    assert "Canary Controller" in request.asked_by
    for question in request.questions:
        scope = ConsentScope.parse(question.scope)
        assert question.notice == pinned.register.notice(pinned.id, scope).text
        assert question.unchanged
    assert "Canary Child" not in request.to_bytes().decode()
    pinned.register.apply_answers(answered(pinned, request))
    assert pinned.register.status(pinned.id, ConsentScope.sharing("home")).valid


# What is refused, each for its reason, with nothing recorded


def test_another_key(pinned: Household) -> None:
    """Mutant: any signature that verifies under the key that came with it is taken."""
    request = ask(pinned)
    forged = answered(pinned, request, key=GuardianKey.generate())
    assert refusal(pinned, forged) is AnswerRefusal.WRONG_KEY
    one_forged = forged.model_copy(
        update={"answers": (*answered(pinned, request).answers[:2], forged.answers[2])}
    )
    assert refusal(pinned, one_forged) is AnswerRefusal.WRONG_KEY


Change = Callable[[AnsweredQuestion, AnsweredQuestion], AnsweredQuestion]


CHANGES: dict[str, Change] = {
    "answer": lambda one, _: one.model_copy(update={"answer": Answer.AGREE}),
    "time": lambda one, _: one.model_copy(
        update={"answered_at": one.answered_at - timedelta(seconds=1)}
    ),
    "language": lambda one, _: one.model_copy(update={"language": "zh"}),
    "notice": lambda one, other: one.model_copy(update={"notice_sha256": other.notice_sha256}),
    "signature": lambda one, other: one.model_copy(update={"signature": other.signature}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_answer(change: Change, pinned: Household) -> None:
    """Mutant: any one field is left out of what is signed."""
    request = ask(pinned)
    good = answered(pinned, request, Answer.REFUSE)
    changed = (change(good.answers[0], good.answers[1]), *good.answers[1:])
    bad = good.model_copy(update={"answers": changed})
    assert refusal(pinned, bad) is AnswerRefusal.WRONG_KEY
    pinned.register.apply_answers(good)


def test_an_answer_for_another_consent(pinned: Household) -> None:
    """Mutant: the scope is not signed, so two answers can change places."""
    request = ask(pinned)
    good = answered(pinned, request, Answer.REFUSE)
    first, second, third = good.answers
    swapped = (
        first.model_copy(update={"written_scope": second.written_scope}),
        second.model_copy(update={"written_scope": first.written_scope}),
        third,
    )
    bad = good.model_copy(update={"answers": swapped})
    assert refusal(pinned, bad) is AnswerRefusal.WRONG_KEY


def test_a_request_that_was_changed_on_its_way(pinned: Household) -> None:
    """The guardian signs all that stood in it. Mutant: only the nonce of it is signed."""
    request = ask(pinned)
    altered = request.model_copy(update={"asked_by": "somebody else"})
    assert refusal(pinned, answered(pinned, altered)) is AnswerRefusal.WRONG_KEY


def test_the_same_file_twice(pinned: Household) -> None:
    """Mutant: a file is taken in again, and a consent that was withdrawn stands again."""
    request = ask(pinned)
    answers = answered(pinned, request)
    pinned.register.apply_answers(answers)
    assert refusal(pinned, answers) is AnswerRefusal.REPLAYED
    for scope in SCOPES:
        pinned.register.record_withdrawal(pinned.id, scope)
    assert refusal(pinned, answers) is AnswerRefusal.REPLAYED
    pinned.register.request(pinned.id, LOCATION)
    assert refusal(pinned, answers) is AnswerRefusal.REPLAYED
    assert not pinned.allows(SCAN)


def test_too_late(pinned: Household) -> None:
    """Mutant: the date in the guardian's file counts instead of the recorded one."""
    request = ask(pinned)
    answers = answered(pinned, request)
    advance(pinned, days=7)
    assert refusal(pinned, answers) is AnswerRefusal.EXPIRED
    in_time = answered(pinned, ask(pinned))
    advance(pinned, days=6, hours=23)
    assert len(pinned.register.apply_answers(in_time)) == 3


def test_a_notice_that_has_changed_meanwhile(pinned: Household) -> None:
    """Mutant: the notice's hash is compared with that of the request only."""
    sharing = ConsentScope.sharing("home")
    pinned.register.recipients.put(RECIPIENT)
    answers = answered(pinned, ask(pinned, LOCATION, sharing))
    pinned.register.recipients.put(RECIPIENT.model_copy(update={"purpose": "something else"}))
    assert refusal(pinned, answers) is AnswerRefusal.NOTICE_CHANGED
    assert refusal(pinned, answers) is AnswerRefusal.NOTICE_CHANGED
    pinned.register.recipients.remove("home")
    assert refusal(pinned, answers) is AnswerRefusal.NOTICE_CHANGED


def test_another_subject(pinned: Household) -> None:
    """Mutant: the subject in the file is believed."""
    request = ask(pinned)
    good = answered(pinned, request)
    other = pinned.set_up(SubjectKind.TEST_ARTICLE)
    pinned.register.pin_guardian_key(other.subject_id, KEY.public)
    for subject in (other.subject_id, "subject-0000000000000000"):
        bad = good.model_copy(update={"subject": subject})
        assert refusal(pinned, bad) is AnswerRefusal.OTHER_SUBJECT
        resigned = answered(pinned, request.model_copy(update={"subject": subject}))
        assert refusal(pinned, resigned) is AnswerRefusal.OTHER_SUBJECT


def test_a_part_of_the_answers(pinned: Household) -> None:
    """Mutant: answers that are missing count as left for later."""
    good = answered(pinned, ask(pinned))
    for kept in (good.answers[:2], good.answers[1:], (*good.answers, good.answers[0])):
        bad = good.model_copy(update={"answers": kept})
        assert refusal(pinned, bad) is AnswerRefusal.PARTIAL


def test_a_request_from_elsewhere(pinned: Household) -> None:
    other = Household()
    other.register.pin_guardian_key(other.id, KEY.public)
    request = ask(other).model_copy(update={"subject": pinned.id})
    assert refusal(pinned, answered(pinned, request)) is AnswerRefusal.NOT_ASKED


def test_without_a_pinned_key_nothing_is_asked_or_taken_in(home: Household) -> None:
    """Mutant: the key that stands in the file of answers is pinned on first use."""
    with pytest.raises(AnswerRefusedError) as refused:
        ask(home)
    assert refused.value.reason is AnswerRefusal.NO_KEY
    other = Household()
    other.register.pin_guardian_key(other.id, KEY.public)
    request = ask(other).model_copy(update={"subject": home.id})
    assert refusal(home, answered(home, request)) is AnswerRefusal.NO_KEY


# Superseded


def test_a_newer_request_takes_the_place_of_an_older(pinned: Household) -> None:
    """The guardian's last word counts, in whatever order the files come.

    Mutant: an older file, taken in later, agrees to what was refused since.
    """
    older = answered(pinned, ask(pinned, LOCATION))
    newer = answered(pinned, ask(pinned, LOCATION, BLUETOOTH), Answer.REFUSE)
    assert refusal(pinned, older) is AnswerRefusal.SUPERSEDED
    pinned.register.apply_answers(newer)
    assert refusal(pinned, older) is AnswerRefusal.SUPERSEDED
    assert pinned.register.status(pinned.id, LOCATION).status is ConsentStatus.REFUSED


def test_what_was_refused_at_the_machine_meanwhile_stays_refused(pinned: Household) -> None:
    """Mutant: only another file closes a question."""
    answers = answered(pinned, ask(pinned))
    pinned.refuse(LOCATION)
    assert refusal(pinned, answers) is AnswerRefusal.SUPERSEDED


# Half-way


class FailingStore(MemoryStore):
    """A store whose ledger takes so many entries more."""

    left: int | None = None

    def append(self, build: BuildRow) -> LedgerRow:
        if self.left is not None:
            if not self.left:
                raise StoreError("the disk is full")
            self.left -= 1
        return super().append(build)


@pytest.mark.parametrize("done", [0, 1, 2])
def test_what_was_interrupted_can_be_finished(done: int) -> None:
    """Mutant: a file of which a part is recorded is refused as a replay."""
    store = FailingStore()
    home = Household(store)
    home.register.pin_guardian_key(home.id, KEY.public)
    answers = answered(home, ask(home))
    store.left = done
    with pytest.raises(StoreError):
        home.register.apply_answers(answers)
    store.left = None
    again = home.another()
    assert sum(again.register.status(home.id, scope).valid for scope in SCOPES) == done
    assert len(again.register.apply_answers(answers)) == 3 - done
    assert all(again.register.status(home.id, scope).valid for scope in SCOPES)
    assert refusal(again, answers) is AnswerRefusal.REPLAYED


# Clocks


@pytest.mark.parametrize("hours", [-1000, -1, 1, 1000])
def test_a_guardians_clock_may_be_wrong(hours: int, pinned: Household) -> None:
    """It holds from a time that this machine has seen. Mutant: the file's time is believed."""
    request = ask(pinned)
    asked_at = pinned.clock.now()
    advance(pinned, minutes=30)
    answers = answered(pinned, request, after=timedelta(hours=hours))
    recorded = pinned.register.apply_answers(answers)
    assert {event.event_time for event in recorded} == {
        asked_at if hours < 0 else pinned.clock.now()
    }
    assert pinned.allows(SCAN)


# The pinned key


@pytest.mark.requirement("BN-MIN-01")
def test_nothing_is_agreed_to_without_the_key(pinned: Household) -> None:
    """Also not at the machine itself. Mutant: a grant without a signature is recorded."""
    pinned.register.request(pinned.id, LOCATION)
    with pytest.raises(InvalidConsentError, match="signed"):
        pinned.answer(LOCATION)
    with pytest.raises(InvalidConsentError, match="signed"):
        pinned.answer(LOCATION, indication_method=IndicationMethod.SIGNED_FILE)
    pinned.refuse(LOCATION)  # saying no takes no key
    assert pinned.register.status(pinned.id, LOCATION).status is ConsentStatus.REFUSED


@pytest.mark.requirement("BN-WDR-03")
def test_withdrawing_takes_no_key(pinned: Household) -> None:
    """BN-WDR-03. Mutant: a withdrawal has to be signed like a grant."""
    pinned.register.apply_answers(answered(pinned, ask(pinned)))
    pinned.register.record_withdrawal(pinned.id, LOCATION)
    assert pinned.register.status(pinned.id, LOCATION).status is ConsentStatus.WITHDRAWN
    assert not pinned.allows(SCAN)


def test_a_key_is_pinned_once(pinned: Household) -> None:
    """Mutant: whoever is at the machine pins a key of theirs in place of it."""
    before = pinned.store.head()
    pinned.register.pin_guardian_key(pinned.id, KEY.public)  # the same: nothing happens
    with pytest.raises(InvalidConsentError, match="pinned already"):
        pinned.register.pin_guardian_key(pinned.id, GuardianKey.generate().public)
    assert pinned.store.head() == before
    assert pinned.register.guardian_key(pinned.id) == KEY.public


NEW = GuardianKey.generate()


@pytest.mark.requirement("BN-MIN-01")
def test_a_lost_key_is_replaced_and_nothing_goes_on_under_it(pinned: Household) -> None:
    """Mutants: what the old key has signed still holds, or counts; here only, not elsewhere."""
    pinned.register.apply_answers(answered(pinned, ask(pinned)))
    open_question = ask(pinned, HISTORY_STORAGE)
    late = answered(pinned, open_question)
    elsewhere = pinned.another()
    assert elsewhere.allows(SCAN)  # the control
    assert pinned.register.replace_guardian_key(pinned.id, NEW.public) == len(SCOPES)
    assert pinned.register.guardian_key(pinned.id) == NEW.public
    for home in (pinned, elsewhere):
        home.register.refresh()
        assert not home.allows(SCAN)
    for file in (late, answered(pinned, open_question, key=NEW)):  # no question is open
        with pytest.raises(InvalidConsentError):
            pinned.register.apply_answers(file)
    assert not pinned.register.status(pinned.id, HISTORY_STORAGE).valid
    states = [pinned.register.status(pinned.id, scope) for scope in SCOPES]
    assert {state.status for state in states} == {ConsentStatus.REVOKED}
    assert not any(state.settled for state in states)  # nobody said no: it is asked again
    with pytest.raises(InvalidConsentError):
        pinned.register.apply_answers(answered(pinned, ask(pinned)))
    pinned.register.apply_answers(answered(pinned, ask(pinned), key=NEW))
    assert pinned.allows(SCAN)
    assert pinned.register.verify() == pinned.register.seq


def test_what_cannot_be_replaced(home: Household) -> None:
    """Mutants: a key is pinned by that without a word; or all ends for the same one."""
    with pytest.raises(InvalidConsentError, match="pin one"):
        home.register.replace_guardian_key(home.id, NEW.public)
    assert home.register.guardian_key(home.id) is None
    home.register.pin_guardian_key(home.id, KEY.public)
    home.register.apply_answers(answered(home, ask(home)))
    with pytest.raises(InvalidConsentError, match="is pinned"):
        home.register.replace_guardian_key(home.id, KEY.public)
    assert home.allows(SCAN)


@pytest.mark.requirement("BN-MIN-01")
@pytest.mark.parametrize("agreed", [True, False])
def test_a_ledger_in_which_a_key_just_changes_is_damaged(pinned: Household, agreed: bool) -> None:
    """Mutant: the entry alone makes another key count, with all that is agreed to."""
    if agreed:
        pinned.register.apply_answers(answered(pinned, ask(pinned)))
    new = NEW if agreed else KEY
    body = GuardianKeyReplaced(subject_id=pinned.id, public_key=new.public)
    pinned.register.record(GUARDIAN_KEY_REPLACED, body.entry)
    assert pinned.register.fault is not None
    with pytest.raises(LedgerError):
        pinned.allows(SCAN)


def test_asking_for_nothing(pinned: Household) -> None:
    with pytest.raises(InvalidConsentError, match="nothing to ask"):
        pinned.register.request_answers(pinned.id, ())
    assert len(ask(pinned, LOCATION, LOCATION, HISTORY_STORAGE).questions) == 2
