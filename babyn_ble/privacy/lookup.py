"""Looking up: the notice for a consent, where it stands, and whether it holds now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from babyn_ble.clock import Clock
from babyn_ble.errors import RecipientError
from babyn_ble.privacy import entries
from babyn_ble.privacy.checkpoints import Checkpoints
from babyn_ble.privacy.events import GRANTS, ConsentEvent, ConsentStatus, Reason
from babyn_ble.privacy.explanation import Explanation, explain
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.ledger import Entry
from babyn_ble.privacy.notices import Notice, notice_for
from babyn_ble.privacy.policy import MaterialChange, PolicyVersion
from babyn_ble.privacy.policy_register import PolicyRegister
from babyn_ble.privacy.purposes import OWN_SCOPES, ConsentScope
from babyn_ble.privacy.recipients import Recipient, RecipientDirectory
from babyn_ble.privacy.rights.entries import SUBJECT_ERASED
from babyn_ble.privacy.state import RecordedConsent
from babyn_ble.privacy.subjects import NOT_STATED, Party
from babyn_ble.store import Store

ANNOUNCED_BEFORE = timedelta(days=14)
"""How long before its end a consent is said to end."""

NOES = frozenset({ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN})
"""How a person says no."""


@dataclass(frozen=True, slots=True)
class ConsentState:
    """Where one consent stands now.

    Attributes:
        scope: which consent.
        status: DPV state; ``EXPIRED`` also when nobody has recorded that yet.
        valid: whether it allows anything now.
        reason: why a grant that stands is not valid, or why it ended.
        decided_at: when the newest event was expressed.
        decided_by: pseudonym of who expressed it.
        ends_at: when a standing grant ends by itself.
        notice_sha256: the notice it was about.
        language: of that notice.
        settled: a person has said no to the notice as it is now. A program does not ask about
            that again by itself (L64); a person may, and a new notice may.
    """

    scope: ConsentScope
    status: ConsentStatus
    valid: bool = False
    reason: Reason | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    ends_at: datetime | None = None
    notice_sha256: str | None = None
    language: str | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What the register says to a set of consents.

    Attributes:
        missing: those that are not valid.
        renewable: those of them that were given once and have to be renewed.
        changes: what has changed since they were given, of the kinds that the policy names.
        not_before, not_after: when those that are valid all hold.
    """

    missing: frozenset[ConsentScope]
    renewable: frozenset[ConsentScope]
    changes: frozenset[MaterialChange]
    not_before: datetime
    not_after: datetime


