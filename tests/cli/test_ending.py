"""What the commands say of consents that end soon."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from babyn_ble.clock import SystemClock
from tests.cli.terminal import Household


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch, household: Household) -> Household:
    """A household that agreed 170 days ago to search and to use Bluetooth."""
    now = SystemClock.now

    def then(clock: SystemClock) -> datetime:
        return now(clock) - timedelta(days=170)

    with monkeypatch.context() as earlier:
        earlier.setattr(SystemClock, "now", then)
        household.set_up("synthetic")
        household.agree("location", "bluetooth", "health_monitoring")
    return household


def test_a_command_says_that_what_it_uses_ends_soon(later: Household) -> None:
    """Mutant: nothing is said, or of consents that the command does not use."""
    for ended in (later.babyn("scan"), later.json("scan")):
        assert ended.code == 0
        [line] = ended.err.splitlines()
        assert "bluetooth on" in line
        assert "location on" in line
        assert "health_monitoring" not in line
        assert "babyn" in line
        assert "consent review" in line
    later.agree("location", "bluetooth")
    assert later.babyn("scan").err == ""  # the control


def test_the_table_says_it_too(later: Household) -> None:
    shown = later.babyn("consent", "show").out
    assert "location ends on" in shown
    assert "health_monitoring ends on" not in shown
    assert "consent notice location" in shown
    soon = {state["scope"]: state["ends_soon"] for state in later.json("consent", "show").objects}
    assert [scope for scope, ends in soon.items() if ends] == ["location", "bluetooth"]


def test_the_doctor_says_which_and_what_to_type(later: Household) -> None:
    """Mutants: one that ended counts as ending; the command of another finding stands there."""
    [found] = [each for each in later.json("doctor").objects if each["check"] == "consents"]
    assert found["verdict"] == "look"
    assert "location, bluetooth end within 14 days" in found["words"]
    assert found["next"].endswith("consent review")
    lines = later.babyn("doctor").out.splitlines()
    [at] = [number for number, line in enumerate(lines) if "within 14 days" in line]
    assert lines[at + 1].endswith("consent review")
    later.agree("location", "bluetooth")
    [found] = [each for each in later.json("doctor").objects if each["check"] == "consents"]
    assert found["verdict"] == "fine"  # the control


def test_setting_up_once_more_says_it_too(later: Household) -> None:
    """Mutant: whoever never searches is never told."""
    assert "location on" in later.babyn("setup").err
    later.agree("location", "bluetooth")
    assert later.babyn("setup").err == ""  # the control
