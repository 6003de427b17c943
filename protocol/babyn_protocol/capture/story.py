"""The story of a capture: scan, connection, pairing, discovery, values, in their order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from babyn_protocol.advertisement import Advertisement
from babyn_protocol.capture import hci, l2cap, smp
from babyn_protocol.capture.att import Bearer, Database, Phase, Told, from_server
from babyn_protocol.capture.errors import MalformedCaptureError, PacketError
from babyn_protocol.capture.files import CaptureFile, Packet, read_file
from babyn_protocol.capture.values import hexadecimal
from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.uuids import name_of, short

__all__ = ["Event", "Phase", "Story", "read_story"]

_HEADERS: Final = 8
"""Bytes of ACL's and of L2CAP's header."""

_NEAREST: Final = 8
"""Connections that are looked at, before and after, for the other end of one."""

_SAME_MOMENT: Final = 1_000_000
"""Microseconds between the two ends of one connection being told of it, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    packet: int
    """Number of the packet that completed it, from 1."""

    offset: int
    """Where that packet stands in the file."""

    microseconds: int
    """When, since 1970."""

    host: int
    """Which of the hosts in the file saw it."""

    connection: int | None
    """Which connection it is about, from 1."""

    told: Told
    """What happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened in a capture."""

    format: str
    """What the file is."""

    packets: int
    """How many HCI packets it has."""

    events: tuple[Event, ...]
    """In order."""

    mirrored: int
    """How many connections are left out, because the file has their other end, too."""

    error: MalformedCaptureError | None
    """The first thing in the file that is not what it says it is. What could be read is told."""


@dataclass(slots=True)
class _Connection:
    number: int
    host: int
    handle: int
    central: bool | None
    address: str
    since: int
    _reassemblies: dict[bool | None, l2cap.Reassembly] = field(
        default_factory=dict[bool | None, l2cap.Reassembly]
    )
    bearers: dict[bool | None, Bearer] = field(default_factory=dict[bool | None, Bearer])

    def reassembly(self, sent: bool | None) -> l2cap.Reassembly:
        return self._reassemblies.setdefault(sent, l2cap.Reassembly())


def read_story(data: bytes) -> Story:
    """Read a capture file and tell what happened.

    Raises:
        MalformedCaptureError: it is no capture file with HCI packets. Damage further on is not
            raised: it is in :attr:`Story.error`, and in the events.
    """
    return _Teller(read_file(data), data).story()


