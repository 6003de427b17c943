"""UUIDs that this kit knows, and their names: the Bluetooth SIG's, and this project's own.

A member of :class:`Service`, :class:`Characteristic` or :class:`Descriptor` (the SIG's), or of
:class:`VendorService` or :class:`VendorCharacteristic` (ours), *is* the full 128-bit UUID, lower
case, as bleak writes it::

    await client.start_notify(Characteristic.TEMPERATURE_MEASUREMENT, received)

Numbers and names: Bluetooth SIG Assigned Numbers (they have no version; read 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

_BASE: Final = "-0000-1000-8000-00805f9b34fb"


def uuid16(number: int) -> str:
    """Return the full form of a 16-bit UUID: ``uuid16(0x1809)``.

    Raises:
        ValueError: the number has more than 16 bits.
    """
    if not 0 <= number <= 0xFFFF:
        raise ValueError("a 16-bit UUID is 0 to 0xFFFF")
    return f"{number:08x}{_BASE}"


_VENDOR: Final = "a34d{:04x}-c94e-4498-a262-410e4e272e9e"


def vendor_uuid(slot: int) -> str:
    """Return the UUID of one of this project's own slots: ``vendor_uuid(0x0100)``.

    They are one random UUID (version 4) with the slot in its third and fourth byte. 0x00xx is for
    BabyN Link, 0x01xx the sensor service, 0x02xx the controls service.

    Raises:
        ValueError: the slot has more than 16 bits.
    """
    if not 0 <= slot <= 0xFFFF:
        raise ValueError("a slot is 0 to 0xFFFF")
    return _VENDOR.format(slot)


def full(uuid: str) -> str:
    """Return a UUID in its full, lower-case form, also of ``"2A1C"`` and ``"0x2A1C"``."""
    text = uuid.lower().removeprefix("0x")
    return f"{text:0>8}{_BASE}" if len(text) in (4, 8) else text


def short(uuid: str) -> str:
    """Return a UUID as people write it: ``0x1809`` where the SIG assigned it, in full otherwise."""
    text = full(uuid)
    number = text.removesuffix(_BASE).removeprefix("0000").upper()
    return f"0x{number}" if text.endswith(_BASE) else text


_SPELLED: Final[Mapping[str, str]] = {
    "GENERIC_ACCESS": "GAP",
    "GENERIC_ATTRIBUTE": "GATT",
    "SYSTEM_ID": "System ID",
    "REGULATORY_CERTIFICATION_DATA_LIST": "IEEE 11073-20601 Regulatory Certification Data List",
    "PNP_ID": "PnP ID",
    "PLX_SPOT_CHECK_MEASUREMENT": "PLX Spot-Check Measurement",
    "PLX_CONTINUOUS_MEASUREMENT": "PLX Continuous Measurement",
    "PLX_FEATURES": "PLX Features",
    "CO2_CONCENTRATION": "CO2 Concentration",
    "SENSOR": "BabyN Sensor",
    "CONTROLS": "BabyN Controls",
}


class AssignedUuid(StrEnum):
    """A UUID that has a name."""

    @property
    def label(self) -> str:
        """Its name; of the SIG's, that in Assigned Numbers."""
        return _SPELLED.get(self.name, self.name.replace("_", " ").title())


class Service(AssignedUuid):
    """Services."""

    GENERIC_ACCESS = uuid16(0x1800)
    GENERIC_ATTRIBUTE = uuid16(0x1801)
    CURRENT_TIME = uuid16(0x1805)
    HEALTH_THERMOMETER = uuid16(0x1809)
    DEVICE_INFORMATION = uuid16(0x180A)
    HEART_RATE = uuid16(0x180D)
    BATTERY = uuid16(0x180F)
    ENVIRONMENTAL_SENSING = uuid16(0x181A)
    WEIGHT_SCALE = uuid16(0x181D)
    PULSE_OXIMETER = uuid16(0x1822)


