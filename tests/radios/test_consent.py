"""The gate on every radio: nothing of the radio is used before it is agreed to, nor after."""

from __future__ import annotations

import asyncio

import pytest

from babyn_ble import ConsentRequiredError
from babyn_ble.privacy.purposes import BLUETOOTH, HEALTH_MONITORING, LOCATION
from babyn_simulator.devices.open_profile.thermometer import Thermometer
from tests.client.steps import give_typed, take, withdraw
from tests.radios.worlds import Play, World


def test_a_scan_needs_location_and_bluetooth(play: Play) -> None:
    """BN-GATE-01. Mutant: take one of the two scopes out of the requirement table."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, world.companion(()) as babyn:
            for agreed in ((), (LOCATION,)):
                give_typed(babyn, agreed)
                before = world.nursery.air.listened
                with pytest.raises(ConsentRequiredError) as refused:
                    await babyn.find(patch.address)
                assert set(refused.value.missing) == {"bluetooth", "location"} - {
                    str(scope) for scope in agreed
                }
                assert world.nursery.air.listened is before
            give_typed(babyn, (BLUETOOTH,))  # the control: with both, the device is there
            assert (await babyn.find(patch.address)).model == "thermometer"

    play(story)


def test_readings_need_their_own_consent_and_end_with_it(play: Play) -> None:
    """Mutant: subscribe without asking for health_monitoring, or go on after its withdrawal."""

    async def story(world: World) -> None:
        async with (
            world.device("thermometer", interval=1.0) as patch,
            world.companion((LOCATION, BLUETOOTH)) as babyn,
        ):
            device = await babyn.bind(await babyn.find(patch.address))
            async with babyn.connect(device) as session:
                with pytest.raises(ConsentRequiredError) as refused:
                    await take(session.readings(), 1)
                assert refused.value.missing == ("health_monitoring",)
                assert isinstance(patch, Thermometer)
                assert not patch.subscribed(patch.measurement)
                give_typed(babyn, (HEALTH_MONITORING,))
                assert len(await take(session.readings(), 2)) == 2
                readings = session.readings()
                await anext(readings)
                await withdraw(babyn, HEALTH_MONITORING)
                with pytest.raises(ConsentRequiredError):
                    await anext(readings)

    play(story)


def test_a_withdrawal_ends_the_scan_before_it_returns(play: Play) -> None:
    """Mutant: return from ``withdraw`` while the radio still scans."""

    async def story(world: World) -> None:
        async with world.companion((LOCATION, BLUETOOTH)) as babyn:

            async def scan() -> None:
                async for _ in babyn.scan(timeout=None):
                    pass

            scanning = asyncio.create_task(scan())
            await world.until_scanning()  # the control
            await withdraw(babyn, LOCATION)
            assert not await world.scanning()
            with pytest.raises(ConsentRequiredError):
                await scanning

    play(story)
