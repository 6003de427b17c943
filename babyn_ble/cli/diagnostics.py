"""``babyn diagnostics``: versions, counts and verdicts for somebody who helps. Never sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.doctor import examination_of
from babyn_ble.cli.invocation import invocation_of
from babyn_ble.cli.prompts import ask_for_word
from babyn_ble.privacy.diagnostics import bundle, write


def diagnostics(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Write it to this new file too, after showing it.")
    ] = None,
) -> None:
    """Show what could be told to somebody who helps: versions, counts, verdicts. Not sent."""
    invocation = invocation_of(context)
    output = invocation.output
    with examination_of(invocation) as (findings, register):
        shown = bundle(findings, invocation.radio_parts[0], register)
    output.emit(**shown.model_dump(mode="json"))
    output.line(shown.text().rstrip())
    if file is None:
        return
    if invocation.interactive:
        question = "This, and nothing else, is written. Type yes to write it:"
        if ask_for_word(output, question, ["yes"]) is None:
            output.say("Nothing was written.")
            return
    write(shown, file)
    output.note("Written. It is a file here, and sent to nobody.")
