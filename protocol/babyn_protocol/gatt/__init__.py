"""Characteristics, one file a service, and which message each one is.

>>> message_for("00002a19-0000-1000-8000-00805f9b34fb")
<class 'babyn_protocol.gatt.battery.BatteryLevel'>
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from babyn_protocol.gatt.battery import BatteryLevel, BatteryLevelStatus
from babyn_protocol.gatt.controls import (
    PropertyDescriptions,
    PropertyStates,
    SetProperty,
    SetPropertyResponse,
)
from babyn_protocol.gatt.current_time import CurrentTime, LocalTimeInformation
from babyn_protocol.gatt.device_events import DeviceEvent
from babyn_protocol.gatt.device_information import (
    FirmwareRevision,
    HardwareRevision,
    ManufacturerName,
    ModelNumber,
    PnpId,
    SerialNumber,
    SoftwareRevision,
    SystemId,
)
from babyn_protocol.gatt.environmental_sensing import (
    Co2Concentration,
    Humidity,
    Illuminance,
    Illuminance16,
    Pressure,
    Temperature,
    co2_concentration,
    humidity,
    illuminance,
    illuminance_16,
    pressure,
    temperature,
)
from babyn_protocol.gatt.generic_access import (
    Appearance,
    DeviceName,
    PeripheralPreferredConnectionParameters,
)
from babyn_protocol.gatt.generic_attribute import DatabaseHash, ServiceChanged
from babyn_protocol.gatt.health_thermometer import (
    IntermediateTemperature,
    MeasurementInterval,
    TemperatureMeasurement,
    TemperatureTypeValue,
)
from babyn_protocol.gatt.heart_rate import (
    BodySensorLocationValue,
    HeartRateControlPoint,
    HeartRateMeasurement,
)
from babyn_protocol.gatt.pulse_oximeter import (
    PlxContinuousMeasurement,
    PlxFeatures,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.gatt.record_access import RecordAccessRequest, RecordAccessResponse
from babyn_protocol.gatt.sensor import FineWeightMeasurement, SoundLevel
from babyn_protocol.gatt.valid_range import ValidRange, valid_range
from babyn_protocol.gatt.weight_scale import WeightMeasurement, WeightScaleFeature
from babyn_protocol.layout import Layout
from babyn_protocol.numbers import uint16
from babyn_protocol.uuids import Characteristic, VendorCharacteristic, full
from babyn_protocol.wire import Message

__all__ = [
    "CHARACTERISTICS",
    "VALID_RANGES",
    "KnownCharacteristic",
    "characteristic",
    "message_for",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCharacteristic:
    """A characteristic whose values can be decoded."""

    uuid: Characteristic | VendorCharacteristic
    """Which one."""

    message: type[Message]
    """What its value is: read, notified or indicated, and what can only be written."""

    written: type[Message] | None = None
    """What is written to it, where that is another message than the device sends."""

    identifying: bool = False
    """Its value tells this unit, or its owner, from others. Do not read it unless asked to."""

    personal: bool = False
    """Its value is a measurement, an event or a setting: it says something about a person, or
    about the place where one is."""


_known = (
    KnownCharacteristic(uuid=Characteristic.DEVICE_NAME, message=DeviceName, identifying=True),
    KnownCharacteristic(uuid=Characteristic.APPEARANCE, message=Appearance),
    KnownCharacteristic(
        uuid=Characteristic.PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS,
        message=PeripheralPreferredConnectionParameters,
    ),
    KnownCharacteristic(uuid=Characteristic.SERVICE_CHANGED, message=ServiceChanged),
    KnownCharacteristic(uuid=Characteristic.DATABASE_HASH, message=DatabaseHash),
    KnownCharacteristic(uuid=Characteristic.LOCAL_TIME_INFORMATION, message=LocalTimeInformation),
    KnownCharacteristic(uuid=Characteristic.BATTERY_LEVEL, message=BatteryLevel),
    KnownCharacteristic(
        uuid=Characteristic.TEMPERATURE_MEASUREMENT, message=TemperatureMeasurement, personal=True
    ),
    KnownCharacteristic(uuid=Characteristic.TEMPERATURE_TYPE, message=TemperatureTypeValue),
    KnownCharacteristic(
        uuid=Characteristic.INTERMEDIATE_TEMPERATURE, message=IntermediateTemperature, personal=True
    ),
    KnownCharacteristic(uuid=Characteristic.MEASUREMENT_INTERVAL, message=MeasurementInterval),
    KnownCharacteristic(uuid=Characteristic.SYSTEM_ID, message=SystemId, identifying=True),
    KnownCharacteristic(uuid=Characteristic.MODEL_NUMBER_STRING, message=ModelNumber),
    KnownCharacteristic(
        uuid=Characteristic.SERIAL_NUMBER_STRING, message=SerialNumber, identifying=True
    ),
    KnownCharacteristic(uuid=Characteristic.FIRMWARE_REVISION_STRING, message=FirmwareRevision),
    KnownCharacteristic(uuid=Characteristic.HARDWARE_REVISION_STRING, message=HardwareRevision),
    KnownCharacteristic(uuid=Characteristic.SOFTWARE_REVISION_STRING, message=SoftwareRevision),
    KnownCharacteristic(uuid=Characteristic.MANUFACTURER_NAME_STRING, message=ManufacturerName),
    KnownCharacteristic(uuid=Characteristic.CURRENT_TIME, message=CurrentTime),
    KnownCharacteristic(
        uuid=Characteristic.HEART_RATE_MEASUREMENT, message=HeartRateMeasurement, personal=True
    ),
    KnownCharacteristic(uuid=Characteristic.BODY_SENSOR_LOCATION, message=BodySensorLocationValue),
    KnownCharacteristic(
        uuid=Characteristic.HEART_RATE_CONTROL_POINT, message=HeartRateControlPoint
    ),
    KnownCharacteristic(uuid=Characteristic.PNP_ID, message=PnpId),
    KnownCharacteristic(
        uuid=Characteristic.RECORD_ACCESS_CONTROL_POINT,
        message=RecordAccessResponse,
        written=RecordAccessRequest,
    ),
    KnownCharacteristic(
        uuid=Characteristic.PLX_SPOT_CHECK_MEASUREMENT,
        message=PlxSpotCheckMeasurement,
        personal=True,
    ),
    KnownCharacteristic(
        uuid=Characteristic.PLX_CONTINUOUS_MEASUREMENT,
        message=PlxContinuousMeasurement,
        personal=True,
    ),
    KnownCharacteristic(uuid=Characteristic.PLX_FEATURES, message=PlxFeatures),
    KnownCharacteristic(uuid=Characteristic.PRESSURE, message=Pressure, personal=True),
    KnownCharacteristic(uuid=Characteristic.TEMPERATURE, message=Temperature, personal=True),
    KnownCharacteristic(uuid=Characteristic.HUMIDITY, message=Humidity, personal=True),
    KnownCharacteristic(
        uuid=Characteristic.WEIGHT_MEASUREMENT, message=WeightMeasurement, personal=True
    ),
    KnownCharacteristic(uuid=Characteristic.WEIGHT_SCALE_FEATURE, message=WeightScaleFeature),
    KnownCharacteristic(uuid=Characteristic.ILLUMINANCE, message=Illuminance, personal=True),
    KnownCharacteristic(
        uuid=Characteristic.CO2_CONCENTRATION, message=Co2Concentration, personal=True
    ),
    KnownCharacteristic(uuid=Characteristic.BATTERY_LEVEL_STATUS, message=BatteryLevelStatus),
    KnownCharacteristic(uuid=Characteristic.ILLUMINANCE_16, message=Illuminance16, personal=True),
    KnownCharacteristic(uuid=VendorCharacteristic.SOUND_LEVEL, message=SoundLevel, personal=True),
    KnownCharacteristic(
        uuid=VendorCharacteristic.FINE_WEIGHT_MEASUREMENT,
        message=FineWeightMeasurement,
        personal=True,
    ),
    KnownCharacteristic(
        uuid=VendorCharacteristic.PROPERTY_DESCRIPTIONS, message=PropertyDescriptions
    ),
    KnownCharacteristic(
        uuid=VendorCharacteristic.PROPERTY_STATES, message=PropertyStates, personal=True
    ),
    KnownCharacteristic(
        uuid=VendorCharacteristic.SET_PROPERTY,
        message=SetPropertyResponse,
        written=SetProperty,
        personal=True,
    ),
    KnownCharacteristic(uuid=VendorCharacteristic.DEVICE_EVENT, message=DeviceEvent, personal=True),
)

CHARACTERISTICS: Final[Mapping[str, KnownCharacteristic]] = MappingProxyType(
    {str(known.uuid): known for known in _known}
)
"""What is known, by full UUID, in the order of the numbers, the SIG's first."""

VALID_RANGES: Final[Mapping[str, Layout[ValidRange[Any]]]] = MappingProxyType(
    {
        str(Characteristic.MEASUREMENT_INTERVAL): valid_range(uint16),
        str(Characteristic.PRESSURE): valid_range(pressure),
        str(Characteristic.TEMPERATURE): valid_range(temperature),
        str(Characteristic.HUMIDITY): valid_range(humidity),
        str(Characteristic.ILLUMINANCE): valid_range(illuminance),
        str(Characteristic.CO2_CONCENTRATION): valid_range(co2_concentration),
        str(Characteristic.ILLUMINANCE_16): valid_range(illuminance_16),
    }
)
"""How the Valid Range descriptor of a characteristic is read, by the characteristic's full UUID."""


def characteristic(uuid: str) -> KnownCharacteristic | None:
    """Return what is known of a characteristic, or ``None``.

    Args:
        uuid: in full, or a SIG number such as ``"2A1C"``; in any case.
    """
    return CHARACTERISTICS.get(full(uuid))


def message_for(uuid: str) -> type[Message] | None:
    """Return the message that a characteristic's value is, or ``None`` if it is not known here."""
    known = characteristic(uuid)
    return None if known is None else known.message
