"""A withdrawal ends what goes on, wherever it is called from, and nothing passes after it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from babyn_ble import Companion, ConsentRequiredError, Reading, Sighting
from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    HEALTH_MONITORING,
    HISTORY_STORAGE,
    LOCATION,
    ConsentScope,
)
from babyn_simulator.capture import attach
from babyn_simulator.nursery import Nursery
from tests.client.steps import (
    CountingSnooper,
    each,
    first,
    opened,
    other_tasks,
    passing,
    take,
    withdraw,
)

pytestmark = pytest.mark.asyncio


@pytest.mark.requirement("BN-WDR-01")
async def test_a_scan_ends(babyn_companion: Companion, babyn_nursery: Nursery) -> None:
    """BN-WDR-01. Mutant: do not put the scan under guard."""
    ended: list[ConsentRequiredError] = []

    async def scan() -> None:
        try:
            async for _sighting in babyn_companion.scan(timeout=None):
                pass
        except ConsentRequiredError as error:
            ended.append(error)

    scanning = asyncio.create_task(scan())
    await passing(5)
    assert babyn_companion.scan_counts.kept > 10  # the control: it goes on by itself
    await withdraw(babyn_companion, LOCATION)
    kept, packets = babyn_companion.scan_counts.kept, babyn_nursery.packets
    await passing(60)
    assert babyn_companion.scan_counts.kept == kept
    assert babyn_nursery.packets == packets  # not one advertisement reaches the host any more
    await scanning
    assert ended[0].missing == ("location",)


@pytest.mark.parametrize("scope", [BLUETOOTH, HEALTH_MONITORING])
async def test_a_session_ends(babyn_nursery: Nursery, scope: ConsentScope) -> None:
    """Mutant: do not put the link under guard; or drop the check in the callback."""
    patch, far_side, shown = babyn_nursery.thermometer(), CountingSnooper(), 0
    async with AsyncExitStack() as stack:
        babyn, radio = await stack.enter_async_context(opened(babyn_nursery))
        device = await babyn.bind(await first(babyn))
        attach(radio.device.host, far_side)
        session = await stack.enter_async_context(babyn.connect(device))

        async def watch() -> None:
            nonlocal shown
            async for _reading in session.readings():
                shown += 1

        watching = asyncio.create_task(watch())
        await passing(5.5)
        assert shown >= 4
        await withdraw(babyn, scope)
        at_return, stored = shown, babyn.count_history(device)
        assert patch.connections == ()  # the link was closed before it returned
        packets = far_side.packets
        await passing(30)
        assert shown == at_return
        assert babyn.count_history(device) == stored
        assert far_side.packets == packets
        with pytest.raises(ConsentRequiredError):
            await watching


async def test_from_within_the_loop_over_readings(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """A withdrawal that is called from what it stops neither hangs nor cancels its caller."""
    device = await babyn_companion.bind(await first(babyn_companion))
    shown: list[Reading] = []

    async def withdraw_at_once(reading: Reading) -> None:
        shown.append(reading)
        await withdraw(babyn_companion, HEALTH_MONITORING)

    async with babyn_companion.connect(device) as session:
        with pytest.raises(ConsentRequiredError):
            await each(session.readings(), withdraw_at_once)
    assert len(shown) == 1
    assert babyn_nursery.thermometer().connections == ()


async def test_from_within_the_loop_over_sightings(babyn_companion: Companion) -> None:
    seen: list[Sighting] = []

    async def withdraw_at_once(sighting: Sighting) -> None:
        seen.append(sighting)
        await withdraw(babyn_companion, BLUETOOTH)

    with pytest.raises(ConsentRequiredError):
        await each(babyn_companion.scan(timeout=None), withdraw_at_once)
    assert len(seen) == 1


async def test_while_connecting(babyn_companion: Companion, babyn_nursery: Nursery) -> None:
    """Mutant: let an attempt to connect run on after the withdrawal."""
    sighting = await first(babyn_companion)
    await babyn_nursery.thermometer().power_off()
    binding = asyncio.create_task(babyn_companion.bind(sighting))
    await passing(2)
    assert not binding.done()  # the control: it is still trying
    await withdraw(babyn_companion, BLUETOOTH)
    await babyn_nursery.thermometer().power_on()
    await passing(30)
    assert babyn_nursery.thermometer().connections == ()
    with pytest.raises(ConsentRequiredError):
        await binding
    assert babyn_companion.devices() == ()


@pytest.mark.requirement("BN-WDR-05")
async def test_history_alone(babyn_companion: Companion) -> None:
    """BN-WDR-05: readings go on, and none is kept any more."""
    device = await babyn_companion.bind(await first(babyn_companion))
    async with babyn_companion.connect(device) as session:
        await take(session.readings(), 2)
        await withdraw(babyn_companion, HISTORY_STORAGE)
        stored = babyn_companion.count_history(device)
        assert stored >= 2
        assert len(await take(session.readings(), 3)) == 3
        assert babyn_companion.count_history(device) == stored
    with pytest.raises(ConsentRequiredError):
        babyn_companion.history(device)


async def test_no_task_is_left(babyn_companion: Companion) -> None:
    device = await babyn_companion.bind(await first(babyn_companion))
    before = other_tasks()
    async with babyn_companion.connect(device) as session:
        await take(session.readings(), 1)
        await withdraw(babyn_companion, BLUETOOTH)
    assert other_tasks() == before
