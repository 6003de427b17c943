"""A simulated peripheral: what it tells to whom, and what happens to it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import pytest
from bumble import att, core
from bumble.device import Peer

from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Advertisement, Characteristic, Pairing, Peripheral, Service
from babyn_simulator.radio import Air, PathLoss
from babyn_simulator.services import RequestRefusedError
from tests.simulator.peripheral_bench import Vault, attempts, central_on, error_of
from tests.simulator.virtual_bench import DEVICE, NOTE, note, pass_time, settle, virtually

# Attributes


@virtually
async def test_only_what_is_declared_can_be_done() -> None:
    """Mutant: bumble's server takes a write to anything."""
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air)
    box = Characteristic(0xFFF4, write=lambda _value: None)
    described = Characteristic(0xFFF5, read=b"5", descriptors={0x2901: b"five"})
    peripheral = Peripheral(air, [Service(0xFFF0, [box, described])], name="Box", address=DEVICE)
    async with peripheral:
        connection = await central.connect(peripheral)
        name = await central.characteristic(connection, 0x2A00)
        assert await name.read_value() == b"Box"
        refused = att.ErrorCode.WRITE_NOT_PERMITTED
        assert await error_of(name.write_value(b"x", with_response=True)) == refused
        shut = await central.characteristic(connection, 0xFFF4)
        assert await error_of(shut.read_value()) == att.ErrorCode.READ_NOT_PERMITTED
        proxy = await central.characteristic(connection, 0xFFF5)
        (descriptor,) = await cast("Any", Peer(connection)).discover_descriptors(proxy)
        assert await descriptor.read_value() == b"five"
        assert await error_of(descriptor.write_value(b"x", with_response=True)) == refused
        await connection.disconnect()


@virtually
async def test_functions_may_be_asynchronous_and_may_refuse(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Mutant: a fault in a function leaves the central without an answer."""

    async def slowly() -> bytes:
        await pass_time(3)
        return b"slow"

    async def refuse(_value: bytes) -> None:
        raise RequestRefusedError(0x80)

    def broken() -> bytes:
        raise RuntimeError("a fault in the simulated device")

    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air)
    services = [
        Service(
            "6e400001-b5a3-f393-e0a9-e50e24dcca9e",
            [Characteristic(1, read=slowly, write=refuse), Characteristic(2, read=broken)],
        )
    ]
    async with Peripheral(air, services, address=DEVICE) as peripheral:
        connection = await central.connect(peripheral)
        first = await central.characteristic(connection, 1)
        begin = asyncio.get_running_loop().time()
        assert await first.read_value() == b"slow"
        waited = asyncio.get_running_loop().time() - begin
        assert waited == pytest.approx(3.06, abs=0.03)  # two connection events more
        assert await error_of(first.write_value(b"x", with_response=True)) == 0x80
        second = await central.characteristic(connection, 2)
        with caplog.at_level(logging.ERROR, logger="babyn_simulator"):
            assert await error_of(second.read_value()) == att.ErrorCode.UNLIKELY_ERROR
        assert [record.name for record in caplog.records] == ["babyn_simulator.services"]
        await connection.disconnect()


@virtually
async def test_values_go_to_those_who_subscribed_and_to_nobody_else() -> None:
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air)
    peripheral, characteristic = note(air)
    async with peripheral:
        assert await peripheral.notify(characteristic, b"1") == 0
        connection = await central.connect(peripheral)
        assert not peripheral.subscribed(characteristic)
        received: list[bytes] = []
        proxy = await central.characteristic(connection, NOTE)
        assert await peripheral.notify(characteristic, b"2") == 0
        await proxy.subscribe(lambda value: received.append(bytes(value)))
        assert peripheral.subscribed(characteristic)
        assert await peripheral.notify(characteristic, b"3") == 1
        assert await peripheral.indicate(characteristic, b"4") == 0
        await settle()
        assert received == [b"3"]
        with pytest.raises(ValueError, match="none of the peripheral's services"):
            await peripheral.notify(Characteristic(1), b"5")
        await connection.disconnect()


@virtually
async def test_an_indication_that_is_not_confirmed_does_not_count() -> None:
    """Mutant: it counts, or it ends the peripheral's own task when the link is lost."""
    air = Air(rssi=PathLoss(noise=0))
    central, vault = await central_on(air), Vault(air, Pairing.NONE)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        await attempts(central, connection)
        air.acl_filter = lambda _sender, _receiver, frame: None if frame[4] == 0x1E else frame
        assert await vault.peripheral.indicate(vault.secret, b"1") == 0  # 30 s later
        waiting = asyncio.ensure_future(vault.peripheral.indicate(vault.secret, b"2"))
        await settle()
        vault.peripheral.lose_link()
        assert await waiting == 0


# Faults


@virtually
async def test_reads_can_be_stalled_dropped_and_resumed() -> None:
    """Mutant: one of the three has no effect."""
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air)
    peripheral, _ = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        proxy = await central.characteristic(connection, NOTE)
        peripheral.stall_reads()
        reading = asyncio.ensure_future(proxy.read_value())
        await pass_time(10)
        assert not reading.done()
        peripheral.resume_reads()
        assert await reading == b"hello"
        peripheral.drop_reads()
        with pytest.raises(core.TimeoutError):
            await proxy.read_value()  # 30 s later
        assert await proxy.read_value() == b"hello"
        peripheral.stall_reads()
        stalled = asyncio.ensure_future(proxy.read_value())
        await settle()
        assert peripheral.lose_link() == 1
        with pytest.raises(asyncio.CancelledError):
            await stalled


