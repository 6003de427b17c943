"""What is fuzzed: everything that reads a stranger's bytes, with the vectors it starts from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babyn_protocol import bthome
from babyn_protocol.advertisement import AddressKind, Advertisement
from babyn_protocol.advertisement_linter import lint
from babyn_protocol.bthome.encryption import Cipher
from babyn_protocol.gatt import CHARACTERISTICS, VALID_RANGES
from babyn_protocol.gatt.valid_range import valid_range
from babyn_protocol.layout import Layout
from babyn_protocol.numbers import date_time, medfloat16, medfloat32, scaled, sint16
from babyn_protocol.uuids import full, vendor_uuid
from babyn_protocol.wire import Message

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"
KEY = bytes(range(16))
ADDRESS = bytes(range(6))


@dataclass(frozen=True)
class Subject:
    """One reader.

    Attributes:
        name: of the message or layout.
        read: takes bytes; returns what they say, or raises our error.
        seeds: bytes of the vectors and traps, both good and bad.
        message: the message it reads, if it is one.
    """

    name: str
    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    message: type[Message] | None = None


def messages(base: type[Message] = Message) -> Iterator[type[Message]]:
    """Return every message of the package, those that stand within others included."""
    for message in base.__subclasses__():
        if message.__module__.startswith("babyn_protocol."):
            yield message
        yield from messages(message)


def _layouts() -> dict[str, Layout[Any]]:
    ranges = {f"2906 of {uuid}": layout for uuid, layout in VALID_RANGES.items()}
    return {
        "medfloat32": medfloat32,
        "medfloat16": medfloat16,
        "2A08": date_time,
        "2906 of sint16, 0.1": valid_range(scaled(sint16, "0.1")),
        **ranges,
    }


def _reader(kind: str, layouts: dict[str, Layout[Any]]) -> str:
    """Return the name of the subject that reads a kind of vector."""
    if kind in layouts or kind.startswith(("BTHome", "AD")):
        return kind
    if kind.startswith("2906 of "):
        return f"2906 of {full(kind.removeprefix('2906 of '))}"
    number = kind.split()[0]
    slot = number.removeprefix("babyn-")
    known = CHARACTERISTICS[full(number) if slot == number else vendor_uuid(int(slot, 16))]
    message = known.written if kind.endswith(" written") else known.message
    assert message is not None
    return message.__name__


def _sealed(objects: bytes) -> object:
    """Read objects that come encrypted, from the device itself: it, too, may be hostile."""
    sealed = Cipher(KEY, ADDRESS).seal(0x41, 1, objects)
    data = b"\x41" + sealed[:-4] + (1).to_bytes(4, "little") + sealed[-4:]
    return bthome.Receiver(KEY, ADDRESS).receive(data)


def _received(data: bytes) -> object:
    return bthome.Receiver(KEY, ADDRESS).receive(data)


def _linted(data: bytes) -> object:
    """Lint them as advertising data, with some of them as a scan response."""
    kinds = tuple(AddressKind)
    return lint(
        data,
        data[len(data) // 2 :] or None,
        connectable=bool(len(data) & 1),
        address_kind=kinds[len(data) % len(kinds)],
    )


def subjects() -> tuple[Subject, ...]:
    """Return them all."""
    layouts = _layouts()
    seeds: dict[str, list[bytes]] = defaultdict(list)
    for path in sorted(VECTORS.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        for entry in (*content["vectors"], *content["traps"]):
            if "hex" in entry:
                seeds[_reader(entry["kind"], layouts)].append(bytes.fromhex(entry["hex"]))
    broadcasts = tuple(seeds["BTHome"] + seeds["BTHome encrypted"])
    advertisements = tuple(seeds["AD"])
    return (
        *(
            Subject(
                message.__name__,
                message.parse,
                tuple(seeds[message.__name__]) or (bytes(message._codec.size or 4),),
                message,
            )
            for message in messages()
        ),
        *(
            Subject(name, layout.parse, tuple(seeds[name]) or (bytes(layout.size or 4),))
            for name, layout in layouts.items()
        ),
        Subject("BTHome", bthome.parse, broadcasts),
        Subject("BTHome, received", _received, broadcasts),
        Subject("BTHome, sealed", _sealed, tuple(seed[1:] for seed in broadcasts)),
        Subject("Advertisement", Advertisement.parse, advertisements),
        Subject("advertisement linter", _linted, advertisements),
    )
