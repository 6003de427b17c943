"""What must hold for every input: our error or a value, and the same with and without `struct`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from random import Random
from typing import Any, cast

from babyn_protocol.errors import BabynError, MalformedMessageError
from babyn_protocol.gatt.device_events import EventKind, Moved, Posture
from babyn_protocol.gatt.health_thermometer import TemperatureUnit
from babyn_protocol.gatt.property_values import Colour, PropertyKind
from babyn_protocol.gatt.pulse_oximeter import MeasurementStatus
from babyn_protocol.numbers import DateTime, NoNumber, SpecialValue
from babyn_protocol.wire import Message
from tests.fuzz.construct_alone import by_construct_alone
from tests.fuzz.subjects import Subject, codec_of


def observed(value: object) -> object:
    """Return all that can be seen of a value, so that nothing else than the same is equal."""
    match value:
        case Decimal():
            return value.as_tuple()
        case Message():
            inside = {name: observed(part) for name, part in vars(value).items()}
            seen = (bytes(value), value.extra, _hash(value), repr(value), str(value))
            return (type(value), inside, seen)
        case Enum():
            # By identity: a member that only looks the same would compare unequal.
            return (type(value), id(value))
        case tuple():
            return tuple(map(observed, cast("tuple[object, ...]", value)))
        case BaseException():
            inside = {name: observed(part) for name, part in vars(value).items()}
            return (type(value), str(value), inside, value.__cause__, value.__context__)
        case _ if is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in fields(value)]
            return (type(value), *(observed(getattr(value, name)) for name in names))
        case _:
            return (type(value), value)


def _hash(value: object) -> int | None:
    try:
        return hash(value)
    # A declaration may let anything be a value.
    except TypeError:
        return None


def outcome(work: Callable[[], object]) -> object:
    """Return what came of some work, or our error. Any other exception is a defect."""
    try:
        return work()
    except BabynError as error:
        return error


def same_by_construct(work: Callable[[], object]) -> object:
    """Return the outcome of some work, after comparing it with that of construct alone."""
    found = outcome(work)
    with by_construct_alone():
        truth = outcome(work)
    assert observed(found) == observed(truth), "not what construct says"
    return found


def examine(subject: Subject, data: bytes, random: Random) -> object:
    """Read an input in all ways, and compare them; return the outcome.

    Raises:
        AssertionError: something that must hold does not.
    """
    found = same_by_construct(partial(subject.read, data))
    assert observed(outcome(partial(subject.read, bytearray(data)))) == observed(found)
    if isinstance(found, MalformedMessageError):
        assert found.data == data or subject.message is None
        assert 0 <= found.offset <= len(found.data)
    if isinstance(found, Message):
        _examine_message(found, random)
    return found


def _examine_message(read: Message, random: Random) -> None:
    """A message that exists can be sent, and what is sent is read as the same."""
    sent = bytes(read)
    again = type(read).parse(sent)
    assert again == read
    assert bytes(again) == sent
    given = {name: getattr(read, name) for name in codec_of(type(read)).given}
    assert bytes(type(read)(**given)) == sent, "built in another way than it was read"
    # And with one value that may or may not be possible there.
    wrong = {**given, random.choice(tuple(given)): random.choice(HOSTILE)}
    same_by_construct(lambda: type(read)(**wrong))


HOSTILE: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 255, 256, 0xFFFF, 1 << 16, 1 << 24, 1 << 32, 1 << 64, 1.5),
    *(b"", b"1", b"123", b"1234", b"1" * 600, bytearray(b"1"), "", "\ud800", "a" * 600),
    *((), (1,), (None,), (70000,), (1,) * 600, [1], {}),
    *map(Decimal, ("1", "-1", "37.60", "0.001", "1E+9", "-0", "NaN", "Infinity", "1E-200")),
    *(Decimal("1" * 60), Decimal("8388606"), Decimal("2046"), Decimal("0.0000001")),
    *(SpecialValue.NAN, NoNumber.NOT_KNOWN, NoNumber.MEASUREMENT_UNSUCCESSFUL, TemperatureUnit(0)),
    DateTime(year=None, month=None, day=None, hour=0, minute=0, second=0),
    *(timedelta(0), timedelta(days=1e6), timedelta(microseconds=1), MeasurementStatus(0)),
    *(PropertyKind.BOOL, PropertyKind.COLOUR, EventKind.ALARM, Colour(red=1, green=2, blue=3)),
    Moved(posture=Posture.UPRIGHT),
)
"""Values that fit some fields and not others, or none at all."""
