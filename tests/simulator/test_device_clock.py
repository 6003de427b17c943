"""The clock of a device, without a radio."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from babyn_protocol.gatt.current_time import AdjustReason
from babyn_simulator.devices.models.device_clock import FIRST_MOMENT, DeviceClock

TRUE = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOWN = TRUE.replace(tzinfo=None)
DAY = timedelta(days=1)


def test_a_right_one_shows_the_time() -> None:
    clock = DeviceClock()
    assert clock.read(TRUE).shown == SHOWN
    reading = clock.read(TRUE + DAY)
    assert (reading.shown, reading.is_set) == (SHOWN + DAY, True)
    assert reading.stamp(fresh=True) == reading.stamp(fresh=False) == reading.date_time()


@given(st.integers(-500, 500), st.integers(-86400, 86400))
def test_it_drifts_from_its_offset(ppm: int, offset: int) -> None:
    """Mutants: the drift is counted from the epoch; it goes the other way."""
    clock = DeviceClock(offset=timedelta(seconds=offset), drift_ppm=ppm)
    assert clock.read(TRUE).shown == SHOWN + timedelta(seconds=offset)
    later = clock.read(TRUE + DAY).shown - SHOWN - DAY
    assert abs(later - timedelta(seconds=offset + ppm * 0.0864)) < timedelta(milliseconds=1)


def test_one_that_nobody_has_set_counts_and_says_so() -> None:
    """Mutant: what was kept gets no stamp, and is taken for new."""
    clock = DeviceClock(is_set=False)
    clock.read(TRUE)
    reading = clock.read(TRUE + timedelta(hours=1))
    assert (reading.shown, reading.is_set) == (FIRST_MOMENT + timedelta(hours=1), False)
    assert reading.stamp(fresh=True) is None
    assert reading.stamp(fresh=False) == reading.date_time()
    unknown = reading.without_date()
    assert (unknown.year, unknown.hour, unknown.naive()) == (None, 1, None)


def test_it_is_set_and_jumps() -> None:
    """Mutant: a jump sets the clock."""
    clock = DeviceClock(is_set=False, drift_ppm=100)
    clock.jump(timedelta(hours=5), TRUE)
    assert (clock.read(TRUE).shown, clock.is_set) == (FIRST_MOMENT + timedelta(hours=5), False)
    clock.set(SHOWN, TRUE, reason=AdjustReason.MANUAL_TIME_UPDATE)
    assert (clock.read(TRUE).shown, clock.is_set) == (SHOWN, True)
    assert clock.adjust_reason is AdjustReason.MANUAL_TIME_UPDATE
    clock.jump(-timedelta(hours=5), TRUE + DAY)
    fast = timedelta(seconds=8.64)
    assert clock.read(TRUE + DAY).shown == SHOWN + DAY + fast - timedelta(hours=5)


def test_without_power_it_stops_unless_it_has_a_battery_of_its_own() -> None:
    """Mutant: both kinds do the same."""
    for backed in (True, False):
        clock = DeviceClock(backed=backed)
        clock.read(TRUE)
        clock.restart(TRUE + DAY)
        reading = clock.read(TRUE + DAY)
        assert (reading.shown, reading.is_set) == (
            (SHOWN + DAY, True) if backed else (FIRST_MOMENT, False)
        )
