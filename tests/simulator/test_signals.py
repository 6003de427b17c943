"""Signals of simulated sensors: plausible, seeded, and pure functions of what they are given."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.signals.skin_temperature import Fever, SkinTemperature
from babyn_simulator.devices.signals.wander import smooth_step
from babyn_simulator.entropy import Entropy

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def day(signal: SkinTemperature, *, step: timedelta = timedelta(minutes=5)) -> list[float]:
    """Measure a whole day, from the second hour on."""
    count = int(timedelta(hours=24) / step)
    times = [timedelta(hours=1) + step * number for number in range(count)]
    return [signal.measure(elapsed, MIDNIGHT + elapsed) for elapsed in times]


def test_a_day_without_fever_is_plausible() -> None:
    values = day(SkinTemperature(Entropy(1, "signal")))
    assert 36.0 < min(values) < max(values) < 37.3
    steps = [abs(b - a) for a, b in itertools.pairwise(values)]
    assert max(steps) < 0.3
    assert min(steps) < 0.02


def test_it_is_coolest_in_the_small_hours() -> None:
    """Mutant: the day's swing is upside down, or missing."""
    signal = SkinTemperature(Entropy(1, "signal"))
    night = signal.body(timedelta(hours=28), MIDNIGHT + timedelta(hours=4))
    afternoon = signal.body(timedelta(hours=40), MIDNIGHT + timedelta(hours=16))
    assert night == pytest.approx(36.3)
    assert afternoon == pytest.approx(36.9)


def test_the_same_seed_gives_the_same_day_and_another_another() -> None:
    def measured(seed: int) -> list[float]:
        return day(SkinTemperature(Entropy(seed, "signal")))

    assert measured(1) == measured(1)
    assert measured(1) != measured(2)


def test_a_patch_that_was_just_placed_warms_up() -> None:
    """Mutant: it tells body temperature from the first second."""
    signal = SkinTemperature(Entropy(1, "signal"), noise=0.0, drift=0.0)
    values = [
        signal.measure(timedelta(minutes=minutes), MIDNIGHT) for minutes in (0, 1, 2, 4, 10, 20)
    ]
    assert values[0] == pytest.approx(22.5)
    assert values == sorted(values)
    assert values[-1] == pytest.approx(signal.body(timedelta(), MIDNIGHT), abs=0.01)


def test_a_fever_rises_stays_and_falls() -> None:
    """Mutant: one of its parts is skipped."""
    fever = Fever(
        onset=timedelta(hours=2),
        peak=39.5,
        rise=timedelta(hours=1),
        plateau=timedelta(hours=2),
        fall=timedelta(hours=3),
    )
    hours = (0, 2, 2.5, 3, 4, 5, 6.5, 8, 12)
    shares = [fever.share(timedelta(hours=hour)) for hour in hours]
    assert shares == pytest.approx([0, 0, 0.5, 1, 1, 1, 0.5, 0, 0])
    signal = SkinTemperature(Entropy(1, "signal"), fever=fever)
    assert signal.body(timedelta(hours=4), MIDNIGHT) == pytest.approx(39.5)
    assert signal.body(timedelta(hours=12), MIDNIGHT) < 37.5


def test_smooth_step_is_bounded() -> None:
    assert [smooth_step(x) for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_a_battery_drains_to_nothing_and_can_be_changed() -> None:
    battery = Battery(50.0, timedelta(days=10))
    days = (0, 1, 2.5, 4.95, 5, 100)
    assert [battery.level(timedelta(days=d)) for d in days] == [50, 40, 25, 1, 0, 0]
    battery.set(100, timedelta(days=100))
    assert battery.level(timedelta(days=101)) == 90
    for wrong in (-1, 100.5):
        with pytest.raises(ValueError, match="0 to 100"):
            battery.set(wrong, timedelta())
