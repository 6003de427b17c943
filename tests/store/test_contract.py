"""What every store keeps: the same tests over the one in memory and the one in SQLite."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from babyn_ble.errors import LedgerError, StoreError
from babyn_ble.store import LedgerRow, SealedReading, SealedRecord, Store

NextRow = Callable[[LedgerRow | None], LedgerRow]


def reading(
    sealed: bytes, *, identity: str | None = None, day: int = 10, **of: str
) -> SealedReading:
    return SealedReading(
        subject_id=of.get("subject", "subject-1"),
        device_key=of.get("device", "device-1"),
        purpose="history_storage",
        stored_on=day,
        sealed=sealed,
        identity=identity,
    )


def test_ledger_grows_in_order(store: Store, next_row: NextRow) -> None:
    assert store.head() == 0
    assert store.rows() == []
    first, second = store.append(next_row), store.append(next_row)
    assert (first.seq, second.seq) == (1, 2)
    assert second.prev_hash == first.entry_hash
    assert store.rows() == [first, second]
    assert store.rows(1) == [second]
    assert store.head() == 2


def test_a_row_that_does_not_follow_is_refused(store: Store, next_row: NextRow) -> None:
    """Mutant: append does not compare the sequence numbers."""
    store.append(next_row)
    with pytest.raises(StoreError):
        store.append(lambda _: LedgerRow(3, b"", b"entry", b"hash"))
    assert store.head() == 1
    assert store.append(next_row).seq == 2  # the control


def test_what_the_builder_raises_ends_the_transaction(store: Store, next_row: NextRow) -> None:
    """Mutant: the row is stored before it is built completely; the error is replaced."""

    def refuse(newest: LedgerRow | None) -> LedgerRow:
        raise LedgerError("no")

    with pytest.raises(LedgerError):
        store.append(refuse)
    assert store.head() == 0
    assert store.append(next_row).seq == 1


def test_threads_append_one_after_the_other(store: Store, next_row: NextRow) -> None:
    """Mutant: the newest row is read outside the exclusive transaction."""
    threads = [
        threading.Thread(target=lambda: [store.append(next_row) for _ in range(10)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.seq for row in store.rows()] == list(range(1, 41))


def test_records_are_kept_replaced_and_deleted(store: Store) -> None:
    record = SealedRecord("device", "k1", "subject-1", "binding", b"one")
    other = SealedRecord("device", "k0", None, None, b"two")
    assert store.put(record)
    assert store.put(other)
    assert store.get("device", "k1") == record
    assert store.get("bond", "k1") is None
    assert list(store.list("device")) == [other, record]
    assert list(store.list("device", "subject-1")) == [record]
    changed = SealedRecord("device", "k1", "subject-2", None, b"three")
    assert store.put(changed)
    assert store.get("device", "k1") == changed
    assert store.delete("device", "k1")
    assert not store.delete("device", "k1")
    assert store.get("device", "k1") is None


def test_only_new_keeps_what_is_there(store: Store) -> None:
    """Mutant: only_new replaces. Then two processes would each make a subject's key."""
    first = SealedRecord("subject-key", "s", "s", None, b"first")
    assert store.put(first, only_new=True)
    assert not store.put(SealedRecord("subject-key", "s", "s", None, b"second"), only_new=True)
    assert store.get("subject-key", "s") == first


def test_readings_come_back_in_order(store: Store) -> None:
    rows = [reading(b"%d" % number) for number in range(5)]
    assert store.append_readings(rows) == 5
    kept = store.readings("subject-1")
    assert [row.reading for row in kept] == rows
    assert [row.position for row in kept] == sorted(row.position for row in kept)
    after = store.readings("subject-1", after=kept[2].position, limit=1)
    assert [row.reading.sealed for row in after] == [b"3"]
    assert store.append_readings([]) == 0


def test_readings_by_subject_and_device(store: Store) -> None:
    store.append_readings(
        [reading(b"a"), reading(b"b", device="device-2"), reading(b"c", subject="subject-2")]
    )
    assert [row.reading.sealed for row in store.readings("subject-1")] == [b"a", b"b"]
    assert [row.reading.sealed for row in store.readings("subject-1", "device-2")] == [b"b"]
    assert store.count_readings("subject-1") == 2
    assert store.count_readings("subject-2", "device-2") == 0
    assert store.delete_readings("subject-1", "device-2") == 1
    assert store.count_readings("subject-1") == 1
    assert store.count_readings("subject-2") == 1


def test_one_identity_is_kept_once(store: Store) -> None:
    """Mutant: identities are not unique; a log read twice would show double."""
    assert store.append_readings([reading(b"a", identity="i"), reading(b"b", identity="i")]) == 1
    assert store.append_readings([reading(b"c", identity="i"), reading(b"d")]) == 1
    assert [row.reading.sealed for row in store.readings("subject-1")] == [b"a", b"d"]
    assert store.delete_readings("subject-1") == 2
    assert store.append_readings([reading(b"e", identity="i")]) == 1


def test_positions_are_never_used_again(store: Store) -> None:
    """Mutant: positions restart after a deletion; a reader that goes by them skips."""
    store.append_readings([reading(b"a")])
    before = store.readings("subject-1")[0].position
    store.delete_readings("subject-1")
    store.append_readings([reading(b"b")])
    assert store.readings("subject-1", after=before)[0].reading.sealed == b"b"


def test_retention_goes_by_day(store: Store) -> None:
    """BN-RET-01. Mutant: stored_before also deletes the day itself."""
    store.append_readings([reading(b"old", day=9), reading(b"new", day=10)])
    assert [row.reading.sealed for row in store.readings("subject-1", stored_from=10)] == [b"new"]
    assert store.delete_readings("subject-2", stored_before=99) == 0
    assert store.delete_readings("subject-1", stored_before=10) == 1
    assert [row.reading.sealed for row in store.readings("subject-1")] == [b"new"]


def test_leases(store: Store, next_row: NextRow) -> None:
    assert store.renew_lease("a", 0) == 0
    store.append(next_row)
    assert store.renew_lease("a", 0) == 1
    assert store.renew_lease("b", 1) == 1
    assert store.holders()["a"] == (0, 2)
    assert store.holders()["b"] == (1, 1)
    store.drop_lease("a", renewals=1)  # it was renewed since
    assert set(store.holders()) == {"a", "b"}
    store.drop_lease("a", renewals=2)
    store.drop_lease("b")
    store.drop_lease("never there")
    assert store.holders() == {}


def test_a_closed_store_says_so(store: Store, next_row: NextRow) -> None:
    store.append(next_row)
    store.close()
    store.close()
    for use in (
        store.head,
        store.rows,
        store.holders,
        lambda: store.append(next_row),
        lambda: store.get("a", "b"),
        lambda: store.renew_lease("a", 0),
        lambda: store.append_readings([reading(b"a")]),
    ):
        with pytest.raises(StoreError, match="closed"):
            use()
