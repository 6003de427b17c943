"""What a central remembers of its peers: what it calls them, and what it heard or read of them."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import uuid
from dataclasses import dataclass

from bleak.backends.scanner import AdvertisementData
from bumble import hci
from bumble.device import Device

from babyn_simulator.bleak_backend.profiles import CentralProfile
from babyn_simulator.bleak_backend.recent import MOST, keep


@functools.lru_cache(maxsize=MOST)
def address_text(raw: bytes) -> str:
    """Return the text of an address from its bytes, least significant first."""
    return hci.Address(raw).to_string(with_type_qualifier=False)


@dataclass(slots=True)
class _Peer:
    """What is known of one peer."""

    data: AdvertisementData | None = None
    """All that it advertised, the newest where it changed."""

    heard_at: float = float("-inf")
    """By the clock of the loop."""

    device_name: str | None = None
    was_connected: bool = False


class Peers:
    """The peers of one central, by their identity address.

    As long as a central keeps its identity, it has the same UUID for a peer in every process;
    another central has another one.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._addresses: dict[str, str] = {}
        self._peers: dict[hci.Address, _Peer] = {}

    def name_of(self, address: hci.Address, profile: CentralProfile) -> str:
        """Return what a program sees in place of an address, or the address."""
        text = address_text(address.address_bytes)
        if not profile.uuid_addresses:
            return text
        central = self._device.irk + bytes(self._device.static_address)
        digest = hashlib.sha256(central + bytes([address.address_type]) + bytes(address)).digest()
        made = str(uuid.UUID(bytes=digest[:16], version=4)).upper()
        if made not in self._addresses:
            keep(self._addresses, made, text)
        return made

    def address_of(self, text: str) -> str:
        """Return the address behind a UUID that was given out, or the text as it is."""
        return self._addresses.get(text.upper(), text).upper()

    def heard(
        self, address: hci.Address, data: AdvertisementData, profile: CentralProfile
    ) -> AdvertisementData:
        """Take note of a report, and return what is reported on of it."""
        if profile.forgets_after is None and not profile.keeps_old_data:
            return data
        peer = self._known(address)
        now = asyncio.get_running_loop().time()
        if profile.forgets_after is not None and now - peer.heard_at > profile.forgets_after:
            peer.data = None
        peer.heard_at = now
        if profile.keeps_old_data:
            peer.data = data if peer.data is None else _merged(peer.data, data)
            return peer.data
        return data

    def _known(self, address: hci.Address) -> _Peer:
        peer = self._peers.get(address) or _Peer()
        keep(self._peers, address, peer)
        return peer

    def is_forgotten(self, address: hci.Address, profile: CentralProfile) -> bool:
        """Tell whether a peer without a bond was last seen too long ago."""
        if profile.forgets_after is None:
            return False
        peer = self._peers.get(address, _Peer())
        unseen = asyncio.get_running_loop().time() - peer.heard_at
        return unseen > profile.forgets_after and not peer.was_connected

    def connected(self, address: hci.Address, device_name: str | None) -> None:
        """Take note of a link, and of the Device Name if it was read."""
        peer = self._known(address)
        peer.was_connected = True
        peer.device_name = device_name or peer.device_name

    def device_name(self, address: hci.Address) -> str | None:
        """Return the Device Name that was read of a peer, if it was."""
        return self._peers.get(address, _Peer()).device_name

    def forget(self, address: hci.Address) -> None:
        """Forget all of a peer but its UUID."""
        self._peers.pop(address, None)


def _merged(old: AdvertisementData, new: AdvertisementData) -> AdvertisementData:
    return AdvertisementData(
        local_name=new.local_name or old.local_name,
        manufacturer_data={**old.manufacturer_data, **new.manufacturer_data},
        service_data={**old.service_data, **new.service_data},
        service_uuids=list(dict.fromkeys([*old.service_uuids, *new.service_uuids])),
        tx_power=old.tx_power if new.tx_power is None else new.tx_power,
        rssi=new.rssi,
        platform_data=new.platform_data,
    )
