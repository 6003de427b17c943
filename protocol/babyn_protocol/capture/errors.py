"""What is wrong with a capture, and where."""

from __future__ import annotations

from babyn_protocol.errors import MalformedMessageError


class MalformedCaptureError(MalformedMessageError):
    """A capture, or a packet in it, that is not what it says it is.

    Attributes:
        packet: number of the packet, from 1; ``None``: the file's own header.
        offset: offset in the whole file, in bytes.
    """

    def __init__(
        self, message_type: str, *, packet: int | None, offset: int, reason: str, data: bytes
    ) -> None:
        super().__init__(message_type, field=None, offset=offset, reason=reason, data=data)
        self.packet = packet
        where = "its header" if packet is None else f"packet {packet}"
        remedy = (
            "give a btsnoop, pcap or pcapng file with HCI packets"
            if packet is None
            else "what comes before it was read; record the rest anew"
        )
        self.args = (f"{message_type}, {where}, byte {offset} of the file: {reason}; {remedy}",)


class PacketError(Exception):
    """One packet was refused. Never leaves the package: the file's error replaces it."""

    def __init__(self, what: str, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.what = what
        self.offset = offset
        self.reason = reason


class Cursor:
    """Reads a packet from front to end.

    Args:
        what: what the packet is, for the error.
        data: its bytes.
    """

    def __init__(self, what: str, data: bytes) -> None:
        self.what = what
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        """Return the next bytes.

        Raises:
            PacketError: there are not as many.
        """
        if size > len(self.data) - self.at:
            raise PacketError(self.what, len(self.data), "cut off")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        """Return the next bytes as a little-endian number."""
        return int.from_bytes(self.take(size), "little")

    def rest(self) -> bytes:
        """Return all bytes that are left."""
        return self.take(len(self.data) - self.at)

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self.data) - self.at
