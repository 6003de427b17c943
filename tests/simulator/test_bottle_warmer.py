"""The simulated bottle warmer: it warms, stops at its target, and keeps its own heat limit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from babyn_protocol.gatt.controls import PropertyName, PropertyStates, SetPropertyResult
from babyn_protocol.gatt.device_events import Alarm, AlarmReason, AlarmState, ButtonPress
from babyn_protocol.gatt.property_values import PropertyKind
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import VendorCharacteristic
from babyn_simulator.devices.models.bottle_warmer import BottleWarmerModel
from babyn_simulator.devices.models.controls import Controls
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.open_profile.bottle_warmer import BottleWarmer
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.signals.water import Water
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from tests.simulator.device_bench import set_property, visit
from tests.simulator.virtual_bench import pass_time, virtually

ON, TARGET, TEMPERATURE = 1, 2, 3
BOOL, CELSIUS = PropertyKind.BOOL, PropertyKind.TEMPERATURE


def model(seed: int = 1, **options: Any) -> BottleWarmerModel:
    return BottleWarmerModel(Water(Entropy(seed, "signal")), **options)


def made(warmer: BottleWarmerModel) -> Any:
    def make(air: Air, options: DeviceOptions) -> BottleWarmer:
        return BottleWarmer(air, warmer, Identity("SN-1"), **options)

    return make


def run(
    warmer: BottleWarmerModel, controls: Controls, begin: int, seconds: int
) -> list[tuple[float, Alarm | None]]:
    """Let it regulate, once a second; return what it shows, and its alarms."""
    shown: list[tuple[float, Alarm | None]] = []
    for second in range(begin, begin + seconds):
        now = timedelta(seconds=second)
        controls.advance(now)
        alarm = warmer.regulate(controls, now)
        shown.append((float(controls.value(PropertyName.WARMER_TEMPERATURE, Decimal)), alarm))
    return shown


def test_it_warms_to_its_target_and_holds_it() -> None:
    """Mutant: the thermostat has no upper end, or never begins again."""
    warmer = model(warm_for=timedelta(hours=1))
    controls = warmer.controls()
    controls.change(PropertyName.WARMER, value=True, now=timedelta())
    run(warmer, controls, 0, 300)
    values = [value for value, _ in run(warmer, controls, 300, 900)]
    assert 36.0 <= min(values) <= max(values) <= 38.0
    assert {alarm for _, alarm in run(warmer, controls, 1200, 60)} == {None}


def test_it_is_off_until_it_is_switched_on_and_cools_after() -> None:
    warmer = model(warm_for=timedelta(minutes=5))
    controls = warmer.controls()
    assert {value for value, _ in run(warmer, controls, 0, 300)} == {21.0}
    controls.change(PropertyName.WARMER, value=True, now=timedelta(seconds=300))
    assert run(warmer, controls, 300, 300)[-1][0] > 35
    assert run(warmer, controls, 600, 3600)[-1][0] < 30
    assert not controls.value(PropertyName.WARMER, bool)


def test_a_broken_thermostat_meets_the_heat_limit() -> None:
    """Mutant: the limit is the thermostat's. The control is a thermostat that works."""
    alarms: dict[bool, list[Alarm]] = {}
    hottest: dict[bool, float] = {}
    for stuck in (False, True):
        warmer = model(stuck=stuck, heat_limit=45.0)
        controls = warmer.controls()
        controls.change(PropertyName.WARMER, value=True, now=timedelta())
        told = run(warmer, controls, 0, 1700)
        alarms[stuck] = [alarm for _, alarm in told if alarm is not None]
        hottest[stuck] = max(value for value, _ in told)
        assert controls.value(PropertyName.WARMER, bool) is not stuck
        assert not (stuck and warmer.heating)
    assert alarms[False] == []
    assert [alarm.state for alarm in alarms[True]] == [AlarmState.RAISED, AlarmState.CLEARED]
    assert hottest[False] < 39
    assert 44 < hottest[True] <= 45.5


def test_the_same_seed_gives_the_same_run_and_another_another() -> None:
    def measured(seed: int) -> list[float]:
        water = Water(Entropy(seed, "signal"))
        return [water.measure(timedelta(seconds=s), heated=True) for s in range(60)]

    assert measured(1) == measured(1)
    assert measured(1) != measured(2)


