"""The battery of a device in the open profile."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from babyn_ble.errors import ConsentRequiredError, MalformedMessageError, RejectedError
from babyn_ble.readings import Quantity
from babyn_ble.sources.measurements import Measurement
from babyn_ble.sources.open_profile import Origin, as_reading
from babyn_protocol import uuids
from babyn_protocol.gatt.battery import BatteryLevel

if TYPE_CHECKING:
    from babyn_ble.clock import Clock
    from babyn_ble.connection import Connection
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.readings import Reading

__all__ = ["Battery"]


class Battery:
    """The battery level of one device, read once and then followed, if the device has one.

    Args:
        connection: the link to it.
        origin: whose reading it is.
        clock: tells when it arrived.
        ask: the gate, for the device's state.
    """

    def __init__(
        self, connection: Connection, origin: Origin, clock: Clock, ask: Callable[[], Permit]
    ) -> None:
        self.newest: Reading | None = None
        """The newest level, if the device tells one."""
        self._connection = connection
        self._origin = origin
        self._clock = clock
        self._ask = ask

    async def start(self) -> None:
        """Read the level, and have every later one told. What is refused is left out."""
        characteristic = self._connection.characteristic(uuids.Characteristic.BATTERY_LEVEL)
        if characteristic is None:
            return
        with contextlib.suppress(ConsentRequiredError, RejectedError, MalformedMessageError):
            permit = self._ask()
            self._take(await self._connection.read(characteristic))
            if characteristic.subscribable:
                await self._connection.subscribe(characteristic, self._receiver(permit))

    def _receiver(self, permit: Permit) -> Callable[[bytes], None]:
        def received(data: bytes) -> None:
            with contextlib.suppress(ConsentRequiredError, MalformedMessageError):
                permit.check()
                self._take(data)

        return received

    def _take(self, data: bytes) -> None:
        level = Decimal(BatteryLevel.parse(data).percent)
        measured = Measurement(Quantity.BATTERY_LEVEL, level, "%")
        self.newest = as_reading(measured, self._origin, self._clock.now())
