"""``babyn-sim faults``: what can go wrong, how it is set, and what it reproduces."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from babyn_simulator.cli.app import app
from babyn_simulator.faults.catalogue import Setting, catalogue


@app.command("faults")
def list_faults(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the kinds of fault, with their settings and what each reproduces."""
    kinds = catalogue()
    if as_json:
        for kind in kinds:
            described = asdict(kind)
            described["settings"] = [*described["settings"], *described.pop("common")]
            print(json.dumps(described))
        return
    console = Console(highlight=False)
    common: dict[str, Setting] = {}
    for kind in kinds:
        console.print(f"[bold]{kind.name}[/]  {kind.about}")
        console.print(f"    {kind.reproduces}", markup=False, style="dim")
        _show(console, kind.settings)
        common |= {setting.name: setting for setting in kind.common}
    console.print("\n[bold]all[/]  What every kind can be told; some not all of it.")
    _show(console, common.values())


def _show(console: Console, settings: Iterable[Setting]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    for setting in settings:
        default = "" if setting.default is None else f"default {setting.default}"
        table.add_row(
            "   ", setting.name, setting.about, "required" if setting.required else default
        )
    if table.row_count:
        console.print(table)
