"""A broker in the process, as little of one as a publisher needs: the far end of its socket.

A real one lives in real time, and thousands of programs live in virtual time. Everything of the
publisher down to its socket is the real thing; only what the socket leads to is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable, Generator

from babyn_ble.gateway import mqtt, mqtt_connection
from babyn_ble.gateway.mqtt_security import tls_context
from babyn_simulator.clock import VirtualTimeLoop
from tests.privacy.trace.trace import What

_CONNACK = bytes([0x20, 3, 0, 0, 0])
_PINGRESP = bytes([0xD0, 0])
_CONNECT, _PUBLISH, _PINGREQ = 1, 3, 12
"""MQTT v5.0 - §2.1.2 (MQTT Control Packet type)"""


class WireLoop(VirtualTimeLoop):
    """A loop in virtual time that watches sockets. What is at both ends of them is on it."""

    add_reader = asyncio.SelectorEventLoop.add_reader
    add_writer = asyncio.SelectorEventLoop.add_writer


class Broker:
    """A broker that takes everything, and keeps nothing.

    Args:
        loop: where it runs.
        told: told of each connection, and of each status of a publisher, that comes in.
        received: told of each reading, as it came: quantity and value.

    Attributes:
        away: whether it can be reached.
        silent: whether it acknowledges nothing.
    """

    def __init__(
        self,
        loop: WireLoop,
        told: Callable[[What], None],
        received: Callable[[object, object], None],
    ) -> None:
        self.away = False
        self.silent = False
        self._loop = loop
        self._told = told
        self._received = received
        self._calls: dict[socket.socket, bytes] = {}

    @property
    def called(self) -> bool:
        """Whether somebody is connected."""
        return bool(self._calls)

    def hang_up(self) -> None:
        """Close every connection."""
        for call in tuple(self._calls):
            self._close(call)

    @contextlib.contextmanager
    def reachable(self) -> Generator[None]:
        """Have every TCP connection of this process lead here, for the length of a context."""
        connect, stays_here = socket.create_connection, mqtt_connection._stays_here  # pyright: ignore[reportPrivateUsage] - a socket without a network has no address to look at
        setattr(mqtt, "tls_context", _none)  # noqa: B010 - as below; a handshake takes a thread
        setattr(socket, "create_connection", self._connect)  # noqa: B010 - mypy would not have it
        setattr(mqtt_connection, "_stays_here", _yes)  # noqa: B010 - as above
        try:
            yield
        finally:
            self.hang_up()
            setattr(mqtt, "tls_context", tls_context)  # noqa: B010 - as above
            setattr(socket, "create_connection", connect)  # noqa: B010 - as above
            setattr(mqtt_connection, "_stays_here", stays_here)  # noqa: B010 - as above

    def _connect(self, *_args: object, **_options: object) -> socket.socket:
        """Connect, as ``socket.create_connection`` would; in the thread that connects."""
        if self.away:
            raise ConnectionRefusedError
        near, far = socket.socketpair()
        self._loop.call_soon_threadsafe(self._accept, far)
        return near

    def _accept(self, call: socket.socket) -> None:
        self._told(What.CALLED)
        call.setblocking(False)
        self._calls[call] = b""
        self._loop.add_reader(call, self._read, call)

    def _close(self, call: socket.socket) -> None:
        del self._calls[call]
        self._loop.remove_reader(call)
        call.close()

    def _read(self, call: socket.socket) -> None:
        try:
            data = call.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._close(call)
            return
        rest = self._calls[call] + data
        while (packet := _first(rest)) is not None:
            kind, flags, body, rest = packet
            self._calls[call] = rest
            answer = self._answer(kind, flags, body)
            with contextlib.suppress(OSError):
                call.send(answer)

    def _answer(self, kind: int, flags: int, body: bytes) -> bytes:
        if kind == _PUBLISH:
            topic = int.from_bytes(body[:2], "big")
            is_status = body[2 : 2 + topic].endswith(b"/status")
            assert flags & 1 == is_status, "nothing else may be retained"
            if is_status:
                self._told(What.STATUS_SENT)
            else:
                sent = json.loads(body[5 + topic + body[4 + topic] :])
                self._received(sent["quantity"], sent["value"])
            return b"" if self.silent else bytes([0x40, 2]) + body[2 + topic : 4 + topic]
        return {_CONNECT: _CONNACK, _PINGREQ: _PINGRESP}.get(kind, b"")


def _none(_ca_file: object) -> None:
    return None


def _yes(_socket: object) -> bool:
    return True


def _first(data: bytes) -> tuple[int, int, bytes, bytes] | None:
    """Return type, flags and body of the first packet, and what follows it, if it is whole."""
    length, index = 0, 1
    while index < len(data):
        length |= (data[index] & 0x7F) << 7 * (index - 1)
        index += 1
        if not data[index - 1] & 0x80:
            end = index + length
            if len(data) < end:
                return None
            return data[0] >> 4, data[0] & 15, data[index:end], data[end:]
    return None
