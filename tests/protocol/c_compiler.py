"""The C compiler, and programs made with it from ``babyn_wire.h``."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from babyn_protocol.c_fields import c_name
from babyn_protocol.c_header import messages
from babyn_protocol.c_valid_range import range_names
from babyn_protocol.describe import FieldDescription
from babyn_protocol.wire import Message

PROTOCOL = Path(__file__).parents[2] / "protocol"
SOURCES = Path(__file__).parent / "c"
FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
PATIENCE = 120.0
"""Seconds after which a test gives up waiting for a compiler or a program."""


def compilers() -> tuple[str, ...]:
    """Return the paths of the C compilers that are installed, the one that is asked first first."""
    found = (shutil.which(name) for name in ("gcc", "clang", "cc"))
    # By what they are: cc is mostly a link to one of the others.
    return tuple({os.path.realpath(path): path for path in found if path is not None}.values())


def find_compiler() -> str | None:
    """Return the path of a C compiler, if one is installed."""
    return next(iter(compilers()), None)


def compiler_is_required() -> bool:
    """Return whether a missing compiler is a failure, as in CI."""
    return os.environ.get("BABYN_REQUIRE_TOOLS") == "1"


def compile_program(
    compiler: str, source: Path, program: Path, *flags: str
) -> subprocess.CompletedProcess[str]:
    """Compile one file with the header and what lies beside the program."""
    places = [f"-I{PROTOCOL}", f"-I{program.parent}"]
    command = [compiler, *FLAGS, *flags, *places, str(source), "-o", str(program)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


def run_program(program: Path, lines: Iterable[str]) -> list[str]:
    """Return what a program prints for some lines, a line each."""
    done = subprocess.run(
        [str(program)],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def kinds(which: Iterable[type[Message]]) -> str:
    """Return the C code that decodes, prints and encodes each kind."""
    text = [
        _number("medfloat32", "babyn_medfloat", 4),
        _number("medfloat16", "babyn_medfloat", 2),
        _number("date_time", "babyn_date_time", 7),
    ]
    names = ["medfloat32", "medfloat16", "date_time", "bthome", "advertisement"]
    for name in range_names():
        names.append(f"valid_range_{name}")
        text.append(_range(f"valid_range_{name}"))
    for message in which:
        name = c_name(message.__name__)
        names.append(name)
        text += [
            f"static void run_{name}(const uint8_t *data, size_t size)",
            "{",
            f"    babyn_{name} value;",
            f"    uint8_t again[BABYN_{name.upper()}_MAX_SIZE];",
            "    babyn_result result;",
            f"    if (babyn_{name}_decode(&value, data, size) != BABYN_OK) {{",
            "        refused();",
            "        return;",
            "    }",
            *_prints(message, "value."),
            f"    result = babyn_{name}_encode(&value, again, sizeof again, &size);",
            "    ended(result, again, size);",
            "}",
        ]
    text += ["static bool run(const char *kind, const uint8_t *data, size_t size)", "{"]
    for name in names:
        text.append(
            f'    if (strcmp(kind, "{name}") == 0) {{ run_{name}(data, size); return true; }}'
        )
    return "\n".join([*text, "    return false;", "}", ""])


def _number(name: str, kind: str, size: int) -> str:
    printed = kind.removeprefix("babyn_")
    return f"""\
static void run_{name}(const uint8_t *data, size_t size)
{{
    {kind} value;
    uint8_t again[{size}];
    if (size != {size} || babyn_get_{name}(&value, data) != BABYN_OK) {{
        refused();
        return;
    }}
    print_{printed}("value", &value);
    ended(babyn_put_{name}(again, &value), again, sizeof again);
}}"""


def _range(name: str) -> str:
    return f"""\
static void run_{name}(const uint8_t *data, size_t size)
{{
    babyn_valid_range value;
    uint8_t again[8];
    babyn_result result;
    if (babyn_{name}_decode(&value, data, size) != BABYN_OK) {{
        refused();
        return;
    }}
    print_signed("lower", value.lower);
    print_signed("upper", value.upper);
    result = babyn_{name}_encode(&value, again, sizeof again, &size);
    ended(result, again, size);
}}"""


def _prints(message: type[Message], path: str) -> Iterator[str]:
    prefix = path.partition(".")[2]
    for field in message.describe():
        name = c_name(field.name)
        if field.size == 0:
            continue
        for line in _print(field, f"{prefix}{field.name}", f"{path}{name}"):
            if field.presence is None:
                yield line
            else:
                yield f"    if (({path}flags & 0x{1 << field.presence:X}u) != 0) {{ {line} }}"


def _print(field: FieldDescription, label: str, value: str) -> Iterator[str]:
    if field.format in ("medfloat32", "medfloat16"):
        yield f'    print_medfloat("{label}", &{value});'
    elif field.format == "Date Time":
        yield f'    print_date_time("{label}", &{value});'
    elif field.format == "value of its kind" or field.format.startswith("octets["):
        yield f'    print_bytes("{label}", {value}, sizeof {value});'
    elif field.format.startswith("sint"):
        yield f'    print_signed("{label}", {value});'
    elif field.format.startswith("uint") and (field.size is not None or field.bits):
        yield f'    print_unsigned("{label}", {value});'
    elif field.size is None:
        yield f'    print_bytes("{label}", {value}.data, {value}.size);'
    else:
        nested = next(part for part in messages() if part.__name__ == field.format)
        yield from _prints(nested, f"{value}.")
