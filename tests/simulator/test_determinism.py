"""The same scenario and seed take the same steps in any process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HOUR = """
import asyncio, sys
from bleak import BleakClient, BleakScanner
from babyn_protocol.uuids import Characteristic
from babyn_simulator import clock
from babyn_simulator.nursery import Nursery

async def main(scenario, seed):
    received = 0

    def on_value(_sender, _data):
        nonlocal received
        received += 1

    async with Nursery.open(scenario, seed=seed) as nursery:
        radio = await nursery.radio()
        patch = nursery.thermometer()
        found = await BleakScanner.find_device_by_name("Thermometer", backend=radio.scanner)
        async with BleakClient(found, backend=radio.client) as client:
            await client.pair()
            await client.start_notify(Characteristic.TEMPERATURE_MEASUREMENT, on_value)
            loop = asyncio.get_running_loop()
            passed = loop.create_future()
            loop.call_later(3600, passed.set_result, None)
            await passed
            patch.lose_link()
            await patch.reset()
        await BleakScanner.discover(timeout=5, backend=radio.scanner)
        async with BleakClient(found, backend=radio.client) as client:
            await client.read_gatt_char(Characteristic.BATTERY_LEVEL)
        print(nursery.digest(), nursery.packets, received)

clock.run(main(sys.argv[1], int(sys.argv[2])))
"""


def start(scenario: str, seed: int, hash_seed: int) -> subprocess.Popen[str]:
    """Begin the hour in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", HOUR, scenario, str(seed)],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> list[str]:
    """Return digest, packets and readings of an hour."""
    output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    return output.split()


@pytest.mark.parametrize(("scenario", "readings"), [("nursery", 1800), ("demo", 3600)])
def test_an_hour_has_one_digest_for_each_seed(scenario: str, readings: int) -> None:
    """Scan, connect, pairing, an hour of indications, a lost link, a reset and a reconnect.

    Mutant: a set of objects, the system's clock or its entropy decides anything.
    """
    runs = [start(scenario, 1, 0), start(scenario, 1, 12345), start(scenario, 2, 0)]
    first, second, other = [finish(process) for process in runs]
    assert first == second
    assert first[0] != other[0]
    assert [int(count) for count in (first[2], other[2])] == [readings] * 2
