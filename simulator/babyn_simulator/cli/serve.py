"""``babyn-sim serve``: the devices of a scenario for other programs, in real time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from babyn_simulator import scenario as scenarios
from babyn_simulator.cli.app import FAILED, USAGE, app, fail, warn
from babyn_simulator.errors import BabynError, ScenarioError

if TYPE_CHECKING:
    from babyn_simulator.hci_server import HciServer
    from babyn_simulator.nursery import Nursery
    from babyn_simulator.scenario import Scenario

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
            "pty:PATH, unix-server:PATH, or any other transport of bumble's."
        ),
    ] = DEFAULT_HCI,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's.", min=0)] = None,
    capture: Annotated[
        Path | None, typer.Option(help="Write the devices' HCI traffic here, as btsnoop.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line when ready, for machines.")
    ] = False,
) -> None:
    """Run simulated devices in wall-clock time, and lend controllers to reach them by."""
    try:
        plan = scenarios.load(scenario)
    except ScenarioError as error:
        raise fail(str(error), USAGE) from None
    try:
        # Where no signal handler can be installed, Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(plan, hci, seed=seed, capture=capture, as_json=as_json))
    except ValueError as error:
        raise fail(str(error), USAGE) from None
    except BabynError as error:
        raise fail(str(error), FAILED) from None
    except OSError as error:
        raise fail(_explain(error, hci), FAILED) from None


def _explain(error: OSError, hci: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{hci} is in use; end what uses it, or choose another port with --hci"
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return f"cannot serve on {hci}: {error.strerror or error}"


async def _serve(
    plan: Scenario, hci: str, *, seed: int | None, capture: Path | None, as_json: bool
) -> None:
    from babyn_simulator.advertisement_check import warnings
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.hci_server import serve as lend
    from babyn_simulator.nursery import Nursery

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    async with (
        Nursery.open(plan, seed=seed, capture=capture) as nursery,
        lend(nursery.air, hci, entropy=Entropy(nursery.seed, "hci")) as server,
    ):
        for settings in plan.devices:
            # A beacon is somebody else's, and may advertise what it wants.
            told = () if settings.kind == "beacon" else warnings(nursery.devices[settings.name])
            for warning in told:
                warn(f"{settings.name}: {warning}")
        if as_json:
            print(json.dumps(_ready(nursery, server)), flush=True)
        else:
            _show(nursery, server)
        await stop.wait()


def _ready(nursery: Nursery, server: HciServer) -> dict[str, Any]:
    return {
        "event": "ready",
        "scenario": nursery.scenario.source,
        "seed": nursery.seed,
        "hci": server.name,
        "port": server.port,
        "radio": f"hci:{server.client_name}",
        "devices": [
            {
                "name": settings.name,
                "kind": settings.kind,
                "local_name": settings.local_name,
                "address": nursery.devices[settings.name].address,
            }
            for settings in nursery.scenario.devices
        ],
    }


def _show(nursery: Nursery, server: HciServer) -> None:
    console = Console(soft_wrap=True, highlight=False)
    table = Table("device", "kind", "advertises as", "address", "metres", "pairing")
    for settings in nursery.scenario.devices:
        device = nursery.devices[settings.name]
        table.add_row(
            settings.name,
            settings.kind,
            settings.local_name,
            device.address,
            f"{device.position[0]:g}",
            device.pairing.value,
        )
    console.print(table)
    console.print(f"Lending controllers on {server.name}, seed {nursery.seed}. Try:", markup=False)
    console.print(f"  babyn --radio hci:{server.client_name} scan", markup=False)
    console.print("Ctrl-C ends it.")
