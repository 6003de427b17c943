"""What is fuzzed: everything that reads a stranger's bytes, with the vectors it starts from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babyn_protocol import bthome
from babyn_protocol.advertisement import AddressKind, Advertisement
from babyn_protocol.advertisement_linter import lint
from babyn_protocol.bthome.encryption import Cipher
from babyn_protocol.capture import read_story
from babyn_protocol.codec import Codec
from babyn_protocol.errors import BabynError
from babyn_protocol.gatt import CHARACTERISTICS, VALID_RANGES
from babyn_protocol.gatt.valid_range import valid_range
from babyn_protocol.layout import Layout
from babyn_protocol.numbers import date_time, medfloat16, medfloat32, scaled, sint16
from babyn_protocol.uuids import full, vendor_uuid
from babyn_protocol.wire import Message
from tests.fuzz.capture_seeds import captures
from tests.fuzz.declarations import DECLARATIONS

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
    read: Callable[[bytes | bytearray], object]
    seeds: tuple[bytes, ...]
    message: type[Message] | None = None


def codec_of(message: type[Message]) -> Codec:
    """Return what a message is read and written by."""
    return message._codec  # pyright: ignore[reportPrivateUsage] - it is what is tested


def messages(base: type[Message] = Message) -> Iterator[type[Message]]:
    """Return every message of the package, those that stand within others included."""
    for message in base.__subclasses__():
        if message.__module__.startswith("babyn_protocol."):
            yield message
        yield from messages(message)


_SEEDS = {
    "PeripheralPreferredConnectionParameters": ("0600090000009001",),
    "Text": ("42616279",),
    "Sample": ("A53D00002C0101000005", "A50000000005"),
    "Careless": ("0001020341", "00010041"),
    "LocalTimeInformation": ("04FF",),
    "Shelf": ("00000001020304050605",),
    "Either": ("000001020304050600000005", "0100000500000005", "02000102030405060000010203040506"),
    "Lossy": ("01FE", "05FF"),
    "Rest": ("004142", "01414243"),
    "Records": ("01000105", "01"),
    "Advertisement": ("020106" * 560,),
    "PropertyDescription": ("01030100FFFF0100000000006400000001000000",),
    "PropertyState": ("010105000000000008070000",),
}
"""Where to start with what has no vectors, or none of some kind."""


def _seeds(name: str, found: list[bytes], size: int | None) -> tuple[bytes, ...]:
    own = [bytes.fromhex(seed) for seed in _SEEDS.get(name, ())]
    return tuple(found + own) or (bytes(6 if size is None else size),)


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


def _sealed(data: bytes | bytearray) -> object:
    """Receive objects encrypted by the device itself, which may be hostile too, or confused.

    The first two bytes are counters of what is received before.
    """
    objects = bytes(data[2:])
    cipher, receiver = Cipher(KEY, ADDRESS), bthome.Receiver(KEY, ADDRESS)

    def sealed(counter: int) -> bytes:
        found = cipher.seal(0x41, counter, objects)
        return b"\x41" + found[:-4] + counter.to_bytes(4, "little") + found[-4:]

    for counter in data[:2]:
        with suppress(BabynError):
            receiver.receive(sealed(counter))
    return receiver.receive(sealed(5))


def _received(data: bytes | bytearray) -> object:
    """Receive up to three broadcasts, cut out of the input; return what came of the last."""
    receiver = bthome.Receiver(KEY, ADDRESS)
    third = len(data) // 3
    for part in (data[:third], data[third : 2 * third], data[2 * third :]):
        with suppress(BabynError):
            receiver.receive(part)
    return receiver.receive(data)


_ADDRESS_KINDS = tuple(AddressKind)


def _linted(data: bytes | bytearray) -> object:
    """Lint: two bytes that say how, advertising data, and the rest as a scan response."""
    options, size, body = (*data[:2], 0, 0)[0], (*data[1:2], 0)[0], bytes(data[2:])
    return lint(
        body[:size],
        body[size:] if options & 2 else None,
        connectable=bool(options & 1),
        address_kind=_ADDRESS_KINDS[(options >> 2) % len(_ADDRESS_KINDS)],
    )


def _advertised() -> tuple[bytes, ...]:
    """Return every advertisement of the linter's vectors, as :func:`_linted` takes it."""
    content = json.loads((VECTORS / "advertisement.json").read_text("utf-8"))
    found = [entry["advertisement"] for entry in content["advertisements"]]
    found += [entry[part] for entry in content["rules"] for part in ("wrong", "right")]
    seeds: list[bytes] = []
    for each in found:
        said = bytes.fromhex(each["advertising_data"])
        response = each["scan_response"]
        kind = _ADDRESS_KINDS.index(AddressKind(each["address"]))
        options = each["connectable"] | (response is not None) << 1 | kind << 2
        seeds.append(bytes([options, len(said)]) + said + bytes.fromhex(response or ""))
    # Names, and data of a service, that have what a serial number has.
    seeds += map(
        bytes.fromhex,
        (
            "030A 020106 06096B6964206C 0609 6B69642041",
            "030A 0909 30323A41423A4344",
            "010F 0E160F18 4142433132333435363738",
            "010C 0B160F18 0102030405060708",
            "0109 020106 05FF4C000102",
        ),
    )
    return tuple(seeds)


def _told(data: bytes | bytearray) -> object:
    return read_story(bytes(data))


def subjects() -> tuple[Subject, ...]:
    """Return them all."""
    layouts = _layouts()
    seeds: dict[str, list[bytes]] = defaultdict(list)
    for path in sorted(VECTORS.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        for entry in (*content["vectors"], *content["traps"]):
            if "hex" in entry:
                seeds[_reader(entry["kind"], layouts)].append(bytes.fromhex(entry["hex"]))
    control_characters = bytes.fromhex("405303071B41")
    broadcasts = (*seeds["BTHome"], *seeds["BTHome encrypted"], control_characters)
    advertisements = _seeds("Advertisement", seeds["AD"], None)
    every_message: tuple[type[Message], ...] = (*messages(), *DECLARATIONS)
    return (
        *(
            Subject(
                message.__name__,
                message.parse,
                _seeds(message.__name__, seeds[message.__name__], codec_of(message).size),
                message,
            )
            for message in every_message
        ),
        *(
            Subject(name, layout.parse, _seeds(name, seeds[name], layout.size))
            for name, layout in layouts.items()
        ),
        Subject("BTHome", bthome.parse, broadcasts),
        Subject("BTHome, received", _received, broadcasts),
        Subject("BTHome, sealed", _sealed, tuple(b"\1\2" + seed[1:] for seed in broadcasts)),
        Subject("Advertisement", Advertisement.parse, advertisements),
        Subject("advertisement linter", _linted, _advertised()),
        Subject("capture", _told, captures()),
    )


def write_corpus(folder: Path, *, only: str | None = None) -> int:
    """Write every seed as a file for the fuzzing that coverage guides; return how many.

    Each begins with the number of its subject, unless it is for only one.
    """
    folder.mkdir()
    inputs = [
        seed if only is not None else bytes([number]) + seed
        for number, subject in enumerate(subjects())
        for seed in subject.seeds
        if only in (None, subject.name)
    ]
    for number, data in enumerate(inputs):
        (folder / f"{number:05}").write_bytes(data)
    return len(inputs)
