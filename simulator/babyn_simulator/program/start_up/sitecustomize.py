"""Loaded first by a Python that ``babyn-sim run`` has started, and by those that it starts.

It changes nothing by itself. When bleak is imported, the functions that choose its backend are
replaced; when asyncio is, its loops become virtual if the simulation asks for that. All else
stays as it is, also another ``sitecustomize`` behind this one. A process that uses neither
loads nothing of the simulator.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType

HERE = os.path.dirname(os.path.abspath(__file__))
BLEAK = (
    "bleak.backends.scanner",
    "bleak.backends.client",
    "bleak.backends.adapter",
    "bleak.backends.bluezdbus.manager",
)
SIMULATION = os.environ.get("BABYN_SIMULATION", "")
"""Read now: the program may clear its environment."""
HOOKED = (*BLEAK, "asyncio")


class AfterImport:
    """A finder that lets the simulator adapt a module as soon as it has been imported."""

    babyn_simulation = True

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the module's own spec, with a loader that calls back."""
        if name not in HOOKED:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)):
                break
        else:
            return None
        if (loader := spec.loader) is None:
            return None
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            adapt(module)

        vars(loader)["exec_module"] = exec_module
        return spec


def adapt(module: ModuleType) -> None:
    """Hand a module to the simulator; without one, bleak cannot be imported."""
    try:
        start_up = importlib.import_module("babyn_simulator.program.adapt")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "babyn_simulator":
            raise
        start_up = None
    if start_up is not None and SIMULATION:
        start_up.adapt(module, SIMULATION)
    elif module.__name__ in BLEAK:
        raise ImportError(
            "this process was started under babyn-sim run, and would use the real Bluetooth "
            "adapter: it has another Python, or another environment, than babyn-sim has given it"
        )


def load_the_next() -> None:
    """Load the ``sitecustomize`` that would have been loaded without this one."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


sys.meta_path.insert(0, AfterImport())
for name in HOOKED:
    if name in sys.modules:  # something that starts even earlier has imported it
        adapt(sys.modules[name])
load_the_next()
