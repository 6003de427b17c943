"""Properties of a simulated device, and what comes of commands: a pure function of its calls."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from babyn_protocol.gatt.controls import (
    Hold,
    PropertyDescription,
    PropertyName,
    SetPropertyResult,
    Unit,
)
from babyn_protocol.gatt.property_values import Colour, PropertyKind, PropertyValue
from babyn_protocol.numbers import NoNumber
from babyn_simulator.devices.models.controls import WAITING_COMMANDS, Controls, Property, in_range
from tests.simulator.device_bench import set_property

LEVEL, BOOL = PropertyKind.LEVEL, PropertyKind.BOOL
BRIGHTNESS, VOLUME, SHOWN = 1, 2, 3
DONE = SetPropertyResult.DONE


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def described(
    number: int,
    name: PropertyName,
    *,
    settable: bool = True,
    low: PropertyValue = 0,
    high: PropertyValue = 100,
    step: PropertyValue = 5,
    kind: PropertyKind = LEVEL,
) -> PropertyDescription:
    return PropertyDescription(
        property_id=number,
        kind=kind,
        name=name,
        unit=Unit.PERCENTAGE,
        settable=settable,
        revision=0,
        minimum=low,
        maximum=high,
        step=step,
    )


def controls() -> Controls:
    def limit(description: PropertyDescription, value: PropertyValue) -> bool:
        return description.property_id == VOLUME and value == 95

    return Controls(
        [
            Property(described(BRIGHTNESS, PropertyName.LIGHT_BRIGHTNESS), 0, at(600)),
            Property(described(VOLUME, PropertyName.SOUND_VOLUME), 30),
            Property(described(SHOWN, PropertyName.LIGHT_COLOUR_TEMPERATURE, settable=False), 0),
        ],
        limit=limit,
    )


def results(device: Controls) -> list[tuple[object, SetPropertyResult | int]]:
    return [(answer.client, answer.response.result) for answer in device.answers()]


def test_a_command_sets_answers_and_ends_by_itself() -> None:
    """Mutant: the timer does not end it, or the end is told to nobody."""
    device = controls()
    device.receive(
        set_property(BRIGHTNESS, LEVEL, 20, hold_for=at(60), command_id=7), at(10), client="a"
    )
    (answer,) = device.answers()
    assert (answer.response.command_id, answer.response.done) == (7, True)
    assert answer.response.state is not None
    assert (answer.response.state.value, answer.response.state.revision) == (20, 1)
    assert answer.response.state.remaining == at(60)
    assert [state.value for state in device.changes(at(10))] == [20]
    assert device.changes(at(10)) == []
    assert device.next_deadline() == at(70)
    device.advance(at(69.5))
    state = device.states(at(69.5)).states[0]
    assert (state.value, state.remaining) == (20, at(1))
    device.advance(at(70))
    (state,) = device.changes(at(70))
    assert (state.value, state.revision, state.remaining) == (0, 2, Hold.UNTIL_CHANGED)
    assert device.next_deadline() is None


def test_what_must_end_ends_even_if_it_was_to_stay() -> None:
    """Mutant: 'until changed' outwits the longest time. The control may stay."""
    device = controls()
    for hold in (Hold.UNTIL_CHANGED, at(10_000)):
        device.receive(
            set_property(BRIGHTNESS, LEVEL, 50, hold_for=hold, command_id=hash(hold) % 999),
            at(0),
            client="a",
        )
        assert device.states(at(0)).states[0].remaining == at(600)
    device.receive(set_property(VOLUME, LEVEL, 50, command_id=5), at(0), client="a")
    assert device.states(at(0)).states[1].remaining is Hold.UNTIL_CHANGED


@pytest.mark.parametrize(
    ("number", "kind", "value", "expected"),
    [
        (VOLUME, LEVEL, 40, DONE),
        (9, LEVEL, 40, SetPropertyResult.UNKNOWN_PROPERTY),
        (SHOWN, LEVEL, 40, SetPropertyResult.NOT_SETTABLE),
        (VOLUME, BOOL, True, SetPropertyResult.WRONG_KIND),
        (VOLUME, LEVEL, 105, SetPropertyResult.OUT_OF_RANGE),
        (VOLUME, LEVEL, 41, SetPropertyResult.OUT_OF_RANGE),
        (VOLUME, LEVEL, 95, SetPropertyResult.DEVICE_LIMIT),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    number: int, kind: PropertyKind, value: PropertyValue, expected: SetPropertyResult
) -> None:
    """Mutant: a check is missing, or a refused value is set. The control is the first line."""
    device = controls()
    device.receive(set_property(number, kind, value), at(0), client="a")
    (answer,) = device.answers()
    assert answer.response.result is expected
    state = device.states(at(0)).states[1]
    done = expected is DONE
    assert (state.value, state.revision) == ((40, 1) if done else (30, 0))
    assert bool(device.changes(at(0))) is done
    unknown = expected is SetPropertyResult.UNKNOWN_PROPERTY
    assert (answer.response.state is None) is unknown


def test_a_command_that_comes_twice_is_carried_out_once() -> None:
    """Mutant: the second time sets it again. The controls: another id, another client."""
    device = controls()
    command = set_property(VOLUME, LEVEL, 50)
    device.receive(command, at(0), client="a")
    device.change(PropertyName.SOUND_VOLUME, 20, at(1))
    device.receive(command, at(2), client="a")
    assert results(device) == [("a", DONE), ("a", DONE)]
    assert device.value(PropertyName.SOUND_VOLUME, int) == 20
    device.receive(command, at(3), client="b")
    assert device.value(PropertyName.SOUND_VOLUME, int) == 50
    device.change(PropertyName.SOUND_VOLUME, 20, at(4))
    device.forget("a")
    device.receive(command, at(5), client="a")
    assert device.value(PropertyName.SOUND_VOLUME, int) == 50


def test_the_revision_counts_changes_only_and_wraps() -> None:
    """Mutant: it counts commands, or does not fit its two bytes."""
    device = controls()
    for number in range(3):
        device.receive(set_property(VOLUME, LEVEL, 50, command_id=number), at(0), client="a")
    assert device.states(at(0)).states[1].revision == 1
    item = Property(described(1, PropertyName.SOUND_VOLUME), 30)
    item.revision = 0xFFFF
    wrapping = Controls([item])
    wrapping.change(PropertyName.SOUND_VOLUME, 35, at(0))
    assert wrapping.states(at(0)).states[0].revision == 0


def test_commands_wait_for_a_device_that_is_occupied_or_expire() -> None:
    """Mutant: an expired command is carried out late. The control is still valid."""
    device = controls()
    device.occupy()
    device.receive(set_property(VOLUME, LEVEL, 40, valid_for=0), at(0), client="now")
    assert results(device) == [("now", SetPropertyResult.EXPIRED)]
    device.receive(set_property(VOLUME, LEVEL, 50, valid_for=5), at(0), client="short")
    device.receive(set_property(BRIGHTNESS, LEVEL, 60, valid_for=60), at(0), client="long")
    device.receive(set_property(BRIGHTNESS, LEVEL, 60, valid_for=60), at(1), client="long")
    device.receive(set_property(9, LEVEL, 60), at(1), client="wrong")
    assert results(device) == [("wrong", SetPropertyResult.UNKNOWN_PROPERTY)]
    assert device.next_deadline() == at(5)
    device.advance(at(5))
    assert results(device) == [("short", SetPropertyResult.EXPIRED)]
    device.release(at(20))
    assert results(device) == [("long", DONE)]
    assert device.value(PropertyName.SOUND_VOLUME, int) == 30
    assert device.value(PropertyName.LIGHT_BRIGHTNESS, int) == 60


def test_only_so_many_commands_wait() -> None:
    device = controls()
    device.occupy()
    for number in range(WAITING_COMMANDS + 1):
        device.receive(set_property(VOLUME, LEVEL, 50), at(0), client=number)
    assert results(device) == [(WAITING_COMMANDS, SetPropertyResult.BUSY)]


def test_a_reset_ends_what_was_on_and_keeps_settings() -> None:
    """Mutant: a light burns on after a power failure, or a setting is lost."""
    device = controls()
    device.change(PropertyName.LIGHT_BRIGHTNESS, 80, at(0))
    device.change(PropertyName.SOUND_VOLUME, 45, at(0))
    device.occupy()
    device.receive(set_property(VOLUME, LEVEL, 50), at(0), client="a")
    device.restart(at(1))
    assert (results(device), device.changes(at(1)), device.next_deadline()) == ([], [], None)
    assert device.value(PropertyName.LIGHT_BRIGHTNESS, int) == 0
    assert device.value(PropertyName.SOUND_VOLUME, int) == 45


def test_a_wrong_name_or_type_is_an_error() -> None:
    device = controls()
    with pytest.raises(KeyError, match="no property 'warmer'"):
        device.value(PropertyName.WARMER, bool)
    with pytest.raises(TypeError, match="no Decimal"):
        device.value(PropertyName.SOUND_VOLUME, Decimal)


def colour(red: int, green: int, blue: int) -> Colour:
    return Colour(red=red, green=green, blue=blue)


@pytest.mark.parametrize(
    ("kind", "low", "high", "step", "fits", "fails"),
    [
        (BOOL, False, True, True, [False, True], [1]),
        (BOOL, False, False, True, [False], [True]),
        (LEVEL, 10, 30, 10, [10, 20, 30], [0, 15, 40, True]),
        (LEVEL, 10, 30, 0, [11], [9]),
        (
            PropertyKind.TEMPERATURE,
            Decimal("30.00"),
            Decimal("40.00"),
            Decimal("0.50"),
            [Decimal("30.50"), Decimal("40.0")],
            [Decimal("30.25"), Decimal("41.00"), NoNumber.NOT_KNOWN],
        ),
        (
            PropertyKind.DURATION,
            at(10),
            at(60),
            at(10),
            [at(10), at(60)],
            [at(11), at(70), NoNumber.NOT_KNOWN],
        ),
        (
            PropertyKind.COLOUR,
            colour(0, 0, 0),
            colour(255, 200, 100),
            colour(0, 0, 0),
            [colour(255, 200, 100)],
            [colour(0, 201, 0), colour(0, 0, 101)],
        ),
    ],
)
def test_ranges_and_steps_hold_for_every_kind(
    kind: PropertyKind,
    low: PropertyValue,
    high: PropertyValue,
    step: PropertyValue,
    fits: list[PropertyValue],
    fails: list[PropertyValue],
) -> None:
    """Mutant: one kind is not checked."""
    description = described(
        1, PropertyName.SAMPLING_INTERVAL, kind=kind, low=low, high=high, step=step
    )
    assert [in_range(description, value) for value in fits] == [True] * len(fits)
    assert [in_range(description, value) for value in fails] == [False] * len(fails)
