from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from babyn_ble.errors import InvalidConsentError, NotSetUpError, StoreError
from babyn_ble.privacy import FileKeys, KeyProvider, Keys
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.purposes import OWN_SCOPES
from babyn_ble.privacy.rights.entries import (
    SUBJECT_ERASED,
    DeletionGround,
    SubjectDeletion,
    VerifiedBy,
)
from babyn_ble.privacy.rights.erasure import erase
from babyn_ble.store.sql import SqlStore
from babyn_ble.store.sql_engine import FILE
from tests.privacy.household import CHILD, CONTROLLER, GUARDIAN, READ, Household
from tests.privacy.rights.nursery import (
    ADDRESS,
    DEVICE,
    DEVICE_NAME,
    READINGS,
    Nursery,
    every_byte,
)

UNUSED = DeletionGround.NO_LONGER_USED
LOCAL = VerifiedBy.LOCAL_USER


def sealed_of(store: SqlStore, subject: str) -> list[bytes]:
    """Return all that the store holds of a subject, as it is sealed."""
    records = [record.sealed for record in store.list(None, subject)]
    return records + [row.reading.sealed for row in store.readings(subject)]


def names_of(store: SqlStore, subject: str) -> list[bytes]:
    """Return the keyed hashes by which the store knows what is a subject's."""
    records = [record.key for record in store.list(None, subject)]
    readings = {row.reading.device_key for row in store.readings(subject)}
    numbers = [row.reading.identity or "" for row in store.readings(subject)]
    return [name.encode() for name in (*records, *readings, *numbers)]


class FixedKeys:
    """Keys as an attacker has them: bytes of a key file, of whatever time."""

    def __init__(self, keys: bytes) -> None:
        self._keys = keys

    def get(self) -> bytes:
        return self._keys

    def create(self) -> bytes:
        return self._keys

    def change(self, change: object) -> bytes:
        raise AssertionError("an attacker changes nothing")


def opened_by(copy: Path, keys: KeyProvider, subject: str) -> int:
    """Return how many of a subject's rows in a copy some key among ``keys`` opens."""
    store = SqlStore.open(copy)
    ring = Keys.open(Unburied(store), keys)  # an attacker honours no tombstone
    others = [None, *store.subject_ids()]
    rows = [
        (record.sealed, record.kind, record.key, record.purpose)
        for record in store.list(None, subject)
    ] + [
        (row.reading.sealed, "readings", row.reading.device_key, row.reading.purpose)
        for row in store.readings(subject)
    ]
    assert rows, "the copy holds the subject's rows"
    opened = 0
    for sealed, kind, key, purpose in rows:
        for whose in others:
            try:
                ring.unseal(sealed, kind, key, subject_id=whose, purpose=purpose)
            except StoreError:
                continue
            opened += 1
    store.close()
    return opened


