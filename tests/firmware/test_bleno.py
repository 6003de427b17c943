"""bleno, a host stack for Node.js, is a device among the others: found, inspected, read."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import EVERYTHING, Household, babyn_process
from tests.firmware.bleno_peripheral import BATTERY_LEVEL, NAME, bleno, wait_for
from tests.firmware.conftest import AirProcess


def bench(air: AirProcess, tmp_path: Path) -> Household:
    household = Household(tmp_path / "bench", air.radio)
    household.set_up("test_article")
    household.agree(*EVERYTHING)
    return household


def test_its_battery_level_arrives_at_the_command_line(air: AirProcess, tmp_path: Path) -> None:
    """Mutant: the controller has no public address, and its data goes nowhere."""
    household = bench(air, tmp_path)
    with bleno(air.terminal) as peripheral:
        wait_for(air.process, "attached")
        inspected = babyn_process(*household.options, "--json", "inspect", NAME)
        assert (inspected.code, inspected.err) == (0, "")
        values = {
            item["name"]: item["decoded"]
            for service in inspected.objects[0]["services"]
            for item in service["characteristics"]
        }
        assert values["Battery Level"] == f"{BATTERY_LEVEL} %"
        assert values["Model Number String"] == "B-1"
        bound = babyn_process(*household.options, "--json", "bind", "--no-pair", NAME)
        assert (bound.code, bound.err) == (0, "")
        watched = babyn_process(*household.options, "watch", "--count", "1")
        assert (watched.code, watched.err) == (0, "")
        assert "36.6 °C" in watched.out
        assert f"battery {BATTERY_LEVEL} %" in watched.out
        peripheral.process.terminate()
        wait_for(air.process, "gone")
