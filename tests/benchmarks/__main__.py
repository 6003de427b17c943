"""Measure, as ratios with both sides in one run: python -m tests.benchmarks [NAME].

A second of one machine says nothing about another's. A ratio of two medians, taken in turn in
the same process, does.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks import decoding, sessions

ROUNDS = 15


@dataclass(frozen=True)
class Benchmark:
    """One comparison: our side, the other side, and what they are."""

    name: str
    ours: Callable[[], float]
    other: Callable[[], float]
    against: str
    rounds: int = ROUNDS


BENCHMARKS = (
    Benchmark(
        "decode a Temperature Measurement",
        decoding.declared,
        decoding.by_hand,
        "hand-written code with equal results and checks",
    ),
    Benchmark(
        "1,000 readings of a session, CPU",
        sessions.session,
        sessions.bare,
        "a bare bleak callback on the same simulated link",
        rounds=5,
    ),
)


def main(wanted: str = "") -> None:
    """Run every benchmark whose name contains ``wanted``, and print a table."""
    print(f"{'what':38} {'ratio':>7}  against")
    for benchmark in BENCHMARKS:
        if wanted not in benchmark.name:
            continue
        pairs = [(benchmark.ours(), benchmark.other()) for _ in range(benchmark.rounds)]
        ours, other = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"{benchmark.name:38} {ours / other:6.2f}x  {benchmark.against}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
