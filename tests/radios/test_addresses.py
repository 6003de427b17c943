"""A device whose address changes is the same to who has bound it, on every radio."""

from __future__ import annotations

from tests.client.steps import take
from tests.radios.worlds import Play, World


def test_a_bound_device_is_found_again_after_its_address_has_changed(play: Play) -> None:
    """Mutant: remember the address that it had when it was bound."""

    async def story(world: World) -> None:
        async with (
            world.device("thermometer", interval=1.0, address_type="private") as patch,
            world.companion() as babyn,
        ):
            seen_at = {patch.address}
            device = await babyn.bind(await babyn.find(patch.address))
            assert device.address.casefold() == patch.identity_address.casefold()
            for change in (patch.rotate_address, patch.reset):
                await change()
                assert patch.address not in seen_at  # the control
                seen_at.add(patch.address)
                async with babyn.connect(device) as session:
                    assert len(await take(session.readings(), 1)) == 1
            assert (await babyn.find(device.id)).id == device.id

    play(story)


def test_a_link_survives_a_change_of_address(play: Play) -> None:
    """Mutant: end the link with the address."""

    async def story(world: World) -> None:
        async with (
            world.device("thermometer", interval=1.0, address_type="private") as patch,
            world.companion() as babyn,
        ):
            device = await babyn.bind(await babyn.find(patch.address))
            async with babyn.connect(device) as session:
                await patch.rotate_address()
                assert len(await take(session.readings(), 3)) == 3
                assert len(patch.connections) == 1

    play(story)
