"""Captures put together by hand, in every encapsulation that is read."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from babyn_protocol.capture import Packet, PacketType

UNIX_EPOCH = 0x00DC_DDB3_0F2F_8000
OPCODES = {
    (PacketType.COMMAND, True): 2,
    (PacketType.EVENT, False): 3,
    (PacketType.ACL, True): 4,
    (PacketType.ACL, False): 5,
}


def packet(kind: PacketType, data: bytes, *, sent: bool = True, at: int = 0) -> Packet:
    return Packet(number=1, offset=0, microseconds=at, host=0, sent=sent, type=kind, data=data)


def connected(handle: int = 0x40, *, role: int = 0) -> Packet:
    """The event that a connection is there."""
    parameters = struct.pack("<BBHBB6sHHHB", 1, 0, handle, role, 1, bytes(range(6)), 24, 0, 72, 0)
    return packet(PacketType.EVENT, bytes([0x3E, len(parameters)]) + parameters, sent=False)


def acl(data: bytes, *, sent: bool = True, handle: int = 0x40, first: bool = True) -> Packet:
    """A fragment."""
    word = handle | (0 if first and sent else 0x2000 if first else 0x1000)
    return packet(PacketType.ACL, struct.pack("<HH", word, len(data)) + data, sent=sent)


def message(data: bytes, *, channel: int = 4, sent: bool = True) -> Packet:
    """A whole message of L2CAP."""
    return acl(struct.pack("<HH", len(data), channel) + data, sent=sent)


def btsnoop(packets: Iterable[Packet], link: int = 1002) -> bytes:
    """Write a btsnoop file: 1001 (H1), 1002 (H4) or 2001 (Linux monitor)."""
    out = b"btsnoop\0" + struct.pack(">II", 1, link)
    for each in packets:
        data = each.data if link != 1002 else bytes([each.type]) + each.data
        flags = (not each.sent) | (2 if each.type is not PacketType.ACL else 0)
        if link == 2001:
            flags = each.host << 16 | OPCODES[each.type, bool(each.sent)]
        time = UNIX_EPOCH + each.microseconds
        out += struct.pack(">IIIIQ", len(data), len(data), flags, 0, time) + data
    return out


def _linked(each: Packet, link: int) -> bytes:
    match link:
        case 201:
            return struct.pack(">I", not each.sent) + bytes([each.type]) + each.data
        case 254:
            return struct.pack(">HH", 0, OPCODES[each.type, bool(each.sent)]) + each.data
        case _:
            return bytes([each.type]) + each.data


def pcap(
    packets: Iterable[Packet], link: int = 201, *, order: str = "<", nano: bool = False
) -> bytes:
    """Write a pcap file: 187 (H4), 201 (H4 with direction) or 254 (Linux monitor)."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for each in packets:
        data = _linked(each, link)
        seconds, part = divmod(each.microseconds, 1_000_000)
        part *= 1000 if nano else 1
        out += struct.pack(f"{order}IIII", seconds, part, len(data), len(data)) + data
    return out


def pcapng(packets: Iterable[Packet], link: int = 201, *, order: str = "<") -> bytes:
    """Write a pcapng file, with nanoseconds."""
    out = _block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))
    options = struct.pack(f"{order}HHB3xHH", 9, 1, 9, 0, 0)
    out += _block(order, 1, struct.pack(f"{order}HHI", link, 0, 0) + options)
    out += _block(order, 0x0BAD, b"skipped!")
    for each in packets:
        data = _linked(each, link)
        time = each.microseconds * 1000
        head = struct.pack(f"{order}IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
        out += _block(order, 6, head + data + bytes(-len(data) % 4))
    return out


def _block(order: str, kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return struct.pack(f"{order}II", kind, size) + body + struct.pack(f"{order}I", size)
