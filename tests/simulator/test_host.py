"""The host that goes by bytes does what bumble's does, with less."""

from __future__ import annotations

import logging
from typing import cast

import pytest
from bumble.device import Device, DeviceConfiguration

from babyn_simulator.capture import HciDigest, attach
from babyn_simulator.clock import run
from babyn_simulator.entropy import Entropy
from babyn_simulator.host import QuietHost, SimulatedDevice
from babyn_simulator.peripheral import Characteristic, Peripheral, Service
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.bleak_bench import Emitter
from tests.simulator.virtual_bench import DEVICE, NOTE, Central, note, pass_time, virtually

LOGGERS = ("bumble.host", "bumble.gatt_client", "bumble.gatt_server")


async def visit() -> tuple[str, int, list[bytes]]:
    """Scan, connect, pair, read, subscribe, be notified; return digest, packets and values."""
    digest, values = HciDigest(), list[bytes]()
    air = Air(rssi=PathLoss(entropy=Entropy(1, "air")))
    central = Central(air, entropy=Entropy(1, "central"))
    attach(central.device.host, digest.host("central"))
    long = Characteristic(0xFFF2, read=bytes(400))
    value = Characteristic(NOTE, read=b"hello", notify=True)
    peripheral = Peripheral(
        air, [Service(0xFFF0, [value, long])], address=DEVICE, entropy=Entropy(1, "note")
    )
    peripheral.snoopers = (digest.host("note"),)
    await central.device.power_on()
    async with peripheral:
        await central.scan(3)
        await central.scan(3, active=False)
        connection = await central.connect(peripheral)
        await central.device.pair(connection)
        assert await central.read(connection, 0xFFF2) == bytes(400)
        proxy = await central.characteristic(connection, NOTE)
        await proxy.subscribe(values.append)
        for length in (0, 1, 19, 20, 21, 300):
            await peripheral.notify(value, bytes(length))
            await pass_time(1)
        await connection.disconnect()
        await pass_time(1)
    return digest.hexdigest(), digest.packets, values


@pytest.mark.parametrize("loggers", [*((name,) for name in LOGGERS), LOGGERS])
def test_with_the_debug_log_on_the_packets_are_the_same(
    loggers: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """With it, bumble's own code runs. Mutant: a fast path forgets a snooper, or a check."""
    fast = run(visit())
    assert fast[1] > 200
    assert [len(value) for value in fast[2]] == [0, 1, 19, 20, 20, 20]
    before = len(caplog.records)
    for name in loggers:
        caplog.set_level(logging.DEBUG, logger=name)
    assert run(visit()) == fast
    assert len(caplog.records) > before  # so that it was on


@virtually
async def test_a_device_is_one_listener_of_its_host() -> None:
    """Mutant: keep each of its methods."""
    device = SimulatedDevice(Air(), DeviceConfiguration(name="device"))
    host = cast("Emitter", device.host)
    kept = [item for event in host.event_names() for item in host.listeners(event)]
    assert device not in [getattr(listener, "__self__", None) for listener in kept]
    flushed: list[str] = []
    device.on(Device.EVENT_FLUSH, lambda: flushed.append("device"))
    device.host.on("flush", lambda: flushed.append("listener"))
    assert device.host.emit("flush")
    assert flushed == ["device", "listener"]


@virtually
async def test_a_host_that_a_device_has_left_tells_it_nothing() -> None:
    """Mutant: keep the device for ever. The control is the test above."""
    device = SimulatedDevice(Air(), DeviceConfiguration(name="device"))
    left, flushed = device.host, list[str]()
    device.on(Device.EVENT_FLUSH, lambda: flushed.append("device"))
    device.host = QuietHost()
    assert not left.emit("flush")
    assert flushed == []
    assert device.host.emit("flush")
    assert flushed == ["device"]


@virtually
async def test_an_error_of_a_listener_comes_out() -> None:
    """Mutant: swallow what the device raises."""
    device = SimulatedDevice(Air(), DeviceConfiguration(name="device"))
    with pytest.raises(Exception, match="no connection for handle"):
        device.host.emit("l2cap_pdu", 5, 4, b"\x0a\x01\x00")


FRAGMENTS = (
    "02 01 20 06 00 04 00 50 00 AA AA",  # half of a frame, which nothing follows
    "02 01 20 06 00 02 00 50 00 BB BB",  # a whole one
    "02 01 10 02 00 CC CC",  # would have completed the first
    "02 01 20 05 00 02 00 50 00 DD",
    "02 01 10 01 00 DD",
)


async def reassembled() -> list[bytes]:
    """Return the frames that a host makes of the fragments."""
    air, frames = Air(), list[bytes]()
    central = Central(air)
    peripheral, _ = note(air)
    await central.device.power_on()
    async with peripheral:
        connection = await central.connect(peripheral)
        host = central.device.host

        def on_frame(_handle: int, _cid: int, payload: bytes) -> None:
            frames.append(payload)

        host.on("l2cap_pdu", on_frame)
        for fragment in FRAGMENTS:
            packet = bytearray.fromhex(fragment)
            packet[1] = connection.handle
            host.on_packet(bytes(packet))
    return frames


def test_an_unfinished_frame_ends_where_another_begins(caplog: pytest.LogCaptureFixture) -> None:
    """Mutant: take a whole frame past the one that is being put together."""
    frames = run(reassembled())
    assert [frame[:1] for frame in frames] == [b"\xbb", b"\xdd"]
    caplog.set_level(logging.DEBUG, logger="bumble.host")
    assert run(reassembled()) == frames
