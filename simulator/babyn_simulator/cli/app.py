"""What the commands of ``babyn-sim`` share: the application, exit codes, and how one fails.

Exit codes: 0 ended as asked, 1 it could not run, 2 wrong usage or a scenario that is none, 130
ended by Ctrl-C before it was done.
"""

from __future__ import annotations

import typer
from rich.console import Console

FAILED = 1
USAGE = 2
INTERRUPTED = 130

app = typer.Typer(
    name="babyn-sim",
    help="Simulated nursery devices on a virtual Bluetooth LE radio.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def warn(message: str) -> None:
    """Say something on standard error."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(message, markup=False)


def fail(message: str, code: int) -> typer.Exit:
    """Say what went wrong, and return what to raise."""
    warn(message)
    return typer.Exit(code)
