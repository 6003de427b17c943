"""Errors of the simulator. All of them descend from the project's root, ``BabynError``."""

from __future__ import annotations

from babyn_protocol.errors import BabynError

__all__ = [
    "BabynError",
    "FaultError",
    "ScenarioError",
    "ScenarioNotFoundError",
    "UnsupportedBleakError",
    "UnsupportedBumbleError",
    "VirtualTimeError",
]


class FaultError(BabynError, ValueError):
    """A fault that cannot be injected. The text names the setting and what is allowed."""


class ScenarioError(BabynError, ValueError):
    """A scenario that cannot be used. The text names the file, the key and what is allowed."""


class ScenarioNotFoundError(ScenarioError, FileNotFoundError):
    """No such scenario file, and no packaged scenario of that name."""


class UnsupportedBleakError(BabynError, RuntimeError):
    """The installed bleak chooses its backend in another way than those known here."""


class UnsupportedBumbleError(BabynError, RuntimeError):
    """The installed bumble lacks something private that the simulator stands on."""


class VirtualTimeError(BabynError, RuntimeError):
    """Something that virtual time cannot do: real sockets, or waiting for what never comes."""
