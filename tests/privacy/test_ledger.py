from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import InvalidConsentError, LedgerError, StoreError
from babyn_ble.privacy import Keys, MemoryKeys
from babyn_ble.privacy.ledger import GENESIS, Ledger, LedgerBehindError, chain_hash
from babyn_ble.store import BuildRow, LedgerRow
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import ManualClock

pytestmark = pytest.mark.requirement("BN-SEC-05")

CODE = Keys.open(MemoryStore(), MemoryKeys(bytes(32))).ledger_code

Change = Callable[[int, bytes], bytes]


class Tampered(MemoryStore):
    """A store whose ledger somebody has got at."""

    def __init__(self, rows: list[LedgerRow]) -> None:
        super().__init__()
        self.found = rows

    def rows(self, after: int = 0, *, limit: int | None = None) -> list[LedgerRow]:
        return [row for row in self.found if row.seq > after][:limit]

    def head(self) -> int:
        return max((row.seq for row in self.found), default=0)

    def append(self, build: BuildRow) -> LedgerRow:
        row = build(self.found[-1] if self.found else None)
        self.found.append(row)
        return row


def written(count: int = 5) -> list[LedgerRow]:
    store = MemoryStore()
    ledger = Ledger(store, ManualClock(), CODE)
    for number in range(count):
        ledger.append("kind", {"number": number, "text": "ä€"})
    return store.rows()


def opened(rows: list[LedgerRow]) -> Ledger:
    ledger = Ledger(Tampered(rows), ManualClock(), CODE)
    ledger.refresh()
    return ledger


def rechained(rows: list[LedgerRow], change: Change) -> list[LedgerRow]:
    """Change entries and make every hash fit again, as someone could who knows how."""
    before, result = bytes(32), list[LedgerRow]()
    for row in rows:
        entry = change(row.seq, row.entry)
        result.append(LedgerRow(row.seq, before, entry, chain_hash(before, entry)))
        before = result[-1].entry_hash
    return result


def third(entry: bytes) -> Change:
    """Put something in place of the third entry."""
    return lambda seq, before: entry if seq == 3 else before


def instead(old: bytes, new: bytes) -> Change:
    """Replace a part of every entry that has it."""
    return lambda _, entry: entry.replace(old, new)


def edited(**changes: Any) -> Change:
    """Change fields of the third entry, canonically."""

    def change(seq: int, entry: bytes) -> bytes:
        content: dict[str, Any] = json.loads(entry)
        return rfc8785.dumps({**content, **changes}) if seq == 3 else entry

    return change


def test_entries_come_back() -> None:
    rows = written(2)
    entries = Ledger(Tampered(rows), ManualClock(), CODE).refresh()
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert [entry.kind for entry in entries] == [GENESIS, "kind", "kind"]
    assert entries[2].body == {"number": 1, "text": "ä€"}
    assert all(entry.clock_ok for entry in entries)
    assert opened(rows).fault is None


def test_the_chain_is_as_documented() -> None:
    """Mutant: another label, another order, no domain byte."""
    rows = written(1)
    assert rows[0].prev_hash == bytes(32)
    assert rows[1].prev_hash == rows[0].entry_hash
    import hashlib

    expected = hashlib.sha256(b"\x00" + b"babyn-ledger-v1" + rows[0].entry_hash + rows[1].entry)
    assert rows[1].entry_hash == expected.digest()
    assert rfc8785.dumps(json.loads(rows[1].entry)) == rows[1].entry


def test_two_ledgers_never_begin_alike() -> None:
    """Mutant: no nonce; entries could be moved from one ledger to another."""
    assert written(0) == []
    assert written(1)[0].entry_hash != written(1)[0].entry_hash


@given(st.data())
def test_one_changed_bit_is_noticed(data: st.DataObject) -> None:
    """BN-SEC-05. Mutant: any part of a row is not verified."""
    rows = written()
    index = data.draw(st.integers(0, len(rows) - 1))
    part = data.draw(st.sampled_from(["prev_hash", "entry", "entry_hash"]))
    content = bytearray(getattr(rows[index], part))
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    columns: dict[str, Any] = {part: bytes(content)}
    rows[index] = replace(rows[index], **columns)
    ledger = opened(rows)
    assert ledger.fault is not None
    assert ledger.seq == index  # what came before it is still known
    with pytest.raises(LedgerError, match="does not verify"):
        ledger.append("kind", {})


def deleted(rows: list[LedgerRow], index: int) -> list[LedgerRow]:
    return rows[:index] + rows[index + 1 :]


def doubled(rows: list[LedgerRow], index: int) -> list[LedgerRow]:
    return [*rows[: index + 1], *rows[index:]]


def swapped(rows: list[LedgerRow], index: int) -> list[LedgerRow]:
    return [*rows[:index], rows[index + 1], rows[index], *rows[index + 2 :]]


def renumbered(rows: list[LedgerRow]) -> list[LedgerRow]:
    return [replace(row, seq=number) for number, row in enumerate(rows, start=1)]


