"""What the C program has to print of each kind of value, found out with Python alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

from babyn_protocol import bthome
from babyn_protocol.ad_structures import (
    SERVICE_DATA,
    UUID_LISTS,
    AdStructure,
    parse_structures,
)
from babyn_protocol.advertisement import Advertisement
from babyn_protocol.bthome import EncryptedBroadcast
from babyn_protocol.c_fields import c_name
from babyn_protocol.c_header import messages
from babyn_protocol.describe import FieldDescription
from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt import VALID_RANGES, characteristic, message_for
from babyn_protocol.gatt.valid_range import ValidRange
from babyn_protocol.layout import Layout, code_of
from babyn_protocol.numbers import (
    DateTime,
    NoNumber,
    SpecialValue,
    date_time,
    medfloat16,
    medfloat32,
)
from babyn_protocol.uuids import full
from babyn_protocol.wire import Message
from tests.protocol.test_vectors import LAYOUTS as VECTOR_LAYOUTS
from tests.protocol.test_vectors import uuid_of

LAYOUTS: dict[str, Layout[Any]] = {
    "medfloat32": medfloat32,
    "medfloat16": medfloat16,
    "2A08": date_time,
}
MESSAGES = {c_name(message.__name__): message for message in messages()}
AS_THEY_CAME = ("PropertyDescriptions", "PropertyStates", "RecordAccessResponse")
"""Messages whose last field is bytes in C, and is sent as it was: with its reserved bits and its
width."""

# A source file is read for each.
DESCRIBED = {message: message.describe() for message in MESSAGES.values()}


def asked(kind: str) -> tuple[str, Callable[[bytes], str]]:
    """Return the name that a kind of vector has in C, and what the program has to print of one."""
    if kind == "AD":
        return "advertisement", _said_advertisement
    if kind.startswith("BTHome"):
        return "bthome", _said_broadcast
    if kind.startswith("2906 of "):
        name, layout = _range_of(kind)
        return name, partial(said, layout)
    if kind in LAYOUTS:
        return {"2A08": "date_time"}.get(kind, kind), partial(said, LAYOUTS[kind])
    known = characteristic(uuid_of(kind))
    assert known is not None
    message = known.written if kind.endswith(" written") else known.message
    assert message is not None
    return c_name(message.__name__), partial(said, message)


def _range_of(kind: str) -> tuple[str, Layout[Any]]:
    """Return name and layout of a Valid Range."""
    what = kind.removeprefix("2906 of ")
    if "," in what:
        return f"valid_range_{what.partition(',')[0]}", VECTOR_LAYOUTS[kind]
    message = message_for(what)
    assert message is not None
    return f"valid_range_{c_name(message.__name__)}", VALID_RANGES[full(what)]


def _said_advertisement(data: bytes) -> str:
    """Return what the program has to print of advertising data."""
    try:
        Advertisement.parse(data)
    except MalformedMessageError:
        return "refused"
    parts: list[str] = []
    structures = parse_structures(data)
    for structure in structures:
        parts += _said_structure(structure, Advertisement.of((structure,)))
    return " ".join((*parts, f"|={b''.join(map(bytes, structures)).hex().upper()}"))


def _said_structure(structure: AdStructure, read: Advertisement) -> Iterator[str]:
    if read.flags is not None:
        yield f"flags={read.flags.value}"
    if read.local_name is not None:
        assert structure.data.decode("utf-8", "replace") == read.local_name
        yield f"complete={int(read.name_complete)}"
        yield f"name={structure.data.hex().upper()}"
    for uuid in read.service_uuids:
        yield f"uuid={_on_the_wire(uuid, UUID_LISTS[structure.type])}"
    for uuid, rest in read.service_data:
        yield f"uuid={_on_the_wire(uuid, SERVICE_DATA[structure.type])}"
        yield f"data={rest.hex().upper()}"
    for company, rest in read.manufacturer_data:
        yield f"company={company}"
        yield f"data={rest.hex().upper()}"
    if read.tx_power is not None:
        yield f"tx_power={read.tx_power}"
    if read.appearance is not None:
        yield f"appearance={read.appearance}"
    for other in read.others:
        yield f"type={other.type}"
        yield f"data={other.data.hex().upper()}"


def _on_the_wire(uuid: str, size: int) -> str:
    data = UUID(uuid).bytes
    return (data if size == 16 else data[4 - size : 4])[::-1].hex().upper()


def _said_broadcast(data: bytes) -> str:
    """Return what the program has to print of service data of BTHome."""
    try:
        found = bthome.parse(data)
    except MalformedMessageError:
        return "refused"
    address = b"" if found.address is None else found.address[::-1]
    head = f"information={data[0]} address={address.hex().upper()}"
    if isinstance(found, EncryptedBroadcast):
        sealed, code = data[1 + len(address) : -8], data[-4:]
        counter = f"counter={found.counter}"
        return f"{head} {counter} sealed={sealed.hex().upper()} code={code.hex().upper()}"
    parts = [head]
    for item in found.objects:
        raw = item.type.build(item.value)[1 if item.type.length is None else 2 :]
        parts.append(f"{item.type.id:02X}={raw.hex().upper()} number={_number(item)}")
    parts.append(f"rest={found.rest.hex().upper()}")
    return " ".join((*parts, f"|={found.plaintext().hex().upper()}"))


def _number(item: bthome.AnyObject) -> int:
    """Return the integer that stands for a value, found another way than by its bytes."""
    match item.value:
        case bool() | int() as value:
            return int(value)
        case Decimal() as value:
            [step] = re.findall(r"in steps of ([0-9.]+)", item.type.layout.name)
            return int(value / Decimal(step))
        case datetime() as value:
            return int(value.timestamp())
        case Enum() as value:
            return code_of(value)
        case bthome.Dimmer() as value:
            rotation = value.rotation
            return (rotation if isinstance(rotation, int) else rotation.value) | value.steps << 8
        case str() as value if item.type.length is None:
            return int.from_bytes(bytes(map(int, value.split("."))), "big")
        case _:
            return 0


def said(codec: type[Message] | Layout[Any], data: bytes) -> str:
    """Return what the program has to print."""
    try:
        value = codec.parse(data)
    except MalformedMessageError:
        return "refused"
    if isinstance(value, Message):
        shown = dict(_fields(value, ""))
        sent = bytes(value)
        if type(value).__name__ in AS_THEY_CAME:
            sent = data
            shown |= {
                field.name: data[field.offset :].hex().upper()
                for field in DESCRIBED[type(value)]
                if field.size is None
            }
        shown |= _flags(value, data)
        pairs = [f"{label}={text}" for label, text in shown.items()]
        return " ".join([*pairs, f"|={sent.hex().upper()}"])
    assert isinstance(codec, Layout)
    sent = codec.build(value)
    if isinstance(value, ValidRange):
        half = len(sent) // 2
        signed = "sint" in codec.name
        lower, upper = (
            int.from_bytes(part, "little", signed=signed) for part in (sent[:half], sent[half:])
        )
        return f"lower={lower} upper={upper} |={sent.hex().upper()}"
    return f"value={_text(value)} |={sent.hex().upper()}"


def _flags(message: Message, data: bytes) -> dict[str, str]:
    """Return the flags as they came, but for reserved ones: C shows also how wide a value was."""
    for field in DESCRIBED[type(message)]:
        if field.name == "flags" and field.offset is not None:
            size = field.size or 0
            word = int.from_bytes(data[field.offset : field.offset + size], "little")
            return {"flags": str(word & ~sum(1 << bit for bit in field.reserved))}
    return {}


def _fields(message: Message, prefix: str) -> Iterator[tuple[str, str]]:
    sent, at = bytes(message), 0
    for field in DESCRIBED[type(message)]:
        value: object = getattr(message, field.name)
        if field.size == 0 or value is None or (value == () and field.presence is not None):
            continue
        size = len(sent) - at if field.size is None else field.size
        if field.size is None and field.bits:
            size = 2 if message.__dict__["flags"] >> field.bits.start & 1 else 1
        raw, at = sent[at : at + size], at + size
        if isinstance(value, Message) and field.size is not None:
            yield from _fields(value, f"{prefix}{field.name}.")
        elif (
            (field.size is None and not field.bits)
            or isinstance(value, bytes)
            or (field.format == "value of its kind")
        ):
            yield f"{prefix}{field.name}", raw.hex().upper()
        else:
            yield f"{prefix}{field.name}", _text(value, message, field)


def _text(
    value: object, message: Message | None = None, field: FieldDescription | None = None
) -> str:
    match value:
        case SpecialValue():
            return str(value)
        case NoNumber() | Enum() if field is not None and not isinstance(value.value, int):
            codes = {name: code for code, name in field.codes}
            # Where the units decide the resolution, the codes are those of both.
            return str(codes.get(str(value), 0xFFFF))
        case Enum():
            return str(code_of(value))
        case Decimal() if field is not None and " in steps of " in field.format:
            steps = re.findall(r"in steps of ([0-9.]+)", field.format)
            step = steps[message.__dict__["units"].value] if len(steps) > 1 else steps[0]
            assert value % Decimal(step) == 0
            return str(int(value / Decimal(step)))
        case Decimal():
            sign, digits, exponent = value.as_tuple()
            return f"{'-' * (sign and any(digits))}{int(''.join(map(str, digits)))}E{exponent}"
        case DateTime():
            date = f"{value.year or 0}-{value.month or 0}-{value.day or 0}"
            return f"{date}T{value.hour}:{value.minute}:{value.second}"
        case timedelta():
            return str(value // timedelta(seconds=1))
        case bool() | int():
            return str(int(value))
        case _:
            raise AssertionError(f"{type(value).__name__} has no text here")
