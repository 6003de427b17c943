"""``babyn-sim air`` in a process of its own: a terminal for a device, a port for a central."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT

from tests.cli.terminal import SIMULATOR, Running, running
from tests.firmware.bleno_peripheral import wait_for


@dataclass(frozen=True)
class AirProcess:
    """The process, and where things are."""

    process: Running
    terminal: Path
    radio: str
    capture: Path

    def end(self) -> None:
        """Have it end as with Ctrl-C; then its capture is whole."""
        self.process.process.send_signal(SIGINT)
        ended = self.process.end()
        assert (ended.code, ended.err) == (0, "")


@contextmanager
def air_in(folder: Path) -> Generator[AirProcess]:
    """Run an air without devices, and leave no process behind."""
    terminal, capture = folder / "hci", folder / "air.btsnoop"
    command = [*SIMULATOR, "air", "--attach", f"pty:{terminal}"]
    command += ["--attach", "tcp-server:127.0.0.1:0", "--capture", str(capture), "--json"]
    with running(command) as process:
        ready = wait_for(process, "ready")
        yield AirProcess(process, terminal, ready["attachments"][1]["radio"], capture)
