"""Central profiles: what they are made of, by which names they are had, and where."""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner
from typer.testing import CliRunner

from babyn_simulator import clock
from babyn_simulator.bleak_backend import profiles
from babyn_simulator.bleak_backend.profiles import (
    BLUEZ,
    COREBLUETOOTH,
    PLAIN,
    PROFILES,
    profile_of,
)
from babyn_simulator.bleak_backend.profiles.listing import markdown
from babyn_simulator.bonds import MemoryBondStore
from babyn_simulator.cli.app import app
from babyn_simulator.nursery import Nursery, NurseryRadio
from babyn_simulator.radios import SIM
from tests.simulator.profile_bench import SHOWN

NAMES = ["plain", "bluez", "bluez-headless", "winrt", "corebluetooth", "esphome-proxy"]


async def seen_by(radio: NurseryRadio) -> str:
    """Return what a central calls the thermometer."""
    device = await BleakScanner.find_device_by_name("Thermometer", backend=radio.scanner)
    assert device is not None
    return device.address


def test_profiles_have_names() -> None:
    assert list(PROFILES) == NAMES
    assert profile_of("corebluetooth") is COREBLUETOOTH
    assert profile_of(COREBLUETOOTH) is COREBLUETOOTH
    with pytest.raises(ValueError, match="there are plain, bluez"):
        profile_of("android")


@pytest.mark.parametrize("name", NAMES)
def test_each_difference_says_what_it_reproduces(name: str) -> None:
    """Mutant: leave out one entry of ``sources``."""
    profile = PROFILES[name]
    differences = {item.setting: item for item in profile.differences()}
    assert set(profile.sources) == set(differences)
    for difference in differences.values():
        assert difference.about.endswith(".")
        assert difference.source


def test_a_uuid_belongs_to_one_peer_and_one_central() -> None:
    """Mutant: derive it from the peer's address alone, or from something random."""

    async def main(seed: int) -> tuple[str, str, str]:
        async with Nursery.open("nursery", seed=seed) as nursery:
            one = await nursery.radio(profile="corebluetooth")
            other = await nursery.radio(profile=COREBLUETOOTH)
            return await seen_by(one), await seen_by(one), await seen_by(other)

    first, again, other = clock.run(main(1))
    assert first == again != other
    assert (first, again, other) == clock.run(main(1))
    assert first != clock.run(main(2))[0]


@pytest.mark.parametrize(("name", "digits"), [("plain", 17), ("corebluetooth", 36)])
def test_a_radio_is_asked_for_by_name(name: str, digits: int) -> None:
    """Mutant: take no notice of ``central=``."""

    async def main() -> None:
        bonds = MemoryBondStore()
        radio = await SIM.open(f"nursery?seed=3&central={name}", bonds=bonds)
        device = await BleakScanner.find_device_by_name("Thermometer", backend=radio.scanner)
        assert device is not None
        assert len(device.address) == digits
        async with BleakClient(device.address, backend=radio.client) as client:
            assert client.address == device.address
        await radio.aclose()
        with pytest.raises(ValueError, match="central profile"):
            await SIM.open("nursery?central=android", bonds=bonds)

    clock.run(main())


def test_an_unknown_profile_leaves_no_radio() -> None:
    """Mutant: look the profile up when the radio is on the air."""

    async def main() -> None:
        async with Nursery.open("nursery") as nursery:
            before = len(nursery.air.members)
            with pytest.raises(ValueError, match="central profile"):
                await nursery.radio(profile="android")
            assert len(nursery.air.members) == before
            await nursery.radio(profile="winrt")
            assert len(nursery.air.members) == before + 1

    clock.run(main())


def test_every_setting_has_a_test() -> None:
    """Mutant: take one of the tests away."""
    for topic in ("scanning", "connecting", "services", "values", "pairing"):
        importlib.import_module(f"tests.simulator.test_central_profiles_{topic}")
    settings = {field.name for field in dataclasses.fields(PLAIN)} - {"name", "sources"}
    assert settings == SHOWN
    used = {item.setting for profile in PROFILES.values() for item in profile.differences()}
    assert settings == used


def test_the_readme_lists_them() -> None:
    """Mutant: change a profile, and not the table."""
    readme = Path(profiles.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert readme.endswith(markdown())
    head = readme.removesuffix(markdown())
    assert "\n## " not in head


def test_one_setting_is_switched_by_itself() -> None:
    quick = dataclasses.replace(BLUEZ, disconnect_delay=0.0)
    left_out = set(BLUEZ.differences()) - set(quick.differences())
    assert {item.setting for item in left_out} == {"disconnect_delay"}
    own = dataclasses.replace(PLAIN, one_scan=True)
    assert [(item.setting, item.source) for item in own.differences()] == [("one_scan", "")]


def test_the_command_line_lists_them() -> None:
    """Mutant: leave out the sources."""
    listed = CliRunner().invoke(app, ["centrals"])
    assert [name for name in NAMES if name in listed.output] == NAMES
    lines = CliRunner().invoke(app, ["centrals", "winrt", "--json"]).output.splitlines()
    rows = [json.loads(line) for line in lines]
    assert {row["setting"]: row["source"] for row in rows} == dict(PROFILES["winrt"].sources)
    assert CliRunner().invoke(app, ["centrals", "--markdown"]).output == markdown()
    wrong = CliRunner().invoke(app, ["centrals", "android"])
    assert wrong.exit_code == 2
    assert "there are plain" in wrong.output
