"""A person at a terminal who has to type a word before something is done."""

from __future__ import annotations

from tests.cli.terminal import Household, terminal
from tests.cli.test_at_a_terminal import PROMPT, command


def word_is_asked_for(household: Household, word: str, told: str, *arguments: str) -> None:
    """See that Enter, another word and Ctrl-C leave all as it is, and only the word does it.

    That the command asks each time shows that nothing was done before.

    Args:
        household: where.
        word: that is asked for.
        told: what the person is told before.
        arguments: the command.
    """
    for typed, code in (("", 1), ("yes", 1), (None, 130), (word, 0)):
        with terminal(command(household, *arguments)) as screen:
            shown = " ".join(screen.until(f"Type '{word}'").split())
            assert told in shown
            screen.until(PROMPT)
            if typed is None:
                assert screen.interrupt() == code
            else:
                screen.type(typed)
                assert screen.end() == code
