"""What bumble's own virtual radio gets wrong, and ours does not: both in one run.

Each test observes one thing and states what it is on either radio. Should the stock one be
mended upstream, its half fails: then the part of ours that replaces it can go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol, cast

import pytest
from bumble import hci
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import (
    Advertisement,
    AdvertisingType,
    Connection,
    ConnectionParametersPreferences,
    Device,
    DeviceConfiguration,
    Peer,
)
from bumble.host import Host
from bumble.link import LocalLink

from babyn_simulator import clock
from babyn_simulator.controller import VirtualController
from babyn_simulator.radio import Air, PathLoss
from tests.simulator import raw_bench
from tests.simulator.raw_bench import command, set_random_address
from tests.simulator.virtual_bench import pass_time

CENTRAL = "C0:00:00:00:00:01"
DEVICE = "C0:00:00:00:00:02"
PUBLIC = hci.Address("00:00:00:00:00:02", hci.Address.PUBLIC_DEVICE_ADDRESS)
NAME = b"\x05\x09name"
LEGACY = hci.LeFeatureMask.LE_EXTENDED_ADVERTISING


class Sink:
    """A host that is nothing but a list of what it hears."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def on_packet(self, packet: bytes) -> None:
        self.packets.append(packet)


class World(Protocol):
    """A radio, and what can be put on it."""

    name: str

    def members(self) -> Iterable[Controller]:
        """Return what is on the air, in the order in which it is served."""
        ...

    def controller(self, name: str, *, at: float = 0.0, public: bool = False) -> Controller:
        """Put a controller on the air."""
        ...


class Stock:
    """bumble's own."""

    name = "stock"

    def __init__(self) -> None:
        self.link = cast("Callable[[], LocalLink]", LocalLink)()

    def controller(self, name: str, *, at: float = 0.0, public: bool = False) -> Controller:
        made = cast("Callable[..., Controller]", Controller)
        return made(name, link=self.link, public_address=PUBLIC if public else None)

    def members(self) -> Iterable[Controller]:
        return self.link.controllers


class Ours:
    """The one of this package."""

    name = "ours"

    def __init__(self) -> None:
        self.air = Air(rssi=PathLoss(noise=0))

    def members(self) -> Iterable[Controller]:
        return self.air.members

    def controller(self, name: str, *, at: float = 0.0, public: bool = False) -> Controller:
        return VirtualController(
            self.air, name, position=(at, 0.0), public_address=PUBLIC if public else None
        )


async def device(
    world: World, address: str, *, at: float = 0.0, public: bool = False, legacy: bool = False
) -> Device:
    """Put a powered-on device on the air."""
    controller = world.controller(address, at=at, public=public)
    if legacy:
        controller.le_features = controller.le_features & ~LEGACY
    host = Host()
    host.controller = cast("Any", controller)
    made = Device(config=DeviceConfiguration(name="n", address=hci.Address(address)), host=host)
    await made.power_on()
    return made


async def hear(central: Device, seconds: float, *, active: bool = True) -> list[Advertisement]:
    heard: list[Advertisement] = []
    central.on(Device.EVENT_ADVERTISEMENT, heard.append)
    await central.start_scanning(active=active)
    await pass_time(seconds)
    await central.stop_scanning()
    return heard


async def advertise(peripheral: Device, **options: Any) -> None:
    await peripheral.start_advertising(
        advertising_data=b"\x02\x01\x06",
        scan_response_data=NAME,
        advertising_interval_min=100,
        advertising_interval_max=100,
        **options,
    )


async def scan_response(world: World) -> object:
    """Return the names that an active scan finds in scan responses."""
    central, peripheral = await device(world, CENTRAL), await device(world, DEVICE)
    await advertise(peripheral)
    names = {
        report.data.get(AdvertisingData.COMPLETE_LOCAL_NAME, raw=True)
        for report in await hear(central, 1)
    }
    return b"name" in names


