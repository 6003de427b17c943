"""A central of a fault's own: a host stack on the air that none of the scenario's devices has."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from bumble import hci
from bumble.core import BaseBumbleError
from bumble.device import Connection, DeviceConfiguration

from babyn_simulator.host import SimulatedDevice

if TYPE_CHECKING:
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.peripheral import Peripheral
    from babyn_simulator.radio import Air

_SEND_OFF = 1.0
"""Seconds that a polite end of a connection may take."""


class Intruder:
    """A central next to a device.

    Args:
        air: the medium.
        target: the device that it wants.
        entropy: where its random numbers come from.
    """

    def __init__(self, air: Air, target: Peripheral, entropy: Entropy) -> None:
        self.target = target
        random = bytearray(entropy.token_bytes(6))
        random[5] |= 0b1100_0000  # a static random address
        self.device = SimulatedDevice(
            air,
            DeviceConfiguration(
                name="intruder", address=hci.Address(bytes(random)), irk=entropy.token_bytes(16)
            ),
            entropy=entropy,
            position=target.position,
        )

    async def connect(self) -> Connection:
        """Connect to the device as soon as it advertises."""
        address = address_of(self.target)
        return await self.device.in_own_context(self.device.connect_le(address, timeout=None))

    async def leave(self) -> None:
        """End the connection politely, and go."""
        for connection in tuple(self.device.connections.values()):
            await end(connection)
        await take_off(self.device)


def address_of(target: Peripheral) -> hci.Address:
    """Return the address that a device is heard by."""
    public = hci.Address(target.address, hci.Address.PUBLIC_DEVICE_ADDRESS)
    if target.powered_on and target.controller.public_address == public:
        return public
    return hci.Address(target.address, hci.Address.RANDOM_DEVICE_ADDRESS)


async def end(connection: Connection) -> None:
    """End a connection politely, if it still stands."""
    with contextlib.suppress(BaseBumbleError, TimeoutError):
        async with asyncio.timeout(_SEND_OFF):
            await connection.disconnect()


async def ended(connection: Connection) -> None:
    """Wait until a connection has ended."""
    over = asyncio.Event()

    def on_end(_reason: int) -> None:
        over.set()

    connection.on(Connection.EVENT_DISCONNECTION, on_end)
    if connection.device.connections.get(connection.handle) is connection:
        await over.wait()


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until the first of several has come about, and for the others no more."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def take_off(device: SimulatedDevice) -> None:
    """Take a host off the air for good."""
    if device.powered_on:
        await device.power_off()
    device.controller.leave()
