"""Recording decisions: each as it follows from where the consent stands at that moment."""

from __future__ import annotations

from collections.abc import Mapping

from babyn_ble.privacy import entries
from babyn_ble.privacy.events import (
    GRANTS,
    ConsentEvent,
    ConsentStatus,
    Reason,
    RequestOrigin,
)
from babyn_ble.privacy.exception_register import ExceptionRegister
from babyn_ble.privacy.platform import PlatformEvidence
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.record import Decided, consent_event, notice_reference


class ConsentRecorder(ExceptionRegister):
    """Asks, and writes down what was decided.

    Attributes:
        platform: what the platform allowed when it was last looked at; kept with each grant.
    """

    platform: PlatformEvidence | None = None

    def request(
        self,
        subject_id: str,
        scope: ConsentScope,
        *,
        language: str = "en",
        origin: RequestOrigin = RequestOrigin.LIBRARY,
        policy_sha256: str | None = None,
    ) -> ConsentEvent:
        """Record that a consent is asked for, the notice having been shown.

        An open request for the same notice is not repeated; one for another notice is
        recorded as dismissed, a grant that no longer holds as expired.

        Raises:
            InvalidConsentError: there is nothing to consent to for this subject.
            NotSetUpError, RecipientError, ValueError, LedgerError, StoreError: as
                :meth:`notice`.
        """
        notice = self.notice(subject_id, scope, language, policy_sha256=policy_sha256)
        life = self._journal.state.life(subject_id, self._written(scope))
        if life.request is not None:
            if life.request.privacy_notice == notice_reference(notice):
                return life.request
            self.defer(subject_id, scope)
        reason = None
        if life.grant is not None:
            reason = self._why_not_valid(scope, life.grant)
            if reason not in (None, Reason.POLICY_NOT_IN_FORCE):
                self._event(subject_id, scope, Decided(status=ConsentStatus.EXPIRED, reason=reason))
            else:
                reason = Reason.RECONFIRM
        status = ConsentStatus.REQUESTED
        asked = Decided(status=status, notice=notice, origin=origin, reason=reason)
        return self._event(subject_id, scope, asked)

    def defer(self, subject_id: str, scope: ConsentScope) -> ConsentEvent:
        """Record that a request was dismissed without a decision."""
        dismissed = Decided(status=ConsentStatus.DEFERRED, reason=Reason.DISMISSED)
        return self._event(subject_id, scope, dismissed)

    def revoke_all(self, subject_id: str, reason: Reason) -> int:
        """End every grant of a subject, as its controller; return how many that were.

        Raises:
            LedgerError, StoreError: it could not be recorded.
        """
        revoked = Decided(status=ConsentStatus.REVOKED, reason=reason)
        standing = [
            grant.scope
            for grant in self._journal.current().standing()
            if grant.pii_principal_id == subject_id
        ]
        for written in standing:
            self._write(subject_id, ConsentScope.parse(written), written, revoked)
        return len(standing)

    def end_overtaken(self) -> int:
        """Record the end of what a newer version of this program has overtaken.

        It brought another notice, or another version of the policy, and no entry of the ledger
        tells when. Without this one, what is measured until somebody is asked anew would count
        as agreed to.

        Returns:
            How many consents have ended so.
        """
        overtaken = [
            (subject_id, scope, reason)
            for subject_id in self.subjects()
            for scope in self.scopes(subject_id)
            if (reason := self._overtaken(subject_id, scope)) is not None
        ]
        for subject_id, scope, reason in overtaken:
            self._event(subject_id, scope, Decided(status=ConsentStatus.EXPIRED, reason=reason))
        return len(overtaken)

    # Inside

    def _overtaken(self, subject_id: str, scope: ConsentScope) -> Reason | None:
        state = self._journal.state
        grant = state.life(subject_id, self._written(scope)).grant
        reason = None if grant is None else self._why_not_valid(scope, grant)
        if reason is Reason.POLICY_CHANGED:  # by one that is archived, the ledger tells when
            return None if any(version.changes for version in state.policies) else reason
        return reason if reason is Reason.NOTICE_CHANGED else None

    def _event(self, subject_id: str, scope: ConsentScope, decided: Decided) -> ConsentEvent:
        return self._write(subject_id, scope, self._written(scope), decided)

    def _write(
        self, subject_id: str, scope: ConsentScope, written: str, decided: Decided
    ) -> ConsentEvent:
        """Record one event, as it follows from where the consent stands then.

        Args:
            subject_id: whose data.
            scope: which consent; of a recipient's only the kind counts.
            written: the same as the ledger has it.
            decided: what is new.
        """
        state = self._journal.state

        def body() -> Mapping[str, object]:
            event = consent_event(
                decided,
                scope=scope,
                written_scope=written,
                subject=state.subject(subject_id),
                life=state.life(subject_id, written),
                before=state.newest(subject_id, written),
                now=self.clock.now(),
                platform=self.platform,
            )
            state.following(event)
            return event.entry()

        opens = decided.status in GRANTS or decided.status is ConsentStatus.REQUESTED
        entry = self._journal.record(entries.CONSENT, body, closing=not opens)
        self._changed()
        return ConsentEvent.parse(entry.body)
