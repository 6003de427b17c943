"""The main way on every radio: agreed, found, inspected, bound, read, unbound."""

from __future__ import annotations

from decimal import Decimal

from babyn_ble import Quantity
from tests.client.steps import take
from tests.radios.worlds import Play, World


def test_found_bound_and_read(play: Play) -> None:
    async def story(world: World) -> None:
        async with world.device("thermometer", interval=1.0) as patch, world.companion() as babyn:
            sighting = await babyn.find(patch.address)
            device = await babyn.bind(sighting)
            assert device.paired
            async with babyn.connect(device) as session:
                readings = await take(session.readings(), 10)
            assert [reading.quantity for reading in readings] == [Quantity.TEMPERATURE] * 10
            assert all(isinstance(reading.value, Decimal) for reading in readings)
            assert [reading.gap for reading in readings] == [None] * 10
            await babyn.unbind(device)
            assert babyn.devices() == ()

    play(story)
