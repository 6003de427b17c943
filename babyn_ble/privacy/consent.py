"""The consent register: asking, answering and withdrawing.

One register serves one store; other processes may have theirs on the same store. Everything
but :meth:`ConsentRegister.withdraw` is synchronous and thread-safe: on an event loop, run it
through :class:`~babyn_ble.store.writer.StoreWriter`.
"""

from __future__ import annotations

from collections.abc import Sequence

from babyn_ble.clock import Clock, RunningClock
from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.checkpoints import CheckpointPlace, Checkpoints
from babyn_ble.privacy.events import (
    ConsentEvent,
    ConsentStatus,
    Earlier,
    IndicationMethod,
    Reason,
)
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.lookup import ConsentState
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.record import Decided
from babyn_ble.privacy.remote_answers import RemoteAnswers
from babyn_ble.privacy.rights.burial import finish
from babyn_ble.privacy.sidecar import Sidecar
from babyn_ble.privacy.withdrawal import Watcher, Withdrawals
from babyn_ble.store import Store
from babyn_ble.store.writer import StoreWriter


class ConsentRegister(RemoteAnswers):
    """Who may consent to what, and what they have decided. Made by :meth:`open`."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        clock: Clock,
        checkpoints: Checkpoints,
        sidecar: Sidecar | None = None,
    ) -> None:
        super().__init__(store, keys, clock, checkpoints, sidecar)
        self._writer = StoreWriter(store, clock)
        self._withdrawals = Withdrawals(self, self._writer)
        self._changed = self._withdrawals.changed

    @classmethod
    def open(
        cls,
        store: Store,
        keys: Keys,
        *,
        clock: Clock | None = None,
        places: Sequence[CheckpointPlace] = (),
        sidecar: Sidecar | None = None,
    ) -> ConsentRegister:
        """Return the register of a store, its ledger verified from where it last was.

        A ledger that does not verify is no error here: the gate then denies everything, and
        :attr:`fault` says why.

        Args:
            store: holds everything.
            keys: of the same store.
            clock: the companion's; without one, that of whatever loop runs.
            places: where checkpoints of the ledger are kept. With none, an older copy of the
                store in place of it is not noticed.
            sidecar: takes withdrawals that the ledger cannot take. Without one, such a
                withdrawal holds for as long as this process runs, and is an error.

        Raises:
            StoreError: the store cannot be read.
        """
        checkpoints = Checkpoints(places, keys.checkpoint_code)
        register = cls(store, keys, clock or RunningClock(), checkpoints, sidecar)
        register.refresh()
        finish(register)
        return register

    async def aclose(self) -> None:
        """Wait until withdrawals under way are done; take no more."""
        await self._withdrawals.aclose()
        await self._writer.aclose()

    def give(
        self,
        subject_id: str,
        scope: ConsentScope,
        *,
        notice_sha256: str,
        given_by: str,
        indication_method: IndicationMethod,
        language: str = "en",
        policy_sha256: str | None = None,
    ) -> ConsentEvent:
        """Record that a consent was given, explicitly, to the notice that was shown.

        Args:
            subject_id: whose data.
            scope: what was agreed to; one thing.
            notice_sha256: the notice that the person saw.
            given_by: ``party_id`` of the consenting party.
            indication_method: how the person expressed it.
            language: of the notice.
            policy_sha256: the policy version it rests on; ``None`` is the one in force.

        Raises:
            InvalidConsentError: it was not asked for, or the notice is another by now, or
                the wrong party answered.
            NotSetUpError, RecipientError, ValueError, LedgerError, StoreError: as
                :meth:`notice`.
        """
        notice = self.notice(subject_id, scope, language, policy_sha256=policy_sha256)
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

    async def withdraw(self, subject_id: str | None, scope: ConsentScope) -> ConsentState:
        """Withdraw a consent: recorded, and everything under it stopped, before this returns.

        It needs no device, radio or network, and may be called from anywhere, also from
        within what it stops. A consent that does not stand is withdrawn already. On a ledger
        that cannot take it, it is noted beside the ledger, holds all the same, and is
        recorded there later.

        Args:
            subject_id: whose consent; ``None``, where a damaged ledger does not say who there
                is: everyone's here.
            scope: which consent.

        Raises:
            TeardownIncompleteError: it stands, but something did not close within 5 s.
            LedgerError, StoreError: everything was stopped here, but it could not be
                recorded anywhere.
            NotSetUpError: the subject is not set up.
        """
        recorded = await self._withdrawals.withdraw(subject_id, scope)
        if recorded and subject_id is not None:
            return self.status(subject_id, scope)
        return ConsentState(
            scope,
            ConsentStatus.WITHDRAWN,
            reason=Reason.WITHDRAWN_BY_USER,
            decided_at=self.clock.now(),
        )

    # For the gate, and for withdrawals

    def watch(self, watcher: Watcher) -> None:
        """Have a gate told of every change."""
        self._withdrawals.watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Tell a gate no more."""
        if watcher in self._withdrawals.watchers:
            self._withdrawals.watchers.remove(watcher)

    def record_withdrawal(self, subject_id: str | None, scope: ConsentScope) -> int:
        """Record a withdrawal, if there is a grant to withdraw; return the newest ``seq``."""
        state = self._journal.current()
        if subject_id is None:
            for one in tuple(state.subjects):
                self.record_withdrawal(one, scope)
            return self.seq
        written = self._written(scope)
        state.subject(subject_id)
        if state.life(subject_id, written).grant is not None:
            withdrawn = Decided(status=ConsentStatus.WITHDRAWN, reason=Reason.WITHDRAWN_BY_USER)
            try:
                self._event(subject_id, scope, withdrawn)
            except InvalidConsentError:
                if state.life(subject_id, written).grant is not None:
                    raise  # it was not that another process was first
        return self.seq
