"""What a scenario can say of a thermometer."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from babyn_simulator.devices.settings.broadcast import BroadcastSettings
from babyn_simulator.devices.settings.measuring import MeasuringSettings
from babyn_simulator.devices.settings.table import Table

Site = Literal[
    "armpit",
    "body",
    "ear",
    "finger",
    "gastrointestinal_tract",
    "mouth",
    "rectum",
    "toe",
    "tympanum",
]


class FeverSettings(Table):
    """The table ``fever`` of a thermometer."""

    onset_minutes: float = Field(default=60.0, ge=0)
    """When it begins, after the sensor was placed."""
    peak: float = Field(default=38.9, ge=36.0, le=42.0)
    """Body temperature at its height, in degrees Celsius."""
    rise_minutes: float = Field(default=90.0, gt=0)
    """How long it takes to get there."""
    plateau_minutes: float = Field(default=180.0, ge=0)
    """How long it stays there."""
    fall_minutes: float = Field(default=240.0, gt=0)
    """How long it takes to go away."""


class ThermometerSettings(MeasuringSettings):
    """A ``[[device]]`` of kind ``thermometer``."""

    kind: Literal["thermometer"]
    local_name: str = Field(default="Thermometer", min_length=1, max_length=29)
    """Its advertised name, which is neutral by default."""
    model: str = "Thermometer patch"
    interval: float = Field(default=2.0, gt=0, le=65535)
    """Seconds between two measurements."""
    intermediate: bool = False
    """Whether it also tells values between two measurements."""
    site: Site = "armpit"
    """Where on the body it is."""
    site_in: Literal["characteristic", "measurement"] = "characteristic"
    """Where it says so."""
    timestamp: bool = True
    """Whether its measurements say when."""
    battery: float = Field(default=100.0, ge=0, le=100)
    """Percent at the start."""
    battery_days: float = Field(default=30.0, gt=0)
    """Days from full to empty."""
    baseline: float = Field(default=36.6, ge=30.0, le=42.0)
    """Mean body temperature without fever, in degrees Celsius."""
    room: float = Field(default=22.5, ge=-20.0, le=45.0)
    """What the sensor starts from, in degrees Celsius."""
    warm_up: float = Field(default=120.0, gt=0)
    """Time constant of warming up, in seconds."""
    fever: FeverSettings | None = None
    """An episode of fever."""
    broadcast: BroadcastSettings | None = None
    """How it tells everybody its readings; by default it does not."""

    @model_validator(mode="after")
    def _something_to_keep(self) -> Self:
        if self.log_capacity and not self.timestamp:
            raise ValueError("a log needs time stamps: leave out timestamp = false")
        return self
