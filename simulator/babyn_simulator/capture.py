"""What passes between hosts and controllers: written down, or summed up in a digest.

A capture holds every host of a simulation in one file, in the format of the Linux Bluetooth
monitor, which ``btmon -r`` and Wireshark read. Its times are the event loop's: in virtual
time, the same run gives the same bytes.
"""

from __future__ import annotations

import hashlib
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bumble import hci
from bumble.host import Host
from bumble.snoop import Snooper

from babyn_simulator.clock import utc_now

MONITOR_FORMAT = 2001
"""btsnoop data link type of the Linux Bluetooth monitor."""

UNIX_EPOCH = 0x00DC_DDB3_0F2F_8000
"""1970-01-01 in btsnoop time: microseconds since the year 0."""

_NEW_INDEX = 0
_OPCODES = {
    (hci.HCI_COMMAND_PACKET, Snooper.Direction.HOST_TO_CONTROLLER): 2,
    (hci.HCI_EVENT_PACKET, Snooper.Direction.CONTROLLER_TO_HOST): 3,
    (hci.HCI_ACL_DATA_PACKET, Snooper.Direction.HOST_TO_CONTROLLER): 4,
    (hci.HCI_ACL_DATA_PACKET, Snooper.Direction.CONTROLLER_TO_HOST): 5,
    (hci.HCI_SYNCHRONOUS_DATA_PACKET, Snooper.Direction.HOST_TO_CONTROLLER): 6,
    (hci.HCI_SYNCHRONOUS_DATA_PACKET, Snooper.Direction.CONTROLLER_TO_HOST): 7,
    (hci.HCI_ISO_DATA_PACKET, Snooper.Direction.HOST_TO_CONTROLLER): 18,
    (hci.HCI_ISO_DATA_PACKET, Snooper.Direction.CONTROLLER_TO_HOST): 19,
}

_RECORD = struct.Struct(">IIIIQ")
_DIGESTED = struct.Struct("<HQBI")

KEPT = 1 << 15
"""Bytes of a capture that are kept at most before they go to the system."""

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds() -> int:
    elapsed = utc_now() - _ORIGIN
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


class Output(Protocol):
    """What takes a capture: any binary file, or :class:`CaptureFile`."""

    def write(self, data: bytes, /) -> object:
        """Take one record, or the header."""
        ...


class CaptureFile:
    """A new file that ends with a whole record, whenever the program ends.

    What is written to it is kept for a while, and goes to the system in whole pieces.

    Args:
        path: where it is; a file that is there is overwritten.
    """

    def __init__(self, path: str | Path) -> None:
        self.file = Path(path).open("wb", buffering=0)  # noqa: SIM115 - closed by close()
        self._kept: list[bytes] = []
        self._size = 0

    def write(self, data: bytes, /) -> None:
        """Take one record."""
        self._kept.append(data)
        self._size += len(data)
        if self._size >= KEPT:
            self.flush()

    def flush(self) -> None:
        """Give everything to the system."""
        # Emptied first: if Ctrl-C comes between, close() must not write the same once more.
        kept, self._kept, self._size = self._kept, [], 0
        data = memoryview(b"".join(kept))
        while data:
            data = data[self.file.write(data) :]

    def close(self) -> None:
        """Write what is left, and close it."""
        try:
            self.flush()
        finally:
            self.file.close()


class BtsnoopWriter:
    """Writes the packets of many hosts into one btsnoop file.

    Args:
        output: a binary file, open for writing. It stays open. Each record is one write.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._hosts = 0
        output.write(b"btsnoop\0" + struct.pack(">II", 1, MONITOR_FORMAT))

    def host(self, name: str) -> Snooper:
        """Return a snooper for one more host; give it to :func:`attach`.

        Args:
            name: for the reader of the capture; its first seven bytes are kept.
        """
        index = self._hosts
        self._hosts += 1
        short = name.encode()[:7].ljust(8, b"\0")
        self.record(index, _NEW_INDEX, struct.pack("<BB6s8s", 0, 0, bytes(6), short))
        return _HostWriter(self, index)

    def record(self, index: int, opcode: int, payload: bytes) -> None:
        """Write one record.

        Args:
            index: which host.
            opcode: what the payload is, by the Linux Bluetooth monitor's numbers.
            payload: without a packet type in front.
        """
        flags = index << 16 | opcode
        size = len(payload)
        header = _RECORD.pack(size, size, flags, 0, UNIX_EPOCH + _microseconds())
        self._output.write(header + payload)


class _HostWriter(Snooper):
    def __init__(self, writer: BtsnoopWriter, index: int) -> None:
        self._writer = writer
        self._index = index

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        opcode = _OPCODES.get((hci_packet[0], direction))
        if opcode is not None:
            self._writer.record(self._index, opcode, hci_packet[1:])


class HciDigest:
    """SHA-256 over every packet of every host: its host, time, direction and bytes, in order.

    Two runs with the same digest took the same steps at the same times.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.packets = 0
        """Packets seen so far."""

    def host(self, name: str) -> Snooper:
        """Return a snooper for one more host; give it to :func:`attach`."""
        return _HostDigest(self, name.encode())

    def add(self, host: bytes, direction: int, packet: bytes) -> None:
        """Take one packet into account."""
        header = _DIGESTED.pack(len(host), _microseconds(), direction, len(packet))
        self._hash.update(header + host + packet)
        self.packets += 1

    def hexdigest(self) -> str:
        """Return the digest of all packets so far, in hexadecimal."""
        return self._hash.hexdigest()


class _HostDigest(Snooper):
    def __init__(self, digest: HciDigest, host: bytes) -> None:
        self._digest = digest
        self._host = host

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        self._digest.add(self._host, int(direction), hci_packet)


class _Several(Snooper):
    def __init__(self, snoopers: tuple[Snooper, ...]) -> None:
        self.snoopers = snoopers

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        for snooper in self.snoopers:
            snooper.snoop(hci_packet, direction)


def attach(host: Host, *snoopers: Snooper) -> None:
    """Show a host's packets to further snoopers, beside those that it has."""
    if not snoopers:
        return
    present: tuple[Snooper, ...] = ()
    if isinstance(host.snooper, _Several):
        present = host.snooper.snoopers
    elif host.snooper is not None:
        present = (host.snooper,)
    host.snooper = _Several(present + snoopers)
