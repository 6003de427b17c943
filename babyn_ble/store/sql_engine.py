"""SQLite files as engines: how they are made, opened and configured, and what goes wrong."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from babyn_ble.errors import StoreError
from babyn_ble.store import sql_schema as schema
from babyn_ble.store.files import check_private, create_private

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

FILE = "babyn.sqlite3"
IMMEDIATE = {"babyn_begin": "BEGIN IMMEDIATE"}
"""Execution options of a transaction that will write: it waits its turn before it reads."""


def path_of(location: str | os.PathLike[str]) -> Path:
    """Return the file of the store in a directory, or at a SQLite URL.

    Raises:
        StoreError: the URL is another database's.
    """
    if not isinstance(location, str) or "://" not in location:
        return Path(location) / FILE
    try:
        url = make_url(location)
    except ArgumentError:
        raise StoreError("That is no database URL; give a directory or sqlite:///<file>") from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StoreError("Only SQLite files are supported yet; give sqlite:///<file>")
    return Path(url.database)


def open_file(
    path: Path, tables: MetaData, triggers: Sequence[str], synchronous: str, busy_timeout: float
) -> Engine:
    """Return an engine on a file, which is made complete if it is not there."""
    for suffix in ("", "-wal", "-shm"):
        check_private(path.with_name(path.name + suffix))
    if not path.exists():

        def write(draft: Path) -> None:
            engine = _engine(draft, "FULL", busy_timeout)
            try:
                with closing(engine.raw_connection()) as connection:
                    cursor = connection.cursor()
                    cursor.execute("PRAGMA journal_mode=WAL")
                    cursor.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
                    cursor.execute(f"PRAGMA user_version={schema.SCHEMA_VERSION}")
                with engine.begin() as transaction:
                    tables.create_all(transaction)
                    for trigger in triggers:
                        transaction.exec_driver_sql(trigger)
            finally:
                engine.dispose()

        create_private(path, write)
    return _engine(path, synchronous, busy_timeout)


def _engine(path: Path, synchronous: str, busy_timeout: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,
        connect_args={"timeout": busy_timeout},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Transactions are begun below, not by the driver: it would begin them too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            for pragma in (
                f"synchronous={synchronous}",
                "secure_delete=ON",
                "foreign_keys=ON",
                "trusted_schema=OFF",
            ):
                cursor.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()  # the pool never sees it, so nobody else would
            raise
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("babyn_begin", "BEGIN"))

    return engine


_WHAT_TO_DO = {
    "SQLITE_BUSY": "is being written by another process for too long; try again",
    "SQLITE_LOCKED": "is being written by another process for too long; try again",
    "SQLITE_FULL": "has no room on its disk; make some",
    "SQLITE_CORRUPT": "is damaged; move the data directory away and restore a copy of it",
    "SQLITE_NOTADB": "is damaged; move the data directory away and restore a copy of it",
    "SQLITE_READONLY": "cannot be written; check who owns the data directory",
    "SQLITE_CANTOPEN": "cannot be opened; check who owns the data directory",
    "SQLITE_PERM": "cannot be opened; check who owns the data directory",
    "SQLITE_IOERR": "cannot be read or written: its disk reports an error",
}


@contextmanager
def ours() -> Generator[None]:
    """Replace errors from underneath: their texts hold paths, statements and values."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        name: str = getattr(cause, "sqlite_errorname", "")
        what = next(
            (what for known, what in _WHAT_TO_DO.items() if name.startswith(known)),
            "cannot be read or written; check the data directory and its disk",
        )
        raise StoreError(f"The store {what} (nothing was half-written)") from None
