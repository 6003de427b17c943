"""``babyn consent replace-key``: another guardian's key in place of one that is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.invocation import UsageError, invocation_of
from babyn_ble.cli.prompts import ConfirmOption, require_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.setup import HASH_DIGITS
from babyn_ble.cli.wording import count
from babyn_ble.privacy.signing import load_public_key

REPLACE = "replace"
NAME = "replace-key"


def replace_key(
    context: typer.Context,
    public: Annotated[Path, typer.Argument(help="The public half of the guardian's new key.")],
    confirm: ConfirmOption = False,
) -> None:
    """Pin another guardian's key, because the old one is lost or in the wrong hands.

    Everything that was agreed to ends, and is asked anew of the guardian.
    """
    invocation = invocation_of(context)
    output = invocation.output
    public_key = load_public_key(public)
    with opened(invocation) as companion:
        register, subject = companion.consent, companion.subject
        pinned = register.guardian_key(subject.subject_id)
        if pinned is None:
            raise UsageError(
                "No guardian's key is pinned here that could be replaced; pin one",
                next_command=invocation.command("setup", "--guardian-key", str(public)),
            )
        if pinned == public_key:
            output.emit(replaced=False, ended=0)
            output.say("That key is pinned already; nothing was changed.")
            return
        if not confirm:
            require_word(
                invocation,
                REPLACE,
                f"Only {subject.consenting_party.party_name}, who may consent, decides this.",
                "Everything that was agreed to ends at once, and has to be asked anew.",
                "What the old key signs from now on counts for nothing.",
                script=("consent", NAME, str(public)),
            )
        ended = register.replace_guardian_key(subject.subject_id, public_key)
        programs = len(register.store.holders())
    output.emit(replaced=True, ended=ended, other_programs=programs)
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"Only the new key counts from now on. It begins with {public_key[:HASH_DIGITS]}.",
    )
    output.say(f"  Ended: {count(ended, 'consent')}; what is stored stays until it is erased.")
    if programs:
        output.say(f"  Programs at work on this data: {programs}; they stop within two seconds.")
    output.following(
        invocation.command("consent", "request", "FILE"), lead="  Ask the guardian anew: "
    )
