"""One test, on every radio there is here: simulated in virtual time, or BlueZ in the machine.

A *world* is a nursery and a companion's radio in it. ``sim`` is the simulated central, in
virtual time, and ``sim-bluez`` the same with BlueZ's manners; ``os`` is the system's own
Bluetooth, whose adapter stands on the same simulated air through the kernel's ``/dev/vhci``.
Tests add the devices that they need, new ones each.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeAlias, cast

from pydantic import TypeAdapter

from babyn_ble import Companion
from babyn_ble.privacy import Party, PartyRole, SubjectKind
from babyn_ble.privacy.purposes import OWN_SCOPES, ConsentScope
from babyn_ble.store.memory import MemoryStore
from babyn_simulator import clock
from babyn_simulator import scenario as scenarios
from babyn_simulator.bonds import BondKeyStore, MemoryBondStore
from babyn_simulator.devices.build import build
from babyn_simulator.devices.open_profile.nursery_device import NurseryDevice
from babyn_simulator.entropy import Entropy
from babyn_simulator.nursery import Nursery, NurseryRadio
from babyn_simulator.services import Characteristic
from tests.client.steps import give_typed

BLUEZ = os.environ.get("BABYN_LINUX_MACHINE", "")
"""The version of BlueZ in the virtual machine of ``make test-linux``; empty elsewhere."""

IN_MACHINE = bool(BLUEZ)
"""Whether this is that machine."""

CENTRALS = {"sim": "plain", "sim-bluez": "bluez"}
"""Simulated radios, and the central profile of each."""

RADIOS = ("os",) if IN_MACHINE else tuple(CENTRALS)

PATIENCE = 200.0
"""Seconds, virtual or real, after which what is waited for will not come: not a measure of
speed, for the machine is slow, and its host may be busy."""

SPEAKER = """
[[device]]
kind = "beacon"
name = "speaker"
distance = 6.0
"""
"""What is always on the air: something that is not ours."""

SETTINGS: TypeAdapter[scenarios.AnyDevice] = TypeAdapter(scenarios.AnyDevice)


class Adapter(Protocol):
    """The adapter of the companions' radio."""

    async def scanning(self) -> bool:
        """Return whether it scans."""
        ...

    async def power_off(self) -> None:
        """Switch it off."""
        ...

    async def power_on(self) -> None:
        """Switch it on again."""
        ...


class World:
    """A nursery, and a radio in it for companions.

    Attributes:
        name: ``sim``, ``sim-bluez`` or ``os``.
        nursery: what is on the air beside the devices that a test adds.
        adapter: the power of the companions' radio.
    """

    def __init__(
        self, name: str, nursery: Nursery, radio: str | NurseryRadio, adapter: Adapter
    ) -> None:
        self.name = name
        self.nursery = nursery
        self.adapter = adapter
        self._radio = radio
        self._added = 0

    @property
    def scanner(self) -> dict[str, Any]:
        """What ``BleakScanner`` is made with on this radio, for who goes without a companion."""
        return {} if isinstance(self._radio, str) else {"backend": self._radio.scanner}

    @property
    def client(self) -> dict[str, Any]:
        """What ``BleakClient`` is made with, likewise."""
        return {} if isinstance(self._radio, str) else {"backend": self._radio.client}

    @asynccontextmanager
    async def device(self, kind: str, **settings: Any) -> AsyncGenerator[NurseryDevice, None]:
        """Put a new device on the air, for the length of a context; one that nobody knows."""
        self._added += 1
        name = f"{kind.replace('_', '-')}-{self._added}"
        plan = SETTINGS.validate_python({"kind": kind, "name": name, **settings})
        made = build(
            self.nursery.air,
            plan,
            entropy=Entropy(self.nursery.seed, f"device/{name}"),
            keystore=BondKeyStore(MemoryBondStore(), name),
        )
        async with made:
            yield cast("NurseryDevice", made)

    @asynccontextmanager
    async def companion(
        self, agreed: Iterable[ConsentScope] = OWN_SCOPES
    ) -> AsyncGenerator[Companion, None]:
        """Open a companion for a board on a bench, whose operator has agreed."""
        async with Companion.open(MemoryStore(), radio=self._radio, attended=True) as babyn:
            babyn.consent.setup(
                kind=SubjectKind.TEST_ARTICLE,
                controller=Party(
                    party_name="A bench", party_contact="here", party_role=PartyRole.CONTROLLER
                ),
                consenting_party=Party(
                    party_name="An operator", party_contact="here", party_role=PartyRole.OPERATOR
                ),
            )
            give_typed(babyn, agreed)
            yield babyn

    async def scanning(self) -> bool:
        """Return whether the companions' radio scans."""
        return await self.adapter.scanning()

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Let time pass until something is so, however slow the machine is."""
        while not await condition():
            await self.pass_time(0.2)

    async def until_scanning(self) -> None:
        """Let time pass until the companions' radio scans."""
        await self.until(self.scanning)

    async def until_subscribed(self, device: NurseryDevice, to: Characteristic) -> None:
        """Let time pass until somebody listens to a characteristic of a device."""

        async def subscribed() -> bool:
            return device.subscribed(to)

        await self.until(subscribed)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, virtual or real."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.Event().wait()


class SimulatedAdapter:
    """A simulated central's adapter."""

    def __init__(self, radio: NurseryRadio) -> None:
        self.power_off = radio.power_off
        self.power_on = radio.power_on
        self._radio = radio

    async def scanning(self) -> bool:
        """Return whether it scans."""
        return self._radio.device.controller.le_scan_enable


Story: TypeAlias = Callable[[World], Awaitable[None]]
"""What a test does in a world."""

Play: TypeAlias = Callable[[Story], None]
"""Plays a story in the world of the parameter."""


def play_simulated(name: str, story: Story) -> None:
    """Play a story in virtual time, on a radio of :data:`CENTRALS`."""

    async def main() -> None:
        async with Nursery.open(scenarios.parse(SPEAKER)) as nursery:
            radio = await nursery.radio(profile=CENTRALS[name])
            await story(World(name, nursery, radio, SimulatedAdapter(radio)))

    clock.run(main())
