"""The second central: it takes a device, and keeps it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bumble.core import BaseBumbleError
from bumble.device import Connection, Peer
from bumble.gatt import Characteristic

from babyn_simulator.faults.intruder import Intruder, end, ended

if TYPE_CHECKING:
    from babyn_simulator.faults.hit import Hit
    from babyn_simulator.peripheral import Peripheral

_PUSHED = Characteristic.Properties.NOTIFY | Characteristic.Properties.INDICATE


async def rival(hit: Hit, target: Peripheral, *, steals: bool, subscribes: bool) -> None:
    """Take a device whenever it advertises, until cancelled.

    Args:
        hit: the strike that it is part of; each connection counts.
        target: the device.
        steals: whether the device gives up the connection that it has.
        subscribes: whether it pairs, and subscribes to everything.
    """
    intruder = Intruder(hit.air, target, hit.own_entropy())
    try:
        await intruder.device.power_on()
        if steals:
            for connection in target.connections:
                hit.spawn(end(connection))
        while True:
            connection = await intruder.connect()
            hit.count()
            if subscribes:
                await _subscribe(connection)
            await ended(connection)
    finally:
        await intruder.leave()


async def _subscribe(connection: Connection) -> None:
    with contextlib.suppress(BaseBumbleError):  # it may refuse to pair, or one of the values
        await connection.pair()
    peer = Peer(connection)
    for service in await peer.discover_services():
        for characteristic in await service.discover_characteristics():
            if characteristic.properties & _PUSHED:
                with contextlib.suppress(BaseBumbleError):
                    await characteristic.subscribe(lambda _value: None)
