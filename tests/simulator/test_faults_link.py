"""Faults of a link, as an ordinary bleak client sees them."""

from __future__ import annotations

import pytest
from bleak.exc import BleakError

from babyn_simulator.faults import fault
from tests.simulator.faults_bench import (
    BATTERY,
    PATCH,
    Ward,
    in_ward,
    pass_time,
)

LOST = (
    PATCH
    + """
[[fault]]
kind = "link_lost"
device = "patch"
after = 5.0
"""
)


@in_ward(LOST)
async def test_a_link_is_lost_five_seconds_after_the_first_connection(ward: Ward) -> None:
    """Mutant: count from the start of the nursery, or lose every link, not only the first."""
    await pass_time(60)
    begin = ward.now
    async with ward.connected() as client:
        connected = ward.now
        await pass_time(4.9)
        assert client.is_connected
        await ward.nursery.faults[0].struck()
        assert ward.now == pytest.approx(begin + 5, abs=0.5)
        assert client.is_connected  # until the supervision timeout
        await pass_time(30)
        assert not client.is_connected
        (noticed,) = ward.lost
        assert 5 < noticed - connected < 12
        with pytest.raises(BleakError):
            await client.read_gatt_char(BATTERY)
    async with ward.connected() as client:  # the control: the second link stands
        await pass_time(60)
        assert client.is_connected
    assert (ward.nursery.faults[0].strikes, ward.nursery.faults[0].active) == (1, False)


@in_ward()
async def test_link_lost_in_one_line(ward: Ward) -> None:
    """Mutant: a fault that is injected over a live link waits for the next one."""
    async with ward.connected() as client:
        injection = ward.nursery.inject(fault("link_lost", device="patch", silence=0.5))
        await pass_time(0.4)
        assert client.is_connected
        await pass_time(0.2)
        assert not client.is_connected
        assert injection.strikes == 1
