"""The frame of every command: help, options, errors and exit codes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from babyn_ble.cli import exit_codes
from babyn_ble.cli.invocation import place_options, split_globals
from babyn_ble.errors import (
    BabynError,
    BluetoothUnavailableError,
    BluetoothUnavailableReason,
    ConsentRenewalRequiredError,
    ConsentRequiredError,
    DeviceNotFoundError,
    DisconnectedError,
    DisconnectReason,
    LedgerError,
    NotSetUpError,
    RejectedError,
    ResponseTimeoutError,
    StoreError,
)
from tests.cli.conftest import Write
from tests.cli.terminal import ESCAPE, EVERYTHING, Household, babyn, babyn_process


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BabynError("x"), 1),
        (DisconnectedError("x", reason=DisconnectReason.LINK_LOST), 1),
        (ResponseTimeoutError("x"), 1),
        (LedgerError("x"), 1),
        (StoreError("x"), 1),
        (ConsentRequiredError("x"), 3),
        (NotSetUpError("x"), 3),
        (ConsentRenewalRequiredError("x"), 4),
        (BluetoothUnavailableError("x", reason=BluetoothUnavailableReason.NO_ADAPTER), 5),
        (DeviceNotFoundError("x"), 6),
        (RejectedError("x"), 7),
    ],
)
def test_exit_codes_are_stable(error: BabynError, code: int) -> None:
    """Mutant: a renewal reported as 3 is indistinguishable from a first consent."""
    assert exit_codes.exit_code(error) == code


def test_help_tells_the_exit_codes_and_fits_80_columns() -> None:
    ended = babyn("--help")
    assert ended.code == 0
    for code, meaning in exit_codes.MEANINGS.items():
        assert f"{code:>3}  {meaning}" in ended.out
    assert max(map(len, ended.lines)) <= 80
    assert ESCAPE not in ended.out


def test_no_command_shows_the_help() -> None:
    ended = babyn()
    assert ended.code == 2
    assert "Usage: babyn" in ended.out


def test_version() -> None:
    ended = babyn("--version")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("babyn ")
    assert babyn("--json", "--version").objects[0]["version"] == ended.out.split()[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["teleport"],
        ["scan", "--timeout", "soon"],
        ["scan", "--timeout", "0"],
        ["unbind"],
        ["consent"],
        ["consent", "give"],
        ["watch", "--count", "0"],
        ["--radio", "wifi", "scan"],
        ["--radio", "sim:", "scan"],
        ["--radio"],
        ["--nonsense", "scan"],
    ],
)
def test_what_is_not_understood_is_one_line_and_exit_2(
    arguments: list[str], tmp_path: Path
) -> None:
    place = [] if arguments == ["--radio"] else ["--data-dir", str(tmp_path / "data")]
    ended = babyn(*place, *arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith("✗ ")


def test_a_usage_error_names_the_help_of_its_command() -> None:
    assert "Next: babyn scan --help" in babyn("scan", "--tiemout", "3").err


@pytest.mark.parametrize("command", [["scan"], ["devices"], ["consent", "show"], ["watch"]])
def test_before_setup_the_next_command_is_setup(command: list[str], tmp_path: Path) -> None:
    ended = babyn("--data-dir", tmp_path / "data", *command)
    assert ended.code == 3
    assert f"Next: babyn --data-dir {tmp_path / 'data'} setup" in ended.err


def test_the_next_command_repeats_place_and_radio_quoted(nursery_with_space: Household) -> None:
    """Mutant: without quoting, a directory with a space makes another command."""
    household = nursery_with_space
    household.set_up("synthetic")
    ended = household.babyn("scan")
    assert f"--data-dir '{household.directory}'" in ended.err
    assert "consent give location" in ended.err


@pytest.fixture
def nursery_with_space(tmp_path: Path) -> Household:
    return Household(tmp_path / "two words", "sim:nursery")


def test_an_error_is_one_json_object_on_stderr(household: Household) -> None:
    household.set_up("synthetic")
    ended = household.json("scan")
    assert (ended.code, ended.out) == (3, "")
    assert ended.error == {
        "type": "ConsentRequiredError",
        "message": ended.error["message"],
        "exit_code": 3,
        "missing": ["bluetooth", "location"],
        "next": f"babyn --data-dir {household.directory} --radio {household.radio} "
        "consent give location",
    }


def test_a_usage_error_is_json_too() -> None:
    ended = babyn("teleport", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error["type"] == "UsageError"
    assert ended.error["missing"] == []


def test_global_options_are_taken_wherever_they_stand() -> None:
    taken, rest = split_globals(["watch", "--radio", "os", "x", "--json", "--data-dir=d", "-v"])
    assert taken == ["--radio", "os", "--json", "--data-dir=d", "-v"]
    assert rest == ["watch", "x"]
    assert place_options(taken) == ("--radio", "os", "--data-dir=d")


def test_nothing_is_taken_after_two_hyphens() -> None:
    assert split_globals(["watch", "--", "--json"]) == ([], ["watch", "--", "--json"])


def test_options_after_the_command_count(household: Household) -> None:
    household.set_up("synthetic")
    ended = babyn("consent", "show", "--data-dir", household.directory, "--json")
    assert ended.code == 0
    assert [state["scope"] for state in ended.objects] == list(EVERYTHING)


def test_the_environment_names_place_and_radio(household: Household) -> None:
    household.set_up("synthetic")
    ended = babyn_process(
        "scan", BABYN_DATA_DIR=str(household.directory), BABYN_RADIO=household.radio
    )
    assert ended.code == 3
    assert "Next: babyn consent give location" in ended.err


@pytest.mark.parametrize("scenario", ["sim:no-such-scenario", "sim:/no/such/file.toml"])
def test_a_scenario_that_is_not_there(scenario: str, household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    ended = babyn("--data-dir", household.directory, "--radio", scenario, "scan")
    assert ended.code == 2
    assert "there is no" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_scenario_that_is_wrong_names_the_key(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    file = Path(household.radio.removeprefix("sim:"))
    file.write_text(file.read_text() + '\n[[device]]\nkind = "toaster"\nname = "x"\n')
    ended = household.babyn("scan")
    assert ended.code == 2
    assert "device[2].kind" in ended.err


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a directory")
    ended = babyn("--data-dir", file, "devices")
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert file.read_text() == "not a directory"


def test_a_store_that_is_damaged(household: Household) -> None:
    household.set_up("synthetic")
    for file in household.directory.glob("*.sqlite*"):
        file.write_bytes(b"this is no database" * 100)
    ended = household.babyn("consent", "show")
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert "Traceback" not in ended.err


def test_a_ledger_that_was_edited_denies_everything(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    assert household.json("scan").code == 0  # the control
    file = household.directory / "babyn.sqlite3"
    with sqlite3.connect(file) as database:
        [(table,)] = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%ledger%'"
        ).fetchall()
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(f"UPDATE {table} SET entry = replace(entry, 'Consent', 'consent')")
    database.close()
    ended = household.babyn("scan")
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1


def test_a_fault_of_ours_is_one_line_without_values(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: letting an unexpected exception through prints a traceback with values in it."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError("canary")

    monkeypatch.setattr("babyn_ble.companion.Companion.open", broken)
    ended = household.babyn("devices")
    assert ended.code == 1
    assert "KeyError" in ended.err
    assert "canary" not in ended.err
    assert len(ended.err.splitlines()) == 1


def test_ctrl_c_in_the_middle_of_anything_is_one_line(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("babyn_ble.companion.Companion.open", interrupted)
    ended = household.babyn("devices")
    assert ended.code == 130
    assert len(ended.err.splitlines()) == 1


def test_verbose_logs_show_the_ids_that_commands_show(nursery: Write) -> None:
    """Mutant: logs as the libraries write them carry addresses."""
    address = "C4:A1:57:B2:09:5E"
    household = nursery(address=address)
    household.set_up("child")
    household.agree("location", "bluetooth")
    ended = household.json("-v", "bind")
    assert ended.code == 0
    logs = [json.loads(line)["log"]["message"] for line in ended.err.splitlines()]
    assert len(logs) >= 50
    assert any(ended.objects[0]["id"] in message for message in logs)
    for spelling in (address, address.replace(":", ""), address.replace(":", "_")):
        assert spelling.casefold() not in ended.err.casefold()


def test_logs_leave_no_handler_behind(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    assert household.json("-v", "scan").err != ""
    assert household.json("scan").err == ""
