"""Damage to what was recorded."""

from __future__ import annotations

from babyn_ble.store.memory import MemoryStore


class Damaged(MemoryStore):
    """A store in which an old entry can be changed."""

    def damage(self, seq: int) -> None:
        row = self._ledger[seq - 1]
        entry = row.entry.replace(b"ConsentRequested", b"ConsentGranted__")
        assert entry != row.entry
        self._ledger[seq - 1] = type(row)(row.seq, row.prev_hash, entry, row.entry_hash)
