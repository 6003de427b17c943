"""Capture files: btsnoop, pcap and pcapng, with HCI packets in any of the usual encapsulations.

The btsnoop format is that of RFC 1761 with data link types of its own; pcap and pcapng link types
are those of the tcpdump group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from babyn_protocol.capture.errors import MalformedCaptureError

MAX_PACKET: Final = 1 << 18
"""Bytes in the longest packet that is taken for one."""

_UNIX_EPOCH: Final = 0x00DC_DDB3_0F2F_8000
"""1970-01-01 in btsnoop time: microseconds since the year 0."""


class PacketType(IntEnum):
    """What a packet is, by the numbers of the UART transport.

    Core v5.2 - Host Controller Interface - Vol 4 Part A §2
    """

    COMMAND = 1
    ACL = 2
    SYNCHRONOUS = 3
    EVENT = 4
    ISOCHRONOUS = 5


_TYPES: Final = frozenset(PacketType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One HCI packet."""

    number: int
    """Which one in the file, from 1, counting also those that are no HCI packets."""

    offset: int
    """Where its first byte stands in the file."""

    microseconds: int
    """When, since 1970."""

    host: int
    """Which of the hosts in the file."""

    sent: bool | None
    """From the host to the controller; ``None``: the file does not say."""

    type: PacketType
    """What it is."""

    data: bytes
    """Its bytes, without the packet type in front."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFile:
    """The packets of a file, up to its end or to what is wrong with it."""

    format: str
    """What the file is."""

    packets: tuple[Packet, ...]
    """The HCI packets."""

    error: MalformedCaptureError | None
    """Why it ends before its end, if it does."""


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of a file: what the encapsulation is applied to."""

    number: int
    offset: int
    microseconds: int
    link: str
    flags: int
    data: bytes


_MONITOR: Final = {
    2: (PacketType.COMMAND, True),
    3: (PacketType.EVENT, False),
    4: (PacketType.ACL, True),
    5: (PacketType.ACL, False),
}
"""Opcodes of the Linux Bluetooth monitor that are HCI packets told here."""

_BTSNOOP_LINKS: Final = {1001: "H1", 1002: "H4", 2001: "monitor"}
_SNIFFED: Final = frozenset({251, 256, 272})
"""Link types of sniffers: the link layer as heard on the air, mostly encrypted, and no HCI."""

_PCAP_LINKS: Final = {187: "H4", 201: "H4 with direction", 254: "monitor in front"}


def read_file(data: bytes) -> CaptureFile:
    """Read a capture file. Work and memory are bounded by its size.

    Raises:
        MalformedCaptureError: its header is not that of a capture with HCI packets.
    """
    if not data:
        raise _error("capture", None, 0, "the file is empty", data)
    if data.startswith(b"btsnoop\0"):
        name, records = "btsnoop", _btsnoop(data)
    elif data[:4] in _PCAP_MAGIC:
        name, records = "pcap", _pcap(data)
    elif data.startswith(b"\x0a\x0d\x0d\x0a"):
        name, records = "pcapng", _pcapng(data)
    else:
        raise _error("capture", None, 0, "neither btsnoop nor pcap nor pcapng", data)
    packets: list[Packet] = []
    error: MalformedCaptureError | None = None
    try:
        for record in records:
            if (packet := _unwrap(record, name, data)) is not None:
                packets.append(packet)
    except MalformedCaptureError as caught:
        if caught.packet is None:
            raise
        error = caught
    return CaptureFile(format=name, packets=tuple(packets), error=error)


def _no_hci(link: int) -> str:
    """Say that a link type is none of those read here."""
    said = f"link type {link}, which has no HCI packets"
    return f"{said} but those of a sniffer; capture on the host" if link in _SNIFFED else said


def _error(
    what: str, packet: int | None, offset: int, reason: str, data: bytes
) -> MalformedCaptureError:
    return MalformedCaptureError(what, packet=packet, offset=offset, reason=reason, data=data)


def _unwrap(record: _Record, name: str, whole: bytes) -> Packet | None:
    data, host = record.data, 0
    sent: bool | None = not record.flags & 1
    kind: int
    skip = 0
    match record.link:
        case "monitor" | "monitor in front":
            word, host = record.flags & 0xFFFF, record.flags >> 16
            if record.link == "monitor in front":
                skip = 4
                host, word = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
            if word not in _MONITOR:
                return None
            kind, sent = _MONITOR[word]
        case "H1":
            if record.flags & 2:
                kind = PacketType.COMMAND if sent else PacketType.EVENT
            else:
                kind = PacketType.ACL
        case _:
            if record.link == "H4 with direction":
                sent, skip = not int.from_bytes(data[:4], "big") & 1, 4
            if len(data) <= skip:
                raise _error(name, record.number, record.offset, "no packet type", whole)
            kind, skip = data[skip], skip + 1
            if kind not in _TYPES:
                at = record.offset + skip - 1
                raise _error(name, record.number, at, "no HCI packet type", whole)
            if record.link == "H4" and name != "btsnoop":
                sent = {PacketType.COMMAND: True, PacketType.EVENT: False}.get(PacketType(kind))
    if len(data) < skip:
        raise _error(name, record.number, record.offset, "too short for its header", whole)
    return Packet(
        number=record.number,
        offset=record.offset + skip,
        microseconds=record.microseconds,
        host=host,
        sent=sent,
        type=PacketType(kind),
        data=data[skip:],
    )


