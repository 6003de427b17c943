from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from babyn_ble.store import LedgerRow, Store
from babyn_ble.store.memory import MemoryStore
from babyn_ble.store.sql import SqlStore


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def sql(directory: Path) -> Iterator[SqlStore]:
    store = SqlStore.open(directory)
    yield store
    store.close()


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, directory: Path) -> Iterator[Store]:
    store: Store = MemoryStore() if request.param == "memory" else SqlStore.open(directory)
    yield store
    store.close()


def following(newest: LedgerRow | None) -> LedgerRow:
    """Make a next row; the store does not look into it."""
    seq = newest.seq + 1 if newest else 1
    before = newest.entry_hash if newest else bytes(32)
    return LedgerRow(seq, before, b"entry %d" % seq, b"hash %d" % seq)


@pytest.fixture
def next_row() -> object:
    return following
