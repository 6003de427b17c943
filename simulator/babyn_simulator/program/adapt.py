"""What the start-up hook calls: one module after another is adapted, once it is imported."""

from __future__ import annotations

import logging
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO

from babyn_simulator.program.simulation import Simulation

if TYPE_CHECKING:
    from babyn_simulator.program.nurseries import Nurseries


def adapt(module: ModuleType, text: str) -> None:
    """Adapt a module to the simulation that this process runs on.

    Args:
        module: one of bleak's, or asyncio.
        text: the simulation, as the environment told it.
    """
    simulation = Simulation.parse(text)
    if module.__name__ == "asyncio":
        if simulation.time == "virtual":
            from babyn_simulator.program import event_loops

            event_loops.use_virtual_time()
        return
    from babyn_simulator.program import nurseries, platform_lookup

    if nurseries.in_use() is None:
        nurseries.use(_nurseries(simulation))
        # What bumble logs is about the simulated side, and nothing that the program did.
        logging.getLogger("bumble").propagate = False
        logging.getLogger("bumble").addHandler(logging.NullHandler())
    platform_lookup.adapt(module)


def _nurseries(simulation: Simulation) -> Nurseries:
    from babyn_simulator.program.nurseries import Conditions, Nurseries

    name = simulation.capture
    return Nurseries(
        Conditions(
            simulation.scenario,
            seed=simulation.seed,
            time=simulation.time,
            central=simulation.central,
            position=simulation.position,
        ),
        capture=None if name is None else lambda: _new_file(Path(name)),
    )


def _new_file(first: Path) -> BinaryIO:
    """Create a file; if there is one, the next of ``name-2``, ``name-3`` and so on.

    Unbuffered: what a program that is killed has sent is in it.
    """
    path, number = first, 1
    while True:
        try:
            return path.open("xb", buffering=0)
        except FileExistsError:
            number += 1
            path = first.with_stem(f"{first.stem}-{number}")
