"""What a device has kept while nobody listened arrives in a session: in order, once, dated."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import timedelta

import pytest

from babyn_ble import BoundDevice, Companion, QualityReason, Quantity, Reading
from babyn_simulator.clock import utc_now
from babyn_simulator.nursery import Nursery
from tests.client.steps import each, passing, shown

pytestmark = pytest.mark.asyncio

NIGHT = 4 * 3600


@pytest.fixture
def babyn_scenario() -> str:
    return "overnight"


async def bound(babyn: Companion, nursery: Nursery, name: str) -> BoundDevice:
    return await babyn.bind(await babyn.find(nursery.devices[name].address))


async def listen(babyn: Companion, device: BoundDevice, seconds: float) -> list[Reading]:
    """Return what one session receives in a while."""
    received: list[Reading] = []

    async def take() -> None:
        async for reading in session.readings():
            received.append(reading)

    async with babyn.connect(device) as session:
        await passing(seconds, take())
    return received


def from_storage(readings: Iterable[Reading], quantity: Quantity) -> list[Reading]:
    return [
        reading
        for reading in readings
        if reading.quantity is quantity and QualityReason.FROM_STORAGE in reading.quality.reasons
    ]


async def test_spot_checks_are_fetched_once_and_then_deleted(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutants: they are not asked for; they are dated when they arrive; they are not deleted.

    The control is the second session, which gets live ones, and none of these again.
    """
    log = babyn_nursery.oximeter().model.log
    device = await bound(babyn_companion, babyn_nursery, "sock")
    await passing(NIGHT)
    expected = shown(log)
    assert len(expected) == 48

    readings = await listen(babyn_companion, device, 60)
    kept = from_storage(readings, Quantity.SPO2)
    assert [reading.measured_at for reading in kept] == expected
    assert len(from_storage(readings, Quantity.PULSE_RATE)) == 48
    assert len(log) == 0

    again = await listen(babyn_companion, device, 60)
    assert not from_storage(again, Quantity.SPO2)
    assert again
    assert len(from_storage(babyn_companion.history(device), Quantity.SPO2)) == 48


async def test_a_record_of_after_the_report_is_not_deleted(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: everything is deleted, whatever has arrived. The control is the next session."""
    sock = babyn_nursery.oximeter()
    device = await bound(babyn_companion, babyn_nursery, "sock")
    await passing(NIGHT)
    async with babyn_companion.connect(device) as session:
        async with contextlib.aclosing(session.readings()) as readings:
            async for reading in readings:
                if QualityReason.FROM_STORAGE in reading.quality.reasons:
                    break  # the report has begun
            sock.store()
            await passing(30, each(readings, _nothing))
        assert len(sock.model.log) == 49
    assert len(from_storage(await listen(babyn_companion, device, 60), Quantity.SPO2)) == 49
    assert len(sock.model.log) == 0


async def _nothing(_reading: Reading) -> None:
    return


@pytest.mark.parametrize(
    ("name", "quantity", "count", "dropped"),
    [("patch", Quantity.TEMPERATURE, 60, 180), ("scale", Quantity.WEIGHT, 7, 0)],
)
async def test_what_was_kept_is_indicated_with_its_time(
    babyn_companion: Companion,
    babyn_nursery: Nursery,
    name: str,
    quantity: Quantity,
    count: int,
    dropped: int,
) -> None:
    """Mutants: the newest first; an earlier date is not believed of a clock that is right."""
    nursery_log = babyn_nursery.thermometer().log if name == "patch" else babyn_nursery.scale().log
    assert nursery_log is not None
    device = await bound(babyn_companion, babyn_nursery, name)
    await passing(NIGHT)
    expected = shown(nursery_log)
    assert len(expected) == count
    assert dropped - 1 <= nursery_log.dropped <= dropped + 1

    readings = await listen(babyn_companion, device, 20)
    assert [reading.measured_at for reading in readings[:count]] == expected
    assert {reading.quantity for reading in readings} == {quantity}
    assert len(nursery_log) == 0
    again = await listen(babyn_companion, device, 20)
    assert not {reading.measured_at for reading in again} & set(expected)
    assert len(babyn_companion.history(device)) == len(readings) + len(again)


@pytest.mark.parametrize("fault", ["jump", "unset", "none"])
async def test_of_a_wrong_clock_no_time_is_believed(
    babyn_companion: Companion, babyn_nursery: Nursery, fault: str
) -> None:
    """Decision 5: shown as questionable, and not stored. The control is a clock that is right.

    Mutant: an earlier date is believed of any clock.
    """
    patch = babyn_nursery.thermometer()
    device = await bound(babyn_companion, babyn_nursery, "patch")
    if fault == "unset":
        patch.model.clock.forget(utc_now())
    await passing(3600)
    if fault == "jump":
        patch.jump_clock(timedelta(hours=3))
    readings = await listen(babyn_companion, device, 20)
    old = readings[:50]
    uncertain = [r for r in old if QualityReason.CLOCK_UNCERTAIN in r.quality.reasons]
    assert len(uncertain) == (0 if fault == "none" else 50)
    assert [r for r in old if r.measured_at is None] == uncertain
    assert all(r.device_time is not None for r in old)
    dated = [r for r in readings if r.measured_at is not None]
    assert len(babyn_companion.history(device)) == len(dated)
