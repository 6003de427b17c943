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
from babyn_simulator.hci_hosts import HostEvent
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


POSIX_ONLY = [("unix-server:{}/hci", "unix:{}/hci"), ("pty:{}/hci", "serial:{}/hci")]
if os.name != "posix":
    POSIX_ONLY = []


@pytest.mark.parametrize("entropy", [Entropy(1, "hci"), None], ids=["seeded", "system"])
@pytest.mark.parametrize(("served", "reached"), POSIX_ONLY)
async def test_one_host_after_another(
    served: str, reached: str, entropy: Entropy | None, tmp_path: Path
) -> None:
    """Mutant: the second one finds the first one's controller, or another public address."""
    air = Air(rssi=PathLoss(noise=0))
    peripheral, _ = note(air)
    told: asyncio.Queue[HostEvent] = asyncio.Queue()
    addresses: list[hci.Address] = []
    async with (
        peripheral,
        serve(
            air,
            served.format(tmp_path),
            entropy=entropy,
            told=lambda _server, event: told.put_nowait(event),
        ) as server,
    ):
        assert server.client_name == reached.format(tmp_path)
        for last in (False, True):
            assert server.clients == 0
            async with host_on(server.client_name, "C0:00:00:00:00:0A") as central:
                assert await told.get() is HostEvent.ATTACHED
                assert server.clients == 1
                address = await heard_of(central, b"Note")
                assert str(address) == peripheral.address
                addresses.append(central.public_address)
                if last:
                    break
                await central.connect_le(address, timeout=5)
                leaving = asyncio.ensure_future(gone(peripheral))
            assert await told.get() is HostEvent.GONE
            await leaving
    assert air.members == ()
    assert addresses[0] == addresses[1] != hci.Address.ANY
    assert os.listdir(tmp_path) == []


async def test_hosts_at_one_port_have_addresses_of_their_own() -> None:
    """Public ones that no manufacturer owns. Mutant: all have the same, or none."""
    async with (
        serve(Air(), ANY_PORT, entropy=Entropy(1, "hci")) as server,
        host_on(server.client_name, "C0:00:00:00:00:0A") as first,
        host_on(server.client_name, "C0:00:00:00:00:0B") as second,
    ):
        addresses = [first.public_address, second.public_address]
    assert addresses[0] != addresses[1]
    assert all(bytes(address)[5] & 0b11 == 0b10 for address in addresses)


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are of POSIX")
async def test_a_terminal_goes_on_after_nonsense(tmp_path: Path) -> None:
    """Mutant: the controller is lost to the host until the end."""
    told: list[HostEvent] = []
    async with serve(
        Air(), f"pty:{tmp_path}/hci", told=lambda _server, event: told.append(event)
    ) as server:
        transport = await open_transport(server.client_name)
        answers: asyncio.Queue[bytes] = asyncio.Queue()
        transport.source.set_packet_sink(cast("Any", Queued(answers)))
        transport.sink.on_packet(b"\xff" * 64)
        assert await answers.get() == bytes.fromhex("04 10 01 00")
        transport.sink.on_packet(bytes.fromhex("01 030c 00"))
        assert await answers.get() == bytes.fromhex("04 0e 04 01 030c 00")
        await transport.close()
    assert told[:2] == [HostEvent.ATTACHED, HostEvent.NONSENSE]


class Queued:
    """A sink that is a queue."""

    def __init__(self, packets: asyncio.Queue[bytes]) -> None:
        self._packets = packets

    def on_packet(self, packet: bytes) -> None:
        self._packets.put_nowait(packet)


@pytest.mark.parametrize("served", [row[0] for row in POSIX_ONLY])
async def test_a_path_in_use_is_an_os_error(served: str, tmp_path: Path) -> None:
    """Mutant: a second server takes the first one's hosts away."""
    name = served.format(tmp_path)
    async with serve(Air(), name) as server:
        with pytest.raises(OSError, match=r"in use|taken"):
            async with serve(Air(), name):
                pass
        async with host_on(server.client_name, "C0:00:00:00:00:0A"):
            assert server.clients == 1


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are of POSIX")
async def test_what_a_killed_process_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "hci").symlink_to("/dev/pts/nobody")
    async with (
        serve(Air(), f"pty:{tmp_path}/hci") as server,
        host_on(server.client_name, "C0:00:00:00:00:0A"),
    ):
        assert server.clients == 1


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
