"""``babyn-sim air``, as another program runs it: what it says, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.test_capture import records
from tests.simulator.test_cli import end, run, scan, started

if os.name != "posix":
    pytest.skip("pseudo-terminals and Unix sockets are of POSIX", allow_module_level=True)

ANY_PORT = "tcp-server:127.0.0.1:0"


def next_event(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    event: dict[str, Any] = json.loads(process.stdout.readline())
    return event


def test_it_lends_controllers_at_several_places_of_one_air(tmp_path: Path) -> None:
    """Mutant: a place has an air of its own, or hosts are not told of, or not captured."""
    capture = tmp_path / "air.btsnoop"
    arguments = ["--attach", f"unix-server:{tmp_path}/hci", "--attach", ANY_PORT]
    command = ["air", "nursery", *arguments, "--seed", "7", "--capture", str(capture), "--json"]
    with started(*command) as (process, line):
        ready: dict[str, Any] = json.loads(line)
        assert (ready["event"], ready["scenario"], ready["seed"]) == ("ready", "nursery", 7)
        unix, tcp = ready["attachments"]
        assert unix["hci"] == f"unix-server:{tmp_path}/hci"
        assert unix["radio"] == f"hci:unix:{tmp_path}/hci"
        assert tcp["hci"] == f"tcp-server:127.0.0.1:{tcp['port']}"
        [device] = ready["devices"]
        for attachment in (unix, tcp):
            found = asyncio.run(scan(attachment["radio"].removeprefix("hci:")))
            assert found == {device["address"]: device["local_name"]}
            for expected in ("attached", "gone"):
                assert next_event(process) == {"event": expected, "hci": attachment["hci"]}
        assert end(process, signal.SIGINT) == (0, "", "")
    hosts = [
        record.payload[8:].rstrip(b"\0").decode()
        for record in records(capture.read_bytes())
        if record.opcode == 0
    ]
    assert hosts == ["patch", "attach0", "attach1"]
    assert os.listdir(tmp_path) == ["air.btsnoop"]


def test_it_shows_what_to_type_for_each_place(tmp_path: Path) -> None:
    arguments = ["--attach", f"pty:{tmp_path}/a", "--attach", f"unix-server:{tmp_path}/b"]
    with started("air", *arguments, "--attach", ANY_PORT) as (process, line):
        assert process.stdout is not None
        while "Ctrl-C" not in line:
            line += process.stdout.readline()
        assert end(process, signal.SIGTERM) == (0, "", "")
    port = line.partition("Lending controllers on tcp-server:127.0.0.1:")[2].partition(",")[0]
    for words in (
        f"BLUETOOTH_HCI_SOCKET_UART_PORT={tmp_path}/a node",
        f"sudo btattach --bredr {tmp_path}/a --protocol h4",
        f"babyn --radio hci:serial:{tmp_path}/a scan",
        f"-serial unix:{tmp_path}/b",
        f"--bt-dev=127.0.0.1:{port}",
        f"BLE_SOCK_TCP_PORT={port}",
    ):
        assert words in line
    assert "device" not in line  # there are none


def test_without_a_place_there_is_nothing_to_do() -> None:
    result = run("air")
    assert result.returncode == 2
    assert "--attach" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nope", "--attach", ANY_PORT], 2, "there is no scenario named 'nope'"),
        (["--attach", "nothing:"], 2, "'nothing:' is no HCI transport"),
        (["--attach", "pty:"], 2, "'pty:' is no HCI transport"),
        (["--attach", ANY_PORT, "--attach", "tcp-server:x"], 2, "'tcp-server:x' is no TCP address"),
        (["--attach", "pty:/no/where"], 1, "pty:/no/where: No such file or directory"),
        (["--attach", "pty:/"], 1, "pty:/: this path is taken; remove it, or choose another"),
        (["--attach", "unix-server:/no/where"], 1, "unix-server:/no/where: No such file"),
        (["--attach", "vhci:/no/where"], 1, "vhci:/no/where: there is no virtual adapter here"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: list[str], code: int, message: str) -> None:
    """Mutant: an exception of the system's reaches the user."""
    result = run("air", *arguments)
    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr.startswith(message), result.stderr
    assert result.stderr.count("\n") == 1


def test_a_place_in_use_is_named(tmp_path: Path) -> None:
    name = f"unix-server:{tmp_path}/hci"
    with started("air", "--attach", name, "--json") as (process, _):
        second = run("air", "--attach", ANY_PORT, "--attach", name)
        assert (
            second.stderr
            == f"{name} is in use; end what uses it, or choose another with --attach\n"
        )
        assert second.returncode == 1
        assert end(process, signal.SIGINT) == (0, "", "")


def test_a_host_that_talks_nonsense_is_told_of_and_does_no_harm(tmp_path: Path) -> None:
    with started("air", "nursery", "--attach", ANY_PORT, "--json") as (process, line):
        radio = json.loads(line)["attachments"][0]["radio"]
        asyncio.run(talk_nonsense(int(radio.rpartition(":")[2])))
        assert [next_event(process)["event"] for _ in range(3)] == ["attached", "nonsense", "gone"]
        assert len(asyncio.run(scan(radio.removeprefix("hci:")))) == 1
        code, _, errors = end(process, signal.SIGINT)
    assert (code, errors) == (0, "what a host sent is not HCI in H4 framing\n")


async def talk_nonsense(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
