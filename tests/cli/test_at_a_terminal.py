"""A person at a terminal: notices are read, words are typed, no answer is a no."""

from __future__ import annotations

from tests.cli.conftest import Write
from tests.cli.terminal import BABYN, ESCAPE, EVERYTHING, Household, Terminal, terminal

PROMPT = "> "


def command(household: Household, *arguments: str) -> list[str]:
    return [*BABYN, *household.options, *arguments]


def status(household: Household, scope: str) -> str:
    for state in household.json("consent", "show").objects:
        if state["scope"] == scope:
            return str(state["status"])
    raise AssertionError(scope)


def answer(household: Household, word: str) -> int:
    with terminal(command(household, "consent", "give", "location")) as screen:
        notice = screen.until(PROMPT)
        assert "For how long" in notice
        assert "If you say no" in notice
        screen.type(word)
        return screen.end()


def test_a_person_sets_a_child_up(household: Household) -> None:
    with terminal(command(household, "setup")) as screen:
        for asked, typed in (
            ("Whose data", "child"),
            ("Who is responsible", "Kim"),
            ("reached", "kim@example.org"),
            ("Who consents", ""),
            ("parent or guardian", "parent"),
            ("Type yes", "yes"),
        ):
            screen.until(asked)
            screen.until(PROMPT)
            screen.type(typed)
        assert screen.end() == 0
        assert "consent review" in screen.screen
    [subject] = household.json("setup").objects
    assert subject["kind"] == "child"
    assert subject["role"] == "dpv:ParentOfDataSubject"


def test_without_the_statement_no_child_is_set_up(household: Household) -> None:
    """Mutant: taking Enter for a yes."""
    with terminal(
        command(household, "setup", "--kind", "child", "--controller", "Kim"),
    ) as screen:
        for typed in ("kim@example.org", "", "guardian", ""):
            screen.until(PROMPT)
            screen.type(typed)
        assert screen.end() == 2
    assert household.babyn("consent", "show").code == 3


def test_agreeing_takes_the_typed_word(household: Household) -> None:
    """Mutant: taking y, yes or Enter for an agreement."""
    household.set_up("child")
    for word in ("", "yes"):
        assert answer(household, word) == 3
        assert status(household, "location") == "ConsentRequestDeferred"
    assert answer(household, "agree") == 0
    assert status(household, "location") == "ConsentGiven"


def test_refusing_is_recorded_and_not_asked_again(household: Household) -> None:
    household.set_up("child")
    assert answer(household, "refuse") == 3
    assert status(household, "location") == "ConsentRefused"
    with terminal(command(household, "consent", "review")) as screen:
        screen.until("Question 1 of 7")
        screen.until(PROMPT)
        screen.press_ctrl_c()
        assert screen.end() == 130
        assert "May this program search" not in screen.screen


def test_a_review_asks_one_by_one(household: Household) -> None:
    household.set_up("child")
    with terminal(command(household, "consent", "review")) as screen:
        words = ("agree", "refuse", "", "agree", "refuse", "", "agree", "agree")
        for number, word in enumerate(words, start=1):
            screen.until(f"Question {number} of 8")
            screen.until(PROMPT)
            screen.type(word)
        assert screen.end() == 0
    assert [status(household, scope) for scope in EVERYTHING] == [
        *("ConsentGiven", "ConsentRefused", "ConsentRequestDeferred") * 2,
        "ConsentGiven",
        "ConsentGiven",
    ]


def test_ctrl_c_at_a_question_records_no_answer(household: Household) -> None:
    household.set_up("child")
    with terminal(command(household, "consent", "give", "location")) as screen:
        screen.until(PROMPT)
        screen.press_ctrl_c()
        assert screen.end() == 130
        assert "Interrupted" in screen.screen
        assert "Traceback" not in screen.screen
    assert status(household, "location") == "ConsentRequested"


def watched(nursery: Write, **more: str) -> Terminal:
    household = nursery()
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    household.bind()
    with terminal(command(household, "watch", "--count", "5"), **more) as screen:
        assert screen.end() == 0
        return screen


def test_watching_draws_a_panel(nursery: Write) -> None:
    screen = watched(nursery)
    assert "\x1b[" in screen.screen  # colour, and drawn in place
    for words in ("╭─ ", "thermometer", " °C", "valid: test data", "battery 87 %", "5 readings"):
        assert words in screen.screen


def test_no_color_is_honoured(nursery: Write) -> None:
    screen = watched(nursery, NO_COLOR="1")
    assert f"{ESCAPE}[32m" not in screen.screen
    assert f"{ESCAPE}[1;31m" not in screen.screen
    assert "valid: test data" in screen.screen


def test_a_terminal_gets_help_drawn(household: Household) -> None:
    with terminal([*BABYN, "--help"]) as screen:
        assert screen.end() == 0
        assert "Exit codes:" in screen.screen
        assert "consent must be renewed" in screen.screen
