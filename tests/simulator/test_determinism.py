"""The same scenario and seed take the same steps in any process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

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


def begin_day(folder: Path, seed: int, hash_seed: int) -> tuple[subprocess.Popen[str], Path]:
    """Begin a stormy day in a process of its own."""
    capture = folder / f"{seed}-{hash_seed}.btsnoop"
    command = [sys.executable, "-W", "error", "-m", "tests.simulator.stormy_day"]
    process = subprocess.Popen(
        [*command, str(seed), str(capture)],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, capture


def end_day(process: subprocess.Popen[str], capture: Path) -> tuple[dict[str, Any], str]:
    """Return what a day came to, and the SHA-256 of its capture."""
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return json.loads(output), hashlib.sha256(capture.read_bytes()).hexdigest()


def test_a_stormy_day_has_one_capture_for_each_seed(tmp_path: Path) -> None:
    """24 hours of four devices with pairing and faults: `stormy_day.py` and `storm.toml`.

    Mutant: a fault draws from the system, strikes in the order of a set, or takes another task's
    entropy with it.
    """
    days = [begin_day(tmp_path, seed, hash_seed) for seed, hash_seed in ((1, 0), (1, 7), (1, 99))]
    days.append(begin_day(tmp_path, 2, 0))
    one, two, three, other = [end_day(process, capture) for process, capture in days]
    assert one == two == three
    assert one[0]["digest"] != other[0]["digest"]
    assert one[1] != other[1]
    for day, _capture in (one, other):
        assert day["packets"] > 80_000  # it was no empty day
        strikes = Counter[str]()
        for kind, count in day["strikes"]:
            strikes[kind] += count
        assert min(strikes.values()) > 0, strikes
        assert sum(strikes.values()) > 700
        told = {name: counts.get("told", 0) for name, counts in day["program"].items()}
        assert told["Oximeter"] > 8_000
        assert told["Thermometer"] > 3_500
        assert told["Room sensor"] > 1_000
        paired = {name: counts["paired"] for name, counts in day["program"].items()}
        assert paired == {"Thermometer": 1, "Oximeter": 2, "Room sensor": 1, "Night light": 3}
