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

from bumble.device import Connection, Device, DeviceConfiguration
from bumble.keys import KeyStore, MemoryKeyStore

from babyn_simulator.advertisement import Advertisement
from babyn_simulator.announcing import ROTATION, AddressType, Announcer, OwnAddress
from babyn_simulator.capture import attach
from babyn_simulator.gatt_server import GattServer
from babyn_simulator.host import SimulatedDevice
from babyn_simulator.security import Pairing, PolicyConfig, PolicySession
from babyn_simulator.services import AttributeTable, Characteristic, Service

if TYPE_CHECKING:
    from datetime import timedelta

    from bumble.snoop import Snooper

    from babyn_simulator.controller import VirtualController
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air, Position

__all__ = ["AddressType", "Advertisement", "Characteristic", "Pairing", "Peripheral", "Service"]

Behaviour = Callable[["Peripheral"], Awaitable[None]]
"""What a peripheral does by itself while it is powered on."""


class Peripheral(GattServer):
    """A simulated device.

    Args:
        air: the medium that it is on.
        services: its GATT services, beside the two generic ones.
        name: its Device Name, and what its scan response says.
        advertisement: what it tells everybody.
        pairing: what stands before its protected values.
        address: its identity address as text, a static random one unless it ends in ``/P``; by
            default one from its entropy.
        address_type: what kind of address it shows; by default its identity.
        rotation: how long it keeps a private address.
        appearance: its Appearance, by the SIG's assigned numbers.
        keystore: where it keeps its bonds; by default in memory.
        entropy: where its random numbers come from; by default from the system.
        position: where it is, in metres.
        behaviour: what it does by itself while it is powered on.

    Raises:
        ValueError: the address is none or of another kind, or the advertisement does not fit.
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
        address_type: AddressType | None = None,
        rotation: timedelta = ROTATION,
        appearance: int = 0,
        keystore: KeyStore | None = None,
        entropy: Entropy | None = None,
        position: Position = (0.0, 0.0),
        behaviour: Behaviour | None = None,
    ) -> None:
        super().__init__(pairing)
        self._air = air
        self._services = tuple(services)
        self.name = name
        self.advertisement = advertisement or Advertisement()
        self.appearance = appearance
        self.keystore: KeyStore = keystore or MemoryKeyStore()
        self._entropy = entropy
        self._address = OwnAddress(address, address_type, entropy)
        self._announcer = Announcer(self._address, rotation, self.next_advertisement, name)
        self._position = position
        self._behaviour = behaviour
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
        """Its address, as a scan shows it; a private one changes."""
        return self._address.shown.to_string(with_type_qualifier=False)

    @property
    def identity_address(self) -> str:
        """Its identity address, which peers know that have bonded."""
        return self._address.identity.to_string(with_type_qualifier=False)

    @property
    def address_type(self) -> AddressType:
        """What kind of address it shows."""
        return self._address.kind

    def next_advertisement(self) -> Advertisement:
        """Return what it tells everybody from now on; asked with each new address."""
        return self.advertisement

    @property
    def powered_on(self) -> bool:
        """Whether it is running."""
        return self._device is not None

    @property
    def controller(self) -> VirtualController:
        """Its controller; see :attr:`device`."""
        return self.device.controller

    @property
    def position(self) -> Position:
        """Where it is, in metres."""
        return self._position

    @position.setter
    def position(self, position: Position) -> None:
        self._position = position
        if self._device is not None:
            self._device.controller.position = position

    async def announce(self) -> None:
        """Tell everybody :meth:`next_advertisement`, if it is advertising."""
        if self._device is not None:
            await self._announcer.refresh(self._device)

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
        await self._announcer.begin(device, changed=self.boots > 1)
        if self._address.kind.changes:
            self.spawn(lambda: self._announcer.rotate_for_ever(device))
        if self._behaviour is not None:
            self.spawn(self._behave)

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

    # Faults

    async def rotate_address(self) -> None:
        """Take another private address now, and another payload; advertising pauses for it.

        Raises:
            RuntimeError: it has none, or is powered off.
        """
        if not self._address.kind.changes:
            raise RuntimeError("this simulated device has an address that does not change")
        device = self.device
        # A caller that is cancelled does not leave it silent.
        rotation = self.spawn(lambda: self._announcer.rotate(device))
        await asyncio.wait({rotation})
        if not rotation.cancelled():
            rotation.result()

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

    async def before_read(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a read pass, or refuse it; part of answering a request."""
        await super().before_read(connection, characteristic)
        if self._reads_to_drop > 0:
            self._reads_to_drop -= 1
            never = asyncio.get_running_loop().create_future()
            await connection.cancel_on_disconnection(never)
        if not self._reads_answered.is_set():
            await connection.cancel_on_disconnection(self._reads_answered.wait())

    # The bumble device

    def _build(self, entropy: Entropy | None) -> SimulatedDevice:
        identity = self._address.identity
        config = DeviceConfiguration(name=self.name, gap_service_enabled=False)
        if not identity.is_public:
            config.address = identity
        config.irk = self._address.irk
        device = SimulatedDevice(
            self._air,
            config,
            entropy=entropy,
            keystore=self.keystore,
            position=self._position,
            public_address=identity if identity.is_public else None,
        )
        attach(device.host, *self.snoopers)
        device.smp_session_proxy = PolicySession
        device.pairing_config_factory = self._pairing_config
        device.on(Device.EVENT_CONNECTION, self._on_connection)
        self._table = AttributeTable(device, self)
        self._table.add((self._generic_access(), *self._services))
        return device

    def _pairing_config(self, _connection: Connection) -> PolicyConfig:
        private = self._address.kind is AddressType.PRIVATE
        return PolicyConfig(self.pairing, identity=self._address.identity if private else None)

    def _generic_access(self) -> Service:
        characteristics = [
            Characteristic(0x2A00, read=self.name.encode()),
            Characteristic(0x2A01, read=self.appearance.to_bytes(2, "little")),
        ]
        if self._address.kind is AddressType.PRIVATE:
            # Resolvable Private Address Only: what follows a bond is such an address.
            # Core v6.0 - Bluetooth Core Specification - Vol 3 Part C §12.5
            characteristics.append(Characteristic(0x2AC9, read=b"\x00"))
        return Service(0x1800, characteristics)

    def _on_connection(self, connection: Connection) -> None:
        device = self._device

        def on_disconnection(_reason: int) -> None:
            if device is not None and device is self._device:
                self.spawn(self._resume)

        connection.on(Connection.EVENT_DISCONNECTION, on_disconnection)

    async def _resume(self) -> None:
        await self._announcer.resume(self.device)

    async def _behave(self) -> None:
        if self._behaviour is not None:
            await self._behaviour(self)

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Do something besides, until it is done or the peripheral is powered off.

        What it raises is raised by :meth:`power_off`.

        Raises:
            RuntimeError: it is powered off.
        """
        task = asyncio.get_running_loop().create_task(self._do(work), context=self.device.context)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    async def _do(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await work()

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        if task in self._tasks and not task.cancelled() and task.exception() is not None:
            return  # kept, and raised by power_off()
        self._tasks.discard(task)
