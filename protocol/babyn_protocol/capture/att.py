"""ATT: who asks whom for what. Discovery is followed, so that handles get names.

Core v5.2 - Attribute Protocol - Vol 3 Part F §3.4
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from babyn_protocol.capture.errors import Cursor, PacketError
from babyn_protocol.capture.values import Value, read_value
from babyn_protocol.uuids import Descriptor, name_of, short, uuid16

_PRIMARY, _SECONDARY, _INCLUDE, _CHARACTERISTIC = 0x2800, 0x2801, 0x2802, 0x2803
_PROPERTIES: Final = (
    "broadcast",
    "read",
    "write without response",
    "write",
    "notify",
    "indicate",
    "signed write",
    "extended",
)
_ERRORS: Final = {
    0x01: "invalid handle",
    0x02: "read not permitted",
    0x03: "write not permitted",
    0x04: "invalid PDU",
    0x05: "insufficient authentication",
    0x06: "request not supported",
    0x07: "invalid offset",
    0x08: "insufficient authorization",
    0x09: "prepare queue full",
    0x0A: "attribute not found",
    0x0B: "attribute not long",
    0x0C: "insufficient encryption key size",
    0x0D: "invalid attribute value length",
    0x0E: "unlikely error",
    0x0F: "insufficient encryption",
    0x10: "unsupported group type",
    0x11: "insufficient resources",
    0x80: "application error 0x80",
    0xFC: "write request rejected",
    0xFD: "client characteristic configuration improperly configured",
    0xFE: "procedure already in progress",
    0xFF: "out of range",
}
_FROM_SERVER: Final = frozenset(
    {0x01, 0x03, 0x05, 0x07, 0x09, 0x0B, 0x0D, 0x0F, 0x11, 0x13, 0x17, 0x19, 0x1B, 0x1D, 0x21, 0x23}
)


class Phase(StrEnum):
    """What a part of a story is about."""

    SCAN = "scan"
    CONNECTION = "connection"
    PAIRING = "pairing"
    DISCOVERY = "discovery"
    VALUES = "values"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that is to be told."""

    phase: Phase
    kind: str
    text: str
    uuid: str | None = None
    handle: int | None = None
    data: bytes | None = None
    value: Value | None = None


@dataclass(slots=True)
class Database:
    """The attributes of one server, as far as they were discovered."""

    services: dict[int, str] = field(default_factory=dict[int, str])
    characteristics: dict[int, str] = field(default_factory=dict[int, str])
    """By the handle of their value."""
    _handles: list[int] = field(default_factory=list[int])
    """Those handles, rising."""
    descriptors: dict[int, str] = field(default_factory=dict[int, str])

    def uuid(self, handle: int) -> str | None:
        """Return the UUID of an attribute, if it was discovered."""
        return self.characteristics.get(handle) or self.descriptors.get(handle)

    def owner(self, handle: int) -> str | None:
        """Return the characteristic that a descriptor belongs to."""
        at = bisect_right(self._handles, handle)
        return self.characteristics[self._handles[at - 1]] if at else None

    def add(self, handle: int, uuid: str) -> None:
        """Add a characteristic."""
        if handle not in self.characteristics:
            insort(self._handles, handle)
        self.characteristics[handle] = uuid

    def name(self, handle: int) -> str:
        """Say an attribute."""
        uuid = self.uuid(handle)
        if uuid is None:
            return f"handle 0x{handle:04X} (not discovered in this capture)"
        said = name_of(uuid) or short(uuid)
        owner = self.owner(handle) if handle in self.descriptors else None
        return f"{said} of {name_of(owner) or short(owner)}" if owner else said


