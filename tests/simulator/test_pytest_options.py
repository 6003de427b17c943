"""``pytest --babyn-scenario`` and the markers, in projects that know nothing of the simulator."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator.program_bench import OPEN
from tests.simulator.test_pytest_plugin import AUTO, STRICT, passed, run

THEIRS = """
import unittest
from bleak import BleakClient

async def find():
    return await BleakScanner.find_device_by_name("Thermometer")

async def test_asynchronous():
    async with BleakClient(await find()) as client:
        assert await client.read_gatt_char("2a00") == b"Thermometer"

def test_with_a_loop_of_its_own():
    assert asyncio.run(find()) is not None

class TestOfTheStandardLibrary(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        assert await find() is not None
"""

CLOCK = """
async def test_which_time():
    assert hasattr(asyncio.get_running_loop(), "virtual_time") is VIRTUAL
    assert await BleakScanner.find_device_by_name("Thermometer")

def test_which_time_in_a_loop_of_its_own():
    loop = asyncio.new_event_loop()
    assert hasattr(loop, "virtual_time") is VIRTUAL
    loop.close()
"""


def options(scenario: str = "nursery", *more: str) -> tuple[str, ...]:
    return ("--babyn-scenario", scenario, *more)


def test_any_test_finds_the_simulated_devices(tmp_path: Path) -> None:
    """Mutant: bleak is put on the nursery only where a fixture of ours is used."""
    assert passed(run(tmp_path, THEIRS, options=options("nursery", "--babyn-time", "virtual")), 3)


def test_in_strict_mode_a_marker_of_ours_will_do(tmp_path: Path) -> None:
    """Mutant: pytest-asyncio is told after it has chosen the test's event loop, or not at all."""
    marked = MARKED + CENTRALS.partition("async def test_as")[0]
    (tmp_path / "mine.toml").write_text(OPEN, "utf-8")
    assert passed(run(tmp_path, marked, config=STRICT, options=("--babyn-time", "virtual")), 4)
    refused = run(tmp_path, "\nasync def test_not_ours():\n    pass\n", config=STRICT)
    assert refused.returncode == 1  # the control


def test_in_strict_mode_and_on_several_processes(tmp_path: Path) -> None:
    """Mutant: the options do not reach the workers of pytest-xdist."""
    marked = THEIRS.replace("\nasync def test", "\n@pytest.mark.asyncio\nasync def test")
    result = run(tmp_path, marked, config=STRICT, options=(*options(), "-n", "2"))
    assert passed(result, 3)


@pytest.mark.parametrize(("time", "virtual"), [((), False), (("--babyn-time", "virtual"), True)])
def test_the_clock_is_the_wall_unless_asked(
    tmp_path: Path, time: tuple[str, ...], virtual: bool
) -> None:
    """Mutant: a test without a fixture of ours runs in virtual time by itself."""
    test = f"\nVIRTUAL = {virtual}\n{CLOCK}"
    assert passed(run(tmp_path, test, options=options("nursery", *time)), 2)


MARKED = """
@pytest.mark.babyn_scenario("house")
async def test_packaged():
    assert len(await BleakScanner.discover(1.0)) == 6

@pytest.mark.babyn_scenario("mine.toml")
async def test_beside_the_test(babyn_nursery):
    assert list(babyn_nursery.devices) == ["patch"]
    (found,) = await BleakScanner.discover(300.0)
    assert found.name == "Thermometer"
"""


def test_a_scenario_by_marker(tmp_path: Path) -> None:
    """Mutants: a file beside the test is not found; bleak and the fixture have two nurseries."""
    (tmp_path / "mine.toml").write_text(OPEN, "utf-8")
    assert passed(run(tmp_path, MARKED, options=("--strict-markers",)), 2)


SHARED = """
pytestmark = pytest.mark.asyncio(loop_scope="module")

@pytest.fixture(scope="module")
async def client():
    from bleak import BleakClient
    device = await BleakScanner.find_device_by_name("Thermometer")
    async with BleakClient(device) as client:
        yield client

async def test_one(client):
    assert client.is_connected

async def test_another(client):
    assert await client.read_gatt_char("2a00") == b"Thermometer"
"""


def test_a_loop_of_several_tests_has_one_nursery(tmp_path: Path) -> None:
    """Mutant: each test ends the nursery of its loop."""
    config = AUTO.replace("function", "module")
    assert passed(run(tmp_path, SHARED, config=config, options=options()), 2)


PAIRS = """
from bleak import BleakClient

@pytest.mark.parametrize("attempt", [1, 2])
async def test_it_is_not_paired_yet(attempt):
    async with BleakClient(await BleakScanner.find_device_by_name("Thermometer")) as client:
        with pytest.raises(Exception, match="ncryption|uthentication"):
            await client.read_gatt_char("2a19")
        await client.pair()
        assert await client.read_gatt_char("2a19")
"""


def test_no_test_finds_what_another_has_paired(tmp_path: Path) -> None:
    """Mutant: bonds are kept from test to test."""
    assert passed(run(tmp_path, PAIRS, options=options("nursery", "--babyn-time", "virtual")), 2)


CENTRALS = """
from bleak import BleakClient
seen = []

@pytest.mark.babyn_central("bluez", "corebluetooth")
async def test_twice():
    device = await BleakScanner.find_device_by_name("Thermometer")
    seen.append((BleakScanner().backend_id.value, ":" in device.address))

async def test_as_the_option_says():
    assert seen == [("bluez_dbus", True), ("core_bluetooth", False)]
    assert BleakScanner().backend_id.value == "win_rt"
"""


def test_a_test_runs_once_with_each_central(tmp_path: Path) -> None:
    """Mutant: the marker's profiles do not reach the radio, or the option wins over them."""
    time = ("--babyn-time", "virtual", "--babyn-central", "winrt")
    result = run(tmp_path, CENTRALS, options=options("nursery", *time))
    assert passed(result, 3)
    assert "test_mine.py::test_twice[bluez] PASSED" in result.stdout


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("babyn_scenario()", "babyn_scenario takes one scenario"),
        ("babyn_scenario('nowhere.toml')", "nowhere.toml: there is no such scenario file"),
        ("babyn_central()", "babyn_central takes one central profile or several"),
        ("babyn_central('bluez', 'android')", "'android' is no central profile; there are plain"),
        ("babyn_fault()", "babyn_fault takes one kind of fault, and its settings by name"),
        ("babyn_fault('link_lst')", "link_lst.kind: allowed: link_lost"),
        ("babyn_fault('link_lost', device='nobody')", "link_lost.device: allowed: patch"),
    ],
)
def test_a_marker_that_is_wrong_is_told_where_it_is(
    tmp_path: Path, marker: str, expected: str
) -> None:
    """Mutants: the marker is read outside of the test's own phases, which ends pytest itself; or
    not at all, for a test that does not come to use it; a traceback of ours."""
    test = f"\n@pytest.mark.{marker}\nasync def test_it(REQUEST):\n    pass\n"
    test = test.replace("REQUEST", "babyn_nursery" if "nobody" in marker else "")
    result = run(tmp_path, test)
    assert result.returncode == 1
    assert f"a marker cannot be understood: {expected}" in result.stdout
    assert " 1 error in " in result.stdout or "1 passed, 1 error in " in result.stdout
    for unwanted in ("INTERNALERROR", "Traceback", "During handling", "pytest_plugin.py"):
        assert unwanted not in result.stdout


