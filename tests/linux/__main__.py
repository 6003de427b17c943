"""Run the tests on the real Linux stack: python -m tests.linux [--suite NAME] [pytest options].

Debian's kernel, BlueZ and Python in a virtual machine, with simulated devices behind the
kernel's own virtual adapter. The first run makes the machine; later ones take it from the
cache.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import time

from tests.linux.machine import image, qemu

CACHE = image.PROJECT / ".cache" / "linux"


def main() -> int:
    """Run the command line; return the exit code of the tests."""
    parser = argparse.ArgumentParser(prog="python -m tests.linux", description=__doc__)
    parser.add_argument("--suite", choices=(*image.SUITES, "all"), default="trixie")
    parser.add_argument("--fresh", action="store_true", help="make everything anew")
    parser.add_argument("--shell", metavar="COMMAND", help="run this instead of the tests")
    arguments, options = parser.parse_known_args()
    try:
        image.require_tools()
    except image.ToolMissingError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.fresh:
        shutil.rmtree(CACHE, ignore_errors=True)
    names = image.SUITES if arguments.suite == "all" else (arguments.suite,)
    worst = 0
    for name in names:
        worst = max(worst, _test(image.SUITES[name], arguments.shell, options))
    return worst


def _test(suite: image.Suite, shell: str | None, options: list[str]) -> int:
    began = time.monotonic()
    made = image.make(suite, CACHE, say=lambda step: print(f"-- {step}", flush=True))
    results = CACHE / f"results-{suite.name}"
    shutil.rmtree(results, ignore_errors=True)
    command = (
        ["sh", "-c", shell]
        if shell is not None
        else [
            *("python3", "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts="),
            *("-p", "tests.radios.linux_stage", "--import-mode=importlib", "--color=no"),
            *("--verbose", "--durations=5", "--junitxml=/results/junit.xml"),
            *("tests/linux", "tests/radios"),
            *options,
        ]
    )
    ready = time.monotonic()
    code = qemu.run(made, command, results, echo=lambda line: print(line, flush=True))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"-- Debian {suite.name}: made in {ready - began:.0f} s, "
        f"ran {time.monotonic() - ready:.0f} s, CPU {used.ru_utime + used.ru_stime:.0f} s, "
        f"memory {used.ru_maxrss // 1024} MB, exit {code}; "
        f"JUnit and bluetoothd's log are in {results.relative_to(image.PROJECT)}",
        flush=True,
    )
    return code


if __name__ == "__main__":
    sys.exit(main())
