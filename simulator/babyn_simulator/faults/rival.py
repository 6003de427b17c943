"""The second central: it takes a device, and keeps it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol, cast

from bumble.core import BaseBumbleError
from bumble.device import Connection, Peer
from bumble.gatt import Characteristic

from babyn_simulator.faults.intruder import Intruder, cancelling, end, ended, run_until

if TYPE_CHECKING:
    from babyn_simulator.faults.hit import Hit
    from babyn_simulator.peripheral import Peripheral

_PUSHED = Characteristic.Properties.NOTIFY | Characteristic.Properties.INDICATE


class _Explorer(Protocol):
    """A part of bumble that it leaves untyped."""

    async def discover_all(self) -> None: ...


class Rival:
    """Takes a device whenever it advertises.

    Args:
        hit: the strike that it is part of; each connection counts.
        target: the device.
        steals: whether the device gives up the connection that it has.
        subscribes: whether it pairs, and subscribes to everything.
    """

    def __init__(self, hit: Hit, target: Peripheral, *, steals: bool, subscribes: bool) -> None:
        self._hit = hit
        self._target = target
        self._steals = steals
        self._subscribes = subscribes
        self._intruder = Intruder(hit.air, target, hit.own_entropy())
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Have it go."""
        self._stopped.set()

    async def run(self) -> None:
        """Be there until it is stopped."""
        await run_until(self._stopped, self._take(), self._intruder.leave)

    async def _take(self) -> None:
        await self._intruder.device.power_on()
        if self._steals:
            for connection in self._target.connections:
                self._hit.spawn(end(connection))
        while True:
            connection = await self._intruder.connect()
            self._hit.count()
            if self._subscribes:
                await self._subscribe(connection)
            await ended(connection)

    @staticmethod
    async def _subscribe(connection: Connection) -> None:
        try:
            with contextlib.suppress(BaseBumbleError):  # it may refuse to pair
                await connection.pair()
            peer = Peer(connection)
            await cast("_Explorer", peer).discover_all()
            for service in peer.services:
                for characteristic in service.characteristics:
                    if characteristic.properties & _PUSHED:
                        with contextlib.suppress(BaseBumbleError):  # or one of its values
                            await characteristic.subscribe(lambda _value: None)
        except asyncio.CancelledError:  # bumble's, when the link ends meanwhile
            if cancelling():
                raise
