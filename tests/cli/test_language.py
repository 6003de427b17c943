"""What is to be read: in the language asked for, or the system's; and which it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from babyn_ble.cli.invocation import UsageError
from babyn_ble.cli.language import accepted_languages, chosen_language, language_of
from babyn_ble.privacy.notices import statement, statement_sha256
from tests.cli.terminal import Household, terminal
from tests.cli.test_at_a_terminal import PROMPT, command


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "zh-Hans-CN"}, "zh"),
        ({"LANG": "ZH_tw.big5@radical"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zha_CN"}, "en"),
        ({"LANG": "fr_FR", "LC_TIME": "zh_CN"}, "en"),
        ({"LANG": "zh_CN", "LC_MESSAGES": "en_GB"}, "en"),
        ({"LANG": "en_GB", "LC_MESSAGES": "zh_CN", "LC_ALL": ""}, "zh"),
        ({"LC_ALL": "C", "LC_MESSAGES": "zh_CN", "LANG": "zh_CN"}, "en"),
    ],
)
def test_the_locale_decides(variables: dict[str, str], language: str) -> None:
    """Mutants: the order of the variables; an empty one decides; the first two letters do."""
    assert language_of(variables) == language


def test_what_is_asked_for_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: a hash of any language passes where one was asked for."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert chosen_language(None) == "zh"
    assert chosen_language("en") == "en"
    assert accepted_languages(None) == ("zh", "en")
    assert accepted_languages("en") == ("en",)
    with pytest.raises(UsageError, match="en, zh"):
        chosen_language("fr")


def recorded_languages(household: Household) -> list[str]:
    """Return in which language each consent was read, as the ledger has it."""
    [copy] = household.json("privacy", "export").objects
    return [
        event["language"]
        for event in (row["event"] for row in copy["consents"])
        if event["event_state"] == "ConsentGiven"
    ]


@pytest.fixture
def in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system speaks Chinese."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


@pytest.mark.usefixtures("in_chinese")
def test_the_systems_language_is_the_default(household: Household) -> None:
    """And is what is recorded. Mutants: English in any case; or recorded as English."""
    hash_en, hash_zh = (statement_sha256(language)[:12] for language in ("en", "zh"))
    who = ("--controller", "Kim", "--contact", "k@example.org", "--relationship", "parent")
    setup = ("setup", "--kind", "child", *who)
    asked = household.babyn(*setup)
    assert asked.code == 2
    assert statement("zh") in asked.err
    assert hash_zh in asked.err
    assert hash_en in household.babyn(*setup, "--language", "en").err
    wrong = household.babyn(*setup, "--language", "en", "--statement", hash_zh)
    assert wrong.code == 2
    assert household.babyn(*setup, "--statement", hash_zh).code == 0
    [copy] = household.json("privacy", "export").objects
    assert copy["subject"]["attestation"]["language"] == "zh"
    assert "蓝牙" in household.babyn("consent", "notice", "location").out
    household.agree("location")
    assert recorded_languages(household) == ["zh"]
    assert "Bluetooth" in household.babyn("consent", "notice", "location", "--language", "en").out


@pytest.mark.usefixtures("in_chinese")
def test_a_person_reads_it_in_the_systems_language(household: Household) -> None:
    """At set-up and in a review. Mutant: only scripts are asked in it."""
    household.set_up("child")
    with terminal(command(household, "consent", "review")) as screen:
        assert "蓝牙" in screen.until(PROMPT)
        screen.type("agree")
        screen.until("Question 2")
        assert screen.interrupt() == 130
    assert recorded_languages(household) == ["zh"]
    with terminal(command(household, "consent", "give", "diagnostics")) as screen:
        screen.until(PROMPT)
        screen.type("agree")
        assert screen.end() == 0
    assert recorded_languages(household) == ["zh", "zh"]
    with terminal(command(household, "consent", "give", "environment", "--language", "en")) as en:
        en.until(PROMPT)
        en.type("agree")
        assert en.end() == 0
    assert recorded_languages(household) == ["zh", "zh", "en"]


@pytest.mark.parametrize(
    "words",
    [("setup", "--kind", "child"), ("consent", "review"), ("consent", "give", "location")],
)
def test_a_language_without_notices_is_refused(
    household: Household, words: tuple[str, ...]
) -> None:
    """Mutant: it is taken for English in silence."""
    if words[0] != "setup":
        household.set_up("child")
    ended = household.babyn(*words, "--language", "fr")
    assert ended.code == 2
    assert "en, zh" in ended.err


def test_a_notice_in_chinese_is_agreed_to_in_chinese(household: Household) -> None:
    """Mutant: what was read in one language is recorded in another."""
    household.set_up("synthetic")
    zh = ("--language", "zh")
    shown = household.babyn("consent", "notice", "location", *zh)
    assert "蓝牙" in shown.out
    assert "consent give location --language zh --notice" in shown.out
    [notice] = household.json("consent", "notice", "location", *zh).objects
    give = ("consent", "give", "location", "--notice", notice["sha256"][:12])
    assert household.babyn(*give, "--language", "en").code == 2
    assert household.babyn(*give).code == 0  # the hash says which was read
    assert recorded_languages(household) == ["zh"]
    [state] = [
        state for state in household.json("consent", "show").objects if state["scope"] == "location"
    ]
    assert (state["valid"], state["notice_sha256"]) == (True, notice["sha256"])
    assert household.babyn("consent", "notice", "location", "--language", "xx").code == 2


@pytest.mark.usefixtures("in_chinese")
def test_a_guardian_elsewhere_is_asked_in_it(household: Household, tmp_path: Path) -> None:
    """Mutant: a file asks in English, whatever the machine's language."""
    key, file = tmp_path / "guardian", tmp_path / "ask.json"
    household.set_up("child")
    assert household.babyn("consent", "key", str(key)).code == 0
    assert household.babyn("setup", "--guardian-key", f"{key}.pub").code == 0
    assert household.babyn("consent", "request", str(file), "location").code == 0
    [question] = json.loads(file.read_bytes())["questions"]
    assert question["language"] == "zh"
    assert "蓝牙" in question["notice"]
