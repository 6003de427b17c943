"""``babyn-sim run``: a bleak program on the devices of a scenario."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from babyn_simulator import scenario as scenarios
from babyn_simulator.cli.app import FAILED, USAGE, app, fail
from babyn_simulator.errors import ScenarioError
from babyn_simulator.program import command as commands
from babyn_simulator.program.simulation import PLAIN, Simulation


class Clock(StrEnum):
    """The clocks that a program can run by."""

    WALL = "wall"
    VIRTUAL = "virtual"


class _ProgramCommand(TyperCommand):
    """Asks for the ``--``, without which the program's options would be taken for ours."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--" not in args and "--help" not in args:
            raise fail(
                "put -- before the program, as in: babyn-sim run nursery -- python app.py", USAGE
            )
        return super().parse_args(ctx, args)


@app.command(cls=_ProgramCommand)
def run(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="A TOML file, or the name of a scenario: see 'babyn-sim list'.",
        ),
    ],
    program: Annotated[
        list[str],
        typer.Argument(
            metavar="PROGRAM",
            help="The program and its arguments, after --: python app.py, python -m module, "
            "pytest, or any other command of this Python environment.",
        ),
    ],
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's.", min=0)] = None,
    time: Annotated[
        Clock | None,
        typer.Option(
            help="Instead of the scenario's. Virtual time jumps over all waiting; a program "
            "that uses sockets, child processes or threads needs wall.",
        ),
    ] = None,
    central: Annotated[
        str, typer.Option(help="What the program's radio behaves like: see 'babyn-sim centrals'.")
    ] = PLAIN,
    position: Annotated[
        str, typer.Option(metavar="X,Y", help="Where the program's radio is, in metres.")
    ] = "0,0",
    capture: Annotated[
        Path | None, typer.Option(help="Write all HCI traffic here, as btsnoop.")
    ] = None,
) -> None:
    """Run a bleak program, unchanged, on simulated devices instead of the Bluetooth adapter."""
    try:
        plan = scenarios.load(scenario)
    except ScenarioError as error:
        raise fail(str(error), USAGE) from None
    settings: dict[str, Any] = {
        "scenario": scenario if plan.source in scenarios.packaged() else os.path.abspath(scenario),
        "seed": plan.simulation.seed if seed is None else seed,
        "time": time or plan.simulation.time,
        "central": _central(central),
        "position": _position(position),
        "capture": None if capture is None else os.path.abspath(capture),
    }
    simulation = Simulation(**settings)
    try:
        command = commands.resolve(program)
        environment = commands.with_start_up({**os.environ, **simulation.environment()})
        commands.check(command, environment)
        if capture is not None:
            _make_way(capture)
        clock = "virtual" if simulation.time == "virtual" else "wall-clock"
        like = "" if central == PLAIN else f", central {central}"
        typer.echo(f"babyn-sim: {scenario}, seed {simulation.seed}, {clock} time{like}", err=True)
        commands.execute(command, environment)
    except commands.CommandError as error:
        raise fail(str(error), error.code) from None


def _central(name: str) -> str:
    if name == PLAIN:
        return name
    from babyn_simulator.bleak_backend.profiles import profile_of

    try:
        return profile_of(name).name
    except ValueError as error:
        raise fail(str(error), USAGE) from None


def _position(text: str) -> tuple[float, float]:
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise fail(f"'{text}' is no position; it is two numbers, as in 1.5,0", USAGE) from None
    return x, y


def _make_way(capture: Path) -> None:
    """See that a capture can be written there, and remove an older one."""
    try:
        capture.open("wb").close()
        capture.unlink()
    except OSError as error:
        raise fail(f"{capture}: {error.strerror}", FAILED) from None
