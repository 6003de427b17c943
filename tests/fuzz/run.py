"""The fuzzing itself: deterministic, from vectors, keeping what brought something new."""

from __future__ import annotations

import re
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import babyn_protocol
from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.fields import FlagValueSpec
from babyn_protocol.wire import Message
from tests.fuzz.branches import Branches
from tests.fuzz.construct_alone import by_construct_alone
from tests.fuzz.mutation import mutated, noise
from tests.fuzz.oracle import examine, outcome
from tests.fuzz.subjects import Subject, codec_of

MOST_KEPT = 200
"""Inputs that a subject keeps to mutate further, besides its seeds."""


@dataclass
class Report:
    """What a run has seen."""

    inputs: int = 0
    mutated: int = 0
    """Inputs that are a vector with changes, or grew out of one."""
    outcomes: dict[str, Counter[str]] = field(default_factory=dict[str, "Counter[str]"])
    """By subject: how often each outcome came."""
    kept: dict[str, list[bytes]] = field(default_factory=dict[str, "list[bytes]"])
    """By subject: the inputs that brought something new."""
    most_bytes: int = 0
    """The most memory that one input took while it was read; measured for some."""
    most_calls: float = 0
    """The most calls, of Python and C functions, for each byte of an input; measured for some."""


def fuzz(subjects: tuple[Subject, ...], inputs: int, *, seed: int, measure_every: int) -> Report:
    """Examine so many inputs; the same seed gives the same ones."""
    random = Random(seed)
    report = Report()
    for subject in subjects:
        report.outcomes[subject.name] = Counter()
        report.kept[subject.name] = []
        for data in subject.seeds:
            _take(subject, data, report, random)
    others = tuple(dict.fromkeys(data for subject in subjects for data in subject.seeds))
    while report.inputs < inputs:
        subject = subjects[report.inputs % len(subjects)]
        if random.random() < 0.8:
            start = random.choice((*subject.seeds, *report.kept[subject.name]))
            data = mutated(start, others, random)
            report.mutated += 1
        else:
            data = random.choice(others) if random.random() < 0.5 else noise(random)
        _take(subject, data, report, random)
        if report.inputs % measure_every == 0:
            _measure(subject, data, report)
    return report


def _take(subject: Subject, data: bytes, report: Report, random: Random) -> None:
    found = examine(subject, data, random)
    report.inputs += 1
    counts, kept = report.outcomes[subject.name], report.kept[subject.name]
    for name in names(found):
        if name not in counts and data not in kept and len(kept) < MOST_KEPT:
            kept.append(data)
        counts[name] += 1


def names(found: object) -> Iterator[str]:
    """Name the outcomes that an input stands for."""
    match found:
        case MalformedMessageError():
            yield f"{found.field or 'whole'}: {found.reason}"
        case Exception():
            yield type(found).__name__
        case Message():
            yield "read"
            if found.extra:
                yield "read, with extra bytes"
            for name, spec in codec_of(type(found)).specs.items():
                value = getattr(found, name)
                if isinstance(spec, FlagValueSpec):
                    yield f"{name} is {value}"
                elif value in (None, ()):
                    yield f"{name} absent"
                elif name in codec_of(type(found)).given:
                    yield f"{name} is {type(value).__name__}"
        case _:
            yield "read"


def expected(message: type[Message]) -> Iterator[str]:
    """Name the outcomes that a message must have, by its declaration."""
    yield "read"
    yield "whole: longer than this message can be"
    if not codec_of(message).greedy:
        yield "whole: bytes left over after the last field"
    for name, spec in codec_of(message).specs.items():
        if isinstance(spec, FlagValueSpec):
            yield from (f"{name} is {value}" for value in spec.values or (False, True))
        elif spec.presence is not None:
            yield f"{name} absent"
        if spec.layouts() and spec.size():
            yield f"{name}: too short"


def unseen(subject: Subject, report: Report) -> tuple[str, ...]:
    """Return the outcomes that a message must have and has not had."""
    if subject.message is None:
        return ()
    # Within a record, its own field is named.
    seen = {re.sub(r"^(\w+)\.\S+: too", r"\1: too", name) for name in report.outcomes[subject.name]}
    return tuple(name for name in expected(subject.message) if name not in seen)


def watch(subjects: tuple[Subject, ...], report: Report, inputs: int, *, seed: int) -> Branches:
    """Read what a run has kept, and so many more inputs, and count the branches taken."""
    random = Random(seed)
    branches = Branches(Path(babyn_protocol.__file__).parent)
    for subject in subjects:
        fast = None if subject.message is None else codec_of(subject.message).fast
        if fast is not None:
            # What is remembered is not worked out again.
            fast.plans.clear()
    starts = {subject.name: (*subject.seeds, *report.kept[subject.name]) for subject in subjects}
    chosen = [(subject, data) for subject in subjects for data in starts[subject.name]]
    others = [data for _, data in chosen]
    for number in range(inputs):
        subject = subjects[number % len(subjects)]
        chosen.append((subject, mutated(random.choice(starts[subject.name]), others, random)))
    for subject, data in chosen:
        with branches.watching():
            outcome(partial(_said, subject, data))
        with by_construct_alone(), branches.watching():
            outcome(partial(subject.read, bytearray(data)))
    return branches


def _said(subject: Subject, data: bytes) -> str:
    """Read, and say it: the story of a capture says what it has read."""
    return str(subject.read(data))


def _measure(subject: Subject, data: bytes, report: Report) -> None:
    """Measure what reading once more takes."""
    tracemalloc.start()
    outcome(lambda: subject.read(data))
    report.most_bytes = max(report.most_bytes, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    calls = 0

    def called(_frame: object, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    with _profiling(called):
        outcome(lambda: subject.read(data))
    report.most_calls = max(report.most_calls, calls / (len(data) + 16))


@contextmanager
def _profiling(called: Callable[[Any, str, Any], None]) -> Generator[None]:
    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield
    finally:
        sys.setprofile(before)
