"""Fuzzing guided by coverage: python -m tests.fuzz.guided -runs=100000, where atheris is installed.

The first byte of an input chooses the reader, and the others are what it reads. The options are
those of libFuzzer.
"""

from __future__ import annotations

import importlib
import sys
from random import Random
from typing import Any

# It has no types, and is not among the development tools: it does not install everywhere.
atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["babyn_protocol"]):
    from tests.fuzz.oracle import examine
    from tests.fuzz.subjects import subjects

SUBJECTS = subjects()


def one(data: bytes) -> None:
    """Examine one input."""
    if data:
        subject = SUBJECTS[data[0] % len(SUBJECTS)]
        examine(subject, data[1:], Random(len(data)))


def main() -> None:
    """Fuzz until the runs are done; libFuzzer then ends the process."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