class ConsentLookup(PolicyRegister):
    """Where every consent stands.

    Attributes:
        recipients: who readings may be sent to.
    """

    def __init__(self, store: Store, keys: Keys, clock: Clock, checkpoints: Checkpoints) -> None:
        super().__init__(store, keys, clock, checkpoints)
        self.recipients = RecipientDirectory(self.vault, self._recipient_changed)
        self._notice_hashes: dict[tuple[ConsentScope, str, str], str | None] = {}
        self._blocked: set[tuple[str, str]] = set()

    def notice(
        self,
        subject_id: str,
        scope: ConsentScope,
        language: str = "en",
        *,
        policy_sha256: str | None = None,
    ) -> Notice:
        """Return the notice that a person has to see before deciding.

        Args:
            subject_id: whose data.
            scope: what is asked for.
            language: BCP 47.
            policy_sha256: the version that it rests on; ``None`` is the one in force. A consent
                to one that is not in force yet holds from its effective date on.

        Raises:
            NotSetUpError: the subject is not set up.
            RecipientError: there is no such recipient.
            ValueError: there is no notice in that language, or no such policy version.
            LedgerError, StoreError: it cannot be told.
        """
        controller = self.subject(subject_id).controller
        policy = self.policy if policy_sha256 is None else self.policies.find(policy_sha256)
        if policy is None:
            raise ValueError("no policy version of that hash is archived; add it first")
        return self._notice(scope, language, policy, controller)

    def status(self, subject_id: str, scope: ConsentScope) -> ConsentState:
        """Return where a consent stands now.

        Raises:
            NotSetUpError, LedgerError, StoreError: it cannot be told.
        """
        state = self._journal.current()
        state.subject(subject_id)
        written = self._written(scope)
        newest = state.newest(subject_id, written)
        if newest is None:
            return ConsentState(scope, ConsentStatus.UNKNOWN)
        life = state.life(subject_id, written)
        ended = None if life.grant is None else self._why_not_valid(scope, life.grant)
        over = ended is not None and ended is not Reason.POLICY_NOT_IN_FORCE
        overdue = over and life.status in GRANTS
        return ConsentState(
            scope,
            ConsentStatus.EXPIRED if overdue else life.status,
            valid=life.grant is not None and ended is None,
            reason=ended or newest.reason,
            decided_at=newest.event_time,
            decided_by=newest.entity_id,
            ends_at=None if life.grant is None else self._ends_at(life.grant),
            notice_sha256=newest.privacy_notice.sha256,
            language=newest.language,
            settled=life.status in NOES and self._says_the_same(scope, newest),
        )

    def statuses(self, subject_id: str) -> list[ConsentState]:
        """Return where every consent stands: own ones, each recipient's, each country's."""
        return [self.status(subject_id, scope) for scope in self.scopes(subject_id)]

    def scopes(self, subject_id: str) -> tuple[ConsentScope, ...]:
        """Return every consent that there is for a subject, in the order of asking."""
        recipients = self.recipients.list()
        abroad = {self.destination(subject_id, entry.id) for entry in recipients} - {None}
        return (
            *OWN_SCOPES,
            *(ConsentScope.sharing(entry.id) for entry in recipients),
            *(ConsentScope.cross_border(country) for country in sorted(filter(None, abroad))),
        )

    def explain(self, subject_id: str) -> tuple[Explanation, ...]:
        """Return what each consent that there is for a subject means."""
        return tuple(
            explain(
                scope,
                [
                    entry.name
                    for entry in self.recipients.list()
                    if scope in (ConsentScope.sharing(entry.id), self._border(entry))
                ],
                self.policy,
            )
            for scope in self.scopes(subject_id)
        )

    def destination(self, subject_id: str, recipient_id: str) -> str | None:
        """Return the country that a subject's data would go to, if it is not the subject's own.

        A subject whose country was never stated has none of its own; what stays on this
        machine goes to none.

        Raises:
            StoreError: the recipient cannot be looked up.
        """
        recipient = self.recipients.find(recipient_id)
        subject = self._journal.state.subjects.get(subject_id)
        if recipient is None or subject is None or not recipient.abroad:
            return None
        same = recipient.country == subject.jurisdiction != NOT_STATED
        return None if same else recipient.country

    def history(self, subject_id: str, scope: ConsentScope | None = None) -> list[RecordedConsent]:
        """Return every decision about a subject (and one consent), oldest first.

        Raises:
            LedgerError: the ledger, which is read as a whole for that, does not verify.
            StoreError: it cannot be read.
        """
        written = None if scope is None else self._written(scope)
        return [
            recorded
            for recorded in self._journal.history()
            if recorded.event.pii_principal_id == subject_id
            and written in (None, recorded.event.scope)
        ]

    def written(self, scope: ConsentScope) -> str:
        """Return a scope as records have it: a recipient by its pseudonym."""
        return self._written(scope)

    def decide(self, subject_id: str, scopes: Iterable[ConsentScope]) -> Decision:
        """Say which of the consents an act needs are not valid now. From memory.

        Raises:
            LedgerError: the ledger does not verify.
            StoreError: a recipient cannot be looked up.
        """
        with self._journal.lock:
            self._journal.require_verified()
            missing: set[ConsentScope] = set()
            renewable: set[ConsentScope] = set()
            changes: set[MaterialChange] = set()
            not_before = datetime.min.replace(tzinfo=UTC)
            not_after = datetime.max.replace(tzinfo=UTC)
            for scope in scopes:
                written = self._written(scope)
                life = self._journal.state.life(subject_id, written)
                if life.grant is None or (subject_id, written) in self._blocked:
                    missing.add(scope)
                    if life.status is ConsentStatus.EXPIRED:
                        renewable.add(scope)
                    continue
                reason = self._why_not_valid(scope, life.grant)
                if reason is None:
                    not_before = max(not_before, life.grant.event_time)
                    not_after = min(not_after, self._ends_at(life.grant))
                    continue
                missing.add(scope)
                if reason is not Reason.POLICY_NOT_IN_FORCE:
                    renewable.add(scope)
                    changes |= self._changes(scope, life.grant, reason)
            return Decision(
                frozenset(missing), frozenset(renewable), frozenset(changes), not_before, not_after
            )

    def expiring(
        self, subject_id: str, within: timedelta = ANNOUNCED_BEFORE
    ) -> tuple[ConsentState, ...]:
        """Return the consents that hold now and end within some time, the first to end first."""
        until = self.clock.now() + within
        ending = (
            (state.ends_at, str(state.scope), state)
            for state in self.statuses(subject_id)
            if state.valid and state.ends_at is not None and state.ends_at <= until
        )
        return tuple(state for _, _, state in sorted(ending, key=lambda item: item[:2]))

    def attention(self, subject_id: str) -> dict[str, object]:
        """Return what a status may tell of consents anywhere: numbers and a date, no more."""
        states = self.statuses(subject_id)
        ending = self.expiring(subject_id)
        return {
            "to_be_renewed": sum(state.status is ConsentStatus.EXPIRED for state in states),
            "ending_soon": len(ending),
            "first_ends_on": str(ending[0].ends_at.date())
            if ending and ending[0].ends_at
            else None,
        }

    def held_at(self, subject_id: str, scopes: Iterable[ConsentScope], moment: datetime) -> bool:
        """Say whether all of some consents stood at a time. From memory.

        Raises:
            LedgerError: the ledger does not verify.
        """
        with self._journal.lock:
            self._journal.require_verified()
            state = self._journal.state
            return all(state.held_at(subject_id, self._written(scope), moment) for scope in scopes)

    def block(self, subject_id: str | None, scope: ConsentScope) -> None:
        """Deny a consent from now on, whatever the ledger says, until it is given anew."""
        everyone = self._journal.state.subjects if subject_id is None else (subject_id,)
        self._blocked |= {(one, self._written(scope)) for one in everyone}
        self._journal.changed()

    # Inside

    def _applied(self, entry: Entry) -> None:
        if entry.kind == entries.RECIPIENT_CHANGED:
            self._notice_hashes.clear()
        elif entry.kind == SUBJECT_ERASED:
            self._keys.forget()
        elif entry.kind == entries.CONSENT and entry.body.get("event_state") in GRANTS:
            self._blocked.discard((str(entry.body["pii_principal_id"]), str(entry.body["scope"])))

    def _why_not_valid(self, scope: ConsentScope, grant: ConsentEvent) -> Reason | None:
        policy = self.policies.find(grant.privacy_notice.policy_sha256)
        if policy is None:
            return Reason.POLICY_UNKNOWN
        if self.policies.changes(policy, self._latest()):
            return Reason.POLICY_CHANGED
        notice_sha256 = self._notice_sha256(scope, grant.language, policy)
        if grant.privacy_notice.sha256 != notice_sha256:
            return Reason.NOTICE_CHANGED
        if not policy.in_force(self.clock.now()):
            return Reason.POLICY_NOT_IN_FORCE
        return self._journal.state.why_not_valid(grant, self.clock.now())

    def _border(self, recipient: Recipient) -> ConsentScope | None:
        """Return the scope of sending to a recipient's country; none for this machine."""
        return ConsentScope.cross_border(recipient.country) if recipient.abroad else None

    def _says_the_same(self, scope: ConsentScope, event: ConsentEvent) -> bool:
        """Return whether what an event was about is, but for editing, what is asked now."""
        policy = self.policies.find(event.privacy_notice.policy_sha256)
        if policy is None or self.policies.changes(policy, self._latest()):
            return False
        notice_sha256 = self._notice_sha256(scope, event.language, policy)
        return event.privacy_notice.sha256 == notice_sha256

    def _ends_at(self, grant: ConsentEvent) -> datetime:
        """Return when a grant ends by itself: over, or overtaken by a version of the policy."""
        policy = self.policies.find(grant.privacy_notice.policy_sha256)
        if policy is None:
            return grant.ends_at
        return min(grant.ends_at, self.policies.next_change(policy, self._latest()))

    def _changes(
        self, scope: ConsentScope, grant: ConsentEvent, reason: Reason
    ) -> frozenset[MaterialChange]:
        """Return which of the policy's kinds of change have ended a grant."""
        policy = self.policies.find(grant.privacy_notice.policy_sha256)
        if reason is Reason.POLICY_CHANGED and policy is not None:
            return self.policies.changes(policy, self._latest())
        if reason is Reason.CONTROLLER_CHANGED:
            return frozenset({MaterialChange.OWNERSHIP})
        if reason is Reason.NOTICE_CHANGED and scope not in OWN_SCOPES:
            return frozenset({MaterialChange.RECIPIENTS})
        return frozenset()

    def _notice_sha256(
        self, scope: ConsentScope, language: str, policy: PolicyVersion | None = None
    ) -> str | None:
        """Return the hash of a notice as it is now; ``None`` if there is no such notice.

        One about recipients is made anew each time: their entries are written apart from the
        ledger, so that a hash kept over that moment could let a changed entry pass.
        """
        policy = policy or self.policy
        key = (scope, language, policy.sha256)
        if scope not in OWN_SCOPES or key not in self._notice_hashes:
            try:
                self._notice_hashes[key] = self._notice(scope, language, policy, None).sha256
            except (RecipientError, ValueError):
                self._notice_hashes[key] = None
        return self._notice_hashes[key]

    def _notice(
        self,
        scope: ConsentScope,
        language: str,
        policy: PolicyVersion,
        controller: Party | None,
    ) -> Notice:
        if scope.recipient is not None:
            recipients = [self.recipients.get(scope.recipient)]
        elif scope.country is not None:
            everyone = self.recipients.list()
            recipients = [entry for entry in everyone if entry.country == scope.country]
            if not recipients:
                raise RecipientError("No recipient is known in that country; add it first")
        else:
            return notice_for(scope, language, controller=controller, policy=policy)
        entries_ = "\n".join(recipient.model_dump_json() for recipient in recipients)
        reference = self._keys.commitment(None, entries_.encode())[:32]
        return notice_for(
            scope,
            language,
            recipients=recipients,
            reference=reference,
            controller=controller,
            policy=policy,
        )

    def _written(self, scope: ConsentScope) -> str:
        """Return a scope as the ledger has it: a recipient by its pseudonym."""
        if scope.recipient is None:
            return str(scope)
        return str(ConsentScope.sharing(self._keys.pseudonym("recipient", scope.recipient)))

    def _recipient_changed(self, recipient_id: str) -> None:
        body = entries.RecipientChanged(recipient=self._keys.pseudonym("recipient", recipient_id))
        self._record(entries.RECIPIENT_CHANGED, body.entry())
