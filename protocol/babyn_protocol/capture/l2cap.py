"""L2CAP: messages that are put together from fragments.

Core v5.2 - Logical Link Control and Adaptation Protocol - Vol 3 Part A §3
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from babyn_protocol.capture.errors import PacketError
from babyn_protocol.capture.hci import Data

ATT: Final = 4
"""Channel of the Attribute Protocol."""

SMP: Final = 6
"""Channel of the Security Manager Protocol."""


@dataclass(slots=True)
class Reassembly:
    """Puts the fragments of one direction of one connection together."""

    _buffer: bytearray = field(default_factory=bytearray)
    _wanted: int = 0

    def receive(self, fragment: Data) -> tuple[int, bytes] | None:
        """Take a fragment; return channel and message if it completes one.

        Raises:
            PacketError: it continues nothing, is longer than the message, or starts another one
                before the last is complete. What was there of that is thrown away.
        """
        if fragment.first:
            missing = self._wanted - len(self._buffer) if self._buffer else 0
            self._buffer = bytearray(fragment.data)
            self._wanted = 4 + int.from_bytes(fragment.data[:2], "little")
            if missing:
                self._discard()
                raise _error(fragment, "the message before it was never completed")
            if len(fragment.data) < 4:
                self._discard()
                raise _error(fragment, "too short for its header")
        elif not self._buffer:
            raise _error(fragment, "continues a message whose start is not there")
        else:
            self._buffer += fragment.data
        if len(self._buffer) > self._wanted:
            self._discard()
            raise _error(fragment, "longer than the message that it is part of")
        if len(self._buffer) < self._wanted:
            return None
        whole = bytes(self._buffer)
        self._discard()
        return int.from_bytes(whole[2:4], "little"), whole[4:]

    def _discard(self) -> None:
        self._buffer, self._wanted = bytearray(), 0


def _error(fragment: Data, reason: str) -> PacketError:
    return PacketError("L2CAP", fragment.offset, reason)
