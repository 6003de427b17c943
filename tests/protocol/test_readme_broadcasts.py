"""What `protocol/README.md` says of broadcasts is so."""

from __future__ import annotations

import re
from pathlib import Path

from babyn_protocol.advertisement_rules import RULES
from babyn_protocol.bthome import (
    LEGACY_SIZE,
    MAX_SIZE,
    OBJECT_TYPES,
    DeviceInformation,
    Kind,
)
from babyn_protocol.describe import layout_table

README = (Path(__file__).parents[2] / "protocol" / "README.md").read_text("utf-8")
SECTION = README[README.index("\n## Broadcasts\n") :]


def rows(cells: int) -> set[tuple[str, ...]]:
    """Return the cells of every row of a table that has so many."""
    found = (line.strip("|").split("|") for line in SECTION.splitlines() if line.startswith("|"))
    return {tuple(cell.strip() for cell in row) for row in found if len(row) == cells}


def test_the_first_byte_is_that_of_the_declaration() -> None:
    assert layout_table(DeviceInformation.describe()) in SECTION


def test_every_object_is_in_a_table() -> None:
    """Mutant: an object added, moved or given another step in the code alone."""
    said = {row for row in rows(4) if re.fullmatch("`[0-9A-F]{2}`", row[0])}
    expected: set[tuple[str, ...]] = set()
    for kind in OBJECT_TYPES.values():
        name = f"`{kind.id:02X}`", kind.name
        if kind.states is not None:
            assert kind.kind is Kind.BINARY_SENSOR
            expected.add((*name, *kind.states))
            continue
        value = kind.layout.name if kind.length is None else f"length byte, {kind.layout.name}"
        if kind.layout.codes:
            value += ". " + "; ".join(f"{code}: {what}" for code, what in kind.layout.codes)
        expected.add((*name, value, kind.unit or ""))
    assert said == expected


def test_every_rule_is_in_the_table() -> None:
    """Mutant: a rule added or reworded in the code alone."""
    said = {row for row in rows(5) if re.fullmatch("`[a-z0-9-]+`", row[0]) and "-" in row[0]}
    assert said == {
        (f"`{rule.code}`", rule.severity, f"{rule.what}: {rule.why}", rule.remedy, rule.source)
        for rule in RULES
    }


def test_the_sizes_are_those_of_the_code() -> None:
    sizes = f"at most {MAX_SIZE} bytes, and in a legacy advertisement {LEGACY_SIZE}:"
    assert sizes in SECTION
    assert f"that is {LEGACY_SIZE - 1} bytes of objects in the\n" in SECTION
    assert f"or {LEGACY_SIZE - 1 - 8} encrypted" in SECTION


def test_the_example_runs() -> None:
    (block,) = re.findall(r"```py\n(.*?)```", SECTION, re.DOTALL)
    exec(block, {"__name__": __name__})
