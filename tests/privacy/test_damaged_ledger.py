"""A damaged ledger: found when it is opened, and then nothing is allowed."""

from __future__ import annotations

import json

import pytest

from babyn_ble.errors import LedgerError
from babyn_ble.privacy import SubjectKind
from babyn_ble.privacy.purposes import BLUETOOTH, LOCATION
from tests.privacy.damaged import Damaged
from tests.privacy.household import RECIPIENT, Household


@pytest.mark.requirement("BN-SEC-05")
def test_damage_is_found_when_opening(home: Household) -> None:
    """BN-SEC-05, BN-GATE-05. Mutant: opening does not verify."""
    store = Damaged()
    home = Household(store)
    home.agree(LOCATION)
    home.register.verify()
    store.damage(3)
    with pytest.raises(LedgerError, match="entry 3"):
        home.register.verify()
    assert home.register.fault is None  # it was read before that
    again = home.another()
    assert again.register.fault is not None
    for use in (
        lambda: again.register.status(home.id, LOCATION),
        lambda: again.register.statuses(home.id),
        lambda: again.register.history(home.id),
        lambda: again.register.request(home.id, BLUETOOTH),
        lambda: again.register.subjects(),
        lambda: again.set_up(SubjectKind.CHILD),
        lambda: again.register.recipients.put(RECIPIENT),
    ):
        with pytest.raises(LedgerError, match="restore a copy"):
            use()


@pytest.mark.requirement("BN-SEC-05")
def test_an_entry_that_chains_but_could_not_have_been_recorded(home: Household) -> None:
    """BN-SEC-05. Mutant: events are believed when read, and checked only when recorded."""
    from babyn_ble.privacy.ledger import Ledger

    home.register.request(home.id, LOCATION)
    request = home.register.history(home.id)[-1].event.entry()
    forged = {**request, "event_state": "ConsentGiven", "indication_method": "button"}
    ledger = Ledger(home.store, home.clock, home.keys.ledger_code)
    ledger.refresh()
    ledger.append("consent", forged)  # by the controller, who may not
    again = home.another()
    assert again.register.fault is not None
    assert "entry 4" in again.register.fault
    home.register.refresh()
    assert home.register.fault is not None


def test_an_entry_of_an_unknown_kind_is_no_reason_to_go_on(home: Household) -> None:
    """BN-GATE-05. Mutant: what is not understood is skipped."""
    from babyn_ble.privacy.ledger import Ledger

    ledger = Ledger(home.store, home.clock, home.keys.ledger_code)
    ledger.refresh()
    ledger.append("from the future", {})
    assert home.another().register.fault is not None


def test_the_ledger_is_plain_to_read(home: Household) -> None:
    home.agree(LOCATION)
    entries = [json.loads(row.entry) for row in home.store.rows()]
    assert [entry["kind"] for entry in entries] == [
        "genesis",
        "subject_set_up",
        "consent",
        "consent",
    ]
    assert entries[3]["body"]["event_state"] == "ConsentGiven"
