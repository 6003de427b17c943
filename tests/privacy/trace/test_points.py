"""Each of the ten enforcement points, and each rule, removed, is noticed by the trace property."""

from __future__ import annotations

import sys

import pytest

from tests.privacy.trace.points import Removal, programs_until_caught, removals
from tests.privacy.trace.test_trace import PROGRAMS, SEED


@pytest.mark.parametrize("removal", removals(), ids=lambda removal: f"point-{removal.number}")
def test_a_removed_point_is_noticed(removal: Removal) -> None:
    """Mutant: take a kind of event out of the oracle's table."""
    count = programs_until_caught(removal, SEED, PROGRAMS)
    assert count is not None
    sys.stdout.write(f"point {removal.number}: noticed by program {count}\n")
