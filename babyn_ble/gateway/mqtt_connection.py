"""One connection to a broker, with the gate in front of its socket. Needs the extra ``mqtt``.

aiomqtt and paho underneath keep queues of their own and send again what was not acknowledged.
Three things keep that harmless: a connection is made new each time, so there is nothing from
before to send again; one reading at a time is given to it; and every write asks the permit
first. Once cut, its socket is shut down, whatever is still queued above it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
import sys
import threading
from typing import TYPE_CHECKING, Protocol

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTT_ERR_SUCCESS
from paho.mqtt.client import Client as Paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from babyn_ble.errors import BabynError, RecipientError
from babyn_ble.gateway.errors import RecipientUnreachableError
from babyn_ble.gateway.mqtt_target import MqttTarget, is_loopback

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

    from babyn_ble.gateway.mqtt_security import MqttCredentials, VerifiedContext

CONNECT_TIMEOUT = 4.0
"""Seconds that TCP, and then TLS, may take; less than a withdrawal waits for teardown."""

ANSWER_TIMEOUT = 10.0
"""Seconds that the broker may take to accept the connection, and to acknowledge a reading."""

GOODBYE_TIMEOUT = 2.0
"""Seconds that an end may take: a polite one, before the connection is cut, and a cut."""

KEEPALIVE = 30
"""Seconds of silence after which the broker is asked whether it is still there."""

_WITH_WILL = 0x04
"""MQTT v5.0 - §3.14.2.1 (Disconnect Reason Code): the broker is to publish the will."""

_FAILED = 0x80
"""MQTT v5.0 - §2.4 (Reason Code): from here on they mean failure."""

_WILL_NOT_PASS = {
    0x84: "its broker does not speak MQTT 5; update the broker",
    0x86: "its broker does not accept the user name and password; check them",
    0x87: "its broker does not allow it; check the broker's access rules",
    0x8A: "its broker has banned this client; ask whoever runs it",
    0x90: "its broker does not allow the topic; check the broker's access rules",
    0x95: "its broker finds the message too large; check the broker's limits",
    0x99: "its broker does not accept the content; check the broker's rules",
    0x9B: "its broker does not take QoS 1; change the broker's settings",
    0x9D: "its broker has moved; change the recipient's endpoint",
}
"""Reasons for which trying again does not help. MQTT v5.0 - §3.2.2.2, §3.4.2.1"""

# Not in the hierarchy of loggers, so no host can switch it on: it would tell hosts and topics.
_SILENT = logging.Logger("babyn_ble.gateway.silent", logging.CRITICAL + 1)
_DISCARD_UNSENT = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class _Client(aiomqtt.Client):
    """aiomqtt's client, with what lies underneath in reach."""

    @property
    def paho(self) -> Paho:
        return self._client

    @property
    def keepalive_task(self) -> asyncio.Task[None] | None:
        return self._misc_task

    @property
    def connected(self) -> asyncio.Future[None]:
        return self._connected

    @property
    def disconnected(self) -> asyncio.Future[None]:
        return self._disconnected


class Leave(Protocol):
    """What allows a connection: a :class:`~babyn_ble.privacy.permits.Permit`, for readings."""

    def check(self) -> None:
        """Raise a :class:`~babyn_ble.errors.ConsentRequiredError` unless it still holds."""
        ...


