"""Characteristics that are not part of the kit, declared here: the declarations can say them."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, Flag
from typing import Any

import pytest

from babyn_protocol.errors import InvalidMessageError, MalformedMessageError
from babyn_protocol.layout import (
    Layout,
    bit_set,
    choice,
    enumerated,
    fixed_octets,
    octets,
    open_enumerated,
)
from babyn_protocol.numbers import (
    DateTime,
    SpecialValue,
    date_time,
    medfloat16,
    scaled,
    uint8,
    uint16,
)
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, repeated, wire

B = bytes.fromhex
Sfloat = Decimal | SpecialValue


class PressureUnit(Enum):
    MMHG = 0
    KPA = 1


class PressureStatus(Flag):
    BODY_MOVED = 1 << 0
    CUFF_TOO_LOOSE = 1 << 1
    IRREGULAR_PULSE = 1 << 2
    WRONG_POSITION = 1 << 5


class BloodPressureMeasurement(Message):
    """Three numbers of one format in a row, and a set of bits at the end."""

    flags: int = flag_bits(uint8)
    unit: PressureUnit = flag_value(0, PressureUnit)
    systolic: Sfloat = wire(medfloat16)
    diastolic: Sfloat = wire(medfloat16)
    mean: Sfloat = wire(medfloat16)
    timestamp: DateTime | None = optional(date_time, flag=1)
    pulse_rate: Sfloat | None = optional(medfloat16, flag=2)
    user_id: int | None = optional(uint8, flag=3)
    status: PressureStatus | None = optional(bit_set(uint16, PressureStatus), flag=4)


def test_a_blood_pressure() -> None:
    data = B("1E 7800 5000 5D00 EA070311060F00 4800 01 2400")
    read = BloodPressureMeasurement.parse(data)
    assert [str(value) for value in (read.systolic, read.diastolic, read.mean)] == [
        *("120", "80", "93")
    ]
    assert (str(read.pulse_rate), read.user_id) == ("72", 1)
    assert read.status == PressureStatus.IRREGULAR_PULSE | PressureStatus.WRONG_POSITION
    assert bytes(read) == data


def test_reserved_bits_of_a_set_are_ignored_and_not_sent() -> None:
    read = BloodPressureMeasurement.parse(B("10 7800 5000 5D00 0280"))
    assert read.status is PressureStatus.CUFF_TOO_LOOSE
    assert bytes(read) == B("10 7800 5000 5D00 0200")


def test_a_broadcast_of_tagged_objects() -> None:
    """BTHome's shape: a header and objects of which each first byte decides the rest."""
    values: dict[int, Layout[Any]] = {0x01: uint8, 0x02: scaled(uint16, "0.01")}

    class Tag(Enum):
        BATTERY = 0x01
        TEMPERATURE = 0x02

    class Measured(Message):
        tag: Tag = wire(enumerated(uint8, Tag))
        value: Any = wire(choice("tag", {tag: values[tag.value] for tag in Tag}))

    class Broadcast(Message):
        information: int = wire(uint8)
        objects: tuple[Measured, ...] = repeated(Measured.layout())

    read = Broadcast.parse(B("40 015D 02CA09"))
    assert [str(found.value) for found in read.objects] == ["93", "25.06"]
    assert bytes(read) == B("40 015D 02CA09")


class Shape(Enum):
    BYTE = 1
    WORD = 2


_by_shape: dict[Shape, Layout[Any]] = {Shape.BYTE: uint8, Shape.WORD: uint16}


class Open(Message):
    """A code of a list that grows, and a field that hangs on it."""

    shape: Shape | int = wire(open_enumerated(uint8, Shape))
    value: Any = wire(choice("shape", _by_shape, otherwise=octets))


def test_what_has_no_name_yet_is_kept() -> None:
    """Mutant: a code without a name refused, or its bytes dropped."""
    assert Open.parse(B("01 02")) == Open(shape=Shape.BYTE, value=2)
    assert Open.parse(B("02 0200")) == Open(shape=Shape.WORD, value=2)
    unknown = Open.parse(B("03 DEADBEEF"))
    assert (unknown.shape, unknown.value) == (3, B("DEADBEEF"))
    assert bytes(unknown) == B("03 DEADBEEF")
    with pytest.raises(MalformedMessageError, match="too short"):
        Open.parse(B("02 02"))


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (1, "has a name: take the Shape"),
        (True, "must be a Shape, or an int"),
        ("x", "must be a Shape, or an int"),
        (256, "does not fit uint8"),
    ],
)
def test_a_code_has_one_spelling_here(shape: Any, reason: str) -> None:
    """Mutant: the number of a named code taken, which comes back as another value."""
    with pytest.raises(InvalidMessageError, match=reason):
        Open(shape=shape, value=b"")


def test_an_open_choice_says_so() -> None:
    shape, value = Open.describe()
    assert shape.format == "uint8, other codes kept"
    assert shape.codes == ((1, "Shape.BYTE"), (2, "Shape.WORD"))
    assert (value.format, value.size) == ("uint8 or uint16 or octets", None)
    layout: Layout[Any] = choice("shape", {Shape.BYTE: uint8}, otherwise=fixed_octets(1))
    assert (layout.size, layout.greedy, layout.depends_on) == (1, False, "shape")
