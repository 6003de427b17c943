"""A store that counts the rows that it hands out, and households on it."""

from __future__ import annotations

from babyn_ble.privacy.purposes import LOCATION
from babyn_ble.store import LedgerRow
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import Household


class Counting(MemoryStore):
    """A store that counts the rows of the ledger that it hands out, and may lose its end."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0
        self.lost = 0

    def rows(self, after: int = 0, *, limit: int | None = None) -> list[LedgerRow]:
        found = [row for row in super().rows(after, limit=limit) if row.seq <= self.head()]
        self.read += len(found)
        return found

    def head(self) -> int:
        return super().head() - self.lost


def lengthen(home: Household, entries: int) -> None:
    """Record decisions until the ledger is at least so long."""
    while home.store.head() < entries:
        home.register.request(home.id, LOCATION)
        home.register.defer(home.id, LOCATION)


def rows_read_at_opening(home: Household) -> int:
    store = home.store
    assert isinstance(store, Counting)
    store.read = 0
    again = home.another()
    assert again.register.fault is None
    assert again.register.seq == store.head()
    return store.read
