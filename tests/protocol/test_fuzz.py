"""A short fuzz of all that reads a stranger's bytes; python -m tests.fuzz is the long one."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

import babyn_protocol
from babyn_protocol.fast import Fast
from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement
from tests.fuzz.mutation import LONGEST
from tests.fuzz.oracle import examine
from tests.fuzz.run import Report, expected, fuzz, unseen, watch
from tests.fuzz.subjects import Subject, subjects, write_corpus
from tests.protocol.c_compiler import compiler_is_required

SUBJECTS = subjects()
INPUTS = 20_000


@pytest.fixture(scope="module")
def report() -> Report:
    return fuzz(SUBJECTS, INPUTS, seed=1, measure_every=100)


def test_nothing_but_our_errors_and_the_same_by_construct(report: Report) -> None:
    """Mutant: anything else raised, or one value, byte or error that construct has otherwise."""
    assert report.inputs >= INPUTS
    assert report.mutated >= report.inputs / 2


def test_all_kinds_of_outcomes_are_reached(report: Report) -> None:
    """Mutant: inputs that all fail at the first byte, which any parser survives."""
    wanted = sum(
        len(tuple(expected(subject.message))) for subject in SUBJECTS if subject.message is not None
    )
    lost = [f"{subject.name}: {name}" for subject in SUBJECTS for name in unseen(subject, report)]
    # The long run must reach every one.
    assert len(lost) <= wanted // 25, lost


def test_the_branches_of_reading_are_reached(report: Report) -> None:
    """Mutant: code that no vector, no mutation and no declaration of the fuzz ever enters."""
    count, missing = watch(SUBJECTS, report, 1_500, seed=1).report()
    assert count > 950
    assert len(missing) <= count // 50, missing


def test_the_seeds_alone_bring_every_doubt_of_a_value() -> None:
    """Chance does not always find a value that stands for nothing.

    Mutant: the seed removed in which one does.
    """
    careless = tuple(subject for subject in SUBJECTS if subject.name in ("Careless", "Lossy"))
    nothing_kept = Report(kept={subject.name: [] for subject in careless})
    _, missing = watch(careless, nothing_kept, 0, seed=1).report()
    assert [place for place in missing if "decode_exactly" in place] == []


@pytest.mark.requirement("BN-SEC-03")
def test_memory_and_work_are_bounded(report: Report) -> None:
    """Mutant: work or memory that grows with anything but the length of an input."""
    assert 0 < report.most_bytes < 400 * LONGEST
    assert 0 < report.most_calls < 100


def test_a_run_can_be_repeated() -> None:
    first, again, other = (
        fuzz(SUBJECTS[:5], 600, seed=seed, measure_every=10_000) for seed in (1, 1, 2)
    )
    assert first.kept == again.kept
    assert first.outcomes == again.outcomes
    assert first.kept != other.kept


def _changed(change: Callable[[dict[str, Any]], None]) -> Callable[[Fast, bytes, int], Any]:
    read = Fast.read

    def changed(self: Fast, data: bytes, at: int) -> Any:
        values, end = read(self, data, at)
        change(values)
        return values, end

    return changed


def _precision(values: dict[str, Any]) -> None:
    values["value"] = Decimal(values["value"]).normalize()


def _sign(values: dict[str, Any]) -> None:
    values["value"] = -values["value"]


def _flags(values: dict[str, Any]) -> None:
    values["flags"] |= 0x80


def _more(values: dict[str, Any]) -> None:
    values["guess"] = 1


def _missing(values: dict[str, Any]) -> None:
    values["timestamp"] = None


def _nothing(_values: dict[str, Any]) -> None:
    pass


DATA = bytes.fromhex("06B00E00FEDC070C050B321B04")
THERMOMETER = Subject("", TemperatureMeasurement.parse, (DATA,), TemperatureMeasurement)


@pytest.mark.parametrize("change", [_precision, _sign, _flags, _more, _missing])
def test_a_defect_of_the_fast_way_is_seen(
    change: Callable[[dict[str, Any]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: a comparison by ``==``, to which 37.6 is 37.60 and flags are nothing."""
    monkeypatch.setattr(Fast, "read", _changed(change))
    with pytest.raises(AssertionError, match="construct"):
        examine(THERMOMETER, DATA, Random(1))


def test_and_what_is_none_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr(Fast, "read", _changed(_nothing))
    assert isinstance(examine(THERMOMETER, DATA, Random(1)), TemperatureMeasurement)


def test_another_exception_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: every exception taken for a refusal."""

    def fail(_data: bytes | bytearray) -> object:
        raise IndexError

    with pytest.raises(IndexError):
        examine(Subject("", fail, ()), b"", Random(1))


# It raises something else for one last byte, in a broadcast that is otherwise fine.
PLANTED = """\
    if len(data) > 2:
        if data[-1:] == b"\\xa7":
            raise KeyError
"""


def test_what_is_guided_by_coverage_finds_a_planted_defect(tmp_path: Path) -> None:
    """Mutant: code that is not instrumented, an exception that is caught, a run of nothing."""
    if importlib.util.find_spec("atheris") is None and not compiler_is_required():
        # It has wheels for one platform only. CI runs there, installs it, and forbids this.
        pytest.skip("atheris is not installed (make guided)")
    copied = shutil.copytree(Path(babyn_protocol.__file__).parent, tmp_path / "babyn_protocol")
    corpus = tmp_path / "corpus"
    assert write_corpus(corpus, only="BTHome") > 50

    def guided(runs: int) -> subprocess.CompletedProcess[str]:
        options = ("--only=BTHome", f"-runs={runs}", "-seed=3", "-max_len=60")
        return subprocess.run(
            [sys.executable, "-m", "tests.fuzz.guided", *options, str(corpus)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        )

    found = guided(1_000)
    assert found.returncode == 0, found.stderr  # the control
    assert "Done 1" in found.stderr
    reader = copied / "bthome" / "encrypted.py"
    whole, mark = reader.read_text("utf-8"), "    if end < start:\n"
    assert whole.count(mark) == 1
    reader.write_text(whole.replace(mark, PLANTED + mark), "utf-8")
    assert guided(1).returncode == 0  # no seed has it
    found = guided(20_000)
    assert found.returncode != 0
    assert "KeyError" in found.stdout + found.stderr
