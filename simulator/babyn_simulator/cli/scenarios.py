"""``babyn-sim list``: the scenarios that come with the simulator."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from babyn_simulator import scenario as scenarios
from babyn_simulator.cli.app import app


@app.command("list")
def list_scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the scenarios that come with the simulator."""
    found = scenarios.packaged()
    if as_json:
        for name, scenario in found.items():
            devices = [device.name for device in scenario.devices]
            print(
                json.dumps({"name": name, "title": scenario.simulation.title, "devices": devices})
            )
        return
    table = Table("scenario", "devices", "about")
    for name, scenario in found.items():
        kinds = ", ".join(f"{device.name} ({device.kind})" for device in scenario.devices)
        table.add_row(name, kinds, scenario.simulation.title)
    Console().print(table)
