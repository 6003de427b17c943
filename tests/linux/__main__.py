"""Run the tests on the real Linux stack: python -m tests.linux [--suite NAME] [pytest options].

Debian's kernel, BlueZ and Python in a virtual machine, with simulated devices behind the
kernel's own virtual adapter. The first run makes the machine; later ones take it from the
cache.
"""

from __future__ import annotations

import argparse
import fcntl
import resource
import shutil
import signal
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from tests.linux.machine import image, qemu

CACHE = image.PROJECT / ".cache" / "linux"

PYTEST = (
    *("python3", "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts="),
    *("-p", "tests.radios.linux_stage", "--import-mode=importlib", "--color=no"),
    *("--verbose", "--durations=5", "--junitxml=/results/junit.xml"),
    *("tests/linux", "tests/radios", "--ignore=tests/linux/machine"),
)
"""What runs in the machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code of the tests, or 1 if there is no machine."""
    parser = argparse.ArgumentParser(prog="python -m tests.linux", description=__doc__)
    parser.add_argument("--suite", choices=(*image.SUITES, "all"), default="trixie")
    parser.add_argument("--fresh", action="store_true", help="make everything anew")
    parser.add_argument("--mirror", metavar="URL", help="where Debian's packages come from")
    parser.add_argument("--shell", metavar="COMMAND", help="run this instead of the tests")
    chosen, options = parser.parse_known_args(arguments)
    command = PYTEST if chosen.shell is None else ("sh", "-c", chosen.shell)
    names = image.SUITES if chosen.suite == "all" else (chosen.suite,)
    # As by Ctrl-C: what is under way is ended, and nothing half made is left.
    signal.signal(signal.SIGTERM, _end)
    try:
        image.require_tools()
        with _alone():
            if chosen.fresh:
                _empty()
            return max(
                _test(image.SUITES[name], chosen.mirror, [*command, *options]) for name in names
            )
    except image.MachineError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


@contextmanager
def _alone() -> Generator[None]:
    """Have the cache for this run alone."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise image.MachineError(
                f"Another run uses {CACHE.relative_to(image.PROJECT)}; wait for its end"
            ) from None
        yield


def _empty() -> None:
    for made in CACHE.iterdir():
        if made.is_dir():
            shutil.rmtree(made)


def _test(suite: image.Suite, mirror: str | None, command: Sequence[str]) -> int:
    began = time.monotonic()
    used_before = _cpu()
    made = image.make(suite, CACHE, mirror=mirror, say=lambda step: _say(f"-- {step}"))
    results = CACHE / f"results-{suite.name}"
    shutil.rmtree(results, ignore_errors=True)
    ready = time.monotonic()
    code = qemu.run(made, command, results, echo=_say)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    _say(
        f"-- Debian {suite.name}: made in {ready - began:.0f} s, "
        f"ran {time.monotonic() - ready:.0f} s, CPU {_cpu() - used_before:.0f} s, "
        f"memory {memory} MB, exit {code}; "
        f"JUnit, the console and bluetoothd's log are in {results.relative_to(image.PROJECT)}"
    )
    return code


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
