"""Where a world keeps its store: in memory, or in files. It outlives the companions on it."""

from __future__ import annotations

import copy
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol, cast

from babyn_ble.store import LedgerRow, Store
from babyn_ble.store.memory import MemoryStore
from babyn_ble.store.sql import SqlStore

_STATE = "ledger-state"
"""Kind of the record that keeps what the ledger comes to, so that little is read at a start. It
goes with the damage: what it covers is read again only without it, or when all is checked."""

Restore = Callable[[], None]
"""Puts a copy in the place of what is kept."""


class Shelf(Protocol):
    """What a world keeps."""

    def open(self) -> Store:
        """Return a store on it, for one companion."""
        ...

    def close(self, store: Store) -> None:
        """Take a companion's store away, whatever it was doing."""
        ...

    def copied(self) -> Restore:
        """Make a copy of all of it."""
        ...

    def damage(self, which: int) -> bool:
        """Change an entry of the ledger; return whether there was one. Nobody works on it."""
        ...

    def remove(self) -> None:
        """Throw all of it away."""
        ...


class MemoryShelf:
    """Keeps a store in memory: all companions have the same."""

    def __init__(self, *, shared: bool) -> None:
        self._store = MemoryStore(shared=shared)

    def open(self) -> Store:
        return self._store

    def close(self, store: Store) -> None:
        pass

    def copied(self) -> Restore:
        content = self._content()
        return lambda: vars(self._store).update(
            (name, copy.copy(value)) for name, value in content.items()
        )

    def damage(self, which: int) -> bool:
        ledger = cast("list[LedgerRow]", vars(self._store)["_ledger"])
        records = cast("dict[tuple[str, str], object]", vars(self._store)["_records"])
        for place in [place for place in records if place[0] == _STATE]:
            del records[place]
        if ledger:
            row = ledger[which % len(ledger)]
            ledger[row.seq - 1] = replace(row, entry=_changed(row.entry))
        return bool(ledger)

    def remove(self) -> None:
        pass

    def _content(self) -> dict[str, object]:
        return {
            name: copy.copy(value) for name, value in vars(self._store).items() if name != "_lock"
        }


class FileShelf:
    """Keeps a store in a SQLite file: each companion opens it by itself."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="babyn-trace-"))
        self._data = self._folder / "data"

    def open(self) -> Store:
        return SqlStore.open(self._data)

    def close(self, store: Store) -> None:
        store.close()

    def copied(self) -> Restore:
        kept = Path(mkdtemp(dir=self._folder)) / "data"
        shutil.copytree(self._data, kept)

        def restore() -> None:
            shutil.rmtree(self._data)
            shutil.copytree(kept, self._data)

        return restore

    def damage(self, which: int) -> bool:
        with closing(sqlite3.connect(self._data / "babyn.sqlite3")) as connection, connection:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("DELETE FROM records WHERE kind = ?", (_STATE,))
            rows = connection.execute("SELECT seq, entry FROM ledger").fetchall()
            if rows:
                seq, entry = rows[which % len(rows)]
                connection.execute(
                    "UPDATE ledger SET entry = ? WHERE seq = ?", (_changed(entry), seq)
                )
        return bool(rows)

    def remove(self) -> None:
        shutil.rmtree(self._folder)


def _changed(entry: bytes) -> bytes:
    """Return an entry with one digit of it changed."""
    return entry.replace(b"0", b"1", 1)
