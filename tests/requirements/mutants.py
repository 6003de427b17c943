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

from rich.progress import track

from tests.requirements.catalogue import ROOT, Mutant, nodes, requirements

COPIED = ("babyn_ble", "protocol", "simulator", "tests", "examples", "pyproject.toml")

TESTS_FAILED = 1
"""pytest's exit code when tests ran, and some failed."""


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant."""

    requirement: str
    mutant: Mutant
    code: int
    output: str

    @property
    def killed(self) -> bool:
        """Whether a test failed; an error in collection is no kill."""
        return self.code == TESTS_FAILED


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
                return Verdict(requirement, mutant, -1, "its text does not stand there once")
            file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
            try:
                return Verdict(requirement, mutant, *_tested(copy, requirement, mutant))
            finally:
                file.write_text(text, encoding="utf-8")


def _tested(copy: Path, requirement: str, mutant: Mutant) -> tuple[int, str]:
    paths = os.pathsep.join(str(copy / name) for name in (".", "protocol", "simulator"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", *(["-k", mutant.tests] if mutant.tests else [])),
            *nodes().get(requirement, ()),
        ],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
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
    survivors = [verdict for verdict in verdicts if not verdict.killed]
    for verdict in survivors:
        print(f"\nSURVIVED {verdict.requirement}: {verdict.mutant.name} ({verdict.code})")
        print(verdict.output)
    print(f"{len(todo)} mutants: {len(todo) - len(survivors)} killed, {len(survivors)} survived")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
