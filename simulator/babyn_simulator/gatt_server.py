"""What a simulated peripheral tells by GATT, and who may know it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bumble import att

from babyn_simulator.security import Pairing, is_trusted, stored_keys
from babyn_simulator.services import AttributeTable, Characteristic, RequestRefusedError

if TYPE_CHECKING:
    from bumble.device import Connection

    from babyn_simulator.host import SimulatedDevice


class GattServer:
    """The values of a peripheral: who has subscribed, who may know, who is told.

    Args:
        pairing: what stands before the protected values.
    """

    def __init__(self, pairing: Pairing) -> None:
        self.pairing = pairing
        """What stands before the protected values; may be changed at any time."""
        self._device: SimulatedDevice | None = None
        self._table: AttributeTable | None = None

    @property
    def device(self) -> SimulatedDevice:
        """The bumble device under it, which is another one after each power-on.

        Raises:
            RuntimeError: it is powered off.
        """
        if self._device is None:
            raise RuntimeError("the simulated device is powered off; await its power_on() first")
        return self._device

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Its live connections."""
        return () if self._device is None else tuple(self._device.connections.values())

    # Who is told

    def subscribed(self, characteristic: Characteristic) -> bool:
        """Return whether any central has subscribed to a characteristic."""
        table = self._table
        return table is not None and any(
            table.configuration(connection, characteristic) for connection in self.connections
        )

    def subscription(self, connection: Connection, characteristic: Characteristic) -> int:
        """Return what one central has subscribed to: 1 notifications, 2 indications, 3 both."""
        return self._tabled.configuration(connection, characteristic)

    async def notify(self, characteristic: Characteristic, value: bytes) -> int:
        """Notify a value to every central that has subscribed and may know it.

        Returns:
            How many centrals it was sent to.
        """
        sent = 0
        for connection in await self._audience(characteristic, 1):
            await self.device.notify_subscriber(
                connection, self._tabled.attribute(characteristic), value
            )
            sent += 1
        return sent

    async def indicate(self, characteristic: Characteristic, value: bytes) -> int:
        """Indicate a value to every central that has subscribed and may know it.

        Returns:
            How many centrals confirmed it.
        """
        audience = await self._audience(characteristic, 2)
        confirmed = await asyncio.gather(
            *(self.indicate_to(connection, characteristic, value) for connection in audience)
        )
        return sum(confirmed)

    async def indicate_to(
        self, connection: Connection, characteristic: Characteristic, value: bytes
    ) -> bool:
        """Indicate a value to one central, whatever it has subscribed to.

        Returns:
            Whether it confirmed.
        """
        if connection not in self.connections:
            return False
        attribute = self._tabled.attribute(characteristic)
        try:
            await connection.cancel_on_disconnection(
                self.device.indicate_subscriber(connection, attribute, value)
            )
        except TimeoutError:
            return False
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return False  # the link ended
        return True

    # Who may know

    async def before_read(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a read pass, or refuse it; part of answering a request."""
        await self._authorise(connection, characteristic)

    async def before_write(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a write or a subscription pass, or refuse it; part of answering a request."""
        await self._authorise(connection, characteristic)

    async def _authorise(self, connection: Connection, characteristic: Characteristic) -> None:
        if await self._may_know(connection, characteristic):
            return
        # Core v6.0 - Bluetooth Core Specification - Vol 3 Part C §10.3.1: a peer that has a key
        # is told to encrypt, one that has none to authenticate.
        bonded = await stored_keys(self.device, connection) is not None
        raise RequestRefusedError(
            att.ErrorCode.INSUFFICIENT_ENCRYPTION
            if bonded and not connection.is_encrypted
            else att.ErrorCode.INSUFFICIENT_AUTHENTICATION
        )

    async def _may_know(self, connection: Connection, characteristic: Characteristic) -> bool:
        if self.pairing is Pairing.NONE or not characteristic.protected:
            return True
        return await is_trusted(self.device, connection)

    async def _audience(self, characteristic: Characteristic, bit: int) -> list[Connection]:
        return [
            connection
            for connection in self.connections
            if self._tabled.configuration(connection, characteristic) & bit
            and await self._may_know(connection, characteristic)
        ]

    @property
    def _tabled(self) -> AttributeTable:
        if self._table is None:
            raise RuntimeError("the simulated device is powered off; await its power_on() first")
        return self._table
