"""What simulator/README.md shows runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from babyn_simulator.scenario import parse

README = Path(__file__).parents[2] / "simulator" / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
TOML = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]


@pytest.mark.parametrize("block", BLOCKS, ids=["markers", "test", "device", "fault"])
def test_an_example_of_the_readme_runs(block: str, tmp_path: Path) -> None:
    path = tmp_path / "test_readme_block.py"
    path.write_text(block, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    runner = PYTEST if "async def test_" in block else []
    result = subprocess.run(
        [sys.executable, "-W", "error", *runner, path.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_scenario_of_the_readme_is_one() -> None:
    lamp, fault = TOML
    assert parse(lamp).devices[0].name == "lamp"
    room = '[[device]]\nkind = "room_sensor"\nname = "room"\n'
    assert parse(room + fault).faults[0].device == "room"
