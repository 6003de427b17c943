"""Checkpoints: what the ledger is compared with when it is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from babyn_ble.companion import Companion
from babyn_ble.data_dir import CHECKPOINTS_VARIABLE
from babyn_ble.errors import ConsentRequiredError, LedgerError, StoreError
from babyn_ble.privacy import FileKeys, MemoryKeys
from babyn_ble.privacy.checkpoints import (
    Checkpoint,
    Checkpoints,
    DamagedCheckpointError,
    FilePlace,
    MemoryPlace,
)
from babyn_ble.privacy.ledger import Position
from babyn_ble.privacy.purposes import BLUETOOTH, LOCATION
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from tests.privacy.counting import Counting
from tests.privacy.household import LINK, SCAN, Household

pytestmark = pytest.mark.requirement("BN-SEC-05", "BN-SEC-02")


class Broken(MemoryPlace):
    """A place whose disk fails from some time on."""

    fails = False

    def keep(self, size: int, data: bytes) -> None:
        if self.fails:
            raise StoreError("no room")
        super().keep(size, data)


class Unreadable(MemoryPlace):
    def read(self) -> Sequence[bytes]:
        raise StoreError("The place cannot be read")


@pytest.fixture
def place() -> MemoryPlace:
    return MemoryPlace()


@pytest.fixture
def store() -> Counting:
    return Counting()


@pytest.fixture
def kept(store: Counting, place: MemoryPlace) -> Household:
    """A household with checkpoints in one place."""
    return Household(store, places=[place])


def test_every_change_is_followed_by_its_checkpoint(kept: Household, place: MemoryPlace) -> None:
    """Mutant: a checkpoint is kept when opening only."""
    for decide in (kept.register.request, kept.register.defer):
        decide(kept.id, LOCATION)
        newest = Checkpoints([place], kept.keys.checkpoint_code).newest()
        assert newest is not None
        assert (newest.size, newest.head) == (
            kept.store.head(),
            kept.store.rows()[-1].entry_hash,
        )
        assert newest.time == kept.clock.now()
        assert list(place.kept) == [kept.store.head()]


def test_an_end_that_was_cut_off_is_noticed(kept: Household, store: Counting) -> None:
    """Mutant: nothing is compared when opening. Control: with no place nothing is noticed."""
    kept.agree(LOCATION, BLUETOOTH)
    assert kept.another().allows(SCAN)
    store.lost = 1
    again = kept.another()
    assert again.register.fault == "entries after 5 are gone; there were 6"
    with pytest.raises(LedgerError, match="are gone"):
        again.permit(SCAN)
    unprotected = Household(store, keys=kept.master, subject=kept.subject)
    assert unprotected.register.fault is None


def test_a_checkpoint_that_is_missing_is_damage(kept: Household, place: MemoryPlace) -> None:
    """Mutant: without a checkpoint there is nothing to compare, so all is well."""
    place.kept.clear()
    assert kept.another().register.fault == "its checkpoint is missing"


def test_a_new_store_begins_with_a_checkpoint_of_nothing() -> None:
    """Mutant: the first one comes after the first entry; a crash between them shuts out."""
    place = MemoryPlace()
    Household(MemoryStore(), places=[place], subject=Household().subject)
    assert list(place.kept) == [0]


@pytest.mark.parametrize("bit", range(0, 8 * 40, 7))
def test_a_checkpoint_that_was_changed_is_damage(
    kept: Household, place: MemoryPlace, bit: int
) -> None:
    """Mutant: its code is not looked at."""
    ((size, data),) = place.kept.items()
    changed = bytearray(data)
    at = len(changed) * 8 * bit // (8 * 40)
    changed[at // 8] ^= 1 << at % 8
    place.kept[size] = bytes(changed)
    fault = kept.another().register.fault
    assert fault is not None
    assert "checkpoint was changed" in fault


def test_a_checkpoint_of_another_key_is_damage(kept: Household, place: MemoryPlace) -> None:
    """Mutant: any checkpoint will do."""
    other = Checkpoints([place], Household().keys.checkpoint_code)
    with pytest.raises(DamagedCheckpointError):
        other.newest()
    place.kept.clear()
    other.keep(Checkpoint.of(Position()))
    fault = kept.another().register.fault
    assert fault is not None
    assert "another store" in fault


def test_a_checkpoint_of_another_ledger_is_damage(
    kept: Household, store: Counting, place: MemoryPlace
) -> None:
    """Two stores with one key, their places mixed. Mutant: only sizes are compared."""
    other = Household(keys=kept.master, places=[theirs := MemoryPlace()])
    assert set(theirs.kept) == set(place.kept)
    place.kept = theirs.kept
    assert kept.another().register.fault == "its checkpoint is that of another ledger"
    assert other.register.fault is None


def test_a_store_that_cannot_be_read_just_now_is_not_damaged(
    store: Counting, place: MemoryPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: whatever fails when opening is a fault for good."""
    home = Household(store, places=[place])

    def busy() -> int:
        raise StoreError("The store is busy")

    with monkeypatch.context() as broken:
        broken.setattr(store, "head", busy)
        with pytest.raises(StoreError, match="busy"):
            home.another()
    assert home.another().register.fault is None


