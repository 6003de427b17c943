"""One companion in a world, its central, and what a program does with it in the background."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bleak.backends.device import BLEDevice
from bumble import hci
from bumble.device import DeviceConfiguration

from babyn_ble import Companion
from babyn_ble.binding import BoundDevice
from babyn_ble.errors import (
    BabynError,
    ConsentRequiredError,
)
from babyn_ble.gateway import MqttCredentials, MqttPublisher, MqttRecipients, RetryPolicy
from babyn_ble.privacy import (
    ConsentScope,
)
from babyn_ble.privacy.acts import Act
from babyn_ble.session import Session
from babyn_ble.store import SealedReading
from babyn_simulator.capture import attach
from babyn_simulator.entropy import Entropy
from babyn_simulator.host import SimulatedDevice
from tests.privacy.trace.light import PROPERTY
from tests.privacy.trace.patch import ADDRESS, NAME
from tests.privacy.trace.people import RECIPIENT
from tests.privacy.trace.person import PATIENCE, Person
from tests.privacy.trace.taps import Hangs, HciTap, Platform, StoreTap
from tests.privacy.trace.trace import What

if TYPE_CHECKING:
    from tests.privacy.trace.world import World


class Member:
    """One companion.

    Args:
        world: where it lives.
        index: which one it is.
    """

    def __init__(self, world: World, index: int) -> None:
        self.world = world
        self.index = index
        self.hangs = Hangs()
        self.session: Session | None = None
        self._dead = False
        self.seeing = False
        """Whether the scan that runs is one that tells of every device."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._withdraw_at: dict[str, ConsentScope] = {}
        self.central = SimulatedDevice(
            world.air,
            DeviceConfiguration(name="central", address=hci.Address(f"C0:00:00:00:01:0{index}")),
            entropy=Entropy(world.program.number, f"central/{index}"),
        )
        attach(self.central.host, HciTap(self._tell, world.patch.names))
        self.platform = Platform(self.central, self._tell, self.hangs)
        self.store = StoreTap(
            world.shelf.open(),
            shared=world.shared,
            kept=self._kept,
            tell=self._tell,
            recorded=world.lives.recorded,
        )
        self.babyn = Companion(
            self.store,
            world.keys,
            radio="os" if world.program.os else self.platform,
            checkpoints=[world.checkpoints],
            attended=not world.program.unattended,
        )
        self.person = Person(self)
        """Who decides through it."""

    async def open(self) -> None:
        """Switch its central on."""
        await self.central.power_on()

    async def close(self) -> None:
        """Close it properly, whatever its program is doing."""
        self.hangs.end()
        await self._end_program()
        await self.babyn.aclose()
        self._dead = True
        await self._leave()

    async def crash(self) -> None:
        """End it as a process that is killed: nothing of it reaches anything any more."""
        self._dead = True
        self.store.drop()
        for scope in self.person.withdrawing:
            if not self.world.lives.withdrawn(scope):
                self.world.oracle.unsaid(scope)
        self.hangs.end()
        await self._leave()
        await self._end_program()
        with contextlib.suppress(BabynError):
            await self.babyn.aclose()

    def is_dead(self) -> bool:
        """Return whether it was closed, or has crashed: what it still does is nobody's."""
        return self._dead

    async def _leave(self) -> None:
        await self.central.power_off()
        self.central.controller.leave()
        self.world.shelf.close(self.store.inner)

    # What its program does, in the background

    def scan(self, seconds: float | None) -> None:
        """Scan, if it does not."""

        async def scan() -> None:
            async with contextlib.aclosing(self.babyn.scan(timeout=seconds)) as sightings:
                async for _sighting in sightings:
                    self._tell(What.SIGHTED)
                    await self._inside("scan")

        self._spawn("scan", scan, (1, 2))

    def bind(self, *, handed: bool) -> None:
        """Bind the device, found or handed in."""

        async def bind() -> None:
            target = handed_in() if handed else await self.babyn.find(NAME)
            await self.babyn.bind(target, pair=False)

        self._spawn("bind", bind, (1, 3))

    def connect(self, *, handed: bool, live: bool) -> None:
        """Open a session and take its readings."""

        async def connect() -> None:
            device = self._device()
            if device is None:
                return
            where = handed_in() if handed else None
            async with self.babyn.connect(device, ble_device=where) as session:
                self.session = session
                try:
                    await self._consume(session, live)
                finally:
                    self.session = None

        self._spawn("session", connect, (3, 4))

    async def _consume(self, session: Session, live: bool) -> None:
        stream = session.live() if live else session.readings()
        async with contextlib.aclosing(stream) as readings:
            async for reading in readings:
                if not self.is_dead():
                    told = self.world.patch.told.measured(reading.quantity, reading.value)
                    self.world.about(What.READING, self, {reading.quantity: [told]})
                if reading.measured_at is None:
                    continue
                await self._inside("session")

    def publish(self) -> None:
        """Open a session and send its readings to the recipient's broker."""

        async def publish() -> None:
            device = self._device()
            if device is None:
                return
            async with self.babyn.connect(device, ble_device=handed_in()) as session:
                publisher = MqttPublisher(
                    self.babyn.gate,
                    self.recipients(),
                    RECIPIENT,
                    subject=device.subject,
                    device=device.id,
                    credentials=MqttCredentials("who", "secret"),
                    retry=RetryPolicy(attempts=6),
                )
                await publisher.publish(session.readings())

        self._spawn("session", publish, (6,))

    def set(self, brightness: int) -> None:
        """Set the device's light."""

        async def set_() -> None:
            if self.session is not None:
                await self.session.set(PROPERTY, brightness)

        self._spawn("set", set_, (4,))

    def count_faults(self) -> None:
        """Look at faults, if that is allowed: nothing of the companion does so by itself."""
        try:
            self.babyn.require(Act.DIAGNOSE)
        except ConsentRequiredError as error:
            self.world.refused(error.missing)
        except BabynError:
            return
        else:
            self._tell(What.COUNTED)

    def inspect(self) -> None:
        """Look at what the device offers."""

        async def inspect() -> None:
            await self.babyn.inspect(handed_in())

        self._spawn("inspect", inspect, (1, 3))

    def look_back(self) -> None:
        """Look at the kept readings."""
        device = self._device()
        if device is None:
            return
        try:
            self.babyn.history(device)
        except ConsentRequiredError as error:
            self.world.refused(error.missing)
            self.world.reached(7, "stopped")
        except BabynError:
            return
        else:
            self._tell(What.LOOKED_BACK)

    async def unbind(self) -> None:
        """Forget the device."""
        device = self._device()
        if device is not None:
            with contextlib.suppress(BabynError):
                await self.babyn.unbind(device)

    async def end(self, name: str) -> None:
        """End something that the program does, or leave it behind if it hangs in the radio."""
        task = self._tasks.get(name)
        if task is not None:
            task.cancel()
            await asyncio.wait({task}, timeout=PATIENCE)

    def doing(self) -> list[str]:
        """Return what the program does at present."""
        return [name for name, task in self._tasks.items() if not task.done()]

    # What hangs, and what is open

    def hang(self, name: str) -> None:
        """Let the radio hang in one of its calls."""
        self.hangs.start(name)

    def open_still(self, what: str) -> Iterator[What]:
        """Yield what is open at the controller, by the events that would open it.

        What hangs, or hung as it was being closed, is left out: nobody can close it.

        Args:
            what: ``scan``, ``link`` or ``call`` (to a broker).
        """
        controller = self.central.controller
        if what == "scan":
            if controller.le_scan_enable and "stop" not in self.hangs:
                yield What.SCANNING
        elif what == "call":
            if self.world.broker.called:
                yield What.CALLED
        elif not self.hangs.hung_once("disconnect"):
            if controller.pending_le_connection is not None or self.central.connections:
                yield What.CONNECTING
            if self.central.connections and self.world.patch.subscribed():
                yield What.HEALTH_ASKED

    # What people do in it

    def withdraw_inside(self, name: str, scope: ConsentScope) -> None:
        """Withdraw at the next thing that the scan or the session hands over, in its loop."""
        self._withdraw_at[name] = scope

    # Inside

    def recipients(self) -> MqttRecipients:
        """Return the recipients of its store."""
        return MqttRecipients(self.babyn.consent.recipients, self.babyn.vault)

    def _spawn(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]], points: tuple[int, ...]
    ) -> None:
        running = self._tasks.get(name)
        if running is not None and not running.done():
            return

        async def run() -> None:
            try:
                await work()
            except ConsentRequiredError as error:
                self.world.refused(error.missing)
                for point in points:
                    self.world.reached(point, "stopped")
            except BabynError:
                pass  # its program has nothing to do about it
            except Exception as error:  # noqa: BLE001 - whatever it is, it should not have come out
                if not self.is_dead():
                    self.world.object(f"{name}: {type(error).__name__} came out: {error}")

        self._tasks[name] = asyncio.create_task(run(), name=f"program: {name}")

    async def _end_program(self) -> None:
        tasks = {task for task in self._tasks.values() if not task.done()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _inside(self, name: str) -> None:
        scope = self._withdraw_at.pop(name, None)
        if scope is not None:
            await self.person.withdraw(scope)

    def _tell(self, what: What) -> None:
        if what is What.SCANNING:
            self.seeing = False
        elif what is What.SIGHTED:
            self.seeing = True
        if not self.is_dead():
            self.world.tell(what, self)

    def _kept(self, readings: Sequence[SealedReading]) -> None:
        if not self.is_dead():
            self.world.kept(self, readings)

    def _device(self) -> BoundDevice | None:
        try:
            return next(iter(self.babyn.devices()), None)
        except BabynError:
            return None


def handed_in() -> BLEDevice:
    """Return the device as a host's own scanner would hand it in."""
    return BLEDevice(ADDRESS, NAME, hci.Address(ADDRESS, hci.Address.RANDOM_DEVICE_ADDRESS))