@dataclass(slots=True)
class Bearer:
    """Follows the requests to one server, and its answers.

    Attributes:
        database: what is known of the server's attributes.
    """

    database: Database
    _opcode: int = 0
    _request: bytes = b""
    _long: bytes = b""
    _queue: dict[int, bytes] = field(default_factory=dict[int, bytes])

    def receive(self, pdu: bytes) -> list[Told]:
        """Take one PDU.

        Raises:
            PacketError: it is cut off, or its parts do not fit together.
        """
        cursor = Cursor("ATT", pdu)
        opcode = cursor.number(1)
        if not from_server(opcode):
            told = list(self._asked(opcode, cursor))
            if opcode != 0x1E and not opcode & 0x40:
                self._opcode, self._request = opcode, pdu
            return told
        return list(self._answered(opcode, cursor))

    def _asked(self, opcode: int, cursor: Cursor) -> Iterator[Told]:
        match opcode:
            case 0x02:
                size = cursor.number(2)
                text = f"the client takes up to {size} bytes"
                yield Told(phase=Phase.CONNECTION, kind="mtu", text=text)
            case 0x12 | 0x52 | 0xD2:
                handle, data = cursor.number(2), cursor.rest()
                if opcode == 0xD2:
                    data = data[: max(0, len(data) - 12)]
                yield self._written(handle, data, answered=opcode == 0x12)
            case 0x16:
                handle, _, data = cursor.number(2), cursor.number(2), cursor.rest()
                # Bounded: an attribute has 512 bytes at most, and a server few in its queue.
                if len(self._queue) < 64 or handle in self._queue:
                    self._queue[handle] = (self._queue.get(handle, b"") + data)[:512]
            case 0x18:
                queue, self._queue = self._queue, {}
                if cursor.number(1):
                    for handle, data in queue.items():
                        yield self._written(handle, data, answered=True)
            case _:
                pass

    def _written(self, handle: int, data: bytes, *, answered: bool) -> Told:
        name, uuid = self.database.name(handle), self.database.uuid(handle)
        owner = self.database.owner(handle)
        value = read_value(uuid, data, owner=owner, written=True)
        kind = "write"
        if uuid == Descriptor.CLIENT_CHARACTERISTIC_CONFIGURATION:
            kind = "subscribe" if any(data[:2]) else "unsubscribe"
            said = "not known here" if owner is None else name_of(owner) or short(owner)
            text = f"subscribe to {said}: {value.text}" if any(data[:2]) else f"unsubscribe: {said}"
        else:
            text = f"write {name}: {value.text}"
        if not answered:
            text += " (without response)"
        return Told(
            phase=Phase.VALUES,
            kind=kind,
            text=text,
            uuid=uuid,
            handle=handle,
            data=data,
            value=value,
        )

    def _answered(self, opcode: int, cursor: Cursor) -> Iterator[Told]:
        match opcode:
            case 0x01:
                yield from self._refused(cursor)
            case 0x03:
                size = cursor.number(2)
                text = f"the server takes up to {size} bytes"
                yield Told(phase=Phase.CONNECTION, kind="mtu", text=text)
            case 0x05:
                yield from self._information(cursor)
            case 0x07:
                yield from self._found(cursor)
            case 0x09:
                yield from self._read_by_type(cursor)
            case 0x0B:
                self._long = cursor.rest()
                yield self._valued("read", self._asked_handle(), self._long)
            case 0x0D:
                self._long = (self._long + cursor.rest())[:512]
                yield self._valued("read", self._asked_handle(), self._long)
            case 0x11:
                yield from self._groups(cursor)
            case 0x1B | 0x1D:
                handle = cursor.number(2)
                yield self._valued(
                    "notification" if opcode == 0x1B else "indication", handle, cursor.rest()
                )
            case 0x23:
                while cursor.left:
                    handle, size = cursor.number(2), cursor.number(2)
                    yield self._valued("notification", handle, cursor.take(size))
            case _:
                pass

    def _valued(self, kind: str, handle: int, data: bytes) -> Told:
        uuid = self.database.uuid(handle)
        value = read_value(uuid, data, owner=self.database.owner(handle), written=False)
        text = f"{kind} {self.database.name(handle)}: {value.text}"
        return Told(
            phase=Phase.VALUES,
            kind=kind,
            text=text,
            uuid=uuid,
            handle=handle,
            data=data,
            value=value,
        )

    def _asked_handle(self) -> int:
        return int.from_bytes(self._request[1:3], "little")

    def _asked_type(self) -> str | None:
        """Return the attribute type that a request by type asked for."""
        raw = self._request[5:7] if self._opcode == 0x06 else self._request[5:]
        return _uuid(raw) if len(raw) in (2, 16) else None

    def _refused(self, cursor: Cursor) -> Iterator[Told]:
        asked, handle, code = cursor.number(1), cursor.number(2), cursor.number(1)
        # How every discovery ends.
        if code == 0x0A and asked in (0x04, 0x06, 0x08, 0x10):
            return
        reason = _ERRORS.get(code, f"error 0x{code:02X}")
        text = f"refused, {self.database.name(handle)}: {reason}"
        yield Told(phase=Phase.VALUES, kind="refused", text=text, handle=handle)

    def _groups(self, cursor: Cursor) -> Iterator[Told]:
        size = cursor.number(1)
        _sized(cursor, size, (6, 20))
        while cursor.left:
            start, end = cursor.number(2), cursor.number(2)
            yield from self._service(start, end, _uuid(cursor.take(size - 4)))

    def _found(self, cursor: Cursor) -> Iterator[Told]:
        uuid = _uuid(self._request[7:]) if len(self._request) in (9, 23) else None
        while cursor.left:
            start, end = cursor.number(2), cursor.number(2)
            if uuid is not None and self._asked_type() in _SERVICES:
                yield from self._service(start, end, uuid)

    def _service(self, start: int, end: int, uuid: str) -> Iterator[Told]:
        self.database.services[start] = uuid
        text = f"service {_said(uuid)}, handles 0x{start:04X} to 0x{end:04X}"
        yield Told(phase=Phase.DISCOVERY, kind="service", text=text, uuid=uuid, handle=start)

    def _read_by_type(self, cursor: Cursor) -> Iterator[Told]:
        size, kind = cursor.number(1), self._asked_type()
        if kind == uuid16(_CHARACTERISTIC):
            _sized(cursor, size, (7, 21))
            while cursor.left:
                cursor.take(2)
                bits, handle = cursor.number(1), cursor.number(2)
                uuid = _uuid(cursor.take(size - 5))
                self.database.add(handle, uuid)
                can = [name for bit, name in enumerate(_PROPERTIES) if bits >> bit & 1]
                text = f"characteristic {_said(uuid)} [{', '.join(can)}]"
                yield Told(
                    phase=Phase.DISCOVERY,
                    kind="characteristic",
                    text=text,
                    uuid=uuid,
                    handle=handle,
                )
            return
        if size < 2:
            raise PacketError("ATT", 1, "a length that cannot be")
        while cursor.left:
            handle, data = cursor.number(2), cursor.take(size - 2)
            if kind is None or kind == uuid16(_INCLUDE):
                continue
            if handle not in self.database.characteristics:
                self.database.add(handle, kind)
            yield self._valued("read", handle, data)

    def _information(self, cursor: Cursor) -> Iterator[Told]:
        form = cursor.number(1)
        if form not in (1, 2):
            raise PacketError("ATT", 1, "a format that is not known")
        while cursor.left:
            handle, uuid = cursor.number(2), _uuid(cursor.take(2 if form == 1 else 16))
            if uuid in _DECLARATIONS or handle in self.database.characteristics:
                continue
            self.database.descriptors[handle] = uuid
            text = f"descriptor {self.database.name(handle)}"
            yield Told(
                phase=Phase.DISCOVERY, kind="descriptor", text=text, uuid=uuid, handle=handle
            )


_SERVICES: Final = frozenset({uuid16(_PRIMARY), uuid16(_SECONDARY)})
_DECLARATIONS: Final = _SERVICES | {uuid16(_INCLUDE), uuid16(_CHARACTERISTIC)}


def from_server(opcode: int) -> bool:
    """Tell whether a server sends PDUs with this opcode."""
    return opcode in _FROM_SERVER


def _said(uuid: str) -> str:
    name = name_of(uuid)
    return short(uuid) if name is None else f"{name} {short(uuid)}"


def _sized(cursor: Cursor, size: int, sizes: tuple[int, ...]) -> None:
    if size not in sizes:
        raise PacketError("ATT", 1, "a length that cannot be")


def _uuid(data: bytes) -> str:
    number = data[::-1].hex()
    if len(data) == 2:
        return uuid16(int(number, 16))
    return "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))