class _Teller:
    def __init__(self, file: CaptureFile, data: bytes) -> None:
        self._file = file
        self._data = data
        self._open: dict[tuple[int, int], _Connection] = {}
        self._all: list[_Connection] = []
        self._seen: dict[int, set[tuple[object, ...]]] = {}
        self._known: dict[tuple[int, str], dict[bool | None, Database]] = {}
        self._error = file.error

    def story(self) -> Story:
        events: list[Event] = []
        for packet in self._file.packets:
            try:
                events += self._packet(packet)
            except PacketError as error:
                events.append(self._problem(packet, error))
        mirrored = self._mirrored()
        numbers = [each.number for each in self._all if each.number not in mirrored]
        renumbered = {number: at for at, number in enumerate(numbers, 1)}
        left = [
            event
            if event.connection is None
            else replace(event, connection=renumbered[event.connection])
            for event in events
            if event.connection not in mirrored
        ]
        return Story(
            format=self._file.format,
            packets=len(self._file.packets),
            events=tuple(left),
            mirrored=len(mirrored),
            error=self._error,
        )

    def _problem(self, packet: Packet, error: PacketError) -> Event:
        whole = MalformedCaptureError(
            error.what,
            packet=packet.number,
            offset=packet.offset + error.offset,
            reason=error.reason,
            data=self._data,
        )
        if self._error is None or (self._error.packet or 0) > packet.number:
            self._error = whole
        told = Told(phase=Phase.PROBLEM, kind="malformed", text=str(whole))
        return self._event(packet, None, told)

    def _mirrored(self) -> set[int]:
        """Return the connections whose central end is in the file, too."""
        centrals = sorted((each for each in self._all if each.central), key=_since)
        found: set[int] = set()
        for each in self._all:
            if each.central is not False:
                continue
            at = bisect_left(centrals, each.since, key=_since)
            # Those nearest in time; a file with more at one moment is none of a simulation.
            for near in range(max(0, at - _NEAREST), min(len(centrals), at + _NEAREST)):
                other = centrals[near]
                if other.host != each.host and abs(other.since - each.since) <= _SAME_MOMENT:
                    found.add(each.number)
                    del centrals[near]
                    break
        return found

    def _event(self, packet: Packet, connection: _Connection | None, told: Told) -> Event:
        return Event(
            packet=packet.number,
            offset=packet.offset,
            microseconds=packet.microseconds,
            host=packet.host,
            connection=None if connection is None else connection.number,
            told=told,
        )

    def _packet(self, packet: Packet) -> Iterator[Event]:
        for said in hci.read_packet(packet):
            match said:
                case hci.Scanning(on) | hci.Advertising(on):
                    yield from self._switched(packet, said, on=on)
                case hci.Report():
                    yield from self._report(packet, said)
                case hci.Connecting():
                    told = _told(Phase.CONNECTION, "connecting", "connect")
                    yield self._event(packet, None, told)
                case hci.Connected():
                    yield from self._connected(packet, said)
                case hci.Disconnected():
                    connection = self._connection(packet, said.handle)
                    del self._open[packet.host, said.handle]
                    text = f"disconnected: {hci.error_text(said.reason)}"
                    told = _told(Phase.CONNECTION, "disconnected", text)
                    yield self._event(packet, connection, told)
                case hci.EncryptionChanged():
                    text = "encrypted" if said.on else "not encrypted"
                    if said.status:
                        text = f"encryption failed: {hci.error_text(said.status)}"
                    told = _told(Phase.PAIRING, "encryption", text)
                    yield self._event(packet, self._connection(packet, said.handle), told)
                case hci.Data():
                    yield from self._received(packet, said)

    def _switched(
        self, packet: Packet, said: hci.Scanning | hci.Advertising, *, on: bool
    ) -> Iterator[Event]:
        kind = "scan" if isinstance(said, hci.Scanning) else "advertise"
        if on:
            self._seen[packet.host] = set()
        told = _told(Phase.SCAN, kind, f"{kind}: {'on' if on else 'off'}")
        yield self._event(packet, None, told)

    def _report(self, packet: Packet, report: hci.Report) -> Iterator[Event]:
        key = (report.address, report.scan_response, report.data)
        seen = self._seen.setdefault(packet.host, set())
        # A device says the same many times a second.
        if key in seen:
            return
        seen.add(key)
        kind = "scan response" if report.scan_response else "advertisement"
        text = f"{kind} of {report.address}, {report.rssi} dBm: {advertised(report.data)}"
        told = Told(phase=Phase.SCAN, kind=kind, text=text, data=report.data)
        yield self._event(packet, None, told)

    def _connected(self, packet: Packet, said: hci.Connected) -> Iterator[Event]:
        if said.status:
            text = f"not connected: {hci.error_text(said.status)}"
            yield self._event(packet, None, _told(Phase.CONNECTION, "failed", text))
            return
        connection = self._add(packet, said.handle, central=said.central, address=said.address)
        text = f"connected to {said.address}, as {'central' if said.central else 'peripheral'}"
        yield self._event(packet, connection, _told(Phase.CONNECTION, "connected", text))

    def _add(
        self, packet: Packet, handle: int, *, central: bool | None, address: str
    ) -> _Connection:
        connection = _Connection(
            len(self._all) + 1, packet.host, handle, central, address, packet.microseconds
        )
        self._all.append(connection)
        self._open[packet.host, handle] = connection
        return connection

    def _connection(self, packet: Packet, handle: int) -> _Connection:
        """Return a connection; one that began before the capture did is begun here."""
        found = self._open.get((packet.host, handle))
        return found or self._add(packet, handle, central=None, address="")

    def _received(self, packet: Packet, fragment: hci.Data) -> Iterator[Event]:
        connection = self._connection(packet, fragment.handle)
        message = connection.reassembly(packet.sent).receive(fragment)
        if message is None:
            return
        channel, data = message
        try:
            yield from self._message(packet, connection, channel, data)
        except PacketError as error:
            # Where in the packet; of a message in several fragments: the last one's data.
            whole = len(packet.data) == _HEADERS + len(data)
            offset = _HEADERS + error.offset if whole else fragment.offset
            raise PacketError(error.what, offset, error.reason) from None

    def _message(
        self, packet: Packet, connection: _Connection, channel: int, data: bytes
    ) -> Iterator[Event]:
        if channel == l2cap.SMP:
            step = smp.read_step(data)
            told = _told(Phase.PAIRING, "failed" if step.failed else "pairing", str(step))
            yield self._event(packet, connection, told)
        elif channel == l2cap.ATT:
            if not data:
                raise PacketError("ATT", 0, "empty")
            for told in self._bearer(packet, connection, data).receive(data):
                yield self._event(packet, connection, told)

    def _bearer(self, packet: Packet, connection: _Connection, pdu: bytes) -> Bearer:
        """Return who follows the server that a PDU goes to, or comes from."""
        local = None if packet.sent is None else packet.sent is from_server(pdu[0])
        if local not in connection.bearers:
            # A client that knows the device does not discover it again.
            key = (connection.host, connection.address)
            database = self._known.setdefault(key, {}).setdefault(local, Database())
            connection.bearers[local] = Bearer(database)
        return connection.bearers[local]


def _since(connection: _Connection) -> int:
    return connection.since


def _told(phase: Phase, kind: str, text: str) -> Told:
    return Told(phase=phase, kind=kind, text=text)


def advertised(data: bytes) -> str:
    """Say an advertisement in one line."""
    try:
        found = Advertisement.parse(data)
    except MalformedMessageError as error:
        return f"{hexadecimal(data)}: malformed at byte {error.offset} ({error.reason})"
    said = [] if found.local_name is None else [f"“{found.local_name}”"]
    said += [name_of(uuid) or short(uuid) for uuid in found.service_uuids]
    said += [f"data of {name_of(uuid) or short(uuid)}" for uuid, _ in found.service_data]
    said += [f"data of company 0x{company:04X}" for company, _ in found.manufacturer_data]
    return ", ".join(said) or ("empty" if not data else "nothing that is known here")
