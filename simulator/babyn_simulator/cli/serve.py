"""``babyn-sim serve``: the devices of a scenario for other programs, in real time."""

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

if TYPE_CHECKING:
    from babyn_simulator.hci_server import HciServer
    from babyn_simulator.nursery import Nursery

DEFAULT_HCI = "tcp-server:127.0.0.1:6402"


@app.command()
def serve(
    scenario: Annotated[
        str, typer.Argument(help="A TOML file, or the name of a scenario: see 'babyn-sim list'.")
    ],
    hci: Annotated[
        str,
        typer.Option(
            help="Where to lend controllers: tcp-server:HOST:PORT (port 0 for a free one), "
            "pty:PATH, unix-server:PATH, vhci (an adapter of this Linux), or any other transport "
            "of bumble's."
        ),
    ] = DEFAULT_HCI,
    seed: Annotated[int | None, SeedOption] = None,
    capture: Annotated[Path | None, CaptureOption] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line when ready, for machines.")
    ] = False,
) -> None:
    """Run simulated devices in wall-clock time, and lend controllers to reach them by."""
    lend(
        scenario,
        [hci],
        option="--hci",
        role="hci",
        ready=_print_json if as_json else _show,
        seed=seed,
        capture=capture,
    )


def _print_json(nursery: Nursery, servers: Sequence[HciServer]) -> None:
    (server,) = servers
    ready = {
        "event": "ready",
        "scenario": nursery.scenario.source,
        "seed": nursery.seed,
        "hci": server.name,
        "port": server.port,
        "radio": server.radio,
        "devices": devices_of(nursery),
    }
    print(json.dumps(ready), flush=True)


def _show(nursery: Nursery, servers: Sequence[HciServer]) -> None:
    (server,) = servers
    show_devices(nursery)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"Lending controllers on {server.name}, seed {nursery.seed}. Try:", markup=False)
    console.print(f"  babyn --radio {server.radio} scan", markup=False)
    console.print("Ctrl-C ends it.")
