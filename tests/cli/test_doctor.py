"""``babyn doctor``, ``doctor incident`` and ``diagnostics``."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.terminal import Household, terminal
from tests.cli.test_at_a_terminal import PROMPT, command


def test_a_sound_household(household: Household) -> None:
    """Mutant: a finding that is only to be looked at is a failure."""
    household.set_up("synthetic")
    ended = household.json("doctor")
    assert ended.code == 0
    checks = {each["check"]: each["verdict"] for each in ended.objects}
    assert checks["ledger"] == checks["checkpoints"] == checks["keys"] == "fine"
    shown = household.babyn("doctor")
    assert shown.code == 0
    for name, verdict in checks.items():
        assert any(verdict in line and name in line for line in shown.out.splitlines())


def test_damage_is_a_failure_with_the_next_command(household: Household, tmp_path: Path) -> None:
    """Mutant: the exit code is that of having looked."""
    household.set_up("synthetic")
    for file in (tmp_path / "data").glob("*.checkpoint"):
        file.unlink()
    ended = household.babyn("doctor")
    assert ended.code == 1
    assert "doctor incident ledger_damaged" in ended.out
    assert household.babyn("scan").code == 1  # denied, and said so


def test_before_anything_is_set_up(household: Household, tmp_path: Path) -> None:
    ended = household.babyn("doctor")
    assert ended.code == 0
    assert "setup" in ended.out
    assert not (tmp_path / "data").exists()


@pytest.mark.requirement("BN-SEC-04")
def test_an_incident_is_recorded_and_what_to_do_is_shown(household: Household) -> None:
    """BN-SEC-04. Mutant: it is not recorded; or something is said to be sent."""
    household.set_up("child")
    day = (date.today() - timedelta(days=3)).isoformat()  # noqa: DTZ011 - any day before today
    (told,) = household.json(
        "doctor", "incident", "store_copied", "--since", day, "--note", "a canary sang"
    ).objects
    assert told["recorded"] is True
    assert told["sent"] is False
    assert told["since"] == day
    assert len(told["subjects"]) == 1
    assert told["recipients"] == []
    assert len(told["steps"]) >= 5
    assert "canary" not in json.dumps(told)
    (counted,) = household.json("diagnostics").objects
    assert counted["incidents"] == 1


@pytest.mark.requirement("BN-SEC-04")
@pytest.mark.parametrize("since", ["yesterday", "2999-01-01"])
def test_a_day_that_is_none_records_nothing(household: Household, since: str) -> None:
    """BN-SEC-04. Mutant: any text is a day; or one to come."""
    household.set_up("synthetic")
    ended = household.babyn("doctor", "incident", "other", "--since", since)
    assert ended.code == 2
    assert household.json("diagnostics").objects[0]["incidents"] == 0


@pytest.mark.requirement("BN-SEC-04")
def test_on_a_damaged_ledger_what_to_do_is_shown_all_the_same(
    household: Household, tmp_path: Path
) -> None:
    """BN-SEC-04. Mutant: the refusal comes before the checklist."""
    household.set_up("synthetic")
    for file in (tmp_path / "data").glob("*.checkpoint"):
        file.unlink()
    ended = household.babyn("doctor", "incident", "ledger_damaged")
    assert ended.code == 1
    assert "restore one from before" in ended.out
    assert "Recorded" not in ended.out


@pytest.mark.requirement("BN-LOG-03")
def test_diagnostics_are_shown_and_then_written(household: Household, tmp_path: Path) -> None:
    """BN-LOG-03. Mutant: what is written is not what was shown; or it is written unasked."""
    household.set_up("child")
    household.agree("diagnostics")
    shown = household.babyn("diagnostics")
    assert shown.code == 0
    assert list(tmp_path.glob("*.json")) == []
    file = tmp_path / "told.json"
    written = household.babyn("diagnostics", str(file))
    assert written.code == 0
    assert written.out == shown.out == file.read_text(encoding="utf-8")
    assert household.babyn("diagnostics", str(file)).code == 1  # never over another


@pytest.mark.requirement("BN-LOG-03")
def test_a_file_of_diagnostics_takes_its_consent(household: Household, tmp_path: Path) -> None:
    """BN-LOG-03. Mutants: the gate is not asked; or also to look at it."""
    file = tmp_path / "told.json"
    nobody = household.json("diagnostics", str(file))
    assert nobody.code == 3
    assert nobody.error["next"].endswith("setup")
    household.set_up("child")
    refused = household.json("diagnostics", str(file))
    assert refused.code == 3
    assert refused.out == ""
    assert refused.error["missing"] == ["diagnostics"]
    assert refused.error["next"].endswith("consent give diagnostics")
    assert household.babyn("diagnostics").code == 0  # to look at it is one's own affair
    assert not file.exists()
    household.agree("diagnostics")
    assert household.babyn("diagnostics", str(file)).code == 0
    assert file.exists()


@pytest.mark.requirement("BN-LOG-03")
def test_with_a_store_that_does_not_open_they_are_shown_only(
    household: Household, tmp_path: Path
) -> None:
    """BN-LOG-03. Mutant: where nobody can be asked, a file is made."""
    household.set_up("child")
    household.agree("diagnostics")
    (household.directory / "master.key").unlink()
    ended = household.babyn("diagnostics", str(tmp_path / "told.json"))
    assert (ended.code, ended.out) == (1, "")
    assert not (tmp_path / "told.json").exists()
    assert household.json("diagnostics").objects[0]["checks"]["store"] == "bad"


@pytest.mark.requirement("BN-LOG-03")
def test_what_is_withdrawn_while_a_person_reads_is_not_written(
    household: Household, tmp_path: Path
) -> None:
    """BN-LOG-03. Mutant: the gate is asked before the question only. Ctrl-C writes nothing."""
    household.set_up("child")
    household.agree("diagnostics")
    file = tmp_path / "told.json"
    for typed, code in ((None, 130), ("no", 0), ("yes", 3)):
        with terminal(command(household, "diagnostics", str(file))) as screen:
            screen.until(PROMPT)
            if typed is None:
                assert screen.interrupt() == code
            else:
                if typed == "yes":
                    assert household.babyn("consent", "withdraw", "diagnostics").code == 0
                screen.type(typed)
                assert screen.end() == code
        assert not file.exists()