@virtually
async def test_it_is_switched_on_warms_and_switches_itself_off() -> None:
    """Mutant: it stays on until somebody remembers it, or does not tell its temperature."""
    async with visit(made(model(warm_for=timedelta(minutes=10)))) as guest:
        answers = await guest.answers()
        received = await guest.subscribe(VendorCharacteristic.PROPERTY_STATES)
        await guest.send(set_property(TARGET, CELSIUS, Decimal("38.50"), command_id=1))
        await guest.send(set_property(ON, BOOL, True, command_id=2))
        assert [answer.done for answer in answers()] == [True, True]
        state = answers()[-1].state
        assert state is not None
        assert state.remaining == timedelta(minutes=10)
        await pass_time(590)
        assert guest.device.on
        assert abs(guest.device.temperature - Decimal("38.50")) <= Decimal("0.50")
        await pass_time(20)
        assert not guest.device.on
        states = [PropertyStates.parse(data).states[0] for data in received]
        warmth = [state.value for state in states if state.property_id == TEMPERATURE]
        assert len(warmth) > 20
        assert [state.value for state in states if state.property_id == ON] == [True, False]
        assert (await guest.states())[ON].revision == 2
        assert (await guest.states())[TEMPERATURE].revision == len(warmth)
        assert await guest.read(Uuids.APPEARANCE) == b"\x00\x09"


@virtually
async def test_its_heat_limit_is_its_own() -> None:
    """Mutant: a target above the limit is taken, or lowered in silence."""
    async with visit(made(model(heat_limit=45.0))) as guest:
        answers = await guest.answers()
        for number, celsius in enumerate(("45.50", "61.00", "38.25", "45.00")):
            await guest.send(set_property(TARGET, CELSIUS, Decimal(celsius), command_id=number))
        await guest.send(set_property(TEMPERATURE, CELSIUS, Decimal("40.00"), command_id=9))
        assert [answer.result for answer in answers()] == [
            SetPropertyResult.DEVICE_LIMIT,
            SetPropertyResult.OUT_OF_RANGE,
            SetPropertyResult.OUT_OF_RANGE,
            SetPropertyResult.DONE,
            SetPropertyResult.NOT_SETTABLE,
        ]
        assert (await guest.states())[TARGET].value == Decimal("45.00")


@virtually
async def test_too_hot_it_stays_off_until_it_has_cooled_down() -> None:
    """Mutant: a command or the button talks it out of it. The control comes after cooling."""
    async with visit(made(model(stuck=True))) as guest:
        answers, events = await guest.answers(), await guest.events()
        await guest.send(set_property(ON, BOOL, True, command_id=1))
        await pass_time(400)
        assert [event.details for event in events()] == [
            Alarm(about=0x2A6E, reason=AlarmReason.ABOVE_LIMIT, state=AlarmState.RAISED)
        ]
        await guest.send(set_property(ON, BOOL, True, command_id=2))
        guest.device.press_button()
        await pass_time(2)
        assert answers()[-1].result is SetPropertyResult.DEVICE_LIMIT
        assert not guest.device.on
        guest.device.model.stuck = False
        await pass_time(1200)
        await guest.send(set_property(ON, BOOL, True, command_id=3))
        assert answers()[-1].done
        assert guest.device.on


@virtually
async def test_its_button_switches_it_on_and_off() -> None:
    async with visit(made(model())) as guest:
        seen: list[bool] = []
        for button, press in ((1, ButtonPress.PRESS), (2, ButtonPress.PRESS)):
            guest.device.press_button(button, press)
            seen.append(guest.device.on)
        guest.device.press_button(1, ButtonPress.LONG_PRESS)
        seen.append(guest.device.on)
        guest.device.press_button()
        seen.append(guest.device.on)
        assert seen == [True, True, True, False]


@virtually
async def test_without_mains_nothing_warms() -> None:
    """Mutant: the time without power counts as time with the heater on."""
    async with visit(made(model())) as guest:
        guest.device.press_button()
        await pass_time(120)
        warm = guest.device.temperature
        assert warm > 30
        await guest.device.power_off()
        await pass_time(600)
        await guest.device.power_on()
        await pass_time(3)
        assert guest.device.temperature < warm
        assert not guest.device.on
        with pytest.raises(RuntimeError, match="no battery"):
            guest.device.set_battery(5)
