"""Taking in the withdrawals that were set aside beside the ledger."""

from __future__ import annotations

from babyn_ble.clock import Clock
from babyn_ble.errors import InvalidConsentError, StoreError
from babyn_ble.privacy.checkpoints import Checkpoints
from babyn_ble.privacy.events import ConsentEvent, ConsentStatus, Reason
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.record import Decided
from babyn_ble.privacy.recorder import ConsentRecorder
from babyn_ble.privacy.sidecar import SetAside, SetAsides, Sidecar
from babyn_ble.store import Store


class SetAsideWithdrawals(ConsentRecorder):
    """The part of the register that looks beside the ledger.

    Args:
        store, keys, clock, checkpoints: as in the register.
        sidecar: where withdrawals are that the ledger could not take; ``None``: nowhere.
    """

    def __init__(
        self,
        store: Store,
        keys: Keys,
        clock: Clock,
        checkpoints: Checkpoints,
        sidecar: Sidecar | None,
    ) -> None:
        super().__init__(store, keys, clock, checkpoints)
        self._asides = None if sidecar is None else SetAsides(sidecar)

    @property
    def unread(self) -> bool:
        """Whether a withdrawal was set aside that is not known here."""
        return self._asides is not None and self._asides.changed

    def refresh(self) -> bool:
        """Take in what other processes have recorded, also beside the ledger.

        Raises:
            StoreError: the store, or what is beside it, cannot be read.
        """
        changed = super().refresh()
        if not self.unread:
            return changed
        self._take_in()
        return True

    def set_aside(self, subject_id: str | None, scope: ConsentScope) -> bool:
        """Note a withdrawal beside the ledger; return whether there is a place for that.

        Args:
            subject_id: whose consent; ``None``: everyone's here.
            scope: which consent.

        Raises:
            StoreError: it cannot be noted there either.
        """
        if self._asides is None:
            return False
        self._asides.add(subject_id, self._written(scope), self.clock.now())
        return True

    # Inside

    def _take_in(self) -> None:
        """Deny what was withdrawn, then record it, if the ledger can take it."""
        if self._asides is None:
            return
        found = self._asides.read()
        ended = [
            (grant, aside)
            for grant in self._journal.state.standing()
            for aside in found
            if aside.covers(grant.pii_principal_id, grant.scope) and aside.ends(grant.event_time)
        ]
        blocked = {(grant.pii_principal_id, grant.scope) for grant, _ in ended}
        self._blocked |= blocked
        self._journal.changed()
        if self.fault is not None:
            return
        try:
            for grant, aside in ended:
                self._record_aside(grant, aside)
            if any(not aside.merged for aside in found):
                self._asides.mark_merged(len(found))
        except StoreError:
            return  # it stays denied, and is tried again
        self._blocked -= blocked
        self._journal.changed()

    def _record_aside(self, grant: ConsentEvent, aside: SetAside) -> None:
        place = (grant.pii_principal_id, grant.scope)
        if self._journal.state.life(*place).grant is None:
            return  # by another process, or for another line
        withdrawn = Decided(
            status=ConsentStatus.WITHDRAWN,
            reason=Reason.WITHDRAWN_BY_USER,
            expressed_at=aside.at,
        )
        try:
            self._write(place[0], ConsentScope.parse(grant.scope), grant.scope, withdrawn)
        except InvalidConsentError:
            if self._journal.state.life(*place).grant is not None:
                raise
