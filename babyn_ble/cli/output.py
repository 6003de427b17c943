"""What a command says, and where: results on stdout, everything else on stderr.

With ``--json`` stdout carries nothing but JSON, one object a line, and an error is one JSON
object on stderr. Otherwise both carry words, coloured only on a terminal.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import sys
from collections.abc import Generator, Mapping, Sequence
from typing import NoReturn, TextIO, TypeAlias

from rich.console import Console, RenderableType
from rich.text import Text
from rich.theme import Theme

from babyn_ble.cli.marks import Marks, marks_for

Part: TypeAlias = str | tuple[str, str]
"""Words, or ``(words, style)``."""

THEME = Theme(
    {
        "good": "green",
        "bad": "bold red",
        "due": "yellow",
        "quiet": "dim",
        "what": "bold",
        "command": "bold cyan",
    }
)


class OutputClosedError(Exception):
    """Whoever read our output has gone (``babyn watch | head``)."""


class PipeConsole(Console):
    """A console that says so when its reader has gone, and leaves exiting to the caller."""

    def on_broken_pipe(self) -> NoReturn:
        """Called by rich in place of a ``BrokenPipeError``."""
        self.quiet = True
        raise OutputClosedError from None


def _console(stream: TextIO) -> PipeConsole:
    reconfigure: object = getattr(stream, "reconfigure", None)
    if callable(reconfigure):
        reconfigure(errors="replace")  # a name of a device is no reason to fail
    return PipeConsole(
        file=stream,
        theme=THEME,
        force_terminal=stream.isatty(),
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False if not stream.isatty() else None,
    )


class Output:
    """Where one command's words go.

    Attributes:
        json: results are JSON lines.
        console: stdout, for people.
        errors: stderr, for people.
        marks: the characters that stdout can carry.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.json = as_json
        self.console = _console(sys.stdout)
        self.errors = _console(sys.stderr)
        self.marks: Marks = marks_for(self.console.encoding)

    @property
    def live(self) -> bool:
        """Whether what is shown may be redrawn in place."""
        return self.console.is_terminal and not self.json and not self.console.is_dumb_terminal

    def emit(self, **fields: object) -> None:
        """Print one result as a JSON line; nothing without ``--json``."""
        if self.json:
            self._write(self.console, json.dumps(fields, ensure_ascii=False))

    def show(self, renderable: RenderableType) -> None:
        """Print a table, a tree or a panel; nothing with ``--json``."""
        if not self.json:
            self.console.print(renderable)

    def say(self, *parts: Part) -> None:
        """Print words for people, wrapped to the width; nothing with ``--json``."""
        if not self.json:
            self.console.print(words(*parts))

    def line(self, *parts: Part) -> None:
        """Print one line for people, however long: what reads it may be a program."""
        if not self.json:
            self.console.print(words(*parts), soft_wrap=True)

    def following(self, command: str, *, lead: str = "Next: ") -> None:
        """Print the command to type next."""
        self.line(lead, (command, "command"))

    def note(self, *parts: Part) -> None:
        """Print one line for people on stderr, also with ``--json``."""
        self.errors.print(words(*parts), soft_wrap=True)

    def error(
        self,
        message: str,
        *,
        kind: str,
        exit_code: int,
        next_command: str | None = None,
        missing: Sequence[str] = (),
        changes: Sequence[str] = (),
    ) -> None:
        """Print one error: what happened, and the exact next command."""
        if self.json:
            fields: Mapping[str, object] = {
                "error": {
                    "type": kind,
                    "message": message,
                    "exit_code": int(exit_code),
                    "missing": list(missing),
                    **({"changes": list(changes)} if changes else {}),
                    "next": next_command,
                }
            }
            self._write(self.errors, json.dumps(fields, ensure_ascii=False))
            return
        mark = marks_for(self.errors.encoding).no
        if next_command is not None:
            message = _A_COMMAND.sub("", message)  # the exact one follows
        parts: list[tuple[str, str]] = [(f"{mark} ", "bad"), (_sentence(message), "")]
        if next_command is not None:
            parts += [(" Next: ", ""), (next_command, "command")]
        self.note(*parts)

    def flush(self) -> None:
        """Write out what is buffered."""
        try:
            for console in (self.console, self.errors):
                console.file.flush()
        except BrokenPipeError:
            raise OutputClosedError from None

    def _write(self, console: PipeConsole, text: str) -> None:
        try:
            console.file.write(text + "\n")
            console.file.flush()
        except BrokenPipeError:
            console.on_broken_pipe()


def discard_output() -> None:
    """Point stdout and stderr nowhere: their reader has gone, and Python flushes at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextlib.contextmanager
def logs_on_stderr(output: Output) -> Generator[None]:
    """Show every log record on stderr: in words, or as JSON lines with ``--json``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if output.json else _PlainFormatter(LOG_FORMAT))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


_A_COMMAND = re.compile(r",? *\('babyn [^']*'\)")


@contextlib.contextmanager
def no_logs() -> Generator[None]:
    """Keep warnings of libraries, which Python shows where nobody asked for logs, to themselves."""
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


LOG_FORMAT = "%(levelname).1s %(name)s: %(message)s"


class _PlainFormatter(logging.Formatter):
    """A line a record; of an exception only its type, for its text may carry a value."""

    def formatException(  # noqa: N802 - logging's own name
        self, ei: tuple[type[BaseException], BaseException, object] | tuple[None, None, None]
    ) -> str:
        return "" if ei[0] is None else f"({ei[0].__name__})"


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        return json.dumps({"log": fields}, ensure_ascii=False)


def words(*parts: Part) -> Text:
    """Join words and ``(words, style)``; nothing in them is markup."""
    return Text.assemble(*parts)


def _sentence(message: str) -> str:
    """Return one line with a full stop, so that more can follow it."""
    line = " ".join(message.split())
    return line if line.endswith((".", "!", "?")) else f"{line}."
