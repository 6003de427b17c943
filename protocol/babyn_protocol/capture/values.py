"""Values of attributes, said with what their UUID tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import cast

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt import VALID_RANGES, characteristic
from babyn_protocol.uuids import Descriptor
from babyn_protocol.wire import Message

SHOWN_BYTES = 40
"""Bytes of an unknown value that are said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What an attribute's value says."""

    text: str
    """For a person."""

    message: str | None = None
    """The declaration that it was decoded with."""

    fields: Mapping[str, object] | None = None
    """Its fields, in plain types."""

    refused: str | None = None
    """Why it could not be decoded, though its UUID is known."""


def read_value(uuid: str | None, data: bytes, *, owner: str | None, written: bool) -> Value:
    """Say the value of an attribute.

    Args:
        uuid: in full; ``None`` if it is not known.
        data: the value.
        owner: of a descriptor, the characteristic that it belongs to.
        written: a client wrote it.
    """
    try:
        if uuid == Descriptor.CLIENT_CHARACTERISTIC_CONFIGURATION:
            return Value(text=_configuration(data))
        if uuid == Descriptor.VALID_RANGE and owner is not None and owner in VALID_RANGES:
            limits = VALID_RANGES[owner].parse(data)
            return Value(text=str(limits), message="ValidRange", fields=_fields(limits))
        known = None if uuid is None else characteristic(uuid)
        if known is None:
            return Value(text=hexadecimal(data))
        message = (known.written if written else None) or known.message
        decoded = message.parse(data)
    except MalformedMessageError as error:
        # At a certain byte, for a certain reason, and without the message's advice to a program.
        where = "" if error.field is None else f"{error.field}, "
        refused = f"{where}byte {error.offset} of {len(data)}: {error.reason}"
        return Value(
            text=f"{hexadecimal(data)}: no {error.message_type} ({refused})",
            message=error.message_type,
            refused=refused,
        )
    return Value(text=str(decoded), message=message.__name__, fields=_fields(decoded))


def hexadecimal(data: bytes) -> str:
    """Return the first bytes as people read them."""
    more = " …" if len(data) > SHOWN_BYTES else ""
    return data[:SHOWN_BYTES].hex(" ").upper() + more if data else "empty"


def plain(value: object) -> object:
    """Return a decoded value in the types of JSON. A Decimal is a string: it keeps its digits."""
    match value:
        case None | bool() | int() | str():
            return value
        case Enum():
            return str(value)
        case Decimal() | datetime():
            return str(value)
        case timedelta():
            return value.total_seconds()
        case bytes() | bytearray():
            return bytes(value).hex()
        case tuple() | list():
            return [plain(item) for item in cast("tuple[object, ...]", value)]
        case Mapping():
            items = cast("Mapping[object, object]", value).items()
            return {str(key): plain(item) for key, item in items}
        case _:
            return _fields(value) if is_dataclass(value) else str(value)


def _fields(value: object) -> Mapping[str, object]:
    if not is_dataclass(value):
        return {}
    hidden = {"flags"} if isinstance(value, Message) else set[str]()
    named = {item.name: getattr(value, item.name) for item in fields(value)}
    return {name: plain(item) for name, item in named.items() if name not in hidden}


def _configuration(data: bytes) -> str:
    bits = int.from_bytes(data[:2], "little")
    said = ["notifications"] * (bits & 1) + ["indications"] * (bits >> 1 & 1)
    return " and ".join(said) or "off"
