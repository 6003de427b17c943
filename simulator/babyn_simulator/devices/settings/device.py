"""What a scenario can say of any device."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from babyn_simulator.devices.settings.table import Table


class DeviceSettings(Table):
    """What every ``[[device]]`` has."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    """What the scenario calls it. Nobody on the air learns it."""
    address: str | None = Field(default=None, pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(/P)?$")
    """Its address, with ``/P`` after it if it is public; by default one from the seed."""
    distance: float | None = Field(default=None, ge=0)
    """How far it is from the central, in metres."""
    position: tuple[float, float] | None = Field(default=None, strict=False)
    """Or where it is, in metres; the central is at [0, 0]."""
    advertising_interval: float = Field(default=100.0, ge=20.0, le=10240.0)
    """Milliseconds between two advertisements."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.distance is not None and self.position is not None:
            raise ValueError("a device has either a distance or a position, not both")
        return self

    @property
    def place(self) -> tuple[float, float]:
        """Where it is, in metres."""
        if self.position is not None:
            return self.position
        return (1.5 if self.distance is None else self.distance, 0.0)


class NurserySettings(DeviceSettings):
    """What every device of a nursery has."""

    serial: str | None = Field(default=None, min_length=1, max_length=64)
    """Its serial number; by default one from the seed."""
    manufacturer: str = "BabyN Simulator"
    firmware: str = "1.0.0"
    pairing: Literal["none", "required", "reject"] = "required"
    """What it asks for before it tells a value."""
