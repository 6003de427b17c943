"""A pseudo-terminal with a controller at its end, for hosts that want a serial port.

A host that opens it and speaks has the controller for as long as it holds it open. Then
there is a new terminal under the same path, so that nothing of one host (unread bytes,
terminal settings, an exclusive lock) is left for the next.
"""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Protocol

CHUNK = 4096
"""Bytes read at once."""


class TerminalUser(Protocol):
    """What is told of the host at the other end."""

    def feed(self, data: bytes) -> None:
        """Take bytes from the host; the first ones mean that it has come."""
        ...

    def gone(self) -> None:
        """Note that the host has closed the terminal."""
        ...


class PseudoTerminal:
    """A pseudo-terminal under a path of one's choice.

    Args:
        path: where hosts find it; a symbolic link is made there.
        user: told of bytes, and of hosts that go.

    Raises:
        OSError: the path is taken, or cannot be made.
    """

    def __init__(self, path: str, user: TerminalUser) -> None:
        self._path = Path(path)
        self._user = user
        self._loop = asyncio.get_running_loop()
        self._pending = bytearray()
        self._primary = self._replica = -1
        if self._path.is_symlink() and not self._path.exists():
            self._path.unlink()  # left behind by a process that was killed
        if self._path.is_symlink() or self._path.exists():
            raise FileExistsError(
                errno.EEXIST, "this path is taken; remove it, or choose another", path
            )
        device = self._open()
        try:
            self._path.symlink_to(device)
        except OSError:
            self._shut()
            raise

    @property
    def backlog(self) -> int:
        """Bytes that the host has not taken yet."""
        return len(self._pending)

    def write(self, data: bytes) -> None:
        """Send bytes to the host."""
        self._pending += data
        self._flush()

    def close(self) -> None:
        """Close the terminal and remove its path."""
        self._path.unlink(missing_ok=True)
        self._shut()

    def _open(self) -> str:
        import pty  # here, and not above: Windows has none
        import tty

        self._primary, self._replica = pty.openpty()
        tty.setraw(self._replica)
        os.set_blocking(self._primary, False)
        try:
            self._loop.add_reader(self._primary, self._on_readable)
        except BaseException:
            self._shut(watched=False)
            raise
        return os.ttyname(self._replica)

    def _shut(self, *, watched: bool = True) -> None:
        if watched:
            self._loop.remove_reader(self._primary)
            self._loop.remove_writer(self._primary)
        os.close(self._primary)
        self._let_go()
        self._pending.clear()

    def _let_go(self) -> None:
        """Close this side's hold on the host's end: then the host's closing it is noticed."""
        if self._replica >= 0:
            os.close(self._replica)
            self._replica = -1

    def _on_readable(self) -> None:
        try:
            data = os.read(self._primary, CHUNK)
        except BlockingIOError:
            return
        except OSError:  # how Linux says that the other end is closed
            data = b""
        if data:
            self._let_go()
            self._user.feed(data)
            return
        self._shut()
        self._user.gone()
        device = self._open()
        following = self._path.with_name(self._path.name + ".new")
        following.unlink(missing_ok=True)
        following.symlink_to(device)
        following.replace(self._path)

    def _flush(self) -> None:
        try:
            del self._pending[: os.write(self._primary, self._pending)]
        except BlockingIOError:
            pass
        except OSError:  # the host is gone, which the reader notices
            self._pending.clear()
        if self._pending:
            self._loop.add_writer(self._primary, self._flush)
        else:
            self._loop.remove_writer(self._primary)
