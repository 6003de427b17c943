"""``babyn privacy exceptions``: what is done without consent, declared and for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from babyn_ble.cli.invocation import UsageError, invocation_of
from babyn_ble.cli.marks import printable
from babyn_ble.cli.prompts import ConfirmOption, require_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import day, moment
from babyn_ble.privacy.exceptions import LONGEST, OPENS, DeclaredException, LegalBasis
from babyn_ble.privacy.purposes import ConsentScope

DECLARE = "declare"

_LIST = ("privacy", "exceptions", "list")
_MEANINGS = {
    LegalBasis.LIFE: "to safeguard a life: the readings of one device that is bound",
    LegalBasis.STABLE_OPERATION: "to keep it working: counting faults, about nobody",
}


def build() -> typer.Typer:
    """Return the commands of ``babyn privacy exceptions``."""
    app = typer.Typer(help="What is done without consent: declared, narrow, over by a date.")
    app.command(DECLARE)(declare)
    app.command("list")(list_)
    app.command("end")(end)
    return app


def declare(
    context: typer.Context,
    basis: Annotated[
        LegalBasis,
        typer.Argument(help=f"On what it rests; only {' and '.join(OPENS)} open anything."),
    ],
    reason: Annotated[
        str, typer.Option(help="Why, without names: it stands in the ledger for good.")
    ],
    days: Annotated[int, typer.Option(min=1, max=LONGEST.days, help="For how many days.")] = 1,
    device: Annotated[
        str | None, typer.Option(help="Id of the bound device, to safeguard a life.")
    ] = None,
    confirm: ConfirmOption = False,
) -> None:
    """Declare an exception, for a time. Who is responsible answers for it.

    It never covers searching, binding, sharing, or working in the background.
    """
    invocation = invocation_of(context)
    output = invocation.output
    if basis not in OPENS:
        raise UsageError(
            f"{basis.value} opens nothing here, so there is nothing to declare; "
            + "; ".join(f"{known.value}: {what}" for known, what in _MEANINGS.items())
        )
    with opened(invocation) as companion:
        subject = companion.subject
        about = None if device is None else companion.device(device).id
        if not confirm:
            asked = f"{subject.controller.party_name} answers for it: {_MEANINGS[basis]}."
            named = () if device is None else ("--device", device)
            again = ("--reason", reason, "--days", str(days), *named)
            require_word(
                invocation,
                DECLARE,
                "Until it ends, this is done without consent.",
                asked,
                script=("privacy", "exceptions", DECLARE, basis.value, *again),
            )
        with invocation.helped_by(*_LIST):
            declared = companion.consent.declare_exception(
                subject.subject_id,
                basis,
                [ConsentScope.parse(scope) for scope in sorted(OPENS[basis])],
                reason=reason,
                lasts=timedelta(days=days),
                by=subject.controller.party_id,
                device=about,
            )
    output.emit(**_fields(declared))
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"Declared, until {day(declared.until)}: {_MEANINGS[basis]} ({declared.clause}).",
    )
    output.following(
        invocation.command("privacy", "exceptions", "end", declared.exception_id),
        lead="  To end it before: ",
    )


def list_(context: typer.Context) -> None:
    """List the exceptions that stand now."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        standing = companion.consent.exceptions(companion.subject.subject_id)
    for one in standing:
        output.emit(**_fields(one))
        output.line(
            (one.exception_id, "what"),
            f"  {one.basis.value} ({one.clause}), until {day(one.until)}: ",
            f"{', '.join(one.scopes)}: ",
            printable(one.reason, limit=300),
        )
    if not standing:
        output.say("No exception stands; nothing is done without consent.")


def end(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of an exception.")],  # noqa: A002 - the field's word
) -> None:
    """End an exception now, also in other programs. Once more is no error."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion, invocation.helped_by(*_LIST):
        companion.consent.end_exception(id)
    output.emit(exception=id, ended=True)
    output.say((f"{output.marks.yes} ", "good"), "It has ended; nothing more is done under it.")


def _fields(exception: DeclaredException) -> dict[str, object]:
    return {
        "exception": exception.exception_id,
        "basis": exception.basis.value,
        "clause": exception.clause,
        "scopes": list(exception.scopes),
        "device": exception.device,
        "reason": exception.reason,
        "since": moment(exception.declared_at),
        "until": moment(exception.until),
    }
