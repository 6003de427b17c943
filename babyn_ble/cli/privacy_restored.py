"""``babyn privacy restored``: an older copy of the data directory was put in place, on purpose."""

from __future__ import annotations

from typing import Annotated

import typer

from babyn_ble.cli.invocation import invocation_of
from babyn_ble.cli.prompts import require_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import count
from babyn_ble.privacy.restored import accept_restored

ACCEPT = "accept"
NAME = "restored"


def restored(
    context: typer.Context,
    confirm: Annotated[bool, typer.Option("--confirm", help="For scripts: do not ask.")] = False,
) -> None:
    """Accept a copy that you restored yourself. Nothing is agreed to in it any more."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        fault = companion.consent.fault
        if fault is None:
            output.emit(accepted=False, ended=0, erased=[])
            output.say("The ledger verifies as it is; nothing was changed.")
            return
        if not confirm:
            require_word(
                invocation,
                ACCEPT,
                f"The ledger is not the newest one ({fault}). If you have not restored it "
                "yourself, somebody else has: do not accept it.",
                "What was decided since the copy was made is lost: a refusal, a hold, a key.",
                "So everything that is agreed to in the copy ends, and is asked anew.",
                script=("privacy", NAME),
            )
        accepted = accept_restored(companion.consent)
    output.emit(accepted=True, ended=accepted.ended, erased=list(accepted.erased))
    output.say((f"{output.marks.yes} ", "good"), "Accepted. Nothing is agreed to in it.")
    output.say(
        f"  Ended: {count(accepted.ended, 'consent or exception', 'consents or exceptions')}."
    )
    if accepted.erased:
        output.say(f"  Erased since the copy was made, and again: {len(accepted.erased)}.")
    output.say(("Look at these, which may be older than you think:", "what"))
    for words in (
        ("privacy", "hold", "list"),
        ("privacy", "retention", "show"),
        ("recipients", "list"),
        ("policy", "list"),
    ):
        output.line("  ", (invocation.command(*words), "command"))
    output.following(invocation.command("consent", "review"))
