"""Setting up, and every answer: by a script here; by a person in test_at_a_terminal.py."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import pytest

from babyn_ble.cli.wording import day
from babyn_ble.privacy.policy import POLICY
from tests.cli.conftest import Write
from tests.cli.terminal import ESCAPE, EVERYTHING, Household, babyn, statement_hash

SETUP = ["setup", "--controller", "Kim", "--contact", "kim@example.org"]


def states(household: Household) -> dict[str, str]:
    return {state["scope"]: state["status"] for state in household.json("consent", "show").objects}


# setup


@pytest.mark.parametrize("kind", ["child", "test_article", "synthetic"])
def test_setting_up_twice_changes_nothing(kind: str, household: Household) -> None:
    household.set_up(kind)
    first = household.json("setup", "--kind", "child").objects
    again = household.json("setup").objects
    assert first == again
    assert first[0]["kind"] == kind
    assert first[0]["new"] is False


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [
        ("--kind", ["setup"]),
        ("--controller", ["setup", "--kind", "synthetic"]),
        ("--contact", ["setup", "--kind", "synthetic", "--controller", "Kim"]),
        ("--relationship", [*SETUP, "--kind", "child"]),
        ("--statement", [*SETUP, "--kind", "child", "--relationship", "parent"]),
    ],
)
def test_a_script_is_told_which_option_is_missing(
    missing: str, arguments: list[str], household: Household
) -> None:
    ended = household.babyn(*arguments)
    assert ended.code == 2
    assert missing in ended.err
    assert household.babyn("consent", "show").code == 3  # still not set up


def test_a_guardians_statement_is_named_by_its_hash(household: Household) -> None:
    """Mutant: accepting any word as the statement makes anyone a guardian."""
    child = [*SETUP, "--kind", "child", "--relationship", "guardian", "--statement"]
    for wrong in ("yes", statement_hash()[:11], "0" * 64):
        assert household.babyn(*child, wrong).code == 2
    assert household.babyn("consent", "show").code == 3
    assert household.babyn(*child, statement_hash()[:12]).code == 0


def test_no_birth_date_is_asked_for() -> None:
    words = babyn("setup", "--help").out.lower()
    assert "birth" not in words
    assert "age" not in words.split()


@pytest.mark.parametrize("country", ["Germany", "D1", "d"])
def test_a_country_is_two_letters(country: str, household: Household) -> None:
    assert household.babyn(*SETUP, "--kind", "synthetic", "--country", country).code == 2


# notice and give


def test_a_notice_is_shown_with_its_hash(household: Household) -> None:
    household.set_up("synthetic")
    [document] = household.json("consent", "notice", "location").objects
    assert hashlib.sha256(document["text"].encode()).hexdigest() == document["sha256"]
    shown = household.babyn("consent", "notice", "location")
    assert document["sha256"] in shown.out
    assert f"consent give location --notice {document['sha256'][:12]}" in shown.out
    assert max(map(len, shown.out.split("SHA-256 of this notice")[0].splitlines())) <= 80
    assert ESCAPE not in shown.out


def test_a_policy_text_is_checked_by_its_hash(household: Household, tmp_path: Path) -> None:
    household.set_up("synthetic")
    text = tmp_path / "policy.txt"
    text.write_text("some other policy\n")
    ended = household.babyn("consent", "notice", "location", "--policy-text", str(text))
    assert ended.code == 2
    assert POLICY.sha256[:12] in ended.err
    assert household.babyn("consent", "notice", "location", "--policy-text", "none").code == 2


def test_giving_without_a_person_names_the_way(household: Household) -> None:
    household.set_up("synthetic")
    ended = household.babyn("consent", "give", "location")
    assert ended.code == 2
    assert "--notice" in ended.err
    assert f"--data-dir {household.directory}" in ended.err
    assert "consent notice location" in ended.err
    assert states(household)["location"] == "ConsentUnknown"


def test_a_script_names_the_notice(household: Household) -> None:
    """Mutant: taking any hash, or a shorter one, agrees to a notice nobody has read."""
    household.set_up("synthetic")
    [notice] = household.json("consent", "notice", "location").objects
    [other] = household.json("consent", "notice", "bluetooth").objects
    for wrong in ("", notice["sha256"][:11], other["sha256"], "0" * 12):
        ended = household.babyn("consent", "give", "location", "--notice", wrong)
        assert ended.code == 2
        assert states(household)["location"] == "ConsentUnknown"
    ended = household.babyn("consent", "give", "location", "--notice", notice["sha256"][:12])
    assert ended.code == 0
    assert states(household)["location"] == "ConsentGiven"


@pytest.mark.requirement("BN-PUR-02")
def test_nothing_grants_more_than_one(household: Household) -> None:
    """Mutant: an option or a second argument that agrees to several at once."""
    household.set_up("synthetic")
    [notice] = household.json("consent", "notice", "location").objects
    for arguments in (
        ["location", "bluetooth", "--notice", notice["sha256"]],
        ["--all"],
        ["all"],
        ["--yes", "location"],
        ["binding"],
    ):
        assert household.babyn("consent", "give", *arguments).code == 2
    assert set(states(household).values()) == {"ConsentUnknown"}
    words = babyn("consent", "give", "--help").out
    assert "--yes" not in words
    assert "--all" not in words


@pytest.mark.parametrize("scope", ["everything", "sharing", "sharing:NO", ""])
def test_a_consent_that_does_not_exist(scope: str, household: Household) -> None:
    household.set_up("synthetic")
    for command in ("give", "notice", "withdraw"):
        assert household.babyn("consent", command, scope).code == 2


def test_giving_again_is_no_error(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location")
    household.agree("location")
    assert states(household)["location"] == "RenewedConsentGiven"


# show


@pytest.mark.requirement("BN-DSR-12")
def test_show_is_a_table_of_every_consent(household: Household) -> None:
    """Mutant: who decided, or until when it holds, is left out."""
    household.set_up("test_article")
    household.agree("location")
    ended = household.babyn("consent", "show")
    assert ended.code == 0
    assert max(map(len, ended.lines[:-1])) <= 80
    assert ESCAPE not in ended.out
    table = ended.out
    for word in ("✓ agreed", "• not asked yet", "Kim", *EVERYTHING):
        assert word in table
    [line] = [line for line in ended.lines if line.startswith("location")]
    [state] = [row for row in household.json("consent", "show").objects if row["valid"]]
    for known in ("decided_at", "ends_at"):
        assert day(datetime.fromisoformat(state[known])) in line
    assert line.endswith("Kim")
    assert "Next: " in table


# withdraw


def test_withdrawing_takes_no_more_than_giving(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location")
    ended = household.json("consent", "withdraw", "location")
    assert ended.code == 0
    assert ended.objects[0]["status"] == "ConsentWithdrawn"
    assert ended.objects[0]["was_valid"] is True
    assert states(household)["location"] == "ConsentWithdrawn"


def test_withdrawing_twice_is_no_error(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location")
    assert household.babyn("consent", "withdraw", "location").code == 0
    again = household.json("consent", "withdraw", "location")
    assert again.code == 0
    assert again.objects[0]["was_valid"] is False
    assert household.babyn("consent", "withdraw", "bluetooth").code == 0  # never given


def test_withdrawing_needs_no_radio(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location")
    ended = babyn(
        *["--data-dir", str(household.directory), "--radio", "hci:no-such-transport"],
        *["consent", "withdraw", "location"],
    )
    assert ended.code == 0
    assert "Stopped: every search" in ended.out


# review


def test_a_review_needs_a_person(household: Household) -> None:
    household.set_up("synthetic")
    ended = household.babyn("consent", "review")
    assert ended.code == 2
    assert ", ".join(EVERYTHING) in ended.err


def test_a_review_with_nothing_open(household: Household) -> None:
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    ended = household.babyn("consent", "review")
    assert ended.code == 0
    assert "Nothing is open" in ended.out


# who may open what


def test_a_synthetic_subject_opens_no_real_radio(nursery: Write) -> None:
    """Mutant: letting a simulated consent open `os` or `hci:` makes it a master key."""
    household = nursery()
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    assert household.babyn("scan").code == 0  # the control
    for radio in ("os", "hci:tcp-client:127.0.0.1:9"):
        ended = babyn("--data-dir", household.directory, "--radio", radio, "scan")
        assert ended.code == 3
