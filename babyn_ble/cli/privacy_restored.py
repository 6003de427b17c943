"""``babyn privacy restore`` and ``restored``: an older copy is put in place, and accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.invocation import UsageError, invocation_of
from babyn_ble.cli.prompts import ConfirmOption, require_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import count, day, moment
from babyn_ble.clock import SystemClock
from babyn_ble.data_dir import KEY_FILE, default_directory
from babyn_ble.privacy.key_providers import FileKeys
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.restored import accept_restored
from babyn_ble.privacy.rights.backup import restore_backup
from babyn_ble.store.memory import MemoryStore

ACCEPT = "accept"
NAME = "restored"


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A backup, made by 'babyn privacy backup'.")],
) -> None:
    """Put a backup into the data directory, in which there is the key file and no store."""
    from babyn_ble.store.sql_engine import FILE  # brings SQLAlchemy, which no other start needs

    invocation = invocation_of(context)
    output = invocation.output
    directory = invocation.data_dir or default_directory()
    keys = FileKeys(directory / KEY_FILE)
    if keys.get() is None:
        raise UsageError(
            f"Put the key file ({KEY_FILE}) into the data directory first; without it a backup "
            "cannot be opened"
        )
    backup = restore_backup(
        file, Keys.open(MemoryStore(), keys), directory, FILE, SystemClock().now()
    )
    with opened(invocation) as companion:
        fault = companion.consent.fault
    output.emit(made_at=moment(backup.made_at), accepted=fault is None)
    output.say((f"{output.marks.yes} ", "good"), f"Restored, as it was on {day(backup.made_at)}.")
    if fault is None:
        output.following(invocation.command("consent", "show"))
        return
    output.say("  It is not what its checkpoint says, so nothing is allowed until it is accepted.")
    output.following(invocation.command("privacy", NAME))


def restored(
    context: typer.Context,
    confirm: ConfirmOption = False,
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
