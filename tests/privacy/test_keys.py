from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import StoreError
from babyn_ble.privacy import FileKeys, Keys, MemoryKeys
from babyn_ble.privacy.keys import SHORT_ID_ALPHABET
from babyn_ble.store.memory import MemoryStore

posix = os.name == "posix"
ADDRESS = "C4:7C:8D:6A:42:17"


@pytest.fixture
def keys() -> Keys:
    store = MemoryStore()
    opened = Keys.open(store, MemoryKeys())
    opened.create_subject_key("subject-1")
    opened.create_subject_key("subject-2")
    return opened


@given(data=st.binary(max_size=64), subject=st.sampled_from([None, "subject-1"]))
def test_what_is_sealed_opens_again(data: bytes, subject: str | None) -> None:
    keys = Keys.open(MemoryStore(), MemoryKeys())
    keys.create_subject_key("subject-1")
    sealed = keys.seal(data, "t", "k", subject_id=subject, purpose="p")
    assert keys.unseal(sealed, "t", "k", subject_id=subject, purpose="p") == data
    assert sealed != keys.seal(data, "t", "k", subject_id=subject, purpose="p")


@pytest.mark.parametrize(
    "place",
    [
        {"table": "other"},
        {"key": "other"},
        {"subject_id": "subject-2"},
        {"subject_id": None},
        {"purpose": "other"},
        {"purpose": None},
        {"table": "tk", "key": ""},
    ],
)
def test_it_opens_in_no_other_place(keys: Keys, place: dict[str, str | None]) -> None:
    """BN-PUR-01. Mutant: any part of the place is not associated data, or not delimited."""
    here: dict[str, str | None] = {
        "table": "t",
        "key": "k",
        "subject_id": "subject-1",
        "purpose": "p",
    }

    def unseal(at: dict[str, str | None]) -> bytes:
        return keys.unseal(
            sealed,
            at["table"] or "",
            at["key"] or "",
            subject_id=at["subject_id"],
            purpose=at["purpose"],
        )

    sealed = keys.seal(b"data", "t", "k", subject_id="subject-1", purpose="p")
    assert unseal(here) == b"data"
    with pytest.raises(StoreError) as caught:
        unseal({**here, **place})
    assert caught.value.__suppress_context__


def test_one_bit_is_noticed(keys: Keys) -> None:
    sealed = bytearray(keys.seal(b"data", "t", "k"))
    for index in range(len(sealed)):
        sealed[index] ^= 1
        with pytest.raises(StoreError):
            keys.unseal(bytes(sealed), "t", "k")
        sealed[index] ^= 1
    for length in range(len(sealed)):
        with pytest.raises(StoreError):
            keys.unseal(bytes(sealed[:length]), "t", "k")
    assert keys.unseal(bytes(sealed), "t", "k") == b"data"


@pytest.mark.requirement("BN-SEC-01")
def test_a_destroyed_key_takes_everything_with_it(keys: Keys) -> None:
    """BN-DSR-07. Mutant: the key stays cached, or is derived from the master key."""
    sealed = keys.seal(b"data", "t", "k", subject_id="subject-1")
    other = keys.seal(b"data", "t", "k", subject_id="subject-2")
    assert keys.destroy_subject_key("subject-1")
    assert not keys.destroy_subject_key("subject-1")
    for use in (
        lambda: keys.unseal(sealed, "t", "k", subject_id="subject-1"),
        lambda: keys.seal(b"", "t", "k", subject_id="subject-1"),
        lambda: keys.commitment("subject-1", b""),
        lambda: keys.record_key("device", "k", subject_id="subject-1"),
    ):
        with pytest.raises(StoreError, match="does not exist"):
            use()
    with pytest.raises(StoreError, match="destroyed"):
        keys.create_subject_key("subject-1")
    keys.destroy_subject_key("subject-1")
    assert keys.unseal(other, "t", "k", subject_id="subject-2") == b"data"


def test_a_subject_has_one_key(keys: Keys) -> None:
    with pytest.raises(StoreError, match="already"):
        keys.create_subject_key("subject-1")


def test_the_wrong_key_is_noticed_at_once() -> None:
    """Mutant: no check value; the first reading would be the first to tell."""
    store, master = MemoryStore(), MemoryKeys()
    Keys.open(store, master)
    Keys.open(store, master)  # the control
    with pytest.raises(StoreError, match="another store"):
        Keys.open(store, MemoryKeys(bytes(32)))


