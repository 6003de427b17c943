"""Bonds on BlueZ: who answers for them, who keeps them, and what we say of it."""

from __future__ import annotations

import pytest

from babyn_ble import RejectedError
from tests.linux.bus import device_path
from tests.radios.linux_stage import LinuxStage
from tests.radios.worlds import World

DEVICE_1 = "org.bluez.Device1"


def test_without_an_agent_pairing_fails_and_says_what_is_missing(linux_stage: LinuxStage) -> None:
    """Mutant: say that the device refused."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, world.companion() as babyn:
            async with linux_stage.bus.without_agent():
                with pytest.raises(RejectedError, match="an agent must run"):
                    await babyn.bind(await babyn.find(patch.address))
                assert babyn.devices() == ()
            assert (await babyn.bind(await babyn.find(patch.address))).paired  # the control

    linux_stage.play(story)


def test_unbinding_leaves_the_bond_to_bluez_and_says_so(linux_stage: LinuxStage) -> None:
    """Mutant: tell of a bond removed that is still there."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, world.companion() as babyn:
            path = device_path(patch.address)
            device = await babyn.bind(await babyn.find(patch.address))
            unbound = await babyn.unbind(device)
            assert await linux_stage.bus.get(path, DEVICE_1, "Paired")
            assert not unbound.bond_removed

    linux_stage.play(story)


def test_an_undone_pairing_leaves_nothing_with_bluez(linux_stage: LinuxStage) -> None:
    """Mutant: leave the bond of an inspection behind."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, world.companion() as babyn:
            path = device_path(patch.address)
            await babyn.inspect(await babyn.find(patch.address), pair=True)
            assert await linux_stage.bus.disappears(path, DEVICE_1, "Paired")

    linux_stage.play(story)
