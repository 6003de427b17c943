"""The virtual radio against stock bumble: its own Controller, LocalLink and Host, on the same loop.

Both sides run the same program in virtual time, in turn, in one process, and are compared by CPU.
A virtual day is too long for that: what a second costs is measured over half an hour, during
which each second is like the next, so the ratio is that of a day.
"""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

from bleak import BleakScanner
from bumble import att, gatt, hci
from bumble.controller import Controller
from bumble.core import UUID
from bumble.device import Connection, Device, DeviceConfiguration, Peer
from bumble.host import Host
from bumble.link import LocalLink

from babyn_simulator.advertisement import Advertisement
from babyn_simulator.bleak_backend import scanner_backend
from babyn_simulator.clock import VirtualTimeLoop
from babyn_simulator.entropy import Entropy
from babyn_simulator.host import SimulatedDevice
from babyn_simulator.peripheral import Characteristic, Peripheral, Service
from babyn_simulator.radio import Air
from tests.simulator.virtual_bench import pass_time

Sides = tuple[Callable[[], float], Callable[[], float]]
"""Ours and the other: each measures once."""

NOTIFICATIONS = 1800
ADVERTISERS = 1000
FEW, MANY = 100, 10_000
DEVICES = 100
VALUE = bytes.fromhex("00 72010000 fe")
ADVERTISED = Advertisement(service_uuids=(0x1809,), interval=1000.0)


class World:
    """A medium and the devices on it, on an event loop of their own, of one side."""

    def __init__(self, *, stock: bool) -> None:
        self.stock = stock
        self._runner = asyncio.Runner(loop_factory=VirtualTimeLoop)
        self._air = Air()
        self._link = LocalLink()  # type: ignore[no-untyped-call]  # bumble leaves it unannotated
        self._devices: list[Device] = []

    def run(self, work: Coroutine[Any, Any, None]) -> float:
        """Run something, and return the CPU seconds that it took."""
        start = time.process_time()
        self._runner.run(work)
        return time.process_time() - start

    def device(self, number: int) -> Device:
        """Return a device: of our parts, or of bumble's."""
        address = hci.Address(bytes((*number.to_bytes(5, "little"), 0xC0)))
        config = DeviceConfiguration(name=f"device {number}", address=address)
        if self.stock:
            host = Host()
            host.controller = Controller(config.name, link=self._link)
            device = Device(config=config, host=host)
        else:
            device = SimulatedDevice(self._air, config, entropy=Entropy(1, config.name))
        self._devices.append(device)
        return device

    async def advertise(self, device: Device) -> None:
        """Power a device on, and let it advertise once a second."""
        await device.power_on()
        await device.start_advertising(
            own_address_type=hci.OwnAddressType.RANDOM,
            advertising_data=ADVERTISED.data(),
            scan_response_data=ADVERTISED.scan_response("Thermometer"),
            advertising_interval_min=ADVERTISED.interval,
            advertising_interval_max=ADVERTISED.interval,
        )

    def close(self) -> None:
        """Power everything off."""
        self.run(self._power_off())
        self._runner.close()

    async def _power_off(self) -> None:
        for device in self._devices:
            await device.power_off()


@contextmanager
def worlds(ours: World, other: World) -> Generator[None]:
    """Close both worlds in the end, and leave the garbage of one to no other benchmark."""
    try:
        yield
    finally:
        ours.close()
        other.close()
        gc.collect()


def services() -> tuple[gatt.Characteristic[bytes], list[gatt.Service]]:
    """Return a thermometer's two services, and the characteristic that is notified."""
    flags = gatt.Characteristic.Properties.READ | gatt.Characteristic.Properties.NOTIFY
    kinds = {0x1809: 0x2A1C, 0x180F: 0x2A19}
    values = [
        gatt.Characteristic[bytes](UUID.from_16_bits(kind), flags, att.Attribute.READABLE, b"\0")
        for kind in kinds.values()
    ]
    return values[0], [
        gatt.Service(UUID.from_16_bits(kind), [value])
        for kind, value in zip(kinds, values, strict=True)
    ]


# A device that notifies once a second


@contextmanager
def notifying(times: int = NOTIFICATIONS) -> Generator[Sides]:
    """Half an hour of a device that notifies a subscribed central at 1 Hz."""
    ours, other = World(stock=False), World(stock=True)
    with worlds(ours, other):
        yield _notifications(ours, times), _notifications(other, times)


