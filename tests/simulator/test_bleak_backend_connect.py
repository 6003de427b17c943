"""Connecting and disconnecting, through bleak's own ``BleakClient``, in virtual time."""

from __future__ import annotations

import asyncio
import contextvars

import pytest
from bleak import BleakClient
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
)
from bumble import hci

from babyn_simulator.bleak_backend import client_backend
from babyn_simulator.bleak_backend.bumble_types import subscribers
from tests.simulator.bleak_bench import (
    ABSENT,
    BOX,
    LEVEL,
    NOTE,
    SENSOR,
    Bench,
    Values,
    on_bench,
    outcome,
    pass_time,
    settle,
)


@on_bench
async def test_connect_to_what_a_scan_found(bench: Bench) -> None:
    await bench.sensor()
    found = await bench.find()
    assert found is not None
    client = bench.client(found)
    assert client.mtu_size == 23
    async with client:
        assert client.name == "Sensor"
        assert client.address == SENSOR
        assert client.mtu_size == 517
    assert not client.is_connected
    with pytest.raises(BleakError, match="Service Discovery"):
        _ = client.services


@on_bench
async def test_connect_by_address_never_scans(bench: Bench) -> None:
    """Mutant: scan for an address given as text. The control is a scan."""
    await bench.sensor()
    async with bench.client(SENSOR.lower()) as client:
        assert client.name == SENSOR.lower().replace(":", "-") or client.name
    assert not [name for name in bench.count.commands if "SCAN_ENABLE" in name]
    await bench.find()
    assert [name for name in bench.count.commands if "SCAN_ENABLE" in name]


@pytest.mark.parametrize("text", ["00:1A:7D:DA:71:13", "00:1A:7D:DA:71:13/P", "80:00:00:00:00:03"])
def test_public_address_as_text(text: str) -> None:
    """Mutant: take every address for a random one."""

    @on_bench
    async def test(bench: Bench) -> None:
        await bench.sensor(text.removesuffix("/P") + "/P")
        async with bench.client(text, timeout=5) as client:
            assert client.address == text.removesuffix("/P")

    test()


@on_bench
async def test_public_address_that_looks_random(bench: Bench) -> None:
    """Mutant: forget what the scan said about the type of the address."""
    await bench.sensor("D4:00:00:00:00:03/P")
    blind = await outcome(bench.client("D4:00:00:00:00:03", timeout=5).connect())
    assert isinstance(blind, BleakDeviceNotFoundError)
    assert await bench.find()
    async with bench.client("D4:00:00:00:00:03", timeout=5) as client:
        assert client.is_connected


@pytest.mark.parametrize("text", ["", "no address", "C0:00:00:00:00", "C0:00:00:00:00:ZZ"])
def test_no_address(text: str) -> None:
    @on_bench
    async def test(bench: Bench) -> None:
        error = await outcome(bench.client(text).connect())
        assert isinstance(error, BleakDeviceNotFoundError)
        assert error.identifier == text

    test()


@on_bench
async def test_absent_device_is_not_found(bench: Bench) -> None:
    """Mutant: leave the attempt pending, so that the next connect is refused."""
    await bench.sensor()
    error = await outcome(bench.client(ABSENT, timeout=3).connect())
    assert isinstance(error, BleakDeviceNotFoundError)
    assert error.identifier == ABSENT
    assert ABSENT not in str(error)
    async with bench.client(timeout=3) as client:
        assert client.is_connected


@on_bench
async def test_timeout_as_an_argument_of_connect(bench: Bench) -> None:
    started = asyncio.get_running_loop().time()
    error = await outcome(bench.client(ABSENT, timeout=300).connect(timeout=2))
    assert isinstance(error, BleakDeviceNotFoundError)
    assert asyncio.get_running_loop().time() - started < 3


@on_bench
async def test_cancelled_connect_is_given_up(bench: Bench) -> None:
    """Mutant: do not cancel the controller's attempt."""
    await bench.sensor()
    client = bench.client(ABSENT)
    task = asyncio.create_task(client.connect())
    await pass_time(1)
    assert bench.is_connecting()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert not bench.is_connecting()
    async with bench.client(timeout=3) as other:
        assert other.is_connected


