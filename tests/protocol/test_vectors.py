"""Published and composed bytes, both ways; and bytes that must not be misread."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt import CHARACTERISTICS, message_for
from babyn_protocol.layout import Layout
from babyn_protocol.numbers import DateTime, SpecialValue, date_time, medfloat16, medfloat32
from babyn_protocol.uuids import full
from babyn_protocol.wire import Message

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"
LAYOUTS: dict[str, Layout[Any]] = {
    "medfloat32": medfloat32,
    "medfloat16": medfloat16,
    "2A08": date_time,
}
FILES = sorted(VECTORS.glob("*.json"))


def entries(part: str) -> list[Any]:
    return [
        pytest.param(entry, id=f"{entry['kind']}-{entry['hex'] or 'empty'}")
        for path in FILES
        for entry in json.loads(path.read_text("utf-8"))[part]
    ]


def codec(kind: str) -> type[Message] | Layout[Any]:
    codec = LAYOUTS.get(kind) or message_for(kind)
    assert codec is not None, f"nothing decodes {kind}"
    return codec


def plain(value: object) -> object:
    """Return a value as the vector files write it."""
    match value:
        case Message():
            return {
                field.name: plain(getattr(value, field.name))
                for field in type(value).describe()
                if field.name != "flags" and getattr(value, field.name) is not None
            }
        case SpecialValue():
            return str(value)
        case Decimal():
            return str(value)
        case DateTime():
            parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
            return [part or 0 for part in parts]
        case Enum():
            return value.value
        case _:
            return value


def build(decoded: object, kind: str) -> bytes:
    if isinstance(decoded, Message):
        return bytes(decoded)
    return LAYOUTS[kind].build(decoded)


@pytest.mark.parametrize("entry", entries("vectors"))
def test_bytes_mean_what_they_mean(entry: dict[str, Any]) -> None:
    """Mutant: a byte order, an exponent's sign, a flag's bit, an optional field's place changed."""
    data = bytes.fromhex(entry["hex"])
    decoded = codec(entry["kind"]).parse(data)
    assert plain(decoded) == entry["value"]
    if isinstance(decoded, Message):
        assert decoded.extra == bytes.fromhex(entry.get("extra", ""))


@pytest.mark.parametrize("entry", entries("vectors"))
def test_canonical_bytes_come_back(entry: dict[str, Any]) -> None:
    """Mutant: flags not derived from presence, reserved bits echoed, an exponent normalised."""
    data = bytes.fromhex(entry["hex"])
    built = build(codec(entry["kind"]).parse(data), entry["kind"])
    assert (built == data) is entry["canonical"]


@pytest.mark.parametrize("entry", entries("traps"))
def test_traps(entry: dict[str, Any]) -> None:
    """Mutant: no terminator, a biased exponent, an open enum, a reserved code let through."""
    data = bytes.fromhex(entry["hex"])
    if "wrong" in entry:
        decoded = plain(codec(entry["kind"]).parse(data))
        assert decoded == entry["value"]
        assert decoded != entry["wrong"]
        return
    with pytest.raises(MalformedMessageError) as caught:
        codec(entry["kind"]).parse(data)
    assert caught.value.offset == entry["offset"]
    assert caught.value.field == entry.get("field")
    assert caught.value.data == data


def test_every_file_has_the_schema() -> None:
    assert [path.stem for path in FILES] == [
        "battery",
        "device_information",
        "health_thermometer",
        "numbers",
    ]
    for path in FILES:
        content = json.loads(path.read_text("utf-8"))
        assert set(content) == {"schema", "about", "vectors", "traps"}
        assert content["schema"] == "babyn-vectors/1"
        for entry in content["vectors"]:
            assert set(entry) - {"extra"} == {
                "kind",
                "hex",
                "value",
                "source",
                "derived",
                "canonical",
            }
            assert entry["derived"] is entry["source"].startswith("composed here")
        for entry in content["traps"]:
            assert {"kind", "hex", "why", "source", "derived"} <= set(entry)
            assert entry["derived"] is entry["source"].startswith("composed here")


def test_every_sensor_characteristic_has_a_vector() -> None:
    tested = {
        full(entry["kind"])
        for path in FILES
        for entry in json.loads(path.read_text("utf-8"))["vectors"]
    }
    assert {uuid for uuid, known in CHARACTERISTICS.items() if known.personal} <= tested