def _btsnoop(data: bytes) -> Iterator[_Record]:
    if len(data) < 16:
        raise _error("btsnoop", None, len(data), "the header is cut off", data)
    version, link = int.from_bytes(data[8:12], "big"), int.from_bytes(data[12:16], "big")
    if version != 1:
        raise _error("btsnoop", None, 8, "a version that is not known here", data)
    if link not in _BTSNOOP_LINKS:
        raise _error("btsnoop", None, 12, f"data {_no_hci(link)}", data)
    at, number = 16, 0
    while at < len(data):
        number += 1
        if len(data) - at < 24:
            raise _error("btsnoop", number, at, "its header is cut off", data)
        words = [int.from_bytes(data[at + i : at + i + 4], "big") for i in (0, 4, 8)]
        original, size, flags = words
        time = int.from_bytes(data[at + 16 : at + 24], "big") - _UNIX_EPOCH
        if size > original or size > MAX_PACKET:
            raise _error("btsnoop", number, at + 4, "a length that cannot be", data)
        at += 24
        if size > len(data) - at:
            raise _error("btsnoop", number, len(data), "cut off", data)
        yield _Record(number, at, time, _BTSNOOP_LINKS[link], flags, data[at : at + size])
        at += size


_Order = Literal["little", "big"]
_PCAP_MAGIC: Final[dict[bytes, tuple[_Order, int]]] = {
    b"\xd4\xc3\xb2\xa1": ("little", 1),
    b"\xa1\xb2\xc3\xd4": ("big", 1),
    b"\x4d\x3c\xb2\xa1": ("little", 1000),
    b"\xa1\xb2\x3c\x4d": ("big", 1000),
}
"""Byte order, and how many of its units are a microsecond."""


def _pcap(data: bytes) -> Iterator[_Record]:
    order, unit = _PCAP_MAGIC[data[:4]]
    if len(data) < 24:
        raise _error("pcap", None, len(data), "the header is cut off", data)
    link = int.from_bytes(data[20:24], order) & 0xFFFF
    if link not in _PCAP_LINKS:
        raise _error("pcap", None, 20, _no_hci(link), data)
    at, number = 24, 0
    while at < len(data):
        number += 1
        if len(data) - at < 16:
            raise _error("pcap", number, at, "its header is cut off", data)
        seconds, part, size = (int.from_bytes(data[at + i : at + i + 4], order) for i in (0, 4, 8))
        if size > MAX_PACKET:
            raise _error("pcap", number, at + 8, "a length that cannot be", data)
        at += 16
        if size > len(data) - at:
            raise _error("pcap", number, len(data), "cut off", data)
        time = seconds * 1_000_000 + part // unit
        yield _Record(number, at, time, _PCAP_LINKS[link], 0, data[at : at + size])
        at += size


def _pcapng(data: bytes) -> Iterator[_Record]:
    order: _Order = "little"
    links: list[tuple[int, int]] = []
    at = number = 0
    found, other = False, None
    while at < len(data):
        where = number + 1 if at else None
        if len(data) - at < 12:
            raise _error("pcapng", where, at, "a block's header is cut off", data)
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "little" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else "big"
            links = []
        block = int.from_bytes(data[at : at + 4], order)
        size = int.from_bytes(data[at + 4 : at + 8], order)
        if size < 12 or size % 4:
            raise _error("pcapng", where, at + 4, "a block length that cannot be", data)
        if size > len(data) - at:
            raise _error("pcapng", where, len(data), "a block is cut off", data)
        body = data[at + 8 : at + size - 4]
        if block == 1:
            links.append(_interface(body, order))
        elif block in (3, 6):
            number += 1
            link, record = _pcapng_packet(block, body, order, links, number, at + 8, data)
            # Wireshark captures on several interfaces at once, of which one may be HCI.
            if record is None:
                other = other or (at + 8, link)
            else:
                found = True
                yield record
        at += size
    if other is not None and not found:
        raise _error("pcapng", None, other[0], _no_hci(other[1]), data)


def _interface(body: bytes, order: _Order) -> tuple[int, int]:
    """Return the link type, and how many units of its time are a second."""
    link, units, at = int.from_bytes(body[:2], order), 1_000_000, 8
    while at + 4 <= len(body):
        code = int.from_bytes(body[at : at + 2], order)
        size = int.from_bytes(body[at + 2 : at + 4], order)
        if code == 9 and size == 1 and at + 4 < len(body):  # if_tsresol
            power = body[at + 4] & 0x7F
            base = 2 if body[at + 4] & 0x80 else 10
            units = base**power if power <= 63 else units
        at += 4 + size + -size % 4
    return link, units


def _pcapng_packet(
    block: int,
    body: bytes,
    order: _Order,
    links: list[tuple[int, int]],
    number: int,
    at: int,
    whole: bytes,
) -> tuple[int, _Record | None]:
    """Return a packet's link type, and its record if that is one with HCI packets."""
    head = 20 if block == 6 else 4
    if len(body) < head:
        raise _error("pcapng", number, at, "its header is cut off", whole)
    interface = int.from_bytes(body[:4], order) if block == 6 else 0
    if interface >= len(links):
        raise _error("pcapng", number, at, "of an interface that is not described", whole)
    link, units = links[interface]
    if link not in _PCAP_LINKS:
        return link, None
    time = 0
    size = int.from_bytes(body[:4], order)
    if block == 6:
        high, low, size = (int.from_bytes(body[i : i + 4], order) for i in (4, 8, 12))
        time = (high << 32 | low) * 1_000_000 // units
    else:
        size = min(size, len(body) - head)
    if size > len(body) - head or size > MAX_PACKET:
        raise _error("pcapng", number, at, "a length that cannot be", whole)
    packet = body[head : head + size]
    return link, _Record(number, at + head, time, _PCAP_LINKS[link], 0, packet)
