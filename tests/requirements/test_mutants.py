"""Only a test that fails kills a mutant; however else pytest ends, it has shown nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.requirements import mutants
from tests.requirements.catalogue import Mutant
from tests.requirements.mutants import OTHER_TEXT, TIMED_OUT, Verdict, attempt

MUTANT = Mutant(name="m", file="f", old="a", new="b")

SOURCES = {
    "test_passes.py": "def test_it() -> None: ...\n",
    "test_fails.py": "def test_it() -> None:\n    assert not 'kept'\n",
    "test_broken.py": "import no_such_module\n\n\ndef test_it() -> None: ...\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy with a configuration of its own, and tests that end differently."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    for name, source in SOURCES.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("nodes", "code", "words"),
    [
        (["test_fails.py::test_it"], 1, "killed"),
        (["test_passes.py::test_it"], 0, "every test passes"),
        (["test_broken.py"], 2, "could not be collected"),
        (["test_broken.py::test_it"], 4, "cannot be imported"),
        (["test_passes.py::test_other"], 4, "a test that it names is not there"),
        ([], 5, "no test was found"),
    ],
)
def test_only_a_failed_test_kills(folder: Path, nodes: list[str], code: int, words: str) -> None:
    """Mutant: whatever is not a pass is a kill; or pytest without a name runs what it finds."""
    found, said = attempt(folder, nodes)
    verdict = Verdict("BN-X-01", MUTANT, found, said)
    assert verdict.code == code
    assert verdict.killed is (code == 1)
    assert verdict.words == "killed" if code == 1 else words in verdict.words


@pytest.mark.parametrize("code", [-9, OTHER_TEXT, TIMED_OUT, *range(6), 99])
def test_every_end_has_words(code: int) -> None:
    """Mutant: a code that has no words of its own ends the whole run with an error."""
    verdict = Verdict("BN-X-01", MUTANT, code, "")
    assert verdict.killed is (code == 1)
    assert verdict.words.startswith("NOT KILLED: ") is not verdict.killed


def test_tests_that_never_end_are_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: the time-out of one mutant ends the run of all."""
    monkeypatch.setattr(mutants, "TIMEOUT", 0.0)
    assert attempt(folder, ["test_passes.py::test_it"]) == (TIMED_OUT, "")
