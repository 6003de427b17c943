"""Simulated nursery devices on a virtual Bluetooth LE radio, in virtual time or in real time.

The front doors are :class:`Nursery` (the devices of a scenario), :class:`Peripheral` (a device
of one's own) and ``babyn-sim`` (the command line). Importing this package loads none of them;
each name here is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babyn_simulator.advertisement import Advertisement
    from babyn_simulator.capture import BtsnoopWriter, HciDigest
    from babyn_simulator.clock import VirtualTimeLoop, run
    from babyn_simulator.controller import VirtualController
    from babyn_simulator.devices.open_profile.thermometer import Thermometer
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.errors import (
        BabynError,
        FaultError,
        ScenarioError,
        ScenarioNotFoundError,
        UnsupportedBleakError,
        UnsupportedBumbleError,
        VirtualTimeError,
    )
    from babyn_simulator.faults import Fault, Injection, fault
    from babyn_simulator.nursery import Nursery, NurseryRadio
    from babyn_simulator.peripheral import Peripheral
    from babyn_simulator.radio import Air, PacketLoss, PathLoss
    from babyn_simulator.scenario import Scenario, load
    from babyn_simulator.security import Pairing
    from babyn_simulator.services import Characteristic, RequestRefusedError, Service

__all__ = [
    "Advertisement",
    "Air",
    "BabynError",
    "BtsnoopWriter",
    "Characteristic",
    "Entropy",
    "Fault",
    "FaultError",
    "HciDigest",
    "Injection",
    "Nursery",
    "NurseryRadio",
    "PacketLoss",
    "Pairing",
    "PathLoss",
    "Peripheral",
    "RequestRefusedError",
    "Scenario",
    "ScenarioError",
    "ScenarioNotFoundError",
    "Service",
    "Thermometer",
    "UnsupportedBleakError",
    "UnsupportedBumbleError",
    "VirtualController",
    "VirtualTimeError",
    "VirtualTimeLoop",
    "fault",
    "load",
    "run",
]

_MODULES = {
    "Advertisement": "advertisement",
    "Air": "radio",
    "BabynError": "errors",
    "BtsnoopWriter": "capture",
    "Characteristic": "services",
    "Entropy": "entropy",
    "Fault": "faults",
    "FaultError": "errors",
    "HciDigest": "capture",
    "Injection": "faults",
    "Nursery": "nursery",
    "NurseryRadio": "nursery",
    "PacketLoss": "radio",
    "Pairing": "security",
    "PathLoss": "radio",
    "Peripheral": "peripheral",
    "RequestRefusedError": "services",
    "Scenario": "scenario",
    "ScenarioError": "errors",
    "ScenarioNotFoundError": "errors",
    "Service": "services",
    "Thermometer": "devices.open_profile.thermometer",
    "UnsupportedBleakError": "errors",
    "UnsupportedBumbleError": "errors",
    "VirtualController": "controller",
    "VirtualTimeError": "errors",
    "VirtualTimeLoop": "clock",
    "fault": "faults",
    "load": "scenario",
    "run": "clock",
}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