class MqttConnection:
    """A connection that passes no byte without a living permit. Used once, for one broker.

    What it may carry is the matter of its subclasses: by itself it publishes nothing.

    Args:
        target: where the broker is.
        recipient: id of the recipient, for the texts of errors.
        permit: asked before every write.
        client_id: what the broker knows this client by; random.
        credentials: user name and password, if the broker wants them.
        tls: how to recognise the broker; needed for a target with TLS.
        will_clears: a topic of which the broker forgets the retained message when this
            connection ends, however it ends. MQTT v5.0 - §3.1.2.5 (Will Flag), §3.3.1.3 (RETAIN)
    """

    def __init__(
        self,
        target: MqttTarget,
        *,
        recipient: str,
        permit: Leave,
        client_id: str,
        credentials: MqttCredentials | None = None,
        tls: VerifiedContext | None = None,
        will_clears: str | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._target = target
        self._recipient = recipient
        self._permit = permit
        self._has_will = will_clears is not None
        self._tls = tls if target.tls else None
        self._lock = threading.Lock()
        self._dead = False
        self._opened = False
        self._refusal: RecipientError | None = None
        self._ended = asyncio.Event()
        self._closed = asyncio.Event()
        self._answer: asyncio.Future[int | None] | None = None
        self._client = _Client(
            target.host,
            target.port,
            identifier=client_id,
            username=None if credentials is None else credentials.username,
            password=None if credentials is None else credentials.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            tls_context=self._tls,
            timeout=ANSWER_TIMEOUT,
            keepalive=KEEPALIVE,
            max_inflight_messages=1,
            will=None
            if will_clears is None
            else aiomqtt.Will(will_clears, b"", qos=1, retain=True),
            logger=_SILENT,
        )
        if self._tls is not None:
            self._tls.admits = lambda: not self._dead
        paho = self._client.paho
        paho.connect_timeout = CONNECT_TIMEOUT
        self._aiomqtt_opened = paho.on_socket_open
        self._aiomqtt_closed = paho.on_socket_close
        paho.on_socket_open = self._socket_opened
        paho.on_socket_close = self._socket_closed
        paho.on_socket_register_write = self._write_wanted
        paho.on_publish = self._acknowledged

    @property
    def is_open(self) -> bool:
        """Whether it can be sent over."""
        return self._opened and not self._ended.is_set()

    @property
    def reached(self) -> bool:
        """Whether it ever led anywhere; if not, nothing was sent."""
        return self._opened

    async def open(self) -> None:
        """Connect.

        Raises:
            ConsentRequiredError: the permit is dead. Nothing was sent, not even a greeting.
            RecipientUnreachableError: the broker is not there, or not ready.
            RecipientError: it is not the broker it should be, or does not want us.
        """
        self._permit.check()
        entering = asyncio.ensure_future(self._client.__aenter__())
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({entering, ended}, return_when=asyncio.FIRST_COMPLETED)
            if self._client.connected.done():  # a broker says no, and closes: both are seen
                await asyncio.wait({entering})
            if not entering.done():
                raise self._unreachable()
            error = entering.exception()
            if error is not None:
                raise self._ours(error)
        finally:
            entering.cancel()
            ended.cancel()
            await asyncio.gather(entering, ended, return_exceptions=True)
        self._client.disconnected.add_done_callback(self._disconnected)

    async def _publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expires_in: int | None = None
    ) -> None:
        """Publish at QoS 1 and wait until the broker has acknowledged it.

        Args:
            topic: where.
            payload: what.
            retain: whether the broker keeps it there, in place of what it kept.
            expires_in: seconds after which the broker keeps it no longer.

        Raises:
            ConsentRequiredError: the permit is dead. Nothing was sent.
            RecipientUnreachableError: the connection is lost, or the broker did not answer or
                take it for now. It may have got the message all the same.
            RecipientError: the broker does not take it.
        """
        self._permit.check()
        if not self.is_open:
            raise self._unreachable()
        answer = self._answer = self._loop.create_future()
        properties = None
        if expires_in is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's
            properties.MessageExpiryInterval = expires_in
        sent = self._client.paho.publish(
            topic, payload, qos=1, retain=retain, properties=properties
        )
        if sent.rc != MQTT_ERR_SUCCESS:
            raise self._unreachable()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                reason = await answer
        except TimeoutError:
            self.cut()
            raise self._unreachable() from None
        finally:
            self._answer = None
        if reason is None:
            raise self._unreachable()
        if reason >= _FAILED:
            raise self._refused(reason)

    def cut(self) -> None:
        """End it at once: from here on not one byte passes."""
        with self._lock:
            self._dead = True
        for sock in (self._client.paho.socket(), self._tls and self._tls.handshaking):
            if isinstance(sock, socket.socket):
                _shut(sock)
        self._end()

    async def close(self) -> None:
        """Cut it, and wait until the socket is closed."""
        self.cut()
        if self._opened and not await self._closed_in_time():
            self._client.paho.loop_read()  # the loop did not see the end of the socket: look
        task = self._client.keepalive_task
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def finish(self) -> None:
        """Say goodbye to the broker, then close. A will is published all the same."""
        if self.is_open:
            reason = ReasonCode(PacketTypes.DISCONNECT, identifier=_WITH_WILL)
            self._client.paho.disconnect(reason if self._has_will else None)
            await self._closed_in_time()
        await self.close()

    async def _closed_in_time(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_TIMEOUT):
                await self._closed.wait()
        return self._closed.is_set()

    # Called by paho

    def _socket_opened(self, client: Paho, userdata: object, sock: SocketLike) -> None:
        """Take a new socket into use, or refuse it. Runs in the thread that connects."""
        try:
            allowed = self._tls is not None or _stays_here(sock)
        except OSError:  # it is lost already
            sock.close()
            raise
        if not allowed:
            self._refusal = RecipientError(
                f"The way to recipient {self._recipient} leaves this machine in plaintext "
                "(through a proxy?), so nothing was sent; use mqtts:// (TLS)"
            )
        with self._lock:
            self._opened = allowed and not self._dead
        if not self._opened:
            sock.close()
            raise ConnectionAbortedError
        if self._aiomqtt_opened is not None:
            self._aiomqtt_opened(client, userdata, sock)

    def _socket_closed(self, client: Paho, userdata: object, sock: SocketLike) -> None:
        if self._opened and self._aiomqtt_closed is not None:
            self._aiomqtt_closed(client, userdata, sock)
            self._closed.set()
            self._end()

    def _write_wanted(self, client: Paho, userdata: object, sock: SocketLike) -> None:
        del client, userdata
        if threading.get_ident() == self._thread:
            self._watch_writable(sock)
        else:
            self._loop.call_soon_threadsafe(self._watch_writable, sock)

    def _watch_writable(self, sock: SocketLike) -> None:
        if sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), self._write)

    def _write(self) -> None:
        """Give the socket what is queued for it, if the gate still allows that."""
        try:
            self._permit.check()
        except BabynError:
            self.cut()
        if not self._dead:
            self._client.paho.loop_write()

    def _acknowledged(
        self, client: Paho, userdata: object, mid: int, reason: ReasonCode, properties: object
    ) -> None:
        del client, userdata, mid, properties
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(reason.value)

    # Ends

    def _disconnected(self, disconnected: asyncio.Future[None]) -> None:
        if not disconnected.cancelled() and disconnected.exception() is not None:
            self.cut()

    def _end(self) -> None:
        self._ended.set()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    # Errors

    def _unreachable(self) -> RecipientUnreachableError:
        return RecipientUnreachableError(
            f"The broker of recipient {self._recipient} cannot be reached, or the connection to "
            "it was lost; check that it runs and that the recipient's endpoint is right"
        )

    def _refused(self, reason: int) -> RecipientError:
        why = _WILL_NOT_PASS.get(reason)
        if why is None:
            return RecipientUnreachableError(
                f"The broker of recipient {self._recipient} does not take readings now "
                f"(MQTT reason 0x{reason:02X}); look into its log"
            )
        return RecipientError(f"Nothing can be sent to recipient {self._recipient}: {why}")

    def _ours(self, error: BaseException) -> BaseException:
        """Return our error for one that connecting ended with."""
        if self._refusal is not None:
            return self._refusal
        if isinstance(error, MqttConnectError) and isinstance(error.rc, ReasonCode):
            return self._refused(error.rc.value)
        # aiomqtt keeps an error of the operating system's as the context of its own only.
        cause = error.__context__ if isinstance(error, aiomqtt.MqttError) else error
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RecipientError(
                f"The broker of recipient {self._recipient} could not prove that it is the one "
                "meant (its certificate is not valid or not trusted), so nothing was sent; "
                "name its certificate authority's file, or mend the certificate"
            )
        if isinstance(cause, ssl.SSLError):
            return RecipientUnreachableError(
                f"No TLS connection to the broker of recipient {self._recipient} could be made; "
                "check that the port speaks TLS 1.2 or newer"
            )
        if isinstance(error, aiomqtt.MqttError | OSError):
            return self._unreachable()
        return error


def _stays_here(sock: object) -> bool:
    """Return whether a socket leads to this machine, and straight so (a proxied one is not)."""
    if not isinstance(sock, socket.socket) or type(sock) is not socket.socket:
        return False
    return is_loopback(str(sock.getpeername()[0]))


def _shut(sock: socket.socket) -> None:
    """Let nothing more through a socket, also nothing that the system still holds for it.

    It is not closed: the event loop is still watching it, sees its end, and closes it.
    """
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD_UNSENT)
        # Of a TLS socket only the socket: it may still be in use by the thread that connects.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
