"""What a foreign advertisement costs, and what is left of it."""

from __future__ import annotations

import asyncio
import sys
import tracemalloc
from pathlib import Path
from types import FrameType

import pytest

import babyn_ble
from babyn_ble import Companion
from babyn_simulator.nursery import Nursery
from tests.client.steps import each, passing

pytestmark = pytest.mark.asyncio

OURS = str(Path(babyn_ble.__file__).parent)


class CallCounter:
    """Counts calls of functions that stand in the companion's own files."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            self.calls += 1


async def nothing(_item: object) -> None:
    """Take a sighting, and do nothing with it."""


@pytest.mark.requirement("BN-GATE-07")
async def test_a_foreign_advertisement_costs_three_calls_and_leaves_nothing(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """BN-GATE-07. Mutant: make a sighting of it first, or keep its address."""
    await babyn_nursery.thermometer().power_off()
    scanning = asyncio.create_task(each(babyn_companion.scan(timeout=None), nothing))
    await passing(5)
    before, counter = babyn_companion.scan_counts.dropped, CallCounter()
    sys.setprofile(counter)
    try:
        await passing(60)
    finally:
        sys.setprofile(None)
    foreign = babyn_companion.scan_counts.dropped - before
    assert foreign > 300
    assert counter.calls <= 3 * foreign
    assert counter.calls >= 2 * foreign  # the control: the counter counts

    tracemalloc.start()
    await passing(60)
    start = tracemalloc.take_snapshot()
    await passing(600)
    end = tracemalloc.take_snapshot()
    tracemalloc.stop()
    ours = [tracemalloc.Filter(inclusive=True, filename_pattern=f"{OURS}/*")]
    grown = sum(
        line.size_diff
        for line in end.filter_traces(ours).compare_to(start.filter_traces(ours), "filename")
    )
    assert grown < 1000  # bytes, over some thousands of advertisements
    assert babyn_companion.scan_counts.dropped - before - foreign > 3000
    scanning.cancel()
    await asyncio.wait({scanning})
