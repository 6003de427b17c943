"""A device whose address changes is found again by who has bound it, and by nobody else."""

from __future__ import annotations

import pytest

from babyn_ble import Companion, DeviceNotFoundError, Quantity
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from babyn_simulator import scenario
from babyn_simulator.nursery import Nursery
from babyn_simulator.scenario import Scenario
from tests.client.steps import passing, take

pytestmark = pytest.mark.asyncio

PRIVATE = """
[[device]]
kind = "thermometer"
name = "patch"
interval = 1.0
address_type = "private"
rotation_minutes = 15.0
"""


@pytest.fixture
def babyn_scenario(request: pytest.FixtureRequest) -> Scenario:
    return scenario.parse(getattr(request, "param", PRIVATE))


async def test_a_bound_device_is_found_again_after_its_address_has_changed(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutants: the address at the time of binding is remembered; the key is made anew at a reset;
    the identity is not given to who pairs.
    """
    patch = babyn_nursery.thermometer()
    at_first = patch.address
    device = await babyn_companion.bind(await babyn_companion.find(at_first))
    assert patch.identity_address != at_first
    shown = {at_first}
    for change in (patch.rotate_address, patch.reset, lambda: passing(16 * 60)):
        await change()
        assert patch.address not in shown
        shown.add(patch.address)
        async with babyn_companion.connect(device) as session:
            (reading,) = await take(session.readings(), 1)
            assert reading.quantity is Quantity.TEMPERATURE
    # It is the same device to the companion wherever it is seen.
    assert (await babyn_companion.find(device.id)).id == device.id
    assert await babyn_companion.bind(await babyn_companion.find("Thermometer")) == device


async def test_a_link_survives_a_change_of_address(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: a device that is connected begins to advertise."""
    patch = babyn_nursery.thermometer()
    device = await babyn_companion.bind(await babyn_companion.find(patch.address))
    async with babyn_companion.connect(device) as session:
        await patch.rotate_address()
        await take(session.readings(), 3)
        assert not patch.device.is_advertising
        assert len(patch.connections) == 1


@pytest.mark.parametrize(
    ("babyn_scenario", "linked"),
    [(PRIVATE, False), (PRIVATE.replace("private", "static"), True)],
    indirect=["babyn_scenario"],
)
async def test_a_stranger_cannot_tell_that_it_is_the_same(
    babyn_companion: Companion, babyn_nursery: Nursery, linked: bool
) -> None:
    """The control is a static address. Mutant: the address stays."""
    patch = babyn_nursery.thermometer()
    await babyn_companion.bind(await babyn_companion.find(patch.address))
    stranger = Companion.open(MemoryStore(), radio=await babyn_nursery.radio())
    async with stranger:
        set_up_synthetic(stranger)
        give_simulated(stranger)
        before = await stranger.find("Thermometer")
        await passing(16 * 60)
        after = await stranger.find("Thermometer")
        assert (before.id == after.id) is linked
        if not linked:
            with pytest.raises(DeviceNotFoundError):
                await stranger.find(patch.identity_address)
