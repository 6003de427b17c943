"""The ledger: append-only, hash-chained, authenticated, without anything personal in it.

Each entry is canonical JSON (RFC 8785) of strings, integers and booleans, and its hash is
``SHA-256(0x00 || "babyn-ledger-v1" || hash of the entry before || entry)``. The first entry
carries the ledger's random id and a nonce. Anybody can follow the chain; who has no key cannot
lengthen it, for each entry carries a code (``mac``) over itself and the hash before it.

What chain and codes show: an entry that was changed, inserted, deleted, doubled or moved, or
made by someone without the key. What they cannot show: newest entries that were cut off, or a
whole older copy put in place. :mod:`babyn_ble.privacy.checkpoints` is for that.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from babyn_ble.clock import Clock
from babyn_ble.errors import InvalidConsentError, LedgerError, StoreError
from babyn_ble.privacy import canonical
from babyn_ble.store import LedgerRow, Store

_LABEL = b"\x00babyn-ledger-v1"
_SCHEMA = "babyn-ledger/1"
_CODE = "mac"
_FIELDS = {"seq", "ledger", "recorded_at", "clock_ok", "kind", "body", _CODE}
_READ_AT_ONCE = 500
_BEGINNING = datetime.min.replace(tzinfo=UTC)
NO_HASH = bytes(32)
GENESIS = "genesis"

Authenticate: TypeAlias = Callable[[bytes], bytes]
"""Makes the code of some bytes, under a key (:meth:`babyn_ble.privacy.keys.Keys.ledger_code`)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One verified entry.

    Attributes:
        seq: its number, from 1.
        recorded_at: when it was recorded; never before the entry before it.
        clock_ok: whether the clock said so itself (it may have been set back).
        kind: what it is.
        body: what it says.
        entry_hash: its place in the chain.
    """

    seq: int
    recorded_at: datetime
    clock_ok: bool
    kind: str
    body: Mapping[str, object]
    entry_hash: bytes


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a chain: all that it takes to go on from there.

    Attributes:
        seq: the newest entry; 0 before the first.
        head: its hash.
        ledger_id: which ledger it is; empty before the first entry.
        recorded_at: when it was recorded.
    """

    seq: int = 0
    head: bytes = NO_HASH
    ledger_id: str = ""
    recorded_at: datetime = _BEGINNING


class LedgerBehindError(Exception):
    """Another process has appended meanwhile: read that first, then decide again."""


