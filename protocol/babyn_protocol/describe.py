"""Layouts of messages as data, and as tables for documentation."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from babyn_protocol.fields import FlagBitsSpec, FlagValueSpec, RepeatedSpec, SizedSpec, Spec
from babyn_protocol.layout import code_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDescription:
    """One field of a message."""

    name: str
    """The attribute's name."""

    format: str
    """What the specifications call its format."""

    offset: int | None
    """Its first byte; ``None`` if that depends on the fields before it, or it is in the flags."""

    size: int | None
    """Bytes it takes when it is there; ``None`` if the value decides; 0 if it is in the flags."""

    bits: range
    """The flag bits that are its value or decide its layout."""

    presence: int | None
    """The flag bit that says whether it is there; ``None``: it always is."""

    reserved: tuple[int, ...]
    """Of the flags themselves: the bits without a meaning, ignored on read and zero on write."""

    codes: tuple[tuple[int, str], ...]
    """What single codes mean."""

    doc: str
    """The text below it in the source, or nothing where there is no source."""


def describe(message: type, specs: Mapping[str, Spec]) -> tuple[FieldDescription, ...]:
    """Describe the fields of a message class."""
    docs = attribute_docs(message)
    used = {bit for spec in specs.values() for bit in spec.owned_bits()}
    offset: int | None = 0
    found: list[FieldDescription] = []
    for name, spec in specs.items():
        layouts = spec.layouts()
        size = spec.size()
        found.append(
            FieldDescription(
                name=name,
                format=_format(spec),
                offset=offset if layouts else None,
                size=size,
                bits=spec.bits,
                presence=spec.presence,
                reserved=_reserved(spec, used),
                codes=_codes(spec),
                doc=docs.get(name, ""),
            )
        )
        if offset is not None:
            offset = None if size is None or spec.presence is not None else offset + size
    return tuple(found)


def attribute_docs(cls: type) -> dict[str, str]:
    """Return the string below each annotated attribute of a class and its bases.

    Python keeps no such strings, so this reads the source; without one there is nothing.
    """
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        # No source file, no such class in it, or not parseable on its own.
        except (OSError, TypeError, SyntaxError):
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                docs.update(_strings_below(node.body))
    return docs


def _strings_below(body: Iterable[ast.stmt]) -> Iterable[tuple[str, str]]:
    name: str | None = None
    for statement in body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=target)):
                name = target
            case ast.Expr(value=ast.Constant(value=str(text))) if name is not None:
                yield name, " ".join(inspect.cleandoc(text).split())
                name = None
            case _:
                name = None


def layout_table(fields: Iterable[FieldDescription]) -> str:
    """Return a Markdown table of a message's layout."""
    rows = ["| field | bytes | format | present | meaning |", "|---|---|---|---|---|"]
    for field in fields:
        meaning = field.doc.replace("``", "`")
        if field.codes:
            meaning += " " + "; ".join(f"{code}: {name}" for code, name in field.codes)
        if field.reserved:
            meaning += " Reserved bits: " + ", ".join(map(str, field.reserved))
        present = "always" if field.presence is None else f"flag bit {field.presence}"
        rows.append(
            f"| `{field.name}` | {_place(field)} | {field.format} | {present} | {meaning} |"
        )
    return "\n".join(rows)


def byte_diagram(fields: Iterable[FieldDescription]) -> str:
    """Return a message's bytes as a diagram, four to a row, in characters.

    Fields that are not always there, and those whose size the value decides, take a row of their
    own below the others.
    """
    edge = "+".join(["", *["-" * 15] * 4, ""])
    cells: list[tuple[str, int]] = []
    below: list[str] = []
    for field in fields:
        if field.size == 0:
            continue
        if field.presence is None and field.size is not None and not below:
            cells.append((field.name, field.size))
            continue
        plural = "" if field.size == 1 else "s"
        extent = "to the end" if field.size is None else f"{field.size} byte{plural}"
        there = "" if field.presence is None else f", if flag bit {field.presence}"
        below.append(f"{field.name}, {extent}{there}")
    lines = [" 0               1               2               3", edge]
    row = ""
    for name, size in cells:
        label, left = name, size
        while left:
            taken = min(left, 4 - len(row) // 16)
            row += "|" + label.center(16 * taken - 1)
            left, label = left - taken, f"({name})"
            if len(row) == 64:
                lines += [f"{row}|", edge]
                row = ""
    if row:
        lines += [f"{row}|", edge[: len(row) + 1]]
    for text in below:
        lines += [f"|{text.center(63)}|", edge]
    return "\n".join(lines)


def _place(field: FieldDescription) -> str:
    if field.size == 0:
        return "in the flags"
    if field.offset is None:
        return "next" if field.size is None else f"next {field.size}"
    if field.size is None:
        return f"{field.offset} on"
    last = field.offset + field.size - 1
    return str(last) if field.size == 1 else f"{field.offset} to {last}"


def _format(spec: Spec) -> str:
    match spec:
        case FlagValueSpec():
            first, last = spec.bits.start, spec.bits.stop - 1
            return f"bit {first}" if first == last else f"bits {first} to {last}"
        case SizedSpec():
            return f"{spec.layout.name}, or {spec.wide.name} if flag bit {spec.bits.start} is set"
        case RepeatedSpec():
            return f"{spec.layout.name}, repeated to the end"
        case _:
            return " ".join(layout.name for layout in spec.layouts())


def _reserved(spec: Spec, used: set[int]) -> tuple[int, ...]:
    if not isinstance(spec, FlagBitsSpec) or spec.layout.size is None:
        return ()
    return tuple(bit for bit in range(8 * spec.layout.size) if bit not in used)


def _codes(spec: Spec) -> tuple[tuple[int, str], ...]:
    if isinstance(spec, FlagValueSpec):
        return tuple((code_of(member), str(member)) for member in spec.values or ())
    return tuple(code for layout in spec.layouts() for code in layout.codes)