@on_bench
async def test_connect_cancelled_at_any_moment(bench: Bench) -> None:
    """Mutant: a link that came about before, or during, the cancellation stays."""
    sensor = await bench.sensor()
    linked = asyncio.Event()
    bench.on_link(sensor.peripheral, linked.set)
    cancelled = 0
    for moment in range(200):
        linked.clear()
        client = bench.client()
        task = asyncio.create_task(client.connect())
        await linked.wait()
        await pass_time(0.01 * moment)
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            assert client.is_connected
            await client.disconnect()
            break
        cancelled += 1
        assert not client.is_connected
        await pass_time(1)
        assert not bench.central.connections
        assert not sensor.peripheral.connections
    assert cancelled > 20


@on_bench
async def test_one_pending_connection_at_a_time(bench: Bench) -> None:
    """Mutant: no lock. A controller refuses a second pending connection."""
    others = [f"C0:00:00:00:00:1{digit}" for digit in range(5)]
    for address in others:
        await bench.sensor(address)
    clients = [bench.client(address) for address in others]
    await asyncio.gather(*(client.connect() for client in clients))
    assert all(client.is_connected for client in clients)
    await asyncio.gather(*(client.disconnect() for client in clients))
    assert not any(client.is_connected for client in clients)


@on_bench
async def test_connect_twice(bench: Bench) -> None:
    await bench.sensor()
    client = bench.client()
    first, second = await asyncio.gather(client.connect(), client.connect(), return_exceptions=True)
    assert first is None
    assert isinstance(second, BleakError)
    assert isinstance(await outcome(client.connect()), BleakError)
    assert isinstance(await outcome(bench.client().connect()), BleakError)
    assert client.is_connected
    await client.disconnect()


@on_bench
async def test_same_client_connects_again(bench: Bench) -> None:
    """Mutant: keep the services or the link of the last time."""
    sensor = await bench.sensor()
    gone: list[BleakClient] = []
    client = bench.client(disconnected_callback=gone.append)
    for times in range(1, 4):
        await client.connect()
        values = Values()
        await client.start_notify(NOTE, values)
        await sensor.peripheral.notify(sensor.note, b"x")
        await settle()
        assert values.values == [b"x"]
        await client.disconnect()
        assert gone == [client] * times
        await pass_time(1)


@on_bench
async def test_connect_when_off(bench: Bench) -> None:
    await bench.sensor()
    await bench.central.power_off()
    error = await outcome(bench.client().connect())
    assert isinstance(error, BleakBluetoothNotAvailableError)
    assert error.reason is BleakBluetoothNotAvailableReason.POWERED_OFF
    await bench.central.power_on()
    async with bench.client() as client:
        assert client.is_connected


@on_bench
async def test_power_off_during_connect(bench: Bench) -> None:
    """Mutant: wait for the timeout, or let bumble's cancellation out."""
    task = asyncio.create_task(bench.client(ABSENT).connect())
    await pass_time(1)
    await bench.central.power_off()
    await asyncio.wait({task})
    assert isinstance(task.exception(), BleakBluetoothNotAvailableError)


@on_bench
async def test_power_off_ends_links(bench: Bench) -> None:
    """Mutant: the callback comes twice, or the next link inherits flow control."""
    await bench.sensor()
    gone: list[BleakClient] = []
    client = bench.client(disconnected_callback=gone.append)
    await client.connect()
    await bench.central.power_off()
    assert gone == [client]
    assert not client.is_connected
    assert not bench.central.host.connections
    await client.disconnect()
    await bench.central.power_on()
    await pass_time(10)
    await client.connect()
    assert await client.read_gatt_char(LEVEL) == b"\x57"
    await client.disconnect()
    assert gone == [client, client]