FAULTS = """
from bleak import BleakClient

async def watch():
    gone = asyncio.Event()
    device = await BleakScanner.find_device_by_name("Thermometer")
    async with BleakClient(device, lambda _client: gone.set()) as client:
        async with asyncio.timeout(60):
            await gone.wait()

pytestmark = pytest.mark.babyn_scenario("nursery")

@pytest.mark.babyn_fault("link_lost", device="patch", after=5.0)
async def test_it_is_lost():
    await watch()

async def test_it_is_not():
    with pytest.raises(TimeoutError):
        await watch()

@pytest.mark.babyn_fault("link_lost", device="patch", after=5.0)
async def test_with_the_fixture_too(babyn_nursery):
    await watch()

@pytest.mark.babyn_fault("link_lst", device="patch")
async def test_there_is_no_such_fault():
    pass

@pytest.mark.babyn_fault("link_lost", device="nobody", after=1.0)
async def test_there_is_no_such_device():
    await watch()
"""


def test_a_fault_by_marker(tmp_path: Path) -> None:
    """Mutants: the fault strikes every test; or none; a wrong marker ends pytest itself."""
    result = run(tmp_path, FAULTS, options=("--babyn-time", "virtual", "--strict-markers"))
    outcomes = re.findall(r"^test_mine.py::(\w+) (\w+)", result.stdout, re.MULTILINE)
    assert outcomes == [
        ("test_it_is_lost", "PASSED"),
        ("test_it_is_not", "PASSED"),
        ("test_with_the_fixture_too", "PASSED"),
        ("test_there_is_no_such_fault", "ERROR"),
        ("test_there_is_no_such_device", "FAILED"),
    ]
    assert "link_lst" in result.stdout
    assert "INTERNALERROR" not in result.stdout


