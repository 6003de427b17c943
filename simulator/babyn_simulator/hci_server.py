"""Lends virtual controllers to hosts outside of this process, by HCI.

Over TCP, every connection gets a controller of its own, on the same air, for as long as it
lasts. When the client goes away, its controller does, and the peers of its links notice as
they would with a chip that lost its power. Any other transport of bumble's (``pty:``,
``unix-server:``, ``serial:``…) has one client, and so one controller.

The framing is H4: Core v6.0 - Bluetooth Core Specification - Vol 4 Part A §2.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from bumble.core import BaseBumbleError, InvalidPacketError
from bumble.transport import open_transport
from bumble.transport.common import PacketParser, Transport

from babyn_simulator.controller import VirtualController

if TYPE_CHECKING:
    from bumble.transport.common import TransportSink

    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air, Position

TCP_SERVER = "tcp-server"

_log = logging.getLogger(__name__)


class _Client(asyncio.Protocol):
    """One TCP connection, and the controller that it has on loan."""

    def __init__(self, server: HciServer) -> None:
        self._server = server
        self._controller: VirtualController | None = None
        self._parser = PacketParser()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._controller = self._server.lend()
        self._controller.set_packet_sink(self)
        self._parser.set_packet_sink(cast("TransportSink", self._controller))
        self._server.opened(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except InvalidPacketError:
            _log.warning("a client sent what is not HCI in H4 framing; its connection is closed")
            self.abort()

    def on_packet(self, packet: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packet)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._controller is not None:
            self._controller.leave()
            self._controller = None
        self._server.closed(self)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class HciServer:
    """A server that lends controllers. Made by :func:`serve`.

    Attributes:
        name: the bumble name of the transport, with the port that is really bound.
        port: that port; 0 if the transport has none.
        client_name: the bumble name by which a host reaches it.
    """

    def __init__(
        self, air: Air, *, entropy: Entropy | None = None, position: Position = (0.0, 0.0)
    ) -> None:
        self._air = air
        self._entropy = entropy
        self._position = position
        self._lent = 0
        self._clients: set[_Client] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.name = ""
        self.port = 0
        self.client_name = ""

    @property
    def clients(self) -> int:
        """How many hosts have a controller now."""
        return len(self._clients)

    def lend(self) -> VirtualController:
        """Return a new controller on the air."""
        number = self._lent
        self._lent += 1
        entropy = None if self._entropy is None else self._entropy.child(str(number))
        return VirtualController(
            self._air, f"hci/{number}", entropy=entropy, position=self._position
        )

    def opened(self, client: _Client) -> None:
        """Note that a host has come."""
        self._clients.add(client)
        self._idle.clear()

    def closed(self, client: _Client) -> None:
        """Note that a host has gone."""
        self._clients.discard(client)
        if not self._clients:
            self._idle.set()

    @asynccontextmanager
    async def on_tcp(self, host: str, port: int) -> AsyncGenerator[None]:
        """Serve on a TCP port for as long as the context lasts."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Client(self), host, port)
        try:
            self.port = server.sockets[0].getsockname()[1]
            shown = host or "_"
            self.name = f"{TCP_SERVER}:{shown}:{self.port}"
            reachable = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
            self.client_name = f"tcp-client:{reachable}:{self.port}"
            yield
        finally:
            server.close()
            for client in tuple(self._clients):
                client.abort()
            await self._idle.wait()
            await server.wait_closed()

    @asynccontextmanager
    async def on_transport(self, name: str) -> AsyncGenerator[None]:
        """Serve one host on another transport of bumble's, for as long as the context lasts."""
        transport = await _open(name)
        controller = self.lend()
        controller.set_packet_sink(transport.sink)
        transport.source.set_packet_sink(cast("TransportSink", controller))
        self.name = name
        self.client_name = _client_of(name)
        try:
            yield
        finally:
            controller.leave()
            await transport.close()
            listening = getattr(transport, "server", None)
            if listening is not None:  # bumble leaves it open
                listening.close()


@asynccontextmanager
async def serve(
    air: Air,
    name: str,
    *,
    entropy: Entropy | None = None,
    position: Position = (0.0, 0.0),
) -> AsyncGenerator[HciServer]:
    """Lend controllers on a transport for as long as the context lasts.

    Args:
        air: the medium.
        name: ``tcp-server:HOST:PORT`` (``_`` for all interfaces, 0 for a free port), or any
            other transport name of bumble's.
        entropy: where the controllers' random numbers come from.
        position: where they are, in metres.

    Raises:
        ValueError: the name is none.
        OSError: the port is in use, or the transport cannot be opened.
    """
    server = HciServer(air, entropy=entropy, position=position)
    scheme, _, rest = name.partition(":")
    running = (
        server.on_tcp(*_tcp_address(rest)) if scheme == TCP_SERVER else server.on_transport(name)
    )
    async with running:
        yield server


async def _open(name: str) -> Transport:
    try:
        return await open_transport(name)
    except (ValueError, TypeError, AssertionError):
        raise ValueError(
            f"'{name}' is no HCI transport; try tcp-server:HOST:PORT, pty:PATH or unix-server:PATH"
        ) from None
    except BaseBumbleError:
        raise OSError(f"the HCI transport '{name}' cannot be opened") from None


def _tcp_address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 0xFFFF:
        raise ValueError(
            f"'{TCP_SERVER}:{text}' is no TCP address; try {TCP_SERVER}:127.0.0.1:6402"
        )
    return ("" if host == "_" else host.strip("[]")), int(port)


def _client_of(name: str) -> str:
    scheme, colon, rest = name.partition(":")
    twins = {"unix-server": "unix", "ws-server": "ws-client", "pty": "serial"}
    return f"{twins.get(scheme, scheme)}{colon}{rest}"
