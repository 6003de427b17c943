"""Every simulated device is read, and every control set, through the companion."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from decimal import Decimal

import pytest

from babyn_ble import (
    BoundDevice,
    Companion,
    ConsentRequiredError,
    DisconnectedError,
    Property,
    PropertyState,
    Quantity,
    RejectedError,
)
from babyn_ble.privacy.purposes import BLUETOOTH
from babyn_protocol.gatt.controls import SetPropertyResult
from babyn_protocol.gatt.property_values import Colour, PropertyKind, PropertyValue
from babyn_simulator.nursery import Nursery
from tests.client.steps import each, opened, passing, withdraw

pytestmark = pytest.mark.asyncio

READ = {
    "patch": {Quantity.TEMPERATURE},
    "sock": {Quantity.SPO2, Quantity.PULSE_RATE},
    "scale": {Quantity.WEIGHT},
    "room": {
        Quantity.AIR_TEMPERATURE,
        Quantity.HUMIDITY,
        Quantity.PRESSURE,
        Quantity.CO2_CONCENTRATION,
        Quantity.ILLUMINANCE,
        Quantity.SOUND_LEVEL,
    },
}


@pytest.fixture
def babyn_scenario() -> str:
    return "house"


async def bound(babyn: Companion, nursery: Nursery, name: str) -> BoundDevice:
    return await babyn.bind(await babyn.find(nursery.devices[name].address))


@pytest.mark.parametrize(("name", "expected"), READ.items())
async def test_every_quantity_arrives(
    babyn_companion: Companion, babyn_nursery: Nursery, name: str, expected: set[Quantity]
) -> None:
    """Mutant: forget one decoder, or one service's characteristic."""
    device = await bound(babyn_companion, babyn_nursery, name)
    with_value: set[Quantity] = set()
    async with (
        babyn_companion.connect(device) as session,
        asyncio.timeout(300),
        contextlib.aclosing(session.readings()) as readings,
    ):
        async for reading in readings:
            assert reading.quantity in expected
            if reading.value is not None:
                with_value.add(reading.quantity)
            if with_value == expected:
                break
    assert with_value == expected


def another(known: Property, now: PropertyValue) -> PropertyValue:
    """Return a value in range, near its lower end, that is not the present one."""
    match known.kind, known.minimum, known.step:
        case PropertyKind.COLOUR, _, _:
            return Colour(red=1, green=2, blue=3)
        case (_, int() as low, int() as step) if known.kind is not PropertyKind.BOOL:
            return low + step if now != low + step else low
        case _, Decimal() as low, Decimal() as step:
            return low + step if now != low + step else low
        case _:
            return not now


@pytest.mark.parametrize("name", ["sock", "room", "lamp", "warmer"])
async def test_every_control_is_set(
    babyn_companion: Companion, babyn_nursery: Nursery, name: str
) -> None:
    device = await bound(babyn_companion, babyn_nursery, name)
    async with babyn_companion.connect(device) as session:
        states = await session.properties()
        settable = [state for state in states if state.property.settable]
        assert settable
        for state in settable:
            wanted = another(state.property, state.value)
            after = await session.set(state.property.name, wanted)
            assert after.value == wanted
            assert after.revision != state.revision
        standing = {state.property.name: state.value for state in await session.properties()}
        for state in settable:
            assert standing[state.property.name] == another(state.property, state.value)


async def test_what_cannot_be_set_is_refused_and_changes_nothing(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    device = await bound(babyn_companion, babyn_nursery, "warmer")
    async with babyn_companion.connect(device) as session:
        before = await session.properties()
        with pytest.raises(RejectedError) as refused:
            await session.set("warmer_temperature", Decimal("37.00"))
        assert refused.value.code == SetPropertyResult.NOT_SETTABLE.value
        with pytest.raises(RejectedError) as refused:
            await session.set("warmer_target", Decimal("99.00"))
        assert refused.value.code == SetPropertyResult.OUT_OF_RANGE.value
        assert "99" not in str(refused.value)
        with pytest.raises(RejectedError):
            await session.set("no_such_thing", 1)
        with pytest.raises(ValueError, match="value"):
            await session.set("warmer", "on")  # type: ignore[arg-type]  # what users may try
        after = await session.properties()
    assert [state.value for state in after[:2]] == [state.value for state in before[:2]]


async def test_a_setting_for_a_time_ends_by_itself_and_is_told(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    device = await bound(babyn_companion, babyn_nursery, "lamp")
    told: list[PropertyState] = []

    async def take(state: PropertyState) -> None:
        if state.property.name == "light_brightness":
            told.append(state)

    async with babyn_companion.connect(device) as session:
        watching = asyncio.create_task(each(session.watch_properties(), take))
        await passing(1)
        await session.set("light_brightness", 20, for_=timedelta(minutes=30))
        await passing(31 * 60)
    with contextlib.suppress(DisconnectedError):
        await watching
    values = [state.value for state in told]
    assert values[0] == 0
    assert 20 in values
    assert values[-1] == 0


async def test_controls_need_bluetooth_and_end_with_it(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: send a command without asking the permit."""
    device = await bound(babyn_companion, babyn_nursery, "lamp")
    async with babyn_companion.connect(device) as session:
        await session.set("light_brightness", 20)
        await withdraw(babyn_companion, BLUETOOTH)
        with pytest.raises(ConsentRequiredError):
            await session.set("light_brightness", 40)
        with pytest.raises(ConsentRequiredError):
            await session.properties()


async def test_events_are_told_in_order(babyn_nursery: Nursery) -> None:
    """The sock of the house comes off after four minutes."""
    async with opened(babyn_nursery) as (babyn, _radio):
        device = await bound(babyn, babyn_nursery, "sock")
        async with (
            babyn.connect(device) as session,
            asyncio.timeout(600),
            contextlib.aclosing(session.events()) as events,
        ):
            first = await anext(events)
        assert first.device == device.id
        assert first.happened_at is not None
        assert first.happened_at <= first.received_at
        assert first.as_dict()["kind"] in {"probe_off", "alarm"}


async def test_a_device_without_controls_says_so(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    device = await bound(babyn_companion, babyn_nursery, "patch")
    async with babyn_companion.connect(device) as session:
        with pytest.raises(RejectedError):
            await session.properties()
        with pytest.raises(RejectedError):
            await anext(session.events())
