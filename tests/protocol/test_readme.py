"""What `protocol/README.md` says is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from babyn_protocol.describe import byte_diagram, layout_table
from babyn_protocol.gatt import CHARACTERISTICS, KnownCharacteristic
from babyn_protocol.gatt.controls import (
    PropertyDescription,
    PropertyDescriptions,
    PropertyName,
    PropertyState,
    PropertyStates,
    SetPropertyResult,
)
from babyn_protocol.gatt.device_events import EventKind
from babyn_protocol.gatt.property_values import PropertyKind
from babyn_protocol.gatt.text import Text
from babyn_protocol.numbers import SpecialValue, medfloat16, medfloat32
from babyn_protocol.uuids import VendorCharacteristic, VendorService, short, vendor_uuid
from babyn_protocol.wire import Message

PROTOCOL = Path(__file__).parents[2] / "protocol"
README = (PROTOCOL / "README.md").read_text("utf-8")

WRITTEN = [known for known in CHARACTERISTICS.values() if known.written is not None]
VENDOR = [known for known in CHARACTERISTICS.values() if known.uuid in set(VendorCharacteristic)]
REGISTERED = {
    message for known in CHARACTERISTICS.values() for message in (known.message, known.written)
}


def name_of(message: type[Message]) -> str:
    return message.__name__


def messages(base: type[Message] = Message) -> Iterator[type[Message]]:
    """Yield every message of a GATT service that is declared."""
    for each in base.__subclasses__():
        if each.__module__.startswith("babyn_protocol.gatt."):
            yield each
        yield from messages(each)


# Fields of others; `Text` has no bytes of its own.
PARTS = sorted(set(messages()) - REGISTERED - {Text}, key=name_of)
# What is a list has the diagram of its items.
LISTS = {PropertyDescriptions, PropertyStates}
DIAGRAMS = sorted(
    {
        message
        for known in VENDOR
        for message in (known.message, known.written)
        if message is not None and message not in LISTS
    }
    | {PropertyDescription, PropertyState},
    key=name_of,
)


def assert_table(heading: str, message: type[Message]) -> None:
    table = layout_table(message.describe())
    assert README.count(heading) == 1, f"its heading should read, once: {heading}"
    after = README[README.index(heading) :].split("\n\n", 2)[1]
    assert after.strip() == table, f"its table should read:\n{table}"


@pytest.mark.parametrize("known", CHARACTERISTICS.values(), ids=lambda known: known.uuid.label)
def test_the_layouts_are_those_of_the_declarations(known: KnownCharacteristic) -> None:
    """Mutant: a field added, moved or reworded in the code alone."""
    name = f"**{known.uuid.label}** {short(known.uuid)} (`{known.message.__name__}`"
    name += "; identifying" * known.identifying + "; personal" * known.personal + ")"
    assert_table(name, known.message)


@pytest.mark.parametrize("known", WRITTEN, ids=lambda known: known.uuid.label)
def test_the_layouts_of_what_is_written_too(known: KnownCharacteristic) -> None:
    """Mutant: a field added, moved or reworded in the code alone."""
    assert known.written is not None
    heading = f"**{known.uuid.label}, written** {short(known.uuid)} (`{known.written.__name__}`)"
    assert_table(heading, known.written)


@pytest.mark.parametrize("message", PARTS, ids=name_of)
def test_the_layouts_of_parts_too(message: type[Message]) -> None:
    """Mutant: a field added, moved or reworded in the code alone."""
    assert_table(f"**`{message.__name__}`**", message)


def test_there_are_parts_and_written_ones() -> None:
    """The control: the two tests above look at something."""
    assert {name_of(message) for message in PARTS} >= {"PowerState", "PropertyState", "Alarm"}
    assert len(WRITTEN) == 2


@pytest.mark.parametrize("message", DIAGRAMS, ids=name_of)
def test_the_diagrams_are_those_of_the_declarations(message: type[Message]) -> None:
    """Mutant: a field added, moved or renamed in the code alone."""
    diagram = byte_diagram(message.describe())
    assert f"```\n{diagram}\n```" in README, f"its diagram should read:\n{diagram}"


@pytest.mark.parametrize(
    ("codes", "digits"),
    [(PropertyKind, 0), (PropertyName, 4), (SetPropertyResult, 0), (EventKind, 0)],
)
def test_our_own_codes_are_those_of_the_code(codes: type[Enum], digits: int) -> None:
    """Mutant: a code added or renumbered in the code alone."""
    for member in codes:
        code = f"0x{member.value:0{digits}X}" if digits else str(member.value)
        assert f"\n| {code} | {member} | " in README


def test_our_own_uuids_are_those_of_the_code() -> None:
    assert f"\n{vendor_uuid(0).replace('a34d0000', 'a34d....')}\n" in README
    for service in VendorService:
        assert f"### {service.label} {service}\n" in README
        assert f"| **0x{service[4:8]}** | **{service.label}**, a service | |" in README
    for characteristic in VendorCharacteristic:
        assert f"| 0x{characteristic[4:8]} | {characteristic.label} | " in README


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
