"""Host stacks that are not ours, on controllers of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from typing import Any

import pytest

from tests.cli.terminal import SIMULATOR, Running, running
from tests.firmware.bleno_peripheral import is_required, wait_for, why_not


@dataclass(frozen=True)
class AirProcess:
    """``babyn-sim air`` in a process of its own, with a terminal and a TCP port."""

    process: Running
    terminal: Path
    radio: str
    capture: Path
    ready: dict[str, Any]


@pytest.fixture
def air(tmp_path: Path) -> Iterator[AirProcess]:
    """Run an empty air; a capture of it is whole once the test has ended it."""
    terminal, capture = tmp_path / "hci", tmp_path / "air.btsnoop"
    command = [*SIMULATOR, "air", "--attach", f"pty:{terminal}"]
    command += ["--attach", "tcp-server:127.0.0.1:0", "--capture", str(capture), "--json"]
    with running(command) as process:
        ready = wait_for(process, "ready")
        yield AirProcess(process, terminal, ready["attachments"][1]["radio"], capture, ready)
        if process.process.poll() is None:
            process.process.send_signal(SIGINT)
            ended = process.end()
            assert (ended.code, ended.err) == (0, "")


@pytest.fixture(autouse=True)
def tools() -> None:
    """Skip what needs bleno where it is not installed; in CI, fail."""
    missing = why_not()
    if missing is None:
        return
    if is_required():
        pytest.fail(f"BABYN_REQUIRE_TOOLS is set, and {missing}")
    pytest.skip(missing)
