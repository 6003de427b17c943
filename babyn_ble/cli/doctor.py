"""``babyn doctor``: everything that privacy rests on, looked over; and incidents."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from datetime import date
from typing import Annotated

import typer

from babyn_ble.cli.exit_codes import ExitCode
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.marks import Marks
from babyn_ble.cli.output import Part
from babyn_ble.cli.running import opened
from babyn_ble.companion import Companion
from babyn_ble.data_dir import default_directory
from babyn_ble.errors import LedgerError
from babyn_ble.privacy import doctor as looking
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.doctor import Finding, Verdict
from babyn_ble.privacy.events import GRANTS
from babyn_ble.privacy.incidents import (
    ALWAYS,
    CHECKLIST,
    LONGEST_NOTE,
    Incident,
    IncidentKind,
)
from babyn_ble.privacy.rights import examinations as examinations  # registers them

_STYLES = {
    Verdict.FINE: "good",
    Verdict.LOOK: "due",
    Verdict.BAD: "bad",
    Verdict.NOTHING: "quiet",
}


def build() -> typer.Typer:
    """Return the command with its one below it."""
    app = typer.Typer(
        help="Look over keys, ledger, permissions and consents; record an incident.",
        invoke_without_command=True,
    )
    app.callback(invoke_without_command=True)(doctor)
    app.command()(incident)
    return app


def doctor(context: typer.Context) -> None:
    """Look everything over: the whole ledger, its checkpoints, keys, permissions, consents."""
    if context.invoked_subcommand is not None:
        return
    invocation = invocation_of(context)
    with examination_of(invocation) as (found, _):
        pass
    for finding in found:
        invocation.output.emit(
            check=finding.name,
            verdict=finding.verdict.value,
            words=finding.words,
            next=invocation.command(*finding.remedy) if finding.remedy else None,
        )
        invocation.output.say(*_line(finding, invocation.output.marks))
        if finding.remedy:
            invocation.output.following(
                invocation.command(*finding.remedy), lead="           Next: "
            )
    if any(finding.verdict is Verdict.BAD for finding in found):
        raise typer.Exit(ExitCode.FAILURE)


@contextlib.contextmanager
def examination_of(
    invocation: Invocation,
) -> Generator[tuple[list[Finding], Companion | None]]:
    """Look the data directory over; lend its companion, if the store opens."""
    directory = invocation.data_dir or default_directory()
    _ = invocation.radio_parts  # a radio that is not known is the first thing to say
    companions: list[Companion] = []
    with contextlib.ExitStack() as closing:

        def open_register() -> ConsentRegister:
            companion = Companion.open(directory, radio=invocation.radio)
            closing.callback(companion.close)
            invocation.log_ids.make = companion.short_id
            companions.append(companion)
            return companion.consent

        findings = list(looking.examine(directory, open_register))
        yield findings, companions[0] if companions else None


def incident(
    context: typer.Context,
    kind: Annotated[IncidentKind, typer.Argument(help="What may have happened.")],
    since: Annotated[
        str | None, typer.Option(help="Since which day (YYYY-MM-DD); by default today.")
    ] = None,
    note: Annotated[str, typer.Option(help="What there is to say about it; kept sealed.")] = "",
) -> None:
    """Record that something may have got out, and show what to do. Nothing is sent to anybody."""
    invocation = invocation_of(context)
    output = invocation.output
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"--note takes at most {LONGEST_NOTE} characters; nothing was recorded")
    with opened(invocation) as companion:
        register = companion.consent
        today = register.clock.now().date()
        begun = _day(since, today)
        failure: LedgerError | None = None
        subjects: tuple[str, ...] = ()
        recipients: tuple[str, ...] = ()
        try:
            subjects, recipients = register.subjects(), _recipients(register)
            recorded = Incident(kind=kind, since=begun, subjects=subjects, recipients=recipients)
            register.record_incident(recorded, note)
        except LedgerError as error:  # what to do is worth showing all the same
            failure = error
    steps = (*CHECKLIST[kind], *ALWAYS)
    output.emit(
        recorded=failure is None,
        kind=kind.value,
        since=begun.isoformat(),
        subjects=list(subjects),
        recipients=list(recipients),
        steps=list(steps),
        sent=False,
    )
    if failure is None:
        output.say((f"{output.marks.yes} ", "good"), f"Recorded: {kind.value}, since {begun}.")
        output.say(f"  Whose data: {', '.join(subjects) or 'nobody is set up'}")
        output.say(f"  Recipients that may have had any: {', '.join(recipients) or 'none'}")
    for number, step in enumerate(steps, start=1):
        output.say(f"  {number}. {step}")
    if failure is not None:
        raise failure


def _recipients(register: ConsentRegister) -> tuple[str, ...]:
    """Return the pseudonyms of all that data may ever have gone to."""
    return tuple(
        sorted(
            {
                recipient
                for subject_id in register.subjects()
                for recorded in register.history(subject_id)
                if recorded.event.event_state in GRANTS
                for recipient in recorded.event.recipient_third_parties
            }
        )
    )


def _day(text: str | None, today: date) -> date:
    try:
        day = today if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError("--since takes a day as YYYY-MM-DD; nothing was recorded") from None
    if day > today:
        raise UsageError("--since cannot be after today; nothing was recorded")
    return day


def _line(finding: Finding, marks: Marks) -> list[Part]:
    mark = {
        Verdict.FINE: marks.yes,
        Verdict.LOOK: marks.due,
        Verdict.BAD: marks.no,
        Verdict.NOTHING: marks.point,
    }[finding.verdict]
    return [
        (f"{mark} {finding.verdict.value:<8}", _STYLES[finding.verdict]),
        (f"{finding.name:<12}", "what"),
        finding.words,
    ]
