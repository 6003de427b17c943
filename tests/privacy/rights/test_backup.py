from __future__ import annotations

import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from babyn_ble.errors import StoreError
from babyn_ble.privacy import FileKeys, Keys, MemoryKeys
from babyn_ble.privacy.rights.backup import (
    DAYS,
    LONGEST_DAYS,
    Backup,
    expired_backups,
    make_backup,
    read_backup,
    restore_backup,
)
from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import erase
from babyn_ble.privacy.vault import Vault
from babyn_ble.store.memory import MemoryStore
from babyn_ble.store.sql import SqlStore
from babyn_ble.store.sql_engine import FILE
from tests.privacy.rights.nursery import READINGS, Nursery, every_byte
from tests.privacy.rights.test_erasure import names_of, sealed_of


def make(nursery: Nursery, path: Path, **more: int) -> Backup:
    register = nursery.register
    return make_backup(
        nursery.store, register.keys, register.vault, path, nursery.clock.now(), **more
    )


def restore(nursery: Nursery, path: Path, directory: Path) -> SqlStore:
    restore_backup(path, nursery.register.keys, directory, FILE, nursery.clock.now())
    return SqlStore.open(directory)


@pytest.mark.requirement("BN-DSR-08")
def test_it_is_private_and_sealed(nursery: Nursery, tmp_path: Path) -> None:
    """Mutant: a copy of the file; a key in it; open to others."""
    path = tmp_path / "backup"
    make(nursery, path)
    content = path.read_bytes()
    if stat.S_IMODE(nursery.directory.stat().st_mode) == 0o700:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = [
        each
        for each in (
            *sealed_of(nursery.store, nursery.child),
            *names_of(nursery.store, nursery.child),
            nursery.child.encode(),
            b"SQLite format",
        )
        if each in content
    ]
    assert found == []
    assert sorted(file.name for file in tmp_path.iterdir()) == ["backup", "data"]
    with pytest.raises(StoreError, match="name a new one"):
        make(nursery, path)
    assert path.read_bytes() == content


@pytest.mark.requirement("BN-DSR-08")
def test_it_expires(nursery: Nursery, tmp_path: Path) -> None:
    """Mutant: a backup without an end; one that is restored after it; none is reported."""
    path, other = tmp_path / "backup", tmp_path / "other"
    made = make(nursery, path)
    assert read_backup(path) == made
    assert made.expires_at - made.made_at == timedelta(days=DAYS)
    long = make(nursery, other, days=4000)
    assert long.expires_at - long.made_at == timedelta(days=LONGEST_DAYS)
    vault = nursery.register.vault
    nursery.clock.date = made.expires_at
    assert expired_backups(vault, nursery.clock.now()) == ()
    restore(nursery, path, tmp_path / "in time").close()
    nursery.clock.date += timedelta(seconds=1)
    assert expired_backups(vault, nursery.clock.now()) == (path,)
    with pytest.raises(StoreError, match="expired"):
        restore(nursery, path, tmp_path / "late")
    path.unlink()
    assert expired_backups(vault, nursery.clock.now()) == ()
    other.unlink()
    nursery.clock.date += timedelta(days=4000)
    assert expired_backups(vault, nursery.clock.now()) == ()


@pytest.mark.requirement("BN-DSR-07")
async def test_what_was_erased_since_does_not_come_back(nursery: Nursery, tmp_path: Path) -> None:
    """Mutant: a backup brings its own keys, or tombstones are in the store."""
    path = tmp_path / "backup"
    make(nursery, path)
    sealed = sealed_of(nursery.store, nursery.child)
    await erase(
        nursery.register,
        nursery.child,
        ground=DeletionGround.NO_LONGER_USED,
        verified_by=VerifiedBy.LOCAL_USER,
    )
    restored = restore(nursery, path, tmp_path / "restored")
    assert sealed_of(restored, nursery.child) == sealed  # there they are, sealed
    keys = Keys.open(restored, FileKeys(nursery.directory / "master.key"))
    assert restored.subject_ids() == [nursery.sibling]
    assert [each for each in sealed if each in every_byte(tmp_path / "restored")] == []
    readings = list(Vault(restored, keys, nursery.clock).readings(nursery.sibling))
    assert len(readings) == READINGS
    restored.close()


@pytest.mark.requirement("BN-DSR-08")
def test_one_that_was_changed_is_not_restored(nursery: Nursery, tmp_path: Path) -> None:
    """Each byte that is flipped, an end cut off, a header of another time, another key."""
    path = tmp_path / "backup"
    make(nursery, path)
    whole = path.read_bytes()
    header = whole.index(b"\n") + 1
    shutil.copy(path, tmp_path / "changed")
    changed = tmp_path / "changed"
    later = whole.replace(b'"2026-03-31', b'"2027-03-31', 1)
    assert later != whole
    damages = [
        whole[:header],
        whole[:-1],
        whole + b"x",
        later,
        *(
            whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
            for place in (header, header + 5, header + 30, len(whole) - 1)
        ),
    ]
    for number, damage in enumerate(damages):
        changed.write_bytes(damage)
        with pytest.raises(StoreError, match="does not open"):
            restore(nursery, changed, tmp_path / f"r{number}")
        assert not (tmp_path / f"r{number}" / FILE).exists()
    stranger = Keys.open(MemoryStore(), MemoryKeys())
    with pytest.raises(StoreError, match="does not open"):
        restore_backup(path, stranger, tmp_path / "s", FILE, nursery.clock.now())
    for nothing in (b"", b"{}\n"):
        changed.write_bytes(nothing)
        with pytest.raises(StoreError, match="cannot be read"):
            read_backup(changed)
    restore(nursery, path, tmp_path / "good").close()  # the control
    with pytest.raises(StoreError, match="a store already"):
        restore(nursery, path, tmp_path / "good")


def test_a_large_one_has_several_chunks(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: only the first chunk is written; or chunks can change places."""
    monkeypatch.setattr("babyn_ble.privacy.rights.backup._CHUNK", 4096)
    path = tmp_path / "backup"
    make(nursery, path)
    store = restore(nursery, path, tmp_path / "restored")
    assert store.list(None, nursery.child) == nursery.store.list(None, nursery.child)
    assert [row.entry for row in store.rows()] == [row.entry for row in nursery.store.rows()]
    store.close()
    whole = path.read_bytes()
    at = whole.index(b"\n") + 1
    size = 4 + 12 + 4096 + 16
    first, second = whole[at : at + size], whole[at + size : at + 2 * size]
    path.write_bytes(whole[:at] + second + first + whole[at + 2 * size :])
    with pytest.raises(StoreError, match="does not open"):
        restore(nursery, path, tmp_path / "swapped")
