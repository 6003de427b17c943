"""The ledger checks each signature when it is read, not only when it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from babyn_ble.privacy import state as entries
from babyn_ble.privacy.answers import ANSWERS_REQUESTED, GUARDIAN_KEY_PINNED
from babyn_ble.privacy.journal import Journal
from babyn_ble.privacy.ledger import Entry, Ledger
from babyn_ble.privacy.purposes import LOCATION
from babyn_ble.privacy.signing import GuardianKey
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import Household, ManualClock
from tests.privacy.test_remote_answers import KEY, answered, ask

Body = dict[str, Any]


def recorded() -> list[Entry]:
    """Return the ledger of a household in which one answer was taken in."""
    home = Household()
    home.register.pin_guardian_key(home.id, KEY.public)
    home.register.apply_answers(answered(home, ask(home, LOCATION)))
    seen: list[Entry] = []
    journal = Journal(home.store, home.clock, seen.append)
    journal.refresh()
    return seen


def fault_of(change: Callable[[str, Body], Body | None]) -> str | None:
    """Rewrite that ledger, as someone would who can write the file; return what is noticed."""
    store, clock = MemoryStore(), ManualClock()
    ledger = Ledger(store, clock)
    for entry in recorded()[1:]:
        body = change(entry.kind, dict(entry.body))
        if body is not None:
            ledger.append(entry.kind, body)
    journal = Journal(store, clock, lambda _: None)
    journal.refresh()
    return journal.fault


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
    store, clock = MemoryStore(), ManualClock()
    ledger = Ledger(store, clock)
    for entry in recorded()[1:]:
        ledger.append(entry.kind, entry.body)
        if entry.kind == GUARDIAN_KEY_PINNED:
            ledger.append(entry.kind, {**entry.body, "public_key": "0" * 64})
    journal = Journal(store, clock, lambda _: None)
    journal.refresh()
    assert "pinned already" in str(journal.fault)
