"""The resolving list: whose resolvable private addresses are known, and one's own for each.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §1.3.2 and §4.7
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from bumble import hci
from bumble.crypto import ah

IRK_OCTETS: Final = 16
NO_IRK: Final = bytes(IRK_OCTETS)
"""An identity resolving key that stands for none."""

PRAND_OCTETS: Final = 3
RESOLVABLE: Final = 0b01
"""The two most significant bits of a resolvable private address."""

DEFAULT_TIMEOUT: Final = 900
"""Seconds for which a resolvable private address is used (Vol 4 Part E §7.8.45)."""

Identity: TypeAlias = tuple[bool, bytes]
"""Whether an address is public, and its octets."""


def identity_of(address: hci.Address) -> Identity:
    """Return by what an address is found in a list; identity addresses are as others."""
    return address.is_public, bytes(address)


def is_resolvable(address: hci.Address) -> bool:
    """Return whether an address is a resolvable private one."""
    return not address.is_public and bytes(address)[5] >> 6 == RESOLVABLE


def matches(irk: bytes, address: hci.Address) -> bool:
    """Return whether a resolvable private address was made with a key."""
    octets = bytes(address)
    return ah(irk, octets[PRAND_OCTETS:]) == octets[:PRAND_OCTETS]


def private_address(irk: bytes, prand: bytes) -> hci.Address:
    """Return the resolvable private address that a key and three random octets give."""
    prand = prand[:2] + bytes([prand[2] & 0b0011_1111 | RESOLVABLE << 6])
    return hci.Address(ah(irk, prand) + prand, hci.Address.RANDOM_DEVICE_ADDRESS)


@dataclass
class Entry:
    """One peer."""

    identity: hci.Address
    peer_irk: bytes
    local_irk: bytes
    device_privacy: bool = False
    """Whether the peer may also use its identity address (Vol 4 Part E §7.8.77)."""
    peer_rpa: hci.Address | None = None
    """The last one that the peer was seen with."""
    local_rpa: hci.Address | None = None
    made_at: float = 0.0


class ResolvingList:
    """The peers whose addresses a controller resolves, and for whom it makes its own.

    Args:
        size: how many fit in.
        random: returns so many random octets.
    """

    def __init__(self, size: int, random: Callable[[int], bytes]) -> None:
        self.size = size
        self.enabled = False
        self.timeout: float = DEFAULT_TIMEOUT
        self._random = random
        self._entries: dict[Identity, Entry] = {}
        self._resolved: dict[bytes, Entry | None] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, address: hci.Address) -> Entry | None:
        """Return the entry of a peer, by its identity address."""
        return self._entries.get(identity_of(address))

    def add(self, entry: Entry) -> None:
        """Add a peer."""
        self._entries[identity_of(entry.identity)] = entry
        self._resolved.clear()

    def remove(self, entry: Entry) -> None:
        """Remove a peer."""
        del self._entries[identity_of(entry.identity)]
        self._resolved.clear()

    def clear(self) -> None:
        """Remove all peers."""
        self._entries.clear()
        self._resolved.clear()

    def resolve(self, address: hci.Address) -> Entry | None:
        """Return whose resolvable private address that is, if it is known."""
        if not self.enabled or not is_resolvable(address):
            return None
        octets = bytes(address)
        if octets not in self._resolved:
            self._resolved[octets] = next(
                (
                    entry
                    for entry in self._entries.values()
                    if entry.peer_irk != NO_IRK and matches(entry.peer_irk, address)
                ),
                None,
            )
        found = self._resolved[octets]
        if found is not None:
            found.peer_rpa = address
        return found

    def is_own(self, address: hci.Address) -> bool:
        """Return whether that is a resolvable private address of this controller's own."""
        return (
            self.enabled
            and is_resolvable(address)
            and any(
                entry.local_irk != NO_IRK and matches(entry.local_irk, address)
                for entry in self._entries.values()
            )
        )

    def own_for(self, peer: hci.Address) -> hci.Address | None:
        """Return the address to use towards a peer, or ``None`` if there is no key for one."""
        entry = self.find(peer)
        if not self.enabled or entry is None or entry.local_irk == NO_IRK:
            return None
        now = asyncio.get_running_loop().time()
        if entry.local_rpa is None or now - entry.made_at >= self.timeout:
            entry.local_rpa = private_address(entry.local_irk, self._random(PRAND_OCTETS))
            entry.made_at = now
        return entry.local_rpa
