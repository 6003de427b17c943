"""pytest fixtures: a simulated nursery, in virtual time.

::

    async def test_it_is_there(babyn_nursery):
        radio = await babyn_nursery.radio()
        found = await BleakScanner.discover(timeout=5, backend=radio.scanner)
        assert len(found) == 1

A test that uses a fixture whose name begins with ``babyn_``, directly or through another
fixture, runs on a virtual-time event loop; every other test is left as it is. It needs
pytest-asyncio, in either mode, and function scope for loops, which is the default there.

This module imports neither bumble nor bleak; the fixtures do.
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
    from babyn_simulator.scenario import Scenario

LoopFactory: TypeAlias = Callable[[], asyncio.AbstractEventLoop]

FIXTURE_PREFIX = "babyn_"
"""What the names of our fixtures begin with, here and in the companion."""


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
    names = cast("list[str]", getattr(item, "fixturenames", []))
    if any(name.startswith(FIXTURE_PREFIX) for name in names):
        return {"virtual": VirtualTimeLoop}
    return others or {"default": asyncio.new_event_loop}


@pytest.fixture
def babyn_scenario() -> str | Path | Scenario:
    """Return the scenario that ``babyn_nursery`` opens; override it to choose another."""
    return "nursery"


async def _nursery(babyn_scenario: str | Path | Scenario) -> AsyncGenerator[Nursery]:
    """Open a nursery in virtual time, for one test."""
    from babyn_simulator.nursery import Nursery

    async with Nursery.open(babyn_scenario) as nursery:
        yield nursery


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
