"""A fleet: thousands of simulated devices in one process, and what they cost.

Each is a device of a nursery, with a host stack of its own; see
:class:`~babyn_simulator.nursery.Nursery`. One central scans, and stays connected to as many of
them as is asked for.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from babyn_simulator.devices.beacon import Beacon
from babyn_simulator.devices.settings import KINDS, AnyDevice
from babyn_simulator.nursery import Nursery
from babyn_simulator.scenario import Scenario, SimulationSettings

if TYPE_CHECKING:
    from bleak import BleakClient, BleakScanner
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from babyn_simulator.nursery import NurseryRadio

MIXED = "mixed"
"""Instead of one kind of device: all of them, in turn."""

ADVERTISING_INTERVAL = 1000.0
"""Milliseconds between two advertisements of a device."""

RADIUS = 20.0
"""Metres around the central within which the devices are."""

_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True, slots=True)
class Status:
    """What a fleet has done so far, and what that has cost since its devices are on."""

    devices: int
    simulated_seconds: float
    wall_seconds: float
    cpu_seconds: float
    advertisements: int
    """How many the central has heard."""
    connections: int
    values: int
    """How many notifications and indications the central was sent."""
    device_bytes: int | None
    """Memory that one device takes, where the system tells."""

    @property
    def speed(self) -> float:
        """How much faster than real time it runs."""
        return self.simulated_seconds / self.wall_seconds if self.wall_seconds else 0.0

    @property
    def cpu_per_device_second(self) -> float:
        """CPU seconds that a device costs in a simulated second."""
        seconds = self.devices * self.simulated_seconds
        return self.cpu_seconds / seconds if seconds else 0.0


def scenario(devices: int, kind: str = MIXED) -> Scenario:
    """Return a scenario with so many devices, in a disc around the central.

    Args:
        devices: how many, at least one.
        kind: of which kind, or ``mixed``.

    Raises:
        ValueError: there is no such kind, or no device.
    """
    if kind != MIXED and kind not in KINDS:
        raise ValueError(f"there is no kind '{kind}'; kinds are {', '.join((*KINDS, MIXED))}")
    if devices < 1:
        raise ValueError("a fleet needs at least one device")
    kinds = itertools.cycle(tuple(KINDS) if kind == MIXED else (kind,))
    settings = (
        KINDS[one].model_validate(
            {
                "kind": one,
                "name": f"{one}-{index}",
                "position": _place(index, devices),
                "advertising_interval": ADVERTISING_INTERVAL,
            }
        )
        for index, one in zip(range(devices), kinds, strict=False)
    )
    return Scenario("fleet", SimulationSettings(), cast("tuple[AnyDevice, ...]", tuple(settings)))


def _place(index: int, devices: int) -> tuple[float, float]:
    """Return one of so many places that lie evenly in a disc, as a sunflower's seeds do."""
    distance = RADIUS * math.sqrt((index + 0.5) / devices)
    angle = index * _GOLDEN_ANGLE
    return distance * math.cos(angle), distance * math.sin(angle)


class Fleet:
    """A running fleet. Made by :meth:`open`."""

    def __init__(self, nursery: Nursery, device_bytes: int | None) -> None:
        self.nursery = nursery
        self._device_bytes = device_bytes
        self._loop = asyncio.get_running_loop()
        self._begin = self._loop.time(), time.perf_counter(), time.process_time()
        self._advertisements = 0
        self._values = 0
        self._clients: list[BleakClient] = []

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        plan: Scenario,
        *,
        seed: int | None = None,
        central: bool = True,
        connected: int = 0,
        capture: str | Path | None = None,
    ) -> AsyncGenerator[Fleet]:
        """Power the devices on, and run them for as long as the context lasts.

        Args:
            plan: the devices; see :func:`scenario`.
            seed: what every random number follows from.
            central: whether one scans; where nobody listens, an advertisement costs nothing.
            connected: how many devices it binds, by pairing, and subscribes to.
            capture: a file to write all HCI traffic to, in btsnoop format.

        Raises:
            OSError: the capture cannot be written.
            UnsupportedBumbleError: the installed bumble cannot be simulated with.
        """
        before = _resident_bytes()
        async with Nursery.open(plan, seed=seed, capture=capture) as nursery:
            after = _resident_bytes()
            taken = None if before is None or after is None else after - before
            fleet = cls(nursery, None if taken is None else taken // len(plan.devices))
            if not (central or connected):
                yield fleet
                return
            radio = await nursery.radio()
            async with fleet._scanner(radio):
                await fleet._connect(radio, connected)
                yield fleet

    async def advance(self, seconds: float) -> None:
        """Let time pass, in which the devices do what they do."""
        await asyncio.sleep(seconds)

    def status(self) -> Status:
        """Return what has been done so far."""
        loop_time, wall, cpu = self._begin
        return Status(
            devices=len(self.nursery.devices),
            simulated_seconds=self._loop.time() - loop_time,
            wall_seconds=time.perf_counter() - wall,
            cpu_seconds=time.process_time() - cpu,
            advertisements=self._advertisements,
            connections=sum(client.is_connected for client in self._clients),
            values=self._values,
            device_bytes=self._device_bytes,
        )

    def _scanner(self, radio: NurseryRadio) -> BleakScanner:
        from bleak import BleakScanner

        def on_detection(_device: BLEDevice, _data: AdvertisementData) -> None:
            self._advertisements += 1

        return BleakScanner(on_detection, backend=radio.scanner, scanning_mode="passive")

    async def _connect(self, radio: NurseryRadio, count: int) -> None:
        from bleak import BleakClient, BleakScanner

        def on_value(_characteristic: BleakGATTCharacteristic, _value: bytearray) -> None:
            self._values += 1

        connectable = (
            device for device in self.nursery.devices.values() if not isinstance(device, Beacon)
        )
        for device in itertools.islice(connectable, count):
            found = await BleakScanner.find_device_by_address(device.address, backend=radio.scanner)
            if found is None:
                continue
            client = BleakClient(found, backend=radio.client, pair=True)
            await client.connect()
            self._clients.append(client)
            for characteristic in client.services.characteristics.values():
                if {"notify", "indicate"} & set(characteristic.properties):
                    await client.start_notify(characteristic, on_value)


def _resident_bytes() -> int | None:
    """Return how much memory this process has in use, where the system tells."""
    if sys.platform != "linux":
        return None
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
