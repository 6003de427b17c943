"""What the tests of the simulator share: virtual time, and a central made of bumble's own parts."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, cast

from bumble import gatt_client, hci
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration, Peer
from bumble.pairing import PairingConfig

from babyn_simulator import clock
from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy
from babyn_simulator.host import SimulatedDevice
from babyn_simulator.peripheral import Characteristic, Peripheral, Service
from babyn_simulator.radio import Air, Position
from babyn_simulator.services import uuid_of

P = ParamSpec("P")

NOTE = 0xFFF1
"""A characteristic to read and to be notified of."""

CENTRAL = "C0:00:00:00:00:01"
DEVICE = "C0:00:00:00:00:02"


def virtually(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test in virtual time; nothing may fail unseen, and no task may be left over."""

    @functools.wraps(test)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        clock.run(_checked(test(*args, **kwargs)))

    return wrapped


async def _checked(test: Coroutine[Any, Any, None]) -> None:
    failures: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: failures.append(context))
    before = asyncio.all_tasks()
    await test
    await turn(5)
    assert not failures, failures
    assert not [task for task in asyncio.all_tasks() - before if not task.done()]


async def pass_time(seconds: float) -> None:
    """Let virtual time pass."""
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    timer = loop.call_later(seconds, passed.set_result, None)
    try:
        await passed
    finally:
        timer.cancel()


async def settle() -> None:
    """Let everything arrive that is on the air: some connection events take place."""
    await pass_time(0.1)


async def turn(times: int = 1) -> None:
    """Let the loop turn so many times, without time passing."""
    loop = asyncio.get_running_loop()
    for _ in range(times):
        turned = loop.create_future()
        loop.call_soon(turned.set_result, None)
        await turned


def note(air: Air, **options: Any) -> tuple[Peripheral, Characteristic]:
    characteristic = Characteristic(NOTE, read=b"hello", notify=True)
    peripheral = Peripheral(
        air, [Service(0xFFF0, [characteristic])], name="Note", address=DEVICE, **options
    )
    return peripheral, characteristic


def reasons_of(connection: Connection) -> list[int]:
    reasons: list[int] = []
    connection.on(Connection.EVENT_DISCONNECTION, reasons.append)
    return reasons


class Central:
    """A central that does what it is told, without bleak."""

    def __init__(
        self,
        air: Air,
        *,
        address: str = CENTRAL,
        position: Position = (0.0, 0.0),
        entropy: Entropy | None = None,
        secure_connections: bool = True,
        public_address: hci.Address | None = None,
    ) -> None:
        self.device = SimulatedDevice(
            air,
            DeviceConfiguration(name="central", address=hci.Address(address), irk=bytes(range(16))),
            position=position,
            entropy=entropy,
            public_address=public_address,
        )
        self._secure_connections = secure_connections
        self.device.pairing_config_factory = self._pairing_config
        self.controller = self.device.controller
        self.heard: list[Advertisement] = []
        self.device.on(Device.EVENT_ADVERTISEMENT, self.heard.append)

    def _pairing_config(self, _connection: Connection) -> PairingConfig:
        return PairingConfig(sc=self._secure_connections, mitm=False)

    def on_report(self, callback: Callable[[], object]) -> None:
        """Call back at each advertisement that is heard."""

        def heard(_report: Advertisement) -> None:
            callback()

        self.device.on(Device.EVENT_ADVERTISEMENT, heard)

    async def scan(self, seconds: float, *, active: bool = True) -> list[Advertisement]:
        """Scan for a while, and return what was heard."""
        self.heard.clear()
        await self.device.start_scanning(active=active)
        await pass_time(seconds)
        await self.device.stop_scanning()
        return list(self.heard)

    async def connect(self, peripheral: Peripheral, *, timeout: float = 5.0) -> Connection:
        """Connect to a peripheral."""
        address = hci.Address(peripheral.address)
        return await self.device.connect_le(address, timeout=timeout)

    async def characteristic(
        self, connection: Connection, uuid: int | str
    ) -> gatt_client.CharacteristicProxy[bytes]:
        """Return a characteristic, discovering everything if that has not been done."""
        peer = Peer(connection)
        if not peer.services:
            await peer.discover_services()
            await peer.discover_characteristics()
        return peer.get_characteristics_by_uuid(uuid_of(uuid))[0]

    async def read(self, connection: Connection, uuid: int | str) -> bytes:
        """Read a characteristic."""
        return bytes(await (await self.characteristic(connection, uuid)).read_value())


class RawHost:
    """A host that is nothing but a log of what its controller sends."""

    def __init__(self, controller: VirtualController) -> None:
        self.controller = controller
        self.packets: list[hci.HCI_Packet] = []
        controller.set_packet_sink(self)

    def on_packet(self, packet: bytes) -> None:
        self.packets.append(hci.HCI_Packet.from_bytes(packet))

    async def send(self, *commands: object) -> list[hci.HCI_Packet]:
        """Send commands, and return everything that comes before time passes."""
        self.packets.clear()
        for command in commands:
            self.controller.on_packet(bytes(cast("hci.HCI_Command", command)))
        await turn(6)
        return list(self.packets)

    def reports(self) -> list[Any]:
        """Return all advertising reports, of either kind."""
        return [report for packet in self.packets for report in cast("Any", packet).reports]
