"""Attacks on the ledger, each with whom it is meant for, and what becomes of it.

Location was agreed to and withdrawn, Bluetooth stands. Each attack tries to bring the
withdrawn consent back, or does what accidents do. Afterwards the store is opened anew:

* *denied*: opening finds damage, and nothing is allowed.
* *harmless*: the same decisions as before. Where entries were damaged that no decision is made
  from, reading everything (``babyn doctor``) finds it.

The owner of the account has key, store and every place; nothing here is meant for them, and the
last test shows that nothing holds them.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import rfc8785

from babyn_ble.clock import SystemClock
from babyn_ble.errors import LedgerError
from babyn_ble.privacy.checkpoints import FilePlace
from babyn_ble.privacy.ledger import chain_hash
from babyn_ble.privacy.purposes import BLUETOOTH, LOCATION
from babyn_ble.privacy.snapshot import EVERY
from babyn_ble.store.sql import SqlStore
from tests.privacy.household import LINK, SCAN, Household
from tests.privacy.processes import MASTER, known

pytestmark = pytest.mark.requirement("BN-SEC-05")

DENIED, HARMLESS = "denied", "harmless"
ACCIDENT, NO_KEY, ROLLBACK = "an accident", "someone without the key", "a rollback"

Row = tuple[int, bytes, bytes, bytes]


@dataclass(frozen=True)
class Bench:
    """A store on the disk with its checkpoints, and an older copy of everything."""

    data: Path
    older: Path
    subject_id: str

    def open(self) -> Household:
        store = SqlStore.open(self.data)
        return Household(
            store,
            clock=SystemClock(),
            keys=MASTER,
            subject=known(self.subject_id),
            places=[FilePlace(self.data / "kept"), FilePlace(self.data.parent / "second")],
        )

    def rows(self) -> list[Row]:
        with closing(sqlite3.connect(self.data / "babyn.sqlite3")) as connection:
            return connection.execute(
                "SELECT seq, prev_hash, entry, entry_hash FROM ledger ORDER BY rowid"
            ).fetchall()

    def write(self, rows: list[Row]) -> None:
        """Put rows in place of the ledger, triggers or no triggers."""
        with closing(sqlite3.connect(self.data / "babyn.sqlite3")) as connection, connection:
            for (trigger,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            connection.execute("DELETE FROM ledger")
            connection.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?)", rows)

    def restore(self, *names: str) -> None:
        """Put files of the older copy in place of those of now."""
        for name in names:
            for file in self.data.glob(f"{name}*"):
                file.unlink()
            for file in self.older.glob(f"{name}*"):
                shutil.copy2(file, self.data / file.name)


def rechained(rows: list[Row], *, start: int = 0) -> list[Row]:
    """Make numbers and hashes fit again, as anybody can."""
    before = rows[start - 1][3] if start else bytes(32)
    result = rows[:start]
    for seq, (_, _, entry, _) in enumerate(rows[start:], start=start + 1):
        content = {**json.loads(entry), "seq": seq}
        entry = rfc8785.dumps(content)
        result.append((seq, before, entry, chain_hash(before, entry)))
        before = result[-1][3]
    return result


def grown(home: Household, entries: int) -> None:
    while home.store.head() < entries:
        home.register.request(home.id, BLUETOOTH)
        home.register.defer(home.id, BLUETOOTH)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """One store that every attack gets a copy of."""
    folder = tmp_path_factory.mktemp("pattern")
    bench = Bench(folder / "data", folder / "older", "")
    bench.data.mkdir(mode=0o700)
    store = SqlStore.open(bench.data)
    places = [FilePlace(bench.data / "kept"), FilePlace(folder / "second")]
    home = Household(store, clock=SystemClock(), keys=MASTER, places=places)
    home.agree(LOCATION, BLUETOOTH)
    grown(home, EVERY + 6)
    with closing(sqlite3.connect(bench.data / "babyn.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(bench.data, bench.older)
    asyncio.run(home.withdraw(LOCATION))
    assert home.allows(LINK)
    assert not home.allows(SCAN)
    store.close()
    return Bench(bench.data, bench.older, home.id)


@pytest.fixture
def bench(pattern: Bench, tmp_path: Path) -> Bench:
    shutil.copytree(pattern.data.parent, tmp_path, dirs_exist_ok=True)
    return Bench(tmp_path / "data", tmp_path / "older", pattern.subject_id)


# The attacks


def flip_in_the_end(bench: Bench) -> None:
    *rows, (seq, before, entry, entry_hash) = bench.rows()
    changed = bytearray(entry)
    changed[len(changed) // 2] ^= 1
    bench.write([*rows, (seq, before, bytes(changed), entry_hash)])


def flip_at_the_beginning(bench: Bench) -> None:
    rows = bench.rows()
    seq, before, entry, entry_hash = rows[2]
    rows[2] = (seq, before, entry[:-5] + b"0" + entry[-4:], entry_hash)
    bench.write(rows)


def insert_without_rechaining(bench: Bench) -> None:
    *rows, last = bench.rows()
    bench.write([*rows, (last[0], last[1], rows[-1][2], bytes(32)), (last[0] + 1, *last[1:])])


def insert_a_consent(bench: Bench) -> None:
    """A consent for location, made of the earlier one, behind the withdrawal."""
    rows = bench.rows()
    given = [row for row in rows if b"ConsentGiven" in row[2] and b'"location"' in row[2]]
    asked = [row for row in rows if b"ConsentRequested" in row[2] and b'"location"' in row[2]]
    renewed = given[0][2].replace(b"ConsentGiven", b"RenewedConsentGiven")
    bench.write(rechained([*rows, asked[0], (0, b"", renewed, b"")], start=len(rows)))


def delete_a_row(bench: Bench) -> None:
    rows = bench.rows()
    bench.write(rows[:-3] + rows[-2:])


def delete_the_withdrawal_and_rechain(bench: Bench) -> None:
    rows = [row for row in bench.rows() if b"ConsentWithdrawn" not in row[2]]
    bench.write(rechained([*rows, rows[-1]]))


def reorder(bench: Bench) -> None:
    rows = bench.rows()
    rows[-1], rows[-2] = (rows[-1][0], *rows[-2][1:]), (rows[-2][0], *rows[-1][1:])
    bench.write(rows)


def reorder_and_rechain(bench: Bench) -> None:
    rows = bench.rows()
    rows[-1], rows[-2] = rows[-2], rows[-1]
    bench.write(rechained(rows, start=len(rows) - 2))


def duplicate(bench: Bench) -> None:
    rows = bench.rows()
    bench.write([*rows, (rows[-1][0] + 1, rows[-1][3], rows[-1][2], bytes(32))])


def duplicate_and_rechain(bench: Bench) -> None:
    rows = bench.rows()
    bench.write(rechained([*rows, rows[-2]], start=len(rows)))


def truncate(bench: Bench) -> None:
    bench.write(bench.rows()[:-1])


def truncate_before_the_snapshot(bench: Bench) -> None:
    bench.write(bench.rows()[:5])


def lose_everything(bench: Bench) -> None:
    bench.write([])


def a_number_in_another_form(bench: Bench) -> None:
    *rows, last = bench.rows()
    entry = last[2].replace(b'"seq":%d' % last[0], b'"seq":%d.0' % last[0])
    assert entry != last[2]
    bench.write([*rows, (last[0], last[1], entry, chain_hash(last[1], entry))])


def a_character_in_another_form(bench: Bench) -> None:
    *rows, last = bench.rows()
    entry = last[2].replace(b'"kind":"c', b'"kind":"\\u0063')
    assert json.loads(entry) == json.loads(last[2])
    bench.write([*rows, (last[0], last[1], entry, chain_hash(last[1], entry))])


def mix_two_ledgers(bench: Bench) -> None:
    other = Household(SqlStore.open(bench.data.parent / "other"), clock=SystemClock(), keys=MASTER)
    other.agree(LOCATION)
    theirs = [(row.seq, row.prev_hash, row.entry, row.entry_hash) for row in other.store.rows()]
    other.store.close()
    bench.write(rechained([*bench.rows(), theirs[-1]], start=len(bench.rows())))


def put_in_another_ledger(bench: Bench) -> None:
    """Whole, and of the same key."""
    other = Household(SqlStore.open(bench.data.parent / "other"), clock=SystemClock(), keys=MASTER)
    other.agree(LOCATION)
    theirs = [(row.seq, row.prev_hash, row.entry, row.entry_hash) for row in other.store.rows()]
    other.store.close()
    bench.write(theirs)


def put_back_an_older_store(bench: Bench) -> None:
    bench.restore("babyn.sqlite3")


def put_back_an_older_store_with_its_checkpoint(bench: Bench) -> None:
    """The second place is not within reach."""
    bench.restore("babyn.sqlite3")
    shutil.rmtree(bench.data / "kept")
    shutil.copytree(bench.older / "kept", bench.data / "kept")


def put_back_an_older_snapshot(bench: Bench) -> None:
    with closing(sqlite3.connect(bench.older / "babyn.sqlite3")) as connection:
        (sealed,) = connection.execute(
            "SELECT sealed FROM records WHERE kind = 'ledger-state'"
        ).fetchone()
    with closing(sqlite3.connect(bench.data / "babyn.sqlite3")) as connection, connection:
        connection.execute("UPDATE records SET sealed = ? WHERE kind = 'ledger-state'", [sealed])


def damage_the_snapshot(bench: Bench) -> None:
    with closing(sqlite3.connect(bench.data / "babyn.sqlite3")) as connection, connection:
        connection.execute("UPDATE records SET sealed = x'01' WHERE kind = 'ledger-state'")


def delete_every_checkpoint(bench: Bench) -> None:
    for folder in (bench.data / "kept", bench.data.parent / "second"):
        shutil.rmtree(folder)


def edit_a_checkpoint(bench: Bench) -> None:
    for file in (bench.data / "kept").iterdir():
        content = json.loads(file.read_bytes())
        file.write_bytes(rfc8785.dumps({**content, "size": content["size"] - 1}))


def put_back_an_older_checkpoint_alone(bench: Bench) -> None:
    shutil.rmtree(bench.data / "kept")
    shutil.copytree(bench.older / "kept", bench.data / "kept")


def two_writers(bench: Bench) -> None:
    """Who is behind reads first, then decides anew."""
    one, two = bench.open(), bench.open()
    for _ in range(3):
        one.register.request(one.id, BLUETOOTH)
        two.register.defer(two.id, BLUETOOTH)
        two.register.request(two.id, BLUETOOTH)
        one.register.defer(one.id, BLUETOOTH)
    one.store.close()
    two.store.close()


def nothing(_: Bench) -> None:
    """The control."""


ATTACKS: list[tuple[str, Callable[[Bench], None], str, bool]] = [
    (ACCIDENT, nothing, HARMLESS, False),
    (ACCIDENT, flip_in_the_end, DENIED, True),
    (ACCIDENT, flip_at_the_beginning, HARMLESS, True),
    (ACCIDENT, delete_a_row, DENIED, True),
    (ACCIDENT, reorder, DENIED, True),
    (ACCIDENT, duplicate, DENIED, True),
    (ACCIDENT, truncate, DENIED, True),
    (ACCIDENT, truncate_before_the_snapshot, DENIED, True),
    (ACCIDENT, lose_everything, DENIED, True),
    (ACCIDENT, damage_the_snapshot, HARMLESS, False),
    (ACCIDENT, two_writers, HARMLESS, False),
    (ACCIDENT, put_back_an_older_store, DENIED, True),
    (ACCIDENT, put_back_an_older_checkpoint_alone, HARMLESS, False),
    (NO_KEY, insert_without_rechaining, DENIED, True),
    (NO_KEY, insert_a_consent, DENIED, True),
    (NO_KEY, delete_the_withdrawal_and_rechain, DENIED, True),
    (NO_KEY, reorder_and_rechain, DENIED, True),
    (NO_KEY, duplicate_and_rechain, DENIED, True),
    (NO_KEY, a_number_in_another_form, DENIED, True),
    (NO_KEY, a_character_in_another_form, DENIED, True),
    (NO_KEY, mix_two_ledgers, DENIED, True),
    (NO_KEY, put_in_another_ledger, DENIED, True),
    (NO_KEY, delete_every_checkpoint, DENIED, True),
    (NO_KEY, edit_a_checkpoint, DENIED, True),
    (ROLLBACK, put_back_an_older_snapshot, HARMLESS, False),
    (ROLLBACK, put_back_an_older_store_with_its_checkpoint, DENIED, True),
]
"""Whom it is meant for, the attack, what becomes of it, and whether reading everything tells."""


@pytest.mark.parametrize(
    ("adversary", "attack", "outcome", "told"),
    [pytest.param(*row, id=f"{row[0]}-{row[1].__name__}") for row in ATTACKS],
)
def test_attacks(
    bench: Bench, adversary: str, attack: Callable[[Bench], None], outcome: str, told: bool
) -> None:
    """Mutants: what each is about is not compared. Control: the first row does nothing."""
    attack(bench)
    home = bench.open()
    if outcome is DENIED:
        assert home.register.fault is not None, adversary
        for act in (SCAN, LINK):
            with pytest.raises(LedgerError):
                home.permit(act)
    else:
        assert home.register.fault is None, adversary
        assert home.allows(LINK)
        assert not home.allows(SCAN)
    if told:
        with pytest.raises(LedgerError):
            home.register.verify()
    else:
        home.register.verify()
    home.store.close()


def test_what_is_not_noticed(bench: Bench) -> None:
    """Older store, and older checkpoints in every place: whoever can do that owns the account."""
    put_back_an_older_store_with_its_checkpoint(bench)
    shutil.rmtree(bench.data.parent / "second")
    shutil.copytree(bench.older / "kept", bench.data.parent / "second")
    home = bench.open()
    assert home.register.fault is None
    assert home.allows(SCAN)
    home.store.close()


def test_a_disk_that_lost_what_it_had_promised(bench: Bench) -> None:
    """The log of the last commit, cut off at each page. An accident; denied, or as before it.

    Mutant: the checkpoint is kept before the entry stands on the disk, or never.
    """
    writer = bench.open()
    writer.register.request(writer.id, BLUETOOTH)
    log = bench.data / "babyn.sqlite3-wal"
    whole, data = log.read_bytes(), (bench.data / "babyn.sqlite3").read_bytes()
    outcomes: list[str] = []
    for length in (*range(0, len(whole), 4096 + 24), len(whole)):
        copy = Bench(bench.data.parent / f"copy{length}", bench.older, bench.subject_id)
        copy.data.mkdir(mode=0o700)
        for name, content in (("", data), ("-wal", whole[:length])):
            file = copy.data / f"babyn.sqlite3{name}"
            file.write_bytes(content)
            file.chmod(0o600)
        home = copy.open()
        outcomes.append(DENIED if home.register.fault else HARMLESS)
        assert home.register.fault or not home.allows(SCAN)
        home.store.close()
    assert outcomes[0] is DENIED
    assert outcomes[-1] is HARMLESS
    writer.store.close()


def test_the_owner_of_the_account_is_held_by_nothing(bench: Bench) -> None:
    """Out of scope, and said so: with the key anything can be recorded."""
    home = bench.open()
    home.subject = home.register.subject(home.id)
    home.agree(LOCATION)
    assert home.allows(SCAN)
    assert home.register.verify() == home.store.head()
    home.store.close()
