"""How values reach a program: read by it, pushed by the peer, or both at once."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field

from babyn_simulator.bleak_backend import gatt
from babyn_simulator.bleak_backend.errors import call_back
from babyn_simulator.bleak_backend.link import Link
from babyn_simulator.bleak_backend.profiles import CentralProfile


@dataclass(slots=True)
class _Subscriber:
    """Who takes the values of one characteristic."""

    callback: Callable[[bytearray], None]
    acquired: bool
    """By a socket of its own, as with BlueZ's AcquireNotify."""

    is_notification: Callable[[bytes], bool] | None
    """Tells a notification from the answer to a read, as with Core Bluetooth."""

    open: bool
    """Whether values are passed on yet."""

    context: contextvars.Context = field(default_factory=contextvars.copy_context)

    def deliver(self, value: bytes) -> None:
        """Pass a value on. What the program raises stays here."""
        call_back(self.context, self.callback, bytearray(value))


class Values:
    """The values of one link, and who takes them. Characteristics go by their value's handle."""

    def __init__(self, link: Link, profile: CentralProfile) -> None:
        self._link = link
        self._profile = profile
        self._subscribers: dict[int, _Subscriber] = {}
        self._reads: dict[int, asyncio.Future[bytes]] = {}

    async def read(self, handle: int) -> bytes:
        """Read a value."""
        if self._profile.confuses_reads:
            return await self._read_confused(handle)
        value = await gatt.read(self._link, handle)
        subscriber = self._subscribers.get(handle)
        if self._profile.reads_notify and subscriber is not None and not subscriber.acquired:
            subscriber.deliver(value)
        return value

    async def _read_confused(self, handle: int) -> bytes:
        """Return the next value of a characteristic that arrives, read or notified."""
        arrived: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._reads[handle] = arrived
        answer = self._link.adapter.spawn(gatt.read(self._link, handle))
        try:
            waits: set[asyncio.Future[bytes]] = {arrived, answer}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._reads.get(handle) is arrived:
                del self._reads[handle]
        if not arrived.done():
            return await answer
        # What was read comes when nobody waits for it any more, and so looks like notified.
        answer.add_done_callback(lambda done: self._late_answer(handle, done))
        return arrived.result()

    def _late_answer(self, handle: int, answer: asyncio.Task[bytes]) -> None:
        subscriber = self._subscribers.get(handle)
        if subscriber is not None and not answer.cancelled() and answer.exception() is None:
            subscriber.deliver(answer.result())

    def listen(
        self,
        handle: int,
        callback: Callable[[bytearray], None],
        *,
        indications: bool,
        acquired: bool = False,
        is_notification: Callable[[bytes], bool] | None = None,
    ) -> None:
        """Take the values that the peer pushes.

        Args:
            handle: handle of the value.
            callback: gets each value.
            indications: indications, not notifications.
            acquired: by a socket of its own, as with BlueZ's AcquireNotify.
            is_notification: tells a notification from the answer to a read.
        """
        late = acquired and self._profile.acquired_late
        subscriber = _Subscriber(callback, acquired, is_notification, open=not late)
        self._subscribers[handle] = subscriber

        def on_value(value: bytes) -> None:
            self._on_value(handle, subscriber, value)

        self._link.listen(handle, indications=indications, callback=on_value)

    def _on_value(self, handle: int, subscriber: _Subscriber, value: bytes) -> None:
        pending = self._reads.get(handle)
        told_apart = subscriber.is_notification is not None and subscriber.is_notification(value)
        if pending is not None and not pending.done() and not told_apart:
            pending.set_result(value)
        elif subscriber.open:
            subscriber.deliver(value)

    def subscribed(self, handle: int) -> None:
        """Take note that the peer has confirmed a subscription."""
        if (subscriber := self._subscribers.get(handle)) is not None:
            subscriber.open = True

    def unlisten(self, handle: int) -> None:
        """Take no more values of a characteristic."""
        self._subscribers.pop(handle, None)
        self._link.unlisten(handle)
