"""Faults of a link, as an ordinary bleak client sees them."""

from __future__ import annotations

import pytest
from bleak.exc import BleakError

from babyn_simulator.faults import LinkLost, Mute, RadioSilence, fault
from tests.simulator.faults_bench import (
    BATTERY,
    MEASUREMENT,
    PATCH,
    Values,
    Ward,
    in_ward,
    is_connected,
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
        assert is_connected(client)
        await ward.nursery.faults[0].struck()
        assert ward.now == pytest.approx(begin + 5, abs=0.5)
        assert is_connected(client)  # until the supervision timeout
        await pass_time(30)
        assert not is_connected(client)
        (noticed,) = ward.lost
        assert 5 < noticed - connected < 12
        with pytest.raises(BleakError):
            await client.read_gatt_char(BATTERY)
    async with ward.connected() as client:  # the control: the second link stands
        await pass_time(60)
        assert is_connected(client)
    assert (ward.nursery.faults[0].strikes, ward.nursery.faults[0].active) == (1, False)


@in_ward()
async def test_link_lost_in_one_line(ward: Ward) -> None:
    """Mutant: a fault that is injected over a live link waits for the next one."""
    async with ward.connected() as client:
        injection = ward.nursery.inject(fault("link_lost", device="patch", silence=0.5))
        await pass_time(0.4)
        assert is_connected(client)
        await pass_time(0.2)
        assert not is_connected(client)
        assert injection.strikes == 1


@in_ward()
async def test_a_link_is_lost_at_a_packet(ward: Ward) -> None:
    """Mutant: count packets of the wrong direction, or deliver the packet all the same."""
    injection = ward.nursery.inject(
        LinkLost(device="patch", opcode="handle_value_indication", packet=3, silence=0.0)
    )
    values = Values()
    async with ward.connected() as client:
        await client.start_notify(MEASUREMENT, values)
        await pass_time(10)
        assert len(values.values) == 2
        assert not is_connected(client)
    assert injection.strikes == 1


@in_ward()
async def test_every_connection_is_lost(ward: Ward) -> None:
    """Mutant: strike once for all connections together. The control is another device's fault."""
    injection = ward.nursery.inject(LinkLost(after=4, times="always", silence=0.1))
    other = ward.nursery.inject(LinkLost(central=1, after=1, times="always", silence=0.1))
    for _ in range(3):
        async with ward.connected() as client:
            await pass_time(1)
            assert is_connected(client)
            await pass_time(4)
            assert not is_connected(client)
    assert (injection.strikes, injection.active) == (3, True)
    injection.cancel()
    async with ward.connected() as client:
        await pass_time(10)
        assert is_connected(client)
    assert (injection.strikes, injection.active, other.strikes) == (3, False, 0)


@in_ward()
async def test_a_short_silence_is_survived_and_what_it_held_up_arrives_in_order(ward: Ward) -> None:
    """Mutant: drop what is sent in the silence, or let it change places."""
    values = Values()
    patch = ward.nursery.thermometer()
    async with ward.connected() as client:
        await client.start_notify(BATTERY, values)
        values.values.clear()
        begin = ward.now
        injection = ward.nursery.inject(RadioSilence(device="patch", lasts=0.6))
        sent = [bytes([level]) for level in range(50)]
        for value in sent:
            await pass_time(0.01)
            await patch.notify(patch.battery_level, value)
        assert values.values == []
        await client.read_gatt_char(BATTERY)
        assert ward.now - begin == pytest.approx(0.6, abs=0.1)
        await pass_time(10)
        assert is_connected(client)
        assert [value for value in values.values if value in sent] == sent
        assert injection.strikes == 1


@in_ward()
async def test_a_silence_as_long_as_the_supervision_timeout_ends_the_link(ward: Ward) -> None:
    """Mutant: end the link at once, or when the silence is over."""
    async with ward.connected() as client:
        (end,) = ward.nursery.thermometer().controller.links()
        assert end.radio_link is not None
        timeout = end.radio_link.supervision_timeout * 0.01
        begin = ward.now
        injection = ward.nursery.inject(RadioSilence(device="patch", lasts=timeout * 3))
        await pass_time(timeout * 4)
        assert not is_connected(client)
        assert ward.lost[0] - begin == pytest.approx(timeout, abs=0.01)
        assert injection.strikes == 1


@in_ward()
async def test_a_mute_device_stays_connected_and_says_nothing(ward: Ward) -> None:
    """Mutant: silence the link as well; it would time out."""
    values = Values()
    async with ward.connected() as client:
        await client.start_notify(MEASUREMENT, values)
        await pass_time(3.5)
        told = len(values.values)
        assert told in (3, 4)
        injection = ward.nursery.inject(Mute(device="patch", lasts=60))
        await pass_time(20)
        assert is_connected(client)
        assert len(values.values) == told
        with pytest.raises(TimeoutError):
            await client.read_gatt_char(BATTERY)  # 30 seconds, and the bearer is dead
        assert not is_connected(client)
        assert injection.strikes == 1
    await pass_time(60)
    async with ward.connected() as client:  # the control: it works again
        assert await client.read_gatt_char(BATTERY)


@in_ward()
async def test_a_link_of_which_one_end_is_left_cannot_be_lost(ward: Ward) -> None:
    """Mutant: strike it, and fail in the midst of somebody else's timer."""
    async with ward.connected():
        await ward.radio.power_off()
        assert len(ward.nursery.thermometer().connections) == 1
        injection = ward.nursery.inject(LinkLost(device="patch", since="start"))
        assert (injection.strikes, injection.active) == (0, False)
        await ward.radio.power_on()
    await pass_time(10)
    async with ward.connected():  # the control
        injection = ward.nursery.inject(LinkLost(device="patch", since="start"))
        assert injection.strikes == 1
