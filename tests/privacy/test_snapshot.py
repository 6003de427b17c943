"""Snapshots: opening reads no more for a longer ledger, and comes to the same."""

from __future__ import annotations

import pytest

from babyn_ble.privacy import snapshot
from babyn_ble.privacy.checkpoints import MemoryPlace
from babyn_ble.privacy.purposes import BLUETOOTH
from babyn_ble.privacy.snapshot import EVERY
from babyn_ble.privacy.state import LedgerState
from tests.privacy.counting import Counting, lengthen, rows_read_at_opening
from tests.privacy.household import LINK, Household

pytestmark = pytest.mark.requirement("BN-SEC-05")


@pytest.fixture
def store() -> Counting:
    return Counting()


@pytest.fixture
def kept(store: Counting) -> Household:
    """A household with checkpoints in one place."""
    return Household(store, places=[MemoryPlace()])


def test_what_opening_reads_does_not_grow_with_the_ledger(kept: Household) -> None:
    """Mutant: the state is folded from the first entry on; no snapshot is ever kept."""
    for length in (100, 1000):
        lengthen(kept, length)
        assert rows_read_at_opening(kept) <= EVERY


def test_without_a_snapshot_everything_is_read_once(kept: Household) -> None:
    """The control. Mutant: whoever read everything keeps no snapshot of it."""
    lengthen(kept, 100)
    kept.store.delete("ledger-state", "newest")
    assert rows_read_at_opening(kept) == kept.store.head()
    assert rows_read_at_opening(kept) == 1


def test_a_snapshot_says_what_the_entries_say(kept: Household) -> None:
    """Mutant: a part of the state is left out of the snapshot."""
    kept.agree(BLUETOOTH)
    lengthen(kept, EVERY + 3)
    again = kept.another()
    assert again.register.status(kept.id, BLUETOOTH) == kept.register.status(kept.id, BLUETOOTH)
    assert again.register.subjects() == kept.register.subjects()
    assert again.allows(LINK)
    assert again.register.verify() == kept.store.head()
    assert again.register.history(kept.id) == kept.register.history(kept.id)


def test_a_state_with_a_part_that_no_snapshot_has_is_refused() -> None:
    """Mutant: a part that was added to the state is forgotten when opening."""
    state = LedgerState()
    assert LedgerState.load(state.dump()).dump() == state.dump()
    vars(state)["more"] = {}
    with pytest.raises(TypeError, match="PARTS"):
        state.dump()
    more: dict[str, object] = {**LedgerState().dump(), "more": ""}
    for changed in (more, {"subjects": more["subjects"]}):
        with pytest.raises(ValueError, match="another version"):
            LedgerState.load(changed)


def test_a_snapshot_that_does_not_open_is_as_none(kept: Household) -> None:
    """Mutant: a damaged snapshot is an error, or is believed."""
    lengthen(kept, 40)
    record = kept.store.get("ledger-state", "newest")
    assert record is not None
    changed = record.sealed[:-1] + bytes([record.sealed[-1] ^ 1])
    kept.store.put(type(record)(record.kind, record.key, None, None, changed))
    assert rows_read_at_opening(kept) == kept.store.head()


def test_a_snapshot_of_another_fold_is_as_none(
    kept: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: a library that folds otherwise believes what the one before it folded."""
    lengthen(kept, 40)
    assert rows_read_at_opening(kept) <= EVERY
    monkeypatch.setattr(snapshot, "FOLD", snapshot.FOLD + 1)
    assert rows_read_at_opening(kept) == kept.store.head()


def test_a_snapshot_alone_shows_a_ledger_that_lost_its_end(store: Counting) -> None:
    """Mutant: a snapshot that the ledger does not pass is only left aside."""
    home = Household(store)
    lengthen(home, 40)
    assert home.another().register.fault is None
    store.lost = 20
    fault = home.another().register.fault
    assert fault is not None
    assert "are gone" in fault