async def cancelled_connect(world: World) -> object:
    """Return whether a connect to nobody ends when its time is up."""
    central = await device(world, CENTRAL)
    connecting = asyncio.ensure_future(central.connect_le(hci.Address(DEVICE), timeout=1))
    await asyncio.wait({connecting}, timeout=60)
    if connecting.done():
        return type(connecting.exception()).__name__
    connecting.cancel()
    await asyncio.wait({connecting})
    return "never"


async def rssi(world: World) -> object:
    """Return the RSSI at one metre and at ten."""
    central = await device(world, CENTRAL)
    near = await device(world, DEVICE, at=1)
    far = await device(world, "C0:00:00:00:00:03", at=10)
    for peripheral in (near, far):
        await advertise(peripheral)
    heard = {bytes(report.address)[0]: report.rssi for report in await hear(central, 1)}
    return heard[2], heard[3]


async def legacy_interval(world: World) -> object:
    """Return how many advertisements 100 ms apart, by the legacy commands, fit into 10 s."""
    central = await device(world, CENTRAL)
    peripheral = await device(world, DEVICE, legacy=True)
    heard: list[Advertisement] = []
    central.on(Device.EVENT_ADVERTISEMENT, heard.append)
    await central.start_scanning(active=False)
    await advertise(peripheral)
    await pass_time(10.05)
    # A passive scan of bumble's radio brings scan responses, too: they are not counted.
    return sum(not report.is_scan_response for report in heard)


async def reset(world: World) -> object:
    """Return whether a peer learns that a device was reset."""
    central, peripheral = await device(world, CENTRAL), await device(world, DEVICE)
    await advertise(peripheral)
    connection = await central.connect_le(hci.Address(DEVICE), timeout=5)
    reasons: list[int] = []
    connection.on(Connection.EVENT_DISCONNECTION, reasons.append)
    await pass_time(0.1)
    await cast("Any", peripheral.host).reset()
    await pass_time(30)
    return reasons


async def public_address(world: World) -> object:
    """Return whether a device with a public address can be read from."""
    central = await device(world, CENTRAL)
    peripheral = await device(world, DEVICE, public=True)
    await advertise(peripheral, own_address_type=hci.OwnAddressType.PUBLIC)
    connection = await central.connect_le(PUBLIC, timeout=5)
    reading = asyncio.ensure_future(Peer(connection).request_mtu(100))
    await asyncio.wait({reading}, timeout=60)
    answered = reading.done() and reading.exception() is None
    reading.cancel()
    await asyncio.wait({reading})
    return answered


async def order(world: World) -> object:
    """Return whether controllers are served in the order in which they came."""
    made = [world.controller(str(number)) for number in range(64)]
    return list(world.members()) == made


async def advertising_types(world: World) -> object:
    """Return what an active and a passive scan hear of a device that cannot be connected to."""
    central, peripheral = await device(world, CENTRAL), await device(world, DEVICE)
    await advertise(peripheral, advertising_type=AdvertisingType.UNDIRECTED)
    heard = await hear(central, 1)
    passive = await hear(central, 1, active=False)
    return (
        any(report.is_connectable for report in heard),
        any(report.is_scan_response for report in [*heard, *passive]),
    )


async def legacy_types(world: World) -> object:
    """Return whether a scannable advertisement by the legacy commands is heard at all."""
    central = await device(world, CENTRAL)
    peripheral = await device(world, DEVICE, legacy=True)
    await advertise(peripheral, advertising_type=AdvertisingType.UNDIRECTED_SCANNABLE)
    return bool(await hear(central, 1))


