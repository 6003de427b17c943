"""The pytest plugin, in projects of somebody else's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

IMPORTS = """
import asyncio
import pytest
from bleak import BleakScanner
"""

FIVE_LINES = """
async def test_it_is_there(babyn_nursery):
    radio = await babyn_nursery.radio()
    found = await BleakScanner.discover(timeout=300, backend=radio.scanner)
    assert [device.name for device in found] == ["Thermometer"]
"""

AUTO = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
STRICT = AUTO.replace("auto", "strict")


def run(
    folder: Path,
    test: str,
    *,
    config: str = AUTO,
    conftest: str = "",
    options: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run pytest in an empty project that has installed this package."""
    (folder / "pytest.ini").write_text(config)
    (folder / "test_mine.py").write_text(IMPORTS + test)
    if conftest:
        (folder / "conftest.py").write_text(conftest)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-W", "error", "-p", "no:cacheprovider", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def passed(result: subprocess.CompletedProcess[str], count: int) -> bool:
    """Return whether so many tests passed, and nothing else happened."""
    summary = result.stdout.rstrip().rsplit("\n", 1)[-1]
    assert result.returncode == 0, result.stdout + result.stderr
    return f"= {count} passed in " in summary and "," not in summary


def test_five_lines_are_a_test(tmp_path: Path) -> None:
    """Mutant: the test runs in real time; then it scans for five minutes, and is ended."""
    assert passed(run(tmp_path, FIVE_LINES), 1)


def test_in_strict_mode_too(tmp_path: Path) -> None:
    """Mutants: the fixture is an ordinary one, which strict mode leaves alone; so is the test."""
    marked = FIVE_LINES.replace("\nasync", "\n@pytest.mark.asyncio\nasync")
    for test in (FIVE_LINES, marked):
        assert passed(run(tmp_path, test, config=STRICT), 1)


def test_without_a_configuration_of_ones_own(tmp_path: Path) -> None:
    unset = ("-W", "ignore::pytest.PytestDeprecationWarning")  # pytest-asyncio's own
    assert passed(run(tmp_path, FIVE_LINES, config="[pytest]\n", options=unset), 1)


def test_a_failing_test_fails(tmp_path: Path) -> None:
    """The control of the ones above."""
    result = run(tmp_path, FIVE_LINES.replace('"Thermometer"', '"Nobody"'))
    assert result.returncode == 1
    assert "1 failed" in result.stdout


OTHERS = """
def virtual():
    return hasattr(asyncio.get_running_loop(), "utc_now")

@pytest.fixture
async def patch(babyn_nursery):
    return babyn_nursery.thermometer()

async def test_mine():
    assert not virtual()

async def test_with_theirs(babyn_nursery):
    assert virtual()

async def test_through_a_fixture_of_mine(patch):
    assert virtual()
    assert patch.powered_on

async def test_mine_again():
    assert not virtual()

def test_not_asynchronous():
    pass
"""


def test_other_tests_are_left_as_they_are(tmp_path: Path) -> None:
    """Mutant: every test runs in virtual time, or one that comes by a fixture does not."""
    result = run(tmp_path, OTHERS)
    assert passed(result, 5)
    assert "test_mine.py::test_mine PASSED" in result.stdout  # its id is what it was


def test_other_tests_are_left_as_they_are_after_one_of_ours(tmp_path: Path) -> None:
    """pytest-asyncio keeps the event loop policy that it finds when the first test begins.

    Mutant: that policy goes on making virtual loops.
    """
    first = "async def test_mine():\n    assert not virtual()\n"
    assert first in OTHERS
    assert passed(run(tmp_path, OTHERS.replace(first, "")), 4)


OWN_LOOPS = """
import asyncio
class MyLoop(asyncio.SelectorEventLoop):
    pass
def pytest_asyncio_loop_factories(config, item):
    return {"mine": MyLoop}
"""

WITH_OWN_LOOPS = """
async def test_mine():
    assert type(asyncio.get_running_loop()).__name__ == "MyLoop"

async def test_theirs(babyn_nursery):
    assert type(asyncio.get_running_loop()).__name__ == "VirtualTimeLoop"
"""


def test_a_project_may_choose_its_own_loops(tmp_path: Path) -> None:
    """Mutant: our answer wins for tests that are not ours, or theirs for tests that are."""
    assert passed(run(tmp_path, WITH_OWN_LOOPS, conftest=OWN_LOOPS), 2)


SCENARIO = """
[[device]]
kind = "beacon"
name = "speaker"
local_name = "Elsewhere"
"""

CHOSEN = """
from pathlib import Path

@pytest.fixture(params=["demo", Path(__file__).with_name("mine.toml")])
def babyn_scenario(request):
    return request.param

async def test_it(babyn_nursery, babyn_scenario):
    names = {"demo": ["patch", "speaker"]}.get(babyn_scenario, ["speaker"])
    assert list(babyn_nursery.devices) == names
"""


def test_the_scenario_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SCENARIO)
    assert passed(run(tmp_path, CHOSEN), 2)


WITHOUT = """
import importlib.util
import sys
import pytest

find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: (
    None if name == "pytest_asyncio" else find_spec(name, *rest)
)
sys.exit(pytest.main(["-q", "-p", "no:asyncio", "-p", "no:cacheprovider"]))
"""


@pytest.mark.parametrize(
    ("test", "code", "expected"),
    [
        ("def test_mine():\n    pass\n", 0, "1 passed"),
        ("def test_theirs(babyn_nursery):\n    pass\n", 1, "needs pytest-asyncio 1.4 or later"),
    ],
)
def test_without_pytest_asyncio_other_tests_run(
    tmp_path: Path, test: str, code: int, expected: str
) -> None:
    """Mutant: the plugin breaks every pytest run where pytest-asyncio is not installed."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_mine.py").write_text(test)
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == code, result.stdout + result.stderr
    assert expected in result.stdout


def test_a_deadlock_is_told_and_not_waited_for(tmp_path: Path) -> None:
    test = "\nasync def test_stuck(babyn_nursery):\n"
    test += "    await babyn_nursery.devices['patch'].power_off()\n"
    test += "    await asyncio.Event().wait()\n"
    result = run(tmp_path, test)
    assert result.returncode == 1
    assert "Virtual time cannot go on: nothing is scheduled" in result.stdout
