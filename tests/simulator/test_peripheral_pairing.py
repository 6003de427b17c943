"""What a simulated peripheral tells before, during and after pairing."""

from __future__ import annotations

import pytest
from bumble import att, core
from bumble.keys import MemoryKeyStore, PairingKeys

from babyn_simulator.peripheral import Pairing
from babyn_simulator.radio import Air, PathLoss
from babyn_simulator.security import is_trusted
from tests.simulator.peripheral_bench import OPEN, Vault, attempts, central_on
from tests.simulator.virtual_bench import settle, virtually

AUTHENTICATE = att.ErrorCode.INSUFFICIENT_AUTHENTICATION
ENCRYPT = att.ErrorCode.INSUFFICIENT_ENCRYPTION


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
