"""``babyn-sim air``: controllers for host stacks outside, among the devices of a scenario."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from babyn_simulator.cli.app import app
from babyn_simulator.cli.lending import (
    CaptureOption,
    SeedOption,
    devices_of,
    lend,
    show_devices,
)
from babyn_simulator.cli.other_stacks import commands_for
from babyn_simulator.scenario import Scenario, SimulationSettings

if TYPE_CHECKING:
    from babyn_simulator.hci_hosts import HostEvent
    from babyn_simulator.hci_server import HciServer
    from babyn_simulator.nursery import Nursery

_NO_DEVICES = Scenario("", SimulationSettings(), ())


@app.command()
def air(
    scenario: Annotated[
        str | None,
        typer.Argument(help="Devices on the same air: a TOML file, or a name. None by default."),
    ] = None,
    *,
    attach: Annotated[
        list[str],
        typer.Option(
            help="Where a host stack finds its controller: tcp-server:HOST:PORT (port 0 for a "
            "free one), unix-server:PATH or pty:PATH, in H4 framing. May be given many times.",
        ),
    ],
    seed: Annotated[int | None, SeedOption] = None,
    capture: Annotated[Path | None, CaptureOption] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print JSON lines, for machines: when ready, and of hosts."),
    ] = False,
) -> None:
    """Lend virtual controllers to any host stacks: firmware is one more device of the nursery."""
    lend(
        _NO_DEVICES if scenario is None else scenario,
        attach,
        option="--attach",
        role="attach",
        ready=_print_json if as_json else _show,
        told=_tell_json if as_json else _tell,
        seed=seed,
        capture=capture,
    )


def _print_json(nursery: Nursery, servers: Sequence[HciServer]) -> None:
    ready = {
        "event": "ready",
        "scenario": nursery.scenario.source or None,
        "seed": nursery.seed,
        "attachments": [
            {
                "hci": server.name,
                "port": server.port,
                "radio": server.radio,
                "commands": dict(commands_for(server)),
            }
            for server in servers
        ],
        "devices": devices_of(nursery),
    }
    print(json.dumps(ready), flush=True)


def _show(nursery: Nursery, servers: Sequence[HciServer]) -> None:
    if nursery.devices:
        show_devices(nursery)
    console = Console(soft_wrap=True, highlight=False)
    for server in servers:
        console.print(f"Lending controllers on {server.name}, by H4:", markup=False)
        for stack, command in commands_for(server):
            console.print(f"  {stack + ':':20} {command}", markup=False)
    console.print(f"Seed {nursery.seed}. Ctrl-C ends it.")


def _tell_json(server: HciServer, event: HostEvent) -> None:
    print(json.dumps({"event": event.value, "hci": server.name}), flush=True)


def _tell(server: HciServer, event: HostEvent) -> None:
    print(f"{server.name}: {event.words}", flush=True)
