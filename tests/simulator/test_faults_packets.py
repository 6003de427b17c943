"""Faults of packets, as an ordinary bleak client sees them."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
from bleak import BleakClient

from babyn_simulator.faults import Corrupt, Delay, Drop, Duplicate, PacketFault, Reorder
from tests.simulator.faults_bench import BATTERY, Values, Ward, in_ward, is_connected, pass_time

PUSHED: Final = "handle_value_notification"


async def told(ward: Ward, fault: PacketFault | None, count: int = 5) -> list[tuple[float, bytes]]:
    """Have the patch notify 0, 1, 2… each tenth of a second; return what arrives, and when."""
    values = Values()
    patch = ward.nursery.thermometer()
    async with ward.connected() as client:
        await client.start_notify(BATTERY, values)
        await pass_time(1)
        values.values.clear()
        values.times.clear()
        injection = None if fault is None else ward.nursery.inject(fault)
        begin = ward.now
        for level in range(count):
            await patch.notify(patch.battery_level, bytes([level]))
            await pass_time(0.1)
        await pass_time(5)
        assert is_connected(client)
        if injection is not None:
            assert injection.strikes > 0
            injection.cancel()
    return [
        (round(time - begin, 2), value)
        for time, value in zip(values.times, values.values, strict=True)
    ]


def levels(received: list[tuple[float, bytes]]) -> list[int]:
    """Return the values alone."""
    return [value[0] for _time, value in received]


@in_ward()
async def test_without_a_fault_each_arrives_once_and_in_time(ward: Ward) -> None:
    received = await told(ward, None)
    assert levels(received) == [0, 1, 2, 3, 4]
    assert [time for time, _value in received] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4], abs=0.05)


@in_ward()
async def test_a_packet_is_dropped(ward: Ward) -> None:
    """Mutant: count from 0, or drop all that follow."""
    assert levels(await told(ward, Drop(opcode=PUSHED, packet=3))) == [0, 1, 3, 4]
    assert levels(await told(ward, Drop(opcode=PUSHED, packet=2, times=2))) == [0, 3, 4]
    assert levels(await told(ward, Drop(opcode=PUSHED, times="always", lasts=0.25))) == [3, 4]
    assert levels(await told(ward, Drop(attribute="2a19", times="always", after=0.35))) == [
        0,
        1,
        2,
        3,
    ]


@in_ward()
async def test_what_is_not_selected_passes(ward: Ward) -> None:
    """Mutant: ignore direction, attribute or opcode."""
    aims = [
        Drop(direction="to_device", times="always"),
        Drop(direction="to_device", attribute="2a19", times="always"),
        Drop(attribute="2a1c", times="always"),
        Drop(opcode="handle_value_indication", times="always"),
        Drop(central=1, times="always"),
    ]
    injections = [ward.nursery.inject(aim) for aim in aims[1:]]
    assert levels(await told(ward, None)) == [0, 1, 2, 3, 4]
    assert [injection.strikes for injection in injections] == [0, 0, 0, 0]
    injections.append(ward.nursery.inject(aims[0]))
    client = await ward.client()
    with pytest.raises(TimeoutError):
        await client.connect()
    assert injections[-1].strikes > 0


@in_ward()
async def test_a_late_packet_holds_up_those_behind_it(ward: Ward) -> None:
    """Mutant: let others overtake it, as `reorder` does."""
    received = await told(ward, Delay(opcode=PUSHED, packet=2, seconds=0.25))
    assert levels(received) == [0, 1, 2, 3, 4]
    assert [time for time, _value in received] == pytest.approx(
        [0.0, 0.35, 0.35, 0.35, 0.4], abs=0.05
    )


@in_ward()
async def test_a_packet_is_overtaken(ward: Ward) -> None:
    """Mutant: hold up what is behind it, as `delay` does."""
    assert levels(await told(ward, Reorder(opcode=PUSHED, packet=2, seconds=0.25))) == [
        0,
        2,
        3,
        1,
        4,
    ]


@in_ward()
async def test_a_packet_arrives_more_than_once(ward: Ward) -> None:
    """Mutant: one copy more, or fewer."""
    assert levels(await told(ward, Duplicate(opcode=PUSHED, packet=2, copies=2))) == [
        0,
        1,
        1,
        1,
        2,
        3,
        4,
    ]
    spaced = await told(ward, Duplicate(opcode=PUSHED, packet=4, seconds=1.0))
    assert levels(spaced) == [0, 1, 2, 3, 4, 3]


@in_ward()
async def test_bits_flip(ward: Ward) -> None:
    """Mutant: another byte, or bits that are set and not flipped."""
    assert levels(await told(ward, Corrupt(opcode=PUSHED, packet=2, offset=3, flip=0x81))) == [
        0,
        0x80,
        2,
        3,
        4,
    ]
    received = await told(ward, Corrupt(opcode=PUSHED, packet=2, cut=1))
    assert [value for _time, value in received] == [b"\0", b"", b"\2", b"\3", b"\4"]


@in_ward()
async def test_what_is_too_short_to_be_spoilt_is_not_struck(ward: Ward) -> None:
    """Mutant: count a strike that changed nothing. The control is above."""
    values = Values()
    async with ward.connected() as client:
        injection = ward.nursery.inject(Corrupt(times="always", offset=300))
        cut = ward.nursery.inject(Corrupt(times="always", cut=300))
        await client.start_notify(BATTERY, values)
        assert await client.read_gatt_char(BATTERY) == b"\x64"
    assert (injection.strikes, cut.strikes) == (0, 0)


@in_ward()
async def test_chance_is_from_the_seed(ward: Ward) -> None:
    """Mutant: draw from the system, or strike always."""
    first = levels(await told(ward, Drop(opcode=PUSHED, times="always", probability=0.4), 100))
    assert 40 < len(first) < 80
    again = levels(await told(ward, Drop(opcode=PUSHED, times="always", probability=0.4), 100))
    assert first != again  # each injection has numbers of its own


@in_ward()
async def test_any_byte_of_any_packet_may_be_spoilt(ward: Ward) -> None:
    """A stack that meets nonsense ends in an error of bleak's or goes on; it never hangs."""
    outcomes: list[str] = []
    for _ in range(30):
        injection = ward.nursery.inject(Corrupt(times="always", probability=0.05))
        outcomes.append(await story(await ward.client()))
        injection.cancel()
        await pass_time(10)
    assert 0 < outcomes.count("done") < 30
    assert set(outcomes) <= {
        "done",
        "BleakCharacteristicNotFoundError",
        "BleakError",
        "BleakGATTProtocolError",
        "TimeoutError",
    }
    assert await story(await ward.client()) == "done"


async def story(client: BleakClient) -> str:
    """Connect, read, subscribe; return what became of it."""
    try:
        async with asyncio.timeout(120), client:
            await client.start_notify(BATTERY, Values())
            await client.read_gatt_char(BATTERY)
    except Exception as error:  # noqa: BLE001 - the test looks at it
        return type(error).__name__
    return "done"
