"""``babyn privacy``, typed: a copy, an import, and an erasure that is asked about once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.main import get_command

from babyn_ble.cli.app import build_app
from babyn_ble.store.sql import SqlStore
from tests.cli.terminal import EVERYTHING, Household, terminal
from tests.cli.test_at_a_terminal import PROMPT, command


@pytest.fixture
def lived_in(household: Household) -> Household:
    """A child with a bound thermometer and three readings that are kept."""
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    device = household.bind()
    assert household.babyn("watch", device, "-n", "3").code == 0
    return household


def subject_of(household: Household) -> str:
    [device] = household.json("devices").objects
    return str(device["subject"])


@pytest.mark.requirement("BN-DSR-01")
def test_a_copy_of_everything(lived_in: Household, tmp_path: Path) -> None:
    ended = lived_in.babyn("privacy", "export", str(tmp_path / "copy"))
    assert ended.code == 0, ended.err
    assert "3 readings, 1 device, 16 decisions, 0 recipients" in ended.out
    assert "does not reach it" in ended.out
    document = json.loads((tmp_path / "copy" / "export.json").read_text(encoding="utf-8"))
    [whole] = lived_in.json("privacy", "export").objects
    assert whole.keys() == document.keys()
    assert whole["readings"] == document["readings"]
    again = lived_in.babyn("privacy", "export", str(tmp_path / "copy"))
    assert again.code == 1
    assert "not empty" in again.err
    assert lived_in.babyn("privacy", "export").code == 2


def test_a_copy_goes_into_an_empty_store(lived_in: Household, tmp_path: Path) -> None:
    lived_in.babyn("privacy", "export", str(tmp_path / "copy"))
    other = Household(tmp_path / "other", lived_in.radio)
    ended = other.babyn("privacy", "import", str(tmp_path / "copy" / "export.json"))
    assert ended.code == 0, ended.err
    assert "3 readings, 1 device" in ended.out
    assert other.babyn("scan").code == 3  # nothing is agreed to
    (tmp_path / "other.json").write_text("[]")
    assert other.babyn("privacy", "import", str(tmp_path / "other.json")).code == 2
    assert other.babyn("privacy", "import", str(tmp_path / "missing.json")).code == 2


@pytest.mark.requirement("BN-DSR-04")
def test_a_script_erases_whom_it_names(lived_in: Household) -> None:
    """Mutant: without a name, or with another's, everything is erased."""
    subject = subject_of(lived_in)
    for wrong in ((), ("--confirm", "subject-0000000000000000")):
        ended = lived_in.babyn("privacy", "erase", *wrong)
        assert ended.code == 2
        assert subject_of(lived_in) == subject
    store = SqlStore.open(lived_in.directory)
    records = len(store.list(None, subject))
    assert {record.kind for record in store.list(None)} >= {"subject", "device", "bond"}
    [erased] = lived_in.json("privacy", "erase", "--confirm", subject).objects
    assert store.list(None, subject) == []
    assert "bond" not in {record.kind for record in store.list(None)}
    store.close()
    assert erased["readings"] == 3
    assert erased["rows"] == 3 + records
    assert len(erased["withdrawn"]) == len(EVERYTHING)
    ended = lived_in.babyn("devices")
    assert ended.code == 3
    assert "setup" in ended.err
    lived_in.set_up("synthetic")  # and a new beginning is possible
    assert lived_in.json("devices").objects == []


def test_a_ground_that_blames_asks_what_went_wrong(lived_in: Household) -> None:
    subject = subject_of(lived_in)
    erase = ("privacy", "erase", "--confirm", subject, "--ground", "unlawful")
    assert "note" in lived_in.babyn(*erase).err
    assert lived_in.babyn(*erase, "--note", "it listened at night").code == 0


def test_a_person_is_told_and_asked_once(lived_in: Household) -> None:
    """Mutant: taking y, yes or Enter for it."""
    for number, word, code in (("", "", 1), ("1", "yes", 1), ("4", "erase", 0)):
        with terminal(command(lived_in, "privacy", "erase")) as screen:
            told = screen.until("Why?")
            assert "3 stored readings" in told
            assert "cannot be undone" in told
            screen.until(PROMPT)
            screen.type(number)
            if number == "4":
                screen.until("went wrong")
                screen.until(PROMPT)
                screen.type("we never agreed")
            screen.until("Type 'erase'")
            screen.until(PROMPT)
            screen.type(word)
            assert screen.end() == code
            assert ("What is left" in screen.screen) == (code == 0)
    assert lived_in.babyn("devices").code == 3


