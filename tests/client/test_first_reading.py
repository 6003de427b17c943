"""The whole way over the virtual radio: refused, agreed, found, bound, read, withdrawn, erased."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from babyn_ble import (
    Companion,
    ConsentRequiredError,
    DeviceNotFoundError,
    QualityReason,
    QualityStatus,
    Quantity,
    Site,
)
from babyn_ble.privacy.purposes import OWN_SCOPES
from babyn_ble.testing import give_simulated
from babyn_protocol.numbers import SpecialValue
from babyn_simulator.nursery import Nursery
from tests.client.steps import first, links, passing, take

pytestmark = pytest.mark.asyncio


async def test_a_reading_arrives_with_all_that_is_known(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    babyn_nursery.thermometer().force_temperature(Decimal("37.25"))
    device = await babyn_companion.bind(await first(babyn_companion))
    async with babyn_companion.connect(device) as session:
        (reading,) = await take(session.readings(), 1)
    assert reading.quantity is Quantity.TEMPERATURE
    assert reading.value is not None
    assert reading.value.as_tuple() == Decimal("37.25").as_tuple()
    assert reading.unit == "°C"
    assert reading.site is Site.ARMPIT
    assert reading.quality.status is QualityStatus.VALID
    assert reading.quality.reasons == {QualityReason.TESTING}
    assert reading.measured_at is not None
    assert reading.measured_at <= reading.received_at
    assert reading.device == device.id
    assert (reading.epoch, reading.sequence, reading.gap) == (None, None, None)
    assert session.sequenced is False


@pytest.mark.requirement("BN-GATE-01")
@pytest.mark.parametrize("missing", [("location",), ("bluetooth",), ("location", "bluetooth")])
async def test_a_scan_needs_location_and_bluetooth(
    babyn_stranger: Companion, babyn_nursery: Nursery, missing: tuple[str, ...]
) -> None:
    """BN-GATE-01. Mutant: take one of the two scopes out of the requirement table."""
    give_simulated(babyn_stranger, [s for s in OWN_SCOPES if str(s) not in missing])
    before = babyn_nursery.packets
    with pytest.raises(ConsentRequiredError) as refused:
        await first(babyn_stranger)
    assert refused.value.missing == tuple(sorted(missing))
    assert babyn_nursery.packets == before
    give_simulated(babyn_stranger, missing)  # the control: with both, the device is there
    assert (await first(babyn_stranger)).model == "thermometer"
    assert babyn_nursery.packets > before


async def test_foreign_advertisements_leave_a_count(babyn_companion: Companion) -> None:
    """BN-GATE-07: there is a speaker nearby, and nothing of it is kept."""
    seen = [sighting async for sighting in babyn_companion.scan(timeout=5)]
    assert len(seen) == 1
    assert babyn_companion.scan_counts.kept > 0
    assert babyn_companion.scan_counts.dropped > 0


async def test_pairing_is_a_part_of_binding_and_of_nothing_else(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    patch = babyn_nursery.thermometer()
    sighting = await first(babyn_companion)
    device = await babyn_companion.bind(sighting)
    assert device.paired
    assert await babyn_companion.bind(sighting) == device  # a second time changes nothing
    assert babyn_companion.devices() == (device,)
    assert links(patch) == []
    async with babyn_companion.connect(device) as session:
        await take(session.readings(), 1)
        assert links(patch) == ["encrypted"]


@pytest.mark.requirement("BN-PUR-07")
async def test_readings_need_their_own_consent(
    babyn_stranger: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: subscribe without asking for health_monitoring."""
    give_simulated(babyn_stranger, ["location", "bluetooth"])
    patch = babyn_nursery.thermometer()
    device = await babyn_stranger.bind(await first(babyn_stranger))
    async with babyn_stranger.connect(device) as session:
        assert session.battery is not None  # the link itself is agreed to
        with pytest.raises(ConsentRequiredError) as refused:
            await take(session.readings(), 1)
        assert refused.value.missing == ("health_monitoring",)
        assert not patch.subscribed(patch.measurement)
        give_simulated(babyn_stranger, ["health_monitoring"])
        assert len(await take(session.readings(), 2)) == 2
        assert patch.subscribed(patch.measurement)
        assert session.stored == 0
    assert babyn_stranger.count_history(device) == 0


