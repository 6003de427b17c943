"""Commands in processes of their own: what they import and open, and how they end."""

from __future__ import annotations

import array
import fcntl
import json
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest

from tests.cli.conftest import Write
from tests.cli.terminal import (
    BABYN,
    EVERYTHING,
    PATIENCE,
    SIMULATOR,
    Household,
    babyn_process,
    environment,
    running,
)

AUDITED = """
import json, sys
seen = {"sockets": [], "imports": []}
def hook(event, arguments):
    if event.startswith("socket."):
        seen["sockets"].append(event)
    elif event == "import":
        seen["imports"].append(arguments[0].partition(".")[0])
sys.addaudithook(hook)
from babyn_ble.cli import main
code = main(sys.argv[1:])
seen["imports"] = sorted(set(seen["imports"]) | {name.partition(".")[0] for name in sys.modules})
print(json.dumps({"code": code, **seen}))
"""


def audited(*arguments: str) -> dict[str, Any]:
    """Run a command under an audit hook; return its exit code and what was seen."""
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=PATIENCE,
        check=True,
    )
    return cast("dict[str, Any]", json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("command", "radio"),
    [
        ("scan", "os"),
        ("scan", "sim:nursery"),
        ("scan", "hci:tcp-client:127.0.0.1:9"),
        ("inspect", "sim:nursery"),
        ("bind", "sim:nursery"),
        ("watch", "sim:nursery"),
    ],
)
def test_a_refused_command_imports_no_bluetooth_and_opens_no_socket(
    command: str, radio: str, household: Household
) -> None:
    """Mutant: starting the loop or opening the radio before the gate was asked.

    The control is the next test.
    """
    household.set_up("synthetic")
    household.agree("location")
    seen = audited("--data-dir", str(household.directory), "--radio", radio, command)
    assert seen["code"] == 3
    assert seen["sockets"] == []
    assert {"bleak", "bleak_retry_connector", "bumble"}.isdisjoint(seen["imports"])


def test_watching_is_refused_before_it_scans(household: Household) -> None:
    """Mutant: asking for the scan alone connects, and is refused only then."""
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    seen = audited(*household.options, "watch")
    assert seen["code"] == 3
    assert {"bleak", "bumble"}.isdisjoint(seen["imports"])


def test_a_granted_scan_imports_both_and_opens_sockets(household: Household) -> None:
    """The control: the same hook sees the libraries, and sockets (an event loop has one)."""
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    seen = audited(*household.options, "scan", "--timeout", "1")
    assert seen["code"] == 0
    assert {"bleak", "bumble"} <= set(seen["imports"])
    assert seen["sockets"] != []


def test_importing_the_command_line_is_cheap() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import babyn_ble.cli, sys; print(*sys.modules)"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    heavy = {"typer", "rich", "pydantic", "construct", "sqlalchemy", "bleak", "bumble"}
    assert heavy.isdisjoint(done.stdout.split())


# Interrupted


@pytest.fixture
def bound(nursery: Write) -> Household:
    """A bound thermometer that measures five times a second, in real time."""
    virtual = nursery()
    virtual.set_up("synthetic")
    virtual.agree(*EVERYTHING)
    virtual.bind()
    return nursery(time="wall", name="wall", interval=0.2)


def test_ctrl_c_while_watching(bound: Household) -> None:
    """Mutant: leaving by an exception prints a traceback, or leaves the lease behind."""
    with running([*BABYN, *bound.options, "watch"]) as watching:
        assert "°C" in watching.line()
        watching.process.send_signal(signal.SIGINT)
        ended = watching.end()
    assert ended.code == 130
    assert ended.err == "✗ Interrupted; everything was closed.\n"
    withdrawn = bound.json("consent", "withdraw", "health_monitoring")
    assert withdrawn.objects[0]["other_programs"] == 0


def test_ctrl_c_while_scanning(bound: Household) -> None:
    with running([*BABYN, *bound.options, "--json", "scan", "--timeout", "600"]) as scanning:
        assert json.loads(scanning.line())["model"] == "thermometer"
        scanning.process.send_signal(signal.SIGINT)
        ended = scanning.end()
    assert ended.code == 130
    assert json.loads(ended.err)["error"]["exit_code"] == 130


def test_a_reader_that_goes_is_no_error(bound: Household) -> None:
    """Mutant: a broken pipe that ends in a traceback, or in a session that goes on."""
    with running([*BABYN, *bound.options, "watch"]) as watching:
        assert "°C" in watching.line()
        assert watching.process.stdout is not None
        watching.process.stdout.close()
        assert watching.process.wait(timeout=PATIENCE) == 1
        assert watching.process.stderr is not None
        assert watching.process.stderr.read() == ""
        watching.process.stdout = None
    assert bound.json("consent", "withdraw", "location").objects[0]["other_programs"] == 0


