"""What holds for every test: Ctrl-C works in the programs that the tests start."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Take SIGINT again where whoever started pytest had it ignored.

    A shell does so for what it runs in the background, CI systems too. The programs that tests
    start would inherit that, and the Ctrl-C which they are to be shown would never come.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
