"""A simulated peripheral: what it tells to whom, and what happens to it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import pytest
from bumble import att, core, hci
from bumble.device import Connection, Peer
from bumble.keys import MemoryKeyStore, PairingKeys

from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Advertisement, Characteristic, Pairing, Peripheral, Service
from babyn_simulator.radio import Air, PathLoss
from babyn_simulator.security import is_trusted
from babyn_simulator.services import RequestRefusedError
from tests.simulator.virtual_bench import (
    DEVICE,
    NOTE,
    Central,
    note,
    pass_time,
    reasons_of,
    settle,
    virtually,
)

SECRET = 0xFFF2
OPEN = 0xFFF3
AUTHENTICATE = att.ErrorCode.INSUFFICIENT_AUTHENTICATION
ENCRYPT = att.ErrorCode.INSUFFICIENT_ENCRYPTION


class Vault:
    """A peripheral with one protected and one open characteristic."""

    def __init__(self, air: Air, pairing: Pairing, **options: Any) -> None:
        self.written: list[bytes] = []
        self.secret = Characteristic(
            SECRET, read=b"secret", write=self.written.append, indicate=True, protected=True
        )
        self.open = Characteristic(OPEN, read=b"open", notify=True)
        self.peripheral = Peripheral(
            air,
            [Service(0xFFF0, [self.secret, self.open])],
            name="Vault",
            address=DEVICE,
            pairing=pairing,
            **options,
        )


async def central_on(air: Air, **options: Any) -> Central:
    central = Central(air, **options)
    await central.device.power_on()
    return central


async def error_of(work: Any) -> int | None:
    """Return the ATT error that a request is answered with, or ``None``."""
    try:
        await work
    except att.ATT_Error as error:
        return error.error_code
    return None


async def attempts(central: Central, connection: Connection) -> list[int | None]:
    """Read, write and subscribe to the secret; return how each is answered."""
    secret = await central.characteristic(connection, SECRET)
    return [
        await error_of(secret.read_value()),
        await error_of(secret.write_value(b"x", with_response=True)),
        await error_of(secret.subscribe()),
    ]


# Pairing


@virtually
async def test_where_pairing_is_required_a_stranger_gets_nothing() -> None:
    """Mutant: read, write or subscription is let through without a trusted link.

    The control is that the open characteristic is told, and the secret after pairing.
    """
    air = Air(rssi=PathLoss(noise=0))
    central, vault = await central_on(air), Vault(air, Pairing.REQUIRED)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        assert await attempts(central, connection) == [AUTHENTICATE] * 3
        assert await vault.peripheral.indicate(vault.secret, b"now") == 0
        assert vault.written == []
        assert await central.read(connection, OPEN) == b"open"
        await central.device.pair(connection)
        assert await attempts(central, connection) == [None] * 3
        assert vault.written == [b"x"]
        assert await vault.peripheral.indicate(vault.secret, b"now") == 1
        await connection.disconnect()


@virtually
async def test_a_bonded_central_is_told_to_encrypt_and_then_told_everything() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 3 Part C §10.3.1."""
    air = Air(rssi=PathLoss(noise=0))
    central, vault = await central_on(air), Vault(air, Pairing.REQUIRED)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        await central.device.pair(connection)
        await connection.disconnect()
        again = await central.connect(vault.peripheral)
        assert await attempts(central, again) == [ENCRYPT] * 3
        await again.encrypt()
        assert await attempts(central, again) == [None] * 3
        await again.disconnect()


@virtually
async def test_legacy_pairing_is_refused_where_secure_connections_are_required() -> None:
    """Mutant: legacy pairing is accepted, and its key trusted."""
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air, secure_connections=False)
    vault = Vault(air, Pairing.REQUIRED)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        with pytest.raises(core.ProtocolError, match="AUTHENTICATION_REQUIREMENTS"):
            await central.device.pair(connection)
        assert await attempts(central, connection) == [AUTHENTICATE] * 3
        await connection.disconnect()


