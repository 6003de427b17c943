"""``babyn privacy requests``: what was asked for, by when it is due, and how it ended."""

from __future__ import annotations

from typing import Annotated

import typer

from babyn_ble.cli.invocation import UsageError, invocation_of
from babyn_ble.cli.output import Part
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import day
from babyn_ble.companion import Companion
from babyn_ble.privacy.rights.entries import VerifiedBy
from babyn_ble.privacy.rights.requests import (
    Due,
    RefusalGround,
    RequestKind,
    RequestRegister,
    RequestStatus,
    RightsRequest,
)

_DUE_WORDS = {
    Due.IN_TIME: "to be answered by",
    Due.SOON: "soon due:",
    Due.OVERDUE: "overdue since",
}

_LIST = ("privacy", "requests", "list")

_Id = Annotated[str, typer.Argument(help="Id of a request.")]


def build() -> typer.Typer:
    """Return the commands of ``babyn privacy requests``."""
    app = typer.Typer(help="Requests that take somebody's time: 15 or 30 days, never forgotten.")
    app.command("list")(list_)
    app.command("open")(open_)
    app.command("done")(done)
    app.command("refuse")(refuse)
    return app


def list_(context: typer.Context) -> None:
    """List every request, and which of them press."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        found = _register(companion).list()
        now = companion.consent.clock.now()
    for request in found:
        due = request.due(now)
        output.emit(**fields(request), due=None if due is None else due.value)
        style = "due" if due in (Due.SOON, Due.OVERDUE) else "quiet"
        output.line(
            (request.id, "what"),
            f"  {request.kind.value.replace('_', ' ')}, came {day(request.received_at)}, ",
            _state(request, due, style),
        )
    if not found:
        output.say("Nothing was asked for.")


def open_(
    context: typer.Context,
    kind: Annotated[RequestKind, typer.Argument(help="What is asked for.")],
    note: Annotated[str, typer.Option(help="In their words.")] = "",
    verified_by: Annotated[
        VerifiedBy, typer.Option(help="How you made sure that they may ask.")
    ] = VerifiedBy.LOCAL_USER,
) -> None:
    """Note a request; its days are counted from now."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        request = _register(companion).open(kind, verified_by=verified_by, note=note)
    output.emit(**fields(request))
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"Noted as {request.id}; to be answered by {day(request.due_at)}.",
    )
    output.following(
        invocation.command("privacy", "requests", "done", request.id), lead="Once it is met: "
    )


def done(context: typer.Context, id: _Id) -> None:  # noqa: A002 - the field's word
    """Note that a request was met."""
    invocation = invocation_of(context)
    with opened(invocation) as companion, invocation.helped_by(*_LIST):
        request = _register(companion).done(id)
    invocation.output.emit(**fields(request))
    invocation.output.say((f"{invocation.output.marks.yes} ", "good"), f"{id} is met.")


def refuse(
    context: typer.Context,
    id: _Id,  # noqa: A002 - the field's word
    because: Annotated[
        RefusalGround | None, typer.Option(help="Which of the eight reasons; there is no other.")
    ] = None,
) -> None:
    """Refuse a request, for one of eight reasons."""
    invocation = invocation_of(context)
    if because is None:
        raise UsageError(
            "A refusal needs its reason, with --because: "
            + ", ".join(ground.value for ground in RefusalGround)
        )
    with opened(invocation) as companion, invocation.helped_by(*_LIST):
        request = _register(companion).refuse(id, because)
    output = invocation.output
    output.emit(**fields(request))
    output.say(f"{id} is refused: {because.value.replace('_', ' ')}. Tell them, with the reason.")


def fields(request: RightsRequest) -> dict[str, object]:
    """Return a request as plain JSON types."""
    return request.model_dump(mode="json")


def _register(companion: Companion) -> RequestRegister:
    return RequestRegister(companion.consent, companion.subject.subject_id)


def _state(request: RightsRequest, due: Due | None, style: str) -> Part:
    if due is not None:
        return f"{_DUE_WORDS[due]} {day(request.due_at)}", style
    if request.status is RequestStatus.REFUSED and request.refused_because is not None:
        return f"refused: {request.refused_because.value.replace('_', ' ')}", "quiet"
    return "met", "good"
