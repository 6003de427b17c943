"""Runs the machine: QEMU by software emulation, no disk, no network, one folder shared."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.linux.machine.image import Image

KERNEL_OPTIONS = (
    "console=ttyS0 panic=-1 quiet random.trust_cpu=on mitigations=off"
    # A host that is busy makes timers late; the kernel is not to take them for broken.
    " no_timer_check nowatchdog"
)
MEMORY_MB = 1280
LIMIT = 900
"""Seconds after which the machine is taken for hung."""

NO_VERDICT = 70
"""What :func:`run` returns where the machine ended without saying how the tests did."""


def run(image: Image, command: Sequence[str], results: Path, *, echo: Callable[[str], None]) -> int:
    """Run a command in the machine, as root, with ``/results`` shared.

    Args:
        image: what to start from.
        command: the command; runs in the folder of the project.
        results: the folder that the machine sees as ``/results``.
        echo: told of each line on the machine's console.

    Returns:
        The exit code of the command.
    """
    results.mkdir(parents=True, exist_ok=True)
    (results / "command").write_text(f"{shlex.join(command)}\n", encoding="utf-8")
    with TemporaryDirectory(prefix="babyn-linux-") as place:
        whole = Path(place) / "initrd"
        with whole.open("wb") as output:
            for archive in image.archives:
                output.write(archive.read_bytes())
        with subprocess.Popen(
            _command(image.kernel, whole, results),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    echo(line.rstrip())
                code = process.wait()
            finally:
                process.kill()
    return code >> 1 if code & 1 else NO_VERDICT


def _command(kernel: Path, initrd: Path, results: Path) -> list[str]:
    shared = f"local,path={results.resolve()},mount_tag=results,security_model=none"
    return [
        *("timeout", "--signal=KILL", str(LIMIT), "qemu-system-x86_64"),
        *("-accel", "tcg", "-machine", "q35", "-cpu", "qemu64", "-smp", "1"),
        *("-m", str(MEMORY_MB), "-nodefaults", "-no-user-config", "-display", "none"),
        *("-no-reboot", "-monitor", "none", "-kernel", str(kernel), "-initrd", str(initrd)),
        "-append",
        KERNEL_OPTIONS,
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
        *("-virtfs", shared),
    ]
