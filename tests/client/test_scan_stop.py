"""A radio that does not stop scanning when it is told to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bleak.backends.scanner import BaseBleakScanner

from babyn_ble import Companion, ResponseTimeoutError
from babyn_ble.radio import STOP_TIMEOUT
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from babyn_simulator.nursery import Nursery
from tests.client.steps import other_tasks

pytestmark = pytest.mark.asyncio


def never_stopping(scanner: type[BaseBleakScanner]) -> type[BaseBleakScanner]:
    """Return a scanner whose stop does what it has to, and then never returns."""

    async def stop(self: Any) -> None:
        await scanner.stop(self)
        await asyncio.get_running_loop().create_future()

    return type("NeverStopping", (scanner,), {"stop": stop})


@pytest.mark.parametrize("hangs", [True, False])
async def test_who_ends_a_scan_is_let_go(
    babyn_nursery: Nursery, caplog: pytest.LogCaptureFixture, hangs: bool
) -> None:
    """So is who wants to scan then, and who closes the companion. The control stops at once.

    Mutant: wait for the system without an end, in one of the three.
    """
    radio = await babyn_nursery.radio()
    obedient = radio.scanner
    async with Companion.open(MemoryStore(), radio=radio) as babyn:
        set_up_synthetic(babyn)
        give_simulated(babyn)
        if hangs:
            radio.scanner = never_stopping(obedient)
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(60):
            found = await babyn.find("thermometer", timeout=3)
        waited = asyncio.get_running_loop().time() - began
        assert (waited >= STOP_TIMEOUT) is hangs
        assert waited < STOP_TIMEOUT + 5
        radio.scanner = obedient
        async with asyncio.timeout(60):
            if hangs:
                with pytest.raises(ResponseTimeoutError):
                    await babyn.find("thermometer", timeout=3)
            else:
                assert (await babyn.find("thermometer", timeout=3)).id == found.id
    assert other_tasks() == []
    told = [record for record in caplog.records if "stopped scanning" in record.message]
    assert bool(told) is hangs
