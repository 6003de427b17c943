"""``make mutants``: each named mutant makes a test of its requirement fail.

The mutants run on a copy, so nothing is left behind, however it ends. With ids as arguments,
only theirs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

import pytest
from rich.progress import track

from tests.requirements.catalogue import ROOT, Mutant, named, requirements

COPIED = ("babyn_ble", "protocol", "simulator", "tests", "examples", "pyproject.toml")

OTHER_TEXT, TIMED_OUT = -1, -2
"""Codes of our own, beside pytest's: what was to be changed is not there; pytest never ended."""

_NO_KILL = {
    pytest.ExitCode.OK: "every test passes under it",
    pytest.ExitCode.INTERRUPTED: "the tests could not be collected, or were interrupted",
    pytest.ExitCode.INTERNAL_ERROR: "pytest itself failed",
    pytest.ExitCode.USAGE_ERROR: "pytest did not start: a test that it names is not there, or "
    "the changed code cannot be imported",
    pytest.ExitCode.NO_TESTS_COLLECTED: "no test was found to run",
    OTHER_TEXT: "its text does not stand there once",
    TIMED_OUT: "the tests did not end in time",
}

TIMEOUT = 300.0
"""Seconds that the tests of one mutant may take."""


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant."""

    requirement: str
    mutant: Mutant
    code: int
    output: str

    @property
    def killed(self) -> bool:
        """Whether tests ran, and one failed. However else pytest ends, nothing was shown."""
        return self.code == pytest.ExitCode.TESTS_FAILED

    @property
    def words(self) -> str:
        """What became of it, in words."""
        if self.killed:
            return "killed"
        return f"NOT KILLED: {_NO_KILL.get(self.code, f'pytest ended with code {self.code}')}"


class Copies:
    """Copies of the repository, one for each worker."""

    def __init__(self, folder: Path, count: int) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for number in range(count):
            copy = folder / str(number)
            for name in COPIED:
                source, target = ROOT / name, copy / name
                if source.is_dir():
                    ignore = shutil.ignore_patterns("__pycache__", ".*")
                    shutil.copytree(source, target, ignore=ignore)
                else:
                    shutil.copy(source, target)
            self._free.put(copy)

    @contextmanager
    def one(self) -> Generator[Path]:
        """Lend a copy for the length of a context."""
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)

    def run(self, requirement: str, mutant: Mutant) -> Verdict:
        """Run the tests of a requirement under a mutant."""
        with self.one() as copy:
            file = copy / mutant.file
            text = file.read_text(encoding="utf-8")
            if text.count(mutant.old) != 1:
                return Verdict(requirement, mutant, OTHER_TEXT, "")
            file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
            try:
                return Verdict(requirement, mutant, *attempt(copy, named(requirement, mutant)))
            finally:
                file.write_text(text, encoding="utf-8")


def attempt(folder: Path, nodes: Sequence[str]) -> tuple[int, str]:
    """Run tests in a copy; return how that ended, and the end of what pytest said.

    Args:
        folder: the copy.
        nodes: node ids of the tests; with none, nothing is run.
    """
    if not nodes:
        return pytest.ExitCode.NO_TESTS_COLLECTED, ""
    paths = os.pathsep.join(str(folder / name) for name in (".", "protocol", "simulator"))
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-x", "-q", "--no-header"),
                *("-p", "no:cacheprovider", "-p", "no:xdist"),
                *nodes,
            ],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TIMED_OUT, ""
    return done.returncode, done.stdout[-2000:]


def main(wanted: Sequence[str]) -> int:
    """Run the mutants; return 0 if all were killed."""
    todo = [
        (id_, mutant)
        for id_, requirement in requirements().items()
        if not wanted or id_ in wanted
        for mutant in requirement.mutant
    ]
    workers = os.cpu_count() or 1
    with TemporaryDirectory(prefix="babyn-mutants-") as folder:
        copies = Copies(Path(folder), workers)
        with ThreadPoolExecutor(workers) as pool:
            running = pool.map(copies.run, *zip(*todo, strict=True)) if todo else iter(())
            verdicts = list(track(running, "Mutants", total=len(todo)))
    left = [verdict for verdict in verdicts if not verdict.killed]
    for verdict in left:
        print(f"\n{verdict.requirement}, {verdict.mutant.name}: {verdict.words}")
        print(verdict.output)
    print(f"{len(todo)} mutants: {len(todo) - len(left)} killed, {len(left)} not killed")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
