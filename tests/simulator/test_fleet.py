"""Fleets: thousands of devices in one process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from babyn_simulator.devices.settings import KINDS
from babyn_simulator.fleet import RADIUS, Fleet, scenario
from tests.simulator.test_capture import records
from tests.simulator.virtual_bench import virtually

FLEET = [sys.executable, "-W", "error", "-m", "babyn_simulator.cli", "fleet"]


def lines(output: str) -> list[dict[str, Any]]:
    """Return the JSON objects in what was printed."""
    return [json.loads(line) for line in output.splitlines()]


def fleet(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run([*FLEET, *options], capture_output=True, text=True, check=False)


def test_a_mixed_fleet_has_every_kind_within_reach() -> None:
    """Mutant: the same place for all, or one kind only."""
    plan = scenario(70)
    assert {device.kind for device in plan.devices} == set(KINDS)
    assert len({device.name for device in plan.devices}) == 70
    places = {device.place for device in plan.devices}
    assert len(places) == 70
    assert max(x * x + y * y for x, y in places) < RADIUS**2
    assert {device.kind for device in scenario(3, "scale").devices} == {"scale"}


@pytest.mark.parametrize(("devices", "kind"), [(1, "toaster"), (0, "mixed")])
def test_what_is_no_fleet_is_refused(devices: int, kind: str) -> None:
    """Mutant: check neither."""
    with pytest.raises(ValueError, match=r"kind|at least one"):
        scenario(devices, kind)


@virtually
async def test_each_device_is_heard_once_a_second() -> None:
    """Mutant: count both halves of an advertisement, or advertise at the devices' own interval."""
    async with Fleet.open(scenario(21), seed=3) as running:
        await running.advance(10)
        status = running.status()
    assert status.simulated_seconds == pytest.approx(10)
    assert 21 * 9 <= status.advertisements <= 21 * 11
    assert (status.devices, status.connections, status.values) == (21, 0, 0)


@virtually
async def test_devices_are_bound_and_read_while_the_scan_goes_on() -> None:
    """Mutant: connect without pairing, after which no value comes; or connect to a beacon."""
    async with Fleet.open(scenario(7), connected=6) as running:
        before = running.status()
        await running.advance(20)
        status = running.status()
    assert status.connections == 6
    assert status.values > before.values
    assert status.advertisements > before.advertisements  # the beacon's


@virtually
async def test_without_a_central_nothing_is_heard() -> None:
    """Mutant: scan anyway. The control is above."""
    async with Fleet.open(scenario(7), central=False) as running:
        await running.advance(20)
        assert running.status().advertisements == 0


def test_the_same_seed_gives_the_same_fleet(tmp_path: Path) -> None:
    """Mutant: anything of the run depends on how fast the machine is, or on what is shown."""
    path = tmp_path / "run.btsnoop"
    options = ("--devices", "20", "--seconds", "5", "--connected", "2", "--json")
    first = fleet(*options)
    again = fleet(*options, "--capture", str(path))
    other = fleet(*options, "--seed", "2")
    assert (first.returncode, first.stderr) == (0, "")
    ends = [lines(run.stdout)[-1] for run in (first, again, other)]
    assert [end["event"] for end in ends] == ["end"] * 3
    assert all(end["whole"] for end in ends)
    assert ends[0]["digest"] == ends[1]["digest"] != ends[2]["digest"]
    assert ends[0]["advertisements"] == ends[1]["advertisements"]
    found = list(records(path.read_bytes()))
    assert len({record.index for record in found}) == 21


def test_without_a_terminal_the_last_table_is_printed() -> None:
    """Mutant: draw a live table into a pipe."""
    run = fleet("--devices", "7", "--seconds", "2")
    assert (run.returncode, run.stderr) == (0, "")
    assert "\x1b" not in run.stdout
    assert run.stdout.count("simulated time") == 1
    assert "2.0 of 2 s" in run.stdout
    assert run.stdout.endswith("\N{BOX DRAWINGS LIGHT UP AND LEFT}\n")


@pytest.mark.parametrize("options", [("--kind", "toaster"), ("--devices", "0")])
def test_wrong_usage_is_two(options: tuple[str, ...]) -> None:
    """Mutant: a traceback."""
    run = fleet(*options)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_a_capture_that_cannot_be_written_is_one(tmp_path: Path) -> None:
    """Mutants: a traceback; what it was about to do stays in front of why it did not."""
    run = fleet("--devices", "1", "--capture", str(tmp_path / "nowhere" / "run"))
    assert (run.returncode, run.stdout.strip()) == (1, "")
    assert "No such file" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    """Mutant: leave the capture open, or end with a traceback."""
    path = tmp_path / "run.btsnoop"
    command = [*FLEET, "--devices", "10", "--seconds", "1e9", "--json", "--capture", str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert [lines(process.stdout.readline())[0]["event"] for _ in range(3)] == [
            "begin",
            "status",
            "status",
        ]
        process.send_signal(number)
        output, errors = process.communicate()
    assert (process.returncode, errors) == (130, "")
    end = lines(output)[-1]
    assert (end["event"], end["whole"]) == ("end", False)
    assert len(list(records(path.read_bytes()))) > 11


def test_on_a_terminal_the_table_is_live() -> None:
    """Mutant: print only the last table there."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")
    main, end = pty.openpty()
    command = [*FLEET, "--devices", "20", "--seconds", "60"]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    with subprocess.Popen(command, stdout=end, stderr=end, env=env) as process:
        os.close(end)
        shown = b""
        while data := _read(main):
            shown += data
    os.close(main)
    assert process.returncode == 0
    assert b"Switching 20 devices on" in shown
    assert shown.count(b"simulated time") > 1
    assert b"60.0 of 60 s" in shown


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # the other side is closed
        return b""
