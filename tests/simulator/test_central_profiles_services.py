"""Services as the central profiles show them, each difference beside its absence."""

from __future__ import annotations

from typing import Protocol, cast

import pytest
from bleak.backends.device import BLEDevice
from bleak.exc import BleakGATTProtocolError
from bleak.uuids import normalize_uuid_16
from bumble.device import Connection

from babyn_simulator.bleak_backend.profiles import (
    BLUEZ,
    ESPHOME_PROXY,
    PLAIN,
    WINRT,
    CentralProfile,
    ServiceCache,
)
from babyn_simulator.peripheral import Characteristic, Peripheral, Service
from tests.simulator.bleak_bench import (
    NOTE,
    SENSOR,
    Bench,
    backend_of,
    on_bench,
    outcome,
    pass_time,
    settle,
)
from tests.simulator.profile_bench import on_profiles

OLD, NEW, MOVED = 0xFD01, 0xFD02, 0xFD03
INSIDE = 7
"""Requests for the characteristics and descriptors of the services of a sensor."""


class _Attribute(Protocol):
    type: object


class _Server(Protocol):
    attributes: list[_Attribute]

    async def indicate_subscriber(
        self, connection: Connection, attribute: _Attribute, value: bytes
    ) -> None: ...


def firmware(bench: Bench, update: bool) -> Peripheral:
    """Return a peer, before or after an update: one service changed inside, one is new."""
    inside = Characteristic(NEW if update else OLD, read=b"new" if update else b"old")
    services = [Service(0xFD00, [inside])]
    if update:
        services.append(Service(0xFD10, [Characteristic(MOVED, read=b"moved")]))
    return Peripheral(bench.air, services, name="Sensor", address=SENSOR)


async def seen(
    bench: Bench, found: BLEDevice, *, cached: bool | None = None, clear: bool = False
) -> set[int]:
    """Connect, and return which of the characteristics of the firmware are shown."""
    winrt = {} if cached is None else {"use_cached_services": cached}
    async with bench.client(found, winrt=winrt) as client:
        uuids = {item.uuid for item in client.services.characteristics.values()}
        if clear:
            assert await backend_of(client).clear_cache()
    await pass_time(1)
    return {uuid for uuid in (OLD, NEW, MOVED) if normalize_uuid_16(uuid) in uuids}


async def find(bench: Bench) -> BLEDevice:
    """Find the peer. BlueZ forgets who was not seen for long."""
    found = await bench.find(None)
    assert found is not None
    return found


@on_profiles("service_cache")
@on_bench
async def test_an_update_of_the_firmware(
    bench: Bench, profile: CentralProfile, value: ServiceCache
) -> None:
    """bleak#882. Mutant: discover all the same, or keep more than the platform does."""
    bench.profile = profile
    asked = value is ServiceCache.ON_REQUEST
    async with firmware(bench, update=False):
        found = await find(bench)
        assert await seen(bench, found, cached=asked) == {OLD}
        assert await seen(bench, found, cached=asked) == {OLD}
    async with firmware(bench, update=True):
        found = await find(bench)
        stale = {
            ServiceCache.NEVER: {NEW, MOVED},
            ServiceCache.ON_REQUEST: {OLD},
            ServiceCache.SAME_RANGE: {OLD, MOVED},
            ServiceCache.ALWAYS: {OLD},
        }
        assert await seen(bench, found, cached=asked) == stale[value]
        if asked:
            assert await seen(bench, found) == {NEW, MOVED}  # left to itself, Windows asks
        await seen(bench, found, cached=asked, clear=True)
        assert await seen(bench, found, cached=asked) == {NEW, MOVED}


async def tell_of_change(peer: Peripheral) -> None:
    """Indicate that all services have changed, and wait until the central has taken it."""
    server = cast("_Server", peer.device.gatt_server)
    changed = next(item for item in server.attributes if "2A05" in str(item.type))
    (link,) = peer.connections
    await server.indicate_subscriber(link, changed, b"\x01\x00\xff\xff")


@pytest.mark.parametrize("profile", [PLAIN, BLUEZ, WINRT])
def test_the_program_may_ask_to_be_told_too(profile: CentralProfile) -> None:
    """Mutants: what the system subscribed to is refused to the program, is kept from the one or
    the other, or ends when the program unsubscribes."""

    @on_bench
    async def test(bench: Bench) -> None:
        bench.profile = profile
        told: list[bytes] = []
        async with firmware(bench, update=False) as peer:
            async with bench.client(await find(bench)) as client:
                await client.start_notify("2a05", lambda _item, value: told.append(bytes(value)))
                await tell_of_change(peer)
                assert told == [b"\x01\x00\xff\xff"]
                await client.stop_notify("2a05")
            await pass_time(3)
            # Of this change only the system can know.
            async with bench.client(await find(bench)) as client:
                await client.start_notify("2a05", lambda _item, value: told.append(bytes(value)))
                await client.stop_notify("2a05")
                await tell_of_change(peer)
        async with firmware(bench, update=True):
            assert await seen(bench, await find(bench)) == {NEW, MOVED}
        assert len(told) == 1

    test()


