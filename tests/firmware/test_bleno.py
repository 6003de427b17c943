"""bleno, a host stack for Node.js that is not ours, is one more device on our air."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from babyn_ble.readings import Quantity
from tests.firmware.air_process import air_in
from tests.firmware.bleno_peripheral import BATTERY_LEVEL, NAME, bleno, missing, wait_for
from tests.firmware.conftest import Story, household_in, json_lines, typed
from tests.required_tools import need


def test_its_battery_level_arrives_as_a_reading(story: Story) -> None:
    """Mutant: the controller on loan has no public address, and its data goes nowhere."""
    battery = story.battery
    assert battery is not None
    assert (battery.quantity, battery.value) == (Quantity.BATTERY_LEVEL, Decimal(BATTERY_LEVEL))
    assert battery.unit == "%"
    assert f"battery {BATTERY_LEVEL} %" in story.watched


def test_its_temperature_arrives_as_a_reading(story: Story) -> None:
    reading = story.reading
    assert (reading.quantity, reading.value) == (Quantity.TEMPERATURE, Decimal("36.6"))
    assert "36.6 °C" in story.watched


def test_it_is_inspected(story: Story) -> None:
    values = {
        item["name"]: item["decoded"]
        for service in story.inspection["services"]
        for item in service["characteristics"]
    }
    assert values["Battery Level"] == f"{BATTERY_LEVEL} %"
    assert (values["Manufacturer Name String"], values["Model Number String"]) == ("Nobody", "B-1")


def test_it_pairs_and_its_bond_holds(story: Story) -> None:
    """Legacy pairing, by another implementation: both came to one key, and again later.

    Mutant: the controllers compare nothing, or derive another session on either side.
    """
    assert (story.bound["name"], story.bound["paired"]) == (NAME, True)


def test_another_process_at_the_same_place_is_the_same_device(tmp_path: Path) -> None:
    """Mutant: after a host is gone, the terminal is of no use, or has another address."""
    need(missing())
    with air_in(tmp_path) as air:
        household = household_in(tmp_path, air.radio)
        seen: list[list[str]] = []
        for _ in range(2):
            with bleno(air.terminal) as peripheral:
                wait_for(air.process, "attached")
                said = json_lines(typed(household, "--json", "scan", "--timeout", "1"))
                seen.append([sighting["id"] for sighting in said if "id" in sighting])
                wait_for(air.process, "gone")  # the central
                peripheral.process.kill()
                wait_for(air.process, "gone")
        air.end()
    assert len(seen[0]) == 1
    assert seen[0] == seen[1]
