"""The gate on the real stack, seen from the system bus: not a message before it has said yes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.cli.terminal import Household, babyn_process
from tests.linux.bus import monitored
from tests.radios.linux_stage import LinuxStage
from tests.radios.worlds import World

EXIT_CONSENT = 3


def test_without_consent_the_bus_sees_nobody_of_ours(
    linux_stage: LinuxStage, tmp_path: Path
) -> None:
    """Mutant: make the scanner, or import bleak's manager, before the gate was asked."""

    async def story(world: World) -> None:
        household = Household(tmp_path / "data", "os")
        # In a thread: the air stands on this loop, and the kernel gives up after two seconds.
        await asyncio.to_thread(household.set_up, "test_article")
        await asyncio.to_thread(household.agree, "location", "background_collection")
        scan = (*household.options, "--json", "scan", "--timeout", "3")
        async with world.device("thermometer") as patch:
            async with monitored() as refused:
                ended = await asyncio.to_thread(babyn_process, *scan)
            assert ended.code == EXIT_CONSENT, ended.err
            assert refused.newcomers() == set()
            assert refused.calls("Hello") == 0
            await asyncio.to_thread(household.agree, "bluetooth")
            async with monitored() as granted:  # the control
                ended = await asyncio.to_thread(babyn_process, *scan)
            assert ended.code == 0, ended.err
            assert len(granted.newcomers()) >= 1
            assert granted.calls("StartDiscovery") == 1
            assert [found["model"] for found in ended.objects[:-1]] == ["thermometer"]
            assert patch.address not in ended.out

    linux_stage.play(story)