@virtually
async def test_a_link_under_a_legacy_key_is_not_trusted() -> None:
    """Mutant: any encryption passes, as bumble has it."""
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air, secure_connections=False)
    vault = Vault(air, Pairing.NONE)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        await central.device.pair(connection)
        await settle()
        theirs = vault.peripheral.connections[0]
        assert theirs.is_encrypted
        assert theirs.authenticated  # so says bumble
        vault.peripheral.pairing = Pairing.REQUIRED
        assert not await is_trusted(vault.peripheral.device, theirs)
        assert await attempts(central, connection) == [AUTHENTICATE] * 3
        await connection.disconnect()


@virtually
async def test_a_stored_key_that_is_not_of_secure_connections_is_not_trusted() -> None:
    """The same for a bond that was made earlier, under another policy."""
    air = Air(rssi=PathLoss(noise=0))
    central, keys = await central_on(air), MemoryKeyStore()
    vault = Vault(air, Pairing.REQUIRED, keystore=keys)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        await central.device.pair(connection)
        await connection.disconnect()
        ((peer, bond),) = await keys.get_all()
        legacy = PairingKeys(ltk_peripheral=bond.ltk, ltk_central=bond.ltk)
        await keys.update(peer, legacy)
        again = await central.connect(vault.peripheral)
        await again.encrypt()
        assert await attempts(central, again) == [AUTHENTICATE] * 3
        await keys.update(peer, bond)
        assert await attempts(central, again) == [None] * 3
        await again.disconnect()


@virtually
async def test_one_that_rejects_can_be_asked_again_on_the_same_link() -> None:
    """Mutant: the policy is ignored, or a failed pairing jams all later ones."""
    air = Air(rssi=PathLoss(noise=0))
    central, vault = await central_on(air), Vault(air, Pairing.REJECT)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        for _ in range(2):
            with pytest.raises(core.ProtocolError, match="PAIRING_NOT_SUPPORTED"):
                await central.device.pair(connection)
        assert await attempts(central, connection) == [AUTHENTICATE] * 3
        vault.peripheral.pairing = Pairing.REQUIRED
        await central.device.pair(connection)
        assert await attempts(central, connection) == [None] * 3
        await connection.disconnect()


@virtually
async def test_one_that_asks_for_nothing_tells_everybody_and_pairs_if_asked() -> None:
    air = Air(rssi=PathLoss(noise=0))
    central, vault = await central_on(air), Vault(air, Pairing.NONE)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        assert await attempts(central, connection) == [None] * 3
        await central.device.pair(connection)
        await connection.disconnect()


@virtually
async def test_values_are_not_indicated_once_the_policy_forbids_it() -> None:
    """Mutant: trust is checked when a central subscribes, and never again."""
    air = Air(rssi=PathLoss(noise=0))
    central, vault = await central_on(air), Vault(air, Pairing.NONE)
    async with vault.peripheral:
        connection = await central.connect(vault.peripheral)
        assert await attempts(central, connection) == [None] * 3
        assert await vault.peripheral.indicate(vault.secret, b"1") == 1
        vault.peripheral.pairing = Pairing.REQUIRED
        assert await vault.peripheral.indicate(vault.secret, b"2") == 0
        await connection.disconnect()


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


# Power


@virtually
async def test_it_advertises_again_after_a_disconnection() -> None:
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air)
    peripheral, _ = note(air)
    async with peripheral:
        assert await central.scan(0.5)
        connection = await central.connect(peripheral)
        assert await central.scan(0.5) == []
        await connection.disconnect()
        assert await central.scan(0.5)


