"""How the fields of messages stand in C: their types, names and numbers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from babyn_protocol.describe import FieldDescription
from babyn_protocol.wire import Message

_INTEGER: Final = re.compile(r"(?P<sign>[us])int(?P<bits>8|16|24|32|64)\b")
_KEYWORDS: Final = frozenset({"operator", "register", "default", "switch", "short", "long"})


@dataclass(frozen=True, slots=True)
class Kind:
    """How a field stands in C."""

    type: str
    size: int
    """Bytes on the wire; of a list, of one item; 0: any number."""

    get: str = ""
    put: str = ""
    span: bool = False
    array: bool = False

    @property
    def signed(self) -> bool:
        """Whether the C type is signed."""
        return self.type.startswith("int")

    @property
    def limits(self) -> tuple[int, int]:
        """The lowest and the highest number that the C type holds."""
        bits = int(self.type.removeprefix("u").removeprefix("int").removesuffix("_t"))
        return (-(1 << bits - 1), (1 << bits - 1) - 1) if self.signed else (0, (1 << bits) - 1)


def c_name(name: str) -> str:
    """Return a Python name as this header has it: ``TemperatureMeasurement``, or a field's."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9])", "_", name).lower()
    snake = re.sub(r"\bco_2", "co2", re.sub(r"_spo_2|^spo_2", "spo2", snake))
    return f"{snake}_" if snake in _KEYWORDS else snake


@cache
def declared() -> dict[str, type[Message]]:
    """Return every message of a GATT service, by name."""
    found: dict[str, type[Message]] = {}
    waiting: list[type[Message]] = [Message]
    while waiting:
        for each in waiting.pop().__subclasses__():
            if each.__module__.startswith("babyn_protocol.gatt."):
                found[each.__name__] = each
            waiting.append(each)
    return found


def kind_of(field: FieldDescription) -> Kind:
    """Return how a field stands in C."""
    text = field.format
    item = text.removesuffix(", repeated to the end")
    if item != text:
        size = _kind_of(item, replace(field, size=1)).size
        return Kind("babyn_span", size, span=True)
    return _kind_of(text, field)


def _kind_of(text: str, field: FieldDescription) -> Kind:
    if text in declared():
        part = declared()[text]
        sizes = [f.size for f in part.describe() if f.presence is None]
        if None in sizes or len(sizes) != len(part.describe()):
            raise TypeError(f"{text}: its size is not fixed, so nothing can follow it in C")
        name = f"babyn_{c_name(text)}"
        return Kind(name, sum(size or 0 for size in sizes), f"{name}_decode", f"{name}_encode")
    if text in ("octets", "utf8s") or (field.size is None and not field.bits):
        return Kind("babyn_span", 0, span=True)
    if text in ("medfloat32", "medfloat16"):
        return Kind("babyn_medfloat", field.size or 0, f"babyn_get_{text}")
    if text == "Date Time":
        return Kind("babyn_date_time", 7, "babyn_get_date_time")
    if field.size is None:  # two widths
        return Kind("uint16_t", 2, "babyn_get_u16")
    if (found := _INTEGER.match(text)) is not None:
        bits = int(found["bits"])
        unsigned = "u" if found["sign"] == "u" else ""
        held = 32 if bits == 24 else bits
        return Kind(f"{unsigned}int{held}_t", bits // 8, f"babyn_get_{found['sign']}{bits}")
    if field.size and (text == "value of its kind" or text.startswith("octets[")):
        return Kind("uint8_t", field.size, array=True)
    if field.size == 0:
        return Kind("", 0)
    raise TypeError(f"{field.name}: {text} is not known in C")


def item_of(field: FieldDescription) -> str | None:
    """Return the C name of the message that a list is made of."""
    name = field.format.removesuffix(", repeated to the end")
    return c_name(name) if name != field.format and name in declared() else None


def is_nested(field: FieldDescription) -> bool:
    """Tell whether decoding the field can fail by itself."""
    return is_part(field) or field.format in ("medfloat32", "medfloat16", "Date Time")


def is_part(field: FieldDescription) -> bool:
    """Tell whether the field is a message itself."""
    return field.format in declared()


def is_of_its_kind(field: FieldDescription) -> bool:
    """Tell whether the field is the value of a property, whose kind another field says."""
    return field.format == "value of its kind"


def is_bits(field: FieldDescription) -> bool:
    """Tell whether each bit of the field has a name."""
    return field.format.endswith(" of bits")


def bits_of(field: FieldDescription) -> int:
    """Return the bits of a field that have a name."""
    return sum(1 << bit for bit, _ in field.codes)


def is_flags(field: FieldDescription, fields: Iterable[FieldDescription]) -> bool:
    """Tell whether a field is the flags that others of these use."""
    used = any(each.bits or each.presence is not None for each in fields)
    return field.name == "flags" and used


def outside(source: str, low: int, high: int, least: int, most: int) -> str:
    """Return the condition that a number is not in a range, without what its type rules out."""
    if low == high:
        return f"{source} != {number(low)}"
    parts: list[str] = []
    if low > least:
        parts.append(f"{source} < {number(low)}")
    if high < most:
        parts.append(f"{source} > {number(high)}")
    return f"({' || '.join(parts)})" if len(parts) > 1 else parts[0]


def number(value: int) -> str:
    """Return a number as C writes it."""
    if value < 0:
        return f"({value})" if value > -(1 << 31) else "INT32_MIN"
    return f"{value}u" if value > 0x7FFF else str(value)


def constant(text: str) -> str:
    """Return words as the name of a macro."""
    plain = text.replace("°", "degree ")
    return re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")


def meaning(field: FieldDescription) -> str:
    """Return a comment that says what one step of an integer is worth."""
    steps = re.findall(r"in steps of ([0-9.]+)", field.format)
    seconds = field.format.endswith(", seconds")
    said = "seconds" if seconds else f"steps of {' or '.join(steps)}" * bool(steps)
    return f" /* in {said} */" if said else ""


def comment(message: type[Message]) -> str:
    """Return what the declaration says of the message."""
    text = inspect.cleandoc(message.__doc__ or "").replace("``", "`").replace("*/", "* /")
    lines = [line.rstrip() for line in text.splitlines()]
    head, *rest = lines
    if not rest:
        return f"/* {message.__name__}: {head} */"
    body = "\n".join(f" * {line}".rstrip() for line in rest)
    return f"/* {message.__name__}: {head}\n{body}\n */"
