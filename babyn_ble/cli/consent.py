"""``babyn consent``: what is agreed to, the notices, and every answer. One thing at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding

from babyn_ble.cli.exit_codes import ExitCode
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.marks import Marks, printable
from babyn_ble.cli.output import Output, Part, words
from babyn_ble.cli.prompts import ask_for_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.setup import HASH_DIGITS, names_hash
from babyn_ble.cli.wording import count, day, moment
from babyn_ble.companion import Companion
from babyn_ble.privacy import policy
from babyn_ble.privacy.events import ConsentStatus, IndicationMethod, Reason, RequestOrigin
from babyn_ble.privacy.lookup import ConsentState
from babyn_ble.privacy.notices import Notice
from babyn_ble.privacy.purposes import ConsentScope, terms
from babyn_ble.privacy.subjects import Subject, SubjectKind

AGREE, REFUSE = "agree", "refuse"

_Scope = Annotated[
    str,
    typer.Argument(
        help="location, bluetooth, health_monitoring, history_storage or sharing:RECIPIENT."
    ),
]

STATUS_WORDS = {
    ConsentStatus.UNKNOWN: "not asked yet",
    ConsentStatus.REQUESTED: "asked, not answered",
    ConsentStatus.DEFERRED: "put off",
    ConsentStatus.REFUSED: "refused",
    ConsentStatus.GIVEN: "agreed",
    ConsentStatus.RENEWED: "agreed",
    ConsentStatus.EXPIRED: "must be renewed",
    ConsentStatus.WITHDRAWN: "withdrawn",
    ConsentStatus.REVOKED: "revoked",
    ConsentStatus.INVALIDATED: "invalid",
}

REASON_WORDS = {
    Reason.TIME: "its time is over",
    Reason.NOTICE_CHANGED: "its notice has changed",
    Reason.CONTROLLER_CHANGED: "someone else is responsible now",
}


def build() -> typer.Typer:
    """Return the commands of ``babyn consent``."""
    app = typer.Typer(help="What is agreed to, the notices, and every answer; one at a time.")
    for command in (show, notice, give, withdraw, review):
        app.command()(command)
    return app


def show(context: typer.Context) -> None:
    """Show every consent: its state, since when, by whom, until when, and what it is for."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        subject = companion.subject
        states = companion.consent.statuses(subject.subject_id)
    for state in states:
        output.emit(**state_fields(state))
    output.say(
        f"Subject: {subject.kind.value}. ",
        f"{subject.consenting_party.party_name} decides; ",
        f"{subject.controller.party_name} is responsible.",
    )
    for line in states_table(states, subject, output.marks):
        output.line(*line)
    open_ones = [state for state in states if not state.valid]
    if open_ones:
        following = ("review",) if invocation.interactive else ("notice", str(open_ones[0].scope))
        output.line("Next: ", (invocation.command("consent", *following), "command"))


def notice(
    context: typer.Context,
    scope: _Scope,
    policy_text: Annotated[
        Path | None,
        typer.Option(help="The policy's text as published, to see the lines that are cited."),
    ] = None,
) -> None:
    """Show what a person reads before answering, and its hash."""
    invocation = invocation_of(context)
    wanted = parse_scope(invocation, scope)
    text = None
    if policy_text is not None:
        try:
            text = policy.load(policy_text)
        except ValueError as error:
            raise UsageError(f"--policy-text: {error}") from None
    with opened(invocation) as companion:
        shown = companion.consent.notice(companion.subject.subject_id, wanted)
    cited = () if text is None else shown.cited(text)
    output = invocation.output
    output.emit(
        scope=str(wanted),
        sha256=shown.sha256,
        language=shown.language,
        text=shown.text,
        cited=[{"citation": citation, "lines": list(lines)} for citation, lines in cited],
    )
    show_notice(output, shown)
    for citation, lines in cited:
        output.say((f"{policy.POLICY.title}, {citation}:", "what"))
        for line in lines:
            output.show(Padding(words((line, "quiet")), (0, 0, 0, 2)))
    output.line("SHA-256 of this notice: ", shown.sha256)
    following = () if invocation.interactive else ("--notice", shown.sha256[:HASH_DIGITS])
    output.line(
        "To agree to it: ",
        (invocation.command("consent", "give", str(wanted), *following), "command"),
    )


