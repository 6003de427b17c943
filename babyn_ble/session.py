"""A session: a live link to a bound device, and what arrives over it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from babyn_ble.errors import (
    BabynError,
    ConsentRequiredError,
    DisconnectedError,
    DisconnectReason,
    StoreError,
)
from babyn_ble.events import DeviceEvents
from babyn_ble.feed import Feed
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.purposes import Category
from babyn_ble.properties import VALID_FOR, Controls
from babyn_ble.readings import Gap
from babyn_ble.session_permits import KEEP, READ, SessionPermits
from babyn_ble.sources.battery import Battery
from babyn_ble.sources.open_profile import OpenProfileSource, Origin

if TYPE_CHECKING:
    from babyn_ble.binding import BoundDevice
    from babyn_ble.clock import Clock
    from babyn_ble.connection import Connection
    from babyn_ble.events import Event
    from babyn_ble.privacy.gate import Gate
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.properties import PropertyState
    from babyn_ble.readings import Reading
    from babyn_ble.sources import ReadingSource
    from babyn_protocol.gatt.property_values import PropertyValue

__all__ = ["Session"]

_LOGGER = logging.getLogger(__name__)

READINGS_CAPACITY = 4096
"""Readings that wait for a slow consumer; at one a second, more than an hour."""

NO_CONSENT = "no_consent"
"""Why there is a gap where a device had kept what nobody had agreed to at the time."""

_ENDED = DisconnectedError(
    "The session has ended; connect again", reason=DisconnectReason.NOT_CONNECTED
)

Keep = Callable[[list["Reading"]], Awaitable[None]]
"""Stores readings durably."""


class Session:
    """A live link to one bound device. Made by :meth:`babyn_ble.Companion.connect`."""

    def __init__(
        self,
        connection: Connection,
        device: BoundDevice,
        *,
        gate: Gate,
        clock: Clock,
        testing: bool,
        keep: Keep,
        drain: Callable[[], Awaitable[None]],
    ) -> None:
        self.device = device
        """The device at the other end."""
        self.stored = 0
        """Readings of this session that were stored."""
        self._connection = connection
        self._keep = keep
        self._permits = SessionPermits(
            gate, device, finish=self._finish, close=connection.close, drain=drain
        )
        ask_reading = self._permits.ask_reading
        origin = Origin(device.id, testing)
        self._source: ReadingSource = OpenProfileSource(
            connection, origin, clock, ask=ask_reading, settled=self._settled
        )
        self._battery = Battery(
            connection, origin, clock, lambda: self._permits.ask_until_end(Act.STATUS)
        )
        self._controls = Controls(
            connection,
            show=self._permits.ask_status,
            control=lambda: self._permits.ask(Act.CONTROL),
        )
        self._events = DeviceEvents(
            connection, device.id, clock, lambda: ask_reading(Category.HEALTH)
        )
        self._feeds: list[Feed] = []
        self._live_feeds: list[Feed] = []
        self._arrived: asyncio.Queue[Reading | None] = asyncio.Queue()
        self._pump: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._started = False
        self._not_agreed_then = 0
        self._error: BabynError | None = None
        self._ended = False
        self._closed = False
        connection.on_disconnect = self._link_ended

    @property
    def battery(self) -> Reading | None:
        """The newest battery level, if the device tells one."""
        return self._battery.newest

    @property
    def sequenced(self) -> bool:
        """Whether readings carry a sequence; without one, gaps on the air cannot be told."""
        return self._source.sequenced

    @property
    def is_connected(self) -> bool:
        """Whether the link is up."""
        return self._connection.is_connected and not self._ended

    async def start(self, link: Permit) -> None:
        """Take over the permit for the link, and read the battery level."""
        _LOGGER.info("Session with device %s opened", self.device.id)
        self._permits.hold(link)
        await self._battery.start()

    async def readings(self, *, capacity: int = READINGS_CAPACITY) -> AsyncGenerator[Reading, None]:
        """Yield each reading once, in order, after it was stored (if storing was agreed to).

        Where readings had to be dropped because the consumer was too slow, the next one
        says so in ``gap``.

        Args:
            capacity: readings that wait for the consumer at most.

        Raises:
            ConsentRequiredError: readings have not been agreed to, or no longer are.
            DisconnectedError: the link was lost.
            StoreError: a reading could not be stored.
        """
        async with contextlib.aclosing(
            self._stream(Feed(capacity, "consumer too slow"), self._feeds)
        ) as stream:
            async for reading in stream:
                yield reading

    async def live(self) -> AsyncGenerator[Reading, None]:
        """Yield the newest reading at once; older ones that were not taken are skipped.

        Raises:
            ConsentRequiredError, DisconnectedError: as :meth:`readings`.
        """
        async with contextlib.aclosing(
            self._stream(Feed(1, "superseded"), self._live_feeds)
        ) as stream:
            async for reading in stream:
                yield reading

    async def properties(self) -> tuple[PropertyState, ...]:
        """Return how every property of the device stands, in the device's order.

        Raises:
            RejectedError: the device announces none.
            ConsentRequiredError, DisconnectedError: as :meth:`readings`.
        """
        return await self._controls.states()

    async def watch_properties(self) -> AsyncGenerator[PropertyState, None]:
        """Yield how every property stands, then each change, whoever made it.

        Raises:
            RejectedError, ConsentRequiredError, DisconnectedError: as :meth:`properties`.
        """
        async with contextlib.aclosing(self._controls.watch()) as changes:
            async for state in changes:
                yield state

    async def set(
        self,
        name: str,
        value: PropertyValue,
        *,
        for_: timedelta | None = None,
        valid_for: timedelta = VALID_FOR,
    ) -> PropertyState:
        """Set a property to an absolute value, and return how it stands then.

        Args:
            name: of the property (``light_brightness``).
            value: of the property's kind.
            for_: how long it shall stay so; ``None``: until it is changed. The device may
                end it sooner.
            valid_for: how long after its arrival the device may still begin.

        Raises:
            RejectedError: the device refused; ``code`` says why.
            ValueError: the wire cannot carry the value.
            ResponseTimeoutError: no answer; whether it was done is not known.
            ConsentRequiredError: setting has not been agreed to, or no longer is.
            DisconnectedError: as :meth:`readings`.
        """
        return await self._controls.set(name, value, for_=for_, valid_for=valid_for)

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield what happens at the device, as it is told.

        Raises:
            RejectedError: the device tells of no events.
            ConsentRequiredError, DisconnectedError: as :meth:`readings`.
        """
        async with contextlib.aclosing(self._events.stream()) as events:
            async for event in events:
                yield event

    async def aclose(self) -> None:
        """End the session: streams end quietly, the link is closed, every permit given back."""
        self._finish(None)
        await self._source.stop()
        with contextlib.suppress(BabynError):
            await self._connection.close()
        await self._stop_pump()
        self._permits.release()
        if not self._closed:
            self._closed = True
            _LOGGER.info(
                "Session with device %s closed; %d readings stored", self.device.id, self.stored
            )

    # Streams

    async def _stream(self, feed: Feed, feeds: list[Feed]) -> AsyncGenerator[Reading, None]:
        if self._ended:
            raise self._error or _ENDED
        feeds.append(feed)
        try:
            await self._start_source()
            while (reading := await feed.take()) is not None:
                self._permits.require_reading(reading)
                yield reading
        finally:
            feeds.remove(feed)

    async def _start_source(self) -> None:
        async with self._starting:
            if self._started:
                return
            await self._source.start(self._deliver)
            self._pump = asyncio.create_task(self._store_and_pass_on(), name="session pump")
            self._started = True

    def _deliver(self, reading: Reading) -> None:
        if not self._permits.held_then(reading, READ):
            self._not_agreed_then += 1
            return
        if self._not_agreed_then:
            gap = Gap(self._not_agreed_then, NO_CONSENT)
            reading, self._not_agreed_then = replace(reading, gap=reading.gap or gap), 0
        for feed in self._live_feeds:
            feed.put(reading)
        self._arrived.put_nowait(reading)

    async def _store_and_pass_on(self) -> None:
        """Store what has arrived, in one go, then hand it on: what was shown is also kept."""
        more = True
        while more:
            batch: list[Reading] = []
            item = await self._arrived.get()
            while item is not None:
                batch.append(item)
                if self._arrived.empty():
                    break
                item = self._arrived.get_nowait()
            more = item is not None
            try:
                await self._store(batch)
            except StoreError as error:
                self._finish(error)
                return
            for reading in batch:
                for feed in self._feeds:
                    feed.put(reading)
                self._arrived.task_done()
        for feed in self._feeds:
            feed.end(self._error)

    async def _settled(self) -> bool:
        """Wait until what has arrived is stored and handed on; return whether anybody has it."""
        await self._arrived.join()
        # Devices store what they measured of a body.
        return bool(self._feeds) or self._permits.keeps(Category.HEALTH)

    async def _store(self, batch: list[Reading]) -> None:
        agreed = [category for category in KEEP if self._permits.may_keep(category)]
        # When a value was measured decides whether it was agreed to keep it.
        kept = [
            reading
            for reading in batch
            if reading.measured_at is not None
            and reading.quantity.category in agreed
            and self._permits.held_then(reading, KEEP)
        ]
        if kept:
            await self._keep(kept)
            self.stored += len(kept)

    async def _stop_pump(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None and pump is not asyncio.current_task():
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)

    # Ends

    def _link_ended(self) -> None:
        if self._connection.closing:
            self._finish(None)
        else:
            self._finish(
                DisconnectedError(
                    "The link to the device was lost; bring it near and connect again",
                    reason=DisconnectReason.LINK_LOST,
                )
            )

    def _finish(self, error: BabynError | None) -> None:
        if self._ended:
            return
        self._ended = True
        self._error = error
        self._controls.end(error)
        self._events.end(error)
        at_once = isinstance(error, ConsentRequiredError | StoreError) or self._pump is None
        for feed in self._live_feeds:
            feed.end(error, discard=at_once)
        if at_once:
            for feed in self._feeds:
                feed.end(error, discard=True)
        else:
            self._arrived.put_nowait(None)  # what arrived before the end is still handed out
