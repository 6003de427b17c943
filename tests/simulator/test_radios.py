"""The providers ``sim:`` and ``hci:``. The second in real time, over real sockets."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
    BleakGATTProtocolError,
)
from bumble import hci

from babyn_simulator import clock, radios
from babyn_simulator.bonds import DamagedBondError, MemoryBondStore
from babyn_simulator.errors import ScenarioNotFoundError, VirtualTimeError
from babyn_simulator.hci_server import HciServer, serve
from babyn_simulator.peripheral import Pairing
from babyn_simulator.radio import Air, PathLoss
from babyn_simulator.radios import HCI, SIM, HciRadio
from tests.simulator.bleak_bench import (
    ABSENT,
    LEVEL,
    NOTE,
    SENSOR,
    AttCount,
    Sensor,
    outcome,
    secret,
    settle,
)

ANY_PORT = "tcp-server:127.0.0.1:0"


def test_import_is_light() -> None:
    """Mutant: import bumble or bleak at the top. The control does import them."""
    script = (
        "import sys, babyn_simulator.radios as radios\n"
        "radios.HCI.loop_factory('usb:0'), radios.SIM.kind\n"
        "print(sorted({'bleak', 'bumble', 'pydantic'} & set(sys.modules)))\n"
        "import babyn_simulator.bleak_backend\n"
        "print(sorted({'bleak', 'bumble'} & set(sys.modules)))\n"
    )
    path = [entry for entry in sys.path if entry]
    result = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path[:0] = {path!r}\n{script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines() == ["[]", "['bleak', 'bumble']"]


# hci:


@asynccontextmanager
async def lent_controllers() -> AsyncGenerator[tuple[Sensor, HciServer]]:
    """Put a sensor on an air, and lend controllers on it by TCP. Nothing may be left running."""
    before = asyncio.all_tasks()
    air = Air(rssi=PathLoss(noise=0))
    sensor = Sensor(air, pairing=Pairing.REQUIRED)
    async with sensor.peripheral, serve(air, ANY_PORT) as server:
        yield sensor, server
    await settle()
    assert asyncio.all_tasks() == before


async def find(radio: HciRadio) -> BleakClient:
    """Scan for the sensor and return a client for it."""
    found = await BleakScanner.find_device_by_name("Sensor", backend=radio.scanner)
    assert found is not None
    return BleakClient(found, backend=radio.client)


async def test_a_host_on_a_lent_controller() -> None:
    async with lent_controllers() as (sensor, server):
        radio = await HCI.open(server.client_name, bonds=MemoryBondStore())
        async with await find(radio) as client:
            assert client.address == SENSOR
            assert client.mtu_size == 517
            assert await client.read_gatt_char(LEVEL) == b"\x57"
            values: asyncio.Queue[bytes] = asyncio.Queue()
            await client.start_notify(NOTE, lambda _sender, data: values.put_nowait(bytes(data)))
            for number in range(100):
                await sensor.peripheral.notify(sensor.note, bytes([number]))
            assert [await values.get() for _ in range(100)] == [bytes([n]) for n in range(100)]
        await radio.aclose()
        assert server.clients == 0


async def test_bonds_and_identity_outlive_the_host() -> None:
    """Mutant: a new identity, or bonds in memory. The control has another store."""
    async with lent_controllers() as (sensor, server):
        bonds = MemoryBondStore()
        seen: list[str] = []
        for store, bonded in ((bonds, False), (bonds, True), (MemoryBondStore(), False)):
            radio = await HCI.open(server.client_name, bonds=store)
            async with await find(radio) as client:
                seen.append(str(sensor.peripheral.connections[0].peer_address))
                if not bonded:
                    assert isinstance(await outcome(secret(client)), BleakGATTProtocolError)
                    await client.pair()
                assert await secret(client) == b"secret"
            await radio.aclose()
        assert seen[0] == seen[1] != seen[2]


async def test_a_central_profile_on_a_lent_controller() -> None:
    """The UUID stays with the identity. Mutant: take the profile for a part of the transport."""
    async with lent_controllers() as (_sensor, server):
        bonds = MemoryBondStore()
        seen: list[str] = []
        for store in (bonds, bonds, MemoryBondStore()):
            name = f"{server.client_name}?central=corebluetooth"
            radio = await HCI.open(name, bonds=store)
            found = await BleakScanner.find_device_by_name("Sensor", backend=radio.scanner)
            assert found is not None
            seen.append(found.address)
            await radio.aclose()
        assert seen[0] == seen[1] != seen[2]
        assert len(seen[0]) == 36
        error = await outcome(HCI.open(f"{server.client_name}?central=mars", bonds=bonds))
        assert isinstance(error, ValueError)
        assert "central profile" in str(error)


async def test_close_ends_everything() -> None:
    """Mutant: close the socket and leave links, scans or tasks behind."""
    async with lent_controllers() as (sensor, server):
        ended: asyncio.Queue[int] = asyncio.Queue()
        radio = await HCI.open(server.client_name, bonds=MemoryBondStore())
        count = AttCount()
        radio.device.host.snooper = count
        client = await find(radio)
        gone: list[str] = []
        client = BleakClient(
            client.address, lambda closed: gone.append(closed.address), backend=radio.client
        )
        await client.connect()

        sensor.peripheral.connections[0].on("disconnection", ended.put_nowait)
        scanner = BleakScanner(backend=radio.scanner)
        await scanner.start()
        pending = asyncio.create_task(BleakClient(ABSENT, backend=radio.client).connect())
        await settle()
        await asyncio.gather(radio.aclose(), radio.aclose())
        await radio.aclose()
        assert gone == [SENSOR]
        assert not client.is_connected
        await asyncio.wait({pending})
        assert isinstance(pending.exception(), BleakError)
        await scanner.stop()
        await client.disconnect()
        assert await ended.get() == hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR
        assert count.commands["HCI_RESET_COMMAND"] == 1
        assert radio.transport.source.terminated.done()
        assert isinstance(await outcome(client.connect()), BleakBluetoothNotAvailableError)


async def test_cancelled_close_closes() -> None:
    """Mutant: a cancellation leaves the socket open."""
    async with lent_controllers() as (_sensor, server):
        radio = await HCI.open(server.client_name, bonds=MemoryBondStore())
        task = asyncio.create_task(radio.aclose())
        await settle()
        task.cancel()
        await asyncio.wait({task})
        await radio.aclose()
        assert server.clients == 0


async def test_lost_transport() -> None:
    """Mutant: links and scans go on as if nothing had happened, or what waits hangs."""
    radio: HciRadio | None = None
    gone = asyncio.Event()
    async with lent_controllers() as (sensor, server):
        radio = await HCI.open(server.client_name, bonds=MemoryBondStore())
        client = await find(radio)
        client = BleakClient(client.address, lambda _client: gone.set(), backend=radio.client)
        await client.connect()
        scanner = BleakScanner(backend=radio.scanner)
        await scanner.start()
        sensor.peripheral.stall_reads()
        waiting = [
            asyncio.create_task(client.read_gatt_char(LEVEL)),
            asyncio.create_task(BleakClient(ABSENT, backend=radio.client).connect()),
        ]
        await settle()
    await gone.wait()
    await asyncio.wait(waiting)
    assert all(isinstance(task.exception(), BleakError) for task in waiting)
    assert not client.is_connected
    await scanner.stop()
    error = await outcome(scanner.start())
    assert isinstance(error, BleakBluetoothNotAvailableError)
    assert error.reason is BleakBluetoothNotAvailableReason.NO_BLUETOOTH
    await radio.aclose()
    await radio.aclose()


@pytest.mark.parametrize(
    "name", ["", ":", "tcp-client", "tcp-client:", "tcp-client:here", "tcp-client:a:b", "nothing:1"]
)
async def test_no_transport(name: str) -> None:
    """Mutant: let whatever the transport raises out."""
    error = await outcome(HCI.open(name, bonds=MemoryBondStore()))
    assert isinstance(error, ValueError | OSError)
    assert type(error).__module__ == "builtins"
    assert error.__cause__ is None


async def unused_port() -> int:
    """Return a port on which nobody listens."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_unreachable() -> None:
    error = await outcome(
        HCI.open(f"tcp-client:127.0.0.1:{await unused_port()}", bonds=MemoryBondStore())
    )
    assert isinstance(error, ConnectionRefusedError)


