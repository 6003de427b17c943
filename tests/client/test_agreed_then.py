"""What a device has kept is taken over for the times at which it was agreed to, and no other."""

from __future__ import annotations

import pytest

from babyn_ble import Companion, QualityReason, Quantity
from babyn_ble.privacy.purposes import HEALTH_MONITORING, HISTORY_STORAGE
from babyn_ble.readings import FRESH
from babyn_ble.testing import give_simulated
from babyn_simulator.clock import utc_now
from babyn_simulator.nursery import Nursery
from tests.client.steps import passing, shown, withdraw
from tests.client.test_stored_readings import NIGHT, bound, from_storage, listen

pytestmark = pytest.mark.asyncio


@pytest.fixture
def babyn_scenario() -> str:
    return "overnight"


async def test_what_was_measured_without_consent_is_skipped(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """It is neither handed out nor stored, and erased on the device; the gap says so.

    Mutant: only the consent of now is looked at.
    """
    log = babyn_nursery.oximeter().model.log
    device = await bound(babyn_companion, babyn_nursery, "sock")
    await passing(NIGHT / 2)
    before = len(log)
    await withdraw(babyn_companion, HEALTH_MONITORING)
    await passing(NIGHT / 2)
    expected = shown(log)[:before]
    skipped = len(log) - before
    give_simulated(babyn_companion, [HEALTH_MONITORING])

    readings = await listen(babyn_companion, device, 60)
    kept = from_storage(readings, Quantity.SPO2)
    assert [reading.measured_at for reading in kept] == expected
    assert len(expected) > 20  # the control
    assert skipped > 20
    gaps = [reading.gap for reading in readings if reading.gap is not None]
    assert {gap.reason for gap in gaps} == {"no_consent"}
    assert sum(gap.missed or 0 for gap in gaps) == 2 * skipped  # SpO2 and pulse rate of each
    assert len(log) == 0
    stored = babyn_companion.history(device)
    assert len(from_storage(stored, Quantity.SPO2)) == before


async def test_what_was_not_to_be_kept_is_shown_and_not_kept(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: keeping it asks for the consent of now only."""
    device = await bound(babyn_companion, babyn_nursery, "sock")
    await withdraw(babyn_companion, HISTORY_STORAGE)
    await passing(NIGHT)
    give_simulated(babyn_companion, [HISTORY_STORAGE])
    readings = await listen(babyn_companion, device, 60)
    assert len(from_storage(readings, Quantity.SPO2)) == 48
    stored = babyn_companion.history(device)
    assert from_storage(stored, Quantity.SPO2) == []
    assert stored  # the control: what is measured now is kept


async def test_it_need_not_say_that_it_is_stored(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """A thermometer's old measurements are told by their dates only.

    Mutant: only what is marked as stored is looked at.
    """
    log = babyn_nursery.thermometer().model.log
    device = await bound(babyn_companion, babyn_nursery, "patch")
    await withdraw(babyn_companion, HEALTH_MONITORING)
    await passing(3600)
    skipped = len(log)
    give_simulated(babyn_companion, [HEALTH_MONITORING])
    given = utc_now()
    readings = await listen(babyn_companion, device, 60)
    assert readings
    assert all(one.measured_at and given - FRESH <= one.measured_at for one in readings)
    gaps = [one.gap for one in readings if one.gap is not None]
    assert {gap.reason for gap in gaps} == {"no_consent"}
    assert sum(gap.missed or 0 for gap in gaps) >= skipped - 2 > 20


async def test_an_unknown_time_counts_as_no_consent(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: what is stored passes, although nobody knows when it was measured."""
    sock = babyn_nursery.oximeter()
    device = await bound(babyn_companion, babyn_nursery, "sock")
    sock.model.clock.forget(utc_now())
    await passing(NIGHT)
    assert len(sock.model.log) > 20
    readings = await listen(babyn_companion, device, 60)
    stored = [one for one in readings if QualityReason.FROM_STORAGE in one.quality.reasons]
    assert all(reading.measured_at is not None for reading in stored)
    assert "no_consent" in {one.gap.reason for one in readings if one.gap is not None}
