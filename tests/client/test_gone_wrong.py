"""What goes wrong on the air ends in one error of ours, with nothing half-done and no task left."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from babyn_ble import (
    BabynError,
    BluetoothUnavailableError,
    BluetoothUnavailableReason,
    Companion,
    DeviceNotFoundError,
    DisconnectedError,
    DisconnectReason,
    Reading,
    RejectedError,
    ResponseTimeoutError,
    StoreError,
)
from babyn_ble.store import SealedReading, SealedRecord
from babyn_ble.store.memory import MemoryStore
from babyn_simulator.nursery import Nursery
from babyn_simulator.security import Pairing
from tests.client.steps import each, first, opened, other_tasks, passing, take

pytestmark = pytest.mark.asyncio


def clean(error: BabynError, nursery: Nursery) -> None:
    """Assert that an error of ours says nothing personal, and hides no foreign one."""
    patch = nursery.thermometer()
    text = str(error).casefold()
    assert patch.address.casefold() not in text
    assert patch.serial.casefold() not in text
    inner: BaseException | None = error
    while inner is not None:
        assert isinstance(inner, BabynError), type(inner)
        inner = inner.__cause__ or inner.__context__


async def test_nobody_there(babyn_companion: Companion, babyn_nursery: Nursery) -> None:
    await babyn_nursery.thermometer().power_off()
    assert [sighting async for sighting in babyn_companion.scan(timeout=3)] == []
    with pytest.raises(DeviceNotFoundError) as missing:
        await babyn_companion.find("nobody", timeout=3)
    clean(missing.value, babyn_nursery)


async def test_gone_between_scan_and_bind(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    sighting = await first(babyn_companion)
    await babyn_nursery.thermometer().power_off()
    with pytest.raises(DeviceNotFoundError) as gone:
        await babyn_companion.bind(sighting)
    clean(gone.value, babyn_nursery)
    assert babyn_companion.devices() == ()
    await babyn_nursery.thermometer().power_on()  # and the radio is not stuck
    assert (await babyn_companion.bind(sighting)).paired


async def test_pairing_rejected_leaves_nothing(babyn_nursery: Nursery) -> None:
    """Mutant: store the device before it has paired."""
    patch = babyn_nursery.thermometer()
    patch.pairing = Pairing.REJECT
    async with opened(babyn_nursery) as (babyn, _radio):
        sighting = await first(babyn)
        with pytest.raises(RejectedError) as refused:
            await babyn.bind(sighting)
        clean(refused.value, babyn_nursery)
        assert babyn.devices() == ()
        assert patch.connections == ()
        patch.pairing = Pairing.REQUIRED
        assert (await babyn.bind(sighting)).paired


async def test_a_device_that_lost_its_bond_is_not_paired_again(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: pair on a reconnect."""
    patch = babyn_nursery.thermometer()
    device = await babyn_companion.bind(await first(babyn_companion))
    await patch.device.keystore.delete_all()  # type: ignore[union-attr]
    with pytest.raises((RejectedError, DisconnectedError)) as refused:
        async with babyn_companion.connect(device) as session:
            await take(session.readings(), 1)
    clean(refused.value, babyn_nursery)
    assert await patch.device.keystore.get_all() == []  # type: ignore[union-attr]


