"""How what is wrong with an advertisement is shown, whoever asked."""

from __future__ import annotations

from collections.abc import Iterable

from babyn_ble.cli.output import Output
from babyn_ble.discovery import Sighting
from babyn_protocol.advertisement_linter import Finding


def finding_fields(finding: Finding) -> dict[str, object]:
    """Return a finding as plain JSON types."""
    return {
        "severity": str(finding.severity),
        "code": finding.code,
        "part": str(finding.part),
        "offset": finding.offset,
        "text": finding.text,
        "source": finding.source,
    }


def warn_of_plaintext(output: Output, sighting: Sighting) -> None:
    """Say that a device broadcasts its readings in the clear, if it does."""
    if sighting.advertisement.plaintext:
        output.say(
            (f"{output.marks.due} ", "due"),
            f"{sighting.id} broadcasts its readings unencrypted: anybody in reach reads them, and "
            "anybody can send others in its place. They are not taken here; give the device a key.",
        )


def show_findings(output: Output, findings: Iterable[Finding]) -> None:
    """Say each finding, in the order given."""
    for finding in findings:
        mark = (f"{output.marks.due} {finding.severity} ", "due")
        output.say(mark, f"{finding.code}: ", finding.text)