class Ledger:
    """The verified chain, as far as it was read. Thread-safe.

    Args:
        store: holds the rows.
        clock: dates entries.
        authenticate: makes the entries' codes.

    Attributes:
        position: the newest entry read.
        fault: why the ledger does not verify, or ``None``.
    """

    def __init__(self, store: Store, clock: Clock, authenticate: Authenticate) -> None:
        self.position = Position()
        self.fault: str | None = None
        self._store = store
        self._clock = clock
        self._authenticate = authenticate
        self._lock = threading.RLock()

    @property
    def seq(self) -> int:
        """The newest entry read."""
        return self.position.seq

    def resume(self, position: Position) -> bool:
        """Go on from a position that was verified before, if the ledger still passes it.

        The entries up to there are not read again.

        Returns:
            Whether it does. If not, nothing has changed here.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            if not self.passes(position.seq, position.head):
                return False
            self.position = position
            return True

    def passes(self, seq: int, head: bytes) -> bool:
        """Return whether entry ``seq`` has the hash ``head``; reads at most one row.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            if seq in (0, self.seq):
                return head == (self.position.head if seq else NO_HASH)
            return [row.entry_hash for row in self._store.rows(seq - 1, limit=1)] == [head]

    def refresh(self) -> list[Entry]:
        """Read and verify what was appended since, and return it.

        At the first entry that does not verify it stops for good and sets ``fault``; the
        entries before that are returned.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            if self.fault is not None:
                return []
            head = self._store.head()
            if head < self.seq:
                self.fault = f"entries after {head} are gone"
            if head <= self.seq:
                return []
            verified: list[Entry] = []
            before = self.position
            try:
                while rows := self._store.rows(self.seq, limit=_READ_AT_ONCE):
                    for row in rows:
                        entry, self.position = self._verify(row)
                        verified.append(entry)
            except canonical.NotCanonicalError as damage:
                self.fault = f"entry {self.seq + 1}: {damage}"
            except StoreError:
                self.position = before  # what is not returned was not read
                raise
            return verified

    def append(self, kind: str, body: Mapping[str, object], *, closing: bool = False) -> Entry:
        """Append an entry behind the newest one read.

        Args:
            kind: what it is.
            body: what it says; strings, integers, booleans, lists and objects of them.
            closing: it ends something (a withdrawal). Then a clock that was set back does
                not prevent it: the entry carries the time of the one before it.

        Raises:
            LedgerBehindError: there are newer ones; nothing was appended.
            LedgerError: the ledger does not verify.
            InvalidConsentError: the clock is earlier than the newest entry.
            StoreError: it could not be stored.
        """
        with self._lock:
            self.require_verified()
            if self.seq == 0 and kind != GENESIS:
                _, self.position = self._append(GENESIS, _genesis(), closing=True)
            entry, self.position = self._append(kind, body, closing=closing)
            return entry

    def require_verified(self) -> None:
        """Raise if the ledger does not verify.

        Raises:
            LedgerError: it says where, and what to do.
        """
        if self.fault is not None:
            raise LedgerError(
                f"The consent ledger does not verify ({self.fault}), so nothing is allowed; "
                "restore a copy of the data directory, or start with an empty one; one that you "
                "have restored yourself can be accepted ('babyn privacy restored'). What runs "
                "can still be stopped"
            )

    def _append(
        self, kind: str, body: Mapping[str, object], *, closing: bool
    ) -> tuple[Entry, Position]:
        now = self._clock.now()
        here = self.position
        clock_ok = now >= here.recorded_at
        if not clock_ok and not closing:
            raise InvalidConsentError(
                "The clock is earlier than the newest consent entry; set it right and try again"
            )
        content: dict[str, object] = {
            "seq": here.seq + 1,
            "ledger": here.ledger_id or f"ledger-{secrets.token_hex(8)}",
            "recorded_at": canonical.written(now if clock_ok else here.recorded_at),
            "clock_ok": clock_ok,
            "kind": kind,
            "body": body,
        }
        entry = canonical.dump({**content, _CODE: self._code(content)})

        def build(newest: LedgerRow | None) -> LedgerRow:
            newest_seq, newest_hash = (newest.seq, newest.entry_hash) if newest else (0, NO_HASH)
            if (newest_seq, newest_hash) != (here.seq, here.head):
                if newest_seq <= here.seq:
                    self.fault = f"entry {here.seq} was replaced"
                    self.require_verified()
                raise LedgerBehindError
            return LedgerRow(here.seq + 1, here.head, entry, chain_hash(here.head, entry))

        # Read back from its bytes: what is remembered is what anybody will read.
        return self._verify(self._store.append(build))

    def _code(self, content: Mapping[str, object]) -> str:
        """Return the code of an entry behind the present position."""
        return self._authenticate(self.position.head + canonical.dump(content)).hex()

    def _verify(self, row: LedgerRow) -> tuple[Entry, Position]:
        here = self.position
        if row.seq != here.seq + 1:
            raise canonical.NotCanonicalError("its number is not the next one")
        if row.prev_hash != here.head or row.entry_hash != chain_hash(here.head, row.entry):
            raise canonical.NotCanonicalError("its hash does not fit")
        content = canonical.parse(row.entry)
        if set(content) != _FIELDS:
            raise canonical.NotCanonicalError("it is no entry")
        code = content.pop(_CODE)
        seq, ledger_id, written, clock_ok, kind, body = (
            content[name] for name in ("seq", "ledger", "recorded_at", "clock_ok", "kind", "body")
        )
        if (
            seq != row.seq
            or not isinstance(ledger_id, str)
            or not isinstance(written, str)
            or not isinstance(clock_ok, bool)
            or not isinstance(kind, str)
            or not isinstance(code, str)
            or not canonical.is_object(body)
        ):
            raise canonical.NotCanonicalError("it is no entry")
        if (kind == GENESIS) != (row.seq == 1) or ledger_id != (here.ledger_id or ledger_id):
            raise canonical.NotCanonicalError("it is of another ledger")
        recorded_at = canonical.read_date(written)
        if recorded_at < here.recorded_at:
            raise canonical.NotCanonicalError("its date is before the one before it")
        if code != self._code(content):
            raise canonical.NotCanonicalError("it was not made with the key of this store")
        entry = Entry(row.seq, recorded_at, clock_ok, kind, body, row.entry_hash)
        return entry, Position(row.seq, row.entry_hash, ledger_id, recorded_at)


def chain_hash(prev_hash: bytes, entry: bytes) -> bytes:
    """Return the hash of an entry in the chain."""
    return hashlib.sha256(_LABEL + prev_hash + entry).digest()


def _genesis() -> dict[str, object]:
    return {"schema": _SCHEMA, "nonce": secrets.token_hex(16)}
