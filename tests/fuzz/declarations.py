"""Messages that nobody sends: together they have everything that a declaration can have.

The kit's own messages leave some of the machinery unused, which users' declarations may need.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, Flag
from typing import Any

from construct import (
    BytesInteger,
    GreedyBytes,
    Int8ul,
    Int16ub,
    Int16ul,
    Int24ub,
    Sequence,
    VarInt,
)

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.layout import (
    Layout,
    bit_set,
    choice,
    enumerated,
    fixed_octets,
    octets,
    open_enumerated,
    utf8,
)
from babyn_protocol.numbers import (
    DateTime,
    SpecialValue,
    bounded,
    date_time,
    scaled,
    sint8,
    sint24,
    uint8,
    uint16,
    uint24,
)
from babyn_protocol.packed import same
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


class Mode(Enum):
    """Three of four codes."""

    OFF = 0
    SLOW = 1
    FAST = 2

    def __str__(self) -> str:
        return self.name


class Lamp(Flag):
    """Two of eight bits."""

    RED = 1
    GREEN = 4


def _fail_on_zero(value: int) -> int:
    return value // value * value


def _refuse_nine(value: int) -> int:
    if value == 9:
        raise InvalidValueError("can be read and not sent")
    return value


def _no_zero(value: int) -> int | None:
    return value or None


def _zero(value: int | None) -> int:
    return value or 0


def _strip(value: str) -> str:
    return value.rstrip("\0")


class Sample(Message, max_size=24):
    """Constants, flags in three bytes, values in flags, groups, two widths, repetition, a rule."""

    magic: int = const(0xA5, uint8)
    flags: int = flag_bits(uint24)
    ready: bool = flag_value(0)
    mode: Mode = flag_value(1, Mode, width=2, default=Mode.OFF)
    level: int = sized(uint8, uint16, flag=3)
    low: int | None = optional(uint8, flag=4)
    high: int | None = optional(sint24, flag=4)
    points: tuple[int, ...] = repeated(uint8, flag=5)
    last: bool = flag_value(22)

    def check(self) -> None:
        if self.low is not None and self.high is not None and self.high < self.low:
            raise InvalidValueError("the limits are crossed")


class Tagged(Message):
    """A field that decides the layout of another, in place and beyond the end of what is fixed."""

    tag: Mode = wire(enumerated(uint8, Mode))
    flags: int = flag_bits(uint8)
    number: Any = wire(choice("tag", {Mode.OFF: uint8, Mode.SLOW: uint16}))
    lamps: Lamp | None = optional(bit_set(uint8, Lamp), flag=0)


_open: dict[Mode, Layout[Any]] = {Mode.OFF: Tagged.layout(), Mode.SLOW: date_time}
_rest: Layout[Any] = octets


class Open(Message):
    """A code that may have no name, and then everything else."""

    tag: Mode | int = wire(open_enumerated(uint8, Mode))
    value: Any = wire(choice("tag", _open, otherwise=_rest))


class Page(Message, max_size=40):
    """Records of different sizes up to the end."""

    number: Decimal = wire(scaled(sint8, "2.5"))
    records: tuple[Tagged, ...] = repeated(Tagged.layout())


class Careless(Message):
    """Layouts and a rule that raise anything, lose bytes, or say ``None``."""

    flags: int = flag_bits(uint8)
    one: int = wire(uint8.map("not zero", _fail_on_zero, _refuse_nine))
    maybe: int | None = wire(uint8.map("maybe", _no_zero, _zero))
    other: int | None = optional(uint8.map("maybe", _no_zero, _zero), flag=0)
    text: str = wire(utf8.map("text", _strip, _strip))

    def check(self) -> None:
        assert 1 / (self.one - 7)


class Foreign(Message):
    """Raw construct: big-endian numbers, and bytes without a fixed size."""

    one: int = wire(Layout("uint16, big-endian", Int16ub, 2))
    two: int = wire(Layout("uint24, big-endian", Int24ub, 3))
    three: int = wire(Layout("sint40", BytesInteger(5, signed=True, swapped=True), 5))
    four: int = wire(Layout("varint", VarInt))


class BigEndian(Message):
    """Raw construct that has a fast form."""

    two: int = wire(Layout("uint24, big-endian", Int24ub, 3))
    three: int = wire(Layout("sint40", BytesInteger(5, signed=True, swapped=True), 5))


class Late(Message):
    """A deciding field without a fixed place: there is no fast form."""

    flags: int = flag_bits(uint8)
    before: int | None = optional(uint8, flag=0)
    tag: Mode = wire(enumerated(uint8, Mode))
    number: Any = wire(choice("tag", {Mode.OFF: uint8, Mode.FAST: uint16}))


class Shelf(Message):
    """Records: one that may not be there, one of fixed size, and then one up to the end."""

    flags: int = flag_bits(uint8)
    at: DateTime | None = optional(date_time, flag=0)
    big: BigEndian = wire(BigEndian.layout())
    small: int = wire(bounded(uint8, 3, 250))
    page: Page | None = optional(Page.layout(), flag=1)


class Nothing(Message):
    """Items without bytes."""

    items: tuple[bytes, ...] = repeated(fixed_octets(0))


class Wide(Message):
    """Decimals in two layouts."""

    flags: int = flag_bits(uint8)
    value: Decimal | SpecialValue = sized(scaled(uint8, "0.1"), scaled(uint24, "0.1"), flag=0)
    text: str = wire(utf8)


_big: Layout[Any] = BigEndian.layout()
_tagged: Layout[Any] = Tagged.layout()


class Either(Message):
    """Records of a fixed size, or of their own."""

    flags: int = flag_bits(uint8)
    one: Any = sized(_big, _tagged, flag=0)
    two: Any = sized(_tagged, _big, flag=1)


class Rest(Message):
    """Two bytes, or everything."""

    flags: int = flag_bits(uint8)
    value: bytes = sized(fixed_octets(2), octets, flag=0)


class Records(Message):
    """Records, at least one if a flag says so."""

    flags: int = flag_bits(uint8)
    records: tuple[Tagged, ...] = repeated(Tagged.layout(), flag=0)


_choices: dict[Mode, Layout[int]] = {
    Mode.OFF: choice("tag", {Mode.OFF: uint8}),
    Mode.SLOW: Layout("varint", VarInt),
    Mode.FAST: uint24,
}


class Choices(Message):
    """A choice within a choice, and one that construct alone can read."""

    tag: Mode | int = wire(open_enumerated(uint8, Mode))
    value: int = wire(choice("tag", _choices))


class Lossy(Message):
    """Layouts on top of others that lose something, and codes of which two mean the same."""

    lamps: Lamp = wire(bit_set(uint8, Lamp).map("lamps", same, same, exact=True))
    level: Decimal | Mode = wire(scaled(uint8, "1", codes={254: Mode.OFF, 255: Mode.OFF}))


class Pairs(Message):
    """Raw construct in a row, and whatever comes after it."""

    pair: list[int] = wire(Layout("uint8, uint16", Sequence(Int8ul, Int16ul), 3))
    rest: bytes = wire(Layout("rest", GreedyBytes, greedy=True))


class _Liar(Message):
    liar: int = wire(Layout("one byte that is said to be two", Int8ul, 2))


class Believer(Message):
    """A record whose layout is wrong about its size."""

    liar: _Liar = wire(_Liar.layout())
    after: int = wire(uint8)


DECLARATIONS: tuple[type[Message], ...] = (
    Sample,
    Tagged,
    Open,
    Page,
    Careless,
    Foreign,
    BigEndian,
    Late,
    Shelf,
    Nothing,
    Wide,
    Either,
    Rest,
    Records,
    Choices,
    Lossy,
    Pairs,
    Believer,
)
