"""``babyn privacy``: to see what is kept, and to have it erased. A walk-through, step by step."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, cast

import typer

from babyn_ble.cli import (
    privacy_end,
    privacy_exceptions,
    privacy_hold,
    privacy_notices,
    privacy_requests,
    privacy_restored,
    privacy_retention,
)
from babyn_ble.cli.exit_codes import ExitCode
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.output import Part
from babyn_ble.cli.prompts import ask, ask_for_word
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import count, day, moment
from babyn_ble.companion import Companion
from babyn_ble.gateway import MqttCredentials
from babyn_ble.privacy.rights.backup import DAYS, LONGEST_DAYS, Copyable, make_backup
from babyn_ble.privacy.rights.cancellation import Cancelled, cancel
from babyn_ble.privacy.rights.correction import correct
from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import Erased, erase
from babyn_ble.privacy.rights.export import export
from babyn_ble.privacy.rights.export_files import write_export
from babyn_ble.privacy.rights.importing import import_export
from babyn_ble.privacy.rights.notices import DeletionNotices
from babyn_ble.privacy.rights.requests import RequestKind
from babyn_ble.privacy.rights.retention import CATEGORIES

ERASE, CANCEL = "erase", "cancel"

RIGHTS = {
    ("privacy", "export", "my-data"): "see all that is kept",
    ("privacy", "correct", "REF", "VALUE"): "put a reading right",
    ("consent", "show"): "see what is agreed to",
    ("consent", "withdraw", "CONSENT"): "take it back",
    ("privacy", "erase"): "have the child's data erased",
    ("privacy", "cancel"): "end it all",
    ("privacy", "requests", "open", "complaint"): "complain, or ask",
}
"""What a person can do, by its command."""

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
    app.command("correct")(correct_)
    app.command("erase")(erase_)
    app.command("cancel")(cancel_)
    app.command("explain")(explain)
    app.command("backup")(backup)
    app.add_typer(privacy_requests.build(), name="requests")
    app.add_typer(privacy_notices.build(), name="notices")
    app.add_typer(privacy_retention.build(), name="retention")
    app.add_typer(privacy_hold.build(), name="hold")
    app.add_typer(privacy_exceptions.build(), name="exceptions")
    app.command("restore")(privacy_restored.restore)
    app.command(privacy_restored.NAME)(privacy_restored.restored)
    app.command(privacy_end.NAME)(privacy_end.end_of_service)
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


def correct_(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="The reading's 'ref', as in an export.")],
    value: Annotated[str, typer.Argument(help="What is right, in the same unit.")],
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Put a stored reading right. The old one is kept beside it."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        subject_id = companion.subject.subject_id
        row = correct(companion.consent, subject_id, ref, value=value, note=note)
    output.emit(**row)
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"From now on {row['value']} {row['unit']} holds; an export shows both.",
    )


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


def cancel_(
    context: typer.Context,
    confirm: Annotated[bool, typer.Option("--confirm", help="For scripts: do not ask.")] = False,
) -> None:
    """End it all: stop everything, erase everybody's data, and forget every recipient."""
    invocation = invocation_of(context)
    output = invocation.output
    if not confirm and not invocation.interactive:
        raise UsageError(
            "Nobody is there to be asked; a script says that it means it",
            next_command=invocation.command("privacy", CANCEL, "--confirm"),
        )
    with opened(invocation) as companion:
        if not confirm:
            output.say(("This ends everything that is done here:", "what"))
            output.say("  every consent, every device and pairing, every reading, every name,")
            output.say("  of everybody who is set up here, and every recipient.")
            output.say("Those who got data are told to delete them.")
            output.say((f"{output.marks.due} ", "due"), "It cannot be undone.")
            question = f"Type '{CANCEL}' to end it all, or anything else to keep it:"
            if ask_for_word(output, question, (CANCEL,)) is None:
                output.say("Nothing was changed.")
                raise typer.Exit(ExitCode.FAILURE)

        async def work() -> Cancelled:
            return await cancel(companion.consent, verified_by=VerifiedBy.LOCAL_USER)

        cancelled = asyncio.run(work())
        for erased in cancelled.erased:
            report(invocation, erased)
        privacy_notices.try_to_send(companion, MqttCredentials.from_environment(), None)
        pending = DeletionNotices(companion.vault).open()
    output.emit(
        cancelled=[erased.subject_id for erased in cancelled.erased],
        household=cancelled.household,
        pending_notices=[notice.id for notice in pending],
    )
    output.say((f"{output.marks.yes} ", "good"), "Done. Nothing is agreed to, and nothing runs.")
    if pending:
        output.say(("Still to be told to delete what they got:", "what"))
        privacy_notices.show(invocation, pending)
        output.following(invocation.command("privacy", "notices", "send"))


def explain(context: typer.Context) -> None:
    """Say how long each kind of thing is kept, and what your rights are."""
    invocation = invocation_of(context)
    output = invocation.output
    output.emit(kept=CATEGORIES, days={kind.value: kind.days for kind in RequestKind})
    output.say(("How long things are kept", "what"))
    for what, how_long in CATEGORIES.items():
        output.say(f"  {what}: ", (how_long, "quiet"))
    output.say(("What you can do, at any time, without a reason", "what"))
    for words_, what in RIGHTS.items():
        output.line("  ", (invocation.command(*words_), "command"), f"  {what}")
    output.say(
        "What takes somebody's time is answered within 30 days; a copy, a complaint or a "
        "question within 15. A request is refused for one of eight reasons, which is told."
    )


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file.")],
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="How long it is good.")] = DAYS,
) -> None:
    """Make a sealed copy of everything. It opens only with the key file, which is not in it."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        store = companion.consent.store
        if not isinstance(store, Copyable):
            raise UsageError("Only a store in a directory can be backed up")
        register = companion.consent
        made = make_backup(
            store, register.keys, register.vault, file, register.clock.now(), days=days
        )
    output.emit(made_at=moment(made.made_at), expires_at=moment(made.expires_at))
    output.say((f"{output.marks.yes} ", "good"), f"Good until {day(made.expires_at)}.")
    output.say("  Keep it apart from the key file (master.key): who has both can read it.")
    output.following(
        invocation.command("privacy", "restore", str(file)), lead="  To put it back one day: "
    )
    output.say("  What is erased later cannot be read from it any more.")


def report(invocation: Invocation, erased: Erased) -> None:
    """Say what an erasure did, and what is left."""
    output = invocation.output
    output.emit(
        erased=erased.subject_id,
        held=erased.held,
        notices=[notice.id for notice in erased.notices],
        withdrawn=list(erased.withdrawn),
        readings=erased.readings,
        rows=erased.rows,
        system_pairings=len(erased.system_pairings),
        unclosed=list(erased.unclosed),
    )
    yes: Part = (f"{output.marks.yes} ", "good")
    due: Part = (f"{output.marks.due} ", "due")
    output.say(yes, f"Stopped: {count(len(erased.withdrawn), 'consent')} withdrawn.")
    if erased.held:
        output.say(due, "A law asks to keep the data: they stay, sealed, and nothing is done with")
        output.say("  them. They are erased once the hold is released.")
        output.following(invocation.command("privacy", "hold", "list"), lead="  ")
        return
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
    for notice in erased.notices:
        output.say(due, f"{notice.recipient_id} got data, and is to be told to delete them:")
        output.following(invocation.command("privacy", "notices", "send"), lead="  ")
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
