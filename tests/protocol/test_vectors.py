"""Published and composed bytes, both ways; and bytes that must not be misread."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, cast

import pytest

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt import CHARACTERISTICS, VALID_RANGES, characteristic
from babyn_protocol.gatt.controls import Hold
from babyn_protocol.gatt.property_values import Colour
from babyn_protocol.gatt.valid_range import ValidRange, valid_range
from babyn_protocol.layout import Layout
from babyn_protocol.numbers import (
    DateTime,
    SpecialValue,
    date_time,
    medfloat16,
    medfloat32,
    scaled,
    sint16,
)
from babyn_protocol.uuids import full, vendor_uuid
from babyn_protocol.wire import Message

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"
LAYOUTS: dict[str, Layout[Any]] = {
    "medfloat32": medfloat32,
    "medfloat16": medfloat16,
    "2A08": date_time,
    "2906 of sint16, 0.1": valid_range(scaled(sint16, "0.1")),
}
NAMES = (
    "battery",
    "controls",
    "current_time",
    "device_information",
    "environmental_sensing",
    "generic_attribute",
    "health_thermometer",
    "heart_rate",
    "numbers",
    "pulse_oximeter",
    "record_access",
    "sensor",
    "valid_range",
    "weight_scale",
)
ELSEWHERE = {
    # Texts and handles, tested in test_gatt.
    "Appearance",
    "DeviceName",
    "FirmwareRevision",
    "HardwareRevision",
    "ModelNumber",
    "PeripheralPreferredConnectionParameters",
    "SerialNumber",
    "SoftwareRevision",
    # As Temperature Measurement, of which it has the layout.
    "IntermediateTemperature",
    # Two bytes without a rule: nothing to trap but their number.
    "Illuminance16",
}
FILES = [VECTORS / f"{name}.json" for name in NAMES]


def entries(part: str) -> list[Any]:
    return [
        pytest.param(entry, id=f"{entry['kind']}-{entry['hex'] or 'empty'}")
        for path in FILES
        for entry in json.loads(path.read_text("utf-8"))[part]
    ]


def uuid_of(kind: str) -> str:
    """Return the full UUID of the characteristic that a kind starts with."""
    number = kind.split()[0]
    slot = number.removeprefix("babyn-")
    return full(number) if slot == number else vendor_uuid(int(slot, 16))


def codec(kind: str) -> type[Message] | Layout[Any]:
    if kind in LAYOUTS:
        return LAYOUTS[kind]
    if kind.startswith("2906 of "):
        return VALID_RANGES[full(kind.removeprefix("2906 of "))]
    known = characteristic(uuid_of(kind))
    assert known is not None, f"nothing decodes {kind}"
    if not kind.endswith(" written"):
        return known.message
    assert known.written is not None, f"nothing else is written than is sent: {kind}"
    return known.written


def plain(value: object) -> object:
    """Return a value as the vector files write it."""
    match value:
        case Message():
            fields = type(value).describe()
            given = {field.name: plain(getattr(value, field.name)) for field in fields}
            return {k: v for k, v in given.items() if k != "flags" and v is not None}
        case ValidRange():
            limits = cast("ValidRange[object]", value)
            return {"lower": plain(limits.lower), "upper": plain(limits.upper)}
        case SpecialValue() | Decimal():
            return str(value)
        case DateTime():
            parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
            return [part or 0 for part in parts]
        case Colour():
            return [value.red, value.green, value.blue]
        case timedelta():
            return value // timedelta(seconds=1)
        case Hold():
            return "until changed"
        case Enum():
            return value.value
        case tuple():
            return [plain(item) for item in cast("tuple[object, ...]", value)]
        case bytes():
            return value.hex().upper()
        case _:
            return value


def build(decoded: object, kind: str) -> bytes:
    if isinstance(decoded, Message):
        return bytes(decoded)
    layout = codec(kind)
    assert isinstance(layout, Layout)
    return layout.build(decoded)


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


def test_every_characteristic_has_a_vector_and_a_trap() -> None:
    """Mutant: a characteristic added without bytes that show what it means, or what it is not."""
    for part in ("vectors", "traps"):
        kinds = {
            entry["kind"] for path in FILES for entry in json.loads(path.read_text("utf-8"))[part]
        }
        tested = {uuid_of(kind) for kind in kinds if kind.startswith(("2", "babyn-"))}
        untested = {
            known.message.__name__ for uuid, known in CHARACTERISTICS.items() if uuid not in tested
        }
        assert untested <= ELSEWHERE, part
        written = {uuid_of(kind) for kind in kinds if kind.endswith(" written")}
        assert written == {uuid for uuid, known in CHARACTERISTICS.items() if known.written}
