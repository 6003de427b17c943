"""Every kind of reading arrives, and every control is set, on every radio."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest

from babyn_ble import Quantity
from babyn_simulator.devices.open_profile.night_light import NightLight
from babyn_simulator.devices.open_profile.nursery_device import NurseryDevice
from babyn_simulator.devices.open_profile.oximeter import Oximeter
from babyn_simulator.devices.open_profile.room_sensor import RoomSensor
from babyn_simulator.devices.open_profile.scale import Scale
from tests.radios.worlds import PATIENCE, Play, World

READ = {
    "thermometer": {Quantity.TEMPERATURE},
    "oximeter": {Quantity.SPO2, Quantity.PULSE_RATE},
    "scale": {Quantity.WEIGHT},
    "room_sensor": {
        Quantity.AIR_TEMPERATURE,
        Quantity.HUMIDITY,
        Quantity.PRESSURE,
        Quantity.CO2_CONCENTRATION,
        Quantity.ILLUMINANCE,
        Quantity.SOUND_LEVEL,
    },
}

QUICKLY = {"oximeter": {"settling": 0.0}, "room_sensor": {"interval": 1.0}}


async def weigh(world: World, device: NurseryDevice) -> None:
    """Lay a child on it, if it is a scale, as soon as somebody listens."""
    if isinstance(device, Scale):
        await world.until_subscribed(device, device.weight)
        await device.weigh_once()


@pytest.mark.parametrize(("kind", "expected"), READ.items())
def test_every_quantity_arrives(play: Play, kind: str, expected: set[Quantity]) -> None:
    """Mutant: forget one decoder, or one service's characteristic."""

    async def story(world: World) -> None:
        settings = QUICKLY.get(kind, {})
        async with world.device(kind, **settings) as device, world.companion() as babyn:
            bound = await babyn.bind(await babyn.find(device.address))
            got: set[Quantity] = set()
            async with (
                babyn.connect(bound) as session,
                asyncio.timeout(PATIENCE),
                contextlib.aclosing(session.readings()) as readings,
            ):
                weighing = asyncio.create_task(weigh(world, device))
                async for reading in readings:
                    assert reading.quantity in expected
                    got |= {reading.quantity} if reading.value is not None else set()
                    if got == expected:
                        break
                await weighing
            assert got == expected

    play(story)


@pytest.mark.parametrize("mtu", [517, 23])
def test_controls_are_described_set_and_told(play: Play, mtu: int) -> None:
    """The descriptions and states are longer than an ATT packet at the smallest MTU.

    Mutant: take the beginning of a long value for all of it.
    """

    async def story(world: World) -> None:
        async with world.device("night_light") as lamp, world.companion() as babyn:
            assert isinstance(lamp, NightLight)
            lamp.device.gatt_server.max_mtu = mtu
            sighting = await babyn.find(lamp.address)
            assert (await babyn.inspect(sighting)).mtu == mtu
            device = await babyn.bind(await babyn.find(lamp.address))
            async with babyn.connect(device) as session:
                names = {state.property.name for state in await session.properties()}
                assert {"light_brightness", "light_colour", "sound", "sound_volume"} <= names
                after = await session.set("light_brightness", 20, for_=timedelta(minutes=30))
                assert after.value == 20
                async with contextlib.aclosing(session.watch_properties()) as states:
                    lamp.press_button(1)
                    async with asyncio.timeout(PATIENCE):
                        async for state in states:
                            if state.property.name == "light_brightness" and state.value != 20:
                                break

    play(story)


def test_events_arrive(play: Play) -> None:
    """Mutant: confirm an event that was not taken."""

    async def story(world: World) -> None:
        async with world.device("oximeter", settling=0.0) as sock, world.companion() as babyn:
            assert isinstance(sock, Oximeter)
            device = await babyn.bind(await babyn.find(sock.address))
            async with (
                babyn.connect(device) as session,
                contextlib.aclosing(session.events()) as events,
                asyncio.timeout(PATIENCE),
            ):
                waiting = asyncio.create_task(anext(events))
                await world.until_subscribed(sock, sock.device_event)
                sock.take_off()
                event = await waiting
            assert event.device == device.id
            assert event.happened_at is not None

    play(story)


def test_an_alarm_limit_is_kept_by_the_device(play: Play) -> None:
    """A setting outlives the session that made it."""

    async def story(world: World) -> None:
        async with world.device("room_sensor") as room, world.companion() as babyn:
            assert isinstance(room, RoomSensor)
            device = await babyn.bind(await babyn.find(room.address))
            async with babyn.connect(device) as session:
                state = next(s for s in await session.properties() if s.property.settable)
                wanted = state.property.minimum
                assert wanted is not None
                await session.set(state.property.name, wanted)
            async with babyn.connect(device) as session:
                again = {s.property.name: s.value for s in await session.properties()}
                assert again[state.property.name] == wanted

    play(story)
