"""``babyn privacy exceptions``: declared with a reason and an end, shown, and ended."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta

import pytest

from tests.cli.terminal import Household, babyn
from tests.cli.words import word_is_asked_for

EXCEPTIONS = ("privacy", "exceptions")
FAULTS = (*EXCEPTIONS, "declare", "stable_operation", "--reason", "the link is lost each night")


@pytest.mark.requirement("BN-EXC-01")
def test_declared_shown_and_ended(household: Household) -> None:
    """Mutants: a script declares unasked; it lasts for ever; ended, it stands."""
    household.set_up("child")
    unasked = household.json(*FAULTS)
    assert unasked.code == 2
    assert unasked.error["next"].endswith("--confirm")
    assert household.json(*EXCEPTIONS, "list").objects == []
    [declared] = household.json(*FAULTS, "--days", "2", "--confirm").objects
    assert declared["scopes"] == ["diagnostics"]
    lasts = datetime.fromisoformat(declared["until"]) - datetime.fromisoformat(declared["since"])
    assert lasts == timedelta(days=2)
    assert household.json(*EXCEPTIONS, "list").objects == [declared]
    assert "the link is lost each night" in household.babyn(*EXCEPTIONS, "list").out
    assert "Without consent" in household.babyn("consent", "show").out
    for _ in range(2):
        assert household.babyn(*EXCEPTIONS, "end", declared["exception"]).code == 0
    assert household.json(*EXCEPTIONS, "list").objects == []
    assert "No exception stands" in household.babyn(*EXCEPTIONS, "list").out


@pytest.mark.requirement("BN-EXC-01")
def test_the_command_that_is_named_is_the_one_that_helps(household: Household) -> None:
    """What a refused script is told to type works as it stands. Mutant: an option is lost."""

    household.set_up("child")
    named = household.json(*FAULTS, "--days", "3").error["next"]
    program, *words = shlex.split(named)
    assert program == "babyn"

    assert babyn(*words).code == 0
    assert len(household.json(*EXCEPTIONS, "list").objects) == 1


@pytest.mark.requirement("BN-EXC-02")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("declare", "news", "--reason", "it is in the papers"), 2),
        (("declare", "stable_operation"), 2),
        (("declare", "stable_operation", "--reason", "short"), 1),
        (("declare", "stable_operation", "--reason", "for a whole year", "--days", "31"), 2),
        (("declare", "life", "--reason", "the fever does not fall"), 1),
        (("declare", "life", "--reason", "the fever does not fall", "--device", "none"), 6),
        (("end", "exception-0000000000000000"), 1),
    ],
)
def test_what_may_not_be_declared_or_ended(
    household: Household, words: tuple[str, ...], code: int
) -> None:
    """Mutants: an unknown id is ended; the help of a refusal is that of consents."""
    household.set_up("child")
    confirm = () if words[0] == "end" else ("--confirm",)
    ended = household.json(*EXCEPTIONS, *words, *confirm)
    assert ended.code == code
    if code == 1:
        assert ended.error["next"].endswith("privacy exceptions list")
    assert household.json(*EXCEPTIONS, "list").objects == []


def test_a_person_is_told_who_answers_for_it(household: Household) -> None:
    """Mutants: Enter is a yes; Ctrl-C leaves it declared."""
    household.set_up("child")
    word_is_asked_for(household, "declare", "Kim answers for it", *FAULTS)
    assert len(household.json(*EXCEPTIONS, "list").objects) == 1
