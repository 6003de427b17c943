"""What the tests of foreign host stacks share: one story of bleno, told once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from babyn_ble import Companion
from babyn_ble.readings import Reading
from tests.cli.terminal import EVERYTHING, Household, babyn_process
from tests.firmware.air_process import air_in
from tests.firmware.bleno_peripheral import NAME, bleno, missing, wait_for
from tests.required_tools import need


@dataclass(frozen=True)
class Story:
    """What came of it."""

    inspection: dict[str, Any]
    bound: dict[str, Any]
    watched: str
    battery: Reading | None
    reading: Reading
    capture: Path


def household_in(folder: Path, radio: str) -> Household:
    """Set up a household whose subject is a board on a bench."""
    household = Household(folder / "bench", radio)
    household.set_up("test_article")
    household.agree(*EVERYTHING)
    return household


def typed(household: Household, *arguments: str) -> str:
    """Return what a command prints that is to succeed."""
    ended = babyn_process(*household.options, *arguments)
    assert (ended.code, ended.err) == (0, ""), arguments
    return ended.out


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Inspect bleno's peripheral, bind it, and read it twice: at the terminal and in Python."""
    need(missing())
    folder = tmp_path_factory.mktemp("bleno")
    with air_in(folder) as air:
        household = household_in(folder, air.radio)
        with bleno(air.terminal) as peripheral:
            wait_for(air.process, "attached")
            [inspection] = json_lines(typed(household, "--json", "inspect", NAME))
            [bound] = json_lines(typed(household, "--json", "bind", NAME))
            watched = typed(household, "watch", "--count", "1")
            battery, reading = asyncio.run(read(household))
            peripheral.process.terminate()
            wait_for(air.process, "gone")
        air.end()
        return Story(inspection, bound, watched, battery, reading, air.capture)


async def read(household: Household) -> tuple[Reading | None, Reading]:
    """Return the battery level of the bound device, and its first reading."""
    async with Companion.open(household.directory, radio=household.radio) as babyn:
        [device] = babyn.devices()
        async with babyn.connect(device) as session:
            reading = await anext(session.readings())
            return session.battery, reading


def json_lines(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a text, one a line."""
    return [json.loads(line) for line in text.splitlines()]
