"""Seeing devices: which advertisements are looked at, and what is kept of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from babyn_ble.advertised import UNSEEN, AdvertisementCheck, check_advertisement
from babyn_ble.errors import ConsentRequiredError, DeviceNotFoundError
from babyn_ble.sources import open_profile

if TYPE_CHECKING:
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.radio import ActiveScan, AdvertisementData, BLEDevice, Radio

__all__ = ["Sighting", "discover", "find"]

NAME_GRACE = 0.3
"""Seconds that a device without a name gets to answer with one, in its scan response."""

NOT_HEARD = -127
"""The RSSI of a report of which nothing was heard: BlueZ's backend in bleak also calls when a
property of a device changes, as when its link ends. What is seen so may be gone already."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device that was seen, and is not connected.

    The ``repr`` carries neither name nor address. What the device broadcasts is judged and not
    kept: a reading in the clear is never handed on.

    Attributes:
        id: short id, keyed by this installation: the same device has the same id here, as
            long as it keeps its address, and another id elsewhere.
        model: what it is, by the services it advertises.
        name: the name it advertises, if any.
        rssi: received signal strength at this sighting, in dBm.
        services: UUIDs of the services it advertises.
        ble_device: bleak's own object, for hosts that want it.
        advertisement: what is wrong with its advertisement, and what of that was not seen.
    """

    id: str
    model: str
    name: str | None = field(repr=False)
    rssi: int
    services: tuple[str, ...]
    ble_device: BLEDevice = field(repr=False, compare=False)
    advertisement: AdvertisementCheck = field(default=UNSEEN, repr=False, compare=False)


Recognise = Callable[["BLEDevice", "AdvertisementData"], bool]
"""Says whether an advertisement is of interest, before anything of it is kept."""


def offers_known_service(_device: BLEDevice, advertisement: AdvertisementData) -> bool:
    """Recognise devices by a service that the open profile reads."""
    return not open_profile.SERVICES.isdisjoint(advertisement.service_uuids)


def has_address(address: str) -> Recognise:
    """Recognise the one device at an address."""
    wanted = address.casefold()
    return lambda device, _advertisement: device.address.casefold() == wanted


def is_wanted(text: str, short_id: Callable[[str], str]) -> Recognise:
    """Recognise the device that a person named, by short id, address or advertised name."""
    wanted = text.casefold()

    def recognise(device: BLEDevice, advertisement: AdvertisementData) -> bool:
        return wanted in (
            device.address.casefold(),
            short_id(device.address),
            (advertisement.local_name or "").casefold(),
        )

    return recognise


def as_sighting(
    device: BLEDevice, advertisement: AdvertisementData, short_id: Callable[[str], str]
) -> Sighting:
    """Return the sighting of a device that was recognised."""
    return Sighting(
        id=short_id(device.address),
        model=open_profile.model_of(frozenset(advertisement.service_uuids)),
        name=advertisement.local_name or device.name,
        rssi=advertisement.rssi,
        services=tuple(advertisement.service_uuids),
        ble_device=device,
        advertisement=check_advertisement(device, advertisement),
    )


@dataclass
class ScanCounts:
    """What a scan took and left. Foreign advertisements leave nothing but this count."""

    kept: int = 0
    dropped: int = 0


async def discover(
    radio: Radio,
    permit: Permit,
    recognise: Recognise,
    short_id: Callable[[str], str],
    *,
    timeout: float | None,
    counts: ScanCounts | None = None,
) -> AsyncGenerator[Sighting, None]:
    """Yield each recognised device once, until ``timeout`` seconds have passed.

    Raises:
        ConsentRequiredError: the permit died; the scan has ended before this is raised.
        BluetoothUnavailableError: the radio cannot scan.
    """
    counts = counts if counts is not None else ScanCounts()
    queue: asyncio.Queue[Sighting | None] = asyncio.Queue()
    seen: set[str] = set()
    unnamed: dict[str, asyncio.TimerHandle] = {}
    loop = asyncio.get_running_loop()

    def advertised(device: BLEDevice, advertisement: AdvertisementData) -> None:
        # Most advertisements are somebody else's: they are turned away in three calls.
        if not permit.alive:
            return
        if not recognise(device, advertisement):
            counts.dropped += 1
            return
        if advertisement.rssi == NOT_HEARD:
            return
        try:
            permit.check()
        except ConsentRequiredError:
            return
        counts.kept += 1
        if device.address in seen:
            return
        sighting = as_sighting(device, advertisement, short_id)
        waiting = unnamed.pop(device.address, None)
        if waiting is not None:
            waiting.cancel()
        if sighting.name is None and waiting is None:
            unnamed[device.address] = loop.call_later(NAME_GRACE, tell, sighting)
        else:
            tell(sighting)

    def tell(sighting: Sighting) -> None:
        if permit.alive:
            seen.add(sighting.ble_device.address)
            queue.put_nowait(sighting)

    def ended() -> None:
        queue.put_nowait(None)

    permit.on_death(ended)
    timer: asyncio.Task[None] | None = None
    scan = await radio.scan(advertised, ended, before_start=permit.check)
    try:
        permit.guard("scan", scan.stop)
        if timeout is not None:
            timer = asyncio.create_task(_stop_after(timeout, scan), name="scan timer")
        while (sighting := await queue.get()) is not None:
            permit.check()  # it may have waited for a slow consumer
            yield sighting
        if permit.died:
            permit.check()
    finally:
        for handle in unnamed.values():
            handle.cancel()
        if timer is not None:
            timer.cancel()
        await scan.end()


async def _stop_after(seconds: float, scan: ActiveScan) -> None:
    """End the scan on time, also while the consumer is busy with a sighting."""
    await asyncio.sleep(seconds)
    await scan.stop()


async def find(
    radio: Radio,
    permit: Permit,
    recognise: Recognise,
    short_id: Callable[[str], str],
    *,
    timeout: float,
) -> Sighting:
    """Return the first recognised device.

    Raises:
        DeviceNotFoundError: none was seen in time.
        ConsentRequiredError, BluetoothUnavailableError: as :func:`discover`.
    """
    async with contextlib.aclosing(
        discover(radio, permit, recognise, short_id, timeout=timeout)
    ) as sightings:
        async for sighting in sightings:
            return sighting
    raise DeviceNotFoundError(
        f"The device was not seen within {timeout:g} s; bring it near, wake it, and try again"
    )
