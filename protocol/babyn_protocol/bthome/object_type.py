"""What one kind of BTHome object is: a row of the format's table, and how to make such rows.

A row says everything once: id, name, layout, unit. Reading integers, which nearly all objects are,
is done from the same row without `construct`; the tests hold both to be equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

from babyn_protocol.errors import InvalidMessageError, InvalidValueError
from babyn_protocol.layout import Layout, fixed_octets
from babyn_protocol.numbers import scaled, uint8, uint32

T = TypeVar("T")

# Exact for every integer and factor here, whatever the caller's context is.
_MULTIPLY = Context(prec=40).multiply
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OCTETS = frozenset(map(str, range(256)))


class Kind(Enum):
    """The headings of BTHome's table."""

    SENSOR = "sensor"
    BINARY_SENSOR = "binary sensor"
    EVENT = "event"
    DEVICE_INFORMATION = "device information"
    MISCELLANEOUS = "miscellaneous"


@dataclass(frozen=True, slots=True)
class LengthByte:
    """A byte before the value that says how long it is: ``(byte & mask) + more`` bytes."""

    mask: int = 0xFF
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType(Generic[T]):
    """One kind of object; call it with a value to make an object. Equal if the ids are.

    BTHome v2 - BTHome format - §Supported data types
    """

    id: int
    """The byte that stands before the value."""

    name: str = field(compare=False)
    """What BTHome calls it; not unique: four ids are a temperature, and two a battery."""

    kind: Kind = field(compare=False)
    """The heading it stands under."""

    layout: Layout[T] = field(compare=False, repr=False)
    """How its value stands on the wire."""

    unit: str | None = field(default=None, compare=False)
    """The unit of its value, as BTHome writes it."""

    states: tuple[str, str] | None = field(default=None, compare=False, repr=False)
    """Of a binary sensor: what false and true mean."""

    length: LengthByte | None = field(default=None, compare=False, repr=False)
    """Where a byte before the value says how long it is."""

    decode: Callable[[bytes], T] = field(compare=False, repr=False)
    """Reads a value of the right size. Raises :class:`ProtocolError`."""

    def __call__(self, value: T) -> BTHomeObject[T]:
        """Make an object of this type. Its value is checked when a broadcast is made of it."""
        return BTHomeObject(self, value)

    def measure(self, data: bytes, at: int) -> tuple[int, int] | None:
        """Return where the value after the id at ``at`` starts and ends; ``None``: cut off."""
        start = at + 1
        if self.length is None:
            end = start + (self.layout.size or 0)
        elif start < len(data):
            end = start + 1 + (data[start] & self.length.mask) + self.length.more
            start += 1
        else:
            return None
        return None if end > len(data) else (start, end)

    def build(self, value: T) -> bytes:
        """Return an object's bytes: id, length byte if there is one, value.

        Raises:
            InvalidMessageError: the wire cannot carry this value.
        """
        data = self.layout.build(value)
        if self.length is None:
            return bytes([self.id]) + data
        size = len(data) - self.length.more
        if size > self.length.mask:
            raise InvalidMessageError(self.name, field=None, reason="too long")
        return bytes([self.id, size]) + data


@dataclass(frozen=True, slots=True)
class BTHomeObject(Generic[T]):
    """One object: what it is, and its value."""

    type: ObjectType[T]
    """What it is, with name and unit."""

    value: T
    """Its value."""

    def __str__(self) -> str:
        """Say it to a person. Holds the value: not for logs."""
        match self.value:
            case bool() as state if self.type.states is not None:
                return f"{self.type.name} {self.type.states[state]}"
            case datetime() as moment:
                shown = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
            case bytes() as data:
                shown = data.hex(" ").upper()
            case str() as text:
                # A stranger's text: control characters move cursors and hide lines.
                shown = "".join(c if c.isprintable() else "\ufffd" for c in text)
            case Decimal() as number:
                shown = f"{number:f}"
            case value:
                shown = str(value)
        return " ".join(part for part in (self.type.name, shown, self.type.unit) if part)


AnyObject = BTHomeObject[Any]
"""An object of some type."""


def sensor(
    id_: int, name: str, integer: Layout[int], factor: str, unit: str | None = None
) -> ObjectType[Decimal]:
    """Make the row of a measured number: an integer that counts steps of ``factor``."""
    step = Decimal(factor)
    signed = integer.name.startswith("s")

    def decode(data: bytes) -> Decimal:
        return _MULTIPLY(int.from_bytes(data, "little", signed=signed), step)

    layout = scaled(integer, factor)
    return ObjectType(id=id_, name=name, kind=Kind.SENSOR, layout=layout, unit=unit, decode=decode)


def binary_sensor(id_: int, name: str, off: str, on: str) -> ObjectType[bool]:
    """Make the row of a binary sensor."""

    def decode(data: bytes) -> bool:
        return _decode_state(data[0])

    return ObjectType(
        id=id_,
        name=name,
        kind=Kind.BINARY_SENSOR,
        layout=state,
        states=(off, on),
        decode=decode,
    )


def row(
    id_: int,
    name: str,
    kind: Kind,
    layout: Layout[T],
    *,
    unit: str | None = None,
    length: LengthByte | None = None,
) -> ObjectType[T]:
    """Make any other row; its value is read by the layout itself."""
    return ObjectType(
        id=id_, name=name, kind=kind, layout=layout, unit=unit, length=length, decode=layout.parse
    )


def _decode_state(code: int) -> bool:
    if code > 1:
        raise InvalidValueError("neither 0 nor 1")
    return code == 1


def _encode_state(value: object) -> int:
    if not isinstance(value, bool):
        raise InvalidValueError("must be a bool")
    return int(value)


state: Layout[bool] = uint8.map("uint8, 0 or 1", _decode_state, _encode_state)
"""What a binary sensor says."""


def _decode_moment(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _encode_moment(value: object) -> int:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidValueError("must be a datetime with a zone")
    seconds, rest = divmod(value - _EPOCH, timedelta(seconds=1))
    if rest:
        raise InvalidValueError("not a whole second; replace(microsecond=0) first")
    return seconds


moment: Layout[datetime] = uint32.map("uint32, in seconds", _decode_moment, _encode_moment)
"""Seconds since 1970, UTC."""


def version(parts: int) -> Layout[str]:
    """Declare a version (``4.2.1.0``) of so many parts, the last one first on the wire."""

    def decode(data: bytes) -> str:
        return ".".join(map(str, reversed(data)))

    def encode(value: object) -> bytes:
        numbers = value.split(".") if isinstance(value, str) else []
        if len(numbers) != parts or not all(number in _OCTETS for number in numbers):
            raise InvalidValueError(f"must be {parts} numbers, 0 to 255, with dots between them")
        return bytes(map(int, reversed(numbers)))

    return fixed_octets(parts).map(f"uint8[{parts}]", decode, encode)
