"""The nurseries of a process, and where bleak finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from types import ModuleType

import bleak
import bleak.backends.client
import bleak.backends.scanner
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from babyn_simulator import clock
from babyn_simulator.errors import ScenarioNotFoundError, UnsupportedBleakError
from babyn_simulator.program import nurseries, platform_lookup
from babyn_simulator.program.nurseries import Conditions, Nurseries


@pytest.fixture
def simulated() -> Generator[Nurseries]:
    """Put bleak on a nursery for a test."""
    platform_lookup.install()
    wanted = Nurseries(Conditions("nursery", time="virtual"))
    before = nurseries.use(wanted)
    yield wanted
    nurseries.use(before)
    wanted.end_all()


def test_the_first_use_opens_a_nursery_and_the_loop_ends_it(simulated: Nurseries) -> None:
    """Mutants: each use opens one of its own; a nursery outlives its loop."""

    async def main() -> None:
        await asyncio.gather(*(BleakScanner.discover(1.0) for _ in range(3)))
        assert [opened.ended for opened in simulated.opened] == [False]

    clock.run(main())
    assert [opened.ended for opened in simulated.opened] == [True]
    assert len(simulated.forget()) == 1
    assert simulated.opened == []


def test_one_that_gives_up_does_not_stop_the_others(simulated: Nurseries) -> None:
    """Mutant: the nursery is opened in the task of who comes first."""

    async def main() -> None:
        first = asyncio.create_task(BleakScanner.discover(1.0))
        second = asyncio.create_task(BleakScanner.discover(1.0))
        await asyncio.sleep(0)
        first.cancel()
        assert len(await second) == 1
        assert first.cancelled()

    clock.run(main())
    assert len(simulated.opened) == 1


def test_a_program_that_cancels_every_task_can_go_on(simulated: Nurseries) -> None:
    """Mutant: the nursery lives in a task, which ends with the others."""

    async def main() -> None:
        device = await BleakScanner.find_device_by_name("Thermometer")
        assert device is not None
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        async with BleakClient(device) as client:
            assert await client.read_gatt_char("2a00") == b"Thermometer"

    clock.run(main())


def test_a_nursery_that_cannot_open_says_why_each_time() -> None:
    platform_lookup.install()
    before = nurseries.use(Nurseries(Conditions("nope")))

    async def main() -> None:
        for _ in range(2):
            with pytest.raises(ScenarioNotFoundError):
                await BleakScanner.discover(1.0)

    try:
        clock.run(main())
    finally:
        nurseries.use(before)


def test_without_a_simulation_bleak_answers_as_before(simulated: Nurseries) -> None:
    """Mutant: what was put in the place of bleak's functions answers always."""
    lookup = bleak.backends.scanner.get_platform_scanner_backend_type
    assert vars(bleak)["get_platform_scanner_backend_type"] is lookup
    assert lookup()[1] == platform_lookup.BACKEND_ID
    scanner = BleakScanner()
    nurseries.use(None)
    assert lookup()[1] != platform_lookup.BACKEND_ID

    async def main() -> None:
        with pytest.raises(BleakError, match="a simulation that has ended"):
            await scanner.start()

    clock.run(main())
    nurseries.use(simulated)


def test_a_bleak_that_chooses_otherwise_is_named() -> None:
    module = ModuleType("bleak.backends.client")
    with pytest.raises(UnsupportedBleakError, match="get_platform_client_backend_type"):
        platform_lookup.adapt(module)
    assert callable(bleak.backends.client.get_platform_client_backend_type)  # the control