async def cost(world: World) -> object:
    """Return how many controllers of eleven are called for one advertisement to one scanner."""
    central, peripheral = await device(world, CENTRAL), await device(world, DEVICE)
    others = [world.controller(str(number)) for number in range(9)]
    calls = 0
    for controller in [cast("Any", central.host.controller), *others]:
        original = getattr(controller, "on_advertising_event", controller.on_ll_advertising_pdu)

        def count(*event: object, _original: Callable[..., None] = original) -> None:
            nonlocal calls
            calls += 1
            _original(*event)

        for name in ("on_advertising_event", "on_ll_advertising_pdu"):
            setattr(controller, name, count)
    await central.start_scanning()
    await peripheral.start_advertising(advertising_interval_min=1000, advertising_interval_max=1000)
    await pass_time(0.5)
    return calls


async def buffers(world: World) -> object:
    """Return the length of an ACL buffer."""
    central = await device(world, CENTRAL)
    queue = central.host.le_acl_packet_queue
    assert queue is not None
    return queue.max_packet_size


async def parameters(world: World) -> object:
    """Return interval and supervision timeout, in milliseconds, as each side was told."""
    central, peripheral = await device(world, CENTRAL), await device(world, DEVICE)
    told: list[Connection] = []
    peripheral.on(Device.EVENT_CONNECTION, told.append)
    await advertise(peripheral)
    preferences = ConnectionParametersPreferences(
        connection_interval_min=30, connection_interval_max=30, supervision_timeout=4000
    )
    ours = await central.connect_le(hci.Address(DEVICE), {hci.Phy.LE_1M: preferences}, timeout=5)
    await pass_time(0.1)
    return [
        (side.parameters.connection_interval, side.parameters.supervision_timeout)
        for side in (ours, told[0])
    ]


async def said(controller: Controller, *packets: bytes) -> list[bytes]:
    """Return what a controller says to the packets of a host that speaks HCI by hand."""
    host = Sink()
    controller.set_packet_sink(host)
    for packet in packets:
        controller.on_packet(packet)
    await pass_time(0.2)
    return host.packets


async def raw_link(world: World) -> tuple[Controller, Controller]:
    """Return two controllers with a link, which is handle 1 on both sides."""
    central, peripheral = world.controller("central"), world.controller("peripheral")
    await said(central, set_random_address(raw_bench.CENTRAL))
    await said(peripheral, set_random_address(raw_bench.PERIPHERAL), *raw_bench.advertise())
    await said(central, raw_bench.create_connection())
    return central, peripheral


async def public_host(world: World) -> object:
    """Return whether a host outside, with a public address and legacy commands, can be read."""
    central = await device(world, CENTRAL)
    peripheral = await device(world, DEVICE, public=True, legacy=True)
    await advertise(peripheral, own_address_type=hci.OwnAddressType.PUBLIC)
    connection = await central.connect_le(PUBLIC, timeout=5)
    reading = asyncio.ensure_future(Peer(connection).request_mtu(100))
    await asyncio.wait({reading}, timeout=60)
    answered = reading.done() and reading.exception() is None
    reading.cancel()
    await asyncio.wait({reading})
    return answered


async def unknown_command(world: World) -> object:
    """Return how many answers three commands get that it does not know, or not for this link."""
    packets = [command(0x2FFF), command(0x2032, bytes(7)), command(0x2047)]
    return len(await said(world.controller("a"), *packets))


async def buffers_given_back(world: World) -> object:
    """Return what a host hears that gives buffers back, after it has asked for its address."""
    given_back = command(0x0C35, bytes.fromhex("01 0100 0100"))
    answers = await said(world.controller("a"), given_back, command(0x1009))
    return [answer[4:6] for answer in answers]


async def computing(world: World) -> object:
    """Return how many events say what AES, a key pair and a Diffie-Hellman key are."""
    packets = [command(0x2017, bytes(32)), command(0x2025), command(0x205E, bytes(65))]
    heard = await said(world.controller("a"), *packets)
    return sum(packet[:2] == b"\x04\x3e" or packet[4:6] == b"\x17\x20" for packet in heard)