# Addresses and advertisements


@virtually
async def test_public_and_static_random_addresses_both_work() -> None:
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air)
    async with note(air)[0]:
        (report, *_) = await central.scan(0.5)
        assert (report.address.is_public, report.is_connectable) == (False, True)
    characteristic = Characteristic(NOTE, read=b"public")
    public = Peripheral(air, [Service(0xFFF0, [characteristic])], address="00:11:22:33:44:55/p")
    async with public:
        (report, *_) = await central.scan(0.5)
        assert report.address.is_public
        assert public.address == "00:11:22:33:44:55"
        connection = await central.device.connect_le(report.address, timeout=5)
        await central.device.pair(connection)
        assert await central.read(connection, NOTE) == b"public"
        await connection.disconnect()


def test_an_address_comes_from_the_entropy() -> None:
    """Mutant: an address that is none is taken, or one is not static."""

    def address(seed: int) -> str:
        return Peripheral(Air(), entropy=Entropy(seed, "a")).address

    assert address(1) == address(1) != address(2)
    assert int(address(1)[:2], 16) >= 0xC0
    assert int(Peripheral(Air()).address[:2], 16) >= 0xC0
    for wrong in ("C0:00", "nothing", "C0:00:00:00:00:00:00"):
        with pytest.raises(ValueError, match="six bytes"):
            Peripheral(Air(), address=wrong)


def test_an_advertisement_that_does_not_fit_is_refused() -> None:
    assert Advertisement(service_uuids=(0x1809, 0x180F)).data() == bytes.fromhex(
        "020106 0503 0918 0F18"
    )
    uuid = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
    assert len(Advertisement(service_uuids=(uuid,)).data()) == 21
    with pytest.raises(ValueError, match="31 fit"):
        Advertisement(service_uuids=(uuid,), manufacturer_data={0xFFFF: bytes(8)}).data()
    with pytest.raises(ValueError, match="shorter name"):
        Peripheral(Air(), name="x" * 30)
    with pytest.raises(ValueError, match="16 bits"):
        Advertisement(service_uuids=(0x12345,)).data()


def test_a_sig_uuid_in_full_goes_out_short() -> None:
    """Mutant: it takes 128 bits of the advertisement."""
    full = "0000180f-0000-1000-8000-00805f9b34fb"
    assert Advertisement(service_uuids=(full,)).data() == bytes.fromhex("020106 0303 0F18")