def give(
    context: typer.Context,
    scope: _Scope,
    notice_hash: Annotated[
        str | None,
        typer.Option(
            "--notice",
            help=f"For scripts: SHA-256 of the notice agreed to; {HASH_DIGITS} digits will do.",
        ),
    ] = None,
) -> None:
    """Show one notice and record the answer. A script names the notice's hash instead."""
    invocation = invocation_of(context)
    wanted = parse_scope(invocation, scope)
    with opened(invocation) as companion:
        subject = companion.subject
        shown = companion.consent.notice(subject.subject_id, wanted)
        if notice_hash is not None:
            if not names_hash(notice_hash, shown.sha256):
                raise UsageError(
                    f"--notice does not name the present notice for {wanted}; it takes at "
                    f"least {HASH_DIGITS} digits of its SHA-256",
                    next_command=invocation.command("consent", "notice", str(wanted)),
                )
            record(companion, subject, shown)
            report(invocation, companion.consent.status(subject.subject_id, wanted))
            return
        if not invocation.interactive:
            raise UsageError(
                "Nobody is there to be asked; a script names the notice it agrees to: "
                "read it, then give its hash with --notice",
                next_command=invocation.command("consent", "notice", str(wanted)),
            )
        state = ask_about(invocation, companion, subject, shown)
        report(invocation, state)
    if not state.valid:
        raise typer.Exit(ExitCode.CONSENT_REQUIRED)


def withdraw(context: typer.Context, scope: _Scope) -> None:
    """Withdraw one consent. It takes effect at once, also in other programs."""
    invocation = invocation_of(context)
    wanted = parse_scope(invocation, scope)
    output = invocation.output
    with opened(invocation) as companion:
        subject_id = companion.subject.subject_id
        before = companion.consent.status(subject_id, wanted)
        others = len(companion.consent.store.holders())

        async def work() -> ConsentState:
            async with companion:
                return await companion.consent.withdraw(subject_id, wanted)

        state = asyncio.run(work())
    output.emit(**state_fields(state), was_valid=before.valid, other_programs=others)
    if not before.valid:
        output.say(
            (f"{output.marks.yes} ", "good"),
            f"{wanted} was not agreed to; nothing is done under it.",
        )
        return
    output.say((f"{output.marks.yes} ", "good"), f"{wanted} is withdrawn, from now on.")
    output.say(f"  Stopped: {stopped(wanted)}.")
    if others:
        output.say(
            f"  {count(others, 'program')} that {'is' if others == 1 else 'are'} running on this "
            "data took note of it before this line was written."
        )
    output.say("  What was done before stays lawful; what is stored stays until it is erased.")


