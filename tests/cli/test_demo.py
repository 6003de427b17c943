"""The demo: its story, told once for people and once for machines."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import ESCAPE, babyn, babyn_process


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def story(*arguments: str) -> list[dict[str, Any]]:
    ended = babyn("demo", "--json", *arguments)
    assert (ended.code, ended.err) == (0, "")
    return ended.objects


def test_the_story_in_order(temporary: Path) -> None:
    """Mutant: leaving out any step, or its guarantee."""
    events = story()
    told = [event["event"] for event in events]
    assert told == [
        "refused",
        *["agreed"] * 4,
        "found",
        "bound",
        *["reading"] * 10,
        "battery",
        "withdrawn",
        "erased",
    ]
    by_name = {event["event"]: event for event in events}
    assert by_name["refused"]["missing"] == ["bluetooth", "location"]
    assert by_name["found"]["ignored"] > 0
    assert by_name["bound"]["paired"] is True
    assert by_name["withdrawn"]["link_closed"] is True
    assert by_name["withdrawn"]["late"] == 0
    erased = by_name["erased"]
    assert (erased["stored"], erased["erased"], erased["left"]) == (10, 10, 0)
    assert [event["step"] for event in events] == sorted(event["step"] for event in events)
    times = [event["at"] for event in events]
    assert times == sorted(times)
    assert list(temporary.iterdir()) == []


def test_the_same_seed_tells_the_same_story(temporary: Path) -> None:
    def values(*arguments: str) -> list[str]:
        return [event["value"] for event in story(*arguments) if event["event"] == "reading"]

    assert values() == values()
    assert values("--seed", "7") == values("--seed", "7")
    assert values("--seed", "8") != values("--seed", "7")
    assert list(temporary.iterdir()) == []


def test_it_fits_one_screen() -> None:
    ended = babyn_process("demo")
    assert (ended.code, ended.err) == (0, "")
    assert ESCAPE not in ended.out
    assert len(ended.lines) <= 45
    assert max(map(len, ended.lines)) <= 80
    for words in (
        "Refused. Missing: location, bluetooth.",
        "simulated",
        "LE Secure Connections",
        "foreign advertisements ignored",
        "The session ended by itself",
        "10 erased, 0 left",
        "babyn setup",
    ):
        assert words in ended.out


def test_it_can_be_read_in_ascii() -> None:
    ended = babyn_process("demo", PYTHONIOENCODING="ascii")
    assert (ended.code, ended.err) == (0, "")
    assert "0 left" in ended.out