def test_the_largest_one_counts(kept: Household, store: Counting, place: MemoryPlace) -> None:
    """A process that was slow puts an older one beside it. Mutant: the last or first counts."""
    early = dict(place.kept)
    kept.agree(LOCATION)
    place.kept = {**early, **place.kept, 0: next(iter(early.values()))}
    assert kept.another().register.fault is None
    store.lost = 1
    assert kept.another().register.fault is not None


def test_an_older_copy_with_its_checkpoint_is_noticed_in_a_second_place(store: Counting) -> None:
    """Mutant: only the first place is read."""
    first, second = MemoryPlace(), MemoryPlace()
    home = Household(store, places=[first, second])
    early = dict(first.kept)
    home.agree(LOCATION)
    first.kept, store.lost = early, 2
    assert home.another().register.fault is not None
    second.kept.clear()  # the control: who gets at both places is not noticed
    assert home.another().register.fault is None


def test_a_new_place_is_filled(kept: Household, place: MemoryPlace) -> None:
    """Mutant: a second place that was named later stays empty, or shuts out."""
    second = MemoryPlace()
    again = Household(
        kept.store,
        clock=kept.clock,
        keys=kept.master,
        subject=kept.subject,
        places=[place, second],
    )
    assert again.register.fault is None
    assert second.kept == place.kept


def test_what_was_recorded_after_the_last_checkpoint_is_taken_in(store: Counting) -> None:
    """Killed between ledger and checkpoint. Mutant: a ledger may not be longer than it."""
    place = Broken()
    home = Household(store, places=[place])
    place.fails = True
    home.agree(LOCATION)  # stands, though its checkpoint could not be kept
    assert home.register.status(home.id, LOCATION).valid
    assert max(place.kept) == 2
    place.fails = False
    again = home.another()
    assert again.register.fault is None
    assert again.register.status(home.id, LOCATION).valid
    assert list(place.kept) == [4]


def test_a_place_that_cannot_be_read_shuts_out(store: Counting) -> None:
    """BN-GATE-05. Mutant: an unreadable place is left out of the comparison."""
    home = Household(store, places=[MemoryPlace()])
    again = Household(
        store, keys=home.master, subject=home.subject, places=[*home.places, Unreadable()]
    )
    assert again.register.fault == "The place cannot be read"
    with pytest.raises(LedgerError, match="cannot be read"):
        again.permit(SCAN)


# Files


def test_files_of_one_size_each(tmp_path: Path) -> None:
    """Mutant: the smaller ones stay, or a larger one goes."""
    place = FilePlace(tmp_path / "kept")
    assert place.read() == []
    for size in (1, 3, 2):
        place.keep(size, b"%d" % size)
    assert place.read() == [b"2", b"3"]
    place.keep(4, b"4")
    names = [file.name for file in (tmp_path / "kept").iterdir()]
    assert names == ["ledger-0000000004.checkpoint"]


def test_what_a_killed_process_left_goes(tmp_path: Path) -> None:
    """Mutant: drafts stay for ever."""
    draft = tmp_path / "kept" / ".ledger-0000000002.checkpoint.0123456789abcdef"
    place = FilePlace(draft.parent)
    place.keep(1, b"1")
    draft.write_bytes(b"")
    place.keep(3, b"3")
    assert not draft.exists()
    assert place.read() == [b"3"]