@pytest.mark.requirement("BN-DSR-02")
def test_a_reading_is_put_right(lived_in: Household) -> None:
    [whole] = lived_in.json("privacy", "export").objects
    [wrong, *_] = whole["readings"]
    ended = lived_in.babyn("privacy", "correct", wrong["ref"], "36.9", "--note", "held wrongly")
    assert ended.code == 0, ended.err
    assert "36.9 °C holds" in ended.out
    [whole] = lived_in.json("privacy", "export").objects
    assert [row["value"] for row in whole["readings"]][-1] == "36.9"
    assert len(whole["readings"]) == 4
    assert lived_in.babyn("privacy", "correct", "zz", "36.9").code == 1


@pytest.mark.requirement("BN-RET-03")
@pytest.mark.requirement("BN-RET-04")
def test_one_command_ends_it_all(lived_in: Household) -> None:
    """Mutant: it asks for a reason, or for the device; or waits for a recipient."""
    assert lived_in.babyn("privacy", "cancel").code == 2
    subject = subject_of(lived_in)
    *_, ended = lived_in.json("privacy", "cancel", "--confirm").objects
    assert ended == {"cancelled": [subject], "household": ended["household"], "pending_notices": []}
    assert lived_in.babyn("devices").code == 3
    assert lived_in.babyn("privacy", "cancel", "--confirm").code == 0  # once more is no error


def test_a_person_ends_it_all_by_a_word(lived_in: Household) -> None:
    for word, code in (("yes", 1), ("cancel", 0)):
        with terminal(command(lived_in, "privacy", "cancel")) as screen:
            assert "cannot be undone" in screen.until("Type 'cancel'")
            screen.until(PROMPT)
            screen.type(word)
            assert screen.end() == code
    assert lived_in.babyn("devices").code == 3


@pytest.mark.requirement("BN-DSR-11")
def test_requests_are_noted_answered_and_refused_with_a_reason(lived_in: Household) -> None:
    requests = ("privacy", "requests")
    assert "Nothing was asked" in lived_in.babyn(*requests, "list").out
    [first] = lived_in.json(*requests, "open", "complaint", "--note", "canary note").objects
    [second] = lived_in.json(*requests, "open", "deletion").objects
    assert "to be answered by" in lived_in.babyn(*requests, "list").out
    assert lived_in.babyn(*requests, "done", first["id"]).code == 0
    ended = lived_in.babyn(*requests, "refuse", second["id"])
    assert ended.code == 2
    assert "trade_secrets" in ended.err
    assert lived_in.babyn(*requests, "refuse", second["id"], "--because", "no time").code == 2
    assert lived_in.babyn(*requests, "refuse", second["id"], "--because", "abuse").code == 0
    listed = {row["id"]: row for row in lived_in.json(*requests, "list").objects}
    assert (listed[first["id"]]["status"], listed[second["id"]]["status"]) == ("done", "refused")
    assert "refused: abuse" in lived_in.babyn(*requests, "list").out
    assert lived_in.babyn(*requests, "done", first["id"]).code == 1


def test_what_a_person_can_do_is_explained(lived_in: Household) -> None:
    ended = lived_in.babyn("privacy", "explain")
    assert ended.code == 0
    for words in ("30 days", "180 days", "privacy export", "privacy erase", "eight reasons"):
        assert words in ended.out
    [explained] = lived_in.json("privacy", "explain").objects
    assert explained["days"]["access"] == 15
    assert "Nobody has to be told" in lived_in.babyn("privacy", "notices", "list").out
    assert lived_in.babyn("privacy", "notices", "send").code == 0
    assert lived_in.babyn("privacy", "notices", "done", "0" * 16).code == 1


@pytest.mark.requirement("BN-DSR-08")
def test_a_backup(lived_in: Household, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    ended = lived_in.babyn("privacy", "backup", str(path))
    assert ended.code == 0, ended.err
    assert "apart from the key file" in ended.out
    assert b"SQLite" not in path.read_bytes()
    assert lived_in.babyn("privacy", "backup", str(path)).code == 1
    assert lived_in.babyn("privacy", "backup", str(tmp_path / "b"), "--days", "181").code == 2


@pytest.mark.requirement("BN-SHR-12")
def test_no_command_hands_data_to_somebody_else(household: Household) -> None:
    """Every command is here: data leave by an export to the guardian, or by publishing.

    Mutant: a command that moves everything to another controller.
    """
    app = get_command(build_app())
    groups = {name: sorted(getattr(command, "commands", {})) for name, command in _commands(app)}
    assert groups["privacy"] == [
        *("backup", "cancel", "correct", "end-service", "erase", "exceptions", "explain"),
        *("export", "hold", "import", "notices", "requests", "restore", "restored", "retention"),
    ]
    assert groups["recipients"] == ["add", "list", "remove"]
    assert [name for name in groups if "transfer" in name or "upload" in name] == []


def _commands(group: object) -> list[tuple[str, object]]:
    return list(getattr(group, "commands", {}).items())
