"""Every object of BTHome v2, as data: id, name, layout, factor, unit.

A constant is an :class:`ObjectType` of the exact type of its value, and makes objects::

    TEMPERATURE(Decimal("25.06"))

Where BTHome has several ids for one name, the constants tell them apart by their step.

BTHome v2 - BTHome format - §Supported data types
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from babyn_protocol.bthome.events import button, command, dimmer, light_level
from babyn_protocol.bthome.object_type import (
    Kind,
    LengthByte,
    ObjectType,
    binary_sensor,
    moment,
    row,
    sensor,
    version,
)
from babyn_protocol.layout import octets, utf8
from babyn_protocol.numbers import (
    sint8,
    sint16,
    sint32,
    uint8,
    uint16,
    uint24,
    uint32,
)

PACKET_ID: Final = row(0x00, "packet id", Kind.MISCELLANEOUS, uint8)

BATTERY: Final = sensor(0x01, "battery", uint8, "1", "%")
TEMPERATURE: Final = sensor(0x02, "temperature", sint16, "0.01", "°C")
HUMIDITY: Final = sensor(0x03, "humidity", uint16, "0.01", "%")
PRESSURE: Final = sensor(0x04, "pressure", uint24, "0.01", "hPa")
ILLUMINANCE: Final = sensor(0x05, "illuminance", uint24, "0.01", "lx")
MASS_KG: Final = sensor(0x06, "mass", uint16, "0.01", "kg")
MASS_LB: Final = sensor(0x07, "mass", uint16, "0.01", "lb")
DEW_POINT: Final = sensor(0x08, "dewpoint", sint16, "0.01", "°C")
COUNT_8: Final = sensor(0x09, "count", uint8, "1")
ENERGY_24: Final = sensor(0x0A, "energy", uint24, "0.001", "kWh")
POWER: Final = sensor(0x0B, "power", uint24, "0.01", "W")
VOLTAGE: Final = sensor(0x0C, "voltage", uint16, "0.001", "V")
PM2_5: Final = sensor(0x0D, "pm2.5", uint16, "1", "µg/m³")
PM10: Final = sensor(0x0E, "pm10", uint16, "1", "µg/m³")
CO2: Final = sensor(0x12, "co2", uint16, "1", "ppm")
TVOC: Final = sensor(0x13, "tvoc", uint16, "1", "µg/m³")
MOISTURE: Final = sensor(0x14, "moisture", uint16, "0.01", "%")
HUMIDITY_1: Final = sensor(0x2E, "humidity", uint8, "1", "%")
MOISTURE_1: Final = sensor(0x2F, "moisture", uint8, "1", "%")
COUNT_16: Final = sensor(0x3D, "count", uint16, "1")
COUNT_32: Final = sensor(0x3E, "count", uint32, "1")
ROTATION: Final = sensor(0x3F, "rotation", sint16, "0.1", "°")
DISTANCE_MM: Final = sensor(0x40, "distance", uint16, "1", "mm")
DISTANCE_M: Final = sensor(0x41, "distance", uint16, "0.1", "m")
DURATION: Final = sensor(0x42, "duration", uint24, "0.001", "s")
CURRENT: Final = sensor(0x43, "current", uint16, "0.001", "A")
SPEED: Final = sensor(0x44, "speed", uint16, "0.01", "m/s")
TEMPERATURE_0_1: Final = sensor(0x45, "temperature", sint16, "0.1", "°C")
UV_INDEX: Final = sensor(0x46, "UV index", uint8, "0.1")
VOLUME_0_1: Final = sensor(0x47, "volume", uint16, "0.1", "L")
VOLUME_ML: Final = sensor(0x48, "volume", uint16, "1", "mL")
VOLUME_FLOW_RATE: Final = sensor(0x49, "volume flow rate", uint16, "0.001", "m³/h")
VOLTAGE_0_1: Final = sensor(0x4A, "voltage", uint16, "0.1", "V")
GAS_24: Final = sensor(0x4B, "gas", uint24, "0.001", "m³")
GAS_32: Final = sensor(0x4C, "gas", uint32, "0.001", "m³")
ENERGY_32: Final = sensor(0x4D, "energy", uint32, "0.001", "kWh")
VOLUME: Final = sensor(0x4E, "volume", uint32, "0.001", "L")
WATER: Final = sensor(0x4F, "water", uint32, "0.001", "L")
TIMESTAMP: Final = row(0x50, "timestamp", Kind.SENSOR, moment)
ACCELERATION: Final = sensor(0x51, "acceleration", uint16, "0.001", "m/s²")
GYROSCOPE: Final = sensor(0x52, "gyroscope", uint16, "0.001", "°/s")
TEXT: Final = row(0x53, "text", Kind.SENSOR, utf8, length=LengthByte())
RAW: Final = row(0x54, "raw", Kind.SENSOR, octets, length=LengthByte())
VOLUME_STORAGE: Final = sensor(0x55, "volume storage", uint32, "0.001", "L")
CONDUCTIVITY: Final = sensor(0x56, "conductivity", uint16, "1", "µS/cm")
TEMPERATURE_1: Final = sensor(0x57, "temperature", sint8, "1", "°C")
TEMPERATURE_0_35: Final = sensor(0x58, "temperature", sint8, "0.35", "°C")
COUNT_S8: Final = sensor(0x59, "count", sint8, "1")
COUNT_S16: Final = sensor(0x5A, "count", sint16, "1")
COUNT_S32: Final = sensor(0x5B, "count", sint32, "1")
POWER_S32: Final = sensor(0x5C, "power", sint32, "0.01", "W")
CURRENT_S16: Final = sensor(0x5D, "current", sint16, "0.001", "A")
DIRECTION: Final = sensor(0x5E, "direction", uint16, "0.01", "°")
PRECIPITATION: Final = sensor(0x5F, "precipitation", uint16, "0.1", "mm")
CHANNEL: Final = row(0x60, "channel", Kind.SENSOR, uint8)
ROTATIONAL_SPEED: Final = sensor(0x61, "rotational speed", uint16, "1", "rpm")
SPEED_S32: Final = sensor(0x62, "speed", sint32, "0.000001", "m/s")
ACCELERATION_S32: Final = sensor(0x63, "acceleration", sint32, "0.000001", "m/s²")
LIGHT_LEVEL: Final = row(0x64, "light level", Kind.SENSOR, light_level)
SETTINGS_REVISION: Final = row(0x65, "settings revision", Kind.SENSOR, uint8)

GENERIC_BOOLEAN: Final = binary_sensor(0x0F, "generic boolean", "off", "on")
POWER_ON: Final = binary_sensor(0x10, "power", "off", "on")
OPENING: Final = binary_sensor(0x11, "opening", "closed", "open")
BATTERY_LOW: Final = binary_sensor(0x15, "battery", "normal", "low")
BATTERY_CHARGING: Final = binary_sensor(0x16, "battery charging", "not charging", "charging")
CARBON_MONOXIDE: Final = binary_sensor(0x17, "carbon monoxide", "not detected", "detected")
COLD: Final = binary_sensor(0x18, "cold", "normal", "cold")
CONNECTIVITY: Final = binary_sensor(0x19, "connectivity", "disconnected", "connected")
DOOR: Final = binary_sensor(0x1A, "door", "closed", "open")
GARAGE_DOOR: Final = binary_sensor(0x1B, "garage door", "closed", "open")
GAS_DETECTED: Final = binary_sensor(0x1C, "gas", "clear", "detected")
HEAT: Final = binary_sensor(0x1D, "heat", "normal", "hot")
LIGHT: Final = binary_sensor(0x1E, "light", "no light", "light detected")
LOCK: Final = binary_sensor(0x1F, "lock", "locked", "unlocked")
MOISTURE_DETECTED: Final = binary_sensor(0x20, "moisture", "dry", "wet")
MOTION: Final = binary_sensor(0x21, "motion", "clear", "detected")
MOVING: Final = binary_sensor(0x22, "moving", "not moving", "moving")
OCCUPANCY: Final = binary_sensor(0x23, "occupancy", "clear", "detected")
PLUG: Final = binary_sensor(0x24, "plug", "unplugged", "plugged in")
PRESENCE: Final = binary_sensor(0x25, "presence", "away", "home")
PROBLEM: Final = binary_sensor(0x26, "problem", "OK", "problem")
RUNNING: Final = binary_sensor(0x27, "running", "not running", "running")
SAFETY: Final = binary_sensor(0x28, "safety", "unsafe", "safe")
SMOKE: Final = binary_sensor(0x29, "smoke", "clear", "detected")
SOUND: Final = binary_sensor(0x2A, "sound", "clear", "detected")
TAMPER: Final = binary_sensor(0x2B, "tamper", "off", "on")
VIBRATION: Final = binary_sensor(0x2C, "vibration", "clear", "detected")
WINDOW: Final = binary_sensor(0x2D, "window", "closed", "open")

BUTTON: Final = row(0x3A, "button", Kind.EVENT, button)
COMMAND: Final = row(0x3B, "command", Kind.EVENT, command, length=LengthByte(mask=0x1F, more=1))
DIMMER: Final = row(0x3C, "dimmer", Kind.EVENT, dimmer)

DEVICE_TYPE_ID: Final = row(0xF0, "device type id", Kind.DEVICE_INFORMATION, uint16)
FIRMWARE_VERSION_4: Final = row(0xF1, "firmware version", Kind.DEVICE_INFORMATION, version(4))
FIRMWARE_VERSION_3: Final = row(0xF2, "firmware version", Kind.DEVICE_INFORMATION, version(3))

_ROWS: list[ObjectType[Any]] = [
    found for found in tuple(globals().values()) if isinstance(found, ObjectType)
]

OBJECT_TYPES: Final[Mapping[int, ObjectType[Any]]] = {
    found.id: found for found in sorted(_ROWS, key=lambda found: found.id)
}
"""Every object type, by id."""
