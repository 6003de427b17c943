"""Wireshark's dissectors as a judge of our captures, by its program tshark.

It shows every FLOAT as 0: what a value is, is taken from its raw bytes. A file of the Linux
Bluetooth monitor needs a New Index record for each host.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, cast

from tests.required_tools import missing_program

SUSPICIOUS = "_ws.malformed || _ws.expert.severity >= 0x600000"
"""Frames that are cut or too long, and those with a warning or an error."""


def missing() -> str | None:
    """Return what to say where tshark is not installed, or ``None``."""
    return missing_program("tshark", "tshark")


def fields(capture: Path, display_filter: str, *names: str) -> list[tuple[str, ...]]:
    """Return fields of the frames that a display filter shows; empty where a frame has none."""
    wanted = [option for name in names for option in ("-e", name)]
    lines = _tshark(capture, display_filter, "fields", *wanted, "-E", "separator=/t").split("\n")
    return [tuple(line.split("\t")) for line in lines if line]


def suspicious(capture: Path) -> list[int]:
    """Return the numbers of the frames in which something is wrong."""
    return [int(number) for (number,) in fields(capture, SUSPICIOUS, "frame.number")]


def raw(capture: Path, display_filter: str, name: str) -> list[bytes]:
    """Return the bytes of a field of ATT, in the order of the frames."""
    frames = json.loads(_tshark(capture, display_filter, "json", "-x"))
    layers = [cast("dict[str, Any]", frame["_source"]["layers"]["btatt"]) for frame in frames]
    return [bytes.fromhex(layer[f"{name}_raw"][0]) for layer in layers]


def _tshark(capture: Path, display_filter: str, form: str, *more: str) -> str:
    command = ["tshark", "-r", str(capture), "-Y", display_filter, "-T", form, *more]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