def test_a_lost_key_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    """Mutant: a new key file is made beside a store that has another."""
    store, path = MemoryStore(), tmp_path / "keys" / "key"
    Keys.open(store, FileKeys(path))
    path.rename(path.with_suffix(".away"))
    with pytest.raises(StoreError, match="missing"):
        Keys.open(store, FileKeys(path))
    assert not path.exists()
    path.with_suffix(".away").rename(path)
    Keys.open(store, FileKeys(path))


@pytest.mark.requirement("BN-SEC-02")
def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    """BN-SEC-02. Mutant: the key file is made with the default mode, or not looked at."""
    path = tmp_path / "keys" / "key"
    assert FileKeys(path).get() is None
    key = FileKeys(path).create()
    assert len(key) == 32
    assert FileKeys(path).get() == key
    assert FileKeys(path).create() == key
    assert [file.name for file in path.parent.iterdir()] == ["key"]
    if posix:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        path.chmod(0o640)
        with pytest.raises(StoreError, match="chmod 600"):
            FileKeys(path).get()


def test_a_key_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(StoreError, match="damaged"):
        FileKeys(path).get()
    with pytest.raises(StoreError, match="cannot be read"):
        FileKeys(tmp_path).get()
    with pytest.raises(StoreError, match="32 bytes"):
        Keys.open(MemoryStore(), MemoryKeys(b"short"))


def test_processes_that_make_a_key_at_once_get_the_same(tmp_path: Path) -> None:
    """Mutant: the file is opened before its content is in it."""
    program = (
        "import sys; from babyn_ble.privacy import FileKeys; print('ready', flush=True);"
        "sys.stdin.readline(); print(FileKeys(sys.argv[1]).create().hex())"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "key")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    made = {process.communicate()[0] for process in processes}
    assert len(made) == 1
    assert made == {FileKeys(tmp_path / "key").create().hex() + "\n"}


@pytest.mark.requirement("BN-LOG-02")
@given(st.one_of(st.binary(), st.text()))
def test_a_short_id_looks_like_no_address(value: bytes | str) -> None:
    """BN-LOG-02. Mutant: hexadecimal digits in short ids."""
    short = Keys.open(MemoryStore(), MemoryKeys(bytes(32))).short_id(value)
    assert re.fullmatch("[g-z]{8}", short)
    assert set(short) <= set(SHORT_ID_ALPHABET)
    assert not set(SHORT_ID_ALPHABET) & set("0123456789abcdef")


@pytest.mark.requirement("BN-LOG-02")
def test_short_ids_are_keyed_and_stable() -> None:
    """BN-LOG-02. Mutant: a bare hash of the address, which can be tried out."""
    one = Keys.open(MemoryStore(), MemoryKeys(bytes(32)))
    same = Keys.open(MemoryStore(), MemoryKeys(bytes(32)))
    other = Keys.open(MemoryStore(), MemoryKeys(b"\1" * 32))
    assert one.short_id(ADDRESS) == same.short_id(ADDRESS) != other.short_id(ADDRESS)
    assert one.short_id(ADDRESS) != one.short_id("C4:7C:8D:6A:42:18")
    for spelled in (ADDRESS.lower(), ADDRESS.replace(":", "-"), ADDRESS.replace(":", "_").lower()):
        assert one.short_id(spelled) == one.short_id(ADDRESS)


def test_names_in_the_store_are_keyed_hashes(keys: Keys) -> None:
    """Mutant: the kind is no part of the hash; equal names would show across kinds."""
    other = Keys.open(MemoryStore(), MemoryKeys(bytes(32)))
    assert keys.record_key("device", ADDRESS) != keys.record_key("bond", ADDRESS)
    assert keys.record_key("device", ADDRESS) != other.record_key("device", ADDRESS)
    assert keys.pseudonym("recipient", "home") != other.pseudonym("recipient", "home")
    assert re.fullmatch("[0-9a-f]{16}", keys.pseudonym("recipient", "home"))


def test_a_commitment_cannot_be_tried_out_by_another_subject(keys: Keys) -> None:
    """Mutant: commitments are unkeyed, or keyed by the master key alone."""
    commitments = {
        keys.commitment(subject, b"name") for subject in ("subject-1", "subject-2", None)
    }
    assert len(commitments) == 3
    assert keys.commitment("subject-1", b"name") in commitments
