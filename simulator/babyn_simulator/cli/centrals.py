"""``babyn-sim centrals``: the central profiles, and what each does differently."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from babyn_simulator.cli.app import USAGE, app, fail


@app.command("centrals")
def list_centrals(
    profile: Annotated[
        str | None, typer.Argument(help="One profile, with all its differences.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="All differences, as the profiles' README has them.")
    ] = False,
) -> None:
    """List the central profiles: how BlueZ, Windows, macOS or a proxy treat a program."""
    # Here, and not above: bleak and bumble are slow to import, and no other list needs them.
    from babyn_simulator.bleak_backend.profiles import PROFILES, profile_of
    from babyn_simulator.bleak_backend.profiles.listing import markdown, text_of

    try:
        chosen = list(PROFILES.values()) if profile is None else [profile_of(profile)]
    except ValueError as error:
        raise fail(str(error), USAGE) from None
    if as_markdown:
        print(markdown(), end="")
    elif as_json:
        for item in chosen:
            for difference in item.differences():
                line = {
                    "profile": item.name,
                    "setting": difference.setting,
                    "value": text_of(difference.value),
                    "about": difference.about,
                    "source": difference.source,
                }
                print(json.dumps(line))
    elif profile is None:
        table = Table("profile", "does differently")
        for item in chosen:
            table.add_row(item.name, ", ".join(d.setting for d in item.differences()) or "nothing")
        Console().print(table)
    else:
        table = Table()
        for heading in ("setting", "here", "what it means", "what it reproduces"):
            table.add_column(heading, overflow="fold")
        for difference in chosen[0].differences():
            about, source = difference.about, difference.source
            table.add_row(difference.setting, text_of(difference.value), about, source)
        Console().print(table)
