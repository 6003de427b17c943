"""How the machine ends, and what is said of it; with a Python program in QEMU's place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.linux.machine.qemu import NO_VERDICT, watch

PATIENCE = 60.0


def ended(program: str, results: Path, quiet: float = PATIENCE) -> tuple[int, list[str]]:
    told: list[str] = []
    code = watch([sys.executable, "-c", program], results, echo=told.append, quiet=quiet)
    return code, told


def by_debug_exit(code: int) -> str:
    """Return a program that ends as QEMU does when its debug exit device is written to."""
    return f"import sys; print('on the console'); sys.exit({code << 1 | 1})"


@pytest.mark.parametrize("verdict", [0, 1, 5])
def test_the_verdict_is_that_of_the_tests(verdict: int, tmp_path: Path) -> None:
    """Mutant: take QEMU's exit code for it."""
    assert ended(by_debug_exit(verdict), tmp_path) == (verdict, ["on the console"])
    assert (tmp_path / "console.log").read_text("utf-8") == "on the console\n"


def test_a_machine_that_cannot_begin_says_why(tmp_path: Path) -> None:
    code, told = ended(by_debug_exit(73), tmp_path)
    assert code == 73
    assert told[-1] == "The machine could not begin: bluetoothd did not start."


@pytest.mark.parametrize(
    "program", ["print('a panic')", "import os; print('a panic', flush=True); os.abort()"]
)
def test_a_machine_without_a_verdict_is_a_failure_with_its_last_words(
    program: str, tmp_path: Path
) -> None:
    """Mutant: take an exit code of 0, as after a kernel's panic, for success."""
    code, told = ended(program, tmp_path)
    assert code == NO_VERDICT
    assert "without a word on the tests" in told[1]
    assert told[-1] == "  a panic"


def test_a_machine_that_hangs_is_ended_and_keeps_its_console(tmp_path: Path) -> None:
    """Mutant: wait for ever."""
    hangs = "import threading; print('alive', flush=True); threading.Event().wait()"
    code, told = ended(hangs, tmp_path, quiet=2.0)
    assert code == NO_VERDICT
    assert "without a word: it hung" in told[1]
    assert (tmp_path / "console.log").read_text("utf-8") == "alive\n"
