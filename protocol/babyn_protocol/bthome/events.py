"""BTHome's events and levels: values that are codes with a name.

BTHome adds codes as time goes by. One without a meaning here is kept as :class:`UnknownCode`: it
is a button pressed in a way that nobody here knows, and says nothing wrong.

BTHome v2 - BTHome format - §Events
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.layout import Layout, code_of, octets
from babyn_protocol.numbers import uint8, uint16

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that has no meaning here. It can be sent again as it came."""

    code: int

    def __str__(self) -> str:
        return f"unknown code {self.code}"


class Button(Enum):
    """What was done with a button. ``NONE`` keeps the place of one that was left alone."""

    NONE = 0x00
    PRESS = 0x01
    DOUBLE_PRESS = 0x02
    TRIPLE_PRESS = 0x03
    LONG_PRESS = 0x04
    LONG_DOUBLE_PRESS = 0x05
    LONG_TRIPLE_PRESS = 0x06
    HOLD_PRESS = 0x80
    HOLD_RELEASE = 0x81
    """Not in the published format yet; receivers know it (bthome-ble 3.25)."""

    def __str__(self) -> str:
        return _words(self)


class Rotation(Enum):
    """Which way a dimmer was turned."""

    NONE = 0x00
    LEFT = 0x01
    RIGHT = 0x02

    def __str__(self) -> str:
        return _words(self)


class Opcode(Enum):
    """What a command asks for."""

    OFF = 0x00
    ON = 0x01
    TOGGLE = 0x02
    STEP_UP = 0x03
    STEP_DOWN = 0x04

    def __str__(self) -> str:
        return _words(self)


class LightLevel(Enum):
    """How bright it is."""

    DARK = 0
    TWILIGHT = 1
    BRIGHT = 2

    def __str__(self) -> str:
        return _words(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimmer:
    """A dimmer was turned."""

    rotation: Rotation | UnknownCode
    """Which way."""

    steps: int
    """How far, 0 to 255."""

    def __str__(self) -> str:
        return f"{self.rotation} {self.steps}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody asks an actuator for something."""

    opcode: Opcode | UnknownCode
    """What."""

    arguments: bytes = b""
    """Up to 31 bytes, whose meaning the opcode and the manufacturer decide."""

    def __str__(self) -> str:
        return f"{self.opcode} {self.arguments.hex(' ').upper()}".rstrip()


def _words(member: Enum) -> str:
    return member.name.lower().replace("_", " ")


def open_enumeration(values: type[E]) -> Layout[E | UnknownCode]:
    """Declare a byte of which some values have a name, and the others may have one some day."""
    members = {code_of(member): member for member in values}

    def decode(code: int) -> E | UnknownCode:
        return members[code] if code in members else UnknownCode(code)

    def encode(value: object) -> int:
        if isinstance(value, values):
            return code_of(value)
        if not isinstance(value, UnknownCode):
            raise InvalidValueError(f"must be a {values.__name__}")
        if value.code in members:
            raise InvalidValueError(f"this code is a {values.__name__}; give that")
        return value.code

    names = tuple((code, str(member)) for code, member in members.items())
    return uint8.map("uint8", decode, encode, codes=names)


button = open_enumeration(Button)
light_level = open_enumeration(LightLevel)
_rotation = open_enumeration(Rotation)
_opcode = open_enumeration(Opcode)


def _decode_dimmer(word: int) -> Dimmer:
    return Dimmer(rotation=_rotation.parse(bytes([word & 0xFF])), steps=word >> 8)


def _encode_dimmer(value: object) -> int:
    if not isinstance(value, Dimmer):
        raise InvalidValueError("must be a Dimmer")
    return int.from_bytes(_rotation.build(value.rotation) + uint8.build(value.steps), "little")


dimmer: Layout[Dimmer] = uint16.map("uint8 event, uint8 steps", _decode_dimmer, _encode_dimmer)


def _decode_command(data: bytes) -> Command:
    return Command(opcode=_opcode.parse(data[:1]), arguments=data[1:])


def _encode_command(value: object) -> bytes:
    if not isinstance(value, Command):
        raise InvalidValueError("must be a Command")
    if not isinstance(value.arguments, bytes) or len(value.arguments) > 31:  # pyright: ignore[reportUnnecessaryIsInstance] - anybody may call
        raise InvalidValueError("its arguments must be up to 31 bytes")
    return _opcode.build(value.opcode) + value.arguments


command: Layout[Command] = octets.map("opcode, arguments", _decode_command, _encode_command)
