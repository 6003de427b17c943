"""What the ledger came to, kept sealed beside it, so that opening does not read all of it.

A snapshot is a :class:`~babyn_ble.privacy.state.LedgerState` with the position in the chain
that it was folded up to. It is sealed under the household's key: who has not the key cannot
make one. It proves nothing by itself; it holds only if the ledger still passes its position,
and without one the ledger is read from its beginning.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from babyn_ble.errors import StoreError
from babyn_ble.privacy import canonical
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.ledger import Position
from babyn_ble.privacy.state import LedgerState
from babyn_ble.store import SealedRecord, Store

_KIND = "ledger-state"
_KEY = "newest"

FOLD = 1
"""Raised with every change of what entries come to: then a snapshot of before holds no more."""

EVERY = 16
"""Entries between two snapshots: about as many are read when opening."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state, and up to where it was folded."""

    position: Position
    state: LedgerState


class Snapshots:
    """The snapshot of one store.

    Attributes:
        seq: the entry up to which there is one, as far as is known here.
    """

    def __init__(self, store: Store, keys: Keys) -> None:
        self.seq = 0
        self._store = store
        self._keys = keys

    def load(self) -> Snapshot | None:
        """Return the newest; ``None`` if there is none that this key and version made.

        Raises:
            StoreError: the store cannot be read.
        """
        record = self._store.get(_KIND, _KEY)
        if record is None:
            return None
        try:
            content: dict[str, Any] = json.loads(self._keys.unseal(record.sealed, _KIND, _KEY))
            position = Position(
                seq=content["seq"],
                head=bytes.fromhex(content["head"]),
                ledger_id=content["ledger"],
                recorded_at=canonical.read_date(content["recorded_at"]),
            )
            if content["fold"] != FOLD:
                return None
            state = LedgerState.load(cast("dict[str, object]", content["state"]))
        except (StoreError, ValueError, KeyError, canonical.NotCanonicalError):
            return None
        self.seq = position.seq
        return Snapshot(position, state)

    def keep(self, position: Position, state: LedgerState) -> None:
        """Keep a snapshot, if the one before is old enough.

        Raises:
            StoreError: it cannot be stored.
        """
        if position.seq - self.seq < EVERY:
            return
        content = {
            "fold": FOLD,
            "seq": position.seq,
            "head": position.head.hex(),
            "ledger": position.ledger_id,
            "recorded_at": canonical.written(position.recorded_at),
            "state": state.dump(),
        }
        sealed = self._keys.seal(json.dumps(content).encode(), _KIND, _KEY)
        self._store.put(SealedRecord(_KIND, _KEY, None, None, sealed))
        self.seq = position.seq
