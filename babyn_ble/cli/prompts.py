"""Asking a person. Nothing is ever assumed: no answer is a no."""

from __future__ import annotations

from collections.abc import Sequence

from babyn_ble.cli.invocation import UsageError
from babyn_ble.cli.output import Output, Part


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


def _answer(output: Output) -> str:
    try:
        return output.console.input("> ").strip()
    except EOFError:
        output.say("")
        return ""
