"""What ``serve`` and ``air`` share: devices that run in real time, and controllers on loan."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import typer

from babyn_simulator import scenario as scenarios
from babyn_simulator.cli.app import FAILED, USAGE, fail, warn
from babyn_simulator.errors import BabynError, ScenarioError

if TYPE_CHECKING:
    from babyn_simulator.hci_hosts import HostEvent
    from babyn_simulator.hci_server import HciServer
    from babyn_simulator.nursery import Nursery
    from babyn_simulator.scenario import Scenario

Ready: TypeAlias = "Callable[[Nursery, Sequence[HciServer]], None]"
Told: TypeAlias = "Callable[[HciServer, HostEvent], None]"


class _CannotLendError(BabynError):
    """A transport that cannot be opened."""


def lend(
    plan: Scenario | str,
    transports: Sequence[str],
    *,
    option: str,
    role: str,
    ready: Ready,
    told: Told | None = None,
    seed: int | None = None,
    capture: Path | None = None,
) -> None:
    """Run devices and lend controllers, until the user or the system ends it.

    Args:
        plan: the scenario, or where it is.
        transports: where controllers are lent.
        option: by which option of the command line they were given.
        role: what the controllers' random numbers are drawn for.
        ready: called once everything runs.
        told: called when a host comes or goes.
        seed: instead of the scenario's.
        capture: where to write all HCI traffic.

    Raises:
        typer.Exit: it could not run; what is wrong has been said.
    """
    try:
        loaded = scenarios.load(plan)
    except ScenarioError as error:
        raise fail(str(error), USAGE) from None
    running = _lend(loaded, transports, option, role, ready, told, seed, capture)
    try:
        # Where no signal handler can be installed, Ctrl-C arrives as KeyboardInterrupt.
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(running)
    except ValueError as error:
        raise fail(str(error), USAGE) from None
    except BabynError as error:
        raise fail(str(error), FAILED) from None
    except OSError as error:
        raise fail(f"{error.filename}: {error.strerror or error}", FAILED) from None


async def _lend(
    plan: Scenario,
    transports: Sequence[str],
    option: str,
    role: str,
    ready: Ready,
    told: Told | None,
    seed: int | None,
    capture: Path | None,
) -> None:
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.hci_server import serve
    from babyn_simulator.nursery import Nursery

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        nursery = await stack.enter_async_context(Nursery.open(plan, seed=seed, capture=capture))
        servers: list[HciServer] = []
        for index, name in enumerate(transports):
            label = role if len(transports) == 1 else f"{role}{index}"
            lending = serve(
                nursery.air,
                name,
                entropy=Entropy(nursery.seed, label),
                position=(0.0, float(index)),
                label=label,
                snooper=nursery.snooper,
                told=told,
            )
            try:
                servers.append(await stack.enter_async_context(lending))
            except OSError as error:
                raise _CannotLendError(_explain(error, name, option)) from None
        _warn_of_advertisements(nursery)
        ready(nursery, servers)
        await stop.wait()


def _warn_of_advertisements(nursery: Nursery) -> None:
    from babyn_simulator.advertisement_check import warnings

    for settings in nursery.scenario.devices:
        # A beacon is somebody else's, and may advertise what it wants.
        told = () if settings.kind == "beacon" else warnings(nursery.devices[settings.name])
        for warning in told:
            warn(f"{settings.name}: {warning}")


def _explain(error: OSError, name: str, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{name} is in use; end what uses it, or choose another with {option}"
    return f"{name}: {error.strerror or error}"


def devices_of(nursery: Nursery) -> list[dict[str, Any]]:
    """Return what a machine wants to know of the devices."""
    return [
        {
            "name": settings.name,
            "kind": settings.kind,
            "local_name": settings.local_name,
            "address": nursery.devices[settings.name].address,
        }
        for settings in nursery.scenario.devices
    ]


def show_devices(nursery: Nursery) -> None:
    """Print a table of the devices."""
    from rich.console import Console
    from rich.table import Table

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
    Console(soft_wrap=True, highlight=False).print(table)


SeedOption = typer.Option(help="Instead of the scenario's.", min=0)
CaptureOption = typer.Option(
    help="Write all HCI traffic here, as btsnoop: the devices', and that of the hosts outside."
)
