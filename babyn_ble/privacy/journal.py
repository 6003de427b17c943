"""The ledger and what it comes to, kept in step with what other processes record.

Opening reads a snapshot, the few entries after it, and the newest checkpoint, however long the
ledger is. :meth:`Journal.verify` reads everything.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from babyn_ble.clock import Clock
from babyn_ble.errors import InvalidConsentError, NotSetUpError, StoreError
from babyn_ble.privacy.checkpoints import Checkpoint, Checkpoints, DamagedCheckpointError
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.ledger import Entry, Ledger, LedgerBehindError, Position
from babyn_ble.privacy.snapshot import Snapshots
from babyn_ble.privacy.state import LedgerState, RecordedConsent, recorded_consents
from babyn_ble.store import Store

_LOGGER = logging.getLogger(__name__)


class Journal:
    """Ledger and state as one. Thread-safe.

    Args:
        store: holds the ledger.
        clock: dates entries.
        keys: of the same store.
        checkpoints: of the same ledger.
        applied: told of each entry once the state includes it. Entries that a snapshot
            includes are not told of.

    Attributes:
        state: what the entries come to.
        seq: the newest entry that the state includes.
        revision: raised with everything that may change a decision.
        lock: held while these change. Never for long: not while a disk is waited for.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        keys: Keys,
        checkpoints: Checkpoints,
        applied: Callable[[Entry], None],
    ) -> None:
        self.state = LedgerState()
        self.seq = 0
        self.revision = 0
        self.lock = threading.RLock()
        self._turn = threading.RLock()
        self._store = store
        self._clock = clock
        self._keys = keys
        self._ledger = Ledger(store, clock, keys.ledger_code)
        self._checkpoints = checkpoints
        self._snapshots = Snapshots(store, keys)
        self._opened = False
        self._applied = applied

    @property
    def fault(self) -> str | None:
        """Why the ledger does not verify; ``None`` if it does."""
        return self._ledger.fault

    @property
    def recorded_at(self) -> datetime:
        """When the newest entry was recorded."""
        return self._ledger.position.recorded_at

    def refresh(self) -> bool:
        """Take in what other processes have recorded; return whether anything changed.

        The first time it opens: from the newest snapshot, against the newest checkpoint.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._turn:
            if not self._opened:
                self._open()
                self._opened = True
                return True
            before = self.fault
            entries = self._ledger.refresh()
            if not entries and self.fault == before:
                return False
            self._apply(entries)
            return True

    def current(self) -> LedgerState:
        """Return the state, as of now.

        Raises:
            LedgerError: the ledger does not verify.
            StoreError: the store cannot be read.
        """
        self.refresh()
        self.require_verified()
        return self.state

    def history(self) -> list[RecordedConsent]:
        """Return every consent event; reads and verifies the whole ledger.

        Raises:
            LedgerError, StoreError: as :meth:`entries`.
        """
        return list(recorded_consents(self.entries()))

    def entries(self) -> list[Entry]:
        """Return every entry; reads and verifies the whole ledger.

        Raises:
            LedgerError: it does not verify.
            StoreError: it cannot be read.
        """
        self.current()
        ledger = Ledger(self._store, self._clock, self._keys.ledger_code)
        entries = ledger.refresh()
        ledger.require_verified()
        return entries

    def require_verified(self) -> None:
        """Raise if the ledger does not verify.

        Raises:
            LedgerError: it says where, and what to do.
        """
        self._ledger.require_verified()

    def verify(self) -> int:
        """Read the whole ledger again, from its first entry, and check it; return its length.

        Every entry is read, decoded, followed and folded, and the result compared with what
        decisions are made from; every checkpoint is compared.

        Raises:
            LedgerError: it does not verify.
            StoreError: it cannot be read.
        """
        again = Journal(self._store, self._clock, self._keys, self._checkpoints, lambda _: None)
        newest = again._newest_checkpoint()
        again._apply(again._ledger.refresh())
        again._compare(newest)
        again.require_verified()
        with self._turn:
            self.current()
            if self.seq == again.seq and self.state.dump() != again.state.dump():
                self._ledger.fault = "what it comes to is not what was remembered of it"
            self.require_verified()
        return again.seq

    def begin_checkpoints(self, checkpoints: Checkpoints) -> None:
        """Keep a checkpoint of this ledger in place of every other that is kept.

        Raises:
            StoreError: a place cannot be written; the ledger then counts as damaged.
        """
        checkpoints.begin_anew(Checkpoint.of(self._ledger.position))

    def record(
        self, kind: str, body: Callable[[], Mapping[str, object]], *, closing: bool = False
    ) -> Entry:
        """Record an entry, made anew whenever another process was first.

        Args:
            kind: what it is.
            body: makes what it says, from the state as it then is; may refuse by raising.
            closing: it ends something, so a clock that was set back does not prevent it.
        """
        with self._turn:
            while True:
                self.current()
                try:
                    entry = self._ledger.append(kind, body(), closing=closing)
                except LedgerBehindError:
                    continue
                self._apply([entry])
                self._recorded()
                return entry

    def changed(self) -> None:
        """Note that something beside the ledger may change decisions."""
        with self.lock:
            self.revision += 1

    # Opening

    def _open(self) -> None:
        newest = self._newest_checkpoint()  # first: the ledger only grows meanwhile
        snapshot = self._snapshots.load()
        if snapshot is not None and self._ledger.resume(snapshot.position):
            self._take(snapshot.position, snapshot.state)
            snapshot = None
        self._apply(self._ledger.refresh())
        self._compare(newest)
        if snapshot is not None:  # that it does not pass is damage, wherever it begins
            self._compare(Checkpoint.of(snapshot.position))
        if self.fault is None and self.seq > 0:
            self._recorded()

    def _newest_checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint, that of an empty ledger if there is none yet.

        Raises:
            StoreError: the store cannot be read.
        """
        if not self._checkpoints:
            return None
        empty = self._store.head() == 0
        try:
            newest = self._checkpoints.newest()
            if newest is None and empty:
                self._checkpoints.keep(Checkpoint.of(Position()))
                newest = self._checkpoints.newest()
        except DamagedCheckpointError:
            self._damaged("its checkpoint was changed, or is that of another store")
            return None
        except StoreError as error:
            self._damaged(str(error))
            return None
        if newest is None:
            self._damaged("its checkpoint is missing")
        return newest

    def _compare(self, newest: Checkpoint | None) -> None:
        if self.fault is not None or newest is None:
            return
        here = self._ledger.position
        if newest.size > here.seq:
            self._damaged(f"entries after {here.seq} are gone; there were {newest.size}")
        elif newest.ledger_id not in ("", here.ledger_id):
            self._damaged("its checkpoint is that of another ledger")
        elif not self._ledger.passes(newest.size, newest.head):
            self._damaged(f"entry {newest.size} is not the one that was recorded")

    def _damaged(self, why: str) -> None:
        self._ledger.fault = self._ledger.fault or why

    # Keeping up

    def _recorded(self) -> None:
        """Keep what shows later that the ledger was as long as it is now.

        The entry stands on the disk already, so that a failure here undoes nothing.
        """
        try:
            self._checkpoints.keep(Checkpoint.of(self._ledger.position))
        except (DamagedCheckpointError, StoreError):
            _LOGGER.warning("The checkpoint of the consent ledger could not be kept")
        with contextlib.suppress(StoreError):  # then more is read when opening
            self._snapshots.keep(self._ledger.position, self.state)

    def _take(self, position: Position, state: LedgerState) -> None:
        with self.lock:
            self.revision += 1
            self.state = state
            self.seq = position.seq

    def _apply(self, entries: Sequence[Entry]) -> None:
        with self.lock:
            self.revision += 1
            for entry in entries:
                try:
                    self.state.apply(entry)
                except (InvalidConsentError, NotSetUpError) as error:
                    # It chains, but this library would never have recorded it.
                    self._ledger.fault = f"entry {entry.seq}: {error}"
                    return
                self.seq = entry.seq
                self._applied(entry)
