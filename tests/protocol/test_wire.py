"""The rules that hold for every message, shown on small declarations."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, replace
from enum import Enum
from typing import Any, ClassVar

import pytest

from babyn_protocol.errors import (
    BabynError,
    InvalidMessageError,
    InvalidValueError,
    LocalProtocolError,
    MalformedMessageError,
    RemoteProtocolError,
)
from babyn_protocol.layout import choice, enumerated, fixed_octets, octets, utf8
from babyn_protocol.numbers import date_time, medfloat32, uint8, uint16
from babyn_protocol.wire import (
    Message,
    const,
    flag_bits,
    flag_value,
    optional,
    repeated,
    sized,
    wire,
)

B = bytes.fromhex


class Mode(Enum):
    OFF = 0
    SLOW = 1
    FAST = 2


class Sample(Message, max_size=9):
    """Everything that a declaration can have."""

    magic: int = const(0xA5, uint8)
    """Says that it is one."""

    flags: int = flag_bits(uint8)
    """Bits 6 and 7 are reserved."""

    ready: bool = flag_value(0)
    """Ready."""

    mode: Mode = flag_value(1, Mode, width=2, default=Mode.OFF)
    """How."""

    level: int = sized(uint8, uint16, flag=3)
    """How much."""

    low: int | None = optional(uint8, flag=4)
    """Lower limit; comes with ``high``."""

    high: int | None = optional(uint8, flag=4)
    """Upper limit."""

    points: tuple[int, ...] = repeated(uint8, flag=5)
    """Up to the end."""

    unit: ClassVar[str] = "%"

    def check(self) -> None:
        if self.low is not None and self.high is not None and self.high < self.low:
            raise InvalidValueError("the limits are crossed")

    @property
    def span(self) -> int | None:
        return None if self.low is None or self.high is None else self.high - self.low


SAMPLE = Sample(ready=True, mode=Mode.FAST, level=300, low=1, high=5, points=(7, 8))


def test_flags_come_from_presence_and_values() -> None:
    """Mutant: a flag forgotten, shifted, or taken from a default."""
    assert bytes(SAMPLE) == B("A5 3D 2C01 01 05 07 08")
    assert SAMPLE.flags == 0x3D
    assert SAMPLE.magic == 0xA5
    plain = Sample(ready=False, level=255)
    assert bytes(plain) == B("A5 00 FF")
    assert (plain.mode, plain.low, plain.points) == (Mode.OFF, None, ())


def test_presence_comes_from_flags() -> None:
    assert Sample.parse(B("A5 3D 2C01 01 05 07 08")) == SAMPLE
    assert SAMPLE.span == 4
    assert Sample.parse(B("A5 00 FF")) == Sample(ready=False, level=255)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_are_taken(kind: type[Any]) -> None:
    data = B("A5 00 FF")
    assert Sample.parse(kind(data)) == Sample(ready=False, level=255)
    assert Sample.parse(memoryview(b"\xff\x00\xa5")[::-1]) == Sample(ready=False, level=255)


@pytest.mark.parametrize("data", [3, "A5", [0xA5], None])
def test_what_is_not_bytes_is_a_type_error(data: Any) -> None:
    """Mutant: `bytes(data)`, which takes 3 for three zeros."""
    with pytest.raises(TypeError):
        Sample.parse(data)


@pytest.mark.parametrize(
    ("data", "field", "offset", "reason"),
    [
        ("", "magic", 0, "too short"),
        ("A4", "magic", 0, "not the constant that stands here"),
        ("A5", "flags", 1, "too short"),
        ("A5 00", "level", 2, "too short"),
        ("A5 08 01", "level", 2, "too short"),
        ("A5 06 01", "mode", 2, "a code that is prohibited or reserved for future use"),
        ("A5 10 01 02", "high", 4, "too short"),
        ("A5 20 01", "points", 3, "too short"),
        ("A5 00 01 02", None, 3, "bytes left over after the last field"),
        ("A5 10 01 05 04", None, 0, "the limits are crossed"),
        ("A5 30 01 02 03 04 05 06 07 08", None, 9, "longer than this message can be"),
    ],
)
def test_a_refusal_says_where_and_why(data: str, field: str, offset: int, reason: str) -> None:
    """Mutant: no terminator, GreedyRange, no max_size, no check() on read."""
    with pytest.raises(MalformedMessageError) as caught:
        Sample.parse(B(data))
    error = caught.value
    assert (error.message_type, error.field, error.offset) == ("Sample", field, offset)
    assert error.reason == reason
    assert error.data == B(data)
    assert isinstance(error, RemoteProtocolError)


def test_a_refusal_has_no_foreign_error_about_it() -> None:
    """Mutant: raised inside the handler, which keeps construct's text, value included."""
    for data in (b"", B("A5 06 01"), B("A5 00 01 02"), B("A5 10 01 05 04")):
        with pytest.raises(MalformedMessageError) as caught:
            Sample.parse(data)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
    with pytest.raises(InvalidMessageError) as refused:
        Sample(ready=True, level=77777)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_no_text_holds_a_value() -> None:
    class Note(Message):
        number: int = wire(uint16)
        text: str = wire(utf8)

    with pytest.raises(MalformedMessageError) as caught:
        Note.parse(B("3930") + "mögliche Kanarie".encode("latin-1"))
    assert "12345" not in str(caught.value)
    assert "Kanarie" not in str(caught.value)
    with pytest.raises(InvalidMessageError) as refused:
        Note(number=1, text="Kanarie \ud800")
    assert str(refused.value).startswith("Note.text: not valid UTF-8")
    assert "Kanarie" not in str(refused.value)
    with pytest.raises(InvalidMessageError) as refused:
        Note(number=987654, text="")
    assert "987654" not in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"level": 70000}, "level", "does not fit uint16"),
        ({"level": -1}, "level", "does not fit uint16"),
        ({"level": None}, "level", "must be an int"),
        ({"ready": 1}, "ready", "must be a bool"),
        ({"mode": 2}, "mode", "must be a Mode"),
        ({"low": 1}, "high", "give it and low, or neither"),
        ({"high": 1}, "high", "give it and low, or neither"),
        ({"low": 5, "high": 1}, None, "the limits are crossed"),
        ({"points": (256,)}, "points", "does not fit uint8"),
        ({"points": [1]}, "points", "must be a tuple"),
        ({"points": (0,) * 7}, None, "longer than 9 bytes"),
    ],
)
def test_an_instance_that_exists_can_be_sent(
    wrong: dict[str, Any], field: str | None, reason: str
) -> None:
    """Mutant: no build in `__post_init__`, so that the error comes when it is sent, or never."""
    good: dict[str, Any] = {"ready": True, "level": 1}
    assert bytes(Sample(**good))
    with pytest.raises(InvalidMessageError, match=reason) as caught:
        Sample(**{**good, **wrong})
    assert (caught.value.message_type, caught.value.field) == ("Sample", field)
    for kind in (LocalProtocolError, BabynError, ValueError):
        assert isinstance(caught.value, kind)


