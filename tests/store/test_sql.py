from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from babyn_ble.errors import StoreError
from babyn_ble.store import LedgerRow, SealedReading, SealedRecord
from babyn_ble.store.sql import SqlStore

NextRow = Callable[[LedgerRow | None], LedgerRow]
posix = os.name == "posix"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.requirement("BN-SEC-02")
def test_files_are_their_owners_alone(sql: SqlStore, directory: Path, next_row: NextRow) -> None:
    """BN-SEC-02. Mutant: files are made with the default mode; only the database is looked at."""
    sql.append(next_row)
    sql.renew_lease("a", 1)
    names = {path.name for path in directory.iterdir()}
    assert {"babyn.sqlite3", "babyn.sqlite3-wal", "babyn.sqlite3-shm"} < names
    if posix:
        assert mode(directory) == 0o700
        assert {mode(path) for path in directory.iterdir()} == {0o600}


@pytest.mark.requirement("BN-SEC-02")
@pytest.mark.parametrize("name", ["", "babyn.sqlite3", "leases.sqlite3", "babyn.sqlite3-wal"])
@pytest.mark.parametrize("bits", [0o040, 0o002])
def test_what_is_open_to_others_is_not_used(directory: Path, name: str, bits: int) -> None:
    """BN-SEC-02. Mutant: only group, only others, or only the directory is checked."""
    SqlStore.open(directory).close()
    target = directory / name
    target.touch()
    before = 0o600 if name else 0o700
    target.chmod(before | bits)
    if posix:
        with pytest.raises(StoreError, match="chmod"):
            SqlStore.open(directory)
    target.chmod(before)
    SqlStore.open(directory).close()  # the control


def test_what_was_stored_is_there_again(directory: Path, next_row: NextRow) -> None:
    store = SqlStore.open(directory)
    row = store.append(next_row)
    store.put(SealedRecord("device", "k", None, None, b"sealed"))
    store.close()
    again = SqlStore.open(f"sqlite:///{directory / 'babyn.sqlite3'}")
    assert again.rows() == [row]
    assert again.get("device", "k") is not None
    again.close()


def test_the_disk_has_it_before_it_is_promised(directory: Path, next_row: NextRow) -> None:
    """Mutant: synchronous=NORMAL for the ledger (a power cut would undo a withdrawal)."""
    opened: dict[str, DBAPIConnection] = {}

    def note(connection: DBAPIConnection, _entry: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA database_list")
        opened[Path(str(cursor.fetchall()[0][2])).name] = connection

    def pragma(file: str, name: str) -> object:
        cursor = opened[file].cursor()
        cursor.execute(f"PRAGMA {name}")
        return cursor.fetchall()[0][0]

    event.listen(Engine, "connect", note)
    try:
        SqlStore.open(directory).close()  # makes the files
        with closing(SqlStore.open(directory)) as store:
            store.append(next_row)
            store.renew_lease("a", 1)
            assert pragma("babyn.sqlite3", "synchronous") == 2
            assert pragma("leases.sqlite3", "synchronous") == 1
            for file in ("babyn.sqlite3", "leases.sqlite3"):
                assert pragma(file, "journal_mode") == "wal"
                assert pragma(file, "secure_delete") == 1
                assert pragma(file, "foreign_keys") == 1
    finally:
        event.remove(Engine, "connect", note)


@pytest.mark.requirement("BN-SEC-05")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET entry = x'00' WHERE seq = 1",
        "DELETE FROM ledger",
        "INSERT OR REPLACE INTO ledger VALUES (1, x'00', x'00', x'00')",
        "INSERT INTO ledger VALUES (3, x'00', x'00', x'00')",
    ],
)
def test_the_ledger_is_append_only(
    sql: SqlStore, directory: Path, next_row: NextRow, statement: str
) -> None:
    """BN-SEC-05. Mutant: a trigger is missing."""
    row = sql.append(next_row)
    with closing(sqlite3.connect(directory / "babyn.sqlite3")) as another:
        with pytest.raises(sqlite3.IntegrityError):
            another.execute(statement)
        another.execute("INSERT INTO ledger VALUES (2, x'00', x'00', x'02')")  # the control
        another.commit()
    assert sql.rows()[0] == row
    assert sql.head() == 2


