"""What a scenario can say of a scale."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from babyn_simulator.devices.settings.measuring import MeasuringSettings
from babyn_simulator.devices.settings.pressed import PressedSettings
from babyn_simulator.devices.settings.table import Table


class FeedingSettings(Table):
    """The table ``feeding`` of a scale."""

    onset_minutes: float = Field(default=10.0, ge=1.0)
    """When the first feed begins, after the scale was set up."""
    every_minutes: float = Field(default=180.0, ge=4.0)
    """Minutes between the beginnings of two feeds."""
    lasts_minutes: float = Field(default=15.0, gt=0)
    """Mean length of a feed; none takes more than half of the time until the next."""
    intake_grams: float = Field(default=90.0, gt=0, le=400.0)
    """Mean intake of a feed."""


class ScaleSettings(MeasuringSettings, PressedSettings):
    """A ``[[device]]`` of kind ``scale``: an infant scale."""

    kind: Literal["scale"]
    local_name: str = Field(default="Scale", min_length=1, max_length=29)
    """Its advertised name, which is neutral by default."""
    model: str = "Infant scale"
    interval: float = Field(default=3600.0, ge=15.0)
    """Seconds between two weighings, beside those before and after a feed."""
    timestamp: bool = True
    """Whether its measurements say when."""
    battery: float = Field(default=100.0, ge=0, le=100)
    """Percent at the start."""
    battery_days: float = Field(default=180.0, gt=0)
    """Days from full to empty."""
    weight: float = Field(default=4.2, ge=0.5, le=15.0)
    """What the child weighs at first, in kilograms."""
    towel: float = Field(default=0.0, ge=0.0, le=2.0)
    """What lies on the scale besides, in kilograms, until its button is pressed."""
    feeding: FeedingSettings | None = None
    """When the child is fed."""

    @model_validator(mode="after")
    def _something_to_keep(self) -> Self:
        if self.log_capacity and not self.timestamp:
            raise ValueError("a log needs time stamps: leave out timestamp = false")
        return self
