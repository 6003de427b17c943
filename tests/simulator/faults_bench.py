"""What the tests of the faults share: a nursery with one open thermometer, and a client."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Concatenate, ParamSpec

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic

from babyn_protocol.uuids import Characteristic
from babyn_simulator import clock, scenario
from babyn_simulator.nursery import Nursery, NurseryRadio

P = ParamSpec("P")

MEASUREMENT = Characteristic.TEMPERATURE_MEASUREMENT
BATTERY = Characteristic.BATTERY_LEVEL
TYPE = Characteristic.TEMPERATURE_TYPE

LONGEST = 3600.0
"""Virtual seconds that a test may take."""

PATCH = """
[[device]]
kind = "thermometer"
name = "patch"
pairing = "none"
interval = 1.0
"""


class Ward:
    """A nursery, one central in it, and what a client there is told."""

    def __init__(self, nursery: Nursery, radio: NurseryRadio) -> None:
        self.nursery = nursery
        self.radio = radio
        self.lost: list[float] = []
        """When a client heard that its link was gone."""

    @property
    def now(self) -> float:
        """Virtual time, in seconds."""
        return asyncio.get_running_loop().time()

    async def find(self, name: str = "Thermometer", timeout: float = 5.0) -> BleakClient | None:
        """Scan for a device, and return a client for it."""
        found = await BleakScanner.find_device_by_name(
            name, timeout=timeout, backend=self.radio.scanner
        )
        if found is None:
            return None
        return BleakClient(found, self._on_lost, timeout=20, backend=self.radio.client)

    async def client(self, name: str = "Thermometer") -> BleakClient:
        """Find a device that has to be there."""
        client = await self.find(name)
        assert client is not None
        return client

    @asynccontextmanager
    async def connected(self, name: str = "Thermometer") -> AsyncGenerator[BleakClient]:
        """Connect for as long as the context lasts."""
        async with await self.client(name) as client:
            yield client

    def _on_lost(self, _client: BleakClient) -> None:
        self.lost.append(self.now)


class Values:
    """Keeps what is pushed, and when, in seconds since the first of all."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.times: list[float] = []

    def __call__(self, _sender: BleakGATTCharacteristic, data: bytearray) -> None:
        self.values.append(bytes(data))
        self.times.append(asyncio.get_running_loop().time())


def is_connected(client: BleakClient) -> bool:
    """Return whether a client says that there is a link; it may change at any time."""
    return client.is_connected


async def pass_time(seconds: float) -> None:
    """Let virtual time pass."""
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_later(seconds, passed.set_result, None)
    await passed


def in_ward(
    plan: str = PATCH,
) -> Callable[[Callable[Concatenate[Ward, P], Coroutine[None, None, None]]], Callable[P, None]]:
    """Run a test in virtual time, with a nursery made from TOML as its first argument."""

    def decorate(
        test: Callable[Concatenate[Ward, P], Coroutine[None, None, None]],
    ) -> Callable[P, None]:
        @functools.wraps(test)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            async def main() -> None:
                before = asyncio.all_tasks()
                # What never comes is waited for in virtual time, and that takes real time.
                async with asyncio.timeout(LONGEST), Nursery.open(scenario.parse(plan)) as nursery:
                    await test(Ward(nursery, await nursery.radio()), *args, **kwargs)
                assert asyncio.all_tasks() == before

            clock.run(main())

        # pytest asks for what the test takes besides the ward.
        vars(run).pop("__wrapped__")
        return run

    return decorate
