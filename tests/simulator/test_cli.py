"""The command line ``babyn-sim``, as another program runs it."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakScanner

from babyn_simulator.bonds import MemoryBondStore
from babyn_simulator.faults import KINDS
from babyn_simulator.radios import HCI

COMMAND = [sys.executable, "-W", "error", "-m", "babyn_simulator.cli"]
FREE_PORT = ["--hci", "tcp-server:127.0.0.1:0"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def serving(*arguments: str) -> AbstractContextManager[tuple[subprocess.Popen[str], str]]:
    """Run ``serve`` until the context ends; yield it with its first line."""
    return started("serve", *arguments)


@contextmanager
def started(*arguments: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Run a command until the context ends; yield it with its first line."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def end(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    return process.returncode, output, errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_when_it_is_ready_and_ends_cleanly(number: signal.Signals) -> None:
    """Mutant: the port of the option is told instead of the bound one, or Ctrl-C is an error."""
    with serving("demo", "--json", "--seed", "3", *FREE_PORT) as (process, line):
        ready: dict[str, Any] = json.loads(line)
        assert ready["event"] == "ready"
        assert (ready["scenario"], ready["seed"]) == ("demo", 3)
        assert ready["port"] > 0
        assert ready["hci"] == f"tcp-server:127.0.0.1:{ready['port']}"
        assert ready["radio"] == f"hci:tcp-client:127.0.0.1:{ready['port']}"
        assert [device["name"] for device in ready["devices"]] == ["patch", "speaker"]
        assert asyncio.run(scan(ready["radio"].removeprefix("hci:"))) == {
            device["address"]: device["local_name"] for device in ready["devices"]
        }
        assert end(process, number) == (0, "", "")


async def scan(transport: str) -> dict[str, str | None]:
    radio = await HCI.open(transport, bonds=MemoryBondStore())
    try:
        found = await BleakScanner.discover(timeout=1, return_adv=True, backend=radio.scanner)
    finally:
        await radio.aclose()
    return {device.address: data.local_name for device, data in found.values()}


def test_serve_shows_the_devices_and_the_command_to_try() -> None:
    with serving("nursery", *FREE_PORT) as (process, line):
        assert process.stdout is not None
        while "Ctrl-C" not in line:
            line += process.stdout.readline()
        code, rest, errors = end(process, signal.SIGINT)
    assert "Thermometer" in line
    assert "babyn --radio hci:tcp-client:127.0.0.1:" in line
    assert " scan\n" in line
    assert line.endswith("Ctrl-C ends it.\n")
    assert (code, rest, errors) == (0, "", "")


def test_a_bad_advertisement_is_told(tmp_path: Path) -> None:
    """Mutant: served without a word, though its name tells what it is and whose."""
    path = tmp_path / "own.toml"
    path.write_text('[[device]]\nkind = "thermometer"\nname = "patch"\nlocal_name = "Baby 12345"\n')
    with serving(str(path), "--json", *FREE_PORT) as (process, _line):
        code, _, err = end(process, signal.SIGINT)
    assert code == 0
    assert [line.split(":")[:2] for line in err.splitlines()] == [
        ["patch", " warning name-tells-of-a-child"],
        ["patch", " warning name-like-a-serial"],
    ]


def test_a_port_in_use_is_one_line_and_exit_code_1() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        name = f"tcp-server:127.0.0.1:{taken.getsockname()[1]}"
        result = run("serve", "nursery", "--hci", name)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (f"{name} is in use; end what uses it, or choose another with --hci\n")


def test_a_virtual_adapter_that_cannot_be_is_one_line_and_exit_code_1() -> None:
    result = run("serve", "nursery", "--hci", "vhci:/no/where")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "vhci:/no/where: there is no virtual adapter here: it needs Linux, outside of a "
        "container, and its kernel module (sudo modprobe hci_vhci)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["serve", "nope"],
            "there is no scenario named 'nope'; named ones are demo, house, nursery, overnight",
        ),
        (["serve", "nope.toml"], "nope.toml: there is no such scenario file"),
        (["serve", "nursery", "--hci", "nothing:"], "'nothing:' is no HCI transport"),
        (["serve", "nursery", "--hci", "tcp-server:x"], "'tcp-server:x' is no TCP address"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], expected: str) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(expected)
    assert result.stderr.count("\n") == 1


def test_a_scenario_that_is_none_names_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[device]]\nkind = "thermometer"\nname = "a"\nintervall = 1\n')
    result = run("serve", str(path))
    assert result.returncode == 2
    assert result.stderr.startswith(f"{path}: device[0].intervall: this key is not known here")


def test_a_capture_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    result = run("serve", "nursery", "--capture", str(tmp_path / "no" / "file"), *FREE_PORT)
    assert result.returncode == 1
    assert result.stderr == f"{tmp_path}/no/file: No such file or directory\n"


def test_faults_lists_every_kind_with_its_settings_and_what_it_reproduces() -> None:
    """Mutant: a setting without a sentence, or a kind that reproduces nothing."""
    shown = run("faults")
    assert (shown.returncode, shown.stderr) == (0, "")
    kinds = [json.loads(line) for line in run("faults", "--json").stdout.splitlines()]
    assert [kind["name"] for kind in kinds] == list(KINDS)
    for kind in kinds:
        assert kind["name"] in shown.stdout
        assert kind["about"].endswith(".")
        assert re.search(r"#\d+: |Core v6.0 .* §[\d.]+: ", kind["reproduces"]), kind["reproduces"]
        settings = {setting["name"]: setting for setting in kind["settings"]}
        assert settings.keys() == KINDS[kind["name"]].model_fields.keys() - {"kind"}
        assert all(setting["about"].endswith(".") for setting in settings.values())
        assert settings["after"]["about"].startswith("Seconds")
        assert settings["probability"]["allowed"]["maximum"] == 1
    assert "default false" in shown.stdout  # as a scenario says it
    assert "False" not in shown.stdout
    by_name = {kind["name"]: kind["settings"] for kind in kinds}
    assert [item["name"] for item in by_name["clock_jump"] if item["required"]] == ["seconds"]


def test_list_shows_the_packaged_scenarios() -> None:
    assert "nursery" in run("list").stdout
    lines = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    names = ["demo", "house", "nursery", "overnight", "storm"]
    assert [line["name"] for line in lines] == names
    assert lines[2]["devices"] == ["patch"]


def test_without_arguments_it_says_how_it_is_used() -> None:
    result = run()
    assert result.returncode == 2
    assert "serve" in result.stdout + result.stderr
