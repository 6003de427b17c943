"""``babyn consent export``: every decision, in a form that others can read."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.consent_files import write_private
from babyn_ble.cli.invocation import invocation_of
from babyn_ble.cli.running import opened
from babyn_ble.cli.wording import count
from babyn_ble.privacy.dpv import to_dpv


class Format(StrEnum):
    """How consent records are written."""

    DPV = "dpv"


def export(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Argument(help="A new file; without one, the records are printed.")
    ] = None,
    format_: Annotated[
        Format,
        typer.Option("--format", help="dpv: JSON-LD, W3C Data Privacy Vocabulary, ISO TS 27560."),
    ] = Format.DPV,
) -> None:
    """Write down every decision, for yourself or for who asks you to prove it."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        subject = companion.subject
        records = companion.consent.history(subject.subject_id)
    document = to_dpv(
        records, kind=subject.kind, parties=(subject.controller, subject.consenting_party)
    )
    if out is None:
        output.emit(format=format_.value, **document)
        output.line(json.dumps(document, indent=2, ensure_ascii=False))
        return
    write_private(out, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
    output.emit(format=format_.value, file=str(out), decisions=len(records))
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"{count(len(records), 'decision')} written to {out}. It holds your names; keep it to you.",
    )
