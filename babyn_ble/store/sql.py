"""A store in SQLite files: what is promised is on the disk before it is promised.

Two files in one directory that only its owner can enter. ``babyn.sqlite3`` holds ledger,
records and readings; its commits reach the disk (``synchronous=FULL``). ``leases.sqlite3``
holds leases, which promise nothing over a crash; apart, so that a slow disk that delays a
commit does not end the leases meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, union
from sqlalchemy.dialects.sqlite import insert as upsert

from babyn_ble.errors import StoreError
from babyn_ble.store import (
    BuildRow,
    Holder,
    LedgerRow,
    SealedReading,
    SealedRecord,
    StoredReading,
)
from babyn_ble.store import sql_schema as schema
from babyn_ble.store.files import prepare_directory
from babyn_ble.store.sql_engine import IMMEDIATE, open_file, ours, path_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_BUSY_TIMEOUT = 5.0
_LEASE_BUSY_TIMEOUT = 0.25


class SqlStore:
    """Keeps everything in SQLite. Made by :meth:`open`."""

    shared = True
    in_memory = False

    def __init__(self, engine: Engine, leases: Engine) -> None:
        self._engine = engine
        self._leases = leases
        self._closed = False

    @classmethod
    def open(
        cls, location: str | os.PathLike[str], *, busy_timeout: float = _BUSY_TIMEOUT
    ) -> SqlStore:
        """Open the store in a directory, making it if there is none.

        Args:
            location: the directory, or the URL of a SQLite file (``sqlite:///…``).
            busy_timeout: seconds to wait for another process that is writing.

        Raises:
            StoreError: the directory or a file is open to other users, not a store,
                damaged, or made by a newer version.
        """
        path = path_of(location)
        prepare_directory(path.parent)
        leases_path = path.with_name("leases.sqlite3")
        with ours():
            main = open_file(path, schema.main, schema.TRIGGERS, "FULL", busy_timeout)
            leases = open_file(leases_path, schema.lease, (), "NORMAL", _LEASE_BUSY_TIMEOUT)
        store = cls(main, leases)
        try:
            for engine in (main, leases):
                store._check_version(engine)
        except StoreError:
            store.close()
            raise
        return store

    # Ledger

    def append(self, build: BuildRow) -> LedgerRow:
        """Append the row that ``build`` makes of the newest one."""
        newest = select(schema.ledger).order_by(schema.ledger.c.seq.desc()).limit(1)
        with self._write() as connection:
            found = connection.execute(newest).first()
            row = build(None if found is None else LedgerRow(*found))
            if row.seq != (1 if found is None else found.seq + 1):
                raise StoreError("A ledger row does not follow the newest one; nothing was stored")
            connection.execute(
                insert(schema.ledger).values(
                    seq=row.seq,
                    prev_hash=row.prev_hash,
                    entry=row.entry,
                    entry_hash=row.entry_hash,
                )
            )
        return row

    def rows(self, after: int = 0, *, limit: int | None = None) -> list[LedgerRow]:
        """Return the rows with a ``seq`` above ``after``, in order; at most ``limit`` of them."""
        wanted = (
            select(schema.ledger)
            .where(schema.ledger.c.seq > after)
            .order_by(schema.ledger.c.seq)
            .limit(limit)
        )
        with self._read() as connection:
            return [
                LedgerRow(seq, _bytes(before), _bytes(entry), _bytes(own))
                for seq, before, entry, own in connection.execute(wanted)
            ]

    def head(self) -> int:
        """Return the newest ``seq``; 0 for an empty ledger."""
        with self._read() as connection:
            return connection.execute(select(func.max(schema.ledger.c.seq))).scalar() or 0

    # Records

    def put(self, record: SealedRecord, *, only_new: bool = False) -> bool:
        """Keep a record in place of an earlier one of its kind and key."""
        content = {
            "subject_id": record.subject_id,
            "purpose": record.purpose,
            "sealed": record.sealed,
        }
        statement = upsert(schema.records).values(kind=record.kind, key=record.key, **content)
        place = [schema.records.c.kind, schema.records.c.key]
        with self._write() as connection:
            result = connection.execute(
                statement.on_conflict_do_nothing(index_elements=place)
                if only_new
                else statement.on_conflict_do_update(index_elements=place, set_=content)
            )
        return result.rowcount > 0

    def get(self, kind: str, key: str) -> SealedRecord | None:
        """Return a record, or ``None``."""
        wanted = select(schema.records).where(_place(kind, key))
        with self._read() as connection:
            found = connection.execute(wanted).first()
        return None if found is None else SealedRecord(*found)

    def list(
        self, kind: str | None = None, subject_id: str | None = None
    ) -> Sequence[SealedRecord]:
        """Return the records (of a kind, of a subject), in the order of kinds and keys."""
        wanted = select(schema.records)
        if kind is not None:
            wanted = wanted.where(schema.records.c.kind == kind)
        if subject_id is not None:
            wanted = wanted.where(schema.records.c.subject_id == subject_id)
        with self._read() as connection:
            return [
                SealedRecord(*row)
                for row in connection.execute(
                    wanted.order_by(schema.records.c.kind, schema.records.c.key)
                )
            ]

    def delete(self, kind: str, key: str) -> bool:
        """Delete a record; return whether there was one."""
        with self._write() as connection:
            deleted = connection.execute(delete(schema.records).where(_place(kind, key))).rowcount
        self._leave_no_trace(deleted)
        return deleted > 0

    # Readings

    def append_readings(self, readings: Sequence[SealedReading]) -> int:
        """Keep readings, in order; return how many were new."""
        if not readings:
            return 0
        rows = [
            {
                "subject_id": reading.subject_id,
                "device_key": reading.device_key,
                "purpose": reading.purpose,
                "stored_on": reading.stored_on,
                "sealed": reading.sealed,
                "identity": reading.identity,
            }
            for reading in readings
        ]
        statement = upsert(schema.readings).on_conflict_do_nothing(
            index_elements=[schema.readings.c.identity]
        )
        with self._write() as connection:
            return connection.execute(statement, rows).rowcount

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
        wanted = (
            select(schema.readings)
            .where(
                _readings_of(subject_id, device_key),
                schema.readings.c.position > after,
                schema.readings.c.stored_on >= stored_from,
            )
            .order_by(schema.readings.c.position)
            .limit(limit)
        )
        with self._read() as connection:
            return [
                StoredReading(position, SealedReading(*rest))
                for position, *rest in connection.execute(wanted)
            ]

    def count_readings(self, subject_id: str, device_key: str | None = None) -> int:
        """Return how many readings are kept."""
        wanted = (
            select(func.count())
            .select_from(schema.readings)
            .where(_readings_of(subject_id, device_key))
        )
        with self._read() as connection:
            return connection.execute(wanted).scalar_one()

    def delete_readings(
        self,
        subject_id: str,
        device_key: str | None = None,
        *,
        stored_before: int | None = None,
    ) -> int:
        """Delete readings (stored before a day, if one is given); return how many."""
        doomed = delete(schema.readings).where(_readings_of(subject_id, device_key))
        if stored_before is not None:
            doomed = doomed.where(schema.readings.c.stored_on < stored_before)
        with self._write() as connection:
            deleted = connection.execute(doomed).rowcount
        self._leave_no_trace(deleted)
        return deleted

    # Subjects

    def subject_ids(self) -> Sequence[str]:
        """Return the pseudonym of every subject that something is kept of, in order."""
        kept = union(
            select(schema.records.c.subject_id).where(schema.records.c.subject_id.is_not(None)),
            select(schema.readings.c.subject_id),
        )
        with self._read() as connection:
            return sorted(connection.execute(kept).scalars())

    def delete_subject(self, subject_id: str) -> int:
        """Delete every record and reading of a subject; return how many.

        Raises:
            StoreError: another process is reading for too long. What was deleted is gone
                from the tables, and may still stand in the write-ahead log.
        """
        with self._write() as connection:
            deleted = sum(
                connection.execute(delete(table).where(table.c.subject_id == subject_id)).rowcount
                for table in (schema.records, schema.readings)
            )
        self._leave_no_trace(deleted, required=True)
        return deleted

    # Leases

    def renew_lease(self, holder: str, seen_seq: int) -> int:
        """Note that ``holder`` is at work; return the newest ``seq``.

        The lease is committed before the ledger is looked at: of a writer who appends and
        then looks for leases, either the lease is found or the entry is.
        """
        renewed = upsert(schema.leases).values(holder=holder, seen_seq=seen_seq, renewals=1)
        with self._write(self._leases) as connection:
            connection.execute(
                renewed.on_conflict_do_update(
                    index_elements=[schema.leases.c.holder],
                    set_={"seen_seq": seen_seq, "renewals": schema.leases.c.renewals + 1},
                )
            )
        return self.head()

    def holders(self) -> dict[str, Holder]:
        """Return everyone who holds a lease."""
        with self._read(self._leases) as connection:
            return {
                holder: Holder(seen_seq, renewals)
                for holder, seen_seq, renewals in connection.execute(select(schema.leases))
            }

    def drop_lease(self, holder: str, *, renewals: int | None = None) -> None:
        """End a lease; with ``renewals`` only if it was not renewed since."""
        ended = delete(schema.leases).where(schema.leases.c.holder == holder)
        if renewals is not None:
            ended = ended.where(schema.leases.c.renewals == renewals)
        with self._write(self._leases) as connection:
            connection.execute(ended)

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the store, without leases, into a new file.

        Raises:
            StoreError: there is one, or it cannot be written.
        """
        self._check_open()
        with ours(), closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        """Give the files back. A second call does nothing."""
        if not self._closed:
            self._closed = True
            with ours():
                self._engine.dispose()
                self._leases.dispose()

    # Transactions

    @contextmanager
    def _read(self, engine: Engine | None = None) -> Generator[Connection]:
        self._check_open()
        with ours(), (engine or self._engine).connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _write(self, engine: Engine | None = None) -> Generator[Connection]:
        self._check_open()
        with (
            ours(),
            (engine or self._engine).connect() as connection,
            connection.execution_options(**IMMEDIATE).begin(),
        ):
            yield connection

    def _leave_no_trace(self, deleted: int, *, required: bool = False) -> None:
        """Empty the write-ahead log, which still holds what was deleted."""
        if deleted or required:
            with ours(), closing(self._engine.raw_connection()) as connection:
                row = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if required and row[0]:
                raise StoreError(
                    "What was erased is deleted, but another program is reading, so a trace of "
                    "it is left on the disk; end that program and do it again"
                )

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("The store is closed; open it again")

    def _check_version(self, engine: Engine) -> None:
        with self._read(engine) as connection:
            application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if application != schema.APPLICATION_ID:
            raise StoreError(
                "The file under the store's name is no store, or damaged; restore a copy of the "
                "data directory, or choose another"
            )
        if version > schema.SCHEMA_VERSION:
            raise StoreError(
                "The store was made by a newer version of this library; update the library"
            )


def _place(kind: str, key: str) -> ColumnElement[bool]:
    return and_(schema.records.c.kind == kind, schema.records.c.key == key)


def _readings_of(subject_id: str, device_key: str | None) -> ColumnElement[bool]:
    of_subject = schema.readings.c.subject_id == subject_id
    if device_key is None:
        return of_subject
    return and_(of_subject, schema.readings.c.device_key == device_key)


def _bytes(value: object) -> bytes:
    """Return what stands in a column of bytes. SQLite keeps the type that an editor gave it."""
    return value if isinstance(value, bytes) else str(value).encode()
