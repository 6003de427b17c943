"""HCI packets: those that say how a connection came, was encrypted and went, and its data.

Core v5.2 - Host Controller Interface - Vol 4 Part E §7
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from babyn_protocol.capture.errors import Cursor
from babyn_protocol.capture.files import Packet, PacketType


@dataclass(frozen=True, slots=True)
class Scanning:
    """The host starts or ends looking for advertisements."""

    on: bool


@dataclass(frozen=True, slots=True)
class Advertising:
    """The host starts or ends sending advertisements."""

    on: bool


@dataclass(frozen=True, slots=True)
class Connecting:
    """The host begins to wait for a device to connect to."""


@dataclass(frozen=True, slots=True)
class Report:
    """An advertisement, or a scan response, was received."""

    address: str
    address_type: int
    data: bytes
    scan_response: bool
    connectable: bool
    rssi: int


@dataclass(frozen=True, slots=True)
class Connected:
    """There is a connection, or it failed."""

    status: int
    handle: int
    central: bool
    address: str
    address_type: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection ended."""

    handle: int
    reason: int


@dataclass(frozen=True, slots=True)
class EncryptionChanged:
    """A connection is encrypted, or not any more, or could not be."""

    status: int
    handle: int
    on: bool


@dataclass(frozen=True, slots=True)
class Data:
    """A fragment of what L2CAP sends."""

    handle: int
    first: bool
    data: bytes
    offset: int
    """Where it starts in the packet."""


Told = (
    Scanning
    | Advertising
    | Connecting
    | Report
    | Connected
    | Disconnected
    | EncryptionChanged
    | Data
)
"""What a packet can say here."""

ERRORS: Final = {
    0x05: "authentication failed",
    0x06: "PIN or key missing",
    0x08: "connection timeout",
    0x0C: "command disallowed",
    0x13: "the other side ended it",
    0x14: "the other side is low on resources",
    0x15: "the other side is switched off",
    0x16: "this side ended it",
    0x1F: "unspecified error",
    0x22: "no answer in time",
    0x3B: "unacceptable connection parameters",
    0x3D: "a packet was not authentic",
    0x3E: "the connection was never established",
}


def error_text(code: int) -> str:
    """Say an error code of a controller."""
    return ERRORS.get(code, f"error 0x{code:02X}")


def read_packet(packet: Packet) -> list[Told]:
    """Return what a packet says; nothing if it says nothing that is told here.

    Raises:
        PacketError: it is cut off, or not as long as it says.
    """
    match packet.type:
        case PacketType.COMMAND:
            return _command(Cursor("HCI command", packet.data))
        case PacketType.EVENT:
            return _event(Cursor("HCI event", packet.data))
        case PacketType.ACL:
            cursor = Cursor("ACL packet", packet.data)
            word, size = cursor.number(2), cursor.number(2)
            # 01: a fragment that continues; 00 and 10: one that starts.
            first = word >> 12 & 3 != 1
            return [Data(word & 0xFFF, first, cursor.take(size), 4)]
        case _:
            return []


def _command(cursor: Cursor) -> list[Told]:
    code, size = cursor.number(2), cursor.number(1)
    parameters = Cursor(cursor.what, cursor.data[: 3 + size])
    parameters.take(3)
    if parameters.left < size:
        parameters.take(size)
    match code:
        case 0x200C | 0x2042:  # LE Set Scan Enable, LE Set Extended Scan Enable
            return [Scanning(bool(parameters.number(1)))]
        case 0x200A | 0x2039:  # LE Set Advertising Enable, LE Set Extended Advertising Enable
            return [Advertising(bool(parameters.number(1)))]
        case 0x200D | 0x2043 | 0x2085:  # LE Create Connection, its extended forms
            return [Connecting()]
        case _:
            return []


def _event(cursor: Cursor) -> list[Told]:
    code, size = cursor.number(1), cursor.number(1)
    if cursor.left < size:
        cursor.take(size)
    match code:
        case 0x05:  # Disconnection Complete
            status, handle, reason = cursor.number(1), cursor.number(2), cursor.number(1)
            return [] if status else [Disconnected(handle & 0xFFF, reason)]
        case 0x08 | 0x59:  # Encryption Change, v1 and v2
            status, handle, on = cursor.number(1), cursor.number(2), cursor.number(1)
            return [EncryptionChanged(status, handle & 0xFFF, bool(on))]
        case 0x30:  # Encryption Key Refresh Complete
            status, handle = cursor.number(1), cursor.number(2)
            return [EncryptionChanged(status, handle & 0xFFF, on=True)]
        case 0x3E:
            return _le_event(cursor)
        case _:
            return []


def _le_event(cursor: Cursor) -> list[Told]:
    match cursor.number(1):
        # LE Connection Complete, Enhanced v1 and v2: these begin alike.
        case 0x01 | 0x0A | 0x29:
            status, handle, role = cursor.number(1), cursor.number(2), cursor.number(1)
            address_type, address = cursor.number(1), _address(cursor)
            return [Connected(status, handle & 0xFFF, role == 0, address, address_type)]
        case 0x02:
            return [_legacy_report(cursor) for _ in range(cursor.number(1))]
        case 0x0D:
            return [_extended_report(cursor) for _ in range(cursor.number(1))]
        case _:
            return []


def _legacy_report(cursor: Cursor) -> Report:
    kind, address_type, address = cursor.number(1), cursor.number(1), _address(cursor)
    data = cursor.take(cursor.number(1))
    rssi = int.from_bytes(cursor.take(1), "little", signed=True)
    return Report(address, address_type, data, kind == 4, kind in (0, 1), rssi)


def _extended_report(cursor: Cursor) -> Report:
    kind, address_type, address = cursor.number(2), cursor.number(1), _address(cursor)
    cursor.take(4)
    rssi = int.from_bytes(cursor.take(1), "little", signed=True)
    cursor.take(9)
    data = cursor.take(cursor.number(1))
    return Report(address, address_type, data, bool(kind & 8), bool(kind & 1), rssi)


def _address(cursor: Cursor) -> str:
    return cursor.take(6)[::-1].hex(":").upper()
