"""Lends virtual controllers to hosts outside of this process, by HCI.

Over TCP and Unix sockets, every connection has a controller of its own, on the same air, for
as long as it lasts. When the host goes away, its controller does, and the peers of its links
notice as they would with a chip that lost its power. A pseudo-terminal has one host at a
time. Any other transport of bumble's (``serial:``, ``ws-server:``…) has one controller;
``vhci`` makes it one of the system's own adapters, on Linux.

A controller has a public address, and the next host at the same place finds the same one
again, as on a dongle: bonds hold.

The framing is H4: Core v6.0 - Bluetooth Core Specification - Vol 4 Part A §2.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from bumble import hci
from bumble.core import BaseBumbleError
from bumble.transport import open_transport
from bumble.transport.common import Transport

from babyn_simulator.controller import VirtualController
from babyn_simulator.hci_hosts import HostEvent, SocketHost, TerminalHost
from babyn_simulator.hci_loan import Loan
from babyn_simulator.virtual_adapter import PATH, VirtualAdapter

if TYPE_CHECKING:
    from bumble.snoop import Snooper
    from bumble.transport.common import TransportSink

    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air, Position

TCP_SERVER = "tcp-server"
UNIX_SERVER = "unix-server"
PTY = "pty"
VHCI = "vhci"

SnooperFactory: TypeAlias = "Callable[[str], Snooper | None]"
"""Given the name of a controller, what sees its packets."""

_log = logging.getLogger(__name__)


class HciServer:
    """A server that lends controllers. Made by :func:`serve`.

    Attributes:
        name: the bumble name of the transport, with the port that is really bound.
        port: that port; 0 if the transport has none.
        client_name: the bumble name by which a host reaches it; empty if only the system does.
    """

    def __init__(
        self,
        air: Air,
        *,
        entropy: Entropy | None = None,
        position: Position = (0.0, 0.0),
        label: str = "hci",
        snooper: SnooperFactory | None = None,
        told: Callable[[HciServer, HostEvent], None] | None = None,
    ) -> None:
        self._air = air
        self._entropy = entropy
        self._position = position
        self._label = label
        self._snooper = snooper
        self._told = told
        self._places: dict[int, SocketHost | TerminalHost] = {}
        self._lent: dict[int, int] = {}
        self._addresses: dict[int, hci.Address] = {}
        self._loans = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.name = ""
        self.port = 0
        self.client_name = ""

    @property
    def clients(self) -> int:
        """How many hosts have a controller now."""
        return self._loans

    @property
    def radio(self) -> str:
        """What ``babyn --radio`` calls a radio on one of the controllers."""
        return f"hci:{self.client_name}" if self.client_name else "os"

    def enter(self, host: SocketHost | TerminalHost) -> int:
        """Give whoever has come a place; return its number, the lowest that is free."""
        place = 0
        while place in self._places:
            place += 1
        self._places[place] = host
        self._idle.clear()
        return place

    def leave(self, place: int) -> None:
        """Note that a place is free again."""
        self._places.pop(place, None)
        if not self._places:
            self._idle.set()

    def tell(self, event: HostEvent) -> None:
        """Tell whoever wants to know of what happened to a host."""
        if event is HostEvent.NONSENSE:
            _log.warning("%s", event.words)
        if self._told is not None:
            self._told(self, event)

    def lend(self, place: int, write: Callable[[bytes], None], backlog: Callable[[], int]) -> Loan:
        """Put a new controller on the air, for a host that has begun to speak.

        Args:
            place: each has its own public address, and keeps it.
            write: takes what the controller says to the host.
            backlog: returns how many bytes of that are still to be sent.
        """
        boot = self._lent.get(place, 0)
        self._lent[place] = boot + 1
        name = f"{self._label}/{place}"
        entropy = None if self._entropy is None else self._entropy.child(str(place))
        controller = VirtualController(
            self._air,
            name,
            entropy=None if entropy is None else entropy.booted(boot),
            position=self._position,
            public_address=self._addresses.setdefault(place, _public_address(entropy)),
        )
        snooper = None if self._snooper is None else self._snooper(name)
        self._loans += 1
        self.tell(HostEvent.ATTACHED)
        return Loan(controller, write, backlog=backlog, snooper=snooper)

    def take_back(self, loan: Loan) -> None:
        """Take a controller off the air whose host has gone."""
        loan.end()
        self._loans -= 1
        self.tell(HostEvent.GONE)

    @asynccontextmanager
    async def on_tcp(self, host: str, port: int) -> AsyncGenerator[None]:
        """Serve on a TCP port for as long as the context lasts."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SocketHost(self), host, port)
        self.port = server.sockets[0].getsockname()[1]
        shown = host or "_"
        self.name = f"{TCP_SERVER}:{shown}:{self.port}"
        reachable = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
        self.client_name = f"tcp-client:{reachable}:{self.port}"
        async with self._until_the_end(server):
            yield

    @asynccontextmanager
    async def on_unix(self, path: str) -> AsyncGenerator[None]:
        """Serve on a Unix socket for as long as the context lasts."""
        address = "\0" + path[1:] if path.startswith("@") else path
        if _answers(address):
            raise OSError(errno.EADDRINUSE, "the Unix socket is in use", path)
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(lambda: SocketHost(self), address)
        self.name = f"{UNIX_SERVER}:{path}"
        self.client_name = f"unix:{path}"
        try:
            async with self._until_the_end(server):
                yield
        finally:
            if address == path:
                _remove(path)

    @asynccontextmanager
    async def on_pty(self, path: str) -> AsyncGenerator[None]:
        """Serve one host after another at a pseudo-terminal, for as long as the context lasts."""
        terminal = TerminalHost(self, path)
        self.name = f"{PTY}:{path}"
        self.client_name = f"serial:{path}"
        try:
            yield
        finally:
            terminal.close()

    @asynccontextmanager
    async def on_vhci(self, path: str) -> AsyncGenerator[None]:
        """Serve this Linux, as one of its own adapters, for as long as the context lasts."""
        adapter = VirtualAdapter(path, lambda packet: loan.take(packet))
        loan = self.lend(0, adapter.write, lambda: 0)
        try:
            adapter.start()
            self.name = VHCI if path == PATH else f"{VHCI}:{path}"
            yield
        finally:
            self.take_back(loan)
            adapter.close()

    @asynccontextmanager
    async def on_transport(self, name: str) -> AsyncGenerator[None]:
        """Serve one host on another transport of bumble's, for as long as the context lasts."""
        transport = await _open(name)
        loan = self.lend(0, transport.sink.on_packet, lambda: 0)
        transport.source.set_packet_sink(cast("TransportSink", loan.from_host))
        self.name = name
        self.client_name = _client_of(name)
        try:
            yield
        finally:
            self.take_back(loan)
            await transport.close()
            listening = getattr(transport, "server", None)
            if listening is not None:  # bumble leaves it open
                listening.close()

    @asynccontextmanager
    async def _until_the_end(self, server: asyncio.Server) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            server.close()
            for host in tuple(self._places.values()):
                host.abort()
            await self._idle.wait()
            await server.wait_closed()


