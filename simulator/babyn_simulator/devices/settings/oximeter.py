"""What a scenario can say of an oximeter."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from babyn_simulator.devices.settings.measuring import MeasuringSettings
from babyn_simulator.devices.settings.pressed import PressedSettings
from babyn_simulator.devices.settings.table import Table


class DesaturationSettings(Table):
    """The table ``desaturation`` of an oximeter."""

    onset_minutes: float = Field(default=30.0, ge=0)
    """When it begins, after the sock was put on."""
    nadir: float = Field(default=84.0, ge=50.0, le=100.0)
    """The lowest saturation, in percent."""
    fall_seconds: float = Field(default=20.0, gt=0)
    """How long it takes to get there."""
    plateau_seconds: float = Field(default=20.0, ge=0)
    """How long it stays there."""
    recovery_seconds: float = Field(default=30.0, gt=0)
    """How long it takes to go away."""


class ProbeOffSettings(Table):
    """The table ``probe_off`` of an oximeter."""

    onset_minutes: float = Field(default=60.0, ge=0)
    """When it comes off, after it was put on."""
    lasts_minutes: float = Field(default=2.0, gt=0)
    """How long it stays off."""


class OximeterSettings(MeasuringSettings, PressedSettings):
    """A ``[[device]]`` of kind ``oximeter``: a sock."""

    kind: Literal["oximeter"]
    local_name: str = Field(default="Oximeter", min_length=1, max_length=29)
    """Its advertised name, which is neutral by default."""
    model: str = "Oximeter sock"
    interval: float = Field(default=1.0, ge=0.1, le=60)
    """Seconds between two continuous measurements."""
    spot_check_minutes: float | None = Field(default=None, gt=0)
    """Minutes between two spot checks; by default it makes none."""
    battery: float = Field(default=100.0, ge=0, le=100)
    """Percent at the start."""
    battery_days: float = Field(default=3.0, gt=0)
    """Days from full to empty."""
    saturation: float = Field(default=97.5, ge=70.0, le=100.0)
    """Mean oxygen saturation without an episode, in percent."""
    pulse: float = Field(default=124.0, ge=60.0, le=220.0)
    """Mean pulse rate, in beats per minute."""
    settling: float = Field(default=10.0, ge=0)
    """Seconds that it needs for its first value."""
    motion_every_minutes: float = Field(default=4.0, ge=0)
    """Mean minutes between two movements of the foot; 0: it lies still."""
    desaturation: DesaturationSettings | None = None
    """An episode of low oxygen saturation."""
    probe_off: ProbeOffSettings | None = None
    """A time in which it is not on the foot."""

    @model_validator(mode="after")
    def _something_to_keep(self) -> Self:
        if self.log_capacity and self.spot_check_minutes is None:
            raise ValueError("a log keeps spot checks: say spot_check_minutes")
        return self
