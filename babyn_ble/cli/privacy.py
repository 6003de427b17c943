"""``babyn privacy``: to see what is kept, and to have it erased. A walk-through, step by step."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, cast

import typer

from babyn_ble.cli.exit_codes import ExitCode
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.output import Part
from babyn_ble.cli.prompts import ask, ask_for_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import count
from babyn_ble.companion import Companion
from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import Erased, erase
from babyn_ble.privacy.rights.export import export
from babyn_ble.privacy.rights.export_files import write_export
from babyn_ble.privacy.rights.importing import import_export

ERASE = "erase"

GROUNDS: dict[DeletionGround, str] = {
    DeletionGround.NO_LONGER_USED: "we no longer use this",
    DeletionGround.SERVICE_ENDED: "it is no longer offered",
    DeletionGround.UNLAWFUL: "the data are processed against the law",
    DeletionGround.NO_CONSENT: "they were collected or used without our consent",
    DeletionGround.AGREEMENT_BROKEN: "what was agreed with us was broken",
}
"""The grounds in a guardian's words."""


def build() -> typer.Typer:
    """Return the commands of ``babyn privacy``."""
    app = typer.Typer(help="Your rights: see what is kept, correct it, have it erased.")
    app.command("export")(export_)
    app.command("import")(import_)
    app.command("erase")(erase_)
    return app


def export_(
    context: typer.Context,
    directory: Annotated[
        Path | None,
        typer.Argument(help="A new directory, readable by you only; with --json not needed."),
    ] = None,
) -> None:
    """Get a copy of everything that is kept: one JSON file, and tables for a spreadsheet."""
    invocation = invocation_of(context)
    output = invocation.output
    if directory is None and not output.json:
        raise UsageError(
            "Name a new directory for the copy",
            next_command=invocation.command("privacy", "export", "my-data"),
        )
    with opened(invocation) as companion:
        exported = export(companion.consent, companion.subject.subject_id)
    files = () if directory is None else write_export(exported, directory)
    if directory is None:
        output.emit(**exported.model_dump(mode="json"))
        return
    output.emit(
        files=[path.name for path in files],
        devices=len(exported.devices),
        readings=len(exported.readings),
        consents=len(exported.consents),
        recipients=len(exported.recipients),
    )
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"The copy is complete: {count(len(exported.readings), 'reading')}, "
        f"{count(len(exported.devices), 'device')}, "
        f"{count(len(exported.consents), 'decision')}, "
        f"{count(len(exported.recipients), 'recipient')}.",
    )
    output.line(f"  {directory}: ", ", ".join(path.name for path in files))
    for row in exported.left_out:
        output.say(("  Not in it: ", "quiet"), str(row["why"]).partition(":")[0], ".")
    output.say(
        (f"{output.marks.due} ", "due"),
        "It can be read by whoever gets it, and erasing here does not reach it: keep it safe.",
    )


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The export.json of an export.")],
) -> None:
    """Take an export into an empty store. It brings the data back, and no consent."""
    invocation = invocation_of(context)
    output = invocation.output
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError("That file cannot be read as an export") from None
    if not isinstance(document, dict):
        raise UsageError("That file is no export")
    with opened(invocation) as companion:
        subject = import_export(companion.consent, cast("dict[str, object]", document))
        readings = companion.vault.count_readings(subject.subject_id)
        devices = len(companion.devices())
    output.emit(subject=subject.subject_id, readings=readings, devices=devices)
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"Taken in: {count(readings, 'reading')}, {count(devices, 'device')}.",
    )
    output.say("  Nothing is agreed to yet, and devices have to be paired anew.")
    output.following(invocation.command("consent", "review"))


def erase_(
    context: typer.Context,
    ground: Annotated[
        DeletionGround | None, typer.Option(help="Why; without it, you are asked.")
    ] = None,
    note: Annotated[str, typer.Option(help="What went wrong, if something did.")] = "",
    confirm: Annotated[
        str | None,
        typer.Option(metavar="SUBJECT", help="For scripts: id of the subject to be erased."),
    ] = None,
) -> None:
    """Erase everything about the child, for good."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        subject_id = companion.subject.subject_id
        if confirm is None and not invocation.interactive:
            raise UsageError(
                "Nobody is there to be asked; a script names the subject that it erases",
                next_command=invocation.command("privacy", ERASE, "--confirm", subject_id),
            )
        if confirm not in (None, subject_id):
            raise UsageError("--confirm does not name the subject that is set up here")
        if confirm is None:
            _say_what_will_happen(invocation, companion)
            ground = ground or _ask_ground(invocation)
            if ground.needs_note and not note:
                note = ask(output, "What went wrong? (erased with the rest)")
            question = f"Type '{ERASE}' to erase everything, or anything else to keep it:"
            if ask_for_word(output, question, (ERASE,)) is None:
                output.say("Nothing was erased.")
                raise typer.Exit(ExitCode.FAILURE)
        chosen = ground or DeletionGround.NO_LONGER_USED

        async def work() -> Erased:
            async with companion:
                return await erase(
                    companion.consent,
                    subject_id,
                    ground=chosen,
                    verified_by=VerifiedBy.LOCAL_USER,
                    note=note,
                )

        report(invocation, asyncio.run(work()))


def report(invocation: Invocation, erased: Erased) -> None:
    """Say what an erasure did, and what is left."""
    output = invocation.output
    output.emit(
        erased=erased.subject_id,
        withdrawn=list(erased.withdrawn),
        readings=erased.readings,
        rows=erased.rows,
        system_pairings=len(erased.system_pairings),
        unclosed=list(erased.unclosed),
    )
    yes: Part = (f"{output.marks.yes} ", "good")
    due: Part = (f"{output.marks.due} ", "due")
    output.say(yes, f"Stopped: {count(len(erased.withdrawn), 'consent')} withdrawn.")
    output.say(
        yes,
        f"Erased: {count(erased.readings, 'reading')} and "
        f"{count(erased.rows - erased.readings, 'other record')}, with their key.",
    )
    output.say(yes, "Older copies of the data directory cannot be read any more either.")
    output.say(("What is left:", "what"))
    output.say("  A list of decisions with dates and no names, which shows that they were kept to.")
    for pairing in erased.system_pairings:
        output.say(due, f"The pairing with {pairing}: remove it in the Bluetooth settings.")
    for name in erased.unclosed:
        output.say(due, f"The {name} did not close in time: end that program.")


def _say_what_will_happen(invocation: Invocation, companion: Companion) -> None:
    output = invocation.output
    subject_id = companion.subject.subject_id
    readings = companion.vault.count_readings(subject_id)
    output.say(("This erases everything that is kept here about the child:", "what"))
    output.say(f"  {count(len(companion.devices()), 'device')} and their pairings,")
    output.say(f"  {count(readings, 'stored reading')},")
    output.say("  every name and every way to reach somebody.")
    output.say("All that runs under a consent stops first, also in other programs.")
    output.say(
        (f"{output.marks.due} ", "due"),
        "It cannot be undone. If you want to keep a copy, make one first: ",
        (invocation.command("privacy", "export", "my-data"), "command"),
    )


def _ask_ground(invocation: Invocation) -> DeletionGround:
    output = invocation.output
    output.say(("Why?", "what"))
    grounds = list(GROUNDS)
    for number, ground in enumerate(grounds, 1):
        output.say(f"  {number}  {GROUNDS[ground]}")
    answer = ask(output, "A number:", default="1")
    if answer not in {str(number) for number in range(1, len(grounds) + 1)}:
        raise UsageError("That is none of the numbers; nothing was erased")
    return grounds[int(answer) - 1]
