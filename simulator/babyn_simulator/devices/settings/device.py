"""What a scenario can say of any device."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from babyn_simulator.devices.settings.table import Table


class DeviceSettings(Table):
    """What every ``[[device]]`` has."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    """What the scenario calls it. Nobody on the air learns it."""
    address: str | None = Field(default=None, pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(/P)?$")
    """Its address, with ``/P`` after it if it is public; by default one from the seed."""
    address_type: Literal["public", "static", "private"] | None = None
    """What kind of address it shows; by default that one. A private one changes, and bonded
    centrals know the device all the same; a beacon's is not resolvable."""
    rotation_minutes: float = Field(default=15.0, gt=0, le=60.0)
    """How long it keeps a private address."""
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

    @model_validator(mode="after")
    def _one_kind_of_address(self) -> Self:
        if self.address is None or self.address_type in (None, "private"):
            return self
        if self.address.endswith("/P") is not (self.address_type == "public"):
            raise ValueError("a public address ends in /P, and no other does")
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
    profile: Literal["open", "link", "broadcast"] = "open"
    """How it is told: so far by the services of the open profile."""

    @field_validator("profile")
    @classmethod
    def _built(cls, profile: str) -> str:
        if profile != "open":
            raise ValueError(f"the profile '{profile}' is not built yet; allowed so far: 'open'")
        return profile
