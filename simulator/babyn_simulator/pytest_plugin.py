"""pytest: any test of a bleak program on a simulated nursery, and fixtures to control one.

``pytest --babyn-scenario ward.toml`` runs every test on a nursery of its own, in wall-clock
time, or in virtual time with ``--babyn-time virtual``. Markers do so for single tests::

    @pytest.mark.babyn_scenario("house")            # or a TOML file, beside the test
    @pytest.mark.babyn_central("bluez", "winrt")    # once with each central profile
    @pytest.mark.babyn_fault("link_lost", device="patch", after=5.0)

With a fixture, a test has the devices in its hands, and runs in virtual time::

    async def test_it_is_there(babyn_nursery):
        found = await BleakScanner.discover(timeout=300)
        assert len(found) == 1

A test that uses a fixture whose name begins with ``babyn_``, directly or through another
fixture, runs on a virtual-time event loop. Every test without option, marker and fixture is
left as it is. Fixtures and virtual time need pytest-asyncio, in either mode, and function scope
for loops, which is the default there.

This module imports neither bumble nor bleak, before a test uses them.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pytest

from babyn_simulator.clock import VirtualTimeLoop

if TYPE_CHECKING:
    from babyn_simulator.nursery import Nursery
    from babyn_simulator.program.testing import SimulatedTest
    from babyn_simulator.scenario import Scenario

LoopFactory: TypeAlias = Callable[[], asyncio.AbstractEventLoop]

FIXTURE_PREFIX = "babyn_"
"""What the names of our fixtures begin with, here and in the companion."""

MARKERS = {
    "babyn_scenario(scenario)": "run on this scenario: the name of one, or a file by the test",
    "babyn_central(*profiles)": "run once with each of these central profiles",
    "babyn_fault(kind, **settings)": "let this go wrong: see 'babyn-sim faults'",
}

CENTRAL = "_babyn_central"
"""The parameter by which a test is run with several central profiles."""

_simulated: pytest.StashKey[SimulatedTest] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("babyn", "Bluetooth LE on simulated devices (babyn-ble)")
    group.addoption(
        "--babyn-scenario",
        metavar="SCENARIO",
        help="run all tests on this scenario: a TOML file, or a name (see 'babyn-sim list')",
    )
    group.addoption("--babyn-seed", type=int, metavar="N", help="instead of the scenario's seed")
    group.addoption(
        "--babyn-central", metavar="PROFILE", help="what the radio of the tests behaves like"
    )
    group.addoption(
        "--babyn-time",
        choices=["wall", "virtual"],
        help="the clock of simulated tests; by default virtual with a babyn_… fixture, else wall",
    )
    group.addoption(
        "--babyn-capture",
        metavar="DIR",
        help="where captures of failed tests are kept; by default in pytest's temporary directory",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and see that scenario and central profile are there."""
    for marker, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    if (scenario := config.getoption("--babyn-scenario")) is not None:
        from babyn_simulator import scenario as scenarios
        from babyn_simulator.errors import ScenarioError

        try:
            scenarios.load(scenario)
        except ScenarioError as error:
            raise pytest.UsageError(str(error)) from None
    if (central := config.getoption("--babyn-central")) is not None:
        from babyn_simulator.bleak_backend.profiles import profile_of

        try:
            profile_of(central)
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have a test run once with each central profile that its marker names."""
    marker = metafunc.definition.get_closest_marker("babyn_central")
    if marker is not None:
        metafunc.fixturenames.append(CENTRAL)
        metafunc.parametrize(CENTRAL, marker.args, ids=[str(name) for name in marker.args])


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Generator[None, Mapping[str, LoopFactory] | None, Mapping[str, LoopFactory]]:
    """Choose the event loop of a test.

    pytest-asyncio asks this for every asynchronous test, and takes no "whatever you would
    have done" for an answer. So for a test that is not ours, the answer is what other plugins
    say, or else the ordinary factory.
    """
    others = yield
    if _is_simulated(item) and _time(item) == "virtual":
        return {"virtual": VirtualTimeLoop}
    return others or {"default": asyncio.new_event_loop}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Give bleak its platform back when a simulated test has ended, with its fixtures."""
    try:
        return (yield)
    finally:
        if (test := item.stash.get(_simulated, None)) is not None:
            test.end()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Put bleak on a nursery before a simulated test and its fixtures begin."""
    if not _is_simulated(item):
        return
    from babyn_simulator.errors import BabynError
    from babyn_simulator.program.testing import SimulatedTest

    try:
        test = SimulatedTest(item, time=_time(item), central=_parameter(item))
    except (BabynError, TypeError) as error:
        pytest.fail(f"a marker cannot be understood: {error}", pytrace=False)
    item.stash[_simulated] = test
    test.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell how to repeat a test that failed, and keep its capture."""
    report = yield
    test = item.stash.get(_simulated, None)
    if report.failed and test is not None and (text := test.explain()):
        report.sections.append(("babyn", text))
    return report


def _is_simulated(item: pytest.Item) -> bool:
    return (
        item.config.getoption("--babyn-scenario") is not None
        or _uses_fixture(item)
        or any(mark.name.startswith(FIXTURE_PREFIX) for mark in item.iter_markers())
    )


def _uses_fixture(item: pytest.Item) -> bool:
    names = cast("list[str]", getattr(item, "fixturenames", []))
    return any(name.startswith(FIXTURE_PREFIX) for name in names)


def _time(item: pytest.Item) -> str:
    wanted = cast("str | None", item.config.getoption("--babyn-time"))
    return wanted or ("virtual" if _uses_fixture(item) else "wall")


def _parameter(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get(CENTRAL)


@pytest.fixture
def babyn_scenario(request: pytest.FixtureRequest) -> str | Path | Scenario:
    """Return the scenario that the test runs on; override it to choose another."""
    return cast("pytest.Item", request.node).stash[_simulated].scenario


async def _nursery(
    request: pytest.FixtureRequest, babyn_scenario: str | Path | Scenario
) -> AsyncGenerator[Nursery]:
    """Open a nursery for one test."""
    async with cast("pytest.Item", request.node).stash[_simulated].nursery(babyn_scenario) as here:
        yield here


def _without_pytest_asyncio() -> None:
    """Say what is missing."""
    pytest.fail(
        "babyn_nursery needs pytest-asyncio 1.4 or later; "
        "install it with: pip install 'babyn-ble[pytest]'"
    )


def _fixture() -> Any:
    if importlib.util.find_spec("pytest_asyncio") is None:
        return pytest.fixture(name="babyn_nursery")(_without_pytest_asyncio)
    import pytest_asyncio

    return pytest_asyncio.fixture(name="babyn_nursery", loop_scope="function")(_nursery)


babyn_nursery = _fixture()
