"""``babyn privacy hold``: set, shown, and released with what waited for it."""

from __future__ import annotations

import pytest

from tests.cli.terminal import Household, terminal
from tests.cli.test_at_a_terminal import PROMPT, command
from tests.cli.words import word_is_asked_for

HOLD = ("privacy", "hold")
SET = (*HOLD, "set", "--reason", "case 7 of the court")


@pytest.mark.requirement("BN-RET-06")
def test_a_hold_is_set_shown_and_released(household: Household) -> None:
    """Mutants: a second one takes the place of the first; a script releases it unasked."""
    household.set_up("child")
    [none] = household.json(*HOLD, "list").objects
    assert none["held"] is False
    [held] = household.json(*SET).objects
    assert held["held"] is True
    again = household.json(*HOLD, "set", "--reason", "another")
    assert again.code == 2
    assert "privacy hold list" in again.error["next"]
    [shown] = household.json(*HOLD, "list").objects
    assert (shown["since"], shown["reason"]) == (held["since"], "case 7 of the court")
    assert shown["erasure_waits"] is False
    assert "case 7 of the court" in household.babyn(*HOLD, "list").out
    refused = household.json(*HOLD, "release")
    assert refused.code == 2
    assert refused.error["next"].endswith("privacy hold release --confirm")
    assert household.json(*HOLD, "list").objects == [shown]
    [released] = household.json(*HOLD, "release", "--confirm").objects
    assert released == {"subject": held["subject"], "held": False, "erased": False, "rows": 0}
    [once_more] = household.json(*HOLD, "release").objects  # nothing to ask about
    assert once_more == released


@pytest.mark.requirement("BN-RET-06")
def test_what_was_to_be_erased_is_erased_at_the_release(household: Household) -> None:
    """Mutant: the person is not told that the release erases."""
    household.set_up("child")
    [held] = household.json(*SET).objects
    erased = household.babyn("privacy", "erase", "--confirm", held["subject"])
    assert erased.code == 0, erased.err
    assert "privacy hold list" in erased.out
    [shown] = household.json(*HOLD, "list").objects
    assert shown["erasure_waits"] is True
    for word, code in (("yes", 1), ("release", 0)):
        with terminal(command(household, *HOLD, "release")) as screen:
            assert "carried out at once, for good" in screen.until("Type 'release'")
            screen.until(PROMPT)
            screen.type(word)
            assert screen.end() == code
    assert "Erased, as was asked" in screen.screen
    assert household.babyn("devices").code == 3


def test_a_person_types_the_word(household: Household) -> None:
    """Mutants: Enter is a yes; Ctrl-C releases it."""
    household.set_up("child")
    household.babyn(*SET)
    word_is_asked_for(household, "release", "is deleted again", *HOLD, "release")
    [shown] = household.json(*HOLD, "list").objects
    assert shown["held"] is False


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_hold_needs_its_reason(household: Household, reason: str) -> None:
    household.set_up("child")
    assert household.babyn(*HOLD, "set", "--reason", reason).code == 1
    assert household.babyn(*HOLD, "set").code == 2
    assert household.json(*HOLD, "list").objects[0]["held"] is False


def test_nobody_is_set_up(household: Household) -> None:
    for words in (SET, (*HOLD, "list"), (*HOLD, "release", "--confirm")):
        ended = household.json(*words)
        assert ended.code == 3
        assert ended.error["next"].endswith("setup")
