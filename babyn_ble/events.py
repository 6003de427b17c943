"""Events: what happened at a device. Kinds that are not known here are kept, never fatal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from babyn_ble.errors import BabynError, RejectedError
from babyn_protocol.gatt.device_events import DeviceEvent, EventDetails, EventKind
from babyn_protocol.uuids import VendorCharacteristic

if TYPE_CHECKING:
    from babyn_ble.clock import Clock
    from babyn_ble.connection import Connection
    from babyn_ble.privacy.permits import Permit

__all__ = ["DeviceEvents", "Event", "EventKind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. The ``repr`` does not carry the details.

    Attributes:
        device: short id of the bound device.
        kind: what happened; a number if it is not known here.
        details: what there is to say of it; bytes, as they came, if the kind is not known.
        sequence: one more than that of the event before.
        missed: events that are missing directly before it; ``None`` if that cannot be told.
        happened_at: when, aware, UTC; ``None`` if the device does not know.
        received_at: when it arrived here, aware, UTC.
    """

    device: str
    kind: EventKind | int
    details: EventDetails = field(repr=False)
    sequence: int
    missed: int | None
    happened_at: datetime | None
    received_at: datetime

    def as_dict(self) -> dict[str, object]:
        """Return the event as plain JSON types."""
        details = self.details
        return {
            "device": self.device,
            "kind": self.kind.name.lower() if isinstance(self.kind, EventKind) else self.kind,
            "details": details.hex() if isinstance(details, bytes) else str(details),
            "sequence": self.sequence,
            "missed": self.missed,
            "happened_at": None if self.happened_at is None else self.happened_at.isoformat(),
            "received_at": self.received_at.isoformat(),
        }


def as_event(message: DeviceEvent, device: str, received: datetime, before: int | None) -> Event:
    """Return the event that a message is.

    Args:
        message: as parsed.
        device: short id of the device.
        received: when it arrived, aware, UTC.
        before: sequence of the event before it in this session, if there was one.
    """
    age = message.age
    return Event(
        device=device,
        kind=message.kind,
        details=message.details,
        sequence=message.sequence,
        missed=None if before is None else (message.sequence - before - 1) % (1 << 32),
        happened_at=(
            received - timedelta(seconds=float(age)) if isinstance(age, Decimal) else None
        ),
        received_at=received,
    )


class DeviceEvents:
    """The events of one link. Everything it does is under one permit."""

    def __init__(
        self, connection: Connection, device: str, clock: Clock, ask: Callable[[], Permit]
    ) -> None:
        self._connection = connection
        self._device = device
        self._clock = clock
        self._ask = ask
        self._permit: Permit | None = None
        self._starting = asyncio.Lock()
        self._last: int | None = None
        self._queues: list[asyncio.Queue[Event | None]] = []
        self._ended = False
        self._error: BabynError | None = None

    async def stream(self) -> AsyncGenerator[Event, None]:
        """Yield each event as it comes."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._queues.append(queue)
        try:
            await self._start()
            while (event := await queue.get()) is not None:
                yield event
            if self._error is not None:
                raise self._error
        finally:
            self._queues.remove(queue)

    def end(self, error: BabynError | None) -> None:
        """End every stream."""
        if not self._ended:
            self._ended, self._error = True, error
            for queue in self._queues:
                queue.put_nowait(None)

    async def _start(self) -> None:
        async with self._starting:
            if self._ended and self._error is not None:
                raise self._error
            if self._permit is not None:
                return
            characteristic = self._connection.characteristic(VendorCharacteristic.DEVICE_EVENT)
            if characteristic is None:
                raise RejectedError("The device tells of no events")
            permit = self._ask()
            permit.check()
            await self._connection.subscribe(characteristic, self._received)
            self._permit = permit

    def _received(self, data: bytes) -> None:
        # Without permission it is dropped unread; what is no event, too.
        with contextlib.suppress(BabynError):
            if self._permit is not None:
                self._permit.check()
            event = as_event(DeviceEvent.parse(data), self._device, self._clock.now(), self._last)
            self._last = event.sequence
            for queue in self._queues:
                queue.put_nowait(event)