def test_flags_and_constants_are_never_given() -> None:
    for given in ({"flags": 1}, {"magic": 0xA5}):
        with pytest.raises(TypeError, match="unexpected keyword"):
            Sample(ready=True, level=1, **given)  # type: ignore[arg-type] # pyright: ignore[reportCallIssue, reportArgumentType] - the point


def test_messages_are_frozen_values() -> None:
    with pytest.raises(FrozenInstanceError):
        SAMPLE.level = 3  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue] - the point
    assert replace(SAMPLE, level=1) != SAMPLE
    assert hash(SAMPLE) == hash(Sample.parse(bytes(SAMPLE)))
    for twin in (copy.deepcopy(SAMPLE), pickle.loads(pickle.dumps(SAMPLE))):
        assert twin == SAMPLE
        assert bytes(twin) == bytes(SAMPLE)


def test_reserved_flags_are_ignored_and_not_sent() -> None:
    """Mutant: reserved bits echoed, or part of equality."""
    read = Sample.parse(B("A5 C0 FF"))
    assert read == Sample(ready=False, level=255)
    assert read.flags == 0
    assert bytes(read) == B("A5 00 FF")


def test_a_reserved_flag_vouches_for_extra_bytes() -> None:
    """Mutant: extra bytes kept without a reserved flag (see the refusals), or sent again."""
    read = Sample.parse(B("A5 40 FF 01 02"))
    assert read.extra == B("01 02")
    assert read == Sample(ready=False, level=255)
    assert bytes(read) == B("A5 00 FF")
    assert SAMPLE.extra == b""
    assert replace(read, level=1).extra == b""


