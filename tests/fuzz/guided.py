"""Fuzzing guided by coverage, where atheris is installed: python -m tests.fuzz.guided OPTIONS DIR

The first byte of an input chooses the reader, and the others are what it reads; with
``--only=NAME`` that reader gets all of it. The other options, and folders of inputs to start from,
are those of libFuzzer, which ends the process: with 0 after -runs=N inputs, with another code at
the first exception that is not ours, after printing the input.
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

_ONLY = "--only="


def main() -> None:
    """Fuzz until the runs are done; libFuzzer then ends the process."""
    options = [argument for argument in sys.argv if not argument.startswith(_ONLY)]
    only = [argument.removeprefix(_ONLY) for argument in sys.argv if argument not in options]
    chosen = [subject for subject in subjects() if not only or subject.name in only]

    def one(data: bytes) -> None:
        if only:
            examine(chosen[0], data, Random(len(data)))
        elif data:
            examine(chosen[data[0] % len(chosen)], data[1:], Random(len(data)))

    atheris.Setup(options, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
