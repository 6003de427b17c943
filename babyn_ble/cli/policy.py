"""``babyn policy``: the versions of the privacy policy, and what changes between them."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.running import opened
from babyn_ble.companion import Companion
from babyn_ble.privacy import policy
from babyn_ble.privacy.policy import PolicyText, PolicyVersion

SHORTEST = 6
"""Digits of a hash that name a version, at least."""

_Version = Annotated[
    str, typer.Argument(help=f"SHA-256 of a version, or its first digits ({SHORTEST} at least).")
]


def build() -> typer.Typer:
    """Return the commands of ``babyn policy``."""
    app = typer.Typer(help="The privacy policy's versions, and what changes between them.")
    app.command("list")(list_)
    app.command()(show)
    app.command()(diff)
    app.command()(add)
    return app


def list_(context: typer.Context) -> None:
    """List the versions that are archived, the oldest first. None is ever deleted."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        known = companion.consent.policies.versions
        present = companion.consent.policy
        now = companion.consent.clock.now()
    for version in known:
        in_force = version.in_force(now)
        output.emit(**_fields(version), present=version == present, in_force=in_force)
        if version == present:
            mark, state = (output.marks.yes, "good"), "in force"
        else:
            mark = (output.marks.point, "quiet")
            state = "archived" if in_force else f"in force from {version.effective_date} on"
        output.line(mark, (f" {version.sha256[:12]}  ", "what"), f"{version.title}, {state}")
        output.line(f"    updated {version.update_date}, effective {version.effective_date}")
        output.line((f"    changes: {_changes(version)}", "quiet"))


def show(
    context: typer.Context,
    version: _Version,
    text: Annotated[
        Path | None, typer.Option(help="Its text as published, to see the lines themselves.")
    ] = None,
) -> None:
    """Show one version: what is known of it, and its clauses in our words."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        found = _find(invocation, companion, version)
    full = None if text is None else _load(text, found, "--text")
    output.emit(
        **found.model_dump(mode="json"), text=None if full is None else full.text.split("\n")
    )
    for name, value in _fields(found).items():
        told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        output.line((f"{name.replace('_', ' ')}: ", "what"), told or output.marks.dash)
    for clause in found.clauses:
        output.say((f"{clause.lines:<10}", "what"), clause.rule)
        for line in () if full is None else full.lines(clause.first, clause.last):
            output.say((f"          {line}", "quiet"))


def diff(
    context: typer.Context,
    older: _Version,
    newer: _Version,
    older_text: Annotated[Path | None, typer.Option(help="The older one's text.")] = None,
    newer_text: Annotated[Path | None, typer.Option(help="The newer one's text.")] = None,
) -> None:
    """Show what changes between two versions; with both texts, the lines too."""
    invocation = invocation_of(context)
    output = invocation.output
    if (older_text is None) != (newer_text is None):
        raise UsageError("For the lines, both texts are needed: --older-text and --newer-text")
    with opened(invocation) as companion:
        before = _find(invocation, companion, older)
        after = _find(invocation, companion, newer)
    old, new = _told(before), _told(after)
    if older_text is not None and newer_text is not None:
        old += _load(older_text, before, "--older-text").text.split("\n")
        new += _load(newer_text, after, "--newer-text").text.split("\n")
    lines = [
        line
        for line in difflib.unified_diff(old, new, lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]
    output.emit(older=before.sha256, newer=after.sha256, lines=lines)
    for line in lines:
        output.line((line, "good" if line.startswith("+") else "bad"))
    if not lines:
        output.say("They are the same.")


def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What is to be known of it: a TOML file.")],
) -> None:
    """Archive a newer version. A material change in it ends every consent until it is renewed."""
    invocation = invocation_of(context)
    output = invocation.output
    try:
        version = policy.parse(file.read_bytes())
    except OSError:
        raise UsageError("that file cannot be read; give the path of a TOML file") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    with opened(invocation) as companion:
        companion.consent.add_policy(version)
        in_force = version.in_force(companion.consent.clock.now())
    output.emit(**_fields(version), in_force=in_force)
    output.say((f"{output.marks.yes} ", "good"), f"Archived: {version.sha256[:12]}.")
    if version.changes:
        when = "now" if in_force else f"from {version.effective_date} on"
        output.say(
            (f"{output.marks.due} ", "due"),
            f"It changes something that matters ({_changes(version)}): {when}, every consent "
            "has to be renewed, and until then nothing is done under it.",
        )
        output.following(invocation.command("consent", "review"))
    else:
        output.say("It changes nothing that matters: what was agreed to stands.")


def _fields(version: PolicyVersion) -> dict[str, object]:
    return version.model_dump(mode="json", exclude={"clauses", "cites"})


def _changes(version: PolicyVersion) -> str:
    return ", ".join(change.value.replace("_", " ") for change in version.changes) or "none"


def _told(version: PolicyVersion) -> list[str]:
    fields = [f"{name}: {value}" for name, value in _fields(version).items()]
    return [*fields, *(f"{clause.lines}: {clause.rule}" for clause in version.clauses)]


def _find(invocation: Invocation, companion: Companion, digits: str) -> PolicyVersion:
    known = companion.consent.policies.versions
    found = [version for version in known if version.sha256.startswith(digits.lower())]
    if len(digits) < SHORTEST or len(found) != 1:
        raise UsageError(
            f"'{digits}' names no archived version of the policy",
            next_command=invocation.command("policy", "list"),
        )
    return found[0]


def _load(path: Path, version: PolicyVersion, option: str) -> PolicyText:
    try:
        return policy.load(path, version)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