FAILS = """
async def test_passes():
    assert await BleakScanner.discover(0.1)

async def test_fails():
    (found,) = await BleakScanner.discover(1.0)
    assert found.address == "nothing"

def test_fails_when_its_loop_is_closed():
    assert not asyncio.run(BleakScanner.discover(1.0))

def test_fails_without_bluetooth():
    assert False
"""


def addresses(result: subprocess.CompletedProcess[str]) -> list[str]:
    # Where CI is set, pytest says it in its summary, too.
    return re.findall(r"^E .*assert '([0-9A-F:]{17})' == 'nothing'", result.stdout, re.MULTILINE)


def test_a_failing_test_tells_its_seed_and_keeps_its_capture(tmp_path: Path) -> None:
    """Mutants: the seed told is the option's and not the scenario's; a passing test keeps one."""
    kept = tmp_path / "kept"
    time = ("--babyn-time", "virtual", "--babyn-capture", str(kept))
    result = run(tmp_path, FAILS, options=options("nursery", *time, "--babyn-seed", "7"))
    assert result.returncode == 1
    assert result.stdout.count("scenario nursery, seed 7, central plain, virtual time") == 2
    (again, _) = re.findall(r"^again with: pytest (.*)$", result.stdout, re.MULTILINE)
    captures = re.findall(r"^capture: (.*)$", result.stdout, re.MULTILINE)
    assert [Path(path).name for path in captures] == [
        "test_mine.py_test_fails.btsnoop",
        "test_mine.py_test_fails_when_its_loop_is_closed.btsnoop",
    ]
    assert [Path(path).read_bytes()[:8] for path in captures] == [b"btsnoop\0"] * 2
    assert sorted(kept.iterdir()) == [Path(path) for path in captures]

    words = tuple(again.split())
    assert words[-1] == "test_mine.py::test_fails"
    repeated = run(tmp_path, FAILS, options=words)
    assert len(addresses(result)) == 1
    assert addresses(repeated) == addresses(result)
    other = run(tmp_path, FAILS, options=("--babyn-seed", "8", *words[2:]))
    assert addresses(other) != addresses(result)  # the control


def test_a_capture_goes_to_pytests_own_directory_by_default(tmp_path: Path) -> None:
    base = tmp_path / "base"
    time = ("--babyn-time", "virtual", "--basetemp", str(base))
    result = run(tmp_path, FAILS, options=options("nursery", *time))
    assert "again with: pytest --babyn-seed 1 --babyn-scenario nursery" in result.stdout
    assert f"capture: {base}/babyn/test_mine.py_test_fails.btsnoop" in result.stdout


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (options("nope"), "there is no scenario named 'nope'"),
        (options("nursery", "--babyn-central", "x"), "'x' is no central profile; there are plain"),
    ],
)
def test_what_is_none_is_one_line(tmp_path: Path, wrong: tuple[str, ...], expected: str) -> None:
    result = run(tmp_path, THEIRS, options=wrong)
    assert result.returncode == 4
    assert result.stderr.startswith(f"ERROR: {expected}")


LIGHT = """
import sys

def test_nothing_is_loaded():
    loaded = {"bumble", "bleak", "pydantic", "babyn_simulator.program"} & set(sys.modules)
    assert not loaded
"""


def test_it_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    """Mutant: import the nursery, or bleak, at the top of the plugin."""
    (tmp_path / "pytest.ini").write_text(AUTO)
    (tmp_path / "test_mine.py").write_text(LIGHT)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout
    used = subprocess.run(
        [*command, *options()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "1 failed" in used.stdout, used.stdout  # the control