@pytest.mark.parametrize("change", [deleted, doubled, swapped])
@pytest.mark.parametrize("index", [0, 2, 4])
def test_rows_cannot_be_moved(
    change: Callable[[list[LedgerRow], int], list[LedgerRow]], index: int
) -> None:
    """BN-SEC-05. Mutant: the chain is not followed, only each row's own hash."""
    rows = written()
    assert opened(change(rows, index)).fault is not None
    assert opened(renumbered(change(rows, index))).fault is not None
    assert opened(rows).fault is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (instead(b"{", b"{ "), "canonical"),
        (instead(b'"number":1', b'"number":1.5'), "cannot be read"),
        (instead(b'"number":1', b'"number":null'), "cannot be read"),
        (third(b"[]"), "no entry"),
        (third(b"[" * 9999), "cannot be read"),
        (third(b"\xff"), "cannot be read"),
        (edited(seq=4), "no entry"),
        (edited(clock_ok=1), "no entry"),
        (edited(more="of it"), "no entry"),
        (edited(ledger="ledger-another"), "another ledger"),
        (edited(kind=GENESIS), "another ledger"),
        (edited(recorded_at="2026-02-01T00:00:00.000000Z"), "before"),
        (edited(recorded_at="2027-02-01T00:00:00Z"), "no date"),
        (edited(recorded_at="2027-02-01T00:00:00.000000"), "no date"),
        (edited(recorded_at=1), "no entry"),
        (edited(mac=1), "no entry"),
        (edited(kind="another"), "not made with the key"),
        (edited(mac="00" * 32), "not made with the key"),
        (edited(recorded_at="yesterday"), "no date"),
    ],
)
def test_rows_that_chain_may_still_be_no_entries(change: Change, why: str) -> None:
    """BN-SEC-05. Mutant: whatever chains is believed."""
    ledger = opened(rechained(written(), change))
    assert ledger.fault is not None
    assert why in ledger.fault
    assert ledger.seq <= 2


def test_what_a_bare_chain_cannot_show() -> None:
    """An end that was cut off verifies; checkpoints show it."""
    assert opened(written()[:-1]).fault is None


def test_who_has_seen_the_end_notices_that_it_is_gone() -> None:
    """Mutant: a ledger that became shorter, or another, is read as unchanged."""
    store = Tampered(written())
    ledger = Ledger(store, ManualClock(), CODE)
    ledger.refresh()
    end = store.found.pop()
    assert ledger.refresh() == []
    assert ledger.fault is not None
    assert "gone" in ledger.fault
    store.found.append(end)
    assert ledger.refresh() == []
    assert ledger.fault is not None  # for good


def test_who_has_seen_the_end_notices_that_it_is_another() -> None:
    store = Tampered(written())
    ledger = Ledger(store, ManualClock(), CODE)
    ledger.refresh()
    before = store.found.pop().prev_hash
    store.found.append(LedgerRow(6, before, b"{}", chain_hash(before, b"{}")))
    with pytest.raises(LedgerError, match="replaced"):
        ledger.append("kind", {})


def test_writers_take_turns() -> None:
    """Mutant: an entry is appended without having read what came before."""
    store = MemoryStore()
    one, two = Ledger(store, ManualClock(), CODE), Ledger(store, ManualClock(), CODE)
    one.append("kind", {})
    with pytest.raises(LedgerBehindError):
        two.append("kind", {})
    assert store.head() == 2
    assert len(two.refresh()) == 2
    assert two.append("kind", {}).seq == 3
    with pytest.raises(LedgerBehindError):
        one.append("kind", {})
    assert [entry.seq for entry in one.refresh()] == [3]


def test_a_clock_that_was_set_back_opens_nothing() -> None:
    """BN-GATE-05. Mutant: recorded_at may decrease; or a withdrawal is refused as well."""
    store, clock = MemoryStore(), ManualClock()
    ledger = Ledger(store, clock, CODE)
    last = ledger.append("kind", {})
    clock.advance(-1)
    with pytest.raises(InvalidConsentError, match="clock"):
        ledger.append("kind", {})
    assert store.head() == 2
    closing = ledger.append("kind", {}, closing=True)
    assert closing.recorded_at == last.recorded_at
    assert not closing.clock_ok
    clock.advance(1)
    assert ledger.append("kind", {}).clock_ok
    assert opened(store.rows()).fault is None


@pytest.mark.parametrize("body", [{"a": 1.5}, {"a": None}, {"a": [2.0]}, {"a": b"x"}, {"a": 2**60}])
def test_only_strings_integers_and_booleans(body: dict[str, object]) -> None:
    """Mutant: floats pass, and two libraries write them differently."""
    store = MemoryStore()
    ledger = Ledger(store, ManualClock(), CODE)
    with pytest.raises(ValueError, match=r"."):
        ledger.append("kind", body)
    assert store.head() == 1
    assert ledger.append("kind", {"a": [True, "x", {"b": 1}]}).seq == 2


def test_an_entry_that_could_not_be_stored_is_not_remembered() -> None:
    """Mutant: the head advances before the commit."""

    class Full(Tampered):
        full = False

        def append(self, build: BuildRow) -> LedgerRow:
            if self.full:
                build(self.found[-1])
                raise StoreError("no room")
            return super().append(build)

    store = Full([])
    ledger = Ledger(store, ManualClock(), CODE)
    ledger.append("kind", {})
    store.full = True
    with pytest.raises(StoreError, match="no room"):
        ledger.append("kind", {})
    assert ledger.seq == 2
    store.full = False
    assert ledger.append("kind", {}).seq == 3
