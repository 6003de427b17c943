"""Advertising data: structures and what they say, both ways; what must be refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_protocol import bthome
from babyn_protocol.advertisement import (
    LEGACY_SIZE,
    AddressKind,
    AdFlags,
    AdStructure,
    AdType,
    Advertisement,
    build,
    parse_structures,
)
from babyn_protocol.errors import InvalidMessageError, MalformedMessageError
from babyn_protocol.uuids import short

B = bytes.fromhex
VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "protocol" / "vectors" / "advertisement.json").read_text("utf-8")
)
OWN = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"


def entries(part: str) -> list[Any]:
    return [pytest.param(entry, id=entry["hex"] or "empty") for entry in VECTORS[part]]


def plain(said: Advertisement) -> dict[str, object]:
    """Return what an advertisement says as the vector file writes it: what is not there is not."""
    found: dict[str, object] = {
        "flags": None if said.flags is None else said.flags.value,
        "local_name": said.local_name,
        "name_complete": said.name_complete,
        "service_uuids": [short(uuid) for uuid in said.service_uuids],
        "service_data": [[short(uuid), data.hex()] for uuid, data in said.service_data],
        "manufacturer_data": [[company, data.hex()] for company, data in said.manufacturer_data],
        "tx_power": said.tx_power,
        "appearance": said.appearance,
        "others": [[structure.type, structure.data.hex()] for structure in said.others],
    }
    absent: tuple[object, ...] = (None, [], True)
    return {name: value for name, value in found.items() if value not in absent}


@pytest.mark.parametrize("entry", entries("vectors"))
def test_bytes_mean_what_they_mean(entry: dict[str, Any]) -> None:
    """Mutant: UUIDs in the wrong byte order, a size of a UUID, a type mistaken for another."""
    data = B(entry["hex"])
    assert plain(Advertisement.parse(data)) == entry["value"]
    built = build(*parse_structures(data))
    assert (built == data) is entry["canonical"]
    assert data.startswith(built)


@pytest.mark.parametrize("entry", entries("traps"))
def test_traps(entry: dict[str, Any]) -> None:
    """Mutant: a structure is read past its end, or past the end of all."""
    with pytest.raises(MalformedMessageError) as caught:
        Advertisement.parse(B(entry["hex"]))
    assert (caught.value.field, caught.value.offset) == (entry["field"], entry["offset"])


def test_the_file_has_the_schema() -> None:
    assert set(VECTORS) == {"schema", "about", "vectors", "traps", "rules", "advertisements"}
    assert VECTORS["schema"] == "babyn-vectors/1"
    for entry in (*VECTORS["vectors"], *VECTORS["traps"]):
        assert entry["kind"] == "AD"
        assert entry["derived"] is entry["source"].startswith("composed here")


def test_structures_are_made() -> None:
    made = (
        AdStructure.flags(),
        AdStructure.service_uuids("1809", "0x180F"),
        AdStructure.service_data("FCD2", B("4002CA09")),
        AdStructure.manufacturer_data(0xFFFF, b"\x01"),
        AdStructure.local_name("Sense"),
    )
    data = build(*made)
    assert data == B("020106 050309180F18 0716D2FC4002CA09 04FFFFFF01 060953656E7365")
    assert parse_structures(data) == made
    said = Advertisement.parse(memoryview(data))
    assert said.flags == AdFlags.LE_GENERAL_DISCOVERABLE | AdFlags.BR_EDR_NOT_SUPPORTED
    assert bthome.is_bthome(dict(said.service_data))
    assert AdStructure.service_uuids(OWN, complete=False).type == AdType.INCOMPLETE_UUID128_LIST
    assert AdStructure.service_uuids("12345678").type == AdType.COMPLETE_UUID32_LIST
    assert AdStructure.service_data(OWN.upper(), b"").data == B("9ECADC240EE5A9E093F3A3B50100406E")
    assert AdStructure.service_data("12345678", b"").type == AdType.SERVICE_DATA_UUID32
    assert AdStructure.local_name("S", complete=False) == AdStructure(0x08, b"S")


@pytest.mark.parametrize("uuids", [(), ("1809", OWN), ("18",), ("xyzw",), ("1809 ",)])
def test_uuids_that_make_no_list(uuids: tuple[str, ...]) -> None:
    with pytest.raises(InvalidMessageError):
        AdStructure.service_uuids(*uuids)


def test_a_structure_that_does_not_fit_its_length_byte() -> None:
    assert len(bytes(AdStructure(0xFF, bytes(254)))) == 256
    for kind, data in ((0x100, b""), (-1, b""), (0xFF, bytes(255))):
        with pytest.raises(InvalidMessageError):
            AdStructure(kind, data)
    with pytest.raises(InvalidMessageError, match="16 bits"):
        AdStructure.manufacturer_data(0x10000, b"")


def test_thirty_one_bytes_fit() -> None:
    """Mutant: the budget counts data, not structures; or it is not kept."""
    flags = AdStructure.flags()
    assert len(build(flags, AdStructure.service_data("FCD2", bytes(24)))) == LEGACY_SIZE
    with pytest.raises(InvalidMessageError, match="takes 32 bytes, and 31 fit"):
        build(flags, AdStructure.service_data("FCD2", bytes(25)))
    assert len(build(flags, AdStructure.service_data("FCD2", bytes(25)), limit=251)) == 32


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("C0FFEE000001", AddressKind.RANDOM_STATIC),
        ("FFFFFFFFFFFF", AddressKind.RANDOM_STATIC),
        ("7FFFFFFFFFFF", AddressKind.RESOLVABLE_PRIVATE),
        ("400000000000", AddressKind.RESOLVABLE_PRIVATE),
        ("3F0000000000", AddressKind.NON_RESOLVABLE_PRIVATE),
        ("800000000000", AddressKind.UNKNOWN),
    ],
)
def test_the_two_highest_bits_tell_the_kind(address: str, kind: AddressKind) -> None:
    assert AddressKind.of_random(B(address)) is kind


structures = st.builds(AdStructure, st.integers(0, 255), st.binary(max_size=12))


@settings(deadline=None)
@given(st.lists(structures, max_size=6))
def test_structures_come_back(made: list[AdStructure]) -> None:
    data = build(*made, limit=1650)
    assert parse_structures(data) == tuple(made)
    assert parse_structures(data + bytes(3)) == tuple(made)


@settings(deadline=None)
@given(st.binary(max_size=64) | st.binary(min_size=1640, max_size=1660))
def test_any_bytes_are_an_advertisement_or_one_error(raw: bytes) -> None:
    """Mutant: an index error, or a structure longer than what is left."""
    refused: MalformedMessageError | None = None
    try:
        read = Advertisement.parse(raw)
    except MalformedMessageError as error:
        refused = error
    else:
        assert raw.startswith(build(*parse_structures(raw), limit=1650))
        assert isinstance(read, Advertisement)
    if refused is not None:
        assert 0 <= refused.offset <= len(raw)
        assert refused.__context__ is None
