"""What the tests of links share: two connected hosts, and losses that follow a script."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

from bumble import hci
from bumble.device import Connection, ConnectionParametersPreferences

from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Characteristic, Peripheral, Service
from babyn_simulator.radio import Air, Link, PacketLoss, PathLoss
from tests.simulator.virtual_bench import (
    DEVICE,
    NOTE,
    Central,
    pass_time,
    settle,
)

TIMEOUT = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
HERE = hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
THERE = hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR


class Script(PacketLoss):
    """Loses the packets that it is told to, and then no more."""

    def __init__(self, lost: Iterable[bool] = (), *, after: bool = False) -> None:
        super().__init__(Entropy(1, "script"))
        self.left = list(lost)
        self.after = after
        self.asked = 0

    def loses(self, sender: VirtualController, receiver: VirtualController) -> bool:
        self.asked += 1
        return self.left.pop(0) if self.left else self.after


@dataclass
class Scene:
    """Two connected hosts, and what each has received of the other."""

    air: Air
    central: Central
    peripheral: Peripheral
    connection: Connection
    characteristic: Characteristic
    notified: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])
    written: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])
    begin: float = 0.0

    @property
    def now(self) -> float:
        """Seconds since the scene began."""
        return asyncio.get_running_loop().time() - self.begin

    @property
    def link(self) -> Link:
        (end,) = self.central.controller.links()
        assert end.radio_link is not None
        return end.radio_link

    @property
    def pending(self) -> int:
        """HCI packets that the peripheral's controller has not completed."""
        queue = self.peripheral.device.host.le_acl_packet_queue
        assert queue is not None
        return queue.pending

    async def notify(self, *values: bytes) -> None:
        for value in values:
            await self.peripheral.notify(self.characteristic, value)

    async def write(self, *values: bytes) -> None:
        proxy = await self.central.characteristic(self.connection, NOTE)
        for value in values:
            await proxy.write_value(value)


@contextlib.asynccontextmanager
async def scene(
    *, interval: float = 30.0, latency: int = 0, timeout: int = 4000
) -> AsyncGenerator[Scene]:
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    scenes: list[Scene] = []

    def write(value: bytes) -> None:
        scenes[0].written.append((scenes[0].now, value))

    characteristic = Characteristic(NOTE, write=write, notify=True)
    peripheral = Peripheral(air, [Service(0xFFF0, [characteristic])], address=DEVICE)
    async with peripheral:
        wish = ConnectionParametersPreferences(
            connection_interval_min=interval,
            connection_interval_max=interval,
            max_latency=latency,
            supervision_timeout=timeout,
        )
        connection = await central.device.connect_le(
            hci.Address(DEVICE), {hci.Phy.LE_1M: wish}, timeout=5
        )
        made = Scene(air, central, peripheral, connection, characteristic)
        scenes.append(made)
        proxy = await central.characteristic(connection, NOTE)
        await proxy.subscribe(lambda value: made.notified.append((made.now, bytes(value))))
        await pass_time(1)
        made.begin = asyncio.get_running_loop().time()
        yield made
        air.loss = None
        if peripheral.connections:
            await connection.disconnect()
            await settle()