def test_it_says_itself() -> None:
    assert str(Sample(ready=True, level=3)) == "ready True, mode Mode.OFF, level 3"
    assert "level=300" in repr(SAMPLE)
    assert "flags" not in repr(SAMPLE)


def test_what_a_layout_or_check_raises_does_not_get_out() -> None:
    """Mutant: only construct's errors caught."""

    def fail(_value: object) -> int:
        raise ZeroDivisionError("42")

    class Fragile(Message):
        value: int = wire(uint8.map("fragile", fail, fail))

    class Careless(Message):
        value: int = wire(uint8)

        def check(self) -> None:
            assert 1 / self.value

    with pytest.raises(MalformedMessageError, match="not a valid value"):
        Fragile.parse(b"*")
    with pytest.raises(InvalidMessageError, match="does not fit this field"):
        Fragile(value=42)
    with pytest.raises(MalformedMessageError, match="do not belong together"):
        Careless.parse(b"\x00")
    assert Careless.parse(b"\x01").value == 1


def test_a_subclass_has_the_fields_and_limits_of_its_base() -> None:
    class Longer(Sample):
        """The same layout under another name."""

    assert bytes(Longer.parse(bytes(SAMPLE))) == bytes(SAMPLE)
    assert Longer.parse(bytes(SAMPLE)) != SAMPLE
    with pytest.raises(MalformedMessageError, match="Longer, byte 9"):
        Longer.parse(b"\xa5" * 10)


def test_nothing_is_longer_than_an_attribute() -> None:
    class Everything(Message):
        data: bytes = wire(octets)

    assert len(Everything.parse(bytes(512)).data) == 512
    with pytest.raises(MalformedMessageError):
        Everything.parse(bytes(513))
    with pytest.raises(InvalidMessageError):
        Everything(data=bytes(513))


def test_an_item_without_bytes_does_not_loop() -> None:
    """Mutant: `GreedyRange`, which then never ends."""

    class Endless(Message):
        items: tuple[bytes, ...] = repeated(fixed_octets(0))

    assert Endless.parse(b"").items == ()
    with pytest.raises(MalformedMessageError, match="without bytes"):
        Endless.parse(b"\x00")


def test_a_field_can_be_a_message() -> None:
    class Record(Message):
        flags: int = flag_bits(uint8)
        value: int = wire(uint16)
        note: int | None = optional(uint8, flag=0)

    class Page(Message):
        number: int = wire(uint8)
        records: tuple[Record, ...] = repeated(Record.layout())

    page = Page(number=1, records=(Record(value=2), Record(value=3, note=4)))
    assert bytes(page) == B("01 000200 01030004")
    assert Page.parse(bytes(page)) == page
    with pytest.raises(MalformedMessageError) as caught:
        Page.parse(B("01 000200 010300"))
    assert (caught.value.field, caught.value.offset) == ("records.note", 7)
    with pytest.raises(InvalidMessageError, match="must be a Record"):
        Page(number=1, records=(3,))  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - the point
    assert Record.layout().size is None


def test_a_choice_without_a_layout_is_refused() -> None:
    class Value(Message):
        mode: Mode = wire(enumerated(uint8, Mode))
        value: int = wire(choice("mode", {Mode.OFF: uint8, Mode.SLOW: uint16}))

    assert Value.parse(B("01 0200")) == Value(mode=Mode.SLOW, value=2)
    assert bytes(Value(mode=Mode.OFF, value=2)) == B("00 02")
    with pytest.raises(MalformedMessageError, match="no layout is declared"):
        Value.parse(B("02 0200"))
    with pytest.raises(InvalidMessageError, match="no layout is declared"):
        Value(mode=Mode.FAST, value=2)


def test_ten_lines_make_a_characteristic() -> None:
    class CryDetector(Message):
        """What the docs promise."""

        flags: int = flag_bits(uint8)
        loudness: int = wire(uint8)
        heard_at: Any = optional(date_time, flag=0)
        temperature: Any = optional(medfloat32, flag=1)

    assert bytes(CryDetector(loudness=3)) == B("00 03")
