"""Values of properties: six kinds, each four bytes on the wire.

The first bytes are a SIG characteristic's value where the SIG has one of the kind; the others are
zero. In C it is a union::

    union { uint8_t boolean; uint8_t option; uint16_t level; uint8_t rgb[3];
            int16_t temperature; uint32_t seconds; uint8_t raw[4]; };
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias, TypeVar

from babyn_protocol.errors import InvalidValueError, MalformedMessageError
from babyn_protocol.gatt.codes import Code
from babyn_protocol.gatt.environmental_sensing import temperature
from babyn_protocol.layout import Layout, choice, fixed_octets
from babyn_protocol.numbers import NoNumber, uint8, uint16, uint32

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

_SLOT: Final = 4


class PropertyKind(Code):
    """What a property's value is."""

    BOOL = 1
    """``bool``: 0 or 1, as Boolean 0x2AE2."""
    ENUM = 2
    """``int``: one byte, one of the options that the name of the property has."""
    LEVEL = 3
    """``int``: two bytes in the property's unit, as Generic Level 0x2AF9."""
    COLOUR = 4
    """:class:`Colour`: red, green, blue, one byte each."""
    TEMPERATURE = 5
    """``Decimal``: °C, as Temperature 0x2A6E; or not known."""
    DURATION = 6
    """``timedelta``: whole seconds, as Time Second 32 0x2BE6; or not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A colour, in sRGB.

    Raises:
        InvalidValueError: a part is not 0 to 255.
    """

    red: int
    """0 to 255."""

    green: int
    """0 to 255."""

    blue: int
    """0 to 255."""

    def __post_init__(self) -> None:
        for part in (self.red, self.green, self.blue):
            if type(part) is not int or not 0 <= part <= 0xFF:
                raise InvalidValueError("red, green and blue must be 0 to 255")

    def __str__(self) -> str:
        return f"#{self.red:02X}{self.green:02X}{self.blue:02X}"


PropertyValue: TypeAlias = bool | int | Decimal | Colour | timedelta | NoNumber | bytes
"""A value of any kind; ``bytes``, four of them, if the kind is not known here."""


def _decode_bool(code: int) -> bool:
    if code > 1:
        raise InvalidValueError("a bool is 0 or 1")
    return bool(code)


def _encode_bool(value: object) -> int:
    if not isinstance(value, bool):
        raise InvalidValueError("must be a bool")
    return int(value)


def _decode_colour(data: bytes) -> Colour:
    red, green, blue = data
    return Colour(red=red, green=green, blue=blue)


def _encode_colour(value: object) -> bytes:
    if not isinstance(value, Colour):
        raise InvalidValueError("must be a Colour")
    return bytes((value.red, value.green, value.blue))


def duration(layout: Layout[int], codes: Mapping[int, E]) -> Layout[timedelta | E]:
    """Declare whole seconds, with codes that stand for no number of them."""
    raw_of = {member: raw for raw, member in codes.items()}

    def decode(raw: int) -> timedelta | E:
        return codes[raw] if raw in codes else timedelta(seconds=raw)

    def encode(value: timedelta | E) -> int:
        if not isinstance(value, timedelta):
            if value not in raw_of:
                raise InvalidValueError("must be a timedelta" + " or a code of it" * bool(codes))
            return raw_of[value]
        seconds, rest = divmod(value, timedelta(seconds=1))
        if rest:
            raise InvalidValueError("must be whole seconds")
        if seconds in codes:
            raise InvalidValueError("this number's code means something else")
        return seconds

    names = tuple((raw, str(member)) for raw, member in codes.items())
    return layout.map(f"{layout.name}, seconds", decode, encode, codes=names)


def _slot(layout: Layout[T]) -> Layout[T]:
    """Fill a layout up with zeros to the size that all values have."""
    size = layout.size or 0

    def decode(data: bytes) -> T:
        if any(data[size:]):
            raise InvalidValueError("the bytes that this kind does not use must be zero")
        try:
            return layout.parse(data[:size])
        except MalformedMessageError as error:
            reason = error.reason
        raise InvalidValueError(reason)

    def encode(value: T) -> bytes:
        return layout.build(value).ljust(_SLOT, b"\0")

    return fixed_octets(_SLOT).map(layout.name, decode, encode)


_by_kind: dict[PropertyKind, Layout[Any]] = {
    PropertyKind.BOOL: uint8.map("boolean", _decode_bool, _encode_bool),
    PropertyKind.ENUM: uint8,
    PropertyKind.LEVEL: uint16,
    PropertyKind.COLOUR: fixed_octets(3).map("colour", _decode_colour, _encode_colour),
    PropertyKind.TEMPERATURE: temperature,
    PropertyKind.DURATION: duration(uint32, {0xFFFFFFFF: NoNumber.NOT_KNOWN}),
}


def property_value() -> Layout[PropertyValue]:
    """Return the layout of a value whose kind stands in the field ``kind`` before it."""
    cases = {kind: _slot(layout) for kind, layout in _by_kind.items()}
    layout = choice("kind", cases, otherwise=fixed_octets(_SLOT))
    return replace(layout, name="value of its kind")


def said_value(value: PropertyValue) -> str:
    """Say a value without its unit."""
    match value:
        case bool():
            return "on" if value else "off"
        case bytes():
            return value.hex(" ")
        case timedelta():
            return f"{value // timedelta(seconds=1)} s"
        case Decimal():
            return f"{value} °C"
        case _:
            return str(value)
