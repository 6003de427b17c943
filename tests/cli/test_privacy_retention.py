"""``babyn privacy retention``: fewer days, and a sweep that says what it deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from babyn_ble import Companion
from tests.cli.terminal import EVERYTHING, Household
from tests.cli.words import word_is_asked_for

RETENTION = ("privacy", "retention")


@pytest.fixture
def kept(household: Household) -> Household:
    """Three readings that are ten days old by the store's own date."""
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    device = household.bind()
    companion = Companion.open(household.directory, radio=household.radio)
    rows: list[dict[str, object]] = [{"sequence": number} for number in range(3)]
    before = (datetime.now(UTC) - timedelta(days=10)).date()
    companion.vault.append_readings(companion.subject.subject_id, device, rows, stored_on=before)
    companion.close()
    return household


@pytest.mark.requirement("BN-RET-01")
def test_fewer_days_and_a_sweep_now(kept: Household) -> None:
    """Mutants: what is set is not used; a script shortens unasked; a sweep says nothing."""
    assert kept.json(*RETENTION, "sweep").objects[0]["readings"] == 0  # the control
    refused = kept.json(*RETENTION, "set", "--history-days", "7")
    assert refused.code == 2
    assert refused.error["next"].endswith("set --history-days 7 --confirm")
    [before] = kept.json(*RETENTION, "show").objects
    assert (before["history_days"], before["binding_days"]) == (30, 180)
    [after] = kept.json(*RETENTION, "set", "--history-days", "7", "--confirm").objects
    assert after == {**before, "history_days": 7}
    assert kept.json(*RETENTION, "show").objects == [after]
    swept = kept.json(*RETENTION, "sweep").objects[0]
    assert (swept["readings"], swept["devices"], swept["held"]) == (3, 0, 0)
    assert "0 readings" in kept.babyn(*RETENTION, "sweep").out  # once more
    longer = kept.json(*RETENTION, "set", "--history-days", "30")  # deletes nothing: not asked
    assert longer.objects == [before]


@pytest.mark.requirement("BN-RET-01")
@pytest.mark.parametrize(
    "wrong",
    [(), ("--history-days", "31"), ("--history-days", "0"), ("--binding-days", "181")],
)
def test_never_more_than_the_policy_allows(household: Household, wrong: tuple[str, ...]) -> None:
    """Mutant: the command takes any number of days."""
    household.set_up("child")
    assert household.babyn(*RETENTION, "set", *wrong, "--confirm").code == 2
    [kept] = household.json(*RETENTION, "show").objects
    assert (kept["history_days"], kept["binding_days"]) == (30, 180)


def test_a_hold_is_told_of(kept: Household) -> None:
    """Mutant: a sweep that may delete nothing says that nothing was old."""
    kept.babyn("privacy", "hold", "set", "--reason", "case 7")
    kept.babyn(*RETENTION, "set", "--history-days", "7", "--confirm")
    assert kept.json(*RETENTION, "sweep").objects[0]["readings"] == 0
    assert "privacy hold list" in kept.babyn(*RETENTION, "sweep").out


def test_a_person_types_the_word(household: Household) -> None:
    """Mutants: Enter is a yes; Ctrl-C leaves it shortened."""
    household.set_up("child")
    shorten = (*RETENTION, "set", "--binding-days", "9")
    word_is_asked_for(household, "shorten", "for good", *shorten)
    assert household.json(*RETENTION, "show").objects[0]["binding_days"] == 9
