"""A store that lives as long as the process: for trying things out, tests, and hosts."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from babyn_ble.errors import StoreError
from babyn_ble.store import (
    BuildRow,
    Holder,
    LedgerRow,
    SealedReading,
    SealedRecord,
    StoredReading,
)


class MemoryStore:
    """Keeps everything in memory.

    Args:
        shared: whether several companions of this process use it. Then they keep leases on
            it, as processes on one file do.
    """

    in_memory = True

    def __init__(self, *, shared: bool = False) -> None:
        self.shared = shared
        self._lock = threading.RLock()
        self._ledger: list[LedgerRow] = []
        self._records: dict[tuple[str, str], SealedRecord] = {}
        self._readings: dict[int, SealedReading] = {}
        self._identities: set[str] = set()
        self._last_position = 0
        self._leases: dict[str, Holder] = {}
        self._closed = False

    # Ledger

    def append(self, build: BuildRow) -> LedgerRow:
        """Append the row that ``build`` makes of the newest one."""
        with self._lock:
            self._check_open()
            newest = self._ledger[-1] if self._ledger else None
            row = build(newest)
            if row.seq != len(self._ledger) + 1:
                raise StoreError("A ledger row does not follow the newest one; nothing was stored")
            self._ledger.append(row)
            return row

    def rows(self, after: int = 0, *, limit: int | None = None) -> list[LedgerRow]:
        """Return the rows with a ``seq`` above ``after``, in order; at most ``limit`` of them."""
        with self._lock:
            self._check_open()
            return self._ledger[after : None if limit is None else after + limit]

    def head(self) -> int:
        """Return the newest ``seq``; 0 for an empty ledger."""
        with self._lock:
            self._check_open()
            return len(self._ledger)

    # Records

    def put(self, record: SealedRecord, *, only_new: bool = False) -> bool:
        """Keep a record in place of an earlier one of its kind and key."""
        with self._lock:
            self._check_open()
            place = (record.kind, record.key)
            if only_new and place in self._records:
                return False
            self._records[place] = record
            return True

    def get(self, kind: str, key: str) -> SealedRecord | None:
        """Return a record, or ``None``."""
        with self._lock:
            self._check_open()
            return self._records.get((kind, key))

    def list(
        self, kind: str | None = None, subject_id: str | None = None
    ) -> Sequence[SealedRecord]:
        """Return the records (of a kind, of a subject), in the order of kinds and keys."""
        with self._lock:
            self._check_open()
            return [
                record
                for (its_kind, _), record in sorted(self._records.items())
                if kind in (None, its_kind) and subject_id in (None, record.subject_id)
            ]

    def delete(self, kind: str, key: str) -> bool:
        """Delete a record; return whether there was one."""
        with self._lock:
            self._check_open()
            return self._records.pop((kind, key), None) is not None

    # Readings

    def append_readings(self, readings: Sequence[SealedReading]) -> int:
        """Keep readings, in order; return how many were new."""
        with self._lock:
            self._check_open()
            new = 0
            for reading in readings:
                if reading.identity is not None:
                    if reading.identity in self._identities:
                        continue
                    self._identities.add(reading.identity)
                self._last_position += 1
                self._readings[self._last_position] = reading
                new += 1
            return new

    def readings(
        self,
        subject_id: str,
        device_key: str | None = None,
        *,
        after: int = 0,
        stored_from: int = 0,
        limit: int = 1000,
    ) -> Sequence[StoredReading]:
        """Return readings in the order of storing."""
        with self._lock:
            self._check_open()
            return [
                StoredReading(position, reading)
                for position, reading in self._readings.items()
                if position > after
                and reading.stored_on >= stored_from
                and reading.subject_id == subject_id
                and device_key in (None, reading.device_key)
            ][:limit]

    def count_readings(self, subject_id: str, device_key: str | None = None) -> int:
        """Return how many readings are kept."""
        with self._lock:
            self._check_open()
            return sum(
                reading.subject_id == subject_id and device_key in (None, reading.device_key)
                for reading in self._readings.values()
            )

    def delete_readings(
        self,
        subject_id: str,
        device_key: str | None = None,
        *,
        stored_before: int | None = None,
    ) -> int:
        """Delete readings (stored before a day, if one is given); return how many."""
        with self._lock:
            self._check_open()
            doomed = [
                position
                for position, reading in self._readings.items()
                if reading.subject_id == subject_id
                and device_key in (None, reading.device_key)
                and (stored_before is None or reading.stored_on < stored_before)
            ]
            for position in doomed:
                identity = self._readings.pop(position).identity
                if identity is not None:
                    self._identities.discard(identity)
            return len(doomed)

    # Subjects

    def subject_ids(self) -> Sequence[str]:
        """Return the pseudonym of every subject that something is kept of, in order."""
        with self._lock:
            self._check_open()
            found = {record.subject_id for record in self._records.values()}
            found |= {reading.subject_id for reading in self._readings.values()}
            return sorted(subject_id for subject_id in found if subject_id is not None)

    def delete_subject(self, subject_id: str) -> int:
        """Delete every record and reading of a subject; return how many."""
        with self._lock:
            deleted = self.delete_readings(subject_id)
            doomed = [
                place for place, record in self._records.items() if record.subject_id == subject_id
            ]
            for place in doomed:
                del self._records[place]
            return deleted + len(doomed)

    # Leases

    def renew_lease(self, holder: str, seen_seq: int) -> int:
        """Note that ``holder`` is at work; return the newest ``seq``."""
        with self._lock:
            self._check_open()
            earlier = self._leases.get(holder)
            self._leases[holder] = Holder(seen_seq, earlier.renewals + 1 if earlier else 1)
            return len(self._ledger)

    def holders(self) -> dict[str, Holder]:
        """Return everyone who holds a lease."""
        with self._lock:
            self._check_open()
            return dict(self._leases)

    def drop_lease(self, holder: str, *, renewals: int | None = None) -> None:
        """End a lease; with ``renewals`` only if it was not renewed since."""
        with self._lock:
            self._check_open()
            held = self._leases.get(holder)
            if held is not None and renewals in (None, held.renewals):
                del self._leases[holder]

    def close(self) -> None:
        """End all use. What was kept is gone."""
        with self._lock:
            self._closed = True
            self._ledger.clear()
            self._records.clear()
            self._readings.clear()
            self._leases.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("The store is closed; open a new one")
