"""What has waited is asked about again: sightings, readings, and a scan whose turn has come."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import cast

import pytest
from bumble.snoop import Snooper

from babyn_ble import Companion, ConsentRequiredError, Sighting
from babyn_ble.privacy.purposes import LOCATION
from babyn_simulator.capture import attach
from babyn_simulator.clock import VirtualTimeLoop
from babyn_simulator.nursery import Nursery
from tests.client.steps import each, first, opened, passing, withdraw

pytestmark = pytest.mark.asyncio


@pytest.fixture
def babyn_scenario() -> str:
    return "house"


def set_clock_forward(days: int) -> None:
    """Let the date be a later one, at once."""
    loop = cast("VirtualTimeLoop", asyncio.get_running_loop())
    loop.set_utc_now(loop.utc_now() + timedelta(days=days))


async def test_sightings_that_waited_are_not_handed_out(babyn_companion: Companion) -> None:
    """Mutant: what is in the queue when location is withdrawn is still handed out."""
    seen: list[Sighting] = []

    async def withdraw_later(sighting: Sighting) -> None:
        seen.append(sighting)
        await passing(5)  # the others are seen meanwhile
        assert babyn_companion.scan_counts.kept > 3
        await withdraw(babyn_companion, LOCATION)

    with pytest.raises(ConsentRequiredError):
        await each(babyn_companion.scan(timeout=None), withdraw_later)
    assert len(seen) == 1


async def test_readings_that_waited_are_not_handed_out(
    babyn_companion: Companion,
) -> None:
    """Mutant: a reading that waited until the consent was over is still handed out."""
    device = await babyn_companion.bind(await babyn_companion.find("Thermometer"))
    async with (
        babyn_companion.connect(device) as session,
        contextlib.aclosing(session.readings()) as readings,
    ):
        await anext(readings)
        await passing(10)  # more arrive
        set_clock_forward(366)
        with pytest.raises(ConsentRequiredError):
            await anext(readings)


async def test_a_scan_asks_again_when_its_turn_comes(babyn_nursery: Nursery) -> None:
    """Mutant: it asks only before it waits for the scan before it."""
    async with opened(babyn_nursery) as (babyn, radio):
        before = asyncio.create_task(first_for(babyn, 20))
        await passing(1)
        after = asyncio.create_task(first(babyn))
        await passing(1)
        far_side = ScanStarts()
        attach(radio.device.host, far_side)
        set_clock_forward(181)
        await before
        with pytest.raises(ConsentRequiredError):
            await after
        assert far_side.count == 0


class ScanStarts(Snooper):
    """Counts how often scanning is switched on."""

    count = 0

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        if hci_packet[:3] == b"\x01\x42\x20":  # LE Set Extended Scan Enable
            self.count += hci_packet[4]


async def first_for(babyn: Companion, seconds: float) -> None:
    """Scan for so long, and drop what is seen."""
    with contextlib.suppress(ConsentRequiredError):
        async for _sighting in babyn.scan(timeout=seconds):
            pass
