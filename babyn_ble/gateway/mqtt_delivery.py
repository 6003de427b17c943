"""Getting one message after the other to a broker, over as many connections as that takes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babyn_ble.errors import ConsentRequiredError
from babyn_ble.gateway.errors import RecipientUnreachableError

if TYPE_CHECKING:
    from babyn_ble.gateway.mqtt_sending import ReadingConnection
    from babyn_ble.gateway.mqtt_status import PublisherStatus
    from babyn_ble.privacy.permits import Permit


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long a broker that was lost is tried again.

    The default is about an hour. The count starts anew with each acknowledged reading.

    Attributes:
        attempts: how often in a row, at most; the first at once.
        first_delay: seconds before the second attempt; doubled each time.
        longest_delay: seconds between two attempts at most.
    """

    attempts: int = 64
    first_delay: float = 1.0
    longest_delay: float = 60.0

    def delay(self, attempt: int) -> float:
        """Return the seconds to wait before an attempt, counted from 1."""
        if attempt <= 1:
            return 0.0
        return min(self.first_delay * 2.0 ** min(attempt - 2, 32), self.longest_delay)


class Delivery:
    """Delivers messages in order, each until it is acknowledged, while every permit lives.

    Args:
        permits: what allows it.
        connect: makes a connection, not yet open.
        status: told over each new connection, before anything else.
        retry: for how long a lost broker is tried again.
    """

    def __init__(
        self,
        permits: Sequence[Permit],
        connect: Callable[[], ReadingConnection],
        status: PublisherStatus,
        retry: RetryPolicy,
    ) -> None:
        self.repeated = 0
        """Times that a message was sent again because its acknowledgement did not come."""
        self._permits = permits
        self._connect = connect
        self._status = status
        self._retry = retry
        self._connection: ReadingConnection | None = None
        self._stopped = asyncio.Event()

    @property
    def reached(self) -> bool:
        """Whether the newest connection was one: anything could have gone over it."""
        return self._connection is not None and self._connection.reached

    async def connect(self) -> ReadingConnection:
        """Connect once, without trying again, if there is no connection that is open.

        Raises:
            ConsentRequiredError: a permit is dead.
            RecipientError: see :meth:`MqttConnection.open`.
        """
        if self._connection is not None and self._connection.is_open:
            return self._connection
        self.require_alive()
        await self.close()
        connection = self._connection = self._connect()
        try:
            await connection.open()
            await self._announce(connection)
        except RecipientUnreachableError as error:
            lost = error
        else:
            return connection
        self.require_alive()  # a connection that was cut looks like a lost one
        raise lost

    async def deliver(self, topic: str, payload: bytes) -> None:
        """Send a message, again if need be, until the broker has acknowledged it.

        Raises:
            ConsentRequiredError: a permit is dead.
            RecipientUnreachableError: the broker was away for longer than the policy says.
            RecipientError: the broker does not take it.
        """
        sent = False
        attempt = 1
        while True:
            await self._pause(self._retry.delay(attempt))
            try:
                connection = await self.connect()
                self.repeated += sent
                sent = True
                await connection.send(topic, payload)
            except (RecipientUnreachableError, ConsentRequiredError) as error:
                lost = error
            else:
                return
            # A permit that lives and yet said no could not ask its store: that may pass.
            self.require_alive()
            if attempt >= self._retry.attempts:
                raise lost
            attempt += 1

    async def announce(self) -> None:
        """Tell the status anew, if the broker can be reached; if not, that waits.

        Raises:
            ConsentRequiredError: a permit is dead.
            RecipientError: the broker does not take it.
        """
        known = self._connection
        try:
            connection = await self.connect()
            if connection is known:  # a new one has begun with it
                await self._announce(connection)
        except (RecipientUnreachableError, ConsentRequiredError):
            self.require_alive()

    def require_alive(self) -> None:
        """Raise what a permit died of, if one has."""
        for permit in self._permits:
            if not permit.alive:
                permit.check()

    def stop(self) -> None:
        """Let nothing more through, at once."""
        self._stopped.set()
        if self._connection is not None:
            self._connection.cut()

    async def close(self) -> None:
        """Cut the connection and wait until it is closed."""
        if self._connection is not None:
            await self._connection.close()

    async def finish(self) -> None:
        """End the connection politely."""
        if self._connection is not None:
            await self._connection.finish()

    async def _announce(self, connection: ReadingConnection) -> None:
        status = self._status.tell()
        if status is not None:
            await connection.announce(status)

    async def _pause(self, delay: float) -> None:
        if delay > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stopped.wait()
