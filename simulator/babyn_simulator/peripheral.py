r"""A simulated peripheral: any GATT device, declared as data, with a real host stack under it.

::

    button = Characteristic(0x2A56, read=b"\x00", notify=True)
    device = Peripheral(air, [Service(0x1815, [button])], name="Button")
    async with device:
        await device.notify(button, b"\x01")

It is known to the air by its address, keeps its bonds in a key store over power cycles, and
starts each time with nothing else: a new host, a new controller, new entropy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Self

from bumble import att, hci
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.keys import KeyStore, MemoryKeyStore

from babyn_simulator.advertisement import Advertisement
from babyn_simulator.capture import attach
from babyn_simulator.host import SimulatedDevice, device_address
from babyn_simulator.security import Pairing, PolicyConfig, PolicySession, is_trusted, stored_keys
from babyn_simulator.services import (
    AttributeTable,
    Characteristic,
    RequestRefusedError,
    Service,
)

if TYPE_CHECKING:
    from bumble.snoop import Snooper

    from babyn_simulator.controller import VirtualController
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air, Position

__all__ = ["Advertisement", "Characteristic", "Pairing", "Peripheral", "Service"]

Behaviour = Callable[["Peripheral"], Awaitable[None]]
"""What a peripheral does by itself while it is powered on."""


class Peripheral:
    """A simulated device.

    Args:
        air: the medium that it is on.
        services: its GATT services, beside the two generic ones.
        name: its Device Name, and what its scan response says.
        advertisement: what it tells everybody.
        pairing: what stands before its protected values.
        address: its address as text, a static random one unless it ends in ``/P``; by
            default one from its entropy.
        appearance: its Appearance, by the SIG's assigned numbers.
        keystore: where it keeps its bonds; by default in memory.
        entropy: where its random numbers come from; by default from the system.
        position: where it is, in metres.
        behaviour: what it does by itself while it is powered on.

    Raises:
        ValueError: the address is none, or the advertisement does not fit.
    """

    def __init__(
        self,
        air: Air,
        services: Iterable[Service] = (),
        *,
        name: str = "Peripheral",
        advertisement: Advertisement | None = None,
        pairing: Pairing = Pairing.NONE,
        address: str | None = None,
        appearance: int = 0,
        keystore: KeyStore | None = None,
        entropy: Entropy | None = None,
        position: Position = (0.0, 0.0),
        behaviour: Behaviour | None = None,
    ) -> None:
        self._air = air
        self._services = tuple(services)
        self.name = name
        self.advertisement = advertisement or Advertisement()
        self.pairing = pairing
        """What stands before the protected values; may be changed at any time."""
        self.appearance = appearance
        self.keystore: KeyStore = keystore or MemoryKeyStore()
        self._entropy = entropy
        self._address = device_address(address, entropy)
        self._position = position
        self._behaviour = behaviour
        self._device: SimulatedDevice | None = None
        self._table: AttributeTable | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._reads_answered = asyncio.Event()
        self._reads_answered.set()
        self._reads_to_drop = 0
        self.boots = 0
        """How often it has been powered on."""
        self.snoopers: tuple[Snooper, ...] = ()
        """What sees the packets of its host, from the next power-on."""
        self.advertisement.data()
        self.advertisement.scan_response(name)

    # What it is

    @property
    def address(self) -> str:
        """Its address, as a scan shows it."""
        return self._address.to_string(with_type_qualifier=False)

    @property
    def powered_on(self) -> bool:
        """Whether it is running."""
        return self._device is not None

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
    def controller(self) -> VirtualController:
        """Its controller; see :attr:`device`."""
        return self.device.controller

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Its live connections."""
        return () if self._device is None else tuple(self._device.connections.values())

    @property
    def position(self) -> Position:
        """Where it is, in metres."""
        return self._position

    @position.setter
    def position(self, position: Position) -> None:
        self._position = position
        if self._device is not None:
            self._device.controller.position = position

    # Power

    async def power_on(self) -> None:
        """Start: advertise, and do what it does by itself. Harmless if it is running."""
        if self._device is not None:
            return
        self.boots += 1
        entropy = None if self._entropy is None else self._entropy.booted(self.boots)
        device = self._build(entropy)
        self._device = device
        await device.power_on()
        await self._advertise()
        if self._behaviour is not None:
            self._spawn(device, self._behave)

    async def power_off(self) -> None:
        """Stop at once, as when a battery is taken out; peers notice by a timeout."""
        device, self._device, self._table = self._device, None, None
        if device is None:
            return
        device.controller.fall_silent()
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await device.power_off()
        device.controller.leave()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def reset(self) -> None:
        """Stop at once and start again; bonds stay, subscriptions do not."""
        await self.power_off()
        await self.power_on()

    async def __aenter__(self) -> Self:
        await self.power_on()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.power_off()

    # Values

    def subscribed(self, characteristic: Characteristic) -> bool:
        """Return whether any central has subscribed to a characteristic."""
        table = self._table
        return table is not None and any(
            table.configuration(connection, characteristic) for connection in self.connections
        )

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
            *(self._indicate(connection, characteristic, value) for connection in audience)
        )
        return sum(confirmed)

    # Faults

    def lose_link(self, *, silence: float | None = None) -> int:
        """Lose every link, as by interference: both sides hear of it by a timeout.

        Args:
            silence: seconds until then; by default each link's supervision timeout.

        Returns:
            How many links there were.
        """
        ends = tuple(self.controller.links())
        for end in ends:
            if end.radio_link is not None:
                peer = end.radio_link.other(end).owner
                self._air.lose_link(self.controller, peer, silence=silence)
        return len(ends)

    def stall_reads(self) -> None:
        """Answer no read until :meth:`resume_reads`, or until the link ends."""
        self._reads_answered.clear()

    def resume_reads(self) -> None:
        """Answer the reads that wait, and all that follow."""
        self._reads_answered.set()

    def drop_reads(self, count: int = 1) -> None:
        """Never answer the next ``count`` reads."""
        self._reads_to_drop = count

    # Who may know

    async def before_read(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a read pass, or refuse it; part of answering a request."""
        await self._authorise(connection, characteristic)
        if self._reads_to_drop > 0:
            self._reads_to_drop -= 1
            never = asyncio.get_running_loop().create_future()
            await connection.cancel_on_disconnection(never)
        if not self._reads_answered.is_set():
            await connection.cancel_on_disconnection(self._reads_answered.wait())

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

    async def _indicate(
        self, connection: Connection, characteristic: Characteristic, value: bytes
    ) -> bool:
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

    # The bumble device

    @property
    def _tabled(self) -> AttributeTable:
        if self._table is None:
            raise RuntimeError("the simulated device is powered off; await its power_on() first")
        return self._table

    def _build(self, entropy: Entropy | None) -> SimulatedDevice:
        public = self._address.is_public
        config = DeviceConfiguration(name=self.name, gap_service_enabled=False)
        if not public:
            config.address = self._address
        if entropy is not None:
            config.irk = entropy.child("irk").token_bytes(16)
        device = SimulatedDevice(
            self._air,
            config,
            entropy=entropy,
            keystore=self.keystore,
            position=self._position,
            public_address=self._address if public else None,
        )
        attach(device.host, *self.snoopers)
        device.smp_session_proxy = PolicySession
        device.pairing_config_factory = self._pairing_config
        device.on(Device.EVENT_CONNECTION, self._on_connection)
        self._table = AttributeTable(device, self)
        self._table.add((self._generic_access(), *self._services))
        return device

    def _pairing_config(self, _connection: Connection) -> PolicyConfig:
        return PolicyConfig(self.pairing)

    def _generic_access(self) -> Service:
        return Service(
            0x1800,
            (
                Characteristic(0x2A00, read=self.name.encode()),
                Characteristic(0x2A01, read=self.appearance.to_bytes(2, "little")),
            ),
        )

    async def _advertise(self) -> None:
        own = hci.OwnAddressType.PUBLIC if self._address.is_public else hci.OwnAddressType.RANDOM
        await self.device.start_advertising(
            advertising_type=self.advertisement.kind,
            own_address_type=own,
            advertising_data=self.advertisement.data(),
            scan_response_data=self.advertisement.scan_response(self.name),
            advertising_interval_min=self.advertisement.interval,
            advertising_interval_max=self.advertisement.interval,
        )

    def _on_connection(self, connection: Connection) -> None:
        device = self._device

        def on_disconnection(_reason: int) -> None:
            if device is not None and device is self._device:
                self._spawn(device, self._advertise)

        connection.on(Connection.EVENT_DISCONNECTION, on_disconnection)

    async def _behave(self) -> None:
        if self._behaviour is not None:
            await self._behaviour(self)

    def _spawn(
        self, device: SimulatedDevice, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        task = asyncio.get_running_loop().create_task(work(), context=device.context)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        if task in self._tasks and not task.cancelled() and task.exception() is not None:
            return  # kept, and raised by power_off()
        self._tasks.discard(task)
