"""Where bleak looks for the backend of its platform, it finds the simulated one.

bleak asks three functions, one in each of its modules below, when a scanner, a client or an
adapter is made without ``backend=``. They are replaced as soon as their module is imported,
before anybody can take a copy; while no simulation is in use, they answer as before. The
classes ``BleakScanner`` and ``BleakClient`` stay what they are: others put their own in the
place of these names while a program runs.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from babyn_simulator.errors import UnsupportedBleakError

BACKEND_ID = "babyn_simulator"
"""What ``BleakScanner.backend_id`` says, unless the central behaves like one of bleak's own."""

BACKENDS_OF_BLEAK = {
    "bluez": "bluez_dbus",
    "bluez-headless": "bluez_dbus",
    "winrt": "win_rt",
    "corebluetooth": "core_bluetooth",
}
"""What it says then, by the central profile: a program may choose its ways by it."""

LOOKUPS = {
    "bleak.backends.scanner": "get_platform_scanner_backend_type",
    "bleak.backends.client": "get_platform_client_backend_type",
    "bleak.backends.adapter": "get_platform_adapter_backend_type",  # since bleak 3.1
}
"""The function of each module that returns a backend class and its identifier."""

BLUEZ = {"bleak.backends.bluezdbus.manager": "get_global_bluez_manager"}
"""Where other libraries reach the system's Bluetooth service, past bleak's own classes."""

FUNCTIONS = {**LOOKUPS, **BLUEZ}

_replacements: list[object] = []


def adapt(module: ModuleType) -> None:
    """Replace the function of one of bleak's modules.

    Raises:
        UnsupportedBleakError: this bleak chooses its backend in another way.
    """
    name = FUNCTIONS[module.__name__]
    original = vars(module).get(name)
    if original in _replacements:
        return
    if not callable(original):
        raise UnsupportedBleakError(
            f"bleak has changed: its {module.__name__} has no {name}() any more, so no program "
            "can be put on a simulated radio; install a bleak version that this package asks for"
        )
    replace = _without_bluez if module.__name__ in BLUEZ else _look_up_in(module.__name__)
    replacement = functools.wraps(original)(replace(original))
    _replacements.append(replacement)
    for holder in [module, *list(sys.modules.values())]:  # copies, if it comes late
        if vars(holder).get(name) is original:
            setattr(holder, name, replacement)


def install() -> None:
    """Replace all of them now, in a process that may have imported bleak already."""
    for name in FUNCTIONS if sys.platform == "linux" else LOOKUPS:
        with contextlib.suppress(ModuleNotFoundError):  # bleak 3.0 has no adapters
            adapt(importlib.import_module(name))


def _look_up_in(module: str) -> Callable[[Any], Callable[[], Any]]:
    def replace(original: Callable[[], Any]) -> Callable[[], Any]:
        def look_up() -> Any:
            from babyn_simulator.program import nurseries

            simulated = nurseries.in_use()
            if simulated is None:
                return original()
            return _simulated(module), _identifier(simulated.conditions.central)

        return look_up

    return replace


def _without_bluez(original: Callable[[], Any]) -> Callable[[], Any]:
    async def refuse() -> Any:
        from babyn_simulator.program import nurseries

        if nurseries.in_use() is None:
            return await original()
        # What a system without D-Bus answers: libraries go on without BlueZ then.
        raise FileNotFoundError(errno.ENOENT, "there is no D-Bus on a simulated platform")

    return refuse


def _identifier(central: str) -> str:
    from bleak.backends import BleakBackend

    own = BACKENDS_OF_BLEAK.get(central)
    return BACKEND_ID if own is None else BleakBackend(own)


def _simulated(module: str) -> type:
    if module == "bleak.backends.adapter":
        from babyn_simulator.program.platform_adapter import SimulatedAdapter

        return SimulatedAdapter
    from babyn_simulator.program.platform_backend import SimulatedClient, SimulatedScanner

    return SimulatedScanner if module == "bleak.backends.scanner" else SimulatedClient
