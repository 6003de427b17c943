"""Published and composed BTHome broadcasts, both ways; what must be refused; sequences of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from babyn_protocol import bthome
from babyn_protocol.bthome import (
    AnyObject,
    Broadcast,
    Command,
    Dimmer,
    EncryptedBroadcast,
    MalformedBroadcastError,
    Receiver,
)
from babyn_protocol.errors import (
    AuthenticationFailedError,
    DowngradedMessageError,
    MalformedMessageError,
    ReplayedMessageError,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "protocol" / "vectors" / "bthome.json").read_text("utf-8")
)


def entries(part: str) -> list[Any]:
    return [
        pytest.param(entry, id=f"{entry['kind']}-{entry['hex'] or 'empty'}".replace(" ", "-"))
        for entry in VECTORS[part]
    ]


def plain(value: object) -> object:
    """Return a value as the vector file writes it."""
    match value:
        case Decimal():
            return str(value)
        case bytes():
            return value.hex()
        case datetime():
            return int(value.timestamp())
        case Dimmer():
            return [plain(value.rotation), value.steps]
        case Command():
            return [plain(value.opcode), plain(value.arguments)]
        case Enum():
            return value.value
        case _:
            return value


def opened(entry: Mapping[str, Any]) -> Broadcast:
    found = bthome.parse(bytes.fromhex(entry["hex"]))
    if entry["kind"] == "BTHome":
        assert isinstance(found, Broadcast)
        return found
    assert isinstance(found, EncryptedBroadcast)
    assert found.counter == entry.get("counter", found.counter)
    return found.decrypt(key=bytes.fromhex(entry["key"]), address=bytes.fromhex(entry["address"]))


def said(objects: Iterable[AnyObject]) -> object:
    return [[found.type.id, plain(found.value)] for found in objects]


@pytest.mark.parametrize("entry", entries("vectors"))
def test_bytes_mean_what_they_mean(entry: dict[str, Any]) -> None:
    """Mutant: a factor, a sign, a size, an id, a bit or the nonce's order changed."""
    read = opened(entry)
    assert said(read.objects) == entry["value"]["objects"]
    assert read.trigger_based is entry["value"]["trigger_based"]
    assert read.rest == bytes.fromhex(entry.get("rest", ""))
    if entry["kind"] == "BTHome":
        assert read.address == (bytes.fromhex(entry["address"]) if "address" in entry else None)


@pytest.mark.parametrize("entry", entries("vectors"))
def test_canonical_bytes_come_back(entry: dict[str, Any]) -> None:
    """Mutant: reserved bits, an included address or what was not understood is sent again."""
    read = opened(entry)
    if entry["kind"] == "BTHome":
        built = read.plaintext()
    else:
        built = read.encrypted(
            key=bytes.fromhex(entry["key"]),
            address=bytes.fromhex(entry["address"]),
            counter=entry["counter"],
        )
    assert (built == bytes.fromhex(entry["hex"])) is entry["canonical"]


@pytest.mark.parametrize("entry", entries("traps"))
def test_traps(entry: dict[str, Any]) -> None:
    """Mutant: a truncated or disordered broadcast is taken as far as it goes, without a word."""
    with pytest.raises(MalformedBroadcastError) as caught:
        opened(entry)
    assert caught.value.field == entry["field"]
    assert caught.value.offset == entry["offset"]
    assert said(caught.value.objects) == entry.get("objects", [])


OUTCOMES: dict[type[Exception], str] = {
    ReplayedMessageError: "replayed",
    DowngradedMessageError: "downgraded",
    AuthenticationFailedError: "not authentic",
    MalformedMessageError: "malformed",
    MalformedBroadcastError: "malformed",
}


@pytest.mark.parametrize("story", VECTORS["stories"], ids=lambda story: story["about"])
def test_stories(story: dict[str, Any]) -> None:
    """Mutant: "any counter under 100 is a restart"; a wrap that needs nobody; plaintext let in."""
    receiver = Receiver(bytes.fromhex(story["key"]), bytes.fromhex(story["address"]))
    for number, step in enumerate(story["steps"]):
        if "resynchronise" in step:
            receiver.resynchronise(step["resynchronise"])
        else:
            try:
                received = receiver.receive(bytes.fromhex(step["hex"]))
            except tuple(OUTCOMES) as error:
                outcome = OUTCOMES[type(error)]
            else:
                outcome = "repeated" if received is None else "accepted"
            assert outcome == step["then"], f"step {number}"
        assert receiver.window.highest == step["mark"], f"step {number}"


def test_the_file_has_the_schema() -> None:
    assert set(VECTORS) == {"schema", "about", "vectors", "traps", "stories"}
    assert VECTORS["schema"] == "babyn-vectors/1"
    for entry in (*VECTORS["vectors"], *VECTORS["traps"]):
        assert entry["kind"] in ("BTHome", "BTHome encrypted")
        assert entry["derived"] is entry["source"].startswith("composed here")
    for story in VECTORS["stories"]:
        assert {step.get("then", "resynchronised") for step in story["steps"]} <= {
            "accepted",
            "downgraded",
            "malformed",
            "not authentic",
            "repeated",
            "replayed",
            "resynchronised",
        }


def test_every_object_has_a_vector() -> None:
    tested = {id_ for entry in VECTORS["vectors"] for id_, _ in entry["value"]["objects"]}
    assert tested == set(bthome.OBJECT_TYPES)
