"""The ledger checks each signature when it is read, not only when it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from babyn_ble.privacy import entries
from babyn_ble.privacy.answers import ANSWERS_REQUESTED, GUARDIAN_KEY_PINNED
from babyn_ble.privacy.checkpoints import Checkpoints
from babyn_ble.privacy.journal import Journal
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.ledger import Entry, Ledger
from babyn_ble.privacy.purposes import LOCATION
from babyn_ble.privacy.signing import GuardianKey
from babyn_ble.store import Store
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import Household, ManualClock
from tests.privacy.test_remote_answers import KEY, answered, ask

Body = dict[str, Any]


def journal_of(store: Store, keys: Keys, seen: Callable[[Entry], None]) -> Journal:
    """Read a ledger, as it is read when a companion is opened."""
    checkpoints = Checkpoints((), keys.checkpoint_code)
    journal = Journal(store, ManualClock(), keys, checkpoints, seen)
    journal.refresh()
    return journal


def recorded() -> tuple[Keys, list[Entry]]:
    """Return the ledger of a household in which one answer was taken in, and its keys."""
    home = Household()
    home.register.pin_guardian_key(home.id, KEY.public)
    home.register.apply_answers(answered(home, ask(home, LOCATION)))
    seen: list[Entry] = []
    journal_of(home.store, home.keys, seen.append)
    return home.keys, seen


def fault_of(*changes: Callable[[str, Body], Body | None]) -> str | None:
    """Rewrite that ledger, as whoever has the household's key could; return what is noticed.

    With several changes, an entry is written once for each of them.
    """
    keys, entries_ = recorded()
    store = MemoryStore()
    ledger = Ledger(store, ManualClock(), keys.ledger_code)
    for entry in entries_[1:]:
        for change in changes:
            body = change(entry.kind, dict(entry.body))
            if body is not None:
                ledger.append(entry.kind, body)
    return journal_of(store, keys, lambda _: None).fault


def in_grant(**changes: object) -> Callable[[str, Body], Body]:
    """Return what changes the grant only."""

    def change(kind: str, body: Body) -> Body:
        return body | changes if is_grant(kind, body) else body

    return change


def is_grant(kind: str, body: Mapping[str, Any]) -> bool:
    return kind == entries.CONSENT and body["event_state"] == "ConsentGiven"


def test_rewritten_as_it_was_it_verifies() -> None:
    """The control of what follows."""
    assert fault_of(lambda _, body: body) is None


def test_a_signature_that_is_not_there() -> None:
    """Mutant: only the import looks at signatures."""

    def unsigned(kind: str, body: Body) -> Body:
        if is_grant(kind, body):
            del body["signed_answer"]
        return body

    assert "signed" in str(fault_of(unsigned))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signature", "00" * 64),
        ("answered_at", "2026-03-01T11:00:00Z"),
        ("nonce", "0" * 32),
    ],
)
def test_evidence_that_was_changed(field: str, value: str) -> None:
    def changed(kind: str, body: Body) -> Body:
        if is_grant(kind, body):
            body["signed_answer"] = {**body["signed_answer"], field: value}
        return body

    assert fault_of(changed) is not None


def test_a_refusal_turned_into_a_grant() -> None:
    """Mutant: the answer itself is not signed."""
    assert fault_of(in_grant(event_state="ConsentRefused")) is not None


def test_a_grant_expressed_otherwise() -> None:
    """Mutant: a signed answer may claim to be a typed one."""
    assert fault_of(in_grant(indication_method="typed_phrase")) is not None


def test_another_pinned_key() -> None:
    def pinned(kind: str, body: Body) -> Body:
        other = GuardianKey.generate().public
        return body | {"public_key": other} if kind == GUARDIAN_KEY_PINNED else body

    assert "pinned key" in str(fault_of(pinned))


def test_an_answer_without_its_request() -> None:
    """Mutant: a nonce that nobody asked with is accepted."""

    def unasked(kind: str, body: Body) -> Body | None:
        return None if kind == ANSWERS_REQUESTED else body

    assert "no question" in str(fault_of(unasked))


def test_an_answer_without_a_pinned_key() -> None:
    def unpinned(kind: str, body: Body) -> Body | None:
        return None if kind == GUARDIAN_KEY_PINNED else body

    assert fault_of(unpinned) is not None


def test_two_keys() -> None:
    """Mutant: a second key takes the place of the first."""

    def second(kind: str, body: Body) -> Body | None:
        return body | {"public_key": "0" * 64} if kind == GUARDIAN_KEY_PINNED else None

    assert "pinned already" in str(fault_of(lambda _, body: body, second))
