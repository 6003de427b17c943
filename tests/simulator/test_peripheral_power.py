"""A simulated peripheral switched on and off, and what it does by itself meanwhile."""

from __future__ import annotations

import pytest
from bumble import hci

from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Pairing, Peripheral
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.peripheral_bench import SECRET, Vault, attempts, central_on
from tests.simulator.virtual_bench import note, pass_time, reasons_of, settle, virtually


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