async def keys_on_the_air(world: World) -> object:
    """Return whether a key that one host gives is in what its controller sends to the other."""
    central, _ = await raw_link(world)
    key, sent = bytes(range(16)), list[object]()
    connection = cast("Any", next(iter(central.le_connections.values())))
    connection.send_ll_control_pdu = sent.append
    await said(central, command(0x2019, b"\x01\x00" + bytes(10) + key))
    return len(sent), any(key in vars(pdu).values() for pdu in sent)


async def encrypted_twice(world: World) -> object:
    """Return what a host hears when it has its link encrypted, and then again."""
    central, peripheral = await raw_link(world)
    heard: list[str] = []
    for _ in range(2):
        here, there = Sink(), Sink()
        central.set_packet_sink(here)
        peripheral.set_packet_sink(there)
        central.on_packet(command(0x2019, b"\x01\x00" + bytes(26)))
        await pass_time(0.2)
        peripheral.on_packet(command(0x201A, b"\x01\x00" + bytes(16)))
        await pass_time(0.2)
        heard += [packet[:2].hex() for packet in here.packets if packet[1] in (0x08, 0x30)]
    return heard


async def radio_timing(world: World) -> object:
    """Return whether ten requests take about as long as twenty connection events."""
    central, peripheral = await device(world, CENTRAL), await device(world, DEVICE)
    await advertise(peripheral)
    preferences = ConnectionParametersPreferences(
        connection_interval_min=30, connection_interval_max=30
    )
    connection = await central.connect_le(
        hci.Address(DEVICE), {hci.Phy.LE_1M: preferences}, timeout=5
    )
    await pass_time(0.5)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for uuid in range(10):
        assert await Peer(connection).discover_service(UUID.from_16_bits(uuid)) == []
    return 19 <= (loop.time() - begin) / 0.030 <= 20


DEFECTS: list[tuple[str, Callable[[World], Coroutine[Any, Any, object]], object, object]] = [
    ("1 scan responses", scan_response, False, True),
    ("2 a cancelled connect", cancelled_connect, "never", "TimeoutError"),
    ("3 RSSI", rssi, (-50, -50), (-50, -75)),
    ("4 legacy interval", legacy_interval, 63, 101),
    ("5 reset", reset, [], [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]),
    ("6 public addresses", public_address, False, True),
    ("7 order", order, False, True),
    ("8 advertising types", advertising_types, (True, True), (False, False)),
    ("8 legacy advertising types", legacy_types, False, True),
    ("9 cost of an advertisement", cost, 10, 1),
    ("10 ACL buffers", buffers, 27, 251),
    ("11 radio timing", radio_timing, False, True),
    ("12 hosts with public addresses", public_host, False, True),
    ("13 unknown commands", unknown_command, 0, 3),
    # bumble has mended this one.
    ("14 buffers given back", buffers_given_back, [b"\x09\x10"], [b"\x09\x10"]),
    ("15 computing", computing, 0, 3),
    ("16 keys on the air", keys_on_the_air, (1, True), (1, False)),
    ("16 encrypted twice", encrypted_twice, ["0408", "0408"], ["0408", "0430"]),
    ("11 parameters", parameters, [(30.0, 4000.0), (12.5, 100.0)], [(30.0, 4000.0)] * 2),
]


@pytest.mark.parametrize(
    ("observe", "stock", "ours"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS]
)
def test_defect(
    observe: Callable[[World], Coroutine[Any, Any, object]], stock: object, ours: object
) -> None:
    """Mutant: the override that mends it is removed; then ours does what stock does."""
    assert clock.run(_on(Ours, observe)) == ours, "on our radio"
    assert clock.run(_on(Stock, observe)) == stock, "on bumble's radio: has it been mended?"


async def _on(
    world: Callable[[], World], observe: Callable[[World], Coroutine[Any, Any, object]]
) -> object:
    return await observe(world())


def test_the_table_is_complete() -> None:
    assert {int(name.split()[0]) for name, *_ in DEFECTS} == set(range(1, 17))
