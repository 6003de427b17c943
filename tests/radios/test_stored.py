"""What a device has kept while nobody listened arrives on every radio: in order, once, dated."""

from __future__ import annotations

import asyncio
import contextlib

from babyn_ble import QualityReason, Quantity, Reading
from babyn_simulator.devices.open_profile.oximeter import Oximeter
from babyn_simulator.devices.open_profile.thermometer import Thermometer
from tests.client.steps import shown, take
from tests.radios.worlds import PATIENCE, Play, World


def test_what_was_kept_is_indicated_with_its_time(play: Play) -> None:
    """Mutants: confirm what was not taken; the newest first."""

    async def story(world: World) -> None:
        async with (
            world.device("thermometer", interval=1.0, log_capacity=100) as patch,
            world.companion() as babyn,
        ):
            assert isinstance(patch, Thermometer)
            log = patch.log
            assert log is not None
            device = await babyn.bind(await babyn.find(patch.address))
            await world.pass_time(6)
            expected = shown(log)
            assert len(expected) >= 5
            async with babyn.connect(device) as session:
                readings = await take(session.readings(), len(expected))
            assert [reading.measured_at for reading in readings] == expected
            async with babyn.connect(device) as session:
                (again,) = await take(session.readings(), 1)
            assert again.measured_at not in expected

    play(story)


def test_spot_checks_are_reported_and_then_deleted(play: Play) -> None:
    """By the Record Access Control Point. Mutants: not asked for; not deleted."""

    async def story(world: World) -> None:
        settings = {"settling": 0.0, "spot_check_minutes": 0.05, "log_capacity": 50}
        async with world.device("oximeter", **settings) as sock, world.companion() as babyn:
            assert isinstance(sock, Oximeter)
            device = await babyn.bind(await babyn.find(sock.address))
            await world.pass_time(10)
            expected = shown(sock.model.log)
            assert len(expected) >= 3
            kept: list[Reading] = []
            async with (
                babyn.connect(device) as session,
                asyncio.timeout(PATIENCE),
                contextlib.aclosing(session.readings()) as readings,
            ):
                async for reading in readings:
                    stored = QualityReason.FROM_STORAGE in reading.quality.reasons
                    if stored and reading.quantity is Quantity.SPO2:
                        kept.append(reading)
                    if len(kept) >= len(expected) and not sock.model.log.records():
                        break
            assert [reading.measured_at for reading in kept][: len(expected)] == expected

    play(story)
