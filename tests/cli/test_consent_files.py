"""A machine that nobody sits at: asked there, answered at a terminal elsewhere, taken in."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import BABYN, Ended, Household, babyn, terminal

PROMPT = "> "


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The guardian's key, made where the guardian is."""
    path = tmp_path / "guardian"
    ended = babyn("consent", "key", path)
    assert ended.code == 0, ended.err
    return path


@pytest.fixture
def nas(household: Household, key: Path) -> Household:
    """A machine without a screen, with the guardian's key pinned."""
    household.set_up("child")
    ended = household.babyn("setup", "--guardian-key", f"{key}.pub")
    assert ended.code == 0, ended.err
    return household


def answer(file: Path, key: Path, *words: str) -> tuple[int, str]:
    """Answer at a terminal, in a process that is told of no store."""
    command = [*BABYN, "consent", "answer", str(file), "--key", str(key)]
    with terminal(command, BABYN_DATA_DIR=str(file.parent / "none")) as screen:
        for word in words:
            screen.until(PROMPT)
            screen.type(word)
        code = screen.end()
    assert not (file.parent / "none").exists()
    return code, screen.screen


def states(household: Household) -> dict[str, str]:
    return {state["scope"]: state["status"] for state in household.json("consent", "show").objects}


def error(ended: Ended) -> str:
    assert ended.code != 0
    return ended.err


def test_the_whole_way(nas: Household, key: Path, tmp_path: Path) -> None:
    """Mutant: Enter counts as an agreement."""
    file = tmp_path / "ask.json"
    asked = nas.babyn("consent", "request", str(file), "location", "bluetooth", "health_monitoring")
    assert asked.code == 0, asked.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"babyn consent answer {file.name} --key KEY" in asked.out
    code, screen = answer(file, key, "agree", "", "refuse")
    assert code == 0
    assert screen.count("Who asks") == 3
    assert "Question 3 of 3" in screen
    assert "1 of 3 agreed to" in screen
    taken = nas.json("consent", "import", str(tmp_path / "ask.answers.json"))
    assert taken.code == 0, taken.err
    assert [state["valid"] for state in taken.objects] == [True, False, False]
    after = states(nas)
    assert after["location"] == "ConsentGiven"
    assert after["bluetooth"] == "ConsentRequestDeferred"
    assert after["health_monitoring"] == "ConsentRefused"
    again = nas.babyn("consent", "import", str(tmp_path / "ask.answers.json"))
    assert "taken in already" in error(again)


def test_by_default_all_that_is_open_is_asked_and_nothing_that_was_refused(
    nas: Household, key: Path, tmp_path: Path
) -> None:
    """BN-PUR-05. Mutant: a refusal is asked about again without anyone's wish."""
    first = tmp_path / "first.json"
    nas.babyn("consent", "request", str(first), "location")
    answer(first, key, "refuse")
    nas.babyn("consent", "import", str(tmp_path / "first.answers.json"))
    [said] = nas.json("consent", "request", str(tmp_path / "second.json")).objects
    assert "location" not in said["questions"]
    assert "bluetooth" in said["questions"]
    [named] = nas.json("consent", "request", str(tmp_path / "third.json"), "location").objects
    assert named["questions"] == ["location"]  # a person's wish


def test_only_a_person_answers(nas: Household, key: Path, tmp_path: Path) -> None:
    """Mutant: a script answers with whatever stands on its stdin."""
    file = tmp_path / "ask.json"
    nas.babyn("consent", "request", str(file))
    ended = babyn("consent", "answer", file, "--key", key)
    assert ended.code == 2
    assert "nobody is there" in ended.err
    assert not (tmp_path / "ask.answers.json").exists()


def test_another_key_is_told_before_anything_is_read(nas: Household, tmp_path: Path) -> None:
    file = tmp_path / "ask.json"
    nas.babyn("consent", "request", str(file))
    babyn("consent", "key", tmp_path / "other")
    assert "pinned" in error(babyn("consent", "answer", file, "--key", tmp_path / "other"))


def test_a_machine_without_a_pinned_key_names_the_way(household: Household, tmp_path: Path) -> None:
    household.set_up("child")
    ended = household.babyn("consent", "request", str(tmp_path / "ask.json"))
    assert "--guardian-key KEY.pub" in error(ended)
    assert not (tmp_path / "ask.json").exists()


def test_with_a_pinned_key_a_script_agrees_to_nothing(nas: Household) -> None:
    [notice] = nas.json("consent", "notice", "location").objects
    ended = nas.babyn("consent", "give", "location", "--notice", notice["sha256"])
    assert "signed" in error(ended)
    assert states(nas)["location"] != "ConsentGiven"


def test_files_are_never_overwritten_and_always_checked(
    nas: Household, key: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ask.json"
    file.write_text("mine")
    assert "already" in error(nas.babyn("consent", "request", str(file)))
    assert file.read_text() == "mine"
    assert "not all of it" in error(babyn("consent", "answer", file, "--key", key))
    assert "not all of it" in error(nas.babyn("consent", "import", str(file)))
    assert "cannot be read" in error(nas.babyn("consent", "import", str(tmp_path / "none")))
    assert "already" in error(babyn("consent", "key", key))


def test_what_another_wrote_cannot_move_the_terminal(
    nas: Household, key: Path, tmp_path: Path
) -> None:
    """Mutant: the name of who asks is printed as it came."""
    file = tmp_path / "ask.json"
    nas.babyn("consent", "request", str(file), "location")
    content: dict[str, Any] = json.loads(file.read_bytes())
    content["asked_by"] = "Kim\x1b[2J\u202efiles"
    file.write_text(json.dumps(content))
    _, screen = answer(file, key, "agree")
    assert screen.count("Kim?[2J?files") == 2
    assert "\x1b[2J" not in screen
    assert "\u202e" not in screen
    taken = nas.babyn("consent", "import", str(tmp_path / "ask.answers.json"))
    assert "changed on the way" in error(taken)