@pytest.mark.parametrize(
    ("profile", "heeded"), [(PLAIN, None), (BLUEZ, True), (WINRT, True), (ESPHOME_PROXY, False)]
)
def test_a_peer_that_tells_of_the_change(profile: CentralProfile, heeded: bool | None) -> None:
    """Mutant: subscribe to Service Changed, and do nothing when it comes."""

    @on_bench
    async def test(bench: Bench) -> None:
        bench.profile = profile
        async with firmware(bench, update=False):
            assert await seen(bench, await find(bench)) == {OLD}
        async with firmware(bench, update=True) as peer:
            found = await find(bench)
            async with bench.client(found, winrt={"use_cached_services": True}):
                if heeded:
                    await tell_of_change(peer)
                await settle()
            await pass_time(1)
            known = {NEW, MOVED} if heeded in (True, None) else {OLD}
            assert await seen(bench, found, cached=True) == known

    test()


@pytest.mark.parametrize(("profile", "forgotten"), [(BLUEZ, True), (ESPHOME_PROXY, False)])
def test_unpairing_forgets_services(profile: CentralProfile, forgotten: bool) -> None:
    """Mutant: keep the services of a peer that BlueZ has removed."""

    @on_bench
    async def test(bench: Bench) -> None:
        bench.profile = profile
        async with firmware(bench, update=False):
            client = bench.client(await find(bench))
            await client.connect()
            await client.unpair()
        async with firmware(bench, update=True):
            shown = await seen(bench, await find(bench))
            assert shown == ({NEW, MOVED} if forgotten else {OLD})

    test()


def requests_of_two_connects(profile: CentralProfile) -> list[int]:
    """Return how many ATT requests each of two connects takes."""
    counts: list[int] = []

    @on_bench
    async def count(bench: Bench) -> None:
        bench.profile = profile
        await bench.sensor()
        found = await find(bench)
        for _ in range(2):
            before = bench.count.requests
            async with bench.client(found):
                pass
            await pass_time(1)
            counts.append(bench.count.requests - before)

    count()
    return counts


def test_a_cache_saves_requests() -> None:
    """Exact counts. Mutant: discover, and show the cache."""
    plain, again = requests_of_two_connects(PLAIN)
    assert plain == again
    first, second = requests_of_two_connects(BLUEZ)
    assert first == plain + 1  # subscribes to Service Changed
    assert second == first - INSIDE
    first, second = requests_of_two_connects(ESPHOME_PROXY)
    assert first == plain
    assert second == 1  # the MTU


@on_profiles("hidden_services")
@on_bench
async def test_services_that_are_hidden(
    bench: Bench, profile: CentralProfile, value: frozenset[int]
) -> None:
    """Mutant: show what the system keeps to itself."""
    bench.profile = profile
    there = {0x1800, 0x1801, 0x180F, 0x1812, 0x181E}
    await bench.peer([Service(uuid) for uuid in (0x180F, 0x1812, 0x181E)], name="Sensor")
    found = await bench.find()
    assert found is not None
    async with bench.client(found) as client:
        shown = {int(service.uuid[4:8], 16) for service in client.services}
    assert shown == there - value


@on_profiles("read_only_services")
@on_bench
async def test_services_that_are_read_only(
    bench: Bench, profile: CentralProfile, value: frozenset[int]
) -> None:
    """Mutant: ask the peer first."""
    bench.profile = profile
    written: list[bytes] = []
    level = Characteristic(0x2A19, read=b"\x57", write=written.append)
    own = Characteristic(NOTE, write=written.append)
    await bench.peer([Service(0x180F, [level]), Service(0xFD00, [own])], name="Sensor")
    found = await bench.find()
    assert found is not None
    async with bench.client(found) as client:
        requests = bench.count.requests
        error = await outcome(client.write_gatt_char(level_uuid(), b"\x01", response=True))
        assert isinstance(error, BleakGATTProtocolError) == bool(value)
        assert bench.count.requests - requests == (0 if value else 1)
        await client.write_gatt_char(NOTE, b"\x02", response=True)
        assert bytes(await client.read_gatt_char(level_uuid())) == b"\x57"
    assert written == ([b"\x02"] if value else [b"\x01", b"\x02"])


def level_uuid() -> str:
    """Return the UUID of Battery Level."""
    return normalize_uuid_16(0x2A19)


@on_profiles("value_handles")
@on_bench
async def test_which_handle_a_characteristic_has(
    bench: Bench, profile: CentralProfile, value: bool
) -> None:
    """Mutant: read at the declaration when the handle is the value's."""
    bench.profile = profile
    await bench.sensor()
    found = await bench.find(None)
    assert found is not None
    async with bench.client(found) as client:
        characteristic = client.services.get_characteristic(NOTE)
        assert characteristic is not None
        service = client.services.get_service(characteristic.service_handle)
        assert service is not None
        offset = 2 if value else 1  # the first in its service
        assert characteristic.handle == service.handle + offset
        assert bytes(await client.read_gatt_char(characteristic.handle)) == b"hello"
