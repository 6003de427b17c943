"""Fuzz everything that reads a stranger's bytes.

python -m tests.fuzz --inputs 1000000 --guided 100000 [--seed 1]

Every input is read by the fast way and by construct alone, and must give the same value or the same
error, down to the last attribute. At least half are vectors with changes. Ends with an error if
anything else than our error is raised, or a branch or an outcome is not reached. After that,
atheris tries so many more inputs, and keeps those that take a new path, where it is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.branches import UNREACHABLE
from tests.fuzz.run import Report, expected, fuzz, unseen, watch
from tests.fuzz.subjects import Subject, subjects, write_corpus

ROOT = Path(__file__).parents[2]
FEWEST = 950
"""Branches of reading that there are at least, in any version of Python."""
WATCHED = 20_000
"""Inputs whose branches are counted: that is a hundred times slower."""


def main() -> int:
    """Run, and print what was reached; return 1 if something was not."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--guided", type=int, default=0, help="inputs that coverage leads to")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    failed = bool(chosen.inputs) and not _mutate(chosen.inputs, seed=chosen.seed)
    if chosen.guided:
        failed |= not _guided(chosen.guided, seed=chosen.seed)
    return int(failed)


def _mutate(inputs: int, *, seed: int) -> bool:
    """Try inputs made from the vectors; return whether all was reached."""
    found = subjects()
    start, before = time.monotonic(), _memory()
    report = fuzz(found, inputs, seed=seed, measure_every=1_000)
    seconds, grown = time.monotonic() - start, _memory() - before
    branches, missing = watch(found, report, WATCHED, seed=seed).report()
    lost = sum([__say(subject, report) for subject in found])
    _say(
        f"\n{report.inputs:,} inputs in {seconds:.0f} s, {report.mutated / report.inputs:.0%} of "
        f"them mutated vectors; nothing raised but our errors, and construct alone says the same.\n"
        f"Most for one input: {report.most_bytes:,} bytes, {report.most_calls:.0f} calls a byte; "
        f"the process grew by {grown / 1024:.0f} MiB.\n"
        f"Branches of reading reached: {branches - len(missing)} of {branches}."
    )
    for place in missing:
        _say(f"  not reached: {place}")
    for line, reason in UNREACHABLE.items():
        _say(f"  cannot be reached, not counted: {line} ({reason})")
    if branches < FEWEST:
        _say(f"There were {FEWEST:,} at least: some code is not entered any more.")
    return not missing and not lost and branches >= FEWEST


def __say(subject: Subject, report: Report) -> int:
    """Print a subject's row; return how many outcomes were not reached."""
    counts, lost = report.outcomes[subject.name], unseen(subject, report)
    read = counts["read"]
    refused = sum(count for name, count in counts.items() if ": " in name or "Error" in name)
    reached = ""
    if subject.message is not None:
        everything = tuple(expected(subject.message))
        reached = f"{len(everything) - len(lost)} of {len(everything)} required, "
    _say(f"{subject.name:44} {read:7} read {refused:7} refused  {reached}{len(counts)} outcomes")
    for name in lost:
        _say(f"  not reached: {name}")
    return len(lost)


def _guided(runs: int, *, seed: int) -> bool:
    """Let atheris look for new paths, in a process of its own, since it instruments the code."""
    if importlib.util.find_spec("atheris") is None:
        _say(f"Guided by coverage: not run, since atheris has no wheel for this {sys.platform}.")
        return True
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        count = write_corpus(corpus)
        _say(f"Guided by coverage (atheris): {count:,} seeds, {runs:,} inputs.")
        options = (f"-runs={runs}", f"-seed={seed}", "-max_len=1700")
        command = [sys.executable, "-m", "tests.fuzz.guided", *options, str(corpus)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        new = len(list(corpus.iterdir())) - count
    if done.returncode:
        _say(done.stdout + done.stderr)
        return False
    _say(f"{new:,} of them took a new path; nothing raised but our errors, and construct agrees.")
    return True


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _memory() -> int:
    """Return the most memory that the process has had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
