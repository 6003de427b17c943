"""Withdrawing at the command line: no harder than giving, and whatever is broken."""

from __future__ import annotations

import inspect
import sqlite3
import typing
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from typer.models import ArgumentInfo

from babyn_ble.cli import consent
from babyn_ble.privacy import ConsentRegister
from tests.cli.terminal import Household


def required(command: Callable[..., object]) -> list[str]:
    """Return the arguments and options that a command cannot do without."""
    hints = typing.get_type_hints(command, include_extras=True)
    return [
        name
        for name, parameter in inspect.signature(command).parameters.items()
        if parameter.default is parameter.empty
        and any(isinstance(one, ArgumentInfo) for one in getattr(hints[name], "__metadata__", ()))
    ]


def needed(method: Callable[..., object]) -> int:
    parameters = list(inspect.signature(method).parameters.values())[1:]
    return sum(one.default is one.empty for one in parameters)


@pytest.mark.requirement("BN-WDR-03")
def test_withdrawing_takes_no_more_than_giving() -> None:
    """Mutant: a withdrawal needs a reason."""
    assert required(consent.withdraw) == required(consent.give) == ["scope"]
    assert needed(ConsentRegister.withdraw) == 2 < needed(ConsentRegister.give)


@pytest.mark.requirement("BN-WDR-03", "BN-WDR-04")
def test_withdrawing_asks_nothing(household: Household) -> None:
    """No question, no radio, no network, no device: with nobody there, and offline."""
    household.set_up("child")
    household.agree("location")
    household.radio = "hci:tcp-client:192.0.2.1:1"  # nothing is there
    [state] = household.json("consent", "withdraw", "location").objects
    assert state["status"] == "ConsentWithdrawn"
    assert state["was_valid"] is True
    assert state["set_aside"] is False


def edit(file: Path) -> None:
    """Change the newest grant of a ledger, as somebody without the key would."""
    with sqlite3.connect(file) as database:
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE ledger SET entry = replace(entry, 'Consent', 'consent')")
    database.close()


def spoil(file: Path) -> None:
    """Make a store that cannot even be opened."""
    file.write_bytes(b"this is no database" * 100)


@pytest.mark.requirement("BN-WDR-04")
@pytest.mark.parametrize("damage", [edit, spoil])
def test_on_a_damaged_store(
    damage: Callable[[Path], None], household: Household, tmp_path: Path
) -> None:
    """It is withdrawn once the store is restored. Mutant: a damaged store is an error."""
    household.set_up("child")
    household.agree("location", "bluetooth")
    sound = tmp_path / "sound"
    copytree(household.directory, sound)
    damage(household.directory / "babyn.sqlite3")
    assert household.babyn("consent", "show").code == 1  # the control
    ended = household.json("consent", "withdraw", "location")
    assert ended.code == 0, ended.err
    [state] = ended.objects
    assert state["status"] == "ConsentWithdrawn"
    assert state["set_aside"] is True
    told = household.babyn("consent", "withdraw", "bluetooth")
    assert told.code == 0
    assert "stands beside it" in told.out
    for name in sound.iterdir():
        target = household.directory / name.name
        if target.is_dir():
            rmtree(target)
        (copytree if name.is_dir() else _copied)(name, target)
    after = {state["scope"]: state["status"] for state in household.json("consent", "show").objects}
    assert after["location"] == after["bluetooth"] == "ConsentWithdrawn"


def _copied(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())
