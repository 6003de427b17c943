"""Asking a person. Nothing is ever assumed: no answer is a no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import typer

from babyn_ble.cli.exit_codes import ExitCode
from babyn_ble.cli.invocation import Invocation, UsageError
from babyn_ble.cli.output import Output, Part

ConfirmOption: TypeAlias = Annotated[
    bool, typer.Option("--confirm", help="For scripts: do not ask.")
]
"""How a script says that it means what a person is asked about (:func:`require_word`)."""


def ask(output: Output, question: str, *, default: str = "") -> str:
    """Ask for some words.

    Raises:
        UsageError: nothing was answered, and there is no default.
    """
    shown: list[Part] = [(question, "what")]
    if default:
        shown.append((f" [{default}]", "quiet"))
    output.say(*shown)
    answer = _answer(output) or default
    if not answer:
        raise UsageError(f"{question.rstrip('?:')}: an answer is needed; nothing was changed")
    return answer


def ask_for_word(output: Output, question: str, words: Sequence[str]) -> str | None:
    """Ask for one of some words, typed in full; anything else, or nothing, is ``None``."""
    output.say((question, "what"))
    answer = _answer(output).casefold()
    return answer if answer in words else None


def require_word(invocation: Invocation, word: str, *what: str, script: Sequence[str]) -> None:
    """Go on only if a person types a word, told what happens then.

    Args:
        invocation: what was asked for.
        word: to be typed in full.
        what: what happens then, a sentence a line.
        script: the command, for a script to say with ``--confirm`` that it means it.

    Raises:
        UsageError: nobody is there to be asked.
        typer.Exit: the word was not typed; nothing was changed.
    """
    output = invocation.output
    if not invocation.interactive:
        raise UsageError(
            "Nobody is there to be asked; a script says that it means it",
            next_command=invocation.command(*script, "--confirm"),
        )
    for sentence in what:
        output.say((f"{output.marks.due} ", "due"), sentence)
    question = f"Type '{word}' to do it, or anything else to leave it as it is:"
    if ask_for_word(output, question, (word,)) is None:
        output.say("Nothing was changed.")
        raise typer.Exit(ExitCode.FAILURE)


def _answer(output: Output) -> str:
    try:
        return output.console.input("> ").strip()
    except EOFError:
        output.say("")
        return ""
