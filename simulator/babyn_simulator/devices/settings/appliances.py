"""What a scenario can say of a night light, and of a bottle warmer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from babyn_simulator.devices.settings.pressed import PressedSettings


class NightLightSettings(PressedSettings):
    """A ``[[device]]`` of kind ``night_light``: it has a sound machine, too."""

    kind: Literal["night_light"]
    local_name: str = Field(default="Night light", min_length=1, max_length=29)
    """Its advertised name, which is neutral by default."""
    model: str = "Night light"
    light_minutes: float = Field(default=720.0, ge=1.0)
    """How long its light is on at most."""
    sound_minutes: float = Field(default=120.0, ge=1.0)
    """How long a sound is on at most."""
    loudest: int = Field(default=70, ge=1, le=100)
    """The volume that it allows, in percent."""


class BottleWarmerSettings(PressedSettings):
    """A ``[[device]]`` of kind ``bottle_warmer``."""

    kind: Literal["bottle_warmer"]
    local_name: str = Field(default="Bottle warmer", min_length=1, max_length=29)
    """Its advertised name, which is neutral by default."""
    model: str = "Bottle warmer"
    warm_minutes: float = Field(default=30.0, ge=1.0)
    """How long it warms at most."""
    heat_limit: float = Field(default=45.0, ge=40.0, le=60.0)
    """Its own limit, in degrees Celsius: above it switches off."""
    room: float = Field(default=21.0, ge=0.0, le=35.0)
    """What its water starts from, in degrees Celsius."""