class Characteristic(AssignedUuid):
    """Characteristics, by number."""

    DEVICE_NAME = uuid16(0x2A00)
    APPEARANCE = uuid16(0x2A01)
    PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS = uuid16(0x2A04)
    SERVICE_CHANGED = uuid16(0x2A05)
    DATE_TIME = uuid16(0x2A08)
    LOCAL_TIME_INFORMATION = uuid16(0x2A0F)
    REFERENCE_TIME_INFORMATION = uuid16(0x2A14)
    BATTERY_LEVEL = uuid16(0x2A19)
    TEMPERATURE_MEASUREMENT = uuid16(0x2A1C)
    TEMPERATURE_TYPE = uuid16(0x2A1D)
    INTERMEDIATE_TEMPERATURE = uuid16(0x2A1E)
    MEASUREMENT_INTERVAL = uuid16(0x2A21)
    SYSTEM_ID = uuid16(0x2A23)
    MODEL_NUMBER_STRING = uuid16(0x2A24)
    SERIAL_NUMBER_STRING = uuid16(0x2A25)
    FIRMWARE_REVISION_STRING = uuid16(0x2A26)
    HARDWARE_REVISION_STRING = uuid16(0x2A27)
    SOFTWARE_REVISION_STRING = uuid16(0x2A28)
    MANUFACTURER_NAME_STRING = uuid16(0x2A29)
    REGULATORY_CERTIFICATION_DATA_LIST = uuid16(0x2A2A)
    CURRENT_TIME = uuid16(0x2A2B)
    HEART_RATE_MEASUREMENT = uuid16(0x2A37)
    BODY_SENSOR_LOCATION = uuid16(0x2A38)
    HEART_RATE_CONTROL_POINT = uuid16(0x2A39)
    PNP_ID = uuid16(0x2A50)
    RECORD_ACCESS_CONTROL_POINT = uuid16(0x2A52)
    PLX_SPOT_CHECK_MEASUREMENT = uuid16(0x2A5E)
    PLX_CONTINUOUS_MEASUREMENT = uuid16(0x2A5F)
    PLX_FEATURES = uuid16(0x2A60)
    PRESSURE = uuid16(0x2A6D)
    TEMPERATURE = uuid16(0x2A6E)
    HUMIDITY = uuid16(0x2A6F)
    WEIGHT_MEASUREMENT = uuid16(0x2A9D)
    WEIGHT_SCALE_FEATURE = uuid16(0x2A9E)
    CENTRAL_ADDRESS_RESOLUTION = uuid16(0x2AA6)
    RESOLVABLE_PRIVATE_ADDRESS_ONLY = uuid16(0x2AC9)
    ILLUMINANCE = uuid16(0x2AFB)
    CLIENT_SUPPORTED_FEATURES = uuid16(0x2B29)
    DATABASE_HASH = uuid16(0x2B2A)
    SERVER_SUPPORTED_FEATURES = uuid16(0x2B3A)
    CO2_CONCENTRATION = uuid16(0x2B8C)
    BATTERY_LEVEL_STATUS = uuid16(0x2BED)
    ILLUMINANCE_16 = uuid16(0x2C1C)


class Descriptor(AssignedUuid):
    """Descriptors."""

    CHARACTERISTIC_EXTENDED_PROPERTIES = uuid16(0x2900)
    CHARACTERISTIC_USER_DESCRIPTION = uuid16(0x2901)
    CLIENT_CHARACTERISTIC_CONFIGURATION = uuid16(0x2902)
    SERVER_CHARACTERISTIC_CONFIGURATION = uuid16(0x2903)
    CHARACTERISTIC_PRESENTATION_FORMAT = uuid16(0x2904)
    CHARACTERISTIC_AGGREGATE_FORMAT = uuid16(0x2905)
    VALID_RANGE = uuid16(0x2906)
    ENVIRONMENTAL_SENSING_CONFIGURATION = uuid16(0x290B)
    ENVIRONMENTAL_SENSING_MEASUREMENT = uuid16(0x290C)
    ENVIRONMENTAL_SENSING_TRIGGER_SETTING = uuid16(0x290D)


class VendorService(AssignedUuid):
    """Services of this project's own, by slot."""

    SENSOR = vendor_uuid(0x0100)
    CONTROLS = vendor_uuid(0x0200)


class VendorCharacteristic(AssignedUuid):
    """Characteristics of this project's own, by slot."""

    SOUND_LEVEL = vendor_uuid(0x0101)
    FINE_WEIGHT_MEASUREMENT = vendor_uuid(0x0102)
    PROPERTY_DESCRIPTIONS = vendor_uuid(0x0201)
    PROPERTY_STATES = vendor_uuid(0x0202)
    SET_PROPERTY = vendor_uuid(0x0203)
    DEVICE_EVENT = vendor_uuid(0x0204)


_LABELS: Final[Mapping[str, str]] = {
    str(member): member.label
    for kind in (Service, Characteristic, Descriptor, VendorService, VendorCharacteristic)
    for member in kind
}


def name_of(uuid: str) -> str | None:
    """Return the name of a service, characteristic or descriptor, or ``None`` if not known here."""
    return _LABELS.get(full(uuid))


def name_of_number(number: int) -> str:
    """Return the name of a 16-bit number of the SIG's, or of a slot of ours, or the number."""
    name = name_of(uuid16(number)) or name_of(vendor_uuid(number))
    return name or f"0x{number:04X}"
