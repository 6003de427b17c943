"""``babyn policy``: listed, shown, compared and added."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import pytest

from babyn_ble.privacy import POLICY
from tests.cli.terminal import Household

METADATA = resources.files("babyn_ble.privacy").joinpath("policies/babyn_app_en_1.toml")
OLD_TEXT = "\n".join(f"line {number}" for number in range(1, 534))
NEW_TEXT = OLD_TEXT.replace("line 61\n", "line 61, new\n")


def metadata(directory: Path, text: str, changes: str, effective: str = "2024-01-01") -> Path:
    """Write what is known of a version with that text."""
    told = METADATA.read_text("utf-8")
    told = told.replace(POLICY.sha256, hashlib.sha256(text.encode()).hexdigest())
    told = told.replace("changes = []", f"changes = [{changes}]")
    told = told.replace('"2022-06-01"', f'"{effective}"').replace(
        '"effective_precedes_update", ', ""
    )
    file = directory / "version.toml"
    file.write_text(told, encoding="utf-8")
    return file


def test_it_lists_and_shows(household: Household, tmp_path: Path) -> None:
    household.set_up("synthetic")
    [known] = household.json("policy", "list").objects
    assert known["sha256"] == POLICY.sha256
    assert known["present"] is True
    shown = household.babyn("policy", "show", POLICY.sha256[:6])
    assert shown.code == 0
    assert "L152-L160" in shown.out
    assert "effective_precedes_update" in shown.out
    text = tmp_path / "policy.txt"
    text.write_text(OLD_TEXT)
    refused = household.babyn("policy", "show", POLICY.sha256, "--text", str(text))
    assert refused.code == 2
    assert "unchanged to the byte" in refused.err
    for digits in ("d235", "000000", ""):
        assert household.babyn("policy", "show", digits).code == 2


@pytest.mark.requirement("BN-VER-04")
def test_a_material_change_has_its_exit_code(household: Household, tmp_path: Path) -> None:
    """BN-VER-04. Mutant: it is reported as a consent that was never given."""
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    editorial = household.babyn("policy", "add", str(metadata(tmp_path, OLD_TEXT, "")))
    assert editorial.code == 0
    assert household.babyn("scan").code == 0  # the control
    added = household.babyn("policy", "add", str(metadata(tmp_path, NEW_TEXT, '"recipients"')))
    assert added.code == 0
    assert "has to be renewed" in " ".join(added.out.split())
    ended = household.babyn("scan")
    assert ended.code == 4
    assert "recipients" in ended.err
    assert household.json("scan").error["changes"] == ["recipients"]
    assert "the policy has changed" in household.babyn("consent", "show").out
    household.agree("location", "bluetooth")
    assert household.babyn("scan").code == 0


@pytest.mark.requirement("BN-VER-05")
def test_versions_are_compared(household: Household, tmp_path: Path) -> None:
    """BN-VER-05. Mutant: a text is taken for the version that it is not."""
    household.set_up("synthetic")
    shas: list[str] = []
    for name, text in (("old", OLD_TEXT), ("new", NEW_TEXT)):
        (tmp_path / name).write_text(text)
        shas.append(hashlib.sha256(text.encode()).hexdigest())
        assert household.babyn("policy", "add", str(metadata(tmp_path, text, ""))).code == 0
    assert len(household.json("policy", "list").objects) == 3
    old, new = (str(tmp_path / name) for name in ("old", "new"))
    [compared] = household.json(
        *["policy", "diff", *shas, "--older-text", old, "--newer-text", new]
    ).objects
    assert compared["lines"][-2:] == ["-line 61", "+line 61, new"]
    assert household.babyn("policy", "diff", *shas, "--older-text", old).code == 2
    swapped = household.babyn("policy", "diff", *shas, "--older-text", new, "--newer-text", old)
    assert swapped.code == 2
    assert "They are the same" in household.babyn("policy", "diff", shas[0], shas[0]).out


@pytest.mark.parametrize("content", ["", "title = 1", "\x00"])
def test_what_is_no_metadata_is_refused(household: Household, tmp_path: Path, content: str) -> None:
    household.set_up("synthetic")
    file = tmp_path / "version.toml"
    file.write_text(content)
    assert household.babyn("policy", "add", str(file)).code == 2
    assert household.babyn("policy", "add", str(tmp_path / "none")).code == 2
    assert len(household.json("policy", "list").objects) == 1
