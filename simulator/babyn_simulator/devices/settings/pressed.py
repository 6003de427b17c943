"""What a scenario can say of the buttons of a device."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from babyn_simulator.devices.settings.device import NurserySettings
from babyn_simulator.devices.settings.table import Table


class PressSettings(Table):
    """A table ``[[device.press]]``: somebody presses a button."""

    at_minutes: float = Field(ge=0)
    """When, after the device was first powered on."""
    button: int = Field(default=1, ge=1, le=255)
    """Which one."""
    how: Literal["press", "double_press", "long_press"] = "press"
    """How."""


class PressedSettings(NurserySettings):
    """What every device has with buttons."""

    press: tuple[PressSettings, ...] = Field(default=(), strict=False)
    """When somebody presses one of them."""
