"""``babyn_wire.h``, compiled with a C compiler, and asked what Python is asked."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from babyn_protocol import bthome
from babyn_protocol.bthome import EncryptedBroadcast
from babyn_protocol.bthome.encryption import Cipher
from babyn_protocol.c_fields import c_name
from babyn_protocol.c_header import header, messages
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
from tests.protocol.c_compiler import (
    PROTOCOL,
    SOURCES,
    compile_program,
    compiler_is_required,
    compilers,
    find_compiler,
    kinds,
    run_program,
)
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
NOT_IN_C = {
    "AD": "advertising data: structures of any kind and length, without a fixed part",
}
"""Kinds of vectors that the header has nothing for, and why."""


# A source file is read for each.
DESCRIBED = {message: message.describe() for message in MESSAGES.values()}


def test_the_committed_header_is_the_generated_one() -> None:
    """Mutant: a declaration changed and the header not made again."""
    committed = (PROTOCOL / "babyn_wire.h").read_text("utf-8")
    assert committed == header(), "python -m babyn_protocol.c_header > protocol/babyn_wire.h"


def test_a_c_compiler_is_installed() -> None:
    """Where it is not, what needs it was left out of the collection, and this line says so."""
    if find_compiler() is None and not compiler_is_required():
        # A developer may have no compiler. CI has one and forbids this.
        pytest.skip("no C compiler here: babyn_wire.h was not compiled (Debian: apt install gcc)")
    assert find_compiler() is not None


@pytest.fixture(scope="session", params=compilers() or (None,))
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that decodes and encodes with the header, with every check the compiler has."""
    compiler: str | None = request.param
    if compiler is None:
        pytest.fail("a C compiler is not installed, and BABYN_REQUIRE_TOOLS=1 requires it")
    made = tmp_path_factory.mktemp("c") / "vectors"
    (made.parent / "kinds.inc").write_text(kinds(MESSAGES.values()))
    checks = ["-O0", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"]
    done = compile_program(compiler, SOURCES / "vectors.c", made, *checks)
    if done.returncode:  # a compiler without its sanitizers' libraries is a compiler all the same
        done = compile_program(compiler, SOURCES / "vectors.c", made)
    assert (done.returncode, done.stderr) == (0, "")
    return made


def asked(kind: str) -> tuple[str, Callable[[bytes], str]]:
    """Return the name that a kind of vector has in C, and what the program has to print of one."""
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


def vectors(*, left_out: bool = False) -> Iterator[tuple[str, bytes]]:
    """Yield kind and bytes of all vectors and traps that there are, or of those that are not in C.

    Objects that are encrypted are there a second time, as they are under their key.
    """
    for path in sorted((PROTOCOL / "vectors").glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        for entry in [*content["vectors"], *content["traps"]]:
            if (entry["kind"] in NOT_IN_C) is not left_out:
                continue
            yield entry["kind"], bytes.fromhex(entry["hex"])
            if entry["kind"] == "BTHome encrypted":
                yield from _opened(entry)


def _opened(entry: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    try:
        found = bthome.parse(bytes.fromhex(entry["hex"]))
        assert isinstance(found, EncryptedBroadcast)
        key, address = bytes.fromhex(entry["key"]), bytes.fromhex(entry["address"])
        objects = found.open(Cipher(key, address))
    except MalformedMessageError:
        return
    yield "BTHome", bytes([found.data[0] & ~3]) + objects


def _range_of(kind: str) -> tuple[str, Layout[Any]]:
    """Return name and layout of a Valid Range."""
    what = kind.removeprefix("2906 of ")
    if "," in what:
        return f"valid_range_{what.partition(',')[0]}", VECTOR_LAYOUTS[kind]
    message = message_for(what)
    assert message is not None
    return f"valid_range_{c_name(message.__name__)}", VALID_RANGES[full(what)]


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


def compare(program: Path, cases: list[tuple[str, bytes]]) -> list[str]:
    """Return what the program says, having compared it with what Python says."""
    lines = [f"{asked(kind)[0]} {data.hex()}" for kind, data in cases]
    answers = [line.rstrip() for line in run_program(program, lines)]
    assert len(answers) == len(cases)
    for (kind, data), answer in zip(cases, answers, strict=True):
        assert answer == asked(kind)[1](data), f"{kind} {data.hex()}"
    return answers


def test_c_agrees_on_every_vector_and_trap(program: Path) -> None:
    """Mutant: a byte order, an exponent's sign, an optional field's place, a trap let through."""
    cases, left_out = list(vectors()), list(vectors(left_out=True))
    edges = [
        ("2906 of 2A21", bytes.fromhex("58025802")),
        *(("BTHome", bytes([0x40, 0x54, size]) + bytes(size)) for size in (249, 250)),
    ]
    assert [answer == "refused" for answer in compare(program, edges)] == [False, False, True]
    answers = compare(program, cases)
    every = len(cases) + len(left_out)
    print(f"C agrees on {len(cases)} vectors and traps of {every}; not in C:", NOT_IN_C)  # noqa: T201 - the figure
    assert {kind for kind, _ in left_out} == set(NOT_IN_C)
    assert len(cases) > 500
    assert len({kind for kind, _ in cases}) > 35
    assert answers.count("refused") > 100  # the traps
    assert "unknown kind" not in answers


def test_c_agrees_on_damaged_vectors(program: Path) -> None:
    """Mutant: a bound of a number not in the header, a code off by one, a length not checked."""
    chance = random.Random(4)
    cases: list[tuple[str, bytes]] = []
    for kind, data in vectors():
        for _ in range(6):
            damaged = bytearray(data)
            for _ in range(chance.randrange(1, 3)):
                match chance.randrange(4):
                    case 0 if damaged:
                        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
                    case 1 if damaged:
                        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
                    case 2:
                        del damaged[chance.randrange(len(damaged) + 1) :]
                    case _:
                        damaged += chance.randbytes(chance.randrange(4))
            cases.append((kind, bytes(damaged)))
    answers = compare(program, cases)
    refused = answers.count("refused")
    assert min(refused, len(cases) - refused) > len(cases) // 10


def test_c_agrees_at_the_edges_of_every_number(program: Path) -> None:
    """Mutant: a range found by asking that is one number too wide or too narrow."""
    edges = {0, 1, 0x7F, 0x80, 0xFE, 0xFF, 5, 6, 9, 10, 499, 500, 3200, 3201, 10000, 10001}
    edges |= {0x8000, 0x7FFF, 0xFFFE, 0xFFFF, 0x10000 - 27315, 0x10000 - 27316, 0x100 - 48, 57}
    cases: list[tuple[str, bytes]] = []
    longest = {kind: data for kind, data in sorted(vectors(), key=lambda each: len(each[1]))}
    for kind, data in longest.items():
        for at in range(min(len(data), 12)):
            for edge in edges:
                size = 1 if edge < 0x100 else 2
                word = edge.to_bytes(size, "little")
                cases.append((kind, (data[:at] + word + data[at + size :])[: len(data)]))
    compare(program, sorted(set(cases)))


def test_the_compiler_refuses_a_layout_that_is_not_so(tmp_path: Path, program: Path) -> None:
    """Mutant: a static assert that holds for any layout."""
    compiler = find_compiler()
    assert compiler is not None
    source = tmp_path / "assert.c"
    for condition, code in (("sizeof(babyn_temperature_measurement_fixed) == 5", 0), ("0 == 1", 1)):
        source.write_text(
            '#include "babyn_wire.h"\n'
            f"BABYN_STATIC_ASSERT({condition}, test);\nint main(void) {{ return 0; }}\n"
        )
        for standard in ("-std=c99", "-std=c11"):
            done = compile_program(compiler, source, tmp_path / "program", standard)
            assert done.returncode == code, done.stderr


def test_a_program_of_firmware(tmp_path: Path, program: Path) -> None:
    """The way a device would use it: without an operating system's functions, and with little."""
    compiler = find_compiler()
    assert compiler is not None
    done = compile_program(compiler, SOURCES / "thermometer.c", tmp_path / "thermometer")
    assert (done.returncode, done.stderr) == (0, "")
    assert run_program(tmp_path / "thermometer", []) == ["06 6D 01 00 FF EA 07 03 11 0C 1E 00 01"]


def test_what_cannot_be_sent_is_not_encoded(tmp_path: Path, program: Path) -> None:
    """Mutants: a list that is read past its end, a buffer that is written past its end; a number
    that its bytes do not hold is cut, one that may not be sent is; half an item of a list."""
    compiler = find_compiler()
    assert compiler is not None
    made = tmp_path / "refusals"
    done = compile_program(compiler, SOURCES / "refusals.c", made)
    assert (done.returncode, done.stderr) == (0, "")
    assert run_program(made, []) == [
        "3 3 1 1 3 0 1 0",
        "1 0 0 1 3 0 4402FFFF0901 3 3 2 0 3",
        "1 0 3 3",
        "3 1 0 3 0 3 0 1",
        "0 2 0 FFFF00 0 3 3 3 0",
    ]