class Listener(asyncio.Protocol):
    """Takes connections, and does one thing with each."""

    def __init__(self, act: Callable[[asyncio.Transport], None]) -> None:
        self._act = act
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._act(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


async def open_at(act: Callable[[asyncio.Transport], None]) -> BaseException | None:
    """Open a radio at a server that does something strange."""
    listener = Listener(act)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: listener, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    error = await outcome(HCI.open(f"tcp-client:127.0.0.1:{port}", bonds=MemoryBondStore()))
    await listener.lost.wait()
    server.close()
    await server.wait_closed()
    await settle()
    assert len(asyncio.all_tasks()) == 1
    return error


async def test_controller_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: wait for ever for a controller that does not answer."""
    monkeypatch.setattr(radios, "OPEN_TIMEOUT", 0.1)
    error = await open_at(lambda _transport: None)
    assert isinstance(error, TimeoutError)
    assert "does not answer" in str(error)


async def test_controller_that_hangs_up() -> None:
    """Mutant: wait for the timeout, or let bumble's error out."""
    error = await open_at(lambda transport: transport.close())
    assert isinstance(error, ConnectionError)
    assert type(error).__module__ == "builtins"


async def test_no_controller_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: take any bytes for an answer."""
    monkeypatch.setattr(radios, "OPEN_TIMEOUT", 0.1)
    error = await open_at(lambda transport: transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    assert isinstance(error, TimeoutError)


async def test_damaged_identity_opens_nothing() -> None:
    """Mutant: go on with another identity, so that all bonds are useless."""
    bonds = MemoryBondStore()
    await bonds.put("central/hci/identity", b"damage")
    name = f"tcp-client:127.0.0.1:{await unused_port()}"
    assert isinstance(await outcome(HCI.open(name, bonds=bonds)), DamagedBondError)


def test_real_radio_in_virtual_time() -> None:
    """Mutant: hide that real time is needed."""
    assert HCI.loop_factory("tcp-client:127.0.0.1:1") is None

    async def main() -> None:
        error = await outcome(HCI.open("tcp-client:127.0.0.1:1", bonds=MemoryBondStore()))
        assert isinstance(error, VirtualTimeError)

    clock.run(main())


# sim:


def in_virtual_time(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test in virtual time; nothing may be left running."""

    async def main() -> None:
        await test()
        await settle()
        assert len(asyncio.all_tasks()) == 1

    clock.run(main())


def test_a_nursery_as_a_radio() -> None:
    async def test() -> None:
        radio = await SIM.open("nursery", bonds=MemoryBondStore())
        found = await BleakScanner.discover(5, backend=radio.scanner)
        assert {device.address for device in found} == {
            device.address for device in radio.nursery.devices.values()
        }
        gone: list[bool] = []
        client = BleakClient(
            found[0], lambda closed: gone.append(closed.is_connected), backend=radio.client
        )
        await client.connect()
        await asyncio.gather(radio.aclose(), radio.aclose())
        await radio.aclose()
        assert gone == [False]

    in_virtual_time(test)


def test_simulated_bonds_outlive_the_nursery() -> None:
    """Mutant: devices keep their bonds in memory. The control has another store."""

    async def test() -> None:
        bonds = MemoryBondStore()
        bonded: list[bool] = []
        for store in (bonds, bonds, MemoryBondStore()):
            radio = await SIM.open("nursery", bonds=store)
            address = radio.nursery.thermometer().address
            async with BleakClient(address, backend=radio.client) as client:
                assert client.services.get_characteristic("2a1c")
                connection = radio.nursery.thermometer().connections[0]
                bonded.append(connection.is_encrypted)
                if not bonded[-1]:
                    await client.pair()
            await radio.aclose()
        assert bonded == [False, True, False]
        assert any(name.startswith("sim/") for name in await bonds.names())

    in_virtual_time(test)


def test_seed_of_a_simulation() -> None:
    """Mutant: ignore the seed."""

    async def test() -> None:
        digests: list[str] = []
        for name in ("nursery?seed=7", "nursery?seed=7", "nursery?seed=8", "nursery"):
            radio = await SIM.open(name, bonds=MemoryBondStore())
            await BleakScanner.discover(2, backend=radio.scanner)
            digests.append(radio.nursery.devices["patch"].address)
            await radio.aclose()
        assert digests[0] == digests[1]
        assert len(set(digests)) == 3

    in_virtual_time(test)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.toml", "./nowhere", ""])
def test_no_scenario(name: str) -> None:
    async def test() -> None:
        assert isinstance(
            await outcome(SIM.open(name, bonds=MemoryBondStore())), ScenarioNotFoundError
        )

    in_virtual_time(test)
    with pytest.raises(ScenarioNotFoundError):
        SIM.loop_factory(name)


@pytest.mark.parametrize("name", ["nursery?", "nursery?seed", "nursery?seed=x", "nursery?speed=1"])
def test_no_option(name: str) -> None:
    async def test() -> None:
        assert isinstance(await outcome(SIM.open(name, bonds=MemoryBondStore())), ValueError)

    in_virtual_time(test)
    with pytest.raises(ValueError, match="seed"):
        SIM.loop_factory(name)


@pytest.mark.parametrize(("time", "virtual"), [("virtual", True), ("wall", False)])
def test_loop_that_a_scenario_asks_for(tmp_path: Path, time: str, virtual: bool) -> None:
    """Mutant: always the same loop."""
    scenario = tmp_path / "scenario.toml"
    device = '[[device]]\nkind = "thermometer"\nname = "patch"\n'
    scenario.write_text(f'[simulation]\ntime = "{time}"\n{device}')
    for argument in (str(scenario), f"{scenario}?seed=3"):
        factory = SIM.loop_factory(argument)
        assert (factory is not None) == virtual
        if factory is not None:
            loop = cast("clock.VirtualTimeLoop", factory())
            started = loop.utc_now()
            loop.close()
            # Consents that were given by the clock on the wall hold at its beginning.
            assert abs(started - datetime.now(UTC)) < timedelta(minutes=1)
