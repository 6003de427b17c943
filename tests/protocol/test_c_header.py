"""``babyn_wire.h``, compiled with a C compiler, and asked what Python is asked."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from babyn_protocol import bthome
from babyn_protocol.ad_structures import EXTENDED_SIZE, AdStructure, AdType
from babyn_protocol.bthome import EncryptedBroadcast
from babyn_protocol.bthome.encryption import Cipher
from babyn_protocol.c_header import header
from babyn_protocol.errors import MalformedMessageError
from tests.protocol.c_answers import MESSAGES, asked
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


def vectors() -> Iterator[tuple[str, bytes]]:
    """Yield kind and bytes of all vectors and traps that there are.

    Objects that are encrypted are there a second time, as they are under their key.
    """
    for path in sorted((PROTOCOL / "vectors").glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        for entry in [*content["vectors"], *content["traps"]]:
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
    cases = list(vectors())
    edges = [
        ("2906 of 2A21", bytes.fromhex("58025802")),
        *(("BTHome", bytes([0x40, 0x54, size]) + bytes(size)) for size in (249, 250)),
        *(("AD", bytes(size)) for size in (EXTENDED_SIZE, EXTENDED_SIZE + 1)),
    ]
    refused = [answer == "refused" for answer in compare(program, edges)]
    assert refused == [False, False, True, False, True]
    answers = compare(program, cases)
    print(f"C agrees on all {len(cases)} vectors and traps")  # noqa: T201 - the figure
    assert len(cases) == 537
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


def test_c_agrees_on_any_bytes_as_advertising_data(program: Path) -> None:
    """Mutants: a structure read past its end, filling with something in it, a size that its type
    may not have, data longer than any."""
    chance = random.Random(31)
    types = [*AdType, 0x1C]
    cases = [b"", b"\x00", b"\x01", b"\x02\x01\x06" * 550]
    cases += [cases[-1] + end for end in (b"\x00", b"\x01\x1c", b"\x02\x1c")]
    for _ in range(3000):
        data = b""
        for _ in range(chance.randrange(5)):
            content = chance.randbytes(chance.choice((0, 1, 2, 3, 4, 6, 8, 16, 17)))
            data += bytes(AdStructure(chance.choice(types), content))
        ends = (b"", bytes(3), b"\0\1", chance.randbytes(3), data[: chance.randrange(9)])
        cases.append(data + chance.choice(ends))
    answers = compare(program, [("AD", data) for data in cases])
    refused = answers.count("refused")
    assert min(refused, len(cases) - refused) > len(cases) // 5


def test_the_longest_of_each_is_in_the_header() -> None:
    """Mutants: 512 for all; an optional field, or the wider of two widths, not counted. That it is
    not less, all the other tests say: they encode into a buffer of just that size."""
    sizes = dict(re.findall(r"#define BABYN_(\w+)_MAX_SIZE (\w+)", header()))
    wanted = {
        "BATTERY_LEVEL": "1u",
        "TEMPERATURE_MEASUREMENT": "13u",  # flags, value, time, type
        "INTERMEDIATE_TEMPERATURE": "BABYN_TEMPERATURE_MEASUREMENT_MAX_SIZE",
        "PLX_CONTINUOUS_MEASUREMENT": "20u",
        "RECORD_ACCESS_RESPONSE": "20u",
        "HEART_RATE_MEASUREMENT": "512u",  # intervals to the end
    }
    assert {name: sizes[name] for name in wanted} == wanted


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
        "3 3 3 0 0 1 1 3 10 06D2FC 1 3 3 0 1 0",
    ]
