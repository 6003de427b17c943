"""What the ledger's entries come to: who is set up, and where every consent stands.

States are never stored; they are folded from the events, each checked as it was when it was
recorded. :class:`LedgerState` knows nothing of time: whether a grant still holds is asked with
a date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from babyn_ble.errors import InvalidConsentError, NotSetUpError
from babyn_ble.privacy.answers import (
    ANSWERS_REQUESTED,
    GUARDIAN_KEY_PINNED,
    GUARDIAN_KEY_REPLACED,
    AnswersRequested,
    Asked,
    GuardianKeyPinned,
    GuardianKeyReplaced,
    SignedAnswers,
)
from babyn_ble.privacy.background import (
    BACKGROUND_ENDED,
    BACKGROUND_STARTED,
    BackgroundEnded,
    BackgroundStarted,
)
from babyn_ble.privacy.entries import (
    CONSENT,
    CONTROLLER_CHANGED,
    LEDGER_RESTORED,
    RECIPIENT_CHANGED,
    SUBJECT_SET_UP,
    ControllerChanged,
    LedgerRestored,
    RecipientChanged,
    SubjectSetUp,
)
from babyn_ble.privacy.events import (
    GRANTS,
    ConsentEvent,
    ConsentLife,
    ConsentStatus,
    IndicationMethod,
    Reason,
)
from babyn_ble.privacy.exceptions import (
    EXCEPTION_DECLARED,
    EXCEPTION_ENDED,
    DeclaredException,
    ExceptionEnded,
    require_narrow,
)
from babyn_ble.privacy.incidents import INCIDENT, Incident
from babyn_ble.privacy.ledger import GENESIS, Entry
from babyn_ble.privacy.policy import PolicyVersion
from babyn_ble.privacy.policy_archive import POLICY_ARCHIVED
from babyn_ble.privacy.purposes import SHARING_KIND, ConsentScope
from babyn_ble.privacy.rights import entries as rights
from babyn_ble.privacy.spans import Span, ended, spans_after
from babyn_ble.privacy.subjects import GUARDIANS, SubjectKind

_BY_THE_CONSENTING_PARTY = GRANTS | {
    ConsentStatus.REFUSED,
    ConsentStatus.DEFERRED,
    ConsentStatus.WITHDRAWN,
}

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RecordedConsent:
    """A consent event with its place in the ledger."""

    seq: int
    recorded_at: datetime
    entry_hash: str
    event: ConsentEvent


class LedgerState:
    """The fold over the ledger's entries: what decisions need, and no more.

    It is as large as the number of consents, not as the number of entries, and is kept beside
    the ledger (:mod:`babyn_ble.privacy.snapshot`): so each part has its type in ``PARTS``.
    """

    def __init__(self) -> None:
        self.subjects: dict[str, SubjectSetUp] = {}
        self._lives: dict[str, ConsentLife] = {}
        self._newest: dict[str, ConsentEvent] = {}
        self.guardian_keys: dict[str, str] = {}
        self.answers_asked: dict[str, Asked] = {}
        self.exceptions: dict[str, DeclaredException] = {}
        self.exceptions_ended: dict[str, bool] = {}
        self.background: dict[str, BackgroundStarted] = {}
        self.spans: dict[str, list[Span]] = {}
        self.policies: list[PolicyVersion] = []
        self.rights = rights.RightsState()

    @property
    def answers(self) -> SignedAnswers:
        """What is known of signed answers."""
        return SignedAnswers(self.guardian_keys, self.answers_asked)

    def subject(self, subject_id: str) -> SubjectSetUp:
        """Return what is known of a subject.

        Raises:
            NotSetUpError: nothing is.
        """
        found = self.subjects.get(subject_id)
        if found is None and subject_id in self.rights.erased:
            raise NotSetUpError("That subject was erased; nothing of it is kept here any more")
        if found is None:
            raise NotSetUpError(
                "That subject is not set up here; name controller, subject and guardian first "
                "('babyn setup')"
            )
        return found

    def life(self, subject_id: str, scope: str) -> ConsentLife:
        """Return where a consent stands. ``scope`` as in the ledger."""
        return self._lives.get(_place(subject_id, scope), ConsentLife())

    def newest(self, subject_id: str, scope: str) -> ConsentEvent | None:
        """Return the newest event of a consent. ``scope`` as in the ledger."""
        return self._newest.get(_place(subject_id, scope))

    def standing(self) -> list[ConsentEvent]:
        """Return every grant that nothing has ended, whether or not it holds now."""
        return [life.grant for life in self._lives.values() if life.grant is not None]

    def require_nothing_agreed(self, subject_id: str) -> None:
        """Refuse what may be done only while a subject's guardian has agreed to nothing.

        Raises:
            InvalidConsentError: something is agreed to.
            NotSetUpError: the subject is unknown.
        """
        self.subject(subject_id)
        if any(grant.pii_principal_id == subject_id for grant in self.standing()):
            raise InvalidConsentError("Something is agreed to; that has to end first")

    def held_at(self, subject_id: str, scope: str, moment: datetime) -> bool:
        """Whether a consent stood at a time. ``scope`` as in the ledger."""
        spans = self.spans.get(_place(subject_id, scope), [])
        return any(span.since <= moment < span.until for span in spans)

    def dump(self) -> dict[str, object]:
        """Return all of it as plain JSON types, for :meth:`load`.

        Raises:
            TypeError: a part of it is not named in ``PARTS``.
        """
        if set(vars(self)) != set(PARTS):
            raise TypeError("every part of the ledger's state needs its type in PARTS")
        return {
            name: PARTS[name].dump_python(part, mode="json") for name, part in vars(self).items()
        }

    @classmethod
    def load(cls, content: Mapping[str, object]) -> LedgerState:
        """Return the state that :meth:`dump` was asked for.

        Raises:
            ValueError: it is that of another version.
        """
        if set(content) != set(PARTS):
            raise ValueError("the state of another version")
        state = cls()
        for name, part in content.items():
            setattr(state, name, PARTS[name].validate_python(part))
        return state

    def apply(self, entry: Entry) -> None:
        """Take one more entry in.

        Raises:
            InvalidConsentError: it could not have been recorded properly.
        """
        if entry.kind == CONSENT:
            event = ConsentEvent.parse(entry.body)
            place = _place(event.pii_principal_id, event.scope)
            self._lives[place] = self.following(event)
            self._newest[place] = event
            self.answers.decided(event)
            spans = self.spans.get(place, [])
            self.spans[place] = spans_after(spans, event, self._overtaken_at(event))
        elif entry.kind == SUBJECT_SET_UP:
            subject = _parse(SubjectSetUp, entry.body)
            if subject.subject_id in self.subjects or subject.subject_id in self.rights.erased:
                raise InvalidConsentError("A subject is set up twice")
            self.subjects[subject.subject_id] = subject
        elif entry.kind == CONTROLLER_CHANGED:
            change = _parse(ControllerChanged, entry.body)
            known = self.subject(change.subject_id)
            self.subjects[change.subject_id] = known.model_copy(
                update={"controller": change.controller}
            )
            self._end_spans(entry.recorded_at, f"{change.subject_id} ")
        elif entry.kind == RECIPIENT_CHANGED:
            changed = _parse(RecipientChanged, entry.body)
            self._end_spans(entry.recorded_at, f" {SHARING_KIND}:{changed.recipient}")
        elif entry.kind in rights.KINDS:
            about = self.rights.apply(entry.kind, entry.body)
            if about is not None:
                self.subject(about)
            if about is not None and entry.kind == rights.SUBJECT_ERASED:
                del self.subjects[about]
        elif entry.kind == GUARDIAN_KEY_PINNED:
            pinned = _parse(GuardianKeyPinned, entry.body)
            self.subject(pinned.subject_id)
            self.answers.pin(pinned)
        elif entry.kind == GUARDIAN_KEY_REPLACED:
            replaced = _parse(GuardianKeyReplaced, entry.body)
            self.require_nothing_agreed(replaced.subject_id)
            self.answers.replace(replaced)
        elif entry.kind == ANSWERS_REQUESTED:
            asked = _parse(AnswersRequested, entry.body)
            self.subject(asked.subject_id)
            self.answers.ask(asked)
        elif entry.kind == EXCEPTION_DECLARED:
            exception = _parse(DeclaredException, entry.body)
            self.require_exception(exception)
            self.exceptions[exception.exception_id] = exception
        elif entry.kind == EXCEPTION_ENDED:
            over = _parse(ExceptionEnded, entry.body)
            if over.exception_id not in self.exceptions:
                raise InvalidConsentError("An exception ends that was never declared")
            self.exceptions_ended[over.exception_id] = True
        elif entry.kind == BACKGROUND_STARTED:
            started = _parse(BackgroundStarted, entry.body)
            self.subject(started.subject_id)
            self.background[started.session_id] = started
        elif entry.kind == BACKGROUND_ENDED:
            self.background.pop(_parse(BackgroundEnded, entry.body).session_id, None)
        elif entry.kind == POLICY_ARCHIVED:
            version = _parse(PolicyVersion, entry.body)
            if any(known.sha256 == version.sha256 for known in self.policies):
                raise InvalidConsentError("A policy version is archived twice")
            self.policies.append(version)
            if version.changes:
                self._end_spans(max(entry.recorded_at, version.effective_at))
        elif entry.kind == LEDGER_RESTORED:
            _parse(LedgerRestored, entry.body)
            for subject_id in self.subjects:
                self.require_nothing_agreed(subject_id)
        elif entry.kind == INCIDENT:
            Incident.parse(entry.body)  # decides nothing
        elif entry.kind != GENESIS:
            raise InvalidConsentError("An entry is of an unknown kind; update the library")

    def _end_spans(self, at: datetime, concerned: str = "") -> None:
        """End the times for which consents stood: something has changed, and they are void.

        Args:
            at: when.
            concerned: which, by the beginning or the end of their place.
        """
        for place, spans in self.spans.items():
            if place.startswith(concerned) or place.endswith(concerned):
                self.spans[place] = ended(spans, at)

    def _overtaken_at(self, event: ConsentEvent) -> datetime:
        """Return when a later version of the policy ends what rests on that of an event."""
        known = [version.sha256 for version in self.policies]
        rests_on = event.privacy_notice.policy_sha256
        newer = self.policies[known.index(rests_on) + 1 :] if rests_on in known else []
        changes = (version.effective_at for version in newer if version.changes)
        return min(changes, default=datetime.max.replace(tzinfo=UTC))

    def following(self, event: ConsentEvent) -> ConsentLife:
        """Return where a consent stands after ``event``, or refuse the event.

        Raises:
            InvalidConsentError: wrong order, wrong party, or without what it takes.
            NotSetUpError: the subject is unknown.
        """
        subject = self.subject(event.pii_principal_id)
        _require_terms(event)
        _require_parties(subject, event)
        self.answers.require(event)
        return self.life(event.pii_principal_id, event.scope).follow(event)

    def require_exception(self, exception: DeclaredException) -> None:
        """Refuse an exception that may not be declared.

        Raises:
            InvalidConsentError: it says why.
            NotSetUpError: the subject is unknown.
        """
        if exception.exception_id in self.exceptions:
            raise InvalidConsentError("An exception is declared twice")
        controller = self.subject(exception.subject_id).controller.party_id
        require_narrow(exception, controller=controller)

    def why_not_valid(self, grant: ConsentEvent, now: datetime) -> Reason | None:
        """Return why a standing grant does not hold now, apart from its notice."""
        if grant.pii_controllers != (self.subject(grant.pii_principal_id).controller,):
            return Reason.CONTROLLER_CHANGED
        if not grant.event_time <= now < grant.ends_at:
            return Reason.TIME
        return None


PARTS: Mapping[str, TypeAdapter[Any]] = {
    "rights": TypeAdapter(rights.RightsState),
    "subjects": TypeAdapter(dict[str, SubjectSetUp]),
    "_lives": TypeAdapter(dict[str, ConsentLife]),
    "_newest": TypeAdapter(dict[str, ConsentEvent]),
    "guardian_keys": TypeAdapter(dict[str, str]),
    "answers_asked": TypeAdapter(dict[str, Asked]),
    "exceptions": TypeAdapter(dict[str, DeclaredException]),
    "exceptions_ended": TypeAdapter(dict[str, bool]),
    "background": TypeAdapter(dict[str, BackgroundStarted]),
    "spans": TypeAdapter(dict[str, list[Span]]),
    "policies": TypeAdapter(list[PolicyVersion]),
}
"""The type of each part of a :class:`LedgerState`."""


def recorded_consents(entries: Iterable[Entry]) -> Iterator[RecordedConsent]:
    """Yield the consent events among entries."""
    for entry in entries:
        if entry.kind == CONSENT:
            event = ConsentEvent.parse(entry.body)
            yield RecordedConsent(entry.seq, entry.recorded_at, entry.entry_hash.hex(), event)


def _place(subject_id: str, scope: str) -> str:
    return f"{subject_id} {scope}"


def _require_terms(event: ConsentEvent) -> None:
    try:
        scope = ConsentScope.parse(event.scope)
    except ValueError:
        raise InvalidConsentError("A consent event is about no known consent") from None
    recipients = () if scope.recipient is None else (scope.recipient,)
    if scope.purpose is not event.purpose or recipients != event.recipient_third_parties:
        raise InvalidConsentError("A consent event contradicts itself about its purpose")


def _require_parties(subject: SubjectSetUp, event: ConsentEvent) -> None:
    """Refuse an event that the wrong party expressed."""
    by_the_person = event.event_state in _BY_THE_CONSENTING_PARTY
    party = subject.consenting_party if by_the_person else subject.controller
    if (event.entity_id, event.entity_role) != (party.party_id, party.party_role):
        raise InvalidConsentError(
            "Only the consenting party named at set-up can decide this; let them answer"
        )
    if event.entity_id == event.pii_principal_id:
        raise InvalidConsentError("The subject cannot consent for itself; a guardian has to")
    guardian = event.entity_role in GUARDIANS and event.guardian_attestation is not None
    if by_the_person and subject.kind is SubjectKind.CHILD and not guardian:
        raise InvalidConsentError("For a child a guardian consents, with a statement made")
    if event.event_state in GRANTS:
        simulated = event.indication_method is IndicationMethod.SIMULATED
        if simulated != (subject.kind is SubjectKind.SYNTHETIC):
            raise InvalidConsentError(
                "A simulated consent is for a synthetic subject, and a synthetic subject has "
                "no other"
            )
    if event.recipient_third_parties and subject.kind is not SubjectKind.CHILD:
        raise InvalidConsentError(
            f"Data of a {subject.kind.value} go to no recipient; there is nothing to consent to"
        )


def _parse(model: type[M], body: Mapping[str, object]) -> M:
    try:
        return model.model_validate(body)
    except ValidationError:
        raise InvalidConsentError(f"An entry is no proper {model.__name__}") from None
