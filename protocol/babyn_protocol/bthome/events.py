"""BTHome's events and levels: values that are codes with a name.

BTHome adds codes as time goes by. One without a name here is kept as a number: it is a button
pressed in a way that nobody here knows, and says nothing wrong.

BTHome v2 - BTHome format - §Events
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.layout import Layout, octets, open_enumerated
from babyn_protocol.numbers import uint8, uint16


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

    rotation: Rotation | int
    """Which way."""

    steps: int
    """How far, 0 to 255."""

    def __str__(self) -> str:
        return f"{self.rotation} {self.steps}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody asks an actuator for something."""

    opcode: Opcode | int
    """What."""

    arguments: bytes = b""
    """Up to 31 bytes, whose meaning the opcode and the manufacturer decide."""

    def __str__(self) -> str:
        return f"{self.opcode} {self.arguments.hex(' ').upper()}".rstrip()


def _words(member: Enum) -> str:
    return member.name.lower().replace("_", " ")


button = open_enumerated(uint8, Button)
light_level = open_enumerated(uint8, LightLevel)
_rotation = open_enumerated(uint8, Rotation)
_opcode = open_enumerated(uint8, Opcode)


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
    return _opcode.build(value.opcode) + octets.build(value.arguments)


command: Layout[Command] = octets.map("opcode, arguments", _decode_command, _encode_command)
