"""What the keys of a scenario do to the devices that are built from it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from babyn_protocol.gatt.controls import PropertyName
from babyn_protocol.gatt.device_events import ButtonPress, ButtonPressed
from babyn_simulator import scenario
from babyn_simulator.announcing import AddressType
from babyn_simulator.clock import run, utc_now
from babyn_simulator.devices.open_profile.controlled_device import ControlledDevice
from babyn_simulator.devices.open_profile.nursery_device import NurseryDevice
from babyn_simulator.nursery import Nursery
from tests.simulator.virtual_bench import pass_time, virtually


def opened(text: str, *, seed: int = 1) -> AbstractAsyncContextManager[Nursery]:
    return Nursery.open(scenario.parse(text), seed=seed)


def device(kind: str, **keys: object) -> str:
    said = "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
    return f'[[device]]\nkind = "{kind}"\nname = "one"\n{said}'


def only(nursery: Nursery) -> NurseryDevice:
    one = nursery.devices["one"]
    assert isinstance(one, NurseryDevice)
    return one


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


@virtually
async def test_the_keys_of_the_clock() -> None:
    """Mutant: one of them is not passed on."""
    keys = {"clock_offset": 90.0, "clock_drift_ppm": 1000.0, "clock_backed": False}
    for kind in ("thermometer", "scale"):
        async with opened(device(kind, **keys)) as nursery:
            clock = only(nursery).clock
            assert clock is not None
            await pass_time(10_000)
            ahead = clock.read(utc_now()).shown - utc_now().replace(tzinfo=None)
            assert abs(ahead - timedelta(seconds=100)) < timedelta(milliseconds=1)
            assert not clock.backed
        async with opened(device(kind, clock="unset")) as nursery:
            clock = only(nursery).clock
            assert clock is not None
            assert not clock.is_set


@virtually
async def test_the_capacity_of_the_log() -> None:
    """Mutant: one kind of device is not given it."""
    for kind, keys in (
        ("thermometer", {"interval": 10.0}),
        ("oximeter", {"spot_check_minutes": 1.0}),
        ("scale", {"interval": 15.0}),
    ):
        async with opened(device(kind, log_capacity=3, **keys)) as nursery:
            await pass_time(360)
            log = only(nursery).log
            assert log is not None
            assert (log.capacity, len(log)) == (3, 3)
            assert log.dropped > 0


@virtually
async def test_the_kinds_of_address() -> None:
    """Mutant: a beacon shows resolvable addresses. Two seeds show different ones."""
    shown: set[str] = set()
    for kind, keys, expected in (
        ("thermometer", {}, AddressType.STATIC),
        ("thermometer", {"address_type": "public"}, AddressType.PUBLIC),
        ("thermometer", {"address": "00:1B:DC:00:00:01/P"}, AddressType.PUBLIC),
        ("thermometer", {"address_type": "private", "rotation_minutes": 1.0}, AddressType.PRIVATE),
        ("beacon", {"address_type": "private", "rotation_minutes": 1.0}, "non-resolvable"),
    ):
        for seed in (1, 2):
            async with opened(device(kind, **keys), seed=seed) as nursery:
                one = nursery.devices["one"]
                assert one.address_type == expected
                before = one.address
                await pass_time(61)
                assert (one.address != before) is one.address_type.changes
                shown.add(before)
    assert len(shown) == 7  # the given one is shared; public and static differ in their type alone


@virtually
async def test_a_battery_that_ends() -> None:
    """Mutant: a scenario's battery never does. The control is a fuller one."""
    for kind in ("thermometer", "oximeter", "scale", "room_sensor"):
        for percent in (1, 2):
            text = device(kind, battery=percent, battery_days=1.0)
            async with opened(text) as nursery:
                await pass_time(0.015 * 24 * 3600)
                assert nursery.devices["one"].powered_on is (percent == 2)


@virtually
async def test_buttons_that_are_pressed() -> None:
    """Mutants: counted from the last power-on; pressed again after a reset."""
    presses = "".join(
        f'[[device.press]]\nat_minutes = {at}\nbutton = {button}\nhow = "{how}"\n'
        for at, button, how in ((4.0, 2, "press"), (1.0, 1, "press"), (2.0, 1, "long_press"))
    )
    async with opened(device("night_light") + presses) as nursery:
        lamp = nursery.night_light("one")
        pressed: list[ButtonPressed] = []
        lamp.on_button = lambda button, press: pressed.append(  # type: ignore[method-assign]  # a spy
            ButtonPressed(button=button, press=press)
        )
        await pass_time(90)
        await lamp.reset()
        await pass_time(200)
        assert pressed == [
            ButtonPressed(button=1, press=ButtonPress.PRESS),
            ButtonPressed(button=1, press=ButtonPress.LONG_PRESS),
            ButtonPressed(button=2, press=ButtonPress.PRESS),
        ]
    async with opened(device("night_light") + presses) as nursery:
        lamp = nursery.night_light("one")
        await pass_time(250)
        assert lamp.controls.value(PropertyName.SOUND, int) > 0
    for kind in ("oximeter", "scale", "room_sensor", "bottle_warmer"):
        async with opened(device(kind) + presses) as nursery:
            one = nursery.devices["one"]
            assert isinstance(one, ControlledDevice)
            assert len(one.presses) == 3


def test_what_changes_by_itself_follows_from_the_seed() -> None:
    """Mutant: private addresses come from the system. Another seed is the control."""

    async def digest(seed: int) -> str:
        text = device("thermometer", address_type="private", rotation_minutes=1.0, log_capacity=3)
        async with opened(text + "[device.fever]\n", seed=seed) as nursery:
            await pass_time(600)
            return nursery.digest()

    first, again, other = (run(digest(seed)) for seed in (1, 1, 2))
    assert first == again != other