def review(context: typer.Context) -> None:
    """Go through what is open or must be renewed, one by one."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        subject = companion.subject
        states = companion.consent.statuses(subject.subject_id)
        due = [state for state in states if not state.valid and not _settled(state)]
        if not due:
            output.emit(open=0)
            output.say((f"{output.marks.yes} ", "good"), "Nothing is open; nothing to renew.")
            return
        if not invocation.interactive:
            raise UsageError(
                f"A review asks a person, and nobody is there; open: "
                f"{', '.join(str(state.scope) for state in due)}",
                next_command=invocation.command("consent", "notice", str(due[0].scope)),
            )
        output.say(
            f"{count(len(due), 'question')}. Each stands for itself; "
            "'refuse' is a good answer, and so is leaving one for later (Enter)."
        )
        for number, state in enumerate(due, start=1):
            output.say("")
            output.say((f"Question {number} of {len(due)}", "what"), ": ", _why_asked(state))
            shown = companion.consent.notice(subject.subject_id, state.scope)
            report(invocation, ask_about(invocation, companion, subject, shown))
    output.line("Next: ", (invocation.command("consent", "show"), "command"))


def parse_scope(invocation: Invocation, text: str) -> ConsentScope:
    """Return the consent that was named.

    Raises:
        UsageError: there is none of that name.
    """
    try:
        return ConsentScope.parse(text)
    except ValueError as error:
        raise UsageError(
            f"'{text}': {error}", next_command=invocation.command("consent", "show")
        ) from None


def ask_about(
    invocation: Invocation, companion: Companion, subject: Subject, shown: Notice
) -> ConsentState:
    """Show a notice to a person, ask, and record the answer, whatever it is."""
    output, register = invocation.output, companion.consent
    subject_id, scope = subject.subject_id, shown.scope
    show_notice(output, shown)
    register.request(subject_id, scope, origin=RequestOrigin.COMMAND_LINE)
    answer = ask_for_word(
        output,
        f"Type {AGREE} or {REFUSE}; Enter alone leaves it for later:",
        (AGREE, REFUSE),
    )
    if answer == AGREE:
        record(companion, subject, shown)
    elif answer == REFUSE:
        register.refuse(subject_id, scope, given_by=subject.consenting_party.party_id)
    else:
        register.defer(subject_id, scope)
    return register.status(subject_id, scope)


def record(companion: Companion, subject: Subject, shown: Notice) -> None:
    """Record a consent to the notice that was shown, or whose hash was named."""
    synthetic = subject.kind is SubjectKind.SYNTHETIC
    companion.consent.request(
        subject.subject_id,
        shown.scope,
        origin=RequestOrigin.SIMULATION if synthetic else RequestOrigin.COMMAND_LINE,
    )
    companion.consent.give(
        subject.subject_id,
        shown.scope,
        notice_sha256=shown.sha256,
        given_by=subject.consenting_party.party_id,
        indication_method=(
            IndicationMethod.SIMULATED if synthetic else IndicationMethod.TYPED_PHRASE
        ),
    )


def report(invocation: Invocation, state: ConsentState) -> None:
    """Say what an answer came to."""
    output = invocation.output
    output.emit(**state_fields(state))
    mark, style = mark_of(state, output.marks)
    until = f" until {day(state.ends_at)}" if state.valid and state.ends_at else ""
    output.say((f"{mark} ", style), f"{state.scope}: {STATUS_WORDS[state.status]}{until}.")
    if state.valid:
        output.line(
            "  Withdraw it at any time: ",
            (invocation.command("consent", "withdraw", str(state.scope)), "command"),
        )


def show_notice(output: Output, shown: Notice) -> None:
    """Print a notice for people."""
    if output.json:
        return
    output.say((shown.title, "what"))
    for heading, text in shown.sections:
        output.say((heading, "what"))
        output.show(Padding(words(text), (0, 0, 0, 2)))
    if shown.controller is not None:
        output.say(("Who asks", "what"))
        asked_by = f"{shown.controller.party_name}, {shown.controller.party_contact}"
        output.show(Padding(words(asked_by), (0, 0, 0, 2)))
    output.say((shown.source, "quiet"))


def stopped(scope: ConsentScope) -> str:
    """Return in words what a withdrawal stops."""
    return {
        "location": "every search, also the one for a device that is known",
        "bluetooth": "every search and every link to a device",
        "health_monitoring": "reading, storing and sending measurements",
        "history_storage": "storing measurements and looking back at them",
        "sharing": f"sending measurements to {scope.recipient}",
    }[scope.kind]


def state_fields(state: ConsentState) -> dict[str, object]:
    """Return a consent's state as plain JSON types."""
    return {
        "scope": str(state.scope),
        "status": state.status.value,
        "valid": state.valid,
        "reason": None if state.reason is None else state.reason.value,
        "decided_at": None if state.decided_at is None else moment(state.decided_at),
        "decided_by": state.decided_by,
        "ends_at": None if state.ends_at is None else moment(state.ends_at),
        "notice_sha256": state.notice_sha256,
    }


_COLUMNS = (("consent", 18), ("state", 17), ("since", 11), ("until", 11), ("by", 0))


def states_table(
    states: list[ConsentState], subject: Subject, marks: Marks
) -> Iterator[list[Part]]:
    """Yield the lines of a table of consents: two for each, the second says what it is for."""
    yield [("".join(f"{heading:<{width}}" for heading, width in _COLUMNS), "quiet")]
    parties = {
        party.party_id: party.party_name for party in (subject.controller, subject.consenting_party)
    }
    for state in states:
        mark, style = mark_of(state, marks)
        since = marks.dash if state.decided_at is None else day(state.decided_at)
        until = day(state.ends_at) if state.valid and state.ends_at else marks.dash
        by = marks.dash if state.decided_by is None else parties.get(state.decided_by, "?")
        yield [
            (f"{state.scope!s:<18}", "what"),
            (f"{mark} {STATUS_WORDS[state.status]:<15}", style),
            f"{since:<11}{until:<11}{printable(by, limit=22)}",
        ]
        yield [(f"  {terms(state.scope).why}", "quiet")]


def mark_of(state: ConsentState, marks: Marks) -> tuple[str, str]:
    """Return the mark of a state, and its style."""
    if state.valid:
        return marks.yes, "good"
    if state.status is ConsentStatus.EXPIRED:
        return marks.due, "due"
    return (marks.no, "bad") if _settled(state) else (marks.point, "due")


def _settled(state: ConsentState) -> bool:
    """Return whether a person has said no: then a review does not ask again (L64)."""
    return state.status in (ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN)


def _why_asked(state: ConsentState) -> Part:
    if state.status is ConsentStatus.EXPIRED:
        why = "" if state.reason is None else REASON_WORDS.get(state.reason, "")
        return (f"agreed before, to be renewed{': ' if why else ''}{why}", "due")
    return (STATUS_WORDS[state.status], "quiet")
