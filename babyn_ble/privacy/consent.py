"""The consent register: asking, answering and withdrawing.

One register serves one store; other processes may have theirs on the same store. Everything
but :meth:`ConsentRegister.withdraw` is synchronous and thread-safe: on an event loop, run it
through :class:`~babyn_ble.store.writer.StoreWriter`.
"""

from __future__ import annotations

from collections.abc import Mapping

from babyn_ble.clock import Clock, RunningClock
from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy import state as entries
from babyn_ble.privacy.events import (
    GRANTS,
    ConsentEvent,
    ConsentStatus,
    Earlier,
    IndicationMethod,
    Reason,
    RequestOrigin,
)
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.lookup import ConsentLookup, ConsentState
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.record import Decided, consent_event, notice_reference
from babyn_ble.privacy.rights.erasure import finish
from babyn_ble.privacy.withdrawal import Watcher, Withdrawals
from babyn_ble.store import Store
from babyn_ble.store.writer import StoreWriter


class ConsentRegister(ConsentLookup):
    """Who may consent to what, and what they have decided. Made by :meth:`open`."""

    def __init__(self, store: Store, keys: Keys, clock: Clock) -> None:
        super().__init__(store, keys, clock)
        self._writer = StoreWriter(store, clock)
        self._withdrawals = Withdrawals(self, self._writer)
        self._changed = self._withdrawals.changed

    @classmethod
    def open(cls, store: Store, keys: Keys, *, clock: Clock | None = None) -> ConsentRegister:
        """Return the register of a store, its ledger read and verified.

        A ledger that does not verify is no error here: the gate then denies everything, and
        :attr:`fault` says why.

        Args:
            store: holds everything.
            keys: of the same store.
            clock: the companion's; without one, that of whatever loop runs.

        Raises:
            StoreError: the store cannot be read.
        """
        register = cls(store, keys, clock or RunningClock())
        register.refresh()
        finish(register)
        return register

    async def aclose(self) -> None:
        """Wait until withdrawals under way are done; take no more."""
        await self._withdrawals.aclose()
        await self._writer.aclose()

    def request(
        self,
        subject_id: str,
        scope: ConsentScope,
        *,
        language: str = "en",
        origin: RequestOrigin = RequestOrigin.LIBRARY,
    ) -> ConsentEvent:
        """Record that a consent is asked for, the notice having been shown.

        An open request for the same notice is not repeated; one for another notice is
        recorded as dismissed, a grant that no longer holds as expired.

        Raises:
            InvalidConsentError: there is nothing to consent to for this subject.
            NotSetUpError, RecipientError, ValueError, LedgerError, StoreError: as
                :meth:`notice`.
        """
        notice = self.notice(subject_id, scope, language)
        life = self._journal.state.life(subject_id, self._written(scope))
        if life.request is not None:
            if life.request.privacy_notice == notice_reference(notice):
                return life.request
            self.defer(subject_id, scope)
        reason = None
        if life.grant is not None:
            reason = self._why_not_valid(scope, life.grant)
            if reason is not None:
                self._event(subject_id, scope, Decided(status=ConsentStatus.EXPIRED, reason=reason))
            reason = reason or Reason.RECONFIRM
        status = ConsentStatus.REQUESTED
        asked = Decided(status=status, notice=notice, origin=origin, reason=reason)
        return self._event(subject_id, scope, asked)

    def give(
        self,
        subject_id: str,
        scope: ConsentScope,
        *,
        notice_sha256: str,
        given_by: str,
        indication_method: IndicationMethod,
        language: str = "en",
    ) -> ConsentEvent:
        """Record that a consent was given, explicitly, to the notice that was shown.

        Args:
            subject_id: whose data.
            scope: what was agreed to; one thing.
            notice_sha256: the notice that the person saw.
            given_by: ``party_id`` of the consenting party.
            indication_method: how the person expressed it.
            language: of the notice.

        Raises:
            InvalidConsentError: it was not asked for, or the notice is another by now, or
                the wrong party answered.
            NotSetUpError, RecipientError, ValueError, LedgerError, StoreError: as
                :meth:`notice`.
        """
        notice = self.notice(subject_id, scope, language)
        if notice.sha256 != notice_sha256:
            raise InvalidConsentError(
                "The notice is not (or no longer) the one that was shown; show the present one "
                "and ask again"
            )
        life = self._journal.state.life(subject_id, self._written(scope))
        first = life.earlier is Earlier.NONE
        status = ConsentStatus.GIVEN if first else ConsentStatus.RENEWED
        given = Decided(status=status, notice=notice, given_by=given_by, method=indication_method)
        return self._event(subject_id, scope, given)

    def refuse(self, subject_id: str, scope: ConsentScope, *, given_by: str) -> ConsentEvent:
        """Record that a consent was asked for and refused. It ends an earlier grant too."""
        refused = Decided(status=ConsentStatus.REFUSED, given_by=given_by)
        return self._event(subject_id, scope, refused)

    def defer(self, subject_id: str, scope: ConsentScope) -> ConsentEvent:
        """Record that a request was dismissed without a decision."""
        dismissed = Decided(status=ConsentStatus.DEFERRED, reason=Reason.DISMISSED)
        return self._event(subject_id, scope, dismissed)

    async def withdraw(self, subject_id: str, scope: ConsentScope) -> ConsentState:
        """Withdraw a consent: recorded, and everything under it stopped, before this returns.

        It needs no device, radio or network, and may be called from anywhere, also from
        within what it stops. A consent that does not stand is withdrawn already.

        Raises:
            TeardownIncompleteError: it stands, but something did not close within 5 s.
            LedgerError, StoreError: everything was stopped here, but it could not be
                recorded.
            NotSetUpError: the subject is not set up.
        """
        await self._withdrawals.withdraw(subject_id, scope)
        return self.status(subject_id, scope)

    # For the gate, and for withdrawals

    def watch(self, watcher: Watcher) -> None:
        """Have a gate told of every change."""
        self._withdrawals.watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Tell a gate no more."""
        if watcher in self._withdrawals.watchers:
            self._withdrawals.watchers.remove(watcher)

    def record_withdrawal(self, subject_id: str, scope: ConsentScope) -> int:
        """Record a withdrawal, if there is a grant to withdraw; return the newest ``seq``."""
        written = self._written(scope)
        state = self._journal.current()
        state.subject(subject_id)
        if state.life(subject_id, written).grant is not None:
            withdrawn = Decided(status=ConsentStatus.WITHDRAWN, reason=Reason.WITHDRAWN_BY_USER)
            try:
                self._event(subject_id, scope, withdrawn)
            except InvalidConsentError:
                if state.life(subject_id, written).grant is not None:
                    raise  # it was not that another process was first
        return self.seq

    # Inside

    def _event(self, subject_id: str, scope: ConsentScope, decided: Decided) -> ConsentEvent:
        """Record one event, as it follows from where the consent stands then."""
        written = self._written(scope)
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
            )
            state.following(event)
            return event.entry()

        opens = decided.status in GRANTS or decided.status is ConsentStatus.REQUESTED
        entry = self._journal.record(entries.CONSENT, body, closing=not opens)
        self._changed()
        return ConsentEvent.parse(entry.body)
