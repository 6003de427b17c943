"""npm's bleno as a peripheral, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from tests.cli.terminal import Running, running
from tests.required_tools import missing_program

FOLDER = Path(__file__).parent / "bleno"
NAME = "Bleno"
BATTERY_LEVEL = 87


def missing() -> str | None:
    """Return what to say where bleno cannot be run, or ``None``."""
    if not (FOLDER / "node_modules").is_dir():
        return f"bleno is not installed; run 'npm ci' in {FOLDER}"
    return missing_program("node", "nodejs")


@contextmanager
def bleno(terminal: Path) -> Generator[Running]:
    """Run the peripheral on the controller at a terminal; yield once it advertises."""
    with running(
        ["node", str(FOLDER / "peripheral.js")],
        BLUETOOTH_HCI_SOCKET_UART_PORT=str(terminal),
        BLENO_DEVICE_NAME=NAME,
        BATTERY_LEVEL=str(BATTERY_LEVEL),
    ) as peripheral:
        wait_for(peripheral, "advertising")
        yield peripheral


def wait_for(process: Running, event: str) -> dict[str, Any]:
    """Read JSON lines until one tells of an event; return it."""
    while line := process.line():
        told = cast("dict[str, Any]", json.loads(line))
        if told["event"] == event:
            return told
    raise AssertionError(f"it ended before '{event}': {process.end()}")
