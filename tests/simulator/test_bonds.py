"""Bonds and the identity of a central, in a plain store of bytes."""

from __future__ import annotations

import asyncio

import pytest
from bumble import hci
from bumble.keys import PairingKeys

from babyn_simulator.bonds import (
    BondKeyStore,
    DamagedBondError,
    MemoryBondStore,
    central_identity,
)
from tests.simulator.bleak_bench import (
    SENSOR,
)


def test_keys_of_all_kinds_come_back() -> None:
    """Mutant: drop a part of a key."""

    async def main() -> None:
        bonds = MemoryBondStore()
        store = BondKeyStore(bonds, "central/hci")
        keys = PairingKeys(
            address_type=hci.Address.PUBLIC_DEVICE_ADDRESS,
            ltk=PairingKeys.Key(bytes(16), authenticated=True),
            ltk_central=PairingKeys.Key(bytes(range(16)), ediv=7, rand=bytes(8)),
            irk=PairingKeys.Key(bytes(range(16, 32))),
        )
        await store.update("00:11:22:33:44:55/P", keys)
        assert await store.get("00:11:22:33:44:55/P") == keys
        assert await store.get_all() == [("00:11:22:33:44:55/P", keys)]
        [(irk, address)] = await store.get_resolving_keys()
        assert irk == bytes(range(16, 32))
        assert address.is_public
        assert await BondKeyStore(bonds, "central/other").get("00:11:22:33:44:55/P") is None
        assert await BondKeyStore(bonds, "central/other").get_all() == []
        await store.delete("00:11:22:33:44:55/P")
        await store.delete("00:11:22:33:44:55/P")
        assert await bonds.names() == []

    asyncio.run(main())


def test_names_tell_nothing() -> None:
    """Mutant: use the address as a name. The control finds it in what the name stands for."""

    async def main() -> None:
        bonds = MemoryBondStore()
        await BondKeyStore(bonds, "central").update(SENSOR, PairingKeys())
        [name] = await bonds.names()
        for spelling in (SENSOR, SENSOR.replace(":", ""), "C00000000002", "020000"):
            assert spelling.lower() not in name.lower()
        data = await bonds.get(name)
        assert data is not None
        assert SENSOR.encode() in data

    asyncio.run(main())


def test_one_damaged_bond_does_not_hide_the_others() -> None:
    """Mutant: let it end the list, so that no private address resolves any more."""

    async def main() -> None:
        bonds = MemoryBondStore()
        store = BondKeyStore(bonds, "central")
        await store.update(SENSOR, PairingKeys())
        await bonds.put((await bonds.names())[0] + "0", b"damage")
        assert [address for address, _ in await store.get_all()] == [SENSOR]

    asyncio.run(main())


def test_identity_is_made_once() -> None:
    """Mutant: a new identity each time; no peer would know us again."""

    async def main() -> None:
        bonds = MemoryBondStore()
        first = await central_identity(bonds, "central/hci")
        assert await central_identity(bonds, "central/hci") == first
        assert first.address.is_static
        assert len(first.irk) == 16
        assert await central_identity(MemoryBondStore(), "central/hci") != first
        assert await BondKeyStore(bonds, "central/hci").get_all() == []
        for damage in (b"", b"{}", b'{"address": "00:00:00:00:00:00", "irk": "00"}'):
            await bonds.put("central/hci/identity", damage)
            with pytest.raises(DamagedBondError):
                await central_identity(bonds, "central/hci")

    asyncio.run(main())


@pytest.mark.parametrize("first", [0x00, 0x3F, 0x80, 0xFF])
def test_identity_is_a_static_address(first: int) -> None:
    """Mutant: leave the two top bits to chance."""

    async def main() -> None:
        made = await central_identity(
            MemoryBondStore(), "x", entropy=lambda length: bytes([first]) * length
        )
        assert made.address.is_static

    asyncio.run(main())
