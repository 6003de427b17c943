"""What a scenario can say of a room sensor."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from babyn_simulator.devices.settings.broadcast import BroadcastSettings
from babyn_simulator.devices.settings.pressed import PressedSettings
from babyn_simulator.devices.settings.table import Table


class DoorSettings(Table):
    """The table ``door`` of a room sensor."""

    onset_minutes: float = Field(default=20.0, ge=0)
    """When it is opened first, after the sensor was set up."""
    lasts_minutes: float = Field(default=5.0, gt=0)
    """How long it stays open."""
    every_minutes: float | None = Field(default=None, gt=0)
    """Minutes between two openings; by default it is opened once."""


class RoomSensorSettings(PressedSettings):
    """A ``[[device]]`` of kind ``room_sensor``."""

    kind: Literal["room_sensor"]
    local_name: str = Field(default="Room sensor", min_length=1, max_length=29)
    """Its advertised name, which is neutral by default."""
    model: str = "Room sensor"
    interval: float = Field(default=10.0, ge=1.0, le=3600.0)
    """Seconds between two measurements."""
    battery: float = Field(default=100.0, ge=0, le=100)
    """Percent at the start."""
    battery_days: float = Field(default=365.0, gt=0)
    """Days from full to empty."""
    temperature: float = Field(default=20.5, ge=5.0, le=35.0)
    """Where the heating keeps the room, in degrees Celsius."""
    humidity: float = Field(default=47.0, ge=10.0, le=90.0)
    """Relative humidity at that temperature, in percent."""
    door: DoorSettings | None = None
    """When the door is opened."""
    broadcast: BroadcastSettings | None = None
    """How it tells everybody its readings; by default it does not."""
