"""From the command that a user gave to a process whose Python loads the simulator first."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from babyn_simulator.errors import BabynError

START_UP = Path(__file__).parent / "start_up"
"""The folder that goes first into ``PYTHONPATH``."""

_PROBE = (
    "import sys, importlib.util\n"
    "spec = importlib.util.find_spec('babyn_simulator')\n"
    "hook = any(getattr(f, 'babyn_simulation', False) for f in sys.meta_path)\n"
    "print(hook, '' if spec is None else spec.origin, sep='\\n')\n"
)
_PYTHON = re.compile(r"(python|pypy)[0-9.]*[a-z]*(\.exe)?", re.IGNORECASE)
_TAKE_A_VALUE = ("-W", "-X", "--check-hash-based-pycs")
_LONG_PATH_TRICK = re.compile(r"""^'''exec' ("[^"]+"|\S+)""")
"""How pip writes a first line that would be too long, or holds a space."""


class CommandError(BabynError):
    """A command that cannot be run on a simulation.

    Attributes:
        code: the exit code by which shells say so.
    """

    def __init__(self, message: str, code: int) -> None:
        self.code = code
        super().__init__(message)


NOT_FOUND = 127
CANNOT_RUN = 126


def with_start_up(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which Python loads the start-up hook first."""
    before = environment.get("PYTHONPATH", "").split(os.pathsep)
    others = [entry for entry in before if entry and entry != str(START_UP)]
    return {**environment, "PYTHONPATH": os.pathsep.join([str(START_UP), *others])}


def resolve(command: Sequence[str]) -> list[str]:
    """Return a command with the path of its program; those of this environment come first.

    Raises:
        CommandError: there is no such program.
    """
    name = command[0]
    own = sysconfig.get_path("scripts")
    found = shutil.which(name, path=os.pathsep.join([own, os.environ.get("PATH", "")]))
    if found is None:
        hint = f"; for a Python file: python {name}" if Path(name).is_file() else ""
        raise CommandError(f"{name}: there is no such command{hint}", NOT_FOUND)
    return [found, *command[1:]]


def check(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """See that a resolved command runs in a Python that loads the simulator.

    If it did not, it would use the real Bluetooth adapter.

    Raises:
        CommandError: it does not.
    """
    python = _interpreter(command)
    if not _PYTHON.fullmatch(Path(python[0]).name):  # never run what we do not know with -c
        raise CommandError(
            f"{command[0]} is not run by Python, so it cannot be simulated; name the Python "
            "program itself: python app.py, python -m module, pytest",
            CANNOT_RUN,
        )
    try:
        probe = subprocess.run(
            [*python, "-c", _PROBE], env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise CommandError(f"{python[0]}: {error.strerror}", CANNOT_RUN) from None
    answer = probe.stdout.splitlines()
    if probe.returncode != 0 or len(answer) != 2:
        raise CommandError(f"{' '.join(python)} does not start", CANNOT_RUN)
    loaded, origin = answer
    if loaded != "True":
        raise CommandError(
            f"{' '.join(python)} does not load the simulator; leave out -S, -E and -I, with "
            "which Python ignores PYTHONPATH or site",
            CANNOT_RUN,
        )
    ours = str(Path(__file__).parents[1] / "__init__.py")
    if os.path.realpath(origin) != os.path.realpath(ours):
        raise CommandError(
            f"{python[0]} is another Python than the one that this babyn-sim is installed in "
            f"({sys.executable}), and its bleak would use the real Bluetooth adapter; install "
            "'babyn-ble[simulator]' there, and use the babyn-sim of that environment",
            CANNOT_RUN,
        )


def execute(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Become a resolved command: its process, its exit code, its signals.

    Raises:
        CommandError: the system cannot run it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if os.name != "nt":
            os.execve(command[0], list(command), environment)
        # There it would not be waited for. Ctrl-C reaches both; only the program acts on it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)
    except OSError as error:
        raise CommandError(f"{command[0]}: {error.strerror}", CANNOT_RUN) from None


def _interpreter(command: Sequence[str]) -> list[str]:
    """Return the Python that runs a resolved command, with the options that it is given."""
    program = Path(command[0])
    with program.open("rb") as file:
        head = file.read(1024)
    if not head.startswith(b"#!"):
        return [command[0], *_options(command[1:])]
    first, _, rest = head.decode("utf-8", "replace").partition("\n")
    if trick := _LONG_PATH_TRICK.match(rest):
        return [trick[1].strip('"')]
    interpreter = first[2:].split()
    if Path(interpreter[0]).name == "env":
        interpreter = [word for word in interpreter[1:] if word != "-S"]
        return [shutil.which(interpreter[0]) or interpreter[0], *interpreter[1:]]
    return interpreter


def _options(arguments: Sequence[str]) -> list[str]:
    """Return Python's own options, which stand before the program."""
    options: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-") or argument in ("-c", "-m", "-"):
            break
        options.append(argument)
        if argument in _TAKE_A_VALUE:
            options += [value for value in (next(rest, None),) if value is not None]
    return options
