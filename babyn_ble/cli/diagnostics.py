"""``babyn diagnostics``: versions, counts and verdicts for somebody who helps. Never sent.

To look at it takes no consent: it is about this machine, and stays on its screen. A file of it
is made to be handed on, so the gate is asked for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.doctor import examination_of
from babyn_ble.cli.invocation import invocation_of
from babyn_ble.cli.prompts import ask_for_word
from babyn_ble.companion import Companion
from babyn_ble.errors import NotSetUpError, StoreError
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.diagnostics import bundle, write
from babyn_ble.privacy.doctor import Finding, Verdict


def diagnostics(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Write it to this new file too, after showing it.")
    ] = None,
) -> None:
    """Show what could be told to somebody who helps: versions, counts, verdicts. Not sent."""
    invocation = invocation_of(context)
    output = invocation.output
    with examination_of(invocation) as (findings, companion):
        if file is not None:
            _require_consent(companion, findings)
        register = None if companion is None else companion.consent
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
            _require_consent(companion, findings)  # the answer may have taken its time
        write(shown, file)
    output.note("Written. It is a file here, and sent to nobody.")


def _require_consent(companion: Companion | None, findings: Sequence[Finding]) -> None:
    """Ask the gate whether a file may be made.

    Raises:
        ConsentRequiredError, NotSetUpError, StoreError: it may not.
    """
    if companion is None:
        broken = any(each.verdict is Verdict.BAD for each in findings)
        raise (StoreError if broken else NotSetUpError)(
            "No store that opens says who may consent to a file, so none was written; without "
            "one, it is shown all the same"
        )
    companion.require(Act.DIAGNOSE)
