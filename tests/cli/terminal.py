"""The command line as it is typed: in this process, in another, and at a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from babyn_ble.cli import main
from babyn_ble.privacy.purposes import OWN_SCOPES

PATIENCE = 200.0
"""Seconds after which a test gives up waiting for something that should long have happened."""

NOTICED = 5.0
"""Seconds after which a key was not noticed."""

ESCAPE = "\x1b"

BABYN = [sys.executable, "-c", "import sys; from babyn_ble.cli import main; sys.exit(main())"]
"""The entry point, as the script ``babyn`` calls it."""

SIMULATOR = [
    sys.executable,
    "-c",
    "import sys; from babyn_simulator.cli import main; sys.exit(main())",
]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects on stdout, one a line."""
        return [cast("dict[str, Any]", json.loads(line)) for line in self.lines]

    @property
    def error(self) -> dict[str, Any]:
        """The JSON error on stderr."""
        [line] = self.err.splitlines()
        return cast("dict[str, Any]", json.loads(line)["error"])


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment without what a terminal or a user may have set."""
    left_out = {"BABYN_RADIO", "BABYN_DATA_DIR", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "PYTHONIOENCODING": "utf-8", "TERM": "xterm-256color", **more}


def babyn(*arguments: str | Path) -> Ended:
    """Run a command in this process, with stdout and stderr piped."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Ended(code, out.getvalue(), err.getvalue())


def babyn_process(*arguments: str | Path, **more: str) -> Ended:
    """Run a command in a process of its own, with stdout and stderr piped."""
    done = subprocess.run(
        [*BABYN, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=environment(**more),
        timeout=PATIENCE,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


class Running:
    """A command that runs in a process of its own."""

    def __init__(self, command: Sequence[str], **more: str) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment(**more),
        )

    def line(self) -> str:
        """Return its next line, waiting for it; empty if there is none any more."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return Ended(self.process.returncode, out, err)


@contextlib.contextmanager
def running(command: Sequence[str], **more: str) -> Generator[Running]:
    """Run a command for the length of a context, and leave no process behind."""
    started = Running(command, **more)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.communicate()


class Household:
    """One data directory, and the commands typed about it."""

    def __init__(self, directory: Path, radio: str) -> None:
        self.directory = directory
        self.radio = radio

    @property
    def options(self) -> list[str]:
        return ["--data-dir", str(self.directory), "--radio", self.radio]

    def babyn(self, *arguments: str) -> Ended:
        return babyn(*self.options, *arguments)

    def json(self, *arguments: str) -> Ended:
        return babyn(*self.options, "--json", *arguments)

    def set_up(self, kind: str) -> None:
        more = ["--relationship", "parent", "--statement", statement_hash()]
        ended = self.babyn(
            *["setup", "--kind", kind, "--controller", "Kim", "--contact", "kim@example.org"],
            *(more if kind == "child" else []),
        )
        assert ended.code == 0, ended.err

    def agree(self, *scopes: str) -> None:
        for scope in scopes:
            [notice] = self.json("consent", "notice", scope).objects
            ended = self.babyn("consent", "give", scope, "--notice", notice["sha256"][:12])
            assert ended.code == 0, ended.err

    def bind(self, *wanted: str) -> str:
        [bound] = self.json("bind", *wanted).objects
        return cast("str", bound["id"])


EVERYTHING = tuple(map(str, OWN_SCOPES))


def statement_hash() -> str:
    from babyn_ble.privacy.notices import statement_sha256

    return statement_sha256()


class Terminal:
    """A command at a terminal of 80 columns, with a person at the keyboard."""

    def __init__(self, command: Sequence[str], **more: str) -> None:
        import pty

        self._master, slave = pty.openpty()
        self.screen = ""
        self._told = 0
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(COLUMNS="80", LINES="40", **more),
            start_new_session=True,
        )
        os.close(slave)

    def until(self, words: str) -> str:
        """Return what is shown after the last such words, up to and with these."""
        while (found := self.screen.find(words, self._told)) < 0:
            if not self._read():
                raise AssertionError(f"{words!r} was never shown, but: {self.screen}")
        told, self._told = self._told, found + len(words)
        return self.screen[told : self._told]

    def type(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())

    def press_ctrl_c(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def interrupt(self) -> int:
        """Press Ctrl-C as a person does, until something is seen of it, and wait for the end.

        One that comes just as Python begins to wait for a key is noticed only at the next.
        """
        self.press_ctrl_c()
        while not select.select([self._master], [], [], NOTICED)[0]:
            self.press_ctrl_c()
        return self.end()

    def end(self) -> int:
        """Wait for the end; the whole screen is in :attr:`screen`."""
        while self._read():
            pass
        return self.process.wait(timeout=PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    def _read(self) -> str:
        if not select.select([self._master], [], [], PATIENCE)[0]:
            raise AssertionError(f"nothing was shown for {PATIENCE:.0f} s after: {self.screen}")
        try:
            data = os.read(self._master, 65536)
        except OSError:  # how Linux says that nobody holds the other end any more
            return ""
        text = data.decode("utf-8", errors="replace")
        self.screen += text
        return text


@contextlib.contextmanager
def terminal(command: Sequence[str], **more: str) -> Generator[Terminal]:
    """Run a command at a terminal for the length of a context."""
    opened = Terminal(command, **more)
    try:
        yield opened
    finally:
        opened.close()
