"""What a scenario can say of a beacon."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from babyn_simulator.devices.settings.device import DeviceSettings


class BeaconSettings(DeviceSettings):
    """A ``[[device]]`` of kind ``beacon``: somebody else's."""

    kind: Literal["beacon"]
    local_name: str = Field(default="Speaker", max_length=29)
    """Its advertised name."""
    connectable: bool = False
    """Whether a central may connect."""
