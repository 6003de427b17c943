"""The ledger and what it comes to, kept in step with what other processes record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from babyn_ble.clock import Clock
from babyn_ble.errors import InvalidConsentError, NotSetUpError
from babyn_ble.privacy.ledger import Entry, Ledger, LedgerBehindError
from babyn_ble.privacy.state import LedgerState
from babyn_ble.store import Store


class Journal:
    """Ledger and state as one. Thread-safe.

    Args:
        store: holds the ledger.
        clock: dates entries.
        applied: told of each entry once the state includes it.

    Attributes:
        state: what the entries come to.
        seq: the newest entry that the state includes.
        revision: raised with everything that may change a decision.
        lock: held while these change. Never for long: not while a disk is waited for.
    """

    def __init__(self, store: Store, clock: Clock, applied: Callable[[Entry], None]) -> None:
        self.state = LedgerState()
        self.seq = 0
        self.revision = 0
        self.lock = threading.RLock()
        self._turn = threading.RLock()
        self._store = store
        self._clock = clock
        self._ledger = Ledger(store, clock)
        self._applied = applied

    @property
    def fault(self) -> str | None:
        """Why the ledger does not verify; ``None`` if it does."""
        return self._ledger.fault

    def refresh(self) -> bool:
        """Take in what other processes have recorded; return whether anything changed.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._turn:
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

    def require_verified(self) -> None:
        """Raise if the ledger does not verify.

        Raises:
            LedgerError: it says where, and what to do.
        """
        self._ledger.require_verified()

    def verify(self) -> None:
        """Read the whole ledger again and check it.

        Raises:
            LedgerError: it does not verify.
            StoreError: it cannot be read.
        """
        again = Journal(self._store, self._clock, lambda _: None)
        again.current()
        self.current()

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
                return entry

    def changed(self) -> None:
        """Note that something beside the ledger may change decisions."""
        with self.lock:
            self.revision += 1

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