def _notifications(world: World, times: int) -> Callable[[], float]:
    value, table = services()
    received: list[bytes] = []
    subscribed: list[tuple[Device, Connection]] = []

    async def connect() -> None:
        central, peripheral = world.device(1), world.device(2)
        peripheral.add_services(table)
        await central.power_on()
        await world.advertise(peripheral)
        peer = Peer(await central.connect(peripheral.random_address))
        await peer.discover_services()
        await peer.discover_characteristics()
        await peer.get_characteristics_by_uuid(value.uuid)[0].subscribe(received.append)
        subscribed.extend((peripheral, end) for end in peripheral.connections.values())

    async def notify() -> None:
        ((peripheral, connection),) = subscribed
        for _ in range(times):
            await peripheral.notify_subscriber(connection, value, VALUE)
            await pass_time(1)

    def measure() -> float:
        received.clear()
        seconds = world.run(notify())
        if received != [VALUE] * times:
            raise AssertionError("notifications were lost")
        return seconds

    world.run(connect())
    return measure


# Advertisers, and a central that scans


@contextmanager
def advertising() -> Generator[Sides]:
    """A second of 1,000 devices that advertise at 1 Hz, with one central that scans actively."""
    ours, other = World(stock=False), World(stock=True)
    with worlds(ours, other):
        yield _scan(ours, ADVERTISERS, 3), _scan(other, ADVERTISERS, 1)


@contextmanager
def scaling(many: int = MANY, few: int = FEW) -> Generator[Sides]:
    """An advertisement at 10,000 devices, and at 100."""
    ours, other = World(stock=False), World(stock=False)
    with worlds(ours, other):
        yield _advertisement(ours, many, 1), _advertisement(other, few, many // few)


def _advertisement(world: World, devices: int, seconds: int) -> Callable[[], float]:
    second = _scan(world, devices, seconds)
    return lambda: second() / devices


def _scan(world: World, devices: int, seconds: int) -> Callable[[], float]:
    """Return what measures a second with so many devices, averaged over ``seconds``."""
    heard = 0

    def on_detection(_device: object, _data: object) -> None:
        nonlocal heard
        heard += 1

    async def begin() -> None:
        central = world.device(0)
        await central.power_on()
        for number in range(1, devices + 1):
            await world.advertise(world.device(number))
        await BleakScanner(on_detection, backend=scanner_backend(central)).start()
        await pass_time(0.5)  # half a period off, so that a window has each of them once
        if not world.stock:
            await pass_time(2)

    def measure() -> float:
        nonlocal heard
        heard = 0
        cost = world.run(pass_time(seconds)) / seconds
        if heard < 0.98 * 2 * devices * seconds:  # jitter takes a hundredth at most
            raise AssertionError("advertisements were not heard")
        return cost

    world.run(begin())
    return measure


# Memory


@contextmanager
def memory() -> Generator[Sides]:
    """Bytes of a device that is powered on and advertises, with the same services."""
    yield _bytes_of(_peripherals), _bytes_of(_stock_devices)


async def _peripherals(world: World, count: int) -> list[object]:
    air, kept = Air(), list[object]()
    for number in range(count):
        device = Peripheral(
            air,
            [
                Service(kind, [Characteristic(value, read=b"\0", notify=True)])
                for kind, value in ((0x1809, 0x2A1C), (0x180F, 0x2A19))
            ],
            name=f"device {number}",
            advertisement=ADVERTISED,
            entropy=Entropy(1, f"device {number}"),
        )
        await device.power_on()
        kept.append(device)
    return kept


async def _stock_devices(world: World, count: int) -> list[object]:
    kept = list[object]()
    for number in range(count):
        device = world.device(number)
        device.add_services(services()[1])
        await world.advertise(device)
        kept.append(device)
    return kept


def _bytes_of(
    make: Callable[[World, int], Coroutine[Any, Any, list[object]]],
) -> Callable[[], float]:
    def measure() -> float:
        world, kept, size = World(stock=make is _stock_devices), list[object](), 0

        async def grow() -> None:
            nonlocal size
            kept.extend(await make(world, 5))  # what all devices share is there now
            gc.collect()
            tracemalloc.start()
            kept.extend(await make(world, DEVICES))
            gc.collect()
            size, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()

        world.run(grow())
        world.close()
        return size / DEVICES

    return measure
