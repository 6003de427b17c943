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


@pytest.mark.requirement("BN-DSR-08")
def test_a_backup_is_put_back_and_accepted(household: Household, tmp_path: Path) -> None:
    """Mutants: it takes the place of a store; what was withdrawn since is agreed to again."""
    backup = str(tmp_path / "backup")
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    assert "privacy restore" in household.babyn("privacy", "backup", backup).out
    assert household.babyn("consent", "withdraw", "location").code == 0
    occupied = household.babyn("privacy", "restore", backup)
    assert occupied.code == 1
    assert "store already" in occupied.err
    for file in household.directory.glob(f"{FILE}*"):
        file.unlink()
    [put_back] = household.json("privacy", "restore", backup).objects
    assert put_back["accepted"] is False
    assert household.babyn("scan").code == 1
    assert household.json(*RESTORED, "--confirm").objects[0]["ended"] == 2
    assert household.babyn("scan").code == 3


@pytest.mark.requirement("BN-DSR-08")
def test_a_backup_of_today_needs_no_accepting(household: Household, tmp_path: Path) -> None:
    """Nothing was decided since. Mutants: it opens without its key; any file is one."""
    backup = str(tmp_path / "backup")
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    assert household.babyn("privacy", "backup", backup).code == 0
    for file in household.directory.glob(f"{FILE}*"):
        file.unlink()
    (tmp_path / "none").write_text("none")
    (tmp_path / "none").chmod(0o600)
    assert household.babyn("privacy", "restore", str(tmp_path / "none")).code == 1
    assert household.babyn("privacy", "restore", str(tmp_path / "missing")).code == 1
    elsewhere = Household(tmp_path / "elsewhere", household.radio)
    ended = elsewhere.babyn("privacy", "restore", backup)
    assert ended.code == 2
    assert "master.key" in ended.err
    assert not elsewhere.directory.exists()
    [put_back] = household.json("privacy", "restore", backup).objects
    assert put_back["accepted"] is True
    assert household.babyn("scan").code == 0
