"""Scenarios: what is accepted, and that an error names file, key and what is allowed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from babyn_simulator import scenario
from babyn_simulator.devices import settings
from babyn_simulator.errors import BabynError, ScenarioError, ScenarioNotFoundError
from babyn_simulator.scenario import BeaconSettings, RadioSettings, ThermometerSettings

BEACON = '[[device]]\nkind = "beacon"\nname = "speaker"\n'
FAULT = '[[fault]]\nkind = "link_lost"\n'
PATCH = '[[device]]\nkind = "thermometer"\nname = "patch"\n'
SOCK = '[[device]]\nkind = "oximeter"\nname = "sock"\n'


def test_the_packaged_scenarios_are_the_documented_ones() -> None:
    packaged = scenario.packaged()
    assert list(packaged) == ["demo", "house", "nursery", "overnight", "storm"]
    nursery, demo = packaged["nursery"], packaged["demo"]
    assert [(d.name, d.kind) for d in nursery.devices] == [("patch", "thermometer")]
    assert nursery.simulation.time == "wall"
    assert [(d.name, d.kind) for d in demo.devices] == [
        ("patch", "thermometer"),
        ("speaker", "beacon"),
    ]
    assert demo.simulation.time == "virtual"
    patch = demo.devices[0]
    assert isinstance(patch, ThermometerSettings)
    assert patch.fever is not None
    assert patch.interval == 1.0
    house = packaged["house"]
    assert {device.kind for device in house.devices} == {*settings.KINDS} - {"beacon", "custom"}
    assert house.simulation.time == "wall"


def test_every_kind_has_defaults_and_says_what_is_allowed_in_its_tables() -> None:
    """Mutant: a table is missing where an error lists what is allowed in it."""
    for kind in settings.KINDS:
        text = f'[[device]]\nkind = "{kind}"\nname = "one"\n'
        assert [type(device) for device in scenario.parse(text).devices] == [settings.KINDS[kind]]
    for kind, table, key in (
        ("oximeter", "desaturation", "nadir"),
        ("oximeter", "probe_off", "lasts_minutes"),
        ("scale", "feeding", "intake_grams"),
        ("room_sensor", "door", "every_minutes"),
    ):
        text = f'[[device]]\nkind = "{kind}"\nname = "one"\n[device.{table}]\nfoo = 1\n'
        with pytest.raises(ScenarioError, match=rf"device\[0\]\.{table}\.foo: .*{key}"):
            scenario.parse(text)
        with pytest.raises(ScenarioError, match=rf"device\[0\]\.{table}: .*advertising_interval"):
            scenario.parse(PATCH + f"[device.{table}]\n")


def test_a_scenario_is_loaded_by_name_by_path_or_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PATCH + BEACON, encoding="utf-8")
    loaded = scenario.load(path)
    assert scenario.load(str(path)) == loaded
    assert scenario.load(loaded) is loaded
    assert scenario.load("nursery").source == "nursery"
    assert loaded.source == str(path)
    assert [type(device) for device in loaded.devices] == [ThermometerSettings, BeaconSettings]


def test_everything_has_a_default_but_kind_and_name() -> None:
    patch, speaker = scenario.parse(PATCH + BEACON).devices
    assert isinstance(patch, ThermometerSettings)
    assert (patch.pairing, patch.place, patch.address) == ("required", (1.5, 0.0), None)
    assert speaker.place == (1.5, 0.0)
    assert scenario.parse(PATCH + "position = [3.0, -4]\n").devices[0].place == (3.0, -4.0)
    assert scenario.parse(PATCH + "distance = 7\n").devices[0].place == (7.0, 0.0)


def test_what_is_lost_on_the_air_is_in_a_table_of_its_own() -> None:
    """Mutant: the table is read and not kept."""
    assert scenario.parse(PATCH).radio == RadioSettings()
    lossy = scenario.parse("[radio]\nloss = 0.25\nburst_every = 30.0\n" + PATCH).radio
    assert (lossy.loss, lossy.burst_every, lossy.burst_lasts) == (0.25, 30.0, 0.2)


def test_the_epoch_is_taken_to_utc() -> None:
    text = "[simulation]\nepoch = 2026-03-01T12:00:00+02:00\n" + PATCH
    assert scenario.epoch_of(scenario.parse(text)) == datetime(2026, 3, 1, 10, tzinfo=UTC)


WRONG = [
    ("x =", "this is not TOML: Invalid value"),
    ("", "device: this key is missing"),
    ("device = 1", "device: must be a list; a device begins with [[device]]"),
    ("device = []", "the file: a scenario needs at least one [[device]]"),
    (
        "[foo]\n" + PATCH,
        "foo: this key is not known here; allowed: simulation, radio, device, fault",
    ),
    ('[simulation]\nseed = "1"\n' + PATCH, "simulation.seed: must be a valid integer"),
    ("[simulation]\nseed = -1\n" + PATCH, "simulation.seed: must be greater than or equal to 0"),
    ('[simulation]\ntime = "fast"\n' + PATCH, "simulation.time: allowed: 'wall' or 'virtual'"),
    ("[simulation]\nsed = 1\n" + PATCH, "simulation.sed: this key is not known here; allowed: tit"),
    ("[simulation]\nepoch = 2026-01-01T00:00:00\n" + PATCH, "epoch needs a time zone"),
    ("[radio]\nloss = 2.0\n" + PATCH, "radio.loss: must be less than or equal to 1"),
    ("[radio]\nlost = 1\n" + PATCH, "radio.lost: this key is not known here; allowed: path_loss"),
    ('[[device]]\nname = "a"\n', "device[0].kind: allowed: thermometer, beacon"),
    ('[[device]]\nkind = "a"\nname = "a"\n', "device[0].kind: allowed: thermometer, beacon"),
    ('[[device]]\nkind = "beacon"\n', "device[0].name: this key is missing"),
    ('[[device]]\nkind = "beacon"\nname = "A b"\n', "device[0].name: must match the pattern"),
    (PATCH + PATCH, "given twice: patch"),
    (PATCH + 'pairing = "maybe"\n', "device[0].pairing: allowed: 'none', 'required' or 'reject'"),
    (PATCH + "interval = 0\n", "device[0].interval: must be greater than 0"),
    (PATCH + "foo = 1\n", "device[0].foo: this key is not known here; allowed: name, address"),
    (PATCH + "[device.fever]\npeek = 39\n", "device[0].fever.peek: this key is not known here; al"),
    (PATCH + "[device.fever]\npeak = 50\n", "device[0].fever.peak: must be less than or equal"),
    (PATCH + "position = [1]\n", "device[0].position[1]: two numbers are needed"),
    (PATCH + "position = [1, 2]\ndistance = 1\n", "either a distance or a position, not both"),
    (PATCH + 'address = "C0:01"\n', "device[0].address: must match the pattern"),
    (PATCH + 'address = "C0:00:00:00:00:01"\naddress_type = "public"\n', "ends in /P"),
    (PATCH + 'address_type = "random"\n', "device[0].address_type: allowed: 'public', 'static'"),
    (PATCH + 'profile = "link"\n', "device[0].profile: the profile 'link' is not built yet"),
    (PATCH + 'profile = "broadcast"\n', "allowed so far: 'open'"),
    (PATCH + 'profile = "other"\n', "device[0].profile: allowed: 'open', 'link' or 'broadcast'"),
    (PATCH + 'clock = "wrong"\n', "device[0].clock: allowed: 'right' or 'unset'"),
    (PATCH + "log_capacity = 5\ntimestamp = false\n", "a log needs time stamps"),
    (SOCK + "log_capacity = 5\n", "a log keeps spot checks: say spot_check_minutes"),
    (SOCK + "[[device.press]]\nat = 1\n", "device[0].press[0].at_minutes: this key is missing"),
    (SOCK + "[[device.press]]\nat_minutes = 1\nby = 1\n", "allowed: at_minutes, button, how"),
    (PATCH + 'interval = 0\npairing = "x"\n', "(and 1 more)"),
    (PATCH + "[[fault]]\n", "fault[0].kind: allowed: link_lost, radio_silence, mute, drop"),
    (PATCH + FAULT + "[[fault]]\nkind = 'x'\n", "fault[1].kind: allowed: link_lost, radio_"),
    (PATCH + FAULT + "device = 'sock'\n", "fault[0].device: allowed: patch"),
    (PATCH + FAULT + "aftr = 1\n", "fault[0].aftr: this key is not known here; allowed: device, c"),
    (PATCH + FAULT + "after = -1\n", "fault[0].after: must be greater than or equal to 0"),
    (PATCH + FAULT + "probability = 2\n", "fault[0].probability: must be less than or equal"),
    (PATCH + FAULT + "opcode = 'read'\n", "fault[0].opcode: allowed: 'error_response', 'excha"),
    (PATCH + FAULT + "times = 0\n", "fault[0]: times is a number from 1, or 'always'"),
    (PATCH + FAULT + "packet = 1\nevery = 1\n", "fault[0]: every goes with a time"),
    (PATCH + FAULT + "times = 2\nsince = 'start'\n", "fault[0]: to strike more than once it needs"),
    (PATCH + FAULT + "every = 2\n", "fault[0]: every needs times, which is a number above 1"),
    ("fault = 1\n" + PATCH, "fault: must be a list; a fault begins with [[fault]]"),
    (PATCH + "[[fault]]\nkind = 'clock_jump'\n", "fault[0].seconds: this key is missing"),
    (
        PATCH + "[[fault]]\nkind = 'no_answer'\ndirection = 'both'\n",
        "fault[0]: a device is asked: direction is 'to_device'",
    ),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_an_error_names_file_key_and_what_is_allowed(text: str, expected: str) -> None:
    """Mutant: pydantic's own text comes through, with the value in it."""
    with pytest.raises(ScenarioError) as caught:
        scenario.parse(text, source="mine.toml")
    message = str(caught.value)
    assert message.startswith("mine.toml: ")
    assert expected in message
    assert "\n" not in message
    assert isinstance(caught.value, BabynError | ValueError)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["nope", "nope.toml", "folder/nope"])
def test_what_is_not_there_is_a_missing_file(name: str) -> None:
    with pytest.raises(ScenarioNotFoundError, match="there is no") as caught:
        scenario.load(name)
    assert isinstance(caught.value, FileNotFoundError)
    assert isinstance(caught.value, ScenarioError)


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        scenario.load(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# \xff\n")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        scenario.load(latin)
