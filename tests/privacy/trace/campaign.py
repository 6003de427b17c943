"""A campaign: many programs one after the other, and what they came to."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing.synchronize import Event as Signal

from tests.privacy.trace.broker import WireLoop
from tests.privacy.trace.lives import Transition
from tests.privacy.trace.play import play
from tests.privacy.trace.programs import Program, program
from tests.privacy.trace.trace import What
from tests.privacy.trace.world import START, World

POINTS = (
    "before a platform's object is made, or bleak imported",
    "at each advertisement",
    "before a connection, and each further attempt",
    "before a value is read or subscribed to, and as one comes",
    "before something is stored",
    "before something is published",
    "before something kept is looked at",
    "when something was decided or changed",
    "at the start",
    "when a copy was restored",
)
"""The enforcement points, in order."""

CHUNK = 25
"""Programs that a process plays before it says what they came to."""

Progress = Callable[["Outcome"], None]
"""Told what has come of it so far, after each chunk."""


@dataclass
class Outcome:
    """What a campaign came to.

    Attributes:
        programs: how many were played.
        events: how many events their traces have.
        points: how often each enforcement point let something pass, or stopped it.
        refusals: how often each consent was missed by something that was to be done.
        kinds: how often each kind of event was seen.
        stored: how many readings from a device's log were handed out, kept or sent.
        transitions: how often each step of a consent stands in a ledger.
        failed: the first program that was objected to, and the objections.
        interrupted: whether somebody stopped it before its end.
    """

    programs: int = 0
    events: int = 0
    points: Counter[tuple[int, str]] = field(default_factory=Counter[tuple[int, str]])
    refusals: Counter[str] = field(default_factory=Counter[str])
    kinds: Counter[What] = field(default_factory=Counter[What])
    stored: Counter[What] = field(default_factory=Counter[What])
    transitions: Counter[Transition] = field(default_factory=Counter[Transition])
    failed: tuple[Program, list[str]] | None = None
    interrupted: bool = False

    def __str__(self) -> str:
        lines = [f"{self.programs} programs, {self.events} events in their traces"]
        for point, name in enumerate(POINTS, start=1):
            passed, stopped = self.points[point, "passed"], self.points[point, "stopped"]
            lines.append(f"  point {point:2}: {passed:6} passed, {stopped:6} stopped   ({name})")
        lines += (
            f"  {count:6} x {what.value}"
            + (f" ({self.stored[what]} from its log)" if what in self.stored else "")
            for what, count in sorted(self.kinds.items())
        )
        lines += (f"  refused {n} times for {scope}" for scope, n in sorted(self.refusals.items()))
        lines += (
            f"  {status.value} ({earlier.value}) -> {decided.value}: {count}"
            for (status, earlier, decided), count in sorted(self.transitions.items())
        )
        return "\n".join(lines)

    def take(self, world: World) -> None:
        """Take in what one program came to."""
        self.programs += 1
        self.events += len(world.trace)
        self.points += world.points
        self.refusals += world.refusals
        self.kinds.update(event.what for event in world.trace)
        self.stored.update(
            event.what for event in world.trace for measured in event.measured if not measured.live
        )
        self.transitions += world.lives.steps

    def __add__(self, other: Outcome) -> Outcome:
        """Return what both came to together."""
        return Outcome(
            self.programs + other.programs,
            self.events + other.events,
            self.points + other.points,
            self.refusals + other.refusals,
            self.kinds + other.kinds,
            self.stored + other.stored,
            self.transitions + other.transitions,
            self.failed or other.failed,
            self.interrupted or other.interrupted,
        )


def run(played: Program) -> World:
    """Play one program in virtual time."""
    loop_factory = lambda: WireLoop(epoch=START)  # noqa: E731 - a name for a keyword
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(play(played))


def campaign(seed: int, numbers: Iterable[int], *, stop: Signal | None = None) -> Outcome:
    """Play programs up to the first that is objected to.

    Args:
        seed: of all programs.
        numbers: which of them.
        stop: set from outside to end it after the program that is being played.
    """
    outcome = Outcome()
    for number in numbers:
        if stop is not None and stop.is_set():
            break
        played = program(seed, number)
        try:
            world = run(played)
        except KeyboardInterrupt:
            outcome.interrupted = True
            break
        outcome.take(world)
        if world.objections:
            outcome.failed = (played, world.objections)
            break
    return outcome


def on_all_cores(
    seed: int, numbers: range, *, workers: int, progress: Progress | None = None
) -> Outcome:
    """Play programs in processes of their own, up to the first that is objected to.

    Ctrl-C ends it after the programs that are being played; what they came to is returned.
    """
    total = Outcome()
    told = progress or _untold
    chunks = [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
    if workers == 1:
        for chunk in chunks:
            total += campaign(seed, chunk)
            told(total)
            if total.failed is not None or total.interrupted:
                break
        return total
    spawn = multiprocessing.get_context("spawn")  # a fork would take this process's threads along
    stop = spawn.Event()
    with ProcessPoolExecutor(
        workers, mp_context=spawn, initializer=_begin, initargs=(stop,)
    ) as pool:
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)  # whom we start inherits that
        pending = [pool.submit(_chunk, seed, chunk) for chunk in chunks]
        signal.signal(signal.SIGINT, handler)
        try:
            for each in pending:
                total += each.result()
                told(total)
                if total.failed is not None:
                    break
        except KeyboardInterrupt:
            total.interrupted = True
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    return total


_stop: list[Signal] = []
"""In a process that plays: what tells it to stop."""


def _begin(stop: Signal) -> None:
    """Prepare a process that plays: its parent stops it, not Ctrl-C."""
    logging.disable(logging.CRITICAL)  # bumble tells of every packet that finds nobody
    _stop.append(stop)


def _chunk(seed: int, numbers: range) -> Outcome:
    return campaign(seed, numbers, stop=_stop[0])


def _untold(_so_far: Outcome) -> None:
    pass


def shortest(failed: Program) -> Program:
    """Return the program without every step that its failure does not need."""
    while (shorter := next(filter(_fails, _without_some(failed)), None)) is not None:
        failed = shorter
    return failed


def _fails(shorter: Program) -> bool:
    return bool(run(shorter).objections)


def _without_some(longer: Program) -> Iterator[Program]:
    """Yield the program without a half of its steps, then a quarter, then each one."""
    steps = longer.steps
    size = len(steps) // 2
    while size:
        for start in range(0, len(steps), size):
            yield replace(longer, steps=steps[:start] + steps[start + size :])
        size //= 2


def told(failed: Program, objections: list[str]) -> str:
    """Return a failure in words, with all that it takes to see it again."""
    lines = [
        f"program {failed.number}: {failed.kind.value}, os={failed.os}, "
        f"companions={failed.companions}, sqlite={failed.sqlite}, parts={failed.parts}, "
        f"unattended={failed.unattended}, recipient={failed.recipient}",
        *(f"    {step!r}," for step in failed.steps),
        *objections[:5],
    ]
    return "\n".join(lines)
