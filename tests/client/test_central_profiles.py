"""The companion's main way on every central profile: found, bound, read, closed, unbound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from babyn_ble import Companion, RejectedError, ResponseTimeoutError
from babyn_ble.connection import CLOSE_TIMEOUT, RESPONSE_TIMEOUT
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from babyn_simulator.bleak_backend import CentralProfile
from babyn_simulator.bleak_backend.profiles import BLUEZ_HEADLESS, PROFILES
from babyn_simulator.nursery import Nursery
from tests.client.steps import first, links, take

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def opened(nursery: Nursery, profile: CentralProfile) -> AsyncGenerator[Companion]:
    """Open a companion on a central of some kind, with everything agreed to."""
    radio = await nursery.radio(profile=profile)
    async with Companion.open(MemoryStore(), radio=radio) as babyn:
        set_up_synthetic(babyn)
        give_simulated(babyn)
        yield babyn


@pytest.mark.parametrize(
    "profile",
    [profile for profile in PROFILES.values() if profile.pairing_agent],
    ids=lambda profile: profile.name,
)
async def test_the_main_way(babyn_nursery: Nursery, profile: CentralProfile) -> None:
    """Mutant: compare the address with that of the advertisement; pair at each connect."""
    patch = babyn_nursery.thermometer()
    async with opened(babyn_nursery, profile) as babyn:
        device = await babyn.bind(await first(babyn))
        for _ in range(2):  # the second time with what is cached
            async with babyn.connect(device) as session:
                readings = await take(session.readings(), 3)
                assert links(patch) == ["encrypted"]
            assert len({reading.measured_at for reading in readings}) == 3
            assert links(patch) == []
        assert babyn.count_history(device) >= 6
        await babyn.unbind(device)
        assert babyn.devices() == ()


async def test_without_an_agent_pairing_says_what_is_missing(babyn_nursery: Nursery) -> None:
    """Mutant: say that the device refused."""
    async with opened(babyn_nursery, BLUEZ_HEADLESS) as babyn:
        sighting = await first(babyn)
        with pytest.raises(RejectedError, match="an agent must run"):
            await babyn.bind(sighting)
        assert babyn.devices() == ()
        assert links(babyn_nursery.thermometer()) == []


@pytest.mark.parametrize("name", ["plain", "bluez-headless", "winrt", "esphome-proxy"])
async def test_a_protected_value_is_known_for_one(babyn_nursery: Nursery, name: str) -> None:
    """However the platform says so. Mutants: look at BleakGATTProtocolError alone; ask mtu_size."""
    async with opened(babyn_nursery, PROFILES[name]) as babyn:
        inspection = await babyn.inspect(await first(babyn))
        notes = {c.name: c.note for service in inspection.services for c in service.characteristics}
        assert notes["Battery Level"] == "paired hosts only"
        assert notes["Manufacturer Name String"] is None  # the control
        assert inspection.mtu == 517


async def test_what_is_never_answered_ends_nevertheless(babyn_nursery: Nursery) -> None:
    """As on BlueZ 5.82 with no agent: no answer to a protected read, nor to what comes after it.

    Mutants: wait for ever for an answer, or for the end of the link; ask a mute link again.
    """

    async def mute(*_arguments: object, **_options: object) -> None:
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    radio = await babyn_nursery.radio(profile=BLUEZ_HEADLESS)
    async with Companion.open(MemoryStore(), radio=radio) as babyn:
        set_up_synthetic(babyn)
        give_simulated(babyn)
        sighting = await first(babyn)
        assert (await babyn.inspect(sighting)).services  # the control
        silence = {"read_gatt_char": mute, "disconnect": mute}
        radio.client = type("MuteClient", (radio.client,), silence)
        began = loop.time()
        async with asyncio.timeout(10 * RESPONSE_TIMEOUT):
            with pytest.raises(ResponseTimeoutError):
                await babyn.inspect(sighting)
        assert loop.time() - began < RESPONSE_TIMEOUT + CLOSE_TIMEOUT + 2.0
