"""``babyn privacy end-service``: nothing is collected any more; what is kept is still theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import EVERYTHING, Household
from tests.cli.words import word_is_asked_for

END = ("privacy", "end-service")


@pytest.mark.requirement("BN-RET-05")
def test_ended_only_looking_and_leaving_is_left(household: Household, tmp_path: Path) -> None:
    """Mutants: a script ends it unasked; a search goes on; what is kept cannot be had."""
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    household.bind()
    unasked = household.json(*END)
    assert unasked.code == 2
    assert unasked.error["next"].endswith("privacy end-service --confirm")
    assert household.babyn("scan").code == 0  # the control
    [ended] = household.json(*END, "--confirm").objects
    assert ended == {"ended": True, "new": True, "other_programs": 0}
    [again] = household.json(*END).objects  # once more: there is nothing to ask about
    assert again["new"] is False
    refused = household.json("scan")
    assert refused.code == 3
    assert refused.error["next"].endswith("privacy export my-data")
    copy = household.babyn("privacy", "export", str(tmp_path / "copy"))
    assert copy.code == 0, copy.err
    [device] = household.json("devices").objects
    assert household.babyn("privacy", "erase", "--confirm", device["subject"]).code == 0


def test_a_person_types_the_word(household: Household) -> None:
    """Mutants: Enter is a yes; Ctrl-C ends it."""
    household.set_up("child")
    word_is_asked_for(household, "end", "cannot be undone", *END)
    assert household.json(*END).objects[0]["new"] is False
    assert "had ended already" in household.babyn(*END).out
