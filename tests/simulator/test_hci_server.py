"""Controllers on loan: over sockets, and therefore in real time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from bumble import hci
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.host import Host
from bumble.transport import open_transport

from babyn_simulator import clock
from babyn_simulator.entropy import Entropy
from babyn_simulator.errors import VirtualTimeError
from babyn_simulator.hci_server import serve
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.virtual_bench import note

ANY_PORT = "tcp-server:127.0.0.1:0"


@asynccontextmanager
async def host_on(name: str, address: str) -> AsyncGenerator[Device]:
    """Bring up a host of bumble's at the other end of a transport."""
    transport = await open_transport(name)
    device = Device(
        config=DeviceConfiguration(name="outside", address=hci.Address(address)),
        host=Host(transport.source, transport.sink),
    )
    await device.power_on()
    try:
        yield device
    finally:
        await transport.close()


async def heard_of(device: Device, name: bytes) -> hci.Address:
    """Scan until a device of that name is heard of; return its address."""
    found: asyncio.Future[hci.Address] = asyncio.get_running_loop().create_future()

    def on_advertisement(report: Any) -> None:
        if name in report.data_bytes and not found.done():
            found.set_result(report.address)

    device.on(Device.EVENT_ADVERTISEMENT, on_advertisement)
    await device.start_scanning()
    address = await found
    await device.stop_scanning()
    return address


async def gone(peripheral: Peripheral) -> None:
    """Wait until a peripheral has learned that its central is gone."""
    gone = asyncio.Event()
    (connection,) = peripheral.connections

    def on_disconnection(_reason: int) -> None:
        gone.set()

    connection.on(Connection.EVENT_DISCONNECTION, on_disconnection)
    await gone.wait()


async def test_every_client_has_a_controller_of_its_own_until_it_goes() -> None:
    """Mutant: clients share a controller, or one stays behind when its client is gone."""
    air = Air(rssi=PathLoss(noise=0))
    peripheral, _ = note(air)
    async with peripheral, serve(air, ANY_PORT, entropy=Entropy(1, "hci")) as server:
        assert server.port > 0
        assert server.name == f"tcp-server:127.0.0.1:{server.port}"
        assert server.client_name == f"tcp-client:127.0.0.1:{server.port}"
        first = "C0:00:00:00:00:0A"
        async with host_on(server.client_name, "C0:00:00:00:00:0B") as watcher:
            async with host_on(server.client_name, first) as central:
                assert server.clients == 2
                address = await heard_of(central, b"Note")
                await central.connect_le(address, timeout=5)
                assert str(peripheral.connections[0].peer_address) == first
                leaving = asyncio.ensure_future(gone(peripheral))
            await leaving
            assert await heard_of(watcher, b"Note") == address
            assert server.clients == 1
    assert air.members == ()


async def test_when_the_server_ends_its_clients_are_let_go() -> None:
    air = Air(rssi=PathLoss(noise=0))
    async with serve(air, ANY_PORT) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(bytes(cast("hci.HCI_Command", hci.HCI_Reset_Command())))
        answer = await reader.readexactly(7)
        assert answer == bytes.fromhex("04 0E 04 01 030C 00")
    assert (server.clients, air.members) == (0, ())
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await reader.readexactly(1)
    writer.close()


async def test_a_client_that_talks_nonsense_is_disconnected() -> None:
    """Mutant: it keeps its controller, or takes the server down."""
    air = Air(rssi=PathLoss(noise=0))
    async with serve(air, ANY_PORT) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(1)
        writer.close()
        async with host_on(server.client_name, "C0:00:00:00:00:0A"):
            assert server.clients == 1


UNIX_ONLY = [("unix-server:{}/hci", "unix:{}/hci"), ("pty:{}/hci", "serial:{}/hci")]


@pytest.mark.parametrize(("served", "reached"), UNIX_ONLY if os.name == "posix" else [])
async def test_other_transports_lend_one_controller(
    served: str, reached: str, tmp_path: Path
) -> None:
    air = Air(rssi=PathLoss(noise=0))
    peripheral, _ = note(air)
    async with peripheral, serve(air, served.format(tmp_path)) as server:
        assert server.client_name == reached.format(tmp_path)
        async with host_on(server.client_name, "C0:00:00:00:00:0A") as central:
            assert str(await heard_of(central, b"Note")) == peripheral.address
    assert air.members == ()


async def test_a_port_in_use_is_an_os_error() -> None:
    async with serve(Air(), ANY_PORT) as server:
        with pytest.raises(OSError, match="in use"):
            async with serve(Air(), f"tcp-server:127.0.0.1:{server.port}"):
                pass


@pytest.mark.parametrize(
    "name", ["", "nothing", "nothing:1", "tcp-server", "tcp-server:", "tcp-server:x:y", "serial:"]
)
async def test_what_is_no_transport_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"no HCI transport|no TCP address"):
        async with serve(Air(), name):
            pass


async def test_a_transport_that_cannot_be_opened_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"No such file|could not open"):
        async with serve(Air(), f"unix:{tmp_path}/nobody"):
            pass


def test_in_virtual_time_there_are_no_sockets() -> None:
    async def main() -> None:
        async with serve(Air(), ANY_PORT):
            pass

    with pytest.raises(VirtualTimeError, match="time='wall'"):
        clock.run(main())
