"""Bonds that outlive the process: bumble's key store over a plain store of bytes.

The store decides where the bytes lie and how they are sealed. Names say nothing to a reader:
they are made of a prefix and a digest of the peer's address. A digest of 48 bits can be
guessed, so a store that holds bonds of people's devices still seals what it holds.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from bumble import hci
from bumble.keys import KeyStore, PairingKeys

_DIGEST_LENGTH: Final = 16


class BondStore(Protocol):
    """Where bonds and the identity of a central are kept."""

    async def get(self, name: str) -> bytes | None:
        """Return what is kept under a name, or ``None``."""
        ...

    async def put(self, name: str, data: bytes) -> None:
        """Keep something under a name; what was there is replaced."""
        ...

    async def delete(self, name: str) -> None:
        """Keep it no more. Harmless if there is nothing."""
        ...

    async def names(self) -> list[str]:
        """Return all names, in any order."""
        ...


class MemoryBondStore:
    """A store that is gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes | None:
        """Return what is kept under a name, or ``None``."""
        return self._kept.get(name)

    async def put(self, name: str, data: bytes) -> None:
        """Keep something under a name; what was there is replaced."""
        self._kept[name] = data

    async def delete(self, name: str) -> None:
        """Keep it no more. Harmless if there is nothing."""
        self._kept.pop(name, None)

    async def names(self) -> list[str]:
        """Return all names, in the order in which they came."""
        return list(self._kept)


class DamagedBondError(ValueError):
    """What is kept in place of a bond, or of the identity of a central, cannot be read."""

    def __init__(self) -> None:
        super().__init__("a stored bond cannot be read; unpair the device and pair it again")


def _parse(data: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(data)
    except ValueError:
        raise DamagedBondError from None
    if not isinstance(parsed, dict):
        raise DamagedBondError
    return cast("dict[str, Any]", parsed)


class BondKeyStore(KeyStore):
    """The key store of one bumble device.

    Args:
        store: where the bonds are kept.
        prefix: what their names begin with; one for each device.
    """

    def __init__(self, store: BondStore, prefix: str) -> None:
        self._store = store
        self._prefix = f"{prefix.rstrip('/')}/bond/"

    def _name(self, address: str) -> str:
        digest = hashlib.sha256(f"{self._prefix}{address}".encode()).hexdigest()
        return f"{self._prefix}{digest[:_DIGEST_LENGTH]}"

    async def get(self, _name: str) -> PairingKeys | None:
        """Return the keys that are shared with a peer.

        Args:
            _name: the peer's identity address as bumble spells it.

        Raises:
            DamagedBondError: if they cannot be read.
        """
        data = await self._store.get(self._name(_name))
        return None if data is None else self._keys(data)[1]

    async def get_all(self) -> list[tuple[str, PairingKeys]]:
        """Return the addresses of all bonded peers, and their keys. Damaged ones are left out."""
        bonds: list[tuple[str, PairingKeys]] = []
        for name in sorted(await self._store.names()):
            if name.startswith(self._prefix) and (data := await self._store.get(name)) is not None:
                try:
                    bonds.append(self._keys(data))
                except DamagedBondError:  # it must not take the others with it
                    continue
        return bonds

    async def update(self, name: str, keys: PairingKeys) -> None:
        """Keep the keys that are shared with a peer."""
        bond = {"address": name, "keys": keys.to_dict()}
        await self._store.put(self._name(name), json.dumps(bond, sort_keys=True).encode())

    async def delete(self, name: str) -> None:
        """Forget the keys that are shared with a peer. Harmless if there are none."""
        await self._store.delete(self._name(name))

    @staticmethod
    def _keys(data: bytes) -> tuple[str, PairingKeys]:
        bond = _parse(data)
        try:
            return str(bond["address"]), PairingKeys.from_dict(bond["keys"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise DamagedBondError from None


@dataclass(frozen=True, slots=True)
class CentralIdentity:
    """Who a central is to the peers that it is bonded with."""

    address: hci.Address
    """Random static address."""

    irk: bytes
    """Identity resolving key, 16 bytes."""


async def central_identity(
    store: BondStore, prefix: str, *, entropy: Callable[[int], bytes] = os.urandom
) -> CentralIdentity:
    """Return the identity that is kept in a store; make one if there is none.

    Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §1.3.2.1

    Args:
        store: where it is kept.
        prefix: what its name begins with.
        entropy: returns so many random bytes.

    Raises:
        DamagedBondError: if it cannot be read. Bonds would be useless with another one.
    """
    name = f"{prefix.rstrip('/')}/identity"
    data = await store.get(name)
    if data is None:
        random = bytearray(entropy(6))
        random[5] |= 0xC0
        made = hci.Address(bytes(random)).to_string()
        identity = {"address": made, "irk": entropy(16).hex()}
        await store.put(name, json.dumps(identity, sort_keys=True).encode())
        data = await store.get(name)  # another process may have been quicker
    kept = _parse(data or b"")
    try:
        address, irk = hci.Address(str(kept["address"])), bytes.fromhex(kept["irk"])
    except (KeyError, TypeError, ValueError):
        raise DamagedBondError from None
    if len(irk) != 16 or not address.is_static:
        raise DamagedBondError
    return CentralIdentity(address, irk)