@virtually
async def test_powered_off_it_is_gone_and_its_peers_time_out() -> None:
    """Mutant: it says goodbye, goes on advertising, or answers after all."""
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air)
    peripheral, characteristic = note(air)
    await peripheral.power_on()
    await peripheral.power_on()
    assert peripheral.boots == 1
    connection = await central.connect(peripheral)
    await settle()
    reasons = reasons_of(connection)
    await peripheral.power_off()
    await peripheral.power_off()
    assert not peripheral.powered_on
    assert peripheral.connections == ()
    assert not peripheral.subscribed(characteristic)
    assert reasons == []
    assert await central.scan(5) == []
    assert reasons == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]
    assert air.members == (central.controller,)
    with pytest.raises(RuntimeError, match="powered off"):
        _ = peripheral.controller


@virtually
async def test_a_reset_keeps_bonds_and_nothing_else() -> None:
    """Mutant: subscriptions survive a reset, or bonds do not."""
    air = Air(rssi=PathLoss(noise=0))
    central, vault = await central_on(air), Vault(air, Pairing.REQUIRED)
    async with vault.peripheral:
        address = vault.peripheral.address
        connection = await central.connect(vault.peripheral)
        await central.device.pair(connection)
        await attempts(central, connection)
        assert vault.peripheral.subscribed(vault.secret)
        await vault.peripheral.reset()
        assert (vault.peripheral.boots, vault.peripheral.address) == (2, address)
        await pass_time(5)
        again = await central.connect(vault.peripheral)
        assert not vault.peripheral.subscribed(vault.secret)
        await again.encrypt()
        assert await central.read(again, SECRET) == b"secret"
        await again.disconnect()


@virtually
async def test_each_boot_draws_other_random_numbers() -> None:
    """Mutant: the boot count is left out, and nonces repeat."""
    air = Air(rssi=PathLoss(noise=0))
    central = await central_on(air)
    vault = Vault(air, Pairing.REQUIRED, entropy=Entropy(1, "vault"))
    keys: list[bytes] = []
    async with vault.peripheral:
        for _ in range(2):
            connection = await central.connect(vault.peripheral)
            await central.device.pair(connection)
            keys.append(bytes(vault.peripheral.device.smp_manager.ecc_key.x))
            await connection.disconnect()
            await vault.peripheral.reset()
    assert keys[0] != keys[1]


@virtually
async def test_it_draws_from_its_own_entropy_whoever_asks() -> None:
    """Mutant: what a central causes runs in the central's context, on the system's entropy.

    The control is the central's key, which is the system's and therefore another each time.
    """
    ours: set[bytes] = set()
    theirs: set[bytes] = set()
    for _ in range(2):
        air = Air(rssi=PathLoss(noise=0))
        central = await central_on(air)
        vault = Vault(air, Pairing.REQUIRED, entropy=Entropy(1, "vault"))
        async with vault.peripheral:
            connection = await central.connect(vault.peripheral)
            await central.device.pair(connection)
            ours.add(bytes(vault.peripheral.device.smp_manager.ecc_key.x))
            theirs.add(bytes(central.device.smp_manager.ecc_key.x))
            await connection.disconnect()
    assert (len(ours), len(theirs)) == (1, 2)


@virtually
async def test_what_it_does_by_itself_ends_with_the_power() -> None:
    """Mutant: its task lives on, or a fault in it is never seen."""
    done: list[str] = []

    async def behave(peripheral: Peripheral) -> None:
        try:
            while True:
                await pass_time(1)
                done.append(peripheral.name)
        finally:
            done.append("ended")

    async def fail(_peripheral: Peripheral) -> None:
        raise RuntimeError("a fault in the simulated device")

    air = Air()
    async with Peripheral(air, name="Busy", behaviour=behave):
        await pass_time(2.5)
    assert done == ["Busy", "Busy", "ended"]
    with pytest.raises(RuntimeError, match="a fault"):
        async with Peripheral(air, behaviour=fail):
            await pass_time(1)
    async with Peripheral(air, behaviour=behave):
        pass  # switched off before it began


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
