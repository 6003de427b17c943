"""What the tests of the bleak backend share: an air, a central, peers, and a count of packets."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Concatenate, ParamSpec, Protocol, cast

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bumble import att, hci
from bumble.device import DeviceConfiguration, ObjectLookupError
from bumble.pairing import PairingDelegate
from bumble.snoop import Snooper

from babyn_simulator import clock
from babyn_simulator.bleak_backend import client_backend, scanner_backend
from babyn_simulator.bleak_backend.adapter import Adapter, adapter_of
from babyn_simulator.bleak_backend.client import BumbleClient
from babyn_simulator.bleak_backend.profiles import PLAIN
from babyn_simulator.bonds import BondKeyStore, BondStore, MemoryBondStore
from babyn_simulator.host import SimulatedDevice
from babyn_simulator.peripheral import Advertisement, Characteristic, Peripheral, Service
from babyn_simulator.radio import Air, PathLoss

P = ParamSpec("P")

CENTRAL = "C0:00:00:00:00:01"
SENSOR = "C0:00:00:00:00:02"
ABSENT = "C0:00:00:00:00:99"

VENDOR = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
NOTE = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
BOX = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
TWIN = "6e400004-b5a3-f393-e0a9-e50e24dcca9e"
THERMOMETER = "00001809-0000-1000-8000-00805f9b34fb"
BATTERY = "0000180f-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a1c-0000-1000-8000-00805f9b34fb"
LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
DESCRIPTION = 0x2901


class Values:
    """Keeps what is notified."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def __call__(self, _sender: BleakGATTCharacteristic, data: bytearray) -> None:
        self.values.append(bytes(data))


async def secret(client: BleakClient) -> bytes:
    """Read what a sensor tells only over an encrypted link."""
    characteristic = next(
        item
        for item in client.services.characteristics.values()
        if item.uuid == TWIN and "notify" in item.properties
    )
    return bytes(await client.read_gatt_char(characteristic))


class Emitter(Protocol):
    """What emits bumble's events, with its types."""

    def on(self, event: str, f: Callable[[object], None]) -> object: ...

    def event_names(self) -> set[str]: ...

    def listeners(self, event: str) -> list[object]: ...


class _Attribute(Protocol):
    handle: int
    end_group_handle: int


class _Server(Protocol):
    attributes: list[_Attribute]


def stretch_last_service(peripheral: Peripheral) -> None:
    """Let a peer's last service end at the last handle, as that of some hosts does."""
    attributes = cast("_Server", peripheral.device.gatt_server).attributes
    last = attributes[-1].handle
    for attribute in attributes:
        if attribute.end_group_handle == last:
            attribute.end_group_handle = 0xFFFF


