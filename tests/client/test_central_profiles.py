"""The companion's main way on every central profile: found, bound, read, closed, unbound."""

from __future__ import annotations

import dataclasses

import pytest

from babyn_ble import AuthenticationFailedError, BabynError, Companion
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from babyn_simulator.bleak_backend.profiles import BLUEZ_HEADLESS, PROFILES
from babyn_simulator.nursery import Nursery
from tests.client.steps import first, links, take

pytestmark = pytest.mark.asyncio

ABLE = [profile for profile in PROFILES.values() if profile.pairing_agent]


@pytest.mark.parametrize("profile", ABLE, ids=lambda profile: profile.name)
async def test_the_main_way(babyn_nursery: Nursery, profile: object) -> None:
    patch = babyn_nursery.thermometer()
    radio = await babyn_nursery.radio(profile=profile)
    async with Companion.open(MemoryStore(), radio=radio) as babyn:
        set_up_synthetic(babyn)
        give_simulated(babyn)
        device = await babyn.bind(await first(babyn))
        for _ in range(2):  # the second time with what is cached
            async with babyn.connect(device) as session:
                readings = await take(session.readings(), 3)
                assert links(patch) == ["encrypted"]
            assert len({reading.measured_at for reading in readings}) == 3
            assert links(patch) == []
        await babyn.unbind(device)


async def test_without_an_agent_binding_says_that_pairing_failed(babyn_nursery: Nursery) -> None:
    radio = await babyn_nursery.radio(profile=BLUEZ_HEADLESS)
    async with Companion.open(MemoryStore(), radio=radio) as babyn:
        set_up_synthetic(babyn)
        give_simulated(babyn)
        sighting = await first(babyn)
        with pytest.raises(BabynError) as refused:
            await babyn.bind(sighting)
        print(repr(refused.value))
        assert 0
