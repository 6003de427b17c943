from __future__ import annotations

import contextlib
import hashlib
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.privacy import notices, policy
from babyn_ble.privacy.policy import POLICY, MaterialChange, PolicyFlag
from babyn_ble.privacy.purposes import LOCATION
from babyn_ble.privacy.terms import SCOPE_TERMS

TEXT = "\n".join(f" line {number} " if number % 2 else "" for number in range(1, 534))
VERSION = POLICY.model_copy(update={"sha256": hashlib.sha256(TEXT.encode()).hexdigest()})


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.txt"
    path.write_bytes(TEXT.encode())
    return path


@pytest.mark.requirement("BN-VER-01")
def test_the_version_is_its_hash_and_dates_as_printed() -> None:
    """BN-VER-01. Mutant: the odd dates are put in order silently."""
    assert POLICY.sha256 == "d235a4fd481b9f207d18c96b79a388985335ea7a3573114bd571909b4c9d8e9f"
    assert (POLICY.update_date, POLICY.effective_date) == ("2023-06-01", "2022-06-01")
    assert PolicyFlag.EFFECTIVE_PRECEDES_UPDATE in POLICY.flags


def test_clauses_are_cited_by_line() -> None:
    assert "L152-L160" in {clause.lines for clause in POLICY.clauses}
    assert "L61" in {clause.lines for clause in POLICY.clauses}
    assert all(1 <= clause.first <= clause.last <= 533 for clause in POLICY.clauses)
    covered = {line for clause in POLICY.clauses for line in range(clause.first, clause.last + 1)}
    for terms in SCOPE_TERMS.values():
        assert all(first in covered and last in covered for first, last in terms.policy_lines)


@pytest.mark.requirement("BN-VER-01")
def test_the_text_a_user_gives_is_checked(text_file: Path) -> None:
    """BN-VER-01. Mutant: the hash is not compared; line ends are normalised first."""
    loaded = policy.load(text_file, VERSION)
    assert loaded.text == TEXT
    text_file.write_bytes(TEXT.replace("\n", "\r\n").encode())
    with pytest.raises(ValueError, match="unchanged to the byte"):
        policy.load(text_file, VERSION)
    with pytest.raises(ValueError, match="cannot be read"):
        policy.load(text_file.with_name("canary"), VERSION)


def test_cited_lines_can_be_shown(text_file: Path) -> None:
    """Mutant: lines are counted from 0."""
    loaded = policy.load(text_file, VERSION)
    assert loaded.lines(61, 61) == ("line 61",)
    assert notices.notice_for(LOCATION).cited(loaded) == (
        ("L61", ("line 61",)),
        ("L152-L160", ("line 153", "line 155", "line 157", "line 159")),
    )
    for lines in ((0, 1), (2, 1), (533, 534)):
        with pytest.raises(ValueError, match="lines 1 to 533"):
            loaded.lines(*lines)


METADATA = (
    resources.files("babyn_ble.privacy").joinpath("policies/babyn_app_en_1.toml").read_text("utf-8")
)


@pytest.mark.requirement("BN-VER-02")
def test_a_version_says_which_material_changes_it_makes() -> None:
    """BN-VER-02. Mutant: a version that does not say loads as one without any."""
    assert policy.parse(METADATA.encode()) == POLICY  # the control
    with pytest.raises(ValueError, match="changes: Field required"):
        policy.parse(METADATA.replace("changes = []\n", "").encode())
    every = ", ".join(f'"{kind}"' for kind in MaterialChange)
    told = policy.parse(METADATA.replace("changes = []", f"changes = [{every}]").encode())
    assert told.changes == tuple(MaterialChange)
    assert len(MaterialChange) == 6


@pytest.mark.requirement("BN-VER-01")
@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("changes = []", 'changes = ["editorial"]', "changes"),
        ("changes = []", 'changes = ["rights", "rights"]', "twice"),
        ("changes = []", "", "changes: Field required"),
        ('source = "as', '# source = "as', "source: Field required"),
        ('language = "en"', "", "language: Field required"),
        ('"effective_precedes_update", ', "", "does not fit the dates"),
        ('"2022-06-01"', '"2024-06-01"', "does not fit the dates"),
        ('"2022-06-01"', '"2022-06-31"', "effective_date"),
        ('"2022-06-01"', '"June 2022"', "effective_date"),
        ('sha256 = "d', 'sha256 = "x', "sha256"),
        ("size = 45365", "size = 0", "size"),
        ("first = 152", "first = 161", "before it begins"),
        ("first = 152", "first = 0", "first"),
        ("title", "titel", "titel"),
        ("changes", "[changes", "TOML"),
    ],
)
def test_metadata_is_checked_whole(old: str, new: str, problem: str) -> None:
    """BN-VER-01. Mutant: a field is optional, unknown ones pass, or flag and dates disagree."""
    assert old in METADATA
    with pytest.raises(ValueError, match=problem):
        policy.parse(METADATA.replace(old, new, 1).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_metadata_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        policy.parse(data)
