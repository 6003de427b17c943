"""``make soak N=100000``: play any number of programs, on every core.

``--program 1234`` plays one, and makes it shorter if it fails; ``--points`` removes each
enforcement point in turn, and says how many programs it takes to notice.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from tests.privacy.trace.campaign import Outcome, on_all_cores, run, shortest, told
from tests.privacy.trace.points import remove_each
from tests.privacy.trace.programs import program

EVERY = 500
"""Programs between two words of how far it is."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play programs; return 0 if there is nothing to object to."""
    parser = argparse.ArgumentParser(prog="python -m tests.privacy.trace")
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", type=int, help="only this one")
    parser.add_argument("--workers", type=int, help="processes; by default one a core")
    parser.add_argument("--points", action="store_true", help="remove each enforcement point")
    chosen = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    if chosen.points:
        return remove_each(chosen.seed, chosen.programs)
    if chosen.program is not None:
        return _one(chosen.seed, chosen.program)
    numbers = range(chosen.first, chosen.first + chosen.programs)
    workers = chosen.workers or os.cpu_count() or 1
    progress = _Progress(chosen.programs)
    outcome = on_all_cores(chosen.seed, numbers, workers=workers, progress=progress.told)
    return _said(chosen.seed, outcome)


class _Progress:
    """Says on standard error how far a campaign is, every so many programs."""

    def __init__(self, programs: int) -> None:
        self._programs = programs
        self._next = EVERY

    def told(self, so_far: Outcome) -> None:
        """Say it, if it is time."""
        if so_far.programs >= self._next:
            self._next = so_far.programs // EVERY * EVERY + EVERY
            done = f"{so_far.programs} of {self._programs} programs"
            print(f"{done}, {so_far.events} events", file=sys.stderr, flush=True)


def _one(seed: int, number: int) -> int:
    played = program(seed, number)
    world = run(played)
    if world.objections:
        played = shortest(played)
        world = run(played)
    print(told(played, world.objections))
    for event in world.trace:
        print(f"  {event}")
    return int(bool(world.objections))


def _said(seed: int, outcome: Outcome) -> int:
    print(outcome)
    if outcome.failed is None:
        if outcome.interrupted:
            print("\nInterrupted: that is what they came to so far; nothing to object to.")
            return INTERRUPTED
        return 0
    played, objections = outcome.failed
    print(f"\nProgram {played.number} failed; to see it alone, and made shorter:")
    print(f"  python -m tests.privacy.trace --seed {seed} --program {played.number}")
    print(told(played, objections))
    return 1


if __name__ == "__main__":
    sys.exit(main())
