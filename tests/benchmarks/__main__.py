"""Measure, as ratios with both sides in one run: python -m tests.benchmarks [NAME].

A second of one machine says nothing about another's. A ratio of two medians, taken in turn in
the same process, does.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

from tests.benchmarks import bthome_ble, by_hand, decoding, radio, sessions

ROUNDS = 15

Sides = tuple[Callable[[], float], Callable[[], float]]
"""Our side and the other side: each call measures once."""


@dataclass(frozen=True)
class Benchmark:
    """One comparison: both sides, what they are, and what was promised."""

    name: str
    sides: Callable[[], AbstractContextManager[Sides]]
    against: str
    rounds: int = ROUNDS
    at_most: float | None = None
    """The most that ours may cost, in units of the other."""
    at_least: float | None = None
    """How many times ours the other has to cost, at the least."""

    @property
    def target(self) -> str:
        """What was promised, in short."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"

    def measure(self) -> tuple[float, bool]:
        """Return the ratio of the medians, and whether it is as promised."""
        with self.sides() as (ours, other):
            pairs = [(ours(), other()) for _ in range(self.rounds)]
        mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        if self.at_least is not None:
            return theirs / mine, theirs / mine >= self.at_least
        return mine / theirs, self.at_most is None or mine / theirs <= self.at_most


def _both(
    ours: Callable[[], float], other: Callable[[], float]
) -> Callable[[], AbstractContextManager[Sides]]:
    return lambda: nullcontext((ours, other))


def _same(ours: Any, hand: object) -> bool:
    """Tell whether two objects say the same, field by field, whatever their classes."""
    if isinstance(hand, by_hand.Object):  # a BTHome object, whose name is its type's
        return bool((ours.type.name, ours.value) == (hand.name, hand.value))
    if hand.__class__ is tuple:
        items = list(cast("Any", hand))
        return len(ours) == len(items) and all(map(_same, ours, items))
    names: Any = getattr(hand, "__dataclass_fields__", None)
    if names is None:
        return bool(ours == hand)
    return all(_same(getattr(ours, name, None), getattr(hand, name)) for name in names)


def _decodings() -> list[Benchmark]:
    found: list[Benchmark] = []
    for item in decoding.DECODINGS:
        if not _same(item.ours(item.data), item.by_hand(item.data)):
            raise AssertionError(f"{item.name}: the two sides do not say the same")
        found.append(
            Benchmark(
                f"decode: {item.name}",
                _both(
                    decoding.seconds(item.ours, item.data),
                    decoding.seconds(item.by_hand, item.data),
                ),
                "hand-written code with equal objects and checks",
                at_most=3,
            )
        )
    first, broadcast = decoding.DECODINGS[0], decoding.DECODINGS[-1]
    found.append(
        Benchmark(
            f"by construct: {first.name}",
            _both(
                decoding.by_construct(first.ours, first.data),
                decoding.seconds(first.by_hand, first.data),
            ),
            "the same hand-written code: what a doubt costs",
        )
    )
    other = bthome_ble.reader()
    said = other(broadcast.data)
    # It adds the signal strength.
    count = len(said.entity_values) + len(said.binary_entity_values) - 1
    if count != len(broadcast.ours(broadcast.data).objects):
        raise AssertionError("bthome-ble does not read the same bytes")
    found.append(
        Benchmark(
            f"decode: {broadcast.name}",
            _both(
                decoding.seconds(broadcast.ours, broadcast.data),
                decoding.seconds(other, broadcast.data),
            ),
            "bthome-ble on the same bytes, which also names and keeps sensors",
        )
    )
    return found


BENCHMARKS = (
    *_decodings(),
    Benchmark(
        "1,000 readings of a session, CPU",
        _both(sessions.session, sessions.bare),
        "a bare bleak callback on the same simulated link",
        rounds=5,
    ),
    # What was promised is held with a margin, so that medians of so few rounds, both sides in turn,
    # do not miss it on a noisy machine. The first has the least: a sixth.
    Benchmark(
        "a virtual day at 1 Hz, CPU",
        radio.notifying,
        "stock bumble, on the same event loop",
        rounds=7,
        at_least=2,
    ),
    Benchmark(
        "1,000 advertisers at 1 Hz and a scan, CPU",
        radio.advertising,
        "stock bumble, with the same bleak scanner",
        rounds=3,
        at_least=15,
    ),
    Benchmark(
        "an advertisement, 10,000 devices on the air",
        radio.scaling,
        "the same with 100 devices",
        rounds=7,
        at_most=1.5,
    ),
    Benchmark(
        "memory of an advertising device",
        radio.memory,
        "stock bumble, with the same services",
        rounds=1,
        at_most=1,
    ),
)


def main(wanted: str = "") -> int:
    """Run every benchmark whose name contains ``wanted``, and print a table.

    Returns:
        How many do not hold what was promised.
    """
    missed = 0
    print(f"{'what':48} {'ratio':>8} {'target':>7}  against")
    for benchmark in BENCHMARKS:
        if wanted not in benchmark.name:
            continue
        ratio, held = benchmark.measure()
        missed += not held
        print(
            f"{benchmark.name:48} {ratio:7.2f}x {benchmark.target:>7}  {benchmark.against}"
            f"{'' if held else ': MISSED'}",
            flush=True,
        )
    return missed


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:2]), 1))
