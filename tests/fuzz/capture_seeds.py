"""Captures to start from: what each protocol can say, once, in every kind of file."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from babyn_protocol.capture import Packet, PacketType
from babyn_protocol.uuids import full, vendor_uuid
from tests.protocol.captures import acl, btsnoop, connected, message, packet, pcap, pcapng

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"
OWN = "0102030405060708090A0B0C0D0E0F10"

ATT = (
    # MTU.
    ">02F700 <03F700",
    # Services of 2 and of 16 bytes, and by their UUID; then includes.
    ">100100FFFF0028 <110601000900091810001800 0A18",
    f">101900FFFF0028 <111420002900{OWN}",
    ">060100FFFF00280918 <0701000900",
    f">060100FFFF0028{OWN} <0701000900",
    ">060100FFFF002A0918 <0701000900",
    ">080100FFFF0228 <0908020030003900 0A18",
    # Characteristics of 2 and of 16 bytes, two in one answer; descriptors of both.
    ">080100FFFF0328 <090702000A03001C2A05000A0600212A",
    f">080100FFFF0328 <09152200082300{OWN}",
    ">040400FFFF <050104000229 070006290800012AFE000328",
    f">042400FFFF <05022400{OWN}",
    # Read: known, unknown, long, by type, and what was not discovered.
    ">0A0300 <0B006C0100FF",
    ">0A0700 <0B01003C00",
    ">0A0600 <0B3C00 >0C06000200 <0D00",
    ">0A5000 <0B",
    f">0A5000 <0B{OWN * 3}",
    ">080100FFFF002A <0905030041424344",
    f">080100FFFF{OWN} <090360004142",
    ">080100FFFF0118 <09046000414262004344",
    # Written: subscriptions, with and without an answer, long, thrown away, to a control point.
    ">120400020013 <13 >12040000 >12400001 >124000",
    ">520300AABB >D20300AABB000102030405060708090A0B",
    ">1603000000AABB <1703000000AABB >1603000200CC >1801 <19 >160300000011 >1800 <19",
    ">080100FFFF0328 <0907020028030052 2A >1203000101",
    # Said by the device.
    "<1D0300006C0100FF >1E <1B0300006C0100 <1B50000102 <23030005000068010000 040002000000",
    # Refused, or the end of a discovery.
    ">0A0300 <010A030005 <010A030099 <0110010000A <011001000A",
    "<010A03000A",
    # Descriptors of nothing known, of what has no known name, no range, and one.
    ">0401000200 <050102000629 >0A0200 <0B0102",
    f">080100FFFF0328 <09152200082300{OWN} >042400FFFF <050124000229 >1224000100",
    ">060100FFFF00280918 <07010009000A001000",
    ">0401000200 <050101000229 >1201000100",
    ">040400FFFF <0501040006290300 1C2A >0A0400 <0B58020201",
    ">080100FFFF0328 <0907020002070021 2A >040800FFFF <050108000629 >0A0800 <0B5802201C",
    # Answers without anything in them.
    ">100100FFFF0028 <1106 >060100FFFF00280918 <07 >080100FFFF0328 <0907 <0908 <23 <0501",
    ">0600 <0701000900 >08 <090403000102 >080100FFFF <0904030001020304",
    # No opcode that is told here; what cannot be.
    ">20 <21 >0E03000500 <0F <1105 <0901 <0907 <0500 <0501 >FF",
)
"""Requests (>) and answers (<), in hexadecimal."""

SMP = (
    "01 03000D100303",
    "02 03010D100303",
    "02 09020310FFFF",
    "03" + "11" * 16,
    "0505",
    "0599",
    "0B0D",
    "0B00",
    "0C" + "22" * 64,
    "0E01",
    "7701",
)

COMMANDS = (
    (0x200C, "0101"),
    (0x200C, "0000"),
    (0x2042, "010100000000"),
    (0x200A, "01"),
    (0x2039, "0000"),
    (0x200D, ""),
    (0x2043, ""),
    (0x2085, ""),
    (0x0C03, ""),
    (0x200C, ""),
)
_PEER = "01010203040506"
_REPORTS = (
    "02010603030F1805FF4C000102",
    "0716D2FC4002CA09020A08",
    "09094E696768746C616D",
    "FF00",
    "",
    "03190002",
    "030311F0",
    "0516091801AA",
)
EVENTS = (
    (0x05, "00400013"),
    (0x05, "01400013"),
    (0x05, "00410099"),
    (0x08, "00400001"),
    (0x59, "0040000010"),
    (0x08, "05400000"),
    (0x30, "004000"),
    (0x30, "064000"),
    (0x0E, "01030C00"),
    (0x3E, f"0100400000{_PEER}180000004800 00"),
    (0x3E, f"0A00400001{_PEER}{'00' * 12}180000004800 00"),
    (0x3E, f"2900410000{_PEER}{'00' * 12}180000004800 000000FF"),
    (0x3E, f"013E000000{_PEER}180000004800 00"),
    *((0x3E, f"020100{_PEER}{len(data) // 2:02X}{data}C0") for data in _REPORTS),
    (0x3E, f"020104{_PEER}03020106C0"),
    (0x3E, f"0202 00{_PEER}03020106C0 04{_PEER}00C0"),
    (0x3E, f"0D011300{_PEER}0100FF7FC4{'00' * 9}03020106"),
    (0x3E, "0301"),
    (0x3E, "0201"),
)


def _hex(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


def _attributes() -> Iterator[Packet]:
    for story in ATT:
        at = 0
        for mark in (*(i for i, c in enumerate(story) if c in "<>" and i), len(story)):
            said, at = story[at:mark], mark
            digits = said[1:].replace(" ", "")
            yield message(bytes.fromhex(digits[: len(digits) & ~1]), sent=said[0] == ">")


def _values() -> Iterator[Packet]:
    """Read by their type one vector of each characteristic: every kind of value is told."""
    longest: dict[str, bytes] = {}
    for path in sorted(VECTORS.glob("*.json")):
        for entry in json.loads(path.read_text("utf-8"))["vectors"]:
            kind, value = entry["kind"], bytes.fromhex(entry.get("hex", ""))
            if kind.startswith(("2A", "2B", "2C", "babyn-")) and " " not in kind:
                longest[kind] = max(longest.get(kind, b""), value, key=len)
    for number, (kind, value) in enumerate(longest.items()):
        slot = kind.removeprefix("babyn-")
        uuid = full(kind) if slot == kind else vendor_uuid(int(slot, 16))
        handle = struct.pack("<H", 0x100 + number)
        yield message(b"\x08\1\0\xff\xff" + bytes.fromhex(uuid.replace("-", ""))[::-1])
        yield message(b"\x09" + bytes([2 + len(value)]) + handle + value, sent=False)


def _ended(reason: int = 0x13, *, handle: int = 0x40) -> Packet:
    data = struct.pack("<BBBHB", 5, 4, 0, handle, reason)
    return packet(PacketType.EVENT, data, sent=False)


def _stories() -> Iterator[list[Packet]]:
    """Yield what happens; a few packets each, so that a mutation can reach all of it."""
    attributes = list(_attributes())
    yield [connected(), *attributes, _ended()]
    yield attributes
    yield [connected(), *attributes[:8], _ended(), connected(), attributes[-1]]
    yield [connected(role=1), *(replace(each, sent=not each.sent) for each in attributes[:12])]
    yield [message(_hex(data), channel=6, sent=number % 2 == 0) for number, data in enumerate(SMP)]
    yield [
        packet(PacketType.COMMAND, struct.pack("<HB", code, len(_hex(data))) + _hex(data))
        for code, data in COMMANDS
    ]
    yield [packet(PacketType.COMMAND, b"\x0c\x20\5\1"), packet(PacketType.COMMAND, b"\x0c")]
    events = [
        packet(PacketType.EVENT, bytes([code, len(_hex(data))]) + _hex(data), sent=False)
        for code, data in EVENTS
    ]
    for start in range(0, len(events), 5):
        yield events[start : start + 5]
    yield [events[13]] * 2
    yield [packet(PacketType.EVENT, b"\x3e\x20\1", sent=False), message(b"")]
    # More handles than a server queues for.
    yield [message(struct.pack("<BHHB", 0x16, handle, 0, 1)) for handle in (*range(1, 67), 1)]
    yield list(_values())
    whole = bytes.fromhex("05000400 1B03000001")
    yield [
        connected(),
        acl(whole[:6], sent=False),
        acl(whole[6:], sent=False, first=False),
        acl(whole[6:], sent=False, first=False),
        acl(whole[:6], sent=False),
        acl(whole, sent=False),
        acl(whole[:2], sent=False),
        acl(whole + b"\0", sent=False),
        # Damaged at the end of what was put together.
        acl(bytes.fromhex("02000400"), sent=False),
        acl(bytes.fromhex("0301"), sent=False, first=False),
        message(bytes.fromhex("0301"), sent=False),
        message(b""),
        message(b"\1", channel=5),
    ]
    # Both ends of one connection, another end too late, and one of somebody else.
    ends = [connected(), connected(role=1), connected(0x41, role=1), connected(0x42), connected()]
    hosts, times = (1, 2, 2, 2, 3), (0, 10, 5_000_000, 20, 9_000_000)
    yield [
        *(
            replace(each, host=host, microseconds=at)
            for each, host, at in zip(ends, hosts, times, strict=True)
        ),
        replace(message(b"\x0a\3\0"), host=1),
        replace(message(b"\x0a\3\0", sent=False), host=2),
    ]


def _blocks(order: str) -> bytes:
    """Return a pcapng file with what other writers do: simple packets, and clocks of all kinds."""

    def block(kind: int, body: bytes) -> bytes:
        size = len(body) + 12
        return struct.pack(f"{order}II", kind, size) + body + struct.pack(f"{order}I", size)

    def interface(link: int, *options: bytes) -> bytes:
        return block(1, struct.pack(f"{order}HHI", link, 0, 0) + b"".join(options))

    def option(code: int, data: bytes) -> bytes:
        return struct.pack(f"{order}HH", code, len(data)) + data + bytes(-len(data) % 4)

    def simple(data: bytes) -> bytes:
        return block(3, struct.pack(f"{order}I", len(data)) + data + bytes(-len(data) % 4))

    def enhanced(interface: int, data: bytes) -> bytes:
        head = struct.pack(f"{order}IIIII", interface, 1, 2, len(data), len(data))
        return block(6, head + data + bytes(-len(data) % 4))

    data = b"\x02" + message(b"\x0a\3\0").data
    return b"".join(
        (
            block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)),
            interface(187, option(2, b"hci0"), option(9, b"\x8a"), option(9, b"\x06\0")),
            interface(187, option(9, b"\x7f")),
            interface(187, b"\x09\0\x01\0"),
            simple(data),
            *(enhanced(number, data) for number in range(3)),
            interface(1),
            enhanced(3, data),
            enhanced(9, data),
        )
    )


def _unwrapped() -> Iterator[bytes]:
    """Yield files of which only the form is told, whole and cut off."""
    one = [
        message(b"\x0a\3\0"),
        packet(PacketType.COMMAND, b"\x0d\x20\0"),
        packet(PacketType.EVENT, b"\x3e\1\3", sent=False),
    ]
    for link in (1001, 1002, 2001):
        yield btsnoop(one, link)
    yield btsnoop([packet(PacketType.SYNCHRONOUS, b"\1"), packet(PacketType.ISOCHRONOUS, b"")])
    yield from (b"btsnoop\0", b"btsnoop\0\0\0\0\2\0\0\3\xea", btsnoop([], 1))
    yield from (btsnoop(one)[:-3], btsnoop(one)[:30], btsnoop([packet(PacketType.ACL, b"")], 1002))
    monitor = bytearray(btsnoop(one, 2001))
    monitor[27] = 17  # a note of the system
    yield bytes(monitor)
    empty = bytearray(btsnoop(one)[:40])
    empty[16:24] = bytes(8)
    yield bytes(empty)
    for link in (187, 201, 254):
        yield pcap(one, link)
        yield pcapng(one, link)
    yield pcap(one, 187, order=">", nano=True)
    yield from (pcap([]), btsnoop([message(b""), *one])[:-1])
    yield from (pcap(one, 1), pcap(one)[:10], pcap(one)[:30], pcap(one)[:-2], pcapng(one)[:-9])
    for link, data in ((201, b"\0\0"), (254, b"\0\0"), (254, b"\0\0\2"), (187, b"\t\0")):
        short = pcap([], link) + struct.pack("<IIII", 0, 0, len(data), len(data)) + data
        yield short
    yield pcap([], 187) + struct.pack("<IIII", 0, 0, 1 << 20, 1)
    yield pcapng(one) + pcapng(one, 1)
    for order in "<>":
        yield _blocks(order)
        start = _blocks(order)[:28]
        yield from (pcapng(one, 1, order=order), pcapng(one, 256, order=order))
        yield pcapng([], order=order) + struct.pack(f"{order}III4s", 6, 16, 0, b"\x10\0\0\0")
        for size in (9, 1 << 30):
            head = struct.pack(f"{order}IIIIIII", 6, 32, 0, 0, 0, size, size)
            yield pcapng([], order=order) + head + head[4:8]
        yield start + struct.pack(f"{order}II", 6, 11) + start
        yield _blocks(order)[:-40]


def captures() -> tuple[bytes, ...]:
    """Return every story as a file of the Linux monitor, and one in every other kind."""
    stories = list(_stories())
    return (
        *(btsnoop(story, 2001) for story in stories),
        *(pcap(story, 187) for story in stories[:5]),
        *_unwrapped(),
    )
