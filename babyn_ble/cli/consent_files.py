"""``babyn consent key|request|answer|import``: consent for a machine that nobody sits at.

The machine writes its questions to a file; the guardian answers on their own machine, which
needs no store and no network, and signs each answer; the machine takes the answers in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.consent import AGREE, REFUSE, parse_scope, report
from babyn_ble.cli.consent_view import settled
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.language import LanguageOption, chosen_language
from babyn_ble.cli.marks import printable
from babyn_ble.cli.prompts import ask_for_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import count, day, moment
from babyn_ble.clock import RunningClock
from babyn_ble.companion import Companion
from babyn_ble.errors import AnswerRefusal, AnswerRefusedError
from babyn_ble.privacy.answers import Answer
from babyn_ble.privacy.events import RequestOrigin
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.requests import (
    MAX_BYTES,
    ConsentAnswers,
    ConsentRequest,
    Question,
    answer_question,
    answers_to,
)
from babyn_ble.privacy.signing import GuardianKey
from babyn_ble.store.files import create_private

_WORDS = {AGREE: Answer.AGREE, REFUSE: Answer.REFUSE, None: Answer.LATER}

_DAYS = 30
"""Days that a request may be answered at most."""


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of ``babyn consent``."""
    for command in (key, request, answer):
        app.command()(command)
    app.command("import")(import_answers)


def key(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="A new file for the private half; keep it to you.")],
) -> None:
    """Make the key that a guardian signs answers with.

    The public half goes to OUT.pub; the machine that asks pins it.
    """
    invocation = invocation_of(context)
    made = GuardianKey.generate()
    public = made.save(out)
    output = invocation.output
    output.emit(key=str(out), public=str(public), public_key=made.public)
    output.say((f"{output.marks.yes} ", "good"), "Made a key. It stays with you: ", str(out))
    output.line("  Bring this to the machine that asks: ", str(public))
    output.following(
        invocation.command("setup", "--guardian-key", str(public)), lead="  It pins it with: "
    )


def request(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="A new file for the questions.")],
    scopes: Annotated[
        list[str] | None,
        typer.Argument(help="What to ask for; by default all that is open or to be renewed."),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=_DAYS, help="How many days the answers count.")
    ] = 7,
    language: LanguageOption = None,
) -> None:
    """Write what is asked to a file, for a guardian who is not at this machine."""
    invocation = invocation_of(context)
    wanted = [parse_scope(invocation, scope) for scope in scopes or ()]
    read_in = chosen_language(language)
    output = invocation.output
    with opened(invocation) as companion:
        asked = wanted or _open_questions(companion)
        if not asked:
            output.emit(questions=0)
            output.say((f"{output.marks.yes} ", "good"), "Nothing is open; nothing to ask.")
            return
        if out.exists():
            raise UsageError(f"There is a file {out} already; choose another")
        made = companion.consent.request_answers(
            companion.subject.subject_id,
            asked,
            valid_for=timedelta(days=days),
            language=read_in,
            origin=RequestOrigin.COMMAND_LINE,
        )
    write_private(out, made.to_bytes())
    output.emit(
        request=str(out),
        questions=[question.scope for question in made.questions],
        expires_at=moment(made.expires_at),
    )
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"{count(len(made.questions), 'question')} to answer until {day(made.expires_at)}.",
    )
    output.line("  Send the guardian this file: ", str(out))
    output.following(
        f"babyn consent answer {out.name} --key KEY", lead="  They answer where they are: "
    )


