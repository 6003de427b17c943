"""Measure, as ratios with both sides in one run: python -m tests.benchmarks [NAME].

A second of one machine says nothing about another's. A ratio of two medians, taken in turn in
the same process, does.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from tests.benchmarks import bthome_ble, by_hand, decoding, sessions

ROUNDS = 15


@dataclass(frozen=True)
class Benchmark:
    """One comparison: our side, the other side, and what they are."""

    name: str
    ours: Callable[[], float]
    other: Callable[[], float]
    against: str
    rounds: int = ROUNDS


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
                decoding.seconds(item.ours, item.data),
                decoding.seconds(item.by_hand, item.data),
                "hand-written code with equal objects and checks",
            )
        )
    first, broadcast = decoding.DECODINGS[0], decoding.DECODINGS[-1]
    found.append(
        Benchmark(
            f"by construct: {first.name}",
            decoding.by_construct(first.ours, first.data),
            decoding.seconds(first.by_hand, first.data),
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
            decoding.seconds(broadcast.ours, broadcast.data),
            decoding.seconds(other, broadcast.data),
            "bthome-ble on the same bytes, which also names and keeps sensors",
        )
    )
    return found


BENCHMARKS = (
    *_decodings(),
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
    print(f"{'what':48} {'ratio':>7}  against")
    for benchmark in BENCHMARKS:
        if wanted not in benchmark.name:
            continue
        pairs = [(benchmark.ours(), benchmark.other()) for _ in range(benchmark.rounds)]
        ours, other = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"{benchmark.name:48} {ours / other:6.2f}x  {benchmark.against}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
