"""``babyn consent``: what is agreed to, the notices, and every answer. One thing at a time."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding

from babyn_ble.cli.consent_view import (
    STATUS_WORDS,
    ending_line,
    mark_of,
    settled,
    show_notice,
    state_fields,
    states_table,
    stopped,
    why_asked,
    without_consent,
)
from babyn_ble.cli.exit_codes import ExitCode
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.language import LanguageOption, accepted_languages, chosen_language
from babyn_ble.cli.output import words
from babyn_ble.cli.prompts import ask_for_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.setup import HASH_DIGITS, names_hash
from babyn_ble.cli.wording import count, day
from babyn_ble.clock import RunningClock
from babyn_ble.companion import Companion
from babyn_ble.data_dir import default_directory
from babyn_ble.errors import LedgerError, StoreError
from babyn_ble.privacy import policy
from babyn_ble.privacy.events import ConsentStatus, IndicationMethod, RequestOrigin
from babyn_ble.privacy.lookup import ConsentState
from babyn_ble.privacy.notices import Notice
from babyn_ble.privacy.purposes import OWN_SCOPES, ConsentScope
from babyn_ble.privacy.sidecar import FileSidecar, SetAsides
from babyn_ble.privacy.subjects import Subject, SubjectKind

AGREE, REFUSE = "agree", "refuse"

_Scope = Annotated[
    str,
    typer.Argument(
        help=f"{', '.join(map(str, OWN_SCOPES))}, sharing:RECIPIENT or cross_border:COUNTRY."
    ),
]


def build() -> typer.Typer:
    """Return the commands of ``babyn consent``."""
    app = typer.Typer(help="What is agreed to, the notices, and every answer.")
    for command in (show, notice, give, withdraw, review):
        app.command()(command)
    return app


def show(context: typer.Context) -> None:
    """Show every consent, its state, and what it is for."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        subject = companion.subject
        states = companion.consent.statuses(subject.subject_id)
        standing = companion.consent.exceptions(subject.subject_id)
        running = companion.consent.background_sessions(subject.subject_id)
        ending = companion.consent.expiring(subject.subject_id)
    for state in states:
        output.emit(**state_fields(state), ends_soon=state in ending)
    output.say(
        f"Subject: {subject.kind.value}. ",
        f"{subject.consenting_party.party_name} decides; ",
        f"{subject.controller.party_name} is responsible.",
    )
    for line in states_table(states, subject, output.marks):
        output.line(*line)
    for line in without_consent(standing, running):
        output.say(*line)
    for state in ending:
        output.line(*ending_line(state, output.marks))
    open_ones = [state for state in states if not state.valid or state in ending]
    if open_ones:
        following = ("review",) if invocation.interactive else ("notice", str(open_ones[0].scope))
        output.following(invocation.command("consent", *following))


