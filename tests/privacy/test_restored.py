"""An older copy in place of the ledger, accepted on purpose: nothing is agreed to in it."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from babyn_ble.errors import InvalidConsentError, LedgerError, StoreError
from babyn_ble.privacy import FileKeys, Keys
from babyn_ble.privacy.checkpoints import FilePlace
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.entries import LEDGER_RESTORED, LedgerRestored
from babyn_ble.privacy.exceptions import LegalBasis
from babyn_ble.privacy.purposes import BLUETOOTH, DIAGNOSTICS, LOCATION
from babyn_ble.privacy.restored import accept_restored
from babyn_ble.privacy.rights.closing import release_hold, set_hold
from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import erase
from babyn_ble.store.sql import SqlStore
from babyn_ble.store.sql_engine import FILE
from tests.privacy.household import Household, ManualClock

pytestmark = pytest.mark.requirement("BN-SEC-05")


class Kept:
    """A household on a disk, and what becomes of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = ManualClock()
        self.keys = FileKeys(directory / "keys" / "master.key")
        self.places = [FilePlace(directory / "keys")]
        self.home = Household(self.store(), clock=self.clock, keys=self.keys, places=self.places)
        self.home.agree(LOCATION, BLUETOOTH)

    def store(self) -> SqlStore:
        return SqlStore.open(self.directory / "data")

    def register(self) -> ConsentRegister:
        """Open it anew, as the next program does."""
        store = self.store()
        keys = Keys.open(store, self.keys)
        return ConsentRegister.open(store, keys, clock=self.clock, places=self.places)

    def copy(self) -> Path:
        self.home.store.close()
        target = self.directory / "copy"
        shutil.copytree(self.directory / "data", target)
        self.home = Household(
            self.store(),
            clock=self.clock,
            keys=self.keys,
            places=self.places,
            subject=self.home.subject,
        )
        return target

    def put_back(self, copy: Path) -> ConsentRegister:
        """Put an older copy of the store in place; keys and checkpoints stay."""
        self.home.store.close()
        shutil.rmtree(self.directory / "data")
        shutil.copytree(copy, self.directory / "data")
        return self.register()

    def checkpoints(self) -> list[str]:
        return sorted(file.name for file in (self.directory / "keys").glob("*.checkpoint"))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


async def test_accepted_it_verifies_and_nothing_is_agreed_to(kept: Kept) -> None:
    """Mutants: what was withdrawn since is agreed to again; the larger checkpoint stays."""
    copy = kept.copy()
    await kept.home.register.withdraw(kept.home.id, LOCATION)
    kept.home.agree(DIAGNOSTICS)
    damaged = kept.put_back(copy)
    assert "are gone" in str(damaged.fault)
    accepted = accept_restored(damaged)
    assert (accepted.ended, accepted.erased) == (2, ())
    register = kept.register()
    assert register.fault is None
    assert register.verify() == accepted.entries == register.seq
    assert [state.scope for state in register.statuses(kept.home.id) if state.valid] == []
    assert not any(state.settled for state in register.statuses(kept.home.id))  # asked anew
    assert kept.checkpoints() == [f"ledger-{register.seq:010d}.checkpoint"]
    with pytest.raises(InvalidConsentError, match="nothing to accept"):
        accept_restored(register)
    assert register.verify() == accepted.entries


def test_from_then_on_an_older_copy_is_noticed_again(kept: Kept) -> None:
    """Mutant: once accepted, no checkpoint is compared any more."""
    copy = kept.copy()
    kept.home.agree(DIAGNOSTICS)
    damaged = kept.put_back(copy)
    accept_restored(damaged)
    assert kept.register().fault is None
    shutil.rmtree(kept.directory / "data")
    shutil.copytree(copy, kept.directory / "data")
    assert kept.register().fault is not None


def test_an_exception_ends_too(kept: Kept) -> None:
    """It may have been ended since. Mutant: only consents end."""
    subject = kept.home.subject
    kept.home.register.declare_exception(
        subject.subject_id,
        LegalBasis.STABLE_OPERATION,
        [DIAGNOSTICS],
        reason="the link is lost each night",
        lasts=timedelta(days=2),
        by=subject.controller.party_id,
    )
    copy = kept.copy()
    kept.home.agree(DIAGNOSTICS)
    damaged = kept.put_back(copy)
    assert accept_restored(damaged).ended == 3
    assert kept.register().exceptions(subject.subject_id) == []


@pytest.mark.parametrize("held", [False, True])
async def test_who_was_erased_since_is_erased_in_it(kept: Kept, held: bool) -> None:
    """Also where the copy still has a hold on it. Mutant: a child without a key is set up."""
    if held:
        set_hold(kept.home.register, kept.home.id, "case 7")
    copy = kept.copy()
    register = kept.home.register
    if held:
        release_hold(register, kept.home.id)
    await erase(
        register,
        kept.home.id,
        ground=DeletionGround.NO_LONGER_USED,
        verified_by=VerifiedBy.LOCAL_USER,
    )
    accepted = accept_restored(kept.put_back(copy))
    assert accepted.erased == (kept.home.id,)
    after = kept.register()
    assert (after.fault, after.subjects(), after.erased()) == (None, (), (kept.home.id,))
    assert after.verify() == after.seq


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_without_its_checkpoints_it_is_no_better(kept: Kept, how: str) -> None:
    """Mutant: what cannot be compared is taken as it is."""
    [file] = (kept.directory / "keys").glob("*.checkpoint")
    if how == "missing":
        file.unlink()
    else:
        file.write_bytes(b"{}")
    damaged = kept.register()
    assert damaged.fault is not None
    assert accept_restored(damaged).ended == 2
    assert kept.register().fault is None


def test_a_copy_that_does_not_verify_itself_is_refused(kept: Kept) -> None:
    """Mutant: any store is accepted."""
    kept.home.store.close()
    with sqlite3.connect(kept.directory / "data" / FILE) as changed:
        triggers = changed.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():  # they keep accidents off, not an adversary
            changed.execute(f"DROP TRIGGER {name}")
        assert changed.execute("UPDATE ledger SET entry = x'7b7d' WHERE seq = 2").rowcount == 1
    changed.close()
    damaged = kept.register()
    with pytest.raises(LedgerError, match="cannot be accepted"):
        accept_restored(damaged)
    assert kept.register().fault is not None


def test_interrupted_nothing_is_allowed_and_it_can_be_done_again(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the new checkpoint is kept before the old ones are gone."""
    copy = kept.copy()
    kept.home.agree(DIAGNOSTICS)
    damaged = kept.put_back(copy)

    def full(_: FilePlace, size: int, data: bytes) -> None:
        raise StoreError("no room")

    with monkeypatch.context() as disk:
        disk.setattr(FilePlace, "keep", full)
        with pytest.raises(StoreError, match="no room"):
            accept_restored(damaged)
    again = kept.register()
    assert again.fault == "its checkpoint is missing"
    assert accept_restored(again).ended == 0  # they had ended already
    assert kept.register().fault is None


def test_no_ledger_says_so_while_something_is_agreed_to(kept: Kept) -> None:
    """Mutant: the entry is taken from anybody."""
    register = kept.home.register
    register.record(LEDGER_RESTORED, LedgerRestored().entry, closing=True)
    assert "has to end first" in str(register.fault)
