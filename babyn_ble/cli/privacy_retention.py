"""``babyn privacy retention``: how long things are kept, and deleting now what is past it."""

from __future__ import annotations

from typing import Annotated

import typer

from babyn_ble.cli.invocation import UsageError, invocation_of
from babyn_ble.cli.prompts import ConfirmOption, require_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import count
from babyn_ble.privacy.rights.retention import BINDING_DAYS, Retention
from babyn_ble.privacy.terms import HISTORY_DAYS

SHORTEN = "shorten"


def build() -> typer.Typer:
    """Return the commands of ``babyn privacy retention``."""
    app = typer.Typer(help="How long things are kept; delete now what is past its time.")
    app.command("show")(show)
    app.command("set")(set_)
    app.command("sweep")(sweep)
    return app


def show(context: typer.Context) -> None:
    """Show how many days readings and devices are kept here, and at most."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        kept = companion.retention.retention
    output.emit(**_fields(kept))
    output.say(f"Stored readings: {count(kept.history_days, 'day')} (at most {HISTORY_DAYS}).")
    output.say(
        f"Bound devices: {count(kept.binding_days, 'day')} after their last use "
        f"(at most {BINDING_DAYS})."
    )
    output.following(invocation.command("privacy", "explain"), lead="Everything else: ")


def set_(
    context: typer.Context,
    history_days: Annotated[
        int | None, typer.Option(min=1, max=HISTORY_DAYS, help="Days that a reading is kept.")
    ] = None,
    binding_days: Annotated[
        int | None,
        typer.Option(min=1, max=BINDING_DAYS, help="Days after its last use for a device."),
    ] = None,
    confirm: ConfirmOption = False,
) -> None:
    """Keep readings or devices for fewer days. What is older is deleted by the next sweep."""
    invocation = invocation_of(context)
    output = invocation.output
    if history_days is None and binding_days is None:
        raise UsageError(
            "Say for how many days: --history-days or --binding-days",
            next_command=invocation.command("privacy", "retention", "show"),
        )
    with opened(invocation) as companion:
        before = companion.retention.retention
        wanted = Retention(
            history_days=history_days or before.history_days,
            binding_days=binding_days or before.binding_days,
        )
        shorter = (
            wanted.history_days < before.history_days or wanted.binding_days < before.binding_days
        )
        if shorter and not confirm:
            require_word(
                invocation,
                SHORTEN,
                "What is older than that is deleted by the next sweep, for good.",
                script=("privacy", "retention", "set", *_options(history_days, binding_days)),
            )
        kept = companion.retention.configure(wanted)
    output.emit(**_fields(kept))
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"Readings are kept for {count(kept.history_days, 'day')}, devices for "
        f"{count(kept.binding_days, 'day')} after their last use.",
    )
    if shorter:
        output.following(
            invocation.command("privacy", "retention", "sweep"), lead="To delete it now: "
        )


def sweep(context: typer.Context) -> None:
    """Delete now what is past its time, and say how much that was. It runs daily by itself."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        register = companion.consent
        held = register.held()
        swept = companion.retention.sweep(register.subjects(), held, register.clock.now())
    output.emit(**swept.model_dump(mode="json"), held=len(held))
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"Deleted: {count(swept.readings, 'reading')}, {count(swept.devices, 'device')}, "
        f"{count(swept.requests, 'request')}.",
    )
    if held:
        output.say((f"{output.marks.due} ", "due"), "A hold stands, so nothing was deleted of it.")
        output.following(invocation.command("privacy", "hold", "list"), lead="  See: ")


def _fields(kept: Retention) -> dict[str, object]:
    return {
        **kept.model_dump(),
        "most_history_days": HISTORY_DAYS,
        "most_binding_days": BINDING_DAYS,
    }


def _options(history_days: int | None, binding_days: int | None) -> list[str]:
    """Return the options as they were typed."""
    given = (("--history-days", history_days), ("--binding-days", binding_days))
    return [word for name, days in given if days is not None for word in (name, str(days))]
