"""The stage in the virtual machine: one adapter and one air for all tests, as long as they run.

A plugin of pytest's, so that the tests of all folders share one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from babyn_simulator import scenario as scenarios
from babyn_simulator.entropy import Entropy
from babyn_simulator.hci_server import serve
from babyn_simulator.nursery import Nursery
from tests.linux.bus import SystemBus, connected
from tests.radios.worlds import SPEAKER, Story, World

STORY_LIMIT = 500.0
"""Seconds after which a story is taken for stuck, so that the others are still told."""


class LinuxStage:
    """The system's Bluetooth on a simulated air, for as long as the tests run.

    Its loop runs in a thread of its own: the kernel talks to the adapter also between two
    tests, and takes two seconds of silence for a broken one.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="air")
        self._thread.start()
        self._stack = AsyncExitStack()
        self._world: World | None = None
        self._bus: SystemBus | None = None

    @property
    def bus(self) -> SystemBus:
        """The system bus, as the stage uses it."""
        assert self._bus is not None
        return self._bus

    def play(self, story: Story) -> None:
        """Play a story on the real stack, in real time."""
        self._run(self._play(story))

    def close(self) -> None:
        """Take the adapter out."""
        self._run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _play(self, story: Story) -> None:
        async with asyncio.timeout(STORY_LIMIT):
            if self._world is None:
                self._world = await self._open()
            await story(self._world)

    async def _open(self) -> World:
        enter = self._stack.enter_async_context
        nursery = await enter(Nursery.open(scenarios.parse(SPEAKER)))
        await enter(serve(nursery.air, "vhci", entropy=Entropy(nursery.seed, "hci")))
        self._bus = bus = await enter(connected())
        await bus.adapter_added()
        await bus.set_power(True)
        await bus.register_agent()
        return World("os", nursery, "os", bus)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let those come last that may leave no bluetoothd to the others."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture(scope="session")
def linux_stage() -> Iterator[LinuxStage]:
    """Return the stage; there is one, because there is one ``hci0``."""
    stage = LinuxStage()
    yield stage
    stage.close()
