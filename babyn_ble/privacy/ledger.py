"""The ledger: append-only, hash-chained, without anything personal in it.

Each entry is canonical JSON (RFC 8785) of strings, integers and booleans, and its hash is
``SHA-256(0x00 || "babyn-ledger-v1" || hash of the entry before || entry)``. The first entry
carries the ledger's random id and a nonce.

What the chain shows: an entry that was changed, inserted, deleted, doubled or moved. What it
cannot show by itself: newest entries that were cut off, or a whole older copy put in place;
a process that has seen them notices, one that starts later does not.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn, TypeGuard, cast

import rfc8785

from babyn_ble.clock import Clock
from babyn_ble.errors import InvalidConsentError, LedgerError
from babyn_ble.store import LedgerRow, Store

_LABEL = b"\x00babyn-ledger-v1"
_NO_HASH = bytes(32)
_SCHEMA = "babyn-ledger/1"
_FIELDS = {"seq", "ledger", "recorded_at", "clock_ok", "kind", "body"}
GENESIS = "genesis"


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


class LedgerBehindError(Exception):
    """Another process has appended meanwhile: read that first, then decide again."""


class Ledger:
    """The verified chain, as far as it was read. Thread-safe.

    Attributes:
        seq: the newest entry read.
        fault: why the ledger does not verify, or ``None``.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self.seq = 0
        self.fault: str | None = None
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()
        self._head = _NO_HASH
        self._ledger_id = ""
        self._recorded_at = datetime.min.replace(tzinfo=UTC)

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
            for row in self._store.rows(self.seq):
                try:
                    entry, ledger_id = self._verify(row)
                except _DamageError as damage:
                    self.fault = f"entry {self.seq + 1}: {damage}"
                    break
                self._advance(entry, ledger_id)
                verified.append(entry)
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
                self._advance(*self._append(GENESIS, _genesis(), closing=True))
            entry, ledger_id = self._append(kind, body, closing=closing)
            self._advance(entry, ledger_id)
            return entry

    def require_verified(self) -> None:
        """Raise if the ledger does not verify.

        Raises:
            LedgerError: it says where, and what to do.
        """
        if self.fault is not None:
            raise LedgerError(
                f"The consent ledger does not verify ({self.fault}), so nothing is allowed; "
                "restore a copy of the data directory, or start with an empty one. What runs "
                "can still be stopped"
            )

    def _append(self, kind: str, body: Mapping[str, object], *, closing: bool) -> tuple[Entry, str]:
        now = self._clock.now()
        clock_ok = now >= self._recorded_at
        if not clock_ok and not closing:
            raise InvalidConsentError(
                "The clock is earlier than the newest consent entry; set it right and try again"
            )
        recorded_at = now if clock_ok else self._recorded_at
        ledger_id = self._ledger_id or f"ledger-{secrets.token_hex(8)}"

        def build(newest: LedgerRow | None) -> LedgerRow:
            newest_seq, newest_hash = (newest.seq, newest.entry_hash) if newest else (0, _NO_HASH)
            if (newest_seq, newest_hash) != (self.seq, self._head):
                if newest_seq <= self.seq:
                    self.fault = f"entry {self.seq} was replaced"
                    self.require_verified()
                raise LedgerBehindError
            entry = rfc8785.dumps(
                {
                    "seq": self.seq + 1,
                    "ledger": ledger_id,
                    "recorded_at": _written(recorded_at),
                    "clock_ok": clock_ok,
                    "kind": kind,
                    "body": _plain(body),
                }
            )
            return LedgerRow(self.seq + 1, self._head, entry, chain_hash(self._head, entry))

        row = self._store.append(build)
        # Read back from its bytes: what is remembered is what anybody will read.
        return self._verify(row)

    def _advance(self, entry: Entry, ledger_id: str) -> None:
        self.seq = entry.seq
        self._head = entry.entry_hash
        self._recorded_at = entry.recorded_at
        self._ledger_id = ledger_id

    def _verify(self, row: LedgerRow) -> tuple[Entry, str]:
        if row.seq != self.seq + 1:
            raise _DamageError("its number is not the next one")
        if row.prev_hash != self._head or row.entry_hash != chain_hash(self._head, row.entry):
            raise _DamageError("its hash does not fit")
        content = _parsed(row.entry)
        seq, ledger_id, written, clock_ok, kind, body = (
            content[name] for name in ("seq", "ledger", "recorded_at", "clock_ok", "kind", "body")
        )
        if (
            seq != row.seq
            or not isinstance(ledger_id, str)
            or not isinstance(written, str)
            or not isinstance(clock_ok, bool)
            or not isinstance(kind, str)
            or not _is_object(body)
        ):
            raise _DamageError("it is no entry")
        if (kind == GENESIS) != (row.seq == 1) or ledger_id != (self._ledger_id or ledger_id):
            raise _DamageError("it is of another ledger")
        try:
            recorded_at = datetime.fromisoformat(written)
        except ValueError:
            raise _DamageError("it has no date") from None
        if _written(recorded_at) != written or recorded_at < self._recorded_at:
            raise _DamageError("its date is before the one before it")
        return Entry(row.seq, recorded_at, clock_ok, kind, body, row.entry_hash), ledger_id


class _DamageError(Exception):
    """What is wrong with one entry."""


def chain_hash(prev_hash: bytes, entry: bytes) -> bytes:
    """Return the hash of an entry in the chain."""
    return hashlib.sha256(_LABEL + prev_hash + entry).digest()


def _genesis() -> dict[str, object]:
    return {"schema": _SCHEMA, "nonce": secrets.token_hex(16)}


def _written(moment: datetime) -> str:
    in_utc = moment.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _parsed(entry: bytes) -> dict[str, object]:
    def no_float(_: str) -> NoReturn:
        raise ValueError("a float")

    try:
        content: object = json.loads(entry, parse_float=no_float, parse_constant=no_float)
        if not _is_object(content) or set(content) != _FIELDS:
            raise _DamageError("it is no entry")
        if rfc8785.dumps(_plain(content)) != entry:
            raise _DamageError("it is not in canonical form")
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        raise _DamageError("it cannot be read") from None
    return content


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _plain(value: object) -> _Json:
    """Return ``value`` if it consists of strings, integers and booleans only."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):  # a bool is one
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {_key(name): _plain(content) for name, content in items}
    if isinstance(value, list | tuple):
        return [_plain(content) for content in cast("list[object]", value)]
    raise ValueError("the ledger holds strings, integers and booleans only")


def _key(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError("the ledger holds objects with string keys only")
    return name


_Json = str | int | list["_Json"] | dict[str, "_Json"]
