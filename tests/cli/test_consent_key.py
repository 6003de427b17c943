"""``babyn consent replace-key``: a guardian has lost the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import Household, babyn
from tests.cli.test_consent_files import answer
from tests.cli.words import word_is_asked_for

REPLACE = ("consent", "replace-key")


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Two keys of the guardian's: the one that gets lost, and the next."""
    made = (tmp_path / "lost", tmp_path / "next")
    for path in made:
        assert babyn("consent", "key", path).code == 0
    return made


@pytest.fixture
def nas(household: Household, keys: tuple[Path, Path]) -> Household:
    """A machine on which the first is pinned."""
    household.set_up("child")
    assert household.babyn("setup", "--guardian-key", f"{keys[0]}.pub").code == 0
    return household


def agree(household: Household, key: Path, file: Path) -> None:
    """Have a search agreed to with a key."""
    assert household.babyn("consent", "request", str(file), "location").code == 0
    assert answer(file, key, "agree")[0] == 0
    answered = file.with_name(f"{file.stem}.answers.json")
    assert household.babyn("consent", "import", str(answered)).code == 0


@pytest.mark.requirement("BN-MIN-01")
def test_the_next_key_counts_and_the_lost_one_no_more(
    nas: Household, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    """Mutants: a script replaces it unasked; what was agreed to goes on."""
    lost, following = keys
    agree(nas, lost, tmp_path / "one.json")
    told = nas.json("setup", "--guardian-key", f"{following}.pub")
    assert told.code == 1
    assert told.error["next"].endswith(f"consent replace-key {following}.pub")
    unasked = nas.json(*REPLACE, f"{following}.pub")
    assert unasked.code == 2
    assert unasked.error["next"].endswith(f"replace-key {following}.pub --confirm")
    assert location(nas)["valid"] is True
    [replaced] = nas.json(*REPLACE, f"{following}.pub", "--confirm").objects
    assert replaced == {"replaced": True, "ended": 1, "other_programs": 0}
    assert location(nas)["status"] == "ConsentRevoked"
    [again] = nas.json(*REPLACE, f"{following}.pub").objects  # nothing to ask about
    assert again == {"replaced": False, "ended": 0}
    assert nas.babyn("consent", "request", str(tmp_path / "two.json"), "location").code == 0
    assert answer(tmp_path / "two.json", lost)[0] == 1
    agree(nas, following, tmp_path / "three.json")
    assert location(nas)["valid"] is True


def location(household: Household) -> dict[str, object]:
    [state] = [
        state for state in household.json("consent", "show").objects if state["scope"] == "location"
    ]
    return state


def test_where_none_is_pinned(household: Household, keys: tuple[Path, Path]) -> None:
    """Mutant: it pins one, and is thereby a second way to do so."""
    assert household.json(*REPLACE, f"{keys[1]}.pub").code == 3
    household.set_up("child")
    ended = household.json(*REPLACE, f"{keys[1]}.pub", "--confirm")
    assert ended.code == 2
    assert ended.error["next"].endswith(f"setup --guardian-key {keys[1]}.pub")
    for wrong in (str(keys[1]), str(keys[1].with_name("none"))):
        assert household.json(*REPLACE, wrong, "--confirm").code == 1


def test_a_person_types_the_word(nas: Household, keys: tuple[Path, Path]) -> None:
    """Mutants: Enter is a yes; Ctrl-C replaces it."""
    public = f"{keys[1]}.pub"
    word_is_asked_for(nas, "replace", "Only Kim, who may consent", *REPLACE, public)
    assert nas.json(*REPLACE, public).objects[0]["replaced"] is False
