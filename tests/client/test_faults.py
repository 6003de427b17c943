"""What the companion makes of each fault: an error of its own, or it goes on."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from babyn_ble import (
    BabynError,
    BluetoothUnavailableError,
    BoundDevice,
    Companion,
    DeviceNotFoundError,
    DisconnectedError,
    DisconnectReason,
    Reading,
    RejectedError,
    ResponseTimeoutError,
)
from babyn_simulator.faults import (
    AdapterOff,
    AdvertisingStops,
    AttError,
    BondLost,
    Corrupt,
    Delay,
    Drop,
    Duplicate,
    Fault,
    LinkLost,
    ManInTheMiddle,
    Mute,
    NoAnswer,
    RadioSilence,
    Reorder,
    Reset,
    SecondCentral,
    SlowAnswer,
)
from babyn_simulator.nursery import Nursery
from tests.client.steps import each, first, opened, other_tasks, passing, take

pytestmark = pytest.mark.asyncio

PUSHED: Final = "handle_value_indication"


def ours(error: BaseException, nursery: Nursery) -> None:
    """Assert that an error is ours all through, and names nobody."""
    patch = nursery.thermometer()
    inner: BaseException | None = error
    while inner is not None:
        assert isinstance(inner, BabynError), type(inner)
        assert patch.address.casefold() not in str(inner).casefold()
        inner = inner.__cause__ or inner.__context__


async def bound(babyn: Companion) -> BoundDevice:
    """Bind the patch."""
    return await babyn.bind(await first(babyn))


LINK_ENDS: list[Fault] = [
    LinkLost(device="patch", after=4.5),
    LinkLost(device="patch", opcode=PUSHED, packet=4),
    RadioSilence(device="patch", after=4.5, lasts=60),
    Reset(device="patch", after=4.5),
    AdapterOff(after=4.5),
    SecondCentral(device="patch", after=4.5, steals=True, since="start"),
]


@pytest.mark.parametrize("fault", LINK_ENDS, ids=lambda fault: fault.kind_name())
async def test_a_link_that_ends_is_told_once_and_can_be_had_again(
    babyn_nursery: Nursery, fault: Fault
) -> None:
    """Mutant: the stream of readings waits for ever, or ends as if all had been told."""
    before = other_tasks()
    async with opened(babyn_nursery) as (babyn, radio):
        device = await bound(babyn)
        async with babyn.connect(device) as session:
            injection = babyn_nursery.inject(fault)
            got: list[Reading] = []

            async def keep(reading: Reading) -> None:
                got.append(reading)

            with pytest.raises(DisconnectedError) as lost:
                await asyncio.wait_for(each(session.readings(), keep), 60)
            ours(lost.value, babyn_nursery)
            assert lost.value.reason is DisconnectReason.LINK_LOST
            assert 2 <= len(got) <= 6
        await injection.struck()
        assert injection.strikes == 1
        injection.cancel()
        await radio.power_on()
        await passing(10)
        async with babyn.connect(device) as session:
            assert len(await take(session.readings(), 2)) == 2
    assert other_tasks() == before


async def test_a_short_silence_loses_nothing(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: give up on a peer that is quiet for a moment."""
    device = await bound(babyn_companion)
    async with babyn_companion.connect(device) as session:
        injection = babyn_nursery.inject(RadioSilence(after=2.5, lasts=0.6, times=3, every=3))
        readings = await take(session.readings(), 12)
    assert injection.strikes == 3
    times = [reading.measured_at for reading in readings if reading.measured_at is not None]
    assert len(times) == 12
    assert times == sorted(set(times))


