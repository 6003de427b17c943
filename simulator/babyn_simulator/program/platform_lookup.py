"""Where bleak looks for the backend of its platform, it finds the simulated one.

bleak asks three functions, one in each of its modules below, when a scanner, a client or an
adapter is made without ``backend=``. They are replaced as soon as their module is imported,
before anybody can take a copy; while no simulation is in use, they answer as before. The
classes ``BleakScanner`` and ``BleakClient`` stay what they are: others put their own in the
place of these names while a program runs.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
from types import ModuleType
from typing import Any, cast

from babyn_simulator.errors import UnsupportedBleakError

BACKEND_ID = "babyn_simulator"
"""What ``BleakScanner.backend_id`` says."""

LOOKUPS = {
    "bleak.backends.scanner": "get_platform_scanner_backend_type",
    "bleak.backends.client": "get_platform_client_backend_type",
    "bleak.backends.adapter": "get_platform_adapter_backend_type",  # since bleak 3.1
}
"""The function of each module that returns a backend class and its identifier."""

_replacements: list[object] = []


def adapt(module: ModuleType) -> None:
    """Replace the function of one of bleak's modules.

    Raises:
        UnsupportedBleakError: this bleak chooses its backend in another way.
    """
    name = LOOKUPS[module.__name__]
    original = vars(module).get(name)
    if original in _replacements:
        return
    if not callable(original):
        raise UnsupportedBleakError(
            f"bleak has changed: its {module.__name__} has no {name}() any more, so no program "
            "can be put on a simulated radio; install a bleak version that this package asks for"
        )

    @functools.wraps(original)
    def look_up() -> tuple[type, Any]:
        from babyn_simulator.program import nurseries

        if nurseries.in_use() is None:
            return cast("tuple[type, Any]", original())
        return _simulated(module.__name__), BACKEND_ID

    _replacements.append(look_up)
    for holder in [module, *list(sys.modules.values())]:  # copies, if it comes late
        if vars(holder).get(name) is original:
            setattr(holder, name, look_up)


def install() -> None:
    """Replace all of them now, in a process that may have imported bleak already."""
    for name in LOOKUPS:
        with contextlib.suppress(ModuleNotFoundError):  # bleak 3.0 has no adapters
            adapt(importlib.import_module(name))


def _simulated(module: str) -> type:
    if module == "bleak.backends.adapter":
        from babyn_simulator.program.platform_adapter import SimulatedAdapter

        return SimulatedAdapter
    from babyn_simulator.program.platform_backend import SimulatedClient, SimulatedScanner

    return SimulatedScanner if module == "bleak.backends.scanner" else SimulatedClient
