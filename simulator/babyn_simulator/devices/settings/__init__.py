"""What a scenario can say of each kind of device: one ``[[device]]``, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from babyn_simulator.devices.settings.appliances import BottleWarmerSettings, NightLightSettings
from babyn_simulator.devices.settings.beacon import BeaconSettings
from babyn_simulator.devices.settings.custom import (
    AdvertisementSettings,
    CharacteristicSettings,
    CustomSettings,
    ServiceSettings,
)
from babyn_simulator.devices.settings.device import DeviceSettings
from babyn_simulator.devices.settings.oximeter import (
    DesaturationSettings,
    OximeterSettings,
    ProbeOffSettings,
)
from babyn_simulator.devices.settings.pressed import PressSettings
from babyn_simulator.devices.settings.room_sensor import DoorSettings, RoomSensorSettings
from babyn_simulator.devices.settings.scale import FeedingSettings, ScaleSettings
from babyn_simulator.devices.settings.table import Table
from babyn_simulator.devices.settings.thermometer import FeverSettings, ThermometerSettings

AnyNurseryDevice: TypeAlias = (
    ThermometerSettings
    | OximeterSettings
    | ScaleSettings
    | RoomSensorSettings
    | NightLightSettings
    | BottleWarmerSettings
)

AnyDevice: TypeAlias = AnyNurseryDevice | BeaconSettings | CustomSettings

KINDS: Mapping[str, type[DeviceSettings]] = {
    "thermometer": ThermometerSettings,
    "beacon": BeaconSettings,
    "oximeter": OximeterSettings,
    "scale": ScaleSettings,
    "room_sensor": RoomSensorSettings,
    "night_light": NightLightSettings,
    "bottle_warmer": BottleWarmerSettings,
    "custom": CustomSettings,
}
"""Every kind of device."""

TABLES: Mapping[str, type[Table]] = {
    "fever": FeverSettings,
    "desaturation": DesaturationSettings,
    "probe_off": ProbeOffSettings,
    "feeding": FeedingSettings,
    "door": DoorSettings,
    "press": PressSettings,
    "advertisement": AdvertisementSettings,
    "service": ServiceSettings,
    "characteristic": CharacteristicSettings,
}
"""Every table that a device, or a table of one, may have inside."""
