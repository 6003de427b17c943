"""The services that a client shows: those of the peer, or those that it once had."""

from __future__ import annotations

from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_16
from bumble import hci

from babyn_simulator.bleak_backend import gatt
from babyn_simulator.bleak_backend.gatt import Found
from babyn_simulator.bleak_backend.link import Link
from babyn_simulator.bleak_backend.profiles import CentralProfile, ServiceCache

SERVICE_CHANGED = normalize_uuid_16(0x2A05)
DEVICE_NAME = normalize_uuid_16(0x2A00)


async def found_services(
    link: Link, profile: CentralProfile, wanted: set[str] | None, *, cached: bool | None
) -> tuple[Found, ...]:
    """Find the services of a peer, or remember them, as the profile does.

    Args:
        link: the link to the peer.
        profile: what the central does.
        wanted: those with these UUIDs only; ``None`` for all.
        cached: what the program asks for with ``use_cached_services``.

    Raises:
        BleakError: if the peer makes no sense, or refuses.
    """
    if profile.service_cache is ServiceCache.NEVER:
        return await gatt.discover(link, wanted)
    caches, address = link.adapter.caches, link.connection.peer_address
    known = caches.of(address)
    match profile.service_cache:
        case ServiceCache.ON_REQUEST:
            from_cache = bool(known and cached)
        case ServiceCache.SAME_RANGE:
            from_cache = False
        case _:
            from_cache = bool(known)
    if from_cache:
        found = known
    else:
        same = known if profile.service_cache is ServiceCache.SAME_RANGE else ()
        found = await gatt.discover(link, None, known=same)
        caches.keep(address, found)
    if profile.service_cache is not ServiceCache.ALWAYS:
        await _watch_for_changes(link, found, address)
    if wanted is None:
        return found
    return tuple(item for item in found if item.service.uuid in wanted)


async def _watch_for_changes(link: Link, found: tuple[Found, ...], address: hci.Address) -> None:
    """Have the peer tell when its services change.

    Core v6.0 - Bluetooth Core Specification - Vol 3 Part G §7.1
    """
    for item in found:
        for characteristic, descriptors in item.characteristics:
            handles = [handle for handle, uuid in descriptors if uuid == gatt.CCCD]
            if characteristic.uuid == SERVICE_CHANGED and handles:
                link.watch(characteristic.value, lambda _range: link.adapter.caches.drop(address))
                try:
                    await gatt.write(link, handles[0], b"\x02\x00")
                except BleakError:
                    link.require_open()  # a peer that refuses does without


def visible(
    found: tuple[Found, ...], link: Link, profile: CentralProfile
) -> BleakGATTServiceCollection:
    """Return what the program gets to see."""
    hidden = {normalize_uuid_16(uuid) for uuid in profile.hidden_services}
    return gatt.shown(
        [item for item in found if item.service.uuid not in hidden],
        lambda: link.mtu - 3,
        value_handles=profile.value_handles,
    )


async def device_name(link: Link, found: tuple[Found, ...]) -> str | None:
    """Read the Device Name attribute; ``None`` if there is none, or it cannot be read."""
    for item in found:
        for characteristic, _descriptors in item.characteristics:
            if characteristic.uuid == DEVICE_NAME:
                try:
                    return (await gatt.read(link, characteristic.value)).decode("utf-8", "replace")
                except BleakError:
                    link.require_open()
    return None