class Unburied(SqlStore):
    """A store of which nothing is removed."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store._engine, store._leases)

    def delete_subject(self, subject_id: str) -> int:
        return 0


@pytest.mark.requirement("BN-DSR-07")
async def test_a_copy_from_before_opens_with_no_key_of_after(
    nursery: Nursery, tmp_path: Path
) -> None:
    """The attack: a full copy of before, with every key of after; then with those of before.

    Mutant: the key is destroyed in the store and stays in the key file; or it is wrapped in
    the store by a key that stays.
    """
    before = (nursery.directory / "master.key").read_bytes()
    copy = nursery.copy(tmp_path / "copy")
    rows = len(sealed_of(nursery.store, nursery.child))
    assert rows == READINGS + 4  # subject, device, bond, pseudonym key

    erased = await erase(nursery.register, nursery.child, ground=UNUSED, verified_by=LOCAL)

    assert (erased.rows, erased.readings) == (rows, READINGS)
    after = (nursery.directory / "master.key").read_bytes()
    assert opened_by(copy, FixedKeys(before), nursery.child) == rows  # the same attack
    assert opened_by(copy, FixedKeys(after), nursery.child) == 0
    siblings = len(sealed_of(nursery.store, nursery.sibling))
    assert opened_by(copy, FixedKeys(after), nursery.sibling) == siblings
    nursery.register.verify()


@pytest.mark.requirement("BN-DSR-04")
async def test_nothing_of_it_is_found_in_any_file(nursery: Nursery) -> None:
    """Mutant: rows are deleted and the write-ahead log is not; bonds or readings stay."""
    sealed = sealed_of(nursery.store, nursery.child)
    names = names_of(nursery.store, nursery.child)
    key = FileKeys(nursery.directory / "master.key").get() or b""
    before = nursery.bytes()
    assert all(each in before for each in (*sealed, *names))  # the control
    assert len(names) == 4 + 1 + READINGS

    await erase(nursery.register, nursery.child, ground=UNUSED, verified_by=LOCAL)

    after = nursery.bytes()
    assert [each for each in (*sealed, *names) if each in after] == []
    for marker in (ADDRESS, ADDRESS.replace(":", ""), DEVICE, DEVICE_NAME, CHILD):
        assert marker.lower().encode() not in after.lower()
    for person in (GUARDIAN, CONTROLLER):
        assert person.encode() not in after
    kept = (nursery.directory / "master.key").read_bytes()
    assert len(kept) == len(key)
    assert kept.count(bytes(32)) == 1  # the tombstone
    assert all(each in after for each in sealed_of(nursery.store, nursery.sibling))


@pytest.mark.requirement("BN-DSR-07")
async def test_an_older_copy_is_cleaned_as_it_is_opened(nursery: Nursery, tmp_path: Path) -> None:
    """Mutant: tombstones are kept in the store, so that an older copy does not know them."""
    copy = nursery.copy(tmp_path / "copy")
    await erase(nursery.register, nursery.child, ground=UNUSED, verified_by=LOCAL)
    nursery.store.close()
    keys = FixedKeys((nursery.directory / "master.key").read_bytes())

    restored = SqlStore.open(copy)
    sealed = sealed_of(restored, nursery.child)
    assert len(sealed) == READINGS + 4
    Keys.open(restored, keys)

    assert restored.subject_ids() == [nursery.sibling]
    assert [each for each in sealed if each in every_byte(copy)] == []
    assert sealed_of(restored, nursery.sibling)
    restored.close()


async def test_the_subject_is_gone_and_the_sibling_is_not(nursery: Nursery) -> None:
    """Mutant: the subject stays set up, and its consents with it."""
    permit = nursery.home.permit(READ)
    erased = await erase(nursery.register, nursery.child, ground=UNUSED, verified_by=LOCAL)
    assert set(erased.withdrawn) == {*map(str, OWN_SCOPES), "sharing:home"}
    assert not permit.alive
    assert not nursery.home.allows(READ)
    assert nursery.register.subjects() == (nursery.sibling,)
    with pytest.raises(NotSetUpError, match="erased"):
        nursery.register.subject(nursery.child)
    with pytest.raises(NotSetUpError, match="erased"):
        await erase(nursery.register, nursery.child, ground=UNUSED, verified_by=LOCAL)
    assert nursery.register.vault.count_readings(nursery.sibling) == READINGS
    again = Household(nursery.store, keys=nursery.provider, subject=nursery.home.subject)
    assert again.register.subjects() == (nursery.sibling,)
    await nursery.home.aclose()


async def test_another_program_forgets_the_key(nursery: Nursery) -> None:
    """Mutant: the key stays in the memory of a program that runs on."""
    other = nursery.home.another()
    assert list(other.register.vault.readings(nursery.child))
    assert other.allows(READ)
    await erase(nursery.register, nursery.child, ground=UNUSED, verified_by=LOCAL)
    assert other.register.refresh()
    with pytest.raises(StoreError, match="does not exist"):
        other.register.keys.seal(b"late", "readings", "k", subject_id=nursery.child)
    assert not other.allows(READ)
    await other.aclose()


@pytest.mark.requirement("BN-DSR-03")
@pytest.mark.parametrize("ground", DeletionGround)
async def test_each_ground_and_whether_it_asks_for_a_note(
    ground: DeletionGround, nursery: Nursery
) -> None:
    """Mutant: a ground is refused; a note is asked for where nothing went wrong, or never."""
    faults = (
        DeletionGround.UNLAWFUL,
        DeletionGround.NO_CONSENT,
        DeletionGround.AGREEMENT_BROKEN,
    )
    if ground in faults:
        for nothing in ("", " \n"):
            with pytest.raises(InvalidConsentError, match="note"):
                await erase(
                    nursery.register, nursery.child, ground=ground, verified_by=LOCAL, note=nothing
                )
        assert nursery.child in nursery.register.subjects()  # nothing was done
    note = "canary note" if ground in faults else ""
    await erase(nursery.register, nursery.child, ground=ground, verified_by=LOCAL, note=note)
    entry = nursery.store.rows()[-1].entry
    assert ground.value.encode() in entry
    assert b"canary note" not in nursery.bytes()
    assert len(DeletionGround) == 5


@pytest.mark.requirement("BN-DSR-04")
def test_an_erasure_that_was_interrupted_is_finished_by_the_next_to_open(
    nursery: Nursery,
) -> None:
    """Mutant: the ledger says erased, and the rows are there for ever."""
    body = SubjectDeletion(subject_id=nursery.child, ground=UNUSED, verified_by=LOCAL).entry()
    nursery.register.record(SUBJECT_ERASED, lambda: body, closing=True)
    assert sealed_of(nursery.store, nursery.child)  # killed here
    keys = Keys.open(nursery.store, nursery.provider)
    ConsentRegister.open(nursery.store, keys, clock=nursery.clock)
    assert sealed_of(nursery.store, nursery.child) == []
    assert keys.is_erased(nursery.child)


def test_a_reader_that_keeps_a_trace_alive_is_named(nursery: Nursery) -> None:
    """Mutant: the log cannot be emptied while another reads, and nobody is told."""
    quick = SqlStore.open(nursery.directory, busy_timeout=0.05)
    with closing(sqlite3.connect(nursery.directory / FILE)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM readings").fetchone()
        with pytest.raises(StoreError, match="end that program"):
            quick.delete_subject(nursery.child)
    assert quick.delete_subject(nursery.child) == 0  # again: now the trace goes
    quick.close()


def test_erasing_twice_at_once(nursery: Nursery) -> None:
    """Mutant: two erasures leave two entries, and a ledger that does not verify."""

    async def both() -> list[object]:
        erasures = (
            erase(nursery.register, nursery.child, ground=UNUSED, verified_by=LOCAL)
            for _ in range(2)
        )
        return list(await asyncio.gather(*erasures, return_exceptions=True))

    outcomes = asyncio.run(both())
    assert sum(isinstance(outcome, NotSetUpError) for outcome in outcomes) == 1
    nursery.register.verify()
