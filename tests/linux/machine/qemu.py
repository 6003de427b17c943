"""Runs the machine: QEMU by software emulation, no disk, no network, one folder shared."""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections import deque
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

QUIET = 900.0
"""Seconds without a word on the console after which the machine is taken for hung. How long it
runs says nothing: that is a matter of the host, and each test tells of itself."""

TAIL = 40
"""Lines of the console that are shown again where the machine said nothing of the tests."""

NO_VERDICT = 70
"""What :func:`run` returns where the machine ended without saying how the tests did."""

STEPS = {
    71: "the system bus did not start",
    72: "the project is not in the machine",
    73: "bluetoothd did not start",
    74: "the folder for results cannot be mounted",
}
"""What the machine's ``init`` says by its exit code."""


def run(
    image: Image,
    command: Sequence[str],
    results: Path,
    *,
    echo: Callable[[str], None],
    quiet: float = QUIET,
) -> int:
    """Run a command in the machine, as root, with ``/results`` shared.

    The console is kept in ``console.log`` among the results. Whatever ends this function,
    the machine has ended.

    Args:
        image: what to start from.
        command: the command; runs in the folder of the project.
        results: the folder that the machine sees as ``/results``.
        echo: told of each line on the machine's console, and of why there is no verdict.
        quiet: seconds without a word on the console after which the machine is ended.

    Returns:
        The exit code of the command, or of ``init`` (see :data:`STEPS`), or ``NO_VERDICT``.
    """
    results.mkdir(parents=True, exist_ok=True)
    (results / "command").write_text(f"{shlex.join(command)}\n", encoding="utf-8")
    with TemporaryDirectory(dir=results.parent, prefix="making-") as place:
        whole = Path(place) / "initrd"
        with whole.open("wb") as output:
            for archive in image.archives:
                output.write(archive.read_bytes())
        return watch(qemu_command(image.kernel, whole, results), results, echo=echo, quiet=quiet)


def watch(
    command: Sequence[str], results: Path, *, echo: Callable[[str], None], quiet: float
) -> int:
    """Run QEMU to its end, or until it has long been quiet; see :func:`run`."""
    tail: deque[str] = deque(maxlen=TAIL)
    late = threading.Event()
    with (
        (results / "console.log").open("w", encoding="utf-8") as console,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):

        def end() -> None:
            late.set()
            process.kill()

        def patience() -> threading.Timer:
            timer = threading.Timer(quiet, end)
            timer.daemon = True
            timer.start()
            return timer

        assert process.stdout is not None
        timer = patience()
        try:
            for line in process.stdout:
                timer.cancel()
                timer = patience()
                console.write(line)
                console.flush()
                tail.append(line.rstrip())
                echo(line.rstrip())
            code = process.wait()
        finally:
            timer.cancel()
            process.kill()
    # QEMU's debug exit device ends it with twice the code, plus one.
    if code > 0 and code & 1 and not late.is_set():
        verdict = code >> 1
        if verdict in STEPS:
            echo(f"The machine could not begin: {STEPS[verdict]}.")
        return verdict
    echo(
        f"The machine was ended after {quiet:.0f} s without a word: it hung."
        if late.is_set()
        else f"The machine ended by itself, without a word on the tests (QEMU: {code})."
    )
    echo(f"The last lines of its console; all of it is in {results / 'console.log'}:")
    for line in tail:
        echo(f"  {line}")
    return NO_VERDICT


def qemu_command(kernel: Path, initrd: Path, results: Path) -> list[str]:
    """Return the command line that starts the machine."""
    shared = f"local,path={results.resolve()},mount_tag=results,security_model=none"
    return [
        *("qemu-system-x86_64", "-accel", "tcg", "-machine", "q35", "-cpu", "qemu64"),
        *("-smp", "1", "-m", str(MEMORY_MB), "-nodefaults", "-no-user-config"),
        *("-display", "none", "-no-reboot", "-monitor", "none"),
        *("-kernel", str(kernel), "-initrd", str(initrd), "-append", KERNEL_OPTIONS),
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
        *("-virtfs", shared),
    ]
