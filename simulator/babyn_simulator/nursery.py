"""A nursery: the devices of a scenario on one air, and centrals to talk to them.

::

    async with Nursery.open("nursery") as nursery:
        radio = await nursery.radio()
        device = await BleakScanner.find_device_by_name("Thermometer", backend=radio.scanner)
        nursery.thermometer("patch").force_temperature(38.5)

In virtual time, the same scenario and seed give the same bytes at the same times; see
:meth:`Nursery.digest`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from bumble.device import DeviceConfiguration
from bumble.host import Host

from babyn_simulator import entropy
from babyn_simulator import scenario as scenarios
from babyn_simulator.bonds import BondKeyStore, BondStore, MemoryBondStore, central_identity
from babyn_simulator.capture import BtsnoopWriter, CaptureFile, HciDigest, attach
from babyn_simulator.clock import VirtualTimeLoop
from babyn_simulator.devices.build import build
from babyn_simulator.devices.open_profile.bottle_warmer import BottleWarmer
from babyn_simulator.devices.open_profile.night_light import NightLight
from babyn_simulator.devices.open_profile.oximeter import Oximeter
from babyn_simulator.devices.open_profile.room_sensor import RoomSensor
from babyn_simulator.devices.open_profile.scale import Scale
from babyn_simulator.devices.open_profile.thermometer import Thermometer
from babyn_simulator.entropy import Entropy
from babyn_simulator.faults import Fault, Injection
from babyn_simulator.faults.injector import Injector
from babyn_simulator.host import SimulatedDevice
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.radio import Air, PacketLoss, PathLoss, Position
from babyn_simulator.scenario import RadioSettings, Scenario

if TYPE_CHECKING:
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.scanner import BaseBleakScanner
    from bumble.snoop import Snooper

    from babyn_simulator.bleak_backend import CentralProfile

_Device = TypeVar("_Device", bound=Peripheral)
_Fault = TypeVar("_Fault", bound=Fault)


class NurseryRadio:
    """A central on the air of a nursery, as a radio for bleak.

    Attributes:
        device: the bumble device under it.
        scanner: for ``BleakScanner(backend=…)``.
        client: for ``BleakClient(backend=…)``.
    """

    def __init__(self, device: SimulatedDevice, *, profile: str | CentralProfile = "plain") -> None:
        # Here, and not above: a simulation without centrals does not need bleak.
        from babyn_simulator.bleak_backend import client_backend, scanner_backend

        self.device = device
        self.scanner: type[BaseBleakScanner] = scanner_backend(device, profile=profile)
        self.client: type[BaseBleakClient] = client_backend(device, profile=profile)
        self._closed = False

    async def power_off(self) -> None:
        """Switch the adapter off: its scans and links are gone at once."""
        await self.device.power_off()

    async def power_on(self) -> None:
        """Switch the adapter on again."""
        await self.device.power_on()

    async def aclose(self) -> None:
        """End its links, and take it off the air. Closing twice does nothing."""
        from babyn_simulator.bleak_backend.adapter import adapter_of

        if self._closed:
            return
        self._closed = True
        await adapter_of(self.device).shut_down()
        self.device.controller.leave()


class Nursery:
    """The devices of one scenario, running. Made by :meth:`open`.

    Attributes:
        scenario: what it was made from.
        seed: what every random number in it follows from.
        air: the medium that all of it is on.
        devices: the devices, by the names that the scenario gives them.
        faults: the scenario's faults, in its order.
    """

    def __init__(
        self,
        plan: Scenario,
        *,
        seed: int,
        bonds: BondStore,
        capture: BtsnoopWriter | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.scenario = plan
        self.seed = seed
        self._bonds = bonds
        self._capture = capture
        self._digest = HciDigest()
        self._radios: list[NurseryRadio] = []
        self.air = _air(plan.radio, seed)
        devices: dict[str, Peripheral] = {}
        for settings in plan.devices:
            device = build(
                self.air,
                settings,
                entropy=Entropy(seed, f"device/{settings.name}"),
                keystore=BondKeyStore(bonds, f"sim/{settings.name}"),
            )
            device.snoopers = self._snoopers(settings.name)
            devices[settings.name] = device
        self.devices: Mapping[str, Peripheral] = MappingProxyType(devices)
        self._injector = Injector(self.air, self.devices, self._radios, Entropy(seed, "fault"))
        self.faults: tuple[Injection[Fault], ...] = ()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        scenario: str | Path | Scenario = "nursery",
        *,
        seed: int | None = None,
        bonds: BondStore | None = None,
        capture: str | Path | BinaryIO | None = None,
    ) -> AsyncGenerator[Nursery]:
        """Run a scenario for as long as the context lasts.

        On a :class:`~babyn_simulator.clock.VirtualTimeLoop` it runs in virtual time, on any
        other loop in wall-clock time, whatever the scenario says: that is for command lines.

        Args:
            scenario: a path, the name of a packaged scenario, or a loaded one.
            seed: instead of the scenario's.
            bonds: where devices and centrals keep their bonds; by default in memory.
            capture: a file to write all HCI traffic to, in btsnoop format.

        Raises:
            ScenarioError: the scenario cannot be used.
            UnsupportedBumbleError: the installed bumble cannot be simulated with.
        """
        plan = scenarios.load(scenario)
        entropy.install()
        _set_clock(plan)
        async with AsyncExitStack() as stack:
            writer = None
            if capture is not None:
                if isinstance(capture, str | Path):
                    file = CaptureFile(capture)
                    stack.callback(file.close)
                    writer = BtsnoopWriter(file)
                else:
                    writer = BtsnoopWriter(capture)
            nursery = cls(
                plan,
                seed=plan.simulation.seed if seed is None else seed,
                bonds=bonds or MemoryBondStore(),
                capture=writer,
            )
            stack.push_async_callback(nursery._close)
            for device in nursery.devices.values():
                await device.power_on()
            nursery.faults = tuple(nursery.inject(fault) for fault in plan.faults)
            yield nursery

    def inject(self, fault: _Fault) -> Injection[_Fault]:
        """Let something go wrong: see :mod:`babyn_simulator.faults`.

        Returns:
            What counts its strikes, and can cancel it.

        Raises:
            FaultError: it names a device that the scenario does not have.
        """
        return self._injector.inject(fault)

    def thermometer(self, name: str = "patch") -> Thermometer:
        """Return a device that is a thermometer.

        Raises:
            KeyError: the scenario has none of that name.
        """
        return self._device(name, Thermometer, "thermometer")

    def oximeter(self, name: str = "sock") -> Oximeter:
        """Return a device that is an oximeter; raises as :meth:`thermometer` does."""
        return self._device(name, Oximeter, "oximeter")

    def scale(self, name: str = "scale") -> Scale:
        """Return a device that is a scale; raises as :meth:`thermometer` does."""
        return self._device(name, Scale, "scale")

    def room_sensor(self, name: str = "room") -> RoomSensor:
        """Return a device that is a room sensor; raises as :meth:`thermometer` does."""
        return self._device(name, RoomSensor, "room sensor")

    def night_light(self, name: str = "lamp") -> NightLight:
        """Return a device that is a night light; raises as :meth:`thermometer` does."""
        return self._device(name, NightLight, "night light")

    def bottle_warmer(self, name: str = "warmer") -> BottleWarmer:
        """Return a device that is a bottle warmer; raises as :meth:`thermometer` does."""
        return self._device(name, BottleWarmer, "bottle warmer")

    async def radio(
        self, *, position: Position = (0.0, 0.0), profile: str | CentralProfile = "plain"
    ) -> NurseryRadio:
        """Return a new central on the air, powered on.

        Args:
            position: where it is, in metres.
            profile: how it treats a bleak program, or the name of a platform that does so:
                ``plain``, ``bluez``, ``bluez-headless``, ``winrt``, ``corebluetooth`` or
                ``esphome-proxy``.

        Raises:
            RuntimeError: called from another event loop than the one it runs on.
            ValueError: there is no profile of that name.
        """
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(
                "this nursery runs on another event loop; with pytest-asyncio, keep tests and "
                "fixtures that use it at loop_scope='function'"
            )
        # Here, and not above: a simulation without centrals does not need bleak.
        from babyn_simulator.bleak_backend.profiles import profile_of

        chosen = profile_of(profile)
        index = len(self._radios)
        role = f"central/{index}"
        prefix = f"central/sim/{index}"
        source = Entropy(self.seed, role)
        identity = await central_identity(
            self._bonds, prefix, entropy=source.child("identity").token_bytes
        )
        device = SimulatedDevice(
            self.air,
            DeviceConfiguration(name="central", address=identity.address, irk=identity.irk),
            entropy=source,
            keystore=BondKeyStore(self._bonds, prefix),
            position=position,
        )
        self._attach(device.host, role)
        radio = NurseryRadio(device, profile=chosen)
        self._radios.append(radio)
        await device.power_on()
        return radio

    def digest(self) -> str:
        """Return a SHA-256 over every HCI packet so far, with its time, host and direction."""
        return self._digest.hexdigest()

    def snooper(self, name: str) -> Snooper | None:
        """Return what writes one more host into the capture, or ``None`` without a capture."""
        return None if self._capture is None else self._capture.host(name)

    @property
    def packets(self) -> int:
        """HCI packets so far, of all hosts."""
        return self._digest.packets

    def _device(self, name: str, kind: type[_Device], what: str) -> _Device:
        device = self.devices.get(name)
        if not isinstance(device, kind):
            raise KeyError(f"the scenario has no {what} named '{name}'")
        return device

    def _snoopers(self, name: str) -> tuple[Snooper, ...]:
        digest = self._digest.host(name)
        return (digest,) if self._capture is None else (digest, self._capture.host(name))

    def _attach(self, host: Host, name: str) -> None:
        attach(host, *self._snoopers(name))

    async def _close(self) -> None:
        async with AsyncExitStack() as stack:
            for device in self.devices.values():
                stack.push_async_callback(device.power_off)
            for radio in self._radios:
                stack.push_async_callback(radio.aclose)
            stack.push_async_callback(self._injector.aclose)


def _air(settings: RadioSettings, seed: int) -> Air:
    return Air(
        rssi=PathLoss(
            exponent=settings.path_loss_exponent,
            noise=settings.noise,
            entropy=Entropy(seed, "air"),
        ),
        loss=PacketLoss(
            Entropy(seed, "air/loss"),
            rate=settings.loss,
            burst_every=settings.burst_every,
            burst_lasts=settings.burst_lasts,
            burst_rate=settings.burst_loss,
        ),
    )


def _set_clock(plan: Scenario) -> None:
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop) or "epoch" not in plan.simulation.model_fields_set:
        return
    epoch = scenarios.epoch_of(plan)
    if loop.utc_now() < epoch:  # a date that somebody has seen is never taken back
        loop.set_utc_now(epoch)