async def test_link_lost_while_readings_arrive(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    device = await babyn_companion.bind(await first(babyn_companion))
    async with babyn_companion.connect(device) as session:
        got: list[Reading] = []

        async def lose_link_after_two(reading: Reading) -> None:
            got.append(reading)
            if len(got) == 2:
                babyn_nursery.thermometer().lose_link()

        with pytest.raises(DisconnectedError) as lost:
            await each(session.readings(), lose_link_after_two)
        assert lost.value.reason is DisconnectReason.LINK_LOST
        clean(lost.value, babyn_nursery)
        assert not session.is_connected
        with pytest.raises(DisconnectedError):
            await take(session.readings(), 1)
    async with babyn_companion.connect(device) as session:  # and it can be connected again
        assert len(await take(session.readings(), 1)) == 1


async def test_a_lost_link_leaves_the_session_as_a_lost_link(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: on the way out, ask the permit of the link, which has been given back by then."""
    device = await babyn_companion.bind(await first(babyn_companion))

    async def whole_session() -> None:
        async with babyn_companion.connect(device) as session:
            babyn_nursery.thermometer().lose_link()
            await take(session.readings(), 9)

    with pytest.raises(DisconnectedError):
        await whole_session()


async def test_link_lost_in_mid_read(babyn_companion: Companion, babyn_nursery: Nursery) -> None:
    patch = babyn_nursery.thermometer()
    sighting = await first(babyn_companion)
    patch.stall_reads()
    inspecting = asyncio.create_task(babyn_companion.inspect(sighting))
    await passing(2)
    assert len(patch.connections) == 1
    patch.lose_link()
    with pytest.raises(DisconnectedError) as lost:
        await inspecting
    clean(lost.value, babyn_nursery)


async def test_no_answer(babyn_companion: Companion, babyn_nursery: Nursery) -> None:
    sighting = await first(babyn_companion)
    babyn_nursery.thermometer().stall_reads()
    with pytest.raises((ResponseTimeoutError, DisconnectedError)) as silent:
        await babyn_companion.inspect(sighting)
    clean(silent.value, babyn_nursery)


async def test_adapter_off(babyn_nursery: Nursery) -> None:
    async with opened(babyn_nursery) as (babyn, radio):
        device = await babyn.bind(await first(babyn))
        await radio.power_off()
        for attempt in (first(babyn), _reads(babyn)):
            with pytest.raises(BluetoothUnavailableError) as off:
                await attempt
            assert off.value.reason is BluetoothUnavailableReason.POWERED_OFF
            clean(off.value, babyn_nursery)
        await radio.power_on()
        async with babyn.connect(device) as session:
            assert len(await take(session.readings(), 1)) == 1
            await radio.power_off()
            with pytest.raises(DisconnectedError):
                await take(session.readings(), 9)


async def _reads(babyn: Companion) -> None:
    async with babyn.connect(babyn.devices()[0]):
        pass


async def test_a_full_store_ends_the_session_and_loses_nothing_silently(
    babyn_nursery: Nursery,
) -> None:
    """Mutant: hand a reading out although it could not be stored."""

    class FullStore(MemoryStore):
        full = False

        def append_readings(self, readings: Sequence[SealedReading]) -> int:
            if self.full:
                raise StoreError("The disk is full; make room, then connect again")
            return super().append_readings(readings)

    store = FullStore()
    async with opened(babyn_nursery, store) as (babyn, _radio):
        device = await babyn.bind(await first(babyn))
        async with babyn.connect(device) as session:
            shown = await take(session.readings(), 2)
            store.full = True
            with pytest.raises(StoreError):
                shown += await take(session.readings(), 2)
        assert list(babyn.history(device))[: len(shown)] == shown


async def test_a_store_that_fails_at_binding_leaves_no_bond(babyn_nursery: Nursery) -> None:
    """Mutant: keep the bond although the binding could not be stored."""

    class FullStore(MemoryStore):
        def put(self, record: SealedRecord, *, only_new: bool = False) -> bool:
            if record.kind == "device":
                raise StoreError("The disk is full; make room, then bind again")
            return super().put(record, only_new=only_new)

    async with opened(babyn_nursery, FullStore()) as (babyn, radio):
        with pytest.raises(StoreError):
            await babyn.bind(await first(babyn))
        assert babyn.devices() == ()
        assert await radio.device.keystore.get_all() == []  # type: ignore[union-attr]


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.5, 1.5, 3.0])
async def test_cancelled_at_any_moment(babyn_nursery: Nursery, moment: float) -> None:
    """Ctrl-C is a cancellation: whenever it comes, links and tasks are gone afterwards."""
    before = other_tasks()

    async def everything() -> None:
        async with opened(babyn_nursery) as (babyn, _radio):
            device = await babyn.bind(await first(babyn))
            async with babyn.connect(device) as session:
                await take(session.readings(), 99)

    running = asyncio.create_task(everything())
    await passing(moment)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()
    assert other_tasks() == before
    await passing(1)
    assert babyn_nursery.thermometer().connections == ()