def notice(
    context: typer.Context,
    scope: _Scope,
    policy_text: Annotated[
        Path | None,
        typer.Option(help="The policy's text as published, to see the lines that are cited."),
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Show what a person reads before answering, and its hash."""
    invocation = invocation_of(context)
    wanted = parse_scope(invocation, scope)
    with opened(invocation) as companion:
        shown = _notice(companion, wanted, chosen_language(language))
    text = None
    if policy_text is not None:
        try:
            text = policy.load(policy_text, shown.policy)
        except ValueError as error:
            raise UsageError(f"--policy-text: {error}") from None
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
        output.say((f"{shown.policy.title}, {citation}:", "what"))
        for line in lines:
            output.show(Padding(words((line, "quiet")), (0, 0, 0, 2)))
    output.line("SHA-256 of this notice: ", shown.sha256)
    following = () if invocation.interactive else ("--notice", shown.sha256[:HASH_DIGITS])
    output.following(
        invocation.command("consent", "give", str(wanted), *_in(language), *following),
        lead="To agree to it: ",
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
    language: LanguageOption = None,
) -> None:
    """Show one notice and record the answer.

    A script names the notice's hash instead: nobody agrees to what was not read.
    """
    invocation = invocation_of(context)
    wanted = parse_scope(invocation, scope)
    read_in = chosen_language(language)
    with opened(invocation) as companion:
        subject = companion.subject
        require_answers_here(invocation, companion, subject)
        if notice_hash is not None:
            named = [
                present
                for present in (
                    _notice(companion, wanted, each) for each in accepted_languages(language)
                )
                if names_hash(notice_hash, present.sha256)
            ]
            if not named:
                raise UsageError(
                    f"--notice does not name the present notice for {wanted}; it takes at "
                    f"least {HASH_DIGITS} digits of its SHA-256",
                    next_command=invocation.command("consent", "notice", str(wanted)),
                )
            record(companion, subject, named[0])
            report(invocation, companion.consent.status(subject.subject_id, wanted))
            return
        if not invocation.interactive:
            raise UsageError(
                "Nobody is there to be asked; a script names the notice it agrees to: "
                "read it, then give its hash with --notice",
                next_command=invocation.command("consent", "notice", str(wanted)),
            )
        shown = _notice(companion, wanted, read_in)
        state = ask_about(invocation, companion, subject, shown)
        report(invocation, state)
    if not state.valid:
        raise typer.Exit(ExitCode.CONSENT_REQUIRED)


def withdraw(context: typer.Context, scope: _Scope) -> None:
    """Withdraw one consent, at once, also in other programs."""
    invocation = invocation_of(context)
    wanted = parse_scope(invocation, scope)
    output = invocation.output
    with contextlib.ExitStack() as closing:
        try:
            companion = closing.enter_context(opened(invocation))
        except StoreError:
            _withdraw_beside(invocation, wanted)
            return
        before, others = None, 0
        try:
            subject_id = companion.subject.subject_id
            before = companion.consent.status(subject_id, wanted)
            others = len(companion.consent.store.holders())
        except LedgerError:
            subject_id = None  # it does not say who there is: everyone's, then

        async def work() -> ConsentState:
            async with companion:
                return await companion.consent.withdraw(subject_id, wanted)

        state = asyncio.run(work())
    was_valid = before is None or before.valid
    output.emit(
        **state_fields(state), was_valid=was_valid, other_programs=others, set_aside=before is None
    )
    if not was_valid:
        output.say(
            (f"{output.marks.yes} ", "good"),
            f"{wanted} was not agreed to; nothing is done under it.",
        )
        return
    output.say((f"{output.marks.yes} ", "good"), f"{wanted} is withdrawn, from now on.")
    output.say(f"  Stopped: {stopped(wanted)}.")
    if others:
        output.say(f"  Other programs at work on this data: {others}, stopped by now.")
    if before is None:
        output.say("  The ledger is damaged; the withdrawal stands beside it until it is restored.")
    output.say("  What was done before stays lawful; what is stored stays until it is erased.")


def _withdraw_beside(invocation: Invocation, wanted: ConsentScope) -> None:
    """Withdraw where not even the store can be opened: what opens it later finds it."""
    output = invocation.output
    now = RunningClock().now()
    # Whom a recipient's name stands for, only the store could tell: all of that kind.
    SetAsides(FileSidecar(invocation.data_dir or default_directory())).add(None, wanted.kind, now)
    state = ConsentState(wanted, ConsentStatus.WITHDRAWN, decided_at=now)
    output.emit(**state_fields(state), was_valid=True, other_programs=0, set_aside=True)
    output.say((f"{output.marks.yes} ", "good"), f"{wanted} is withdrawn, from now on.")
    output.say(f"  Stopped: {stopped(wanted)}; in programs that run, within two seconds.")
    output.say("  The store cannot be opened; the withdrawal stands beside it until it can.")


def review(context: typer.Context, language: LanguageOption = None) -> None:
    """Go through what is open or must be renewed, one by one."""
    invocation = invocation_of(context)
    output = invocation.output
    read_in = chosen_language(language)
    with opened(invocation) as companion:
        subject = companion.subject
        states = companion.consent.statuses(subject.subject_id)
        ending = companion.consent.expiring(subject.subject_id)
        due = [
            state for state in states if state in ending or (not state.valid and not settled(state))
        ]
        if not due:
            output.emit(open=0)
            output.say((f"{output.marks.yes} ", "good"), "Nothing is open; nothing to renew.")
            return
        require_answers_here(invocation, companion, subject)
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
            output.say((f"Question {number} of {len(due)}", "what"), ": ", why_asked(state))
            shown = _notice(companion, state.scope, read_in)
            report(invocation, ask_about(invocation, companion, subject, shown))
    output.following(invocation.command("consent", "show"))


def _notice(companion: Companion, scope: ConsentScope, language: str) -> Notice:
    return companion.consent.notice(companion.subject.subject_id, scope, language)


def _in(language: str | None) -> tuple[str, ...]:
    """Return the option that names a language, as it was given."""
    return () if language is None else ("--language", language)


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


def require_answers_here(invocation: Invocation, companion: Companion, subject: Subject) -> None:
    """Refuse to ask somebody here where only a signed answer counts.

    Raises:
        UsageError: a guardian's key is pinned; it names the way.
    """
    if companion.consent.guardian_key(subject.subject_id) is not None:
        raise UsageError(
            "Only an answer that the guardian has signed counts here, so nobody is asked; "
            "write the questions to a file for them",
            next_command=invocation.command("consent", "request", "FILE"),
        )


def ask_about(
    invocation: Invocation, companion: Companion, subject: Subject, shown: Notice
) -> ConsentState:
    """Show a notice to a person, ask, and record the answer, whatever it is."""
    output, register = invocation.output, companion.consent
    subject_id, scope = subject.subject_id, shown.scope
    show_notice(output, shown)
    register.request(
        subject_id,
        scope,
        origin=RequestOrigin.COMMAND_LINE,
        language=shown.language,
        policy_sha256=shown.policy.sha256,
    )
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
        language=shown.language,
        policy_sha256=shown.policy.sha256,
    )
    companion.consent.give(
        subject.subject_id,
        shown.scope,
        notice_sha256=shown.sha256,
        given_by=subject.consenting_party.party_id,
        indication_method=(
            IndicationMethod.SIMULATED if synthetic else IndicationMethod.TYPED_PHRASE
        ),
        language=shown.language,
        policy_sha256=shown.policy.sha256,
    )


def report(invocation: Invocation, state: ConsentState) -> None:
    """Say what an answer came to."""
    output = invocation.output
    output.emit(**state_fields(state))
    mark, style = mark_of(state, output.marks)
    until = f" until {day(state.ends_at)}" if state.valid and state.ends_at else ""
    output.say((f"{mark} ", style), f"{state.scope}: {STATUS_WORDS[state.status]}{until}.")
    if state.valid:
        output.following(
            invocation.command("consent", "withdraw", str(state.scope)),
            lead="  Withdraw it at any time: ",
        )
