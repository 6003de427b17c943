"""The trace property: nothing stands in the trace of a companion without the consents for it.

See :mod:`tests.privacy.trace.play` for what happens in the programs, and
:mod:`tests.privacy.trace.oracle` for what may stand in their traces.
"""

from __future__ import annotations

import os
import sys

import pytest

from babyn_ble.privacy.events import TRANSITIONS
from tests.privacy.trace.campaign import Outcome, on_all_cores, run, shortest, told
from tests.privacy.trace.oracle import VALID_FOR
from tests.privacy.trace.programs import program
from tests.privacy.trace.trace import What

PROGRAMS = 2000
SEED = 1
OFTEN = 20
"""How often each point and each transition has to be reached, for the property to say much."""

STORED = (What.READING, What.KEPT, What.SENT)
"""Where readings from a device's log have to turn up."""


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    outcome = on_all_cores(SEED, range(PROGRAMS), workers=os.cpu_count() or 1)
    sys.stdout.write(f"{outcome}\n")
    return outcome


def test_nothing_stands_in_a_trace_without_consent(outcome: Outcome) -> None:
    """Mutants: each enforcement point removed (``test_points.py``)."""
    if outcome.failed is not None:
        shorter = shortest(outcome.failed[0])
        pytest.fail(told(shorter, run(shorter).objections or outcome.failed[1]))
    assert outcome.programs == PROGRAMS
    assert outcome.events > 20 * PROGRAMS  # the control: there is something to object to


def test_every_point_and_every_transition_is_reached_often(outcome: Outcome) -> None:
    """The control. Mutant: programs that never get to where something could go wrong."""
    seldom = [
        (point, how)
        for point in range(1, 8)
        for how in ("passed", "stopped")
        if outcome.points[point, how] < OFTEN
    ]
    seldom += [
        (point, "at all")
        for point in range(8, 11)
        if outcome.points[point, "passed"] + outcome.points[point, "stopped"] < OFTEN
    ]
    assert seldom == []
    never = [
        (status, earlier, decided)
        for (status, earlier), possible in TRANSITIONS.items()
        for decided in possible
        if outcome.transitions[status, earlier, decided] < OFTEN
    ]
    assert never == []


def test_every_consent_and_every_kind_of_event_is_reached_often(outcome: Outcome) -> None:
    """The control. Mutant: programs that fetch nothing stored, or never lack a consent."""
    assert [what for what in What if outcome.kinds[what] < OFTEN] == []
    assert [scope for scope in VALID_FOR if outcome.refusals[scope] < OFTEN] == []
    assert [what for what in STORED if outcome.stored[what] < OFTEN] == []


@pytest.mark.parametrize("number", range(12))
def test_a_program_gives_the_same_trace_each_time(number: int) -> None:
    """Mutant: anything in a world draws from the system's entropy or looks at its clock."""
    first, second = (run(program(SEED, number)) for _ in range(2))
    assert first.trace == second.trace
    assert first.points == second.points
