"""The hosts that come to a server of controllers: by a socket, or at a pseudo-terminal."""

from __future__ import annotations

import asyncio
import enum
from typing import TYPE_CHECKING, cast

from babyn_simulator.hci_loan import Loan, NonsenseError
from babyn_simulator.pseudo_terminal import PseudoTerminal

if TYPE_CHECKING:
    from babyn_simulator.hci_server import HciServer


class HostEvent(enum.Enum):
    """What happens to the hosts of a server."""

    ATTACHED = "attached"
    GONE = "gone"
    NONSENSE = "nonsense"

    @property
    def words(self) -> str:
        """What to tell a user."""
        return _WORDS[self]


_WORDS = {
    HostEvent.ATTACHED: "a host has come, and has a controller",
    HostEvent.GONE: "the host has gone, and its controller with it",
    HostEvent.NONSENSE: "what a host sent is not HCI in H4 framing",
}


class SocketHost(asyncio.Protocol):
    """A host that has come by a socket."""

    def __init__(self, server: HciServer) -> None:
        self._server = server
        self._place = -1
        self._loan: Loan | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that somebody has come; who does not speak has no controller."""
        self._transport = cast("asyncio.Transport", transport)
        self._place = self._server.enter(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the host."""
        if self._transport is None:
            return
        if self._loan is None:
            self._loan = self._server.lend(
                self._place, self._write, self._transport.get_write_buffer_size
            )
        try:
            self._loan.feed(data)
        except NonsenseError:
            self._server.tell(HostEvent.NONSENSE)
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the host has gone."""
        if self._loan is not None:
            self._server.take_back(self._loan)
            self._loan = None
        self._server.leave(self._place)

    def abort(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def _write(self, packet: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packet)


class TerminalHost:
    """The host at a pseudo-terminal, while there is one."""

    def __init__(self, server: HciServer, path: str) -> None:
        self._server = server
        self._place = -1
        self._loan: Loan | None = None
        self._terminal = PseudoTerminal(path, self)

    def feed(self, data: bytes) -> None:
        """Take bytes from the host."""
        if self._loan is None:
            self._place = self._server.enter(self)
            self._loan = self._server.lend(
                self._place, self._terminal.write, lambda: self._terminal.backlog
            )
        try:
            self._loan.feed(data)
        except NonsenseError:
            # There is no connection to close.
            self._server.tell(HostEvent.NONSENSE)
            self._loan.resynchronise()

    def gone(self) -> None:
        """Note that the host has gone."""
        if self._loan is not None:
            self._server.take_back(self._loan)
            self._loan = None
            self._server.leave(self._place)

    def abort(self) -> None:
        """Nothing: the terminal is closed as a whole."""

    def close(self) -> None:
        """Close the terminal."""
        self._terminal.close()
        self.gone()