async def test_a_mute_device_is_an_answer_that_never_came(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: wait for ever. The control is every other test."""
    sighting = await first(babyn_companion)
    injection = babyn_nursery.inject(Mute(device="patch", opcode="read_request", packet=3))
    with pytest.raises((ResponseTimeoutError, DisconnectedError)) as mute:
        async with asyncio.timeout(200):
            await babyn_companion.inspect(sighting)
    ours(mute.value, babyn_nursery)
    assert injection.strikes == 1
    injection.cancel()
    await passing(5)
    assert (await babyn_companion.inspect(sighting)).services


ANSWERS: list[tuple[Fault, type[BabynError] | None]] = [
    (SlowAnswer(opcode="read_request", seconds=5), None),
    (Delay(opcode="read_response", seconds=5), None),
    # A reading needs none of the values that are read besides.
    (AttError(opcode="read_request", code=0x0E, times="always"), None),
    (AttError(opcode="write_request", attribute="2902", times="always"), RejectedError),
    (AttError(opcode="read_by_group_type_request", code=0x0E), RejectedError),
    # After 30 seconds without an answer the bearer is dead, and with it the link.
    (NoAnswer(opcode="read_request"), DisconnectedError),
    (NoAnswer(opcode="write_request", attribute="2902"), DisconnectedError),
    (Corrupt(opcode="read_response", offset=0, flip=0x70), DisconnectedError),
    (Corrupt(opcode="read_by_type_response", offset=2), DisconnectedError),
]


@pytest.mark.parametrize(("fault", "expected"), ANSWERS)
async def test_bad_answers_in_a_session(
    babyn_nursery: Nursery, fault: Fault, expected: type[BabynError] | None
) -> None:
    """Mutant: an error of bleak's comes through, or a session that hangs."""
    async with opened(babyn_nursery) as (babyn, _radio):
        device = await bound(babyn)
        injection = babyn_nursery.inject(fault)
        error: BabynError | None = None
        try:
            async with asyncio.timeout(200), babyn.connect(device) as session:
                assert len(await take(session.readings(), 2)) == 2
        except BabynError as raised:
            error = raised
        assert injection.strikes >= 1
        assert (error and type(error)) is expected
        if error is not None:
            ours(error, babyn_nursery)
        injection.cancel()
        await passing(10)
        async with babyn.connect(device) as session:  # and then all is well again
            assert len(await take(session.readings(), 2)) == 2


READINGS: list[tuple[Fault, list[int]]] = [
    (Duplicate(opcode=PUSHED, packet=3), [1, 2, 3, 3, 4, 5]),  # the source has no sequence
    (Delay(opcode=PUSHED, packet=3, seconds=2.5), [1, 2, 3, 5, 6, 7]),
    (Reorder(opcode=PUSHED, packet=3, seconds=2.5), [1, 2, 3, 5, 6, 7]),
    (Corrupt(opcode=PUSHED, packet=3, cut=4), [1, 2, 4, 5, 6, 7]),
    # A lost indication is not confirmed, and the patch waits for that, for 30 seconds.
    (Drop(opcode=PUSHED, packet=3), [1, 2, 33, 34, 35, 36]),
    (Drop(opcode="handle_value_confirmation", packet=3), [1, 2, 3, 33, 34, 35]),
]


@pytest.mark.parametrize(("fault", "seconds"), READINGS)
async def test_bad_readings(babyn_nursery: Nursery, fault: Fault, seconds: list[int]) -> None:
    """Mutant: a reading that makes no sense ends the session, or is made up."""
    async with opened(babyn_nursery) as (babyn, _radio):
        device = await bound(babyn)
        injection = babyn_nursery.inject(fault)
        async with babyn.connect(device) as session:
            readings = await take(session.readings(), 6)
    assert injection.strikes == 1
    moments = [reading.measured_at for reading in readings]
    first_second = moments[0]
    assert first_second is not None
    assert [
        (moment - first_second).seconds + 1 for moment in moments if moment is not None
    ] == seconds


async def test_a_device_that_cannot_be_found(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: scan for ever. The control is the last line."""
    sighting = await first(babyn_companion)
    faults: list[Fault] = [AdvertisingStops(device="patch"), SecondCentral(device="patch")]
    for fault in faults:
        injection = babyn_nursery.inject(fault)
        await injection.struck()
        with pytest.raises(DeviceNotFoundError) as missing:
            await babyn_companion.bind(sighting)
        ours(missing.value, babyn_nursery)
        injection.cancel()
        await passing(5)
    assert (await babyn_companion.bind(sighting)).paired


async def test_the_adapter_is_off(babyn_companion: Companion, babyn_nursery: Nursery) -> None:
    """Mutant: an error that does not say why."""
    injection = babyn_nursery.inject(AdapterOff())
    await passing(1)
    with pytest.raises(BluetoothUnavailableError) as off:
        await first(babyn_companion)
    ours(off.value, babyn_nursery)
    injection.cancel()
    await passing(1)
    assert (await first(babyn_companion)).rssi < 0


async def test_a_lost_bond_and_a_man_in_the_middle_after_binding(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: pair anew, unasked; then the one in the middle reads along."""
    device = await bound(babyn_companion)
    faults: list[Fault] = [ManInTheMiddle(device="patch", lasts=600), BondLost(device="patch")]
    for fault in faults:
        injection = babyn_nursery.inject(fault)
        await passing(1)
        with pytest.raises((RejectedError, DisconnectedError)) as refused:
            async with babyn_companion.connect(device) as session:
                await take(session.readings(), 1)
        ours(refused.value, babyn_nursery)
        assert injection.strikes >= 1
        injection.cancel()
        await passing(10)
        if isinstance(fault, ManInTheMiddle):  # the control: the bond is as good as before
            async with babyn_companion.connect(device) as session:
                assert len(await take(session.readings(), 1)) == 1


async def test_a_man_in_the_middle_while_binding_reads_along(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """What Just Works cannot prevent: open and paired keeps out who only listens."""
    injection = babyn_nursery.inject(ManInTheMiddle(device="patch"))
    await passing(1)
    device = await bound(babyn_companion)
    assert device.paired
    async with babyn_companion.connect(device) as session:
        assert len(await take(session.readings(), 2)) == 2
    assert any(pdu[0] == 0x1D for pdu in injection.overheard)
