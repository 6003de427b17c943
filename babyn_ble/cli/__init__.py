"""The command line ``babyn``.

Importing this package is cheap, and :func:`main` imports no Bluetooth library before the
gate has said yes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no exception leaves this function.

    Args:
        argv: the arguments, without the program's name; ``None`` takes those of the process.
    """
    try:
        try:
            from babyn_ble.cli.app import run
        except ImportError as error:
            # `name` is a module's, never a user's data.
            sys.stderr.write(
                f"The command line needs {error.name or 'a package'}, which is not installed. "
                "Next: pip install 'babyn-ble[cli]'\n"
            )
            return 1
        return run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 130