def answer(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file with the questions.")],
    key_file: Annotated[Path, typer.Option("--key", help="Your private key.")],
    out: Annotated[
        Path | None, typer.Option(help="A new file for the answers; by default beside FILE.")
    ] = None,
) -> None:
    """Read each notice and answer it. Needs no store, no radio and no network."""
    invocation = invocation_of(context)
    output = invocation.output
    target = out or file.with_name(f"{file.stem}.answers.json")
    if target.exists():
        raise UsageError(f"There is a file {target} already; choose another with --out")
    asked = ConsentRequest.parse(_read(file))
    signing = GuardianKey.load(key_file)
    if signing.public != asked.key:
        raise AnswerRefusedError(
            "That key is not the one that the machine has pinned; take the other one",
            reason=AnswerRefusal.WRONG_KEY,
        )
    now = RunningClock().now
    if now() >= asked.expires_at:
        raise AnswerRefusedError(
            "The request is too old to be answered; have a new one made",
            reason=AnswerRefusal.EXPIRED,
        )
    if not invocation.interactive:
        raise UsageError("The answers are a person's, and nobody is there; run it at a terminal")
    output.say(
        f"{count(len(asked.questions), 'question')} from {_plain(asked.asked_by)}. Each stands for "
        "itself; 'refuse' is a good answer, and so is leaving one for later (Enter)."
    )
    answered = [
        answer_question(asked, question, _ask(invocation, asked, number), signing, now=now())
        for number, question in enumerate(asked.questions)
    ]
    write_private(target, answers_to(asked, answered).to_bytes())
    agreed = sum(one.answer is Answer.AGREE for one in answered)
    output.say("")
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"Answered and signed: {agreed} of {len(answered)} agreed to.",
    )
    output.line("  Send this file back: ", str(target))
    output.following(f"babyn consent import {target.name}", lead="  The machine takes it in with: ")


def import_answers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file with the signed answers.")],
) -> None:
    """Take in the answers of a guardian, each checked on its own."""
    invocation = invocation_of(context)
    answers = ConsentAnswers.parse(_read(file))
    with opened(invocation) as companion:
        known = _scopes_by_name(companion)
        recorded = companion.consent.apply_answers(answers)
        for event in recorded:
            scope = known(event.scope)
            report(invocation, companion.consent.status(event.pii_principal_id, scope))
    invocation.output.following(invocation.command("consent", "show"))


def _open_questions(companion: Companion) -> list[ConsentScope]:
    """Return what may be asked without a person's wish: never what was refused (L64)."""
    states = companion.consent.statuses(companion.subject.subject_id)
    return [state.scope for state in states if not state.valid and not settled(state)]


def _scopes_by_name(companion: Companion) -> Callable[[str], ConsentScope]:
    """Return what finds the scope that is recorded under a name."""
    states = companion.consent.statuses(companion.subject.subject_id)
    written = {companion.consent.written(state.scope): state.scope for state in states}
    return written.__getitem__


def _ask(invocation: Invocation, asked: ConsentRequest, number: int) -> Answer:
    """Show one notice, and return the person's answer to it."""
    question: Question = asked.questions[number]
    output = invocation.output
    output.say("")
    output.say((f"Question {number + 1} of {len(asked.questions)}", "what"))
    for paragraph in question.notice.split("\n\n"):
        output.say(_plain(paragraph))
    output.say(("Who asks: ", "what"), _plain(asked.asked_by))
    said = ask_for_word(
        output,
        f"Type {AGREE} or {REFUSE}; Enter alone leaves it for later:",
        (AGREE, REFUSE),
    )
    return _WORDS[said]


def _plain(text: str) -> str:
    """Return a text from elsewhere as a terminal may show it: line breaks, and what prints."""
    return "\n".join(printable(line, limit=len(line)) for line in text.split("\n"))


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened_file:
            return opened_file.read(MAX_BYTES + 1)
    except OSError:
        raise UsageError(f"{file} cannot be read; give the path of the file") from None


def write_private(file: Path, data: bytes) -> None:
    """Write a new file that only its owner can read.

    Raises:
        UsageError: there is one already, or it cannot be written.
    """

    def fill(draft: Path) -> None:
        draft.write_bytes(data)

    try:
        made = create_private(file, fill)
    except OSError:
        raise UsageError(f"{file} cannot be written; choose another place") from None
    if not made:
        raise UsageError(f"There is a file {file} already; choose another")
