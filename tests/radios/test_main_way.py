"""The main way on every radio: found, inspected, bound, read, found again, unbound."""

from __future__ import annotations

import pytest

from babyn_ble import DeviceNotFoundError, Quantity
from tests.client.steps import links, take
from tests.radios.worlds import Play, World


def test_found_bound_read_and_unbound(play: Play) -> None:
    """Mutant: forget to pair at binding, or to count readings that were missed."""

    async def story(world: World) -> None:
        async with world.device("thermometer", interval=1.0) as patch, world.companion() as babyn:
            device = await babyn.bind(await babyn.find(patch.address))
            assert device.paired
            async with babyn.connect(device) as session:
                readings = await take(session.readings(), 10)
                assert links(patch) == ["encrypted"]
            assert {reading.quantity for reading in readings} == {Quantity.TEMPERATURE}
            assert [reading.gap for reading in readings] == [None] * 10
            moments = [reading.measured_at for reading in readings]
            assert None not in moments
            assert len(set(moments)) == 10
            assert list(babyn.history(device))[:10] == readings
            unbound = await babyn.unbind(device)
            assert unbound.readings_erased >= 10
            assert not unbound.bond_removed  # these radios keep bonds themselves, and it says so
            assert babyn.devices() == ()
            with pytest.raises(DeviceNotFoundError):
                await babyn.unbind(device)

    play(story)


def test_only_what_is_known_is_seen(play: Play) -> None:
    """BN-GATE-07: there is a speaker nearby, and nothing of it is kept."""

    async def story(world: World) -> None:
        async with world.device("oximeter"), world.companion() as babyn:
            seen = [sighting async for sighting in babyn.scan(timeout=5)]
            assert [sighting.model for sighting in seen] == ["pulse oximeter"]
            assert babyn.scan_counts.dropped > 0

    play(story)


def test_an_inspection_reads_nothing_that_identifies_the_unit(play: Play) -> None:
    """BN-PUR-07. Mutant: read every readable characteristic."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, world.companion() as babyn:
            seen = await babyn.inspect(await babyn.find(patch.address), pair=True)
            found = {c.name: c for service in seen.services for c in service.characteristics}
            assert found["Serial Number String"].value is None
            assert found["Battery Level"].decoded is not None  # the control: others are read
            assert found["Temperature Type"].decoded == "armpit"
            assert patch.serial not in repr(seen)
            assert seen.mtu == 517

    play(story)


def test_a_second_session_finds_the_bond_of_the_first(play: Play) -> None:
    """Mutant: pair on a reconnect."""

    async def story(world: World) -> None:
        async with world.device("thermometer", interval=1.0) as patch, world.companion() as babyn:
            device = await babyn.bind(await babyn.find(patch.address))
            bonds = len(await patch.keystore.get_all())
            for _ in range(2):
                async with babyn.connect(device) as session:
                    assert len(await take(session.readings(), 1)) == 1
                    assert links(patch) == ["encrypted"]
            assert bonds == len(await patch.keystore.get_all()) == 1

    play(story)