def test_a_late_one_whose_draft_was_removed_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the process that was second reports that its checkpoint cannot be written."""
    place, late = FilePlace(tmp_path / "kept"), FilePlace(tmp_path / "kept")
    place.keep(1, b"1")
    fsync = os.fsync

    def overtaken(handle: int) -> None:
        monkeypatch.setattr(os, "fsync", fsync)
        place.keep(3, b"3")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", overtaken)
    late.keep(2, b"2")
    assert place.read() == [b"3"]


if os.name == "posix":

    def test_a_name_without_a_file_is_not_waited_for(tmp_path: Path) -> None:
        """Mutant: a file that is not there is looked for again for ever."""
        place = FilePlace(tmp_path / "kept")
        place.keep(1, b"1")
        (tmp_path / "kept" / "ledger-0000000002.checkpoint").symlink_to(tmp_path / "none")
        with pytest.raises(StoreError, match="cannot be read"):
            place.read()

    def test_they_are_their_owners_alone(tmp_path: Path) -> None:
        """BN-SEC-02. Mutant: made with the default mode, or not looked at."""
        place = FilePlace(tmp_path / "kept")
        place.keep(1, b"1")
        (file,) = (tmp_path / "kept").iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        file.chmod(0o644)
        with pytest.raises(StoreError, match="chmod 600"):
            place.read()
        file.chmod(0o600)
        file.parent.chmod(0o755)
        with pytest.raises(StoreError, match="chmod 700"):
            place.read()


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_begun_anew_only_the_one_stands(tmp_path: Path, kind: str) -> None:
    """Also over a larger one, and over one of that size. Mutant: the largest stays."""
    place = MemoryPlace() if kind == "memory" else FilePlace(tmp_path / "kept")
    checkpoints = Checkpoints([place], lambda data: bytes(reversed(data))[:8])
    place.forget()  # nothing is there: no error
    for size in (3, 7):
        checkpoints.keep(Checkpoint(size, b"old" * 8, "ledger-1", Position().recorded_at))
    for size in (7, 5):
        here = Checkpoint(size, b"new" * 8, "ledger-1", Position().recorded_at)
        checkpoints.begin_anew(here)
        assert len(place.read()) == 1
        assert checkpoints.newest() == here


def test_a_companion_keeps_them_beside_its_key_and_where_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the companion opens its register without places."""
    monkeypatch.setenv(CHECKPOINTS_VARIABLE, str(tmp_path / "second"))
    companion = Companion.open(tmp_path / "data", radio="sim:nursery")
    set_up_synthetic(companion)
    give_simulated(companion)
    companion.close()
    for directory in (tmp_path / "data", tmp_path / "second"):
        (file,) = directory.glob("*.checkpoint")
        file.unlink()
    companion = Companion.open(tmp_path / "data", radio="sim:nursery")
    with pytest.raises((ConsentRequiredError, LedgerError)):
        companion.gate.permit("subject-0000000000000000", *LINK)
    assert companion.consent.fault == "its checkpoint is missing"
    companion.close()


def test_a_key_elsewhere_has_its_checkpoints_beside_it(tmp_path: Path) -> None:
    """Mutant: they are kept with the store, so that what replaces one replaces both."""
    keys = FileKeys(tmp_path / "apart" / "key")
    Companion.open(tmp_path / "data", radio="sim:nursery", keys=keys).close()
    assert len(list((tmp_path / "apart").glob("*.checkpoint"))) == 1
    assert list((tmp_path / "data").glob("*.checkpoint")) == []


def test_a_host_with_a_store_of_its_own_has_none() -> None:
    """Mutant: a host that kept none so far is shut out."""
    companion = Companion.open(MemoryStore(), radio="sim:nursery", keys=MemoryKeys())
    set_up_synthetic(companion)
    assert companion.consent.fault is None
    assert companion.consent.verify() == 2


def test_a_host_may_keep_them_where_it_likes() -> None:
    """Mutant: what a host gives is not used."""
    place = MemoryPlace()
    companion = Companion.open(MemoryStore(), radio="sim:nursery", checkpoints=[place])
    set_up_synthetic(companion)
    assert list(place.kept) == [2]