class AttCount(Snooper):
    """Counts the ATT and SMP packets and the HCI commands that one host sends."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.commands: Counter[str] = Counter()

    @property
    def requests(self) -> int:
        """How many ATT requests were sent."""
        return sum(count for name, count in self.sent.items() if name.endswith("_REQUEST"))

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        out = direction is Snooper.Direction.HOST_TO_CONTROLLER
        if hci_packet[0] == hci.HCI_COMMAND_PACKET:
            opcode = int.from_bytes(hci_packet[1:3], "little")
            self.commands[hci.HCI_Command.command_name(opcode)] += 1
        elif hci_packet[0] == hci.HCI_ACL_DATA_PACKET and hci_packet[2] >> 4 & 3 in (0, 2):
            channel = int.from_bytes(hci_packet[7:9], "little")
            counter = self.sent if out else self.received
            if channel == att.ATT_CID:
                counter[att.Opcode(hci_packet[9]).name] += 1
            elif channel == 6:
                counter["SMP"] += 1


class Sensor:
    """A peer with something of everything."""

    def __init__(self, air: Air, address: str = SENSOR, **options: Any) -> None:
        self.written: list[bytes] = []
        self.long_value = bytes(range(256)) + bytes(range(200))
        self.measurement = Characteristic(0x2A1C, indicate=True)
        self.level = Characteristic(0x2A19, read=b"\x57", notify=True)
        self.note = Characteristic(
            NOTE, read=b"hello", notify=True, indicate=True, descriptors={DESCRIPTION: b"a note"}
        )
        self.box = Characteristic(
            BOX, read=lambda: self.long_value, write=self.take, write_without_response=True
        )
        self.secret = Characteristic(TWIN, read=b"secret", protected=True, notify=True)
        self.peripheral = Peripheral(
            air,
            [
                Service(0x1809, [self.measurement]),
                Service(0x180F, [self.level]),
                Service(
                    VENDOR, [self.note, self.box, self.secret, Characteristic(TWIN, read=b"2")]
                ),
            ],
            name="Sensor",
            advertisement=Advertisement(
                service_uuids=(0x1809,), manufacturer_data={0xFFFF: b"\x01\x02"}
            ),
            address=address,
            **options,
        )

    def take(self, value: bytes) -> None:
        self.written.append(value)


class Bench:
    """An air with one central on it."""

    def __init__(self, air: Air, bonds: BondStore) -> None:
        self.air = air
        self.bonds = bonds
        self.central = SimulatedDevice(
            air,
            DeviceConfiguration(name="central", address=hci.Address(CENTRAL), irk=bytes(range(16))),
            keystore=BondKeyStore(bonds, "central"),
        )
        self.profile = PLAIN
        self.count = AttCount()
        self.central.host.snooper = self.count
        self._stack = AsyncExitStack()

    @property
    def adapter(self) -> Adapter:
        return adapter_of(self.central)

    def is_scanning(self) -> bool:
        """Tell whether the central scans."""
        return bool(self.central.is_scanning)

    def is_passive(self) -> bool:
        """Tell whether it does so passively."""
        return self.central.scanning_is_passive

    @property
    def scans_started(self) -> int:
        """How often the central set the parameters of a scan."""
        return self.count.commands["HCI_LE_SET_EXTENDED_SCAN_PARAMETERS_COMMAND"]

    def is_connecting(self) -> bool:
        """Tell whether the controller waits for a peer to connect to."""
        return self.central.controller.pending_le_connection is not None

    def listeners(self) -> int:
        """Count who listens to the events of the central."""
        emitters = [cast("Emitter", item) for item in (self.central, self.central.host)]
        return sum(len(item.listeners(event)) for item in emitters for event in item.event_names())

    def on_link(self, peripheral: Peripheral, callback: Callable[[], None]) -> None:
        """Call back when a peer hears of a link."""
        cast("Emitter", peripheral.device).on("connection", lambda _connection: callback())

    async def sensor(self, address: str = SENSOR, **options: Any) -> Sensor:
        """Put a peer on the air."""
        sensor = Sensor(self.air, address, **options)
        await self._stack.enter_async_context(sensor.peripheral)
        return sensor

    async def peer(self, services: list[Service], **options: Any) -> Peripheral:
        """Put any peer on the air."""
        peripheral = Peripheral(self.air, services, address=SENSOR, **options)
        return await self._stack.enter_async_context(peripheral)

    def client(
        self,
        peer: BLEDevice | str = SENSOR,
        *,
        mtu: int = 517,
        pairing: PairingDelegate | None = None,
        disconnected_callback: Callable[[BleakClient], None] | None = None,
        **options: Any,
    ) -> BleakClient:
        """Return bleak's own client on this central."""
        backend = client_backend(self.central, profile=self.profile, mtu=mtu, pairing=pairing)
        return BleakClient(peer, disconnected_callback, backend=backend, **options)

    def scanner(self, *args: Any, **options: Any) -> BleakScanner:
        """Return bleak's own scanner on this central."""
        backend = scanner_backend(self.central, profile=self.profile)
        return BleakScanner(*args, backend=backend, **options)

    async def find(self, name: str | None = "Sensor", timeout: float = 5) -> BLEDevice | None:
        """Scan for a peer by its name; ``None`` for the first that is seen."""
        return await BleakScanner.find_device_by_filter(
            lambda _device, data: name in (None, data.local_name),
            timeout=timeout,
            backend=scanner_backend(self.central, profile=self.profile),
        )

    async def close(self) -> None:
        """Take everything off the air."""
        if self.central.powered_on:
            await self.central.power_off()
        await settle()  # peers that advertise again do not like to be cut short
        await self._stack.aclose()


@asynccontextmanager
async def bench(bonds: BondStore | None = None) -> AsyncGenerator[Bench]:
    """Set up an air with a central. Afterwards nothing of it may be running."""
    gc.freeze()  # so that the collection at the end is quick
    before = asyncio.all_tasks()
    unhandled: list[dict[str, Any]] = []

    def on_unhandled(_loop: object, context: dict[str, Any]) -> None:
        # What a peer's host and controller say of a link that goes away as it is encrypted is
        # not the central's.
        peers = "send_long_term_key" in repr(context.get("future")) or isinstance(
            context.get("exception"), ObjectLookupError
        )
        if not peers:
            unhandled.append(context)

    asyncio.get_running_loop().set_exception_handler(on_unhandled)
    made = Bench(Air(rssi=PathLoss(noise=0)), bonds or MemoryBondStore())
    await made.central.power_on()
    yield made
    await made.close()
    await settle()
    left = asyncio.all_tasks() - before
    assert not left, f"left behind: {left}"
    gc.collect()  # errors that nobody looked at speak up now
    gc.unfreeze()
    assert not unhandled, f"not handled: {unhandled}"


async def pass_time(seconds: float) -> None:
    """Let virtual time pass."""
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_later(seconds, passed.set_result, None)
    await passed


async def turn(times: int = 1) -> None:
    """Let the loop turn so many times."""
    loop = asyncio.get_running_loop()
    for _ in range(times):
        turned = loop.create_future()
        loop.call_soon(turned.set_result, None)
        await turned


async def settle() -> None:
    """Let everything arrive that is on the air: some connection events take place."""
    await pass_time(0.3)


def on_bench(
    test: Callable[Concatenate[Bench, P], Coroutine[Any, Any, None]],
) -> Callable[P, None]:
    """Run a test in virtual time with a fresh bench as its first argument."""

    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def main() -> None:
            async with bench() as made:
                await test(made, *args, **kwargs)

        clock.run(main())

    run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
    # pytest asks for what the test takes besides the bench.
    parameters = list(inspect.signature(test).parameters.values())[1:]
    setattr(run, "__signature__", inspect.Signature(parameters))  # noqa: B010 - functions have it
    return run


def backend_of(client: BleakClient) -> BumbleClient:
    """Return what is behind a client, as others reach for it."""
    backend = client._backend  # pyright: ignore[reportPrivateUsage] - there is no other way
    assert isinstance(backend, BumbleClient)
    return backend


async def outcome(work: Awaitable[object]) -> BaseException | None:
    """Return what something raises, or ``None``."""
    try:
        await work
    except BaseException as error:  # noqa: BLE001 - a test looks at it
        return error
    return None
