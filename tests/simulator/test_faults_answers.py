"""Faults of answers, as an ordinary bleak client sees them."""

from __future__ import annotations

import asyncio

import pytest
from bleak.exc import BleakError, BleakGATTProtocolError

from babyn_simulator.faults import AttError, NoAnswer, SlowAnswer
from tests.simulator.faults_bench import (
    BATTERY,
    MEASUREMENT,
    TYPE,
    Values,
    Ward,
    in_ward,
    is_connected,
    pass_time,
)


@in_ward()
async def test_an_answer_is_slow_and_what_is_told_is_not(ward: Ward) -> None:
    """Mutant: hold up the indications, too, or the answers to other requests."""
    values = Values()
    async with ward.connected() as client:
        await client.start_notify(MEASUREMENT, values)
        injection = ward.nursery.inject(
            SlowAnswer(device="patch", opcode="read_request", attribute="2a19", seconds=12)
        )
        begin = ward.now
        await client.read_gatt_char(TYPE)
        assert ward.now - begin < 1  # the control
        before = len(values.values)
        await client.read_gatt_char(BATTERY)
        assert 12 <= ward.now - begin < 13
        assert len(values.values) - before >= 11
        begin = ward.now
        await client.read_gatt_char(BATTERY)
        assert ward.now - begin < 1
        assert injection.strikes == 1


@in_ward()
async def test_an_answer_later_than_thirty_seconds_is_none(ward: Ward) -> None:
    """Mutant: wait for ever. The control is above."""
    async with ward.connected() as client:
        ward.nursery.inject(SlowAnswer(opcode="read_request", seconds=31))
        with pytest.raises(TimeoutError):
            await client.read_gatt_char(BATTERY)
        assert not is_connected(client)


@in_ward()
async def test_an_answer_never_comes(ward: Ward) -> None:
    """Mutant: drop the answer's request once more, or the answer to everything."""
    async with ward.connected() as client:
        injection = ward.nursery.inject(NoAnswer(device="patch", attribute="2a19"))
        assert await client.read_gatt_char(TYPE)
        with pytest.raises(TimeoutError):
            await client.read_gatt_char(BATTERY)
        assert not is_connected(client)
        assert injection.strikes == 1
    async with ward.connected() as client:
        assert await client.read_gatt_char(BATTERY)


@in_ward()
async def test_discovery_is_never_answered(ward: Ward) -> None:
    """Mutant: only reads and writes count as requests."""
    injection = ward.nursery.inject(NoAnswer(opcode="read_by_type_request"))
    begin = ward.now
    client = await ward.client()
    with pytest.raises(TimeoutError):
        await client.connect()
    assert ward.now - begin == pytest.approx(20, abs=2)  # the client's own timeout
    assert injection.strikes == 1


@pytest.mark.parametrize("code", [0x0E, 0x11, 0x80, 0xFC])
def test_a_read_is_answered_with_an_error(code: int) -> None:
    """Mutant: another code, or an error for every attribute."""
    _read_is_refused(code)


@in_ward()
async def _read_is_refused(ward: Ward, code: int) -> None:
    async with ward.connected() as client:
        injection = ward.nursery.inject(AttError(attribute="2a19", code=code, times=2))
        for _ in range(2):
            with pytest.raises(BleakGATTProtocolError) as refused:
                await client.read_gatt_char(BATTERY)
            assert int(refused.value.code) == code
            assert await client.read_gatt_char(TYPE)
        assert await client.read_gatt_char(BATTERY)
        assert (injection.strikes, is_connected(client)) == (2, True)


@in_ward()
async def test_a_subscription_is_answered_with_an_error_and_has_no_effect(ward: Ward) -> None:
    """Mutant: let the device see the request, and subscribe."""
    patch = ward.nursery.thermometer()
    async with ward.connected() as client:
        injection = ward.nursery.inject(AttError(opcode="write_request", attribute="2902"))
        with pytest.raises(BleakGATTProtocolError):
            await client.start_notify(BATTERY, Values())
        assert not patch.subscribed(patch.battery_level)
        await client.start_notify(BATTERY, Values())  # the control
        assert patch.subscribed(patch.battery_level)
        assert injection.strikes == 1


@in_ward()
async def test_what_needs_no_answer_is_not_struck(ward: Ward) -> None:
    """Mutant: an error to a confirmation. The control is in the tests above."""
    values = Values()
    async with ward.connected() as client:
        await client.start_notify(MEASUREMENT, values)
        injection = ward.nursery.inject(NoAnswer(times="always"))
        await pass_time(10)
        assert len(values.values) >= 10
        assert injection.strikes == 0
        reading = asyncio.create_task(client.read_gatt_char(BATTERY))
        await injection.struck()
        injection.cancel()
        with pytest.raises((TimeoutError, BleakError)):
            await reading