def test_a_newer_schema_is_refused(directory: Path) -> None:
    """Mutant: user_version is not looked at."""
    SqlStore.open(directory).close()
    with closing(sqlite3.connect(directory / "babyn.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreError, match="newer version"):
        SqlStore.open(directory)


def test_another_programs_file_is_refused(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    with closing(sqlite3.connect(directory / "babyn.sqlite3")) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    (directory / "babyn.sqlite3").chmod(0o600)
    with pytest.raises(StoreError, match="no store"):
        SqlStore.open(directory)


@pytest.mark.parametrize("content", [b"", b"no database at all, by any means" * 40])
def test_a_damaged_file_says_what_to_do(directory: Path, content: bytes) -> None:
    SqlStore.open(directory).close()
    (directory / "babyn.sqlite3").write_bytes(content)
    with pytest.raises(StoreError) as caught:
        SqlStore.open(directory)
    assert "directory" in str(caught.value)
    assert str(directory) not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_damage_that_is_found_later_is_a_store_error(directory: Path, next_row: NextRow) -> None:
    store = SqlStore.open(directory)
    for _ in range(200):
        store.append(next_row)
    store.close()
    path = directory / "babyn.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    damaged = SqlStore.open(directory)
    with pytest.raises(StoreError) as caught:
        damaged.rows()
    assert caught.value.__suppress_context__
    damaged.close()


@pytest.mark.requirement("BN-LOG-05")
def test_errors_carry_no_values(sql: SqlStore, directory: Path) -> None:
    """BN-LOG-05. Mutant: the foreign error is chained, or hide_parameters is off."""
    with closing(sqlite3.connect(directory / "babyn.sqlite3")) as another:
        another.execute("DROP TABLE records")
    record = SealedRecord("kind", "canary", None, None, b"canary")
    with pytest.raises(StoreError) as caught:
        sql.put(record)
    assert "canary" not in str(caught.value)
    assert str(directory) not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_batch_is_stored_wholly_or_not_at_all(sql: SqlStore) -> None:
    """Mutant: each reading is a transaction of its own."""
    good = SealedReading("s", "d", "p", 1, b"x")
    bad = SealedReading("s", "d", None, 1, b"x")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - violates NOT NULL
    with pytest.raises(StoreError):
        sql.append_readings([good, bad])
    assert sql.count_readings("s") == 0
    assert sql.append_readings([good]) == 1


@pytest.mark.parametrize("what", ["record", "readings"])
def test_deleted_means_no_longer_in_the_files(sql: SqlStore, directory: Path, what: str) -> None:
    """BN-DSR-04. Mutant: secure_delete is off, or the write-ahead log keeps the rows."""
    marker = b"sealed marker " + os.urandom(8).hex().encode()

    def found() -> bool:
        return any(marker in path.read_bytes() for path in directory.iterdir())

    if what == "record":
        sql.put(SealedRecord("device", "k", None, None, marker))
    else:
        sql.append_readings([SealedReading("s", "d", "p", 1, marker)])
    assert found()
    assert sql.delete("device", "k") if what == "record" else sql.delete_readings("s")
    assert not found()


def test_a_busy_store_says_so(directory: Path, next_row: NextRow) -> None:
    waiting = SqlStore.open(directory, busy_timeout=0.0)
    with closing(sqlite3.connect(directory / "babyn.sqlite3")) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process"):
            waiting.append(next_row)
        assert waiting.head() == 0  # reading waits for nobody
    assert waiting.append(next_row).seq == 1
    waiting.close()


def test_a_lease_is_renewed_while_a_commit_waits_for_the_disk(
    directory: Path, next_row: NextRow
) -> None:
    """Mutant: leases are in the same file; a slow disk would end every session."""
    store = SqlStore.open(directory)
    store.append(next_row)
    with closing(sqlite3.connect(directory / "babyn.sqlite3")) as another:
        another.execute("BEGIN IMMEDIATE")
        assert store.renew_lease("a", 0) == 1
    store.close()


@pytest.mark.parametrize("url", ["postgresql://host/db", "sqlite://", "not a://url at all"])
def test_only_sqlite_so_far(url: str) -> None:
    with pytest.raises(StoreError):
        SqlStore.open(url)


def test_no_directory_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch(mode=0o600)
    with pytest.raises(StoreError, match="choose"):
        SqlStore.open(tmp_path / "file")
    with pytest.raises(StoreError, match="cannot be made"):
        SqlStore.open(tmp_path / "file" / "below")


def test_the_core_does_without_sqlalchemy() -> None:
    """Mutant: something in the core imports babyn_ble.store.sql at import time."""
    program = (
        "import sys, babyn_ble.privacy, babyn_ble.store.memory, babyn_ble.store.writer\n"
        "foreign = {'sqlalchemy', 'sqlite3', 'bleak', 'bumble'} & set(sys.modules)\n"
        "assert not foreign, foreign\n"
        "import babyn_ble.store.sql\n"
        "assert 'sqlalchemy' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


_APPEND = """
import sys
from babyn_ble.store import LedgerRow
from babyn_ble.store.sql import SqlStore

def build(newest):
    seq = newest.seq + 1 if newest else 1
    return LedgerRow(seq, newest.entry_hash if newest else bytes(32), b"e", b"%d" % seq)

print("ready", flush=True)
sys.stdin.readline()
store = SqlStore.open(sys.argv[1])
for _ in range(40):
    store.append(build)
"""


def test_processes_make_one_store_and_take_turns(directory: Path) -> None:
    """Mutant: BEGIN instead of BEGIN IMMEDIATE; the store is made in place, half visible."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _APPEND, str(directory)],
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
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    with closing(SqlStore.open(directory)) as store:
        rows = store.rows()
    assert [row.seq for row in rows] == list(range(1, 121))
    assert all(later.prev_hash == earlier.entry_hash for earlier, later in pairwise(rows))
    assert {path.name for path in directory.iterdir()} == {"babyn.sqlite3", "leases.sqlite3"}
