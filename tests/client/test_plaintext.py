"""A device that broadcasts readings in the clear: they are not taken, and it is said."""

from __future__ import annotations

from dataclasses import fields

import pytest
from bleak import BleakScanner
from bleak.backends.scanner import AdvertisementData

from babyn_ble import Companion, Sighting
from babyn_protocol.advertisement_rules import BTHOME_PLAINTEXT
from babyn_protocol.bthome import SERVICE_UUID, Broadcast, parse
from babyn_simulator import scenario
from babyn_simulator.nursery import Nursery
from babyn_simulator.scenario import Scenario
from tests.client.steps import first

KEY = "231d39c1d7cc1ab1aee224cd096db932"
ENCRYPTED, PLAINTEXT = f'broadcast.key = "{KEY}"', "broadcast.plaintext = true"

pytestmark = [pytest.mark.asyncio, pytest.mark.requirement("BN-SHR-09")]


@pytest.fixture
def babyn_scenario(request: pytest.FixtureRequest) -> Scenario:
    """One thermometer that broadcasts."""
    return scenario.parse(
        f'[[device]]\nkind = "thermometer"\nname = "patch"\ninterval = 60.0\n{request.param}\n'
    )


in_the_clear = pytest.mark.parametrize("babyn_scenario", [PLAINTEXT], indirect=True)
encrypted = pytest.mark.parametrize("babyn_scenario", [ENCRYPTED], indirect=True)


def kept(sighting: Sighting) -> list[object]:
    """Return what a sighting holds, but for the host's own object."""
    return [
        getattr(sighting, field.name) for field in fields(sighting) if field.name != "ble_device"
    ]


async def heard() -> AdvertisementData:
    """Return what any scanner hears of the device."""
    async with BleakScanner() as scanner:
        async for _device, advertisement in scanner.advertisement_data():
            return advertisement
    raise AssertionError


@in_the_clear
async def test_a_reading_in_the_clear_is_not_handed_on(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Whoever is near reads it; we do not. Mutant: what was heard is kept with the sighting."""
    payload = (await heard()).service_data[SERVICE_UUID]
    assert isinstance(parse(payload), Broadcast)  # the control: it is there to be taken
    sighting = await first(babyn_companion)
    assert not any(isinstance(value, AdvertisementData) for value in kept(sighting))
    assert repr(payload)[2:-1] not in repr(kept(sighting))
    assert [len(babyn_companion.consent.store.list(kind)) for kind in ("reading", "device")] == [
        *(0, 0)
    ]
    assert babyn_nursery.thermometer().connections == ()


@in_the_clear
async def test_that_it_does_so_is_said(babyn_companion: Companion) -> None:
    """Mutant: it is judged before it is heard, or not at all."""
    sighting = await first(babyn_companion)
    assert sighting.advertisement.plaintext
    inspection = await babyn_companion.inspect(sighting)
    assert BTHOME_PLAINTEXT in [finding.rule for finding in inspection.advertisement.findings]


@encrypted
async def test_of_one_that_encrypts_it_is_not_said(babyn_companion: Companion) -> None:
    """Mutant: any BTHome counts as plaintext."""
    assert SERVICE_UUID in (await heard()).service_data
    assert not (await first(babyn_companion)).advertisement.plaintext
