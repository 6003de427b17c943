"""A central of a fault's own: a host stack on the air that none of the scenario's devices has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from bumble import hci
from bumble.core import BaseBumbleError
from bumble.device import Connection, DeviceConfiguration

from babyn_simulator.host import SimulatedDevice

if TYPE_CHECKING:
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.peripheral import Peripheral
    from babyn_simulator.radio import Air

_AGAIN = 1.0
"""Seconds after which a task is cancelled once more."""


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
    try:
        await connection.disconnect()
    except BaseBumbleError:  # it has ended already
        return
    except asyncio.CancelledError:  # bumble's, when its host goes off meanwhile
        if cancelling():
            raise


def cancelling() -> bool:
    """Return whether the running task is being cancelled; bumble cancels what waits for it, too."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


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


async def run_until(
    stopped: asyncio.Event,
    work: Coroutine[Any, Any, None],
    clean_up: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """Do something until it is stopped, and clean up.

    It is not simply cancelled: in Python 3.11 a cancellation may get lost while bumble waits for
    the answer to a command, and a command that is cut short upsets its host.

    Args:
        stopped: set when it is enough.
        work: what to do.
        clean_up: ends what it has begun; hosts that go off set everything free that waits.
    """
    task = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stopped.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    failed = task.done()
    await clean_up()
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN)
    stopping.cancel()
    if failed:
        task.result()


async def take_off(device: SimulatedDevice) -> None:
    """Take a host off the air for good."""
    if device.powered_on:
        await device.power_off()
    device.controller.leave()
