"""``babyn privacy end-service``: nothing is collected any more, for good."""

from __future__ import annotations

import typer

from babyn_ble.cli.invocation import Invocation, invocation_of
from babyn_ble.cli.prompts import ConfirmOption, require_word
from babyn_ble.cli.running import opened
from babyn_ble.privacy.rights.closing import end_service

END = "end"
NAME = "end-service"


def end_of_service(
    context: typer.Context,
    confirm: ConfirmOption = False,
) -> None:
    """Stop offering it: nothing is collected, stored or sent here any more, for good.

    What is kept can still be looked at, exported and erased.
    """
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        register = companion.consent
        was_ended = register.service_ended
        if not was_ended:
            if not confirm:
                require_word(
                    invocation,
                    END,
                    "Nothing is collected, stored or sent here any more, whatever was agreed to.",
                    "What is kept stays until you erase it, or its time is over.",
                    "It cannot be undone.",
                    script=("privacy", NAME),
                )
            end_service(register)
        programs = len(register.store.holders())
    output.emit(ended=True, new=not was_ended, other_programs=programs)
    if was_ended:
        output.say("It had ended already; nothing was changed.")
    else:
        output.say((f"{output.marks.yes} ", "good"), "Ended. Nothing is collected any more.")
    if programs and not was_ended:
        output.say(f"  Programs at work on this data: {programs}; they stop within two seconds.")
    _what_is_left(invocation)


def _what_is_left(invocation: Invocation) -> None:
    output = invocation.output
    output.say(("What is left to do:", "what"))
    for lead, words in (
        ("a copy to keep", ("privacy", "export", "my-data")),
        ("everything erased", ("privacy", "erase")),
    ):
        output.line("  ", (invocation.command(*words), "command"), f"  {lead}")