@on_bench
async def test_disconnect_is_harmless_at_any_time(bench: Bench) -> None:
    await bench.sensor()
    client = bench.client()
    await client.disconnect()
    await client.connect()
    await asyncio.gather(client.disconnect(), client.disconnect())
    await client.disconnect()
    assert bench.count.commands["HCI_DISCONNECT_COMMAND"] == 1


@on_bench
async def test_disconnected_callback_once(bench: Bench) -> None:
    """Mutant: call it while the client still says that it is connected."""
    sensor = await bench.sensor()
    states: list[bool] = []
    client = bench.client(disconnected_callback=lambda gone: states.append(gone.is_connected))
    await client.connect()
    await client.disconnect()
    assert states == [False]
    await client.connect()
    sensor.peripheral.lose_link()
    await pass_time(30)
    assert states == [False, False]
    await client.connect()
    await sensor.peripheral.connections[0].disconnect()
    await settle()
    assert states == [False, False, False]


@on_bench
async def test_broken_callback_does_no_harm(bench: Bench) -> None:
    """Mutant: let a callback's error reach the host stack."""
    await bench.sensor()
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reported.append(context["exception"])
    )

    def broken(_client: BleakClient) -> None:
        raise LookupError

    client = bench.client(disconnected_callback=broken)
    await client.connect()
    await client.disconnect()
    assert [type(error) for error in reported] == [LookupError]
    assert not client.is_connected


@on_bench
async def test_callbacks_run_in_the_context_of_the_program(bench: Bench) -> None:
    """Mutant: run them in the controller's context."""
    sensor = await bench.sensor()
    mark = contextvars.ContextVar("mark", default=0)
    seen: list[int] = []
    client = bench.client(disconnected_callback=lambda _client: seen.append(mark.get()))
    mark.set(1)
    await client.connect()
    mark.set(2)
    await client.start_notify(NOTE, lambda _sender, _data: seen.append(mark.get()))
    mark.set(3)
    await sensor.peripheral.notify(sensor.note, b"x")
    await settle()
    await client.disconnect()
    assert seen == [2, 1]


def test_mtu_that_att_does_not_allow() -> None:
    @on_bench
    async def test(bench: Bench) -> None:
        for mtu in (0, 22, 518):
            with pytest.raises(ValueError, match="MTU"):
                client_backend(bench.central, mtu=mtu)

    test()


@on_bench
async def test_peer_without_mtu_exchange(bench: Bench) -> None:
    """Mutant: fail to connect if the peer does not know the request."""
    await bench.sensor()

    def refuse(_sender: object, _receiver: object, frame: bytes) -> bytes:
        if frame[4] == 0x03:  # exchange MTU response
            return b"\x05\x00\x04\x00\x01\x02\x00\x00\x06"  # request not supported
        return frame

    bench.air.acl_filter = refuse
    async with bench.client() as client:
        assert client.mtu_size == 23
        assert await client.read_gatt_char(LEVEL) == b"\x57"


@on_bench
async def test_nothing_is_left_after_disconnect(bench: Bench) -> None:
    """Mutant: forget to remove a listener."""
    sensor = await bench.sensor()
    client = bench.client()
    await client.connect()
    await client.disconnect()
    await pass_time(1)

    before, tasks = bench.listeners(), len(asyncio.all_tasks())
    await client.connect()
    await client.start_notify(NOTE, Values())
    await client.read_gatt_char(BOX)
    taken = subscribers(next(iter(bench.central.connections.values())).gatt_client)
    assert taken.notification_subscribers
    sensor.peripheral.lose_link()
    await pass_time(30)
    assert bench.listeners() == before
    assert len(asyncio.all_tasks()) == tasks
    assert not taken.notification_subscribers
    assert not bench.central.connections
    assert not bench.central.smp_manager.sessions


@on_bench
async def test_address_type_of_a_found_device(bench: Bench) -> None:
    await bench.sensor("00:1A:7D:DA:71:13/P")
    found = await bench.find()
    assert found is not None
    assert isinstance(found.details, hci.Address)
    assert found.details.is_public
    async with bench.client(found) as client:
        assert client.is_connected
