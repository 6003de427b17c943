"""Programs that know nothing of the simulator, and ``babyn-sim run`` to run them with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

COMMAND = [sys.executable, "-W", "error", "-m", "babyn_simulator.cli", "run"]
STRICT = ["-X", "dev", "-W", "error"]
"""Options of the program's Python: what it leaves behind is an error."""

OPEN = """
[simulation]
time = "virtual"

[[device]]
kind = "thermometer"
name = "patch"
pairing = "none"
"""
"""A scenario with one thermometer that tells everybody."""


def scenario(folder: Path, text: str = OPEN) -> str:
    """Write a scenario, and return its path."""
    path = folder / "scenario.toml"
    path.write_text(text, "utf-8")
    return str(path)


def program(folder: Path, text: str, name: str = "app.py") -> str:
    """Write a program, and return its path."""
    path = folder / name
    path.write_text(dedent(text), "utf-8")
    return str(path)


def simulate(
    options: Sequence[str], command: Sequence[str], *, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``babyn-sim run``, and return what came of it."""
    return subprocess.run(
        [*COMMAND, *options, "--", *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **(env or {})},
    )


def lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what a program printed; it must have ended well and left nothing behind."""
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr.count("\n") == 1, result.stderr  # the line of babyn-sim's own
    return result.stdout.splitlines()
