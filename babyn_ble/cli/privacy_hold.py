"""``babyn privacy hold``: a law forbids to delete the data, for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from babyn_ble.cli.invocation import UsageError, invocation_of
from babyn_ble.cli.marks import printable
from babyn_ble.cli.prompts import ConfirmOption, require_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import count, day, moment
from babyn_ble.privacy.rights.closing import hold_of, release_hold, set_hold

RELEASE = "release"


def build() -> typer.Typer:
    """Return the commands of ``babyn privacy hold``."""
    app = typer.Typer(help="Keep the data from being deleted, because a law asks for it.")
    app.command("set")(set_)
    app.command("list")(list_)
    app.command(RELEASE)(release)
    return app


def set_(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Which law, which proceedings. Kept sealed.")],
) -> None:
    """Keep everything about the child from being deleted. It allows nothing else."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        register, subject_id = companion.consent, companion.subject.subject_id
        if register.is_held(subject_id):
            raise UsageError(
                "There is a hold already; it stays as it is",
                next_command=invocation.command("privacy", "hold", "list"),
            )
        hold = set_hold(register, subject_id, reason)
    output.emit(subject=subject_id, held=True, since=moment(hold.since))
    output.say((f"{output.marks.yes} ", "good"), "Nothing about the child is deleted from now on.")
    output.say("  What was agreed to holds as before, and can be withdrawn as before.")
    output.following(
        invocation.command("privacy", "hold", RELEASE), lead="  Once the law no longer asks: "
    )


def list_(context: typer.Context) -> None:
    """Show whether a hold stands, since when, why, and what waits for its end."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        register, subject_id = companion.consent, companion.subject.subject_id
        hold = hold_of(register, subject_id) if register.is_held(subject_id) else None
        waiting = subject_id in register.restricted()
    if hold is None:
        output.emit(subject=subject_id, held=False)
        output.say("No hold stands; what is past its time is deleted.")
        return
    output.emit(
        subject=subject_id,
        held=True,
        since=moment(hold.since),
        reason=hold.reason,
        erasure_waits=waiting,
    )
    output.line(
        (f"{output.marks.due} ", "due"),
        f"Since {day(hold.since)} nothing is deleted: ",
        printable(hold.reason, limit=1000),
    )
    if waiting:
        output.say("  The erasure that was asked for is carried out once the hold is released.")
    output.following(invocation.command("privacy", "hold", RELEASE), lead="  To end it: ")


def release(
    context: typer.Context,
    confirm: ConfirmOption = False,
) -> None:
    """End the hold. What was to be erased meanwhile is erased then."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        register, subject_id = companion.consent, companion.subject.subject_id
        if not register.is_held(subject_id):
            output.emit(subject=subject_id, held=False, erased=False, rows=0)
            output.say("No hold stands; nothing was changed.")
            return
        waiting = subject_id in register.restricted()
        if not confirm:
            what = (
                "The erasure that was asked for is carried out at once, for good."
                if waiting
                else "From then on, what is past its time is deleted again."
            )
            require_word(invocation, RELEASE, what, script=("privacy", "hold", RELEASE))
        rows = release_hold(register, subject_id)
    output.emit(subject=subject_id, held=False, erased=waiting, rows=rows)
    output.say((f"{output.marks.yes} ", "good"), "The hold is released.")
    if waiting:
        output.say(f"  Erased, as was asked: {count(rows, 'record')}, with their key.")
