"""The tables of :mod:`babyn_ble.store.sql`. No column holds anything personal in the clear."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table

APPLICATION_ID = 0x62626E31
"""Marks a SQLite file as ours (``bbn1``)."""

SCHEMA_VERSION = 1
"""Raised with every change of the tables; a newer file is refused, an older one migrated."""

main = MetaData()

ledger = Table(
    "ledger",
    main,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("entry_hash", LargeBinary, nullable=False, unique=True),
)

records = Table(
    "records",
    main,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("subject_id", String),
    Column("purpose", String),
    Column("sealed", LargeBinary, nullable=False),
)

readings = Table(
    "readings",
    main,
    Column("position", Integer, primary_key=True),
    Column("subject_id", String, nullable=False),
    Column("device_key", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("stored_on", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("identity", String, unique=True),
    Index("readings_of", "subject_id", "device_key", "position"),
    sqlite_autoincrement=True,
)

TRIGGERS = (
    "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_in_order BEFORE INSERT ON ledger "
    "WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM ledger) "
    "BEGIN SELECT RAISE(ABORT, 'the ledger grows at its end'); END",
)
"""The ledger grows at its end and nowhere else, whoever writes."""

lease = MetaData()

leases = Table(
    "leases",
    lease,
    Column("holder", String, primary_key=True),
    Column("seen_seq", Integer, nullable=False),
    Column("renewals", Integer, nullable=False),
)
