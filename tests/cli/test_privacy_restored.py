"""``babyn privacy restored``: an older copy is put in place, and accepted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import Household
from tests.cli.words import word_is_asked_for

RESTORED = ("privacy", "restored")
FILE = "babyn.sqlite3"


@pytest.fixture
def older(household: Household, tmp_path: Path) -> Household:
    """A household whose store is a copy from before something was withdrawn."""
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    shutil.copy(household.directory / FILE, tmp_path / "copy")
    assert household.babyn("consent", "withdraw", "location").code == 0
    for file in household.directory.glob(f"{FILE}*"):
        file.unlink()
    shutil.copy(tmp_path / "copy", household.directory / FILE)
    (household.directory / FILE).chmod(0o600)
    return household


@pytest.mark.requirement("BN-SEC-05")
def test_accepted_nothing_is_agreed_to(older: Household) -> None:
    """Mutants: a script accepts unasked; what was withdrawn is agreed to again."""
    refused = older.json("scan")
    assert refused.code == 1
    assert refused.error["next"].endswith("doctor")
    [ledger] = [each for each in older.json("doctor").objects if each["check"] == "ledger"]
    assert ledger["verdict"] == "bad"
    assert "babyn privacy restored" in ledger["words"]
    unasked = older.json(*RESTORED)
    assert unasked.code == 2
    assert unasked.error["next"].endswith("privacy restored --confirm")
    assert older.babyn("scan").code == 1
    [accepted] = older.json(*RESTORED, "--confirm").objects
    assert accepted == {"accepted": True, "ended": 2, "erased": []}
    assert older.json("scan").error["missing"] == ["bluetooth", "location"]
    assert older.babyn("doctor").code == 0
    [again] = older.json(*RESTORED).objects  # nothing to ask about
    assert again == {"accepted": False, "ended": 0, "erased": []}
    older.agree("location", "bluetooth")
    assert older.babyn("scan").code == 0


def test_a_person_types_the_word(older: Household) -> None:
    """Mutants: Enter is a yes; Ctrl-C accepts it; the warning is left out."""
    word_is_asked_for(older, "accept", "do not accept it", *RESTORED)
    assert older.babyn("doctor").code == 0


def test_before_anything_is_set_up(household: Household) -> None:
    assert household.json(*RESTORED).objects == [{"accepted": False, "ended": 0, "erased": []}]
