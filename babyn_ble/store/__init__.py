"""Where consents, bindings and readings are kept.

:class:`Store` is small, synchronous and thread-safe, so that a host can implement it over its
own storage. Whatever is personal arrives here sealed or as a keyed hash: a store never sees a
name, an address or a value. :mod:`babyn_ble.store.memory` keeps nothing;
:mod:`babyn_ble.store.sql` (extra ``[store]``) keeps a SQLite file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

__all__ = [
    "BuildRow",
    "Holder",
    "LedgerRow",
    "SealedReading",
    "SealedRecord",
    "Store",
    "StoredReading",
]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One entry of the consent ledger, as stored.

    Attributes:
        seq: its number, from 1, without gaps.
        prev_hash: ``entry_hash`` of the row before it; 32 zero bytes for the first.
        entry: the entry itself, canonical JSON (RFC 8785).
        entry_hash: hash over ``prev_hash`` and ``entry``.
    """

    seq: int
    prev_hash: bytes
    entry: bytes
    entry_hash: bytes


BuildRow = Callable[[LedgerRow | None], LedgerRow]
"""Makes the next row from the newest one (``None`` in an empty ledger)."""


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record whose content only the holder of the key can read.

    Attributes:
        kind: what it is (``device``, ``bond``, ``subject``…).
        key: its key within the kind: a keyed hash or a pseudonym, never a name.
        subject_id: pseudonym of the subject it belongs to, if it belongs to one.
        purpose: what it may be used for, if that is limited.
        sealed: the content, sealed.
    """

    kind: str
    key: str
    subject_id: str | None
    purpose: str | None
    sealed: bytes


@dataclass(frozen=True, slots=True)
class SealedReading:
    """A reading to be kept.

    Attributes:
        subject_id: pseudonym of the subject.
        device_key: keyed hash of the device.
        purpose: what it may be used for.
        stored_on: the day it is stored, in days since 1970-01-01; retention goes by it.
        sealed: the reading, sealed.
        identity: keyed hash of what the reading is one of, or ``None`` if its source does
            not number its readings. A second reading of one identity is not stored.
    """

    subject_id: str
    device_key: str
    purpose: str
    stored_on: int
    sealed: bytes
    identity: str | None = None


class StoredReading(NamedTuple):
    """A kept reading with its place in the order of storing."""

    position: int
    reading: SealedReading


class Holder(NamedTuple):
    """Who works under this store's consents right now: a running companion.

    Attributes:
        seen_seq: it has acted on the ledger up to here.
        renewals: how often it renewed its lease; unchanged for longer than a lease: gone.
    """

    seen_seq: int
    renewals: int


class Store(Protocol):
    """What the companion needs of a storage.

    Every method is one transaction: it happens wholly and durably, or it raises
    :class:`~babyn_ble.errors.StoreError` and nothing of it happened. (A lease need not be
    durable.) Methods may be called from any thread.
    """

    @property
    def shared(self) -> bool:
        """Whether other processes may hold this store too."""
        ...

    @property
    def in_memory(self) -> bool:
        """Whether calls are too short to need a thread of their own."""
        ...

    # The ledger: append-only.

    def append(self, build: BuildRow) -> LedgerRow:
        """Append the row that ``build`` makes of the newest one.

        No other writer gets in between. What ``build`` raises ends the transaction.
        """
        ...

    def rows(self, after: int = 0, *, limit: int | None = None) -> list[LedgerRow]:
        """Return the rows with a ``seq`` above ``after``, in order; at most ``limit`` of them."""
        ...

    def head(self) -> int:
        """Return the newest ``seq``; 0 for an empty ledger."""
        ...

    # Sealed records.

    def put(self, record: SealedRecord, *, only_new: bool = False) -> bool:
        """Keep a record in place of an earlier one of its kind and key.

        Returns:
            Whether it was kept; false only if ``only_new`` and there is one already.
        """
        ...

    def get(self, kind: str, key: str) -> SealedRecord | None:
        """Return a record, or ``None``."""
        ...

    def list(
        self, kind: str | None = None, subject_id: str | None = None
    ) -> Sequence[SealedRecord]:
        """Return the records (of a kind, of a subject), in the order of kinds and keys."""
        ...

    def delete(self, kind: str, key: str) -> bool:
        """Delete a record; return whether there was one."""
        ...

    # Readings.

    def append_readings(self, readings: Sequence[SealedReading]) -> int:
        """Keep readings, in order; return how many were new."""
        ...

    def readings(
        self,
        subject_id: str,
        device_key: str | None = None,
        *,
        after: int = 0,
        stored_from: int = 0,
        limit: int = 1000,
    ) -> Sequence[StoredReading]:
        """Return readings in the order of storing.

        Args:
            subject_id: whose.
            device_key: of which device; of all without it.
            after: only positions above this one.
            stored_from: only those stored on this day (days since 1970-01-01) or later.
            limit: how many at most.
        """
        ...

    def count_readings(self, subject_id: str, device_key: str | None = None) -> int:
        """Return how many readings are kept."""
        ...

    def delete_readings(
        self,
        subject_id: str,
        device_key: str | None = None,
        *,
        stored_before: int | None = None,
    ) -> int:
        """Delete readings (stored before a day, if one is given); return how many."""
        ...

    # Subjects, whole.

    def subject_ids(self) -> Sequence[str]:
        """Return the pseudonym of every subject that something is kept of, in order."""
        ...

    def delete_subject(self, subject_id: str) -> int:
        """Delete every record and reading of a subject; return how many.

        What was deleted is gone from every file of the store when this returns.
        """
        ...

    # Leases: how processes on one store tell each other that a withdrawal was noticed.

    def renew_lease(self, holder: str, seen_seq: int) -> int:
        """Note that ``holder`` is at work and has acted on the ledger up to ``seen_seq``.

        Returns:
            The newest ``seq``, read after the lease can be seen by others: whoever appends
            a later one finds the lease.
        """
        ...

    def holders(self) -> dict[str, Holder]:
        """Return everyone who holds a lease."""
        ...

    def drop_lease(self, holder: str, *, renewals: int | None = None) -> None:
        """End a lease; with ``renewals`` only if it was not renewed since."""
        ...

    def close(self) -> None:
        """Give everything back. A second call does nothing."""
        ...
