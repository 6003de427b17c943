"""What `protocol/README.md` says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from babyn_protocol.describe import layout_table
from babyn_protocol.gatt import CHARACTERISTICS, KnownCharacteristic
from babyn_protocol.numbers import SpecialValue, medfloat16, medfloat32
from babyn_protocol.uuids import short

PROTOCOL = Path(__file__).parents[2] / "protocol"
README = (PROTOCOL / "README.md").read_text("utf-8")


@pytest.mark.parametrize("known", CHARACTERISTICS.values(), ids=lambda known: known.uuid.label)
def test_the_layouts_are_those_of_the_declarations(known: KnownCharacteristic) -> None:
    """Mutant: a field added, moved or reworded in the code alone."""
    name = f"**{known.uuid.label}** {short(known.uuid)} (`{known.message.__name__}`"
    name += "; identifying" * known.identifying + "; personal" * known.personal + ")"
    table = layout_table(known.message.describe())
    assert name in README, f"its heading should read: {name}"
    after = README[README.index(name) :].split("\n\n", 2)[1]
    assert after.strip() == table, f"its table should read:\n{table}"


def test_the_examples_run() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(block, {"__name__": __name__})


def test_the_special_values_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([0-9A-F ]+)` \| `([0-9A-F ]+)` \|", README, re.MULTILINE)
    said = {name: (bytes.fromhex(long), bytes.fromhex(brief)) for name, long, brief in rows}
    assert said == {
        value.name: (medfloat32.build(value), medfloat16.build(value)) for value in SpecialValue
    }


def test_only_confirmed_versions_are_cited() -> None:
    """Mutant: a citation of a version that nobody has confirmed."""
    rows = re.findall(r"^\| (\w+) \| ([\w ]+) \| (v[\d.]+) \|", README, re.MULTILINE)
    confirmed = {(document, version) for document, _, version in rows}
    cited = {
        citation
        for path in PROTOCOL.glob("babyn_protocol/**/*.py")
        for citation in re.findall(r"\b([A-Z]\w+) (v[\d.]+) - ", path.read_text("utf-8"))
    }
    assert ("HTS", "v1.0") in cited
    assert cited <= confirmed