@asynccontextmanager
async def serve(
    air: Air,
    name: str,
    *,
    entropy: Entropy | None = None,
    position: Position = (0.0, 0.0),
    label: str = "hci",
    snooper: SnooperFactory | None = None,
    told: Callable[[HciServer, HostEvent], None] | None = None,
) -> AsyncGenerator[HciServer]:
    """Lend controllers on a transport for as long as the context lasts.

    Args:
        air: the medium.
        name: ``tcp-server:HOST:PORT`` (``_`` for all interfaces, 0 for a free port),
            ``unix-server:PATH``, ``pty:PATH``, or any other transport name of bumble's.
        entropy: where the controllers' random numbers and addresses come from.
        position: where they are, in metres.
        label: what the names of the controllers begin with.
        snooper: makes, for each controller, what sees its packets.
        told: called when a host comes, goes, or sends what is no HCI.

    Raises:
        ValueError: the name is none.
        OSError: the port or path is in use, or the transport cannot be opened.
    """
    server = HciServer(
        air, entropy=entropy, position=position, label=label, snooper=snooper, told=told
    )
    async with _running(server, name):
        yield server


def _running(server: HciServer, name: str) -> AbstractAsyncContextManager[None]:
    scheme, _, rest = name.partition(":")
    if scheme == TCP_SERVER:
        return server.on_tcp(*_tcp_address(rest))
    if scheme == VHCI:
        return server.on_vhci(rest or PATH)
    if scheme not in (UNIX_SERVER, PTY):
        return server.on_transport(name)
    if not rest:
        raise ValueError(f"'{name}' is no HCI transport without a path; try {scheme}:/tmp/hci")
    if not hasattr(socket, "AF_UNIX"):
        raise OSError(f"{scheme} needs Linux or macOS; try {TCP_SERVER}:127.0.0.1:6402")
    return server.on_unix(rest) if scheme == UNIX_SERVER else server.on_pty(rest)


async def _open(name: str) -> Transport:
    try:
        return await open_transport(name)
    except (ValueError, TypeError, AssertionError):
        raise ValueError(
            f"'{name}' is no HCI transport; try tcp-server:HOST:PORT, pty:PATH or unix-server:PATH"
        ) from None
    except BaseBumbleError:
        raise OSError(f"the HCI transport '{name}' cannot be opened") from None


def _public_address(entropy: Entropy | None) -> hci.Address:
    """Return an address that no manufacturer owns (IEEE Std 802-2014 - §8.4)."""
    random = secrets.token_bytes(6) if entropy is None else entropy.child("address").token_bytes(6)
    octets = random[:5] + bytes([random[5] & 0b1111_1100 | 0b0000_0010])
    return hci.Address(octets, hci.Address.PUBLIC_DEVICE_ADDRESS)


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address)
        except OSError:
            return False
        return True


def _tcp_address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 0xFFFF:
        raise ValueError(
            f"'{TCP_SERVER}:{text}' is no TCP address; try {TCP_SERVER}:127.0.0.1:6402"
        )
    return ("" if host == "_" else host.strip("[]")), int(port)


def _client_of(name: str) -> str:
    scheme, colon, rest = name.partition(":")
    return f"{'ws-client' if scheme == 'ws-server' else scheme}{colon}{rest}"