INTERRUPTED = """
import signal, sys
from babyn_ble.cli import main
left = int(sys.argv[1])
def hook(event, arguments):
    global left
    left -= 1
    if left == 0:
        signal.raise_signal(signal.SIGINT)
sys.addaudithook(hook)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("moment", [1, 300, 1000, 2000, 3000, 10**9])
def test_ctrl_c_at_any_moment_of_binding(moment: int, nursery: Write) -> None:
    """Nothing is half done: after it the device is bound, or it is not.

    Mutant: catching the interruption in one place only, or undoing nothing. The last moment
    never comes: the control.
    """
    household = nursery()
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(moment), *household.options, "--json", "bind"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if moment == 10**9 else 130)
    assert len(done.stderr.splitlines()) == (0 if moment == 10**9 else 1)
    again = household.json("bind").objects[0]
    assert again["new"] is (moment != 10**9)
    assert len(household.json("watch", "--count", "1").objects) == 1


# Withdrawn from elsewhere


def pending(stream: IO[bytes]) -> int:
    """Return how many bytes were written to a pipe and are still to be read."""
    size = array.array("i", [0])
    fcntl.ioctl(stream.fileno(), termios.FIONREAD, size)
    return size[0]


def test_nothing_is_printed_after_a_withdrawal_elsewhere_has_returned(bound: Household) -> None:
    """Mutant: a permit that is not renewed from the store goes on after the withdrawal."""
    with subprocess.Popen(
        [*BABYN, *bound.options, "--json", "watch"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        bufsize=0,
    ) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert b"temperature" in watching.stdout.read(65536)  # the control: it does print
        second = babyn_process(*bound.options, "--json", "consent", "withdraw", "health_monitoring")
        printed_by_then = pending(watching.stdout)
        assert len(watching.stdout.read()) == printed_by_then
        error = json.loads(watching.stderr.read())["error"]
        assert watching.wait(timeout=PATIENCE) == 3
    assert second.code == 0
    assert json.loads(second.out)["other_programs"] == 1
    assert error["missing"] == ["health_monitoring"]


# Over TCP


@pytest.fixture
def served(nursery: Write) -> Iterator[str]:
    """A simulated thermometer in another process; its radio argument."""
    scenario = nursery(time="wall", interval=0.2).radio.removeprefix("sim:")
    with running(
        [*SIMULATOR, "serve", scenario, "--hci", "tcp-server:127.0.0.1:0", "--json"]
    ) as simulator:
        yield cast("str", json.loads(simulator.line())["radio"])
        simulator.process.send_signal(signal.SIGINT)
        ended = simulator.end()
        assert (ended.code, ended.err) == (0, "")


def test_two_processes_over_tcp(served: str, tmp_path: Path) -> None:
    household = Household(tmp_path / "bench", served)
    household.set_up("test_article")
    household.agree(*EVERYTHING)

    def typed(*arguments: str) -> list[dict[str, Any]]:
        ended = babyn_process(*household.options, "--json", *arguments)
        assert (ended.code, ended.err) == (0, ""), arguments
        return ended.objects

    [sighting, _] = typed("scan", "--timeout", "1")
    [document] = typed("inspect", sighting["id"])
    assert "Health Thermometer" in [service["name"] for service in document["services"]]
    [device] = typed("bind", sighting["id"])
    assert device["paired"] is True
    readings = typed("watch", "--count", "3")
    assert len(readings) == 3
    assert all("testing" in reading["reasons"] for reading in readings)
    [unbound] = typed("unbind", device["id"])
    assert unbound["readings_erased"] == 3


def test_a_synthetic_subject_is_refused_over_tcp(served: str, tmp_path: Path) -> None:
    """Mutant: a simulated consent that opens a real radio. The control is above."""
    household = Household(tmp_path / "bench", served)
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    ended = babyn_process(*household.options, "scan")
    assert ended.code == 3
    assert len(ended.err.splitlines()) == 1


def test_a_controller_that_is_not_there(tmp_path: Path) -> None:
    household = Household(tmp_path / "bench", f"hci:tcp-client:127.0.0.1:{unused_port()}")
    household.set_up("test_article")
    household.agree("location", "bluetooth", "background_collection")
    ended = babyn_process(*household.options, "scan")
    assert ended.code == 5
    assert len(ended.err.splitlines()) == 1


def test_no_bluetooth_in_the_system(tmp_path: Path) -> None:
    household = Household(tmp_path / "bench", "os")
    household.set_up("test_article")
    household.agree("location", "bluetooth", "background_collection")
    ended = babyn_process(
        *household.options, "scan", DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={tmp_path / 'none'}"
    )
    assert ended.code == 5
    assert len(ended.err.splitlines()) == 1


def test_the_device_goes_while_it_is_watched(tmp_path: Path) -> None:
    """Mutant: waiting for ever for a device that is gone."""
    with running(
        [*SIMULATOR, "serve", "nursery", "--hci", "tcp-server:127.0.0.1:0", "--json"]
    ) as simulator:
        radio = cast("str", json.loads(simulator.line())["radio"])
        household = Household(tmp_path / "bench", radio)
        household.set_up("test_article")
        household.agree(*EVERYTHING)
        household.bind("Thermometer")
        with running([*BABYN, *household.options, "watch"]) as watching:
            assert "°C" in watching.line()
            simulator.process.kill()
            ended = watching.end()
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
