"""One live connection: requests one at a time, values that the peer pushes, and the end."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from bumble import att, core
from bumble.device import Connection

from babyn_simulator.bleak_backend.adapter import Adapter
from babyn_simulator.bleak_backend.bumble_types import emitter, subscribers
from babyn_simulator.bleak_backend.errors import (
    as_bleak_errors,
    call_back,
    disconnected,
)

_T = TypeVar("_T")


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Link:
    """One live connection to a peer, with its ATT bearer.

    bumble cancels what waits for a peer that goes away. Here that is an error, and only the
    cancellation of the caller is one.
    """

    def __init__(
        self, adapter: Adapter, connection: Connection, on_closed: Callable[[], None]
    ) -> None:
        self.adapter = adapter
        self.connection = connection
        self.is_open = True
        self.queue_lock = asyncio.Lock()
        """Held during a long write: a peer has one queue of prepared writes."""
        self._on_closed = on_closed
        self._subscribers = subscribers(connection.gatt_client)
        self._listening: set[int] = set()
        self._watched: dict[int, Callable[[bytes], None]] = {}
        self._closing: asyncio.Task[None] | None = None
        self.reason = 0
        """Why the link ended, as HCI says it."""
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the link has ended."""
        self._bearer = asyncio.Lock()
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)
        if adapter.device.connections.get(connection.handle) is not connection:
            self._on_disconnection(0)  # it was over before it could be watched

    @property
    def mtu(self) -> int:
        """The ATT MTU, in bytes."""
        return self.connection.att_mtu

    def require_open(self) -> None:
        """Raise an error if the link is gone."""
        if not self.is_open:
            raise disconnected()

    # ATT

    async def request(self, pdu: att.ATT_PDU) -> att.ATT_PDU:
        """Send a request and return the response, which may be an error response.

        A caller that is cancelled does not wait any longer, but the bearer does: else the late
        response would be taken for the response to the next request.

        Raises:
            BleakError: if the link is gone or goes away.
            TimeoutError: if the peer did not answer. The link is closed then.
        """
        await self._bearer.acquire()
        if not self.is_open:
            self._bearer.release()
            raise disconnected()
        transaction = self.adapter.spawn(self._transact(pdu))
        transaction.add_done_callback(lambda _done: self._bearer.release())
        return await self._outcome(transaction)

    async def _transact(self, pdu: att.ATT_PDU) -> att.ATT_PDU:
        self.require_open()  # bumble would wait for an answer on a link that is gone
        try:
            response: att.ATT_PDU = await self.connection.gatt_client.send_request(pdu)
        except core.TimeoutError:
            # Core v6.0 - Bluetooth Core Specification - Vol 3 Part F §3.3.3: after 30 s without a
            # response nothing more may be sent on this bearer.
            await self._close()
            raise TimeoutError("the peer did not answer in time; the link was closed") from None
        return response

    async def _outcome(self, task: asyncio.Task[_T]) -> _T:
        """Wait for bumble. If it cancels its own task, the link is gone."""
        await asyncio.wait({task})
        if task.cancelled() and not self.is_open:
            raise disconnected()
        with as_bleak_errors("the request"):
            return task.result()

    async def command(self, pdu: att.ATT_PDU) -> None:
        """Send what has no response, once the controller has room for it."""
        queue = self.connection.data_packet_queue
        while self.is_open and queue is not None and queue.pending > queue.max_in_flight:
            room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            listener = partial(_set, room)
            queue.on("flow", listener)
            try:
                await asyncio.wait({room, self.closed}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                emitter(queue).remove_listener("flow", listener)
        self.require_open()
        await self.connection.gatt_client.send_command(pdu)

    # Values pushed by the peer

    def is_listening(self, handle: int) -> bool:
        """Tell whether the program takes the values of an attribute."""
        return handle in self._listening

    def is_watched(self, handle: int) -> bool:
        """Tell whether the system takes the indications of an attribute."""
        return handle in self._watched

    def watch(self, handle: int, callback: Callable[[bytes], None]) -> None:
        """Take indications for the system itself, whatever the program takes."""
        self._watched[handle] = callback
        self._subscribers.indication_subscribers[handle] = {callback}

    def listen(self, handle: int, *, indications: bool, callback: Callable[[bytes], None]) -> None:
        """Take the values that the peer pushes, for the program.

        Args:
            handle: handle of the value attribute.
            indications: indications, not notifications.
            callback: gets each value.
        """
        kind = (
            self._subscribers.indication_subscribers
            if indications
            else self._subscribers.notification_subscribers
        )
        context = contextvars.copy_context()
        watch = self._watched.get(handle) if indications else None

        def take(value: bytes) -> None:
            if watch is not None:
                watch(value)
            call_back(context, callback, value)

        kind[handle] = {take}
        self._listening.add(handle)

    def unlisten(self, handle: int) -> None:
        """Take no more values of an attribute, but for the system."""
        self._listening.discard(handle)
        self._subscribers.notification_subscribers.pop(handle, None)
        self._subscribers.indication_subscribers.pop(handle, None)
        if handle in self._watched:
            self.watch(handle, self._watched[handle])

    # The end

    async def disconnect(self, *, after: float = 0.0) -> None:
        """End the link, and return when it has ended. Harmless if it has.

        Args:
            after: seconds to wait first.

        Raises:
            TimeoutError: if the controller did not confirm. The link counts as ended.
        """
        await self.adapter.finish(self._close(after))

    async def _close(self, after: float = 0.0) -> None:
        if after:
            await asyncio.wait({self.closed}, timeout=after)
        if self._closing is None:
            self._closing = self.adapter.spawn(self.adapter.end(self.connection))
        await asyncio.wait({self._closing})
        self._closing.result()

    def _on_disconnection(self, reason: int) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self.reason = reason
        connection = self.connection
        emitter(connection).remove_listener(connection.EVENT_DISCONNECTION, self._on_disconnection)
        self._subscribers.notification_subscribers.clear()
        self._subscribers.indication_subscribers.clear()
        self.closed.set_result(None)
        self._on_closed()
