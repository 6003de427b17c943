"""What a scenario can say of each kind of device: one ``[[device]]``, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

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


class Table(BaseModel):
    """A table of a scenario: nothing in it is unknown, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, strict=True)


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


class ThermometerSettings(NurserySettings):
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


class OximeterSettings(NurserySettings):
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


class ScaleSettings(NurserySettings):
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


class DoorSettings(Table):
    """The table ``door`` of a room sensor."""

    onset_minutes: float = Field(default=20.0, ge=0)
    """When it is opened first, after the sensor was set up."""
    lasts_minutes: float = Field(default=5.0, gt=0)
    """How long it stays open."""
    every_minutes: float | None = Field(default=None, gt=0)
    """Minutes between two openings; by default it is opened once."""


class RoomSensorSettings(NurserySettings):
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


class NightLightSettings(NurserySettings):
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


class BottleWarmerSettings(NurserySettings):
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


class BeaconSettings(DeviceSettings):
    """A ``[[device]]`` of kind ``beacon``: somebody else's."""

    kind: Literal["beacon"]
    local_name: str = Field(default="Speaker", max_length=29)
    """Its advertised name."""
    connectable: bool = False
    """Whether a central may connect."""


AnyDevice: TypeAlias = (
    ThermometerSettings
    | BeaconSettings
    | OximeterSettings
    | ScaleSettings
    | RoomSensorSettings
    | NightLightSettings
    | BottleWarmerSettings
)

KINDS: Mapping[str, type[DeviceSettings]] = {
    "thermometer": ThermometerSettings,
    "beacon": BeaconSettings,
    "oximeter": OximeterSettings,
    "scale": ScaleSettings,
    "room_sensor": RoomSensorSettings,
    "night_light": NightLightSettings,
    "bottle_warmer": BottleWarmerSettings,
}
"""Every kind of device."""

TABLES: Mapping[str, type[Table]] = {
    "fever": FeverSettings,
    "desaturation": DesaturationSettings,
    "probe_off": ProbeOffSettings,
    "feeding": FeedingSettings,
    "door": DoorSettings,
}
"""Every table that a device may have inside."""
