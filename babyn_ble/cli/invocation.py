"""One invocation of ``babyn``: what was asked for before the command's own arguments."""

from __future__ import annotations

import secrets
import shlex
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import typer

from babyn_ble.cli.output import Output
from babyn_ble.privacy.background import at_a_terminal
from babyn_ble.privacy.keyring import KEY_SIZE
from babyn_ble.privacy.keys import short_id
from babyn_ble.privacy.purposes import RadioKind
from babyn_ble.radio_providers import parse_radio

PROGRAM = "babyn"

_WITH_VALUE = ("--radio", "--data-dir")
_FLAGS = ("--json", "--verbose", "-v")


class UsageError(Exception):
    """A command that was not understood, or lacks something.

    Attributes:
        next_command: what to type instead, if that is one command.
    """

    def __init__(self, message: str, *, next_command: str | None = None) -> None:
        self.next_command = next_command
        super().__init__(message)


class LogIds:
    """Short ids for logs: those that the commands show, once a store is open."""

    def __init__(self) -> None:
        self.make: Callable[[bytes | str], str] | None = None
        """Makes them; until it is set, they are under a key of this process."""
        self._key = secrets.token_bytes(KEY_SIZE)

    def __call__(self, value: bytes | str) -> str:
        """Return the short id of an address."""
        return short_id(self._key, value) if self.make is None else self.make(value)


@dataclass
class Invocation:
    """The global options, as given.

    Attributes:
        output: where to say things.
        closing: what ends with the command.
        given: those global options that name a place, as typed; a next command repeats them.
        radio: the radio argument.
        log_ids: what stands in logs for what is personal.
        data_dir: where consents and devices are kept; ``None`` is the user's own directory.
        help_command: arguments of the command that helps, should the gate's register refuse
            what is being done; empty where the usual one does.
    """

    output: Output
    closing: ExitStack
    given: tuple[str, ...] = ()
    radio: str = RadioKind.OS.value
    data_dir: Path | None = None
    log_ids: LogIds = field(default_factory=LogIds)
    help_command: tuple[str, ...] = ()

    def command(self, *words: str) -> str:
        """Return a command to type next, with the same radio and directory as this one."""
        return shlex.join([PROGRAM, *self.given, *words])

    @contextmanager
    def helped_by(self, *words: str) -> Generator[None]:
        """Name the command that helps if what is done in this context is refused."""
        self.help_command = words
        yield
        self.help_command = ()  # not after an error: then it is asked for

    @property
    def interactive(self) -> bool:
        """Whether a person is there to be asked."""
        return sys.stdin.isatty() and self.output.console.is_terminal and not self.output.json

    @property
    def attended(self) -> bool:
        """Whether a person is at the program: at a terminal on either end of it.

        What goes on by itself without one is in the background.
        """
        return at_a_terminal()

    @property
    def radio_parts(self) -> tuple[RadioKind, str]:
        """The kind of radio, and what its provider gets.

        Raises:
            UsageError: there is no such kind.
        """
        try:
            return parse_radio(self.radio)
        except ValueError as error:
            raise UsageError(f"--radio {shlex.quote(self.radio)} is not known: {error}") from None


def invocation_of(context: typer.Context) -> Invocation:
    """Return the invocation that a command belongs to."""
    return cast("Invocation", context.obj)


def split_globals(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Take the global options out of the arguments, wherever they stand before a ``--``.

    Returns:
        The global options, and the rest.
    """
    taken: list[str] = []
    rest: list[str] = []
    arguments = iter(argv)
    for argument in arguments:
        if argument == "--":
            rest += [argument, *arguments]
        elif argument in _WITH_VALUE:
            taken.append(argument)
            taken += [value for value in [next(arguments, None)] if value is not None]
        elif argument in _FLAGS or argument.startswith(tuple(f"{name}=" for name in _WITH_VALUE)):
            taken.append(argument)
        else:
            rest.append(argument)
    return taken, rest


def place_options(taken: Sequence[str]) -> tuple[str, ...]:
    """Return those of the global options that a next command must repeat."""
    return tuple(argument for argument in taken if argument not in _FLAGS)
