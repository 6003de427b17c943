"""The log of a device, without a radio."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_simulator.devices.models.device_clock import ClockReading
from babyn_simulator.devices.models.measurement_log import MeasurementLog, Taken

SHOWN = datetime(2026, 1, 1)  # noqa: DTZ001 - a device's clock has no zone


def taken(value: int) -> Taken[int]:
    return Taken(value, timedelta(seconds=value), ClockReading(SHOWN, is_set=True))


def values(log: MeasurementLog[int]) -> list[int]:
    return [record.taken.value for record in log.records()]


@given(st.integers(1, 5), st.lists(st.none() | st.integers(0, 20), max_size=40))
def test_it_holds_the_newest_and_counts_what_it_lost(
    capacity: int, steps: list[int | None]
) -> None:
    """Each step adds a measurement, or confirms one by its number.

    Mutants: the newest is dropped; what was dropped is not counted; confirming one that is gone
    already removes another.
    """
    log, added, expected = MeasurementLog[int](capacity), 0, list[int]()
    dropped = 0
    for step in steps:
        if step is None:
            log.add(taken(added))
            expected.append(added)
            added += 1
            if len(expected) > capacity:
                del expected[0]
                dropped += 1
        else:
            log.confirm(step)
            expected = [value for value in expected if value > step]
        oldest = log.oldest()
        assert values(log) == expected
        assert (None if oldest is None else oldest.taken.value) == next(iter(expected), None)
        assert (log.dropped, log.full) == (dropped, len(expected) == capacity)


def test_erased_it_goes_on_counting() -> None:
    """Mutant: numbers begin anew, and a late confirmation takes away what is new."""
    log = MeasurementLog[int](3)
    for value in range(4):
        log.add(taken(value))
    assert log.erase() == 3
    log.add(taken(9))
    log.confirm(2)
    assert values(log) == [9]
    assert (len(log), log.dropped) == (1, 1)


def test_a_capacity_is_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        MeasurementLog[int](-1)
