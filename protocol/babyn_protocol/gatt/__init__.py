"""Characteristics of the Bluetooth SIG, one file a service, and which message each one is.

>>> message_for("00002a19-0000-1000-8000-00805f9b34fb")
<class 'babyn_protocol.gatt.battery.BatteryLevel'>
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from babyn_protocol.gatt.battery import BatteryLevel
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
from babyn_protocol.gatt.generic_access import (
    Appearance,
    DeviceName,
    PeripheralPreferredConnectionParameters,
)
from babyn_protocol.gatt.generic_attribute import ServiceChanged
from babyn_protocol.gatt.health_thermometer import (
    IntermediateTemperature,
    MeasurementInterval,
    TemperatureMeasurement,
    TemperatureTypeValue,
)
from babyn_protocol.uuids import Characteristic, full
from babyn_protocol.wire import Message

__all__ = ["CHARACTERISTICS", "KnownCharacteristic", "characteristic", "message_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCharacteristic:
    """A characteristic whose values can be decoded."""

    uuid: Characteristic
    """Which one."""

    message: type[Message]
    """What its value is."""

    identifying: bool = False
    """Its value tells this unit, or its owner, from others. Do not read it unless asked to."""

    personal: bool = False
    """Its value says something about a person's health."""


_known = (
    KnownCharacteristic(uuid=Characteristic.DEVICE_NAME, message=DeviceName, identifying=True),
    KnownCharacteristic(uuid=Characteristic.APPEARANCE, message=Appearance),
    KnownCharacteristic(
        uuid=Characteristic.PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS,
        message=PeripheralPreferredConnectionParameters,
    ),
    KnownCharacteristic(uuid=Characteristic.SERVICE_CHANGED, message=ServiceChanged),
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
    KnownCharacteristic(uuid=Characteristic.PNP_ID, message=PnpId),
)

CHARACTERISTICS: Final[Mapping[str, KnownCharacteristic]] = MappingProxyType(
    {str(known.uuid): known for known in _known}
)
"""What is known, by full UUID, in the order of the numbers."""


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