async def test_what_is_kept_needs_its_own_consent_and_comes_back_equal(
    babyn_companion: Companion,
) -> None:
    device = await babyn_companion.bind(await first(babyn_companion))
    async with babyn_companion.connect(device) as session:
        shown = await take(session.readings(), 3)
    assert list(babyn_companion.history(device))[:3] == shown


async def test_a_host_that_scans_itself_costs_no_scan(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """With a handed-in BLEDevice only Bluetooth is needed, and the adapter is never scanning.

    Mutant: look for the device although the host has handed it in.
    """
    ble_device = (await first(babyn_companion)).ble_device
    await babyn_companion.consent.withdraw(babyn_companion.subject.subject_id, OWN_SCOPES[0])
    device = await babyn_companion.bind(ble_device)
    async with babyn_companion.connect(device, ble_device=ble_device) as session:
        assert len(await take(session.readings(), 1)) == 1
    with pytest.raises(ConsentRequiredError):  # the control: without it, we would have to scan
        async with babyn_companion.connect(device):
            pass


async def test_live_skips_what_was_not_taken_and_readings_does_not(
    babyn_companion: Companion,
) -> None:
    device = await babyn_companion.bind(await first(babyn_companion))
    async with babyn_companion.connect(device) as session:
        live, every = session.live(), session.readings()
        first_live, first_every = await asyncio.gather(anext(live), anext(every))
        assert first_live == first_every
        await passing(5.5)
        newest = await anext(live)
        assert newest.gap is not None
        assert newest.gap.missed == 4
        assert (await anext(every)).gap is None
        await live.aclose()
        await every.aclose()


async def test_a_slow_consumer_is_told_how_much_it_missed(babyn_companion: Companion) -> None:
    """Mutant: drop the oldest reading without counting it."""
    device = await babyn_companion.bind(await first(babyn_companion))
    async with babyn_companion.connect(device) as session:
        stream = session.readings(capacity=2)
        await anext(stream)
        await passing(5.5)
        late = await anext(stream)
        assert late.gap is not None
        assert late.gap.missed == 3
        assert (await anext(stream)).gap is None
        await stream.aclose()


async def test_no_value_is_no_number(babyn_companion: Companion, babyn_nursery: Nursery) -> None:
    babyn_nursery.thermometer().force_temperature(SpecialValue.NAN)
    device = await babyn_companion.bind(await first(babyn_companion))
    async with babyn_companion.connect(device) as session:
        (reading,) = await take(session.readings(), 1)
    assert reading.value is None
    assert reading.quality.status is QualityStatus.INVALID
    assert QualityReason.NO_VALUE in reading.quality.reasons


async def test_unbinding_forgets_and_a_second_time_finds_nothing(
    babyn_companion: Companion,
) -> None:
    device = await babyn_companion.bind(await first(babyn_companion))
    async with babyn_companion.connect(device) as session:
        await take(session.readings(), 2)
    stored = babyn_companion.count_history(device)
    assert stored >= 2
    unbound = await babyn_companion.unbind(device)
    assert unbound.readings_erased == stored
    assert babyn_companion.devices() == ()
    assert babyn_companion.count_history(device) == 0
    with pytest.raises(DeviceNotFoundError):
        await babyn_companion.unbind(device)
    with pytest.raises(DeviceNotFoundError):
        babyn_companion.device(device.id)


async def test_inspection_reads_nothing_that_identifies_the_unit(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """BN-PUR-07. Mutant: read every readable characteristic."""
    device = await first(babyn_companion)
    seen = await babyn_companion.inspect(device, pair=True)
    found = {c.name: c for service in seen.services for c in service.characteristics}
    assert found["Serial Number String"].value is None
    assert found["Device Name"].value is None
    assert found["Battery Level"].decoded is not None  # the control: others are read
    assert found["Temperature Type"].decoded == "armpit"
    assert seen.findings == ()
    unpaired = await babyn_companion.inspect(device)
    notes = {c.name: c.note for service in unpaired.services for c in service.characteristics}
    assert notes["Battery Level"] == "paired hosts only"
