"""What goes wrong on the air ends in the same errors of ours on every radio."""

from __future__ import annotations

import asyncio

import pytest

from babyn_ble import (
    BabynError,
    BluetoothUnavailableError,
    BluetoothUnavailableReason,
    DeviceNotFoundError,
    DisconnectedError,
    DisconnectReason,
    Reading,
    RejectedError,
)
from babyn_simulator.devices.open_profile.nursery_device import NurseryDevice
from babyn_simulator.security import Pairing
from tests.client.steps import each, take
from tests.radios.worlds import Play, World


def clean(error: BabynError, device: NurseryDevice) -> None:
    """Assert that an error of ours says nothing personal, and hides no foreign one."""
    text = str(error).casefold()
    assert device.address.casefold() not in text
    assert device.serial.casefold() not in text
    inner: BaseException | None = error
    while inner is not None:
        assert isinstance(inner, BabynError), type(inner)
        inner = inner.__cause__ or inner.__context__


def test_a_device_that_is_gone_is_not_found(play: Play) -> None:
    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, world.companion() as babyn:
            sighting = await babyn.find(patch.address)
            await patch.power_off()
            with pytest.raises((DeviceNotFoundError, DisconnectedError)) as gone:
                await babyn.bind(sighting)
            clean(gone.value, patch)
            assert babyn.devices() == ()
            await patch.power_on()  # and the radio is not stuck
            assert (await babyn.bind(await babyn.find(patch.address))).paired

    play(story)


def test_pairing_rejected_leaves_nothing(play: Play) -> None:
    """Mutant: store the device before it has paired."""

    async def story(world: World) -> None:
        async with (
            world.device("thermometer", pairing="reject") as patch,
            world.companion() as babyn,
        ):
            with pytest.raises(RejectedError) as refused:
                await babyn.bind(await babyn.find(patch.address))
            clean(refused.value, patch)
            assert babyn.devices() == ()
            patch.pairing = Pairing.REQUIRED
            assert (await babyn.bind(await babyn.find(patch.address))).paired

    play(story)


def test_a_link_that_is_lost_is_told_and_can_be_had_again(play: Play) -> None:
    """Mutant: take the silence for the end of the readings."""

    async def story(world: World) -> None:
        async with world.device("thermometer", interval=1.0) as patch, world.companion() as babyn:
            device = await babyn.bind(await babyn.find(patch.address))
            async with babyn.connect(device) as session:
                got: list[Reading] = []

                async def lose_link_after_two(reading: Reading) -> None:
                    got.append(reading)
                    if len(got) == 2:
                        patch.lose_link()

                with pytest.raises(DisconnectedError) as lost:
                    await each(session.readings(), lose_link_after_two)
                assert lost.value.reason is DisconnectReason.LINK_LOST
                clean(lost.value, patch)
            async with babyn.connect(device) as session:
                assert len(await take(session.readings(), 1)) == 1

    play(story)


def test_a_device_that_restarts_is_read_again(play: Play) -> None:
    """Its subscriptions are gone, its bonds are not. Mutant: subscribe only at binding."""

    async def story(world: World) -> None:
        async with world.device("thermometer", interval=1.0) as patch, world.companion() as babyn:
            device = await babyn.bind(await babyn.find(patch.address))
            async with babyn.connect(device) as session:
                await take(session.readings(), 1)
                await patch.reset()
                with pytest.raises(DisconnectedError):
                    await take(session.readings(), 99)
            async with babyn.connect(device) as session:
                assert len(await take(session.readings(), 2)) == 2

    play(story)


def test_adapter_off_and_on(play: Play) -> None:
    async def story(world: World) -> None:
        async with world.device("thermometer", interval=1.0) as patch, world.companion() as babyn:
            device = await babyn.bind(await babyn.find(patch.address))
            await world.adapter.power_off()
            with pytest.raises(BluetoothUnavailableError) as off:
                await babyn.find(patch.address)
            assert off.value.reason is BluetoothUnavailableReason.POWERED_OFF
            clean(off.value, patch)
            await world.adapter.power_on()
            async with babyn.connect(device) as session:
                assert len(await take(session.readings(), 1)) == 1
                await world.adapter.power_off()
                with pytest.raises(DisconnectedError):
                    await take(session.readings(), 99)
            await world.adapter.power_on()

    play(story)


def test_adapter_off_and_on_while_scanning(play: Play) -> None:
    """Mutant: leave the radio taken by the scan that the adapter has ended."""

    async def story(world: World) -> None:
        async with world.device("thermometer") as patch, world.companion() as babyn:
            seen: list[str] = []
            found = asyncio.Event()

            async def scan() -> None:
                async for sighting in babyn.scan(timeout=20):
                    seen.append(sighting.model)
                    found.set()

            scanning = asyncio.create_task(scan())
            await found.wait()
            assert await world.scanning()
            await world.adapter.power_off()
            await world.adapter.power_on()
            await scanning  # ends when its time is over
            assert seen == ["thermometer"]
            assert (await babyn.find(patch.address)).model == "thermometer"
            assert not await world.scanning()

    play(story)


def test_a_second_scan_of_one_program(play: Play) -> None:
    """BlueZ takes one scan of a program. Mutant: say that the adapter is broken."""

    async def story(world: World) -> None:
        async with world.companion() as one, world.companion() as other:

            async def scan() -> None:
                async for _ in one.scan(timeout=None):
                    pass

            scanning = asyncio.create_task(scan())
            await world.until_scanning()
            if world.name == "sim":
                assert [sighting async for sighting in other.scan(timeout=1)] == []
            else:
                with pytest.raises(BluetoothUnavailableError) as refused:
                    await other.find("nobody")
                assert refused.value.reason is BluetoothUnavailableReason.BUSY
            scanning.cancel()
            with pytest.raises(asyncio.CancelledError):
                await scanning

    play(story)


@pytest.mark.last
def test_a_device_that_lost_its_bond_is_not_paired_again(play: Play) -> None:
    """Linux 6.1 (Debian 6.1.192) ends bluetoothd, in hci_chan_del, when the link is ended.

    Mutant: pair on a reconnect.
    """

    async def story(world: World) -> None:
        async with world.device("thermometer", interval=1.0) as patch, world.companion() as babyn:
            device = await babyn.bind(await babyn.find(patch.address))
            await patch.keystore.delete_all()
            with pytest.raises((RejectedError, DisconnectedError)) as refused:
                async with babyn.connect(device) as session:
                    await take(session.readings(), 1)
            clean(refused.value, patch)
            assert await patch.keystore.get_all() == []

    play(story)
