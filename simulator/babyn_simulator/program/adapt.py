"""What the start-up hook calls: one module after another is adapted, once it is imported."""

from __future__ import annotations

from types import ModuleType

from babyn_simulator.program.simulation import Simulation


def adapt(module: ModuleType, text: str) -> None:
    """Adapt a module to the simulation that this process runs on.

    Args:
        module: one of bleak's, or asyncio.
        text: the simulation, as the environment told it.
    """
    wanted = Simulation.parse(text)
    if module.__name__ == "asyncio":
        if wanted.time == "virtual":
            from babyn_simulator.program.event_loops import run_in_virtual_time

            run_in_virtual_time()
        return
    from babyn_simulator.program import nurseries, platform_lookup

    if not nurseries.in_use():
        nurseries.use(nurseries.Nurseries(wanted))
    platform_lookup.adapt(module)
