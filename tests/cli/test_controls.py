"""``babyn properties``, ``set`` and ``events``, and ``watch`` on every device of a house."""

from __future__ import annotations

from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest

from babyn_ble.cli.controls import parse_duration
from babyn_ble.cli.invocation import UsageError
from tests.cli.terminal import Household


@pytest.fixture
def house(tmp_path: Path) -> Household:
    """One of each device, in virtual time, and all that is needed agreed to."""
    text = resources.files("babyn_simulator").joinpath("scenarios/house.toml").read_text("utf-8")
    scenario = tmp_path / "house.toml"
    scenario.write_text(text.replace('time = "wall"', 'time = "virtual"'), encoding="utf-8")
    household = Household(tmp_path / "data", f"sim:{scenario}")
    household.set_up("synthetic")
    household.agree("location", "bluetooth", *OF_DEVICES)
    return household


OF_DEVICES = ("health_monitoring", "environment", "device_control", "background_collection")
"""What the commands here take besides finding and connecting; nobody sits at a terminal."""


@pytest.mark.parametrize(
    ("name", "quantities"),
    [
        ("Thermometer", {"temperature"}),
        ("Oximeter", {"spo2", "pulse_rate"}),
        ("Scale", {"weight"}),
        ("Room sensor", {"air_temperature", "co2_concentration", "sound_level"}),
    ],
)
def test_every_device_is_watched(house: Household, name: str, quantities: set[str]) -> None:
    device = house.bind(name)
    ended = house.json("watch", device, "--count", "12")
    assert ended.code == 0
    assert quantities <= {line["quantity"] for line in ended.objects}
    told = house.babyn("watch", device, "--count", "3")
    assert len(told.out.splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "takes"), [("Thermometer", "health_monitoring"), ("Room sensor", "environment")]
)
def test_child_and_room_are_agreed_to_apart(house: Household, name: str, takes: str) -> None:
    """Mutant: one consent for both, or the child's asked for where the room is meant."""
    device = house.bind(name)
    for other in ("health_monitoring", "environment"):
        if other != takes:
            house.babyn("consent", "withdraw", other)
    assert house.babyn("watch", device, "--count", "1").code == 0
    house.babyn("consent", "withdraw", takes)
    house.agree("health_monitoring" if takes == "environment" else "environment")
    ended = house.babyn("watch", device, "--count", "1")
    assert ended.code == 3
    assert f"consent give {takes}" in ended.err


def test_seeing_takes_less_than_setting(house: Household) -> None:
    """Mutant: properties are set under the consent for Bluetooth."""
    bound = house.bind("Night light")
    assert house.babyn("set", bound, "sound", "4").code == 0  # the control
    house.babyn("consent", "withdraw", "device_control")
    ended = house.babyn("set", bound, "sound", "0")
    assert ended.code == 3
    assert "consent give device_control" in ended.err
    [sound] = [
        line for line in house.json("properties", bound).objects if line["property"] == "sound"
    ]
    assert sound["settable"] is True


@pytest.mark.parametrize(
    ("device", "name", "value", "now"),
    [
        ("Night light", "light_brightness", "20", "20"),
        ("Night light", "light_colour", "#102030", "#102030"),
        ("Night light", "sound", "4", "4"),
        ("Bottle warmer", "warmer", "on", "on"),
        ("Bottle warmer", "warmer_target", "38.5", "38.50 °C"),
        ("Oximeter", "saturation_alarm_below", "92", "92"),
    ],
)
def test_every_kind_of_control_is_set(
    house: Household, device: str, name: str, value: str, now: str
) -> None:
    bound = house.bind(device)
    listed = {line["property"]: line for line in house.json("properties", bound).objects}
    assert listed[name]["settable"]
    [state] = house.json("set", bound, name, value, "--for", "30m").objects
    assert (state["property"], state["value"]) == (name, now)
    assert name in house.babyn("properties", bound).out


@pytest.mark.parametrize(
    ("name", "value", "code", "words"),
    [
        ("warmer_target", "99", 7, "out of range"),
        ("warmer_temperature", "37", 7, "only shows"),
        ("warmer_target", "warm", 2, "37.5"),
        ("warmer", "maybe", 2, "on or off"),
        ("brightness", "20", 2, "warmer_target"),
    ],
)
def test_what_cannot_be_set(house: Household, name: str, value: str, code: int, words: str) -> None:
    bound = house.bind("Bottle warmer")
    ended = house.babyn("set", bound, name, value)
    assert ended.code == code
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1


def test_the_next_command_fits_the_device(house: Household) -> None:
    assert " properties " in house.babyn("bind", "Night light").out
    assert " watch " in house.babyn("bind", "Oximeter").out


def test_events_as_lines_and_for_machines(house: Household) -> None:
    bound = house.bind("Oximeter")
    ended = house.json("events", bound, "--count", "1")
    assert ended.code == 0
    [event] = ended.objects
    assert {"kind", "sequence", "happened_at", "missed"} <= event.keys()


def test_setting_needs_consent(house: Household) -> None:
    bound = house.bind("Night light")
    assert house.babyn("consent", "withdraw", "bluetooth").code == 0
    assert house.babyn("set", bound, "light_brightness", "20").code == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("1h30m", 90 * timedelta(0, 60)),
    ],
)
def test_times_as_people_write_them(text: str, expected: timedelta) -> None:
    assert parse_duration(text, "--for") == expected
    with pytest.raises(UsageError):
        parse_duration(f"{text}x", "--for")
