from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from babyn_protocol.errors import InvalidMessageError, MalformedMessageError
from babyn_protocol.gatt import CHARACTERISTICS, characteristic, message_for
from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.device_information import ManufacturerName, SerialNumber, SystemId
from babyn_protocol.gatt.generic_access import (
    Appearance,
    DeviceName,
    NoSpecificValue,
    PeripheralPreferredConnectionParameters,
)
from babyn_protocol.gatt.generic_attribute import ServiceChanged
from babyn_protocol.gatt.health_thermometer import (
    IntermediateTemperature,
    MeasurementInterval,
    TemperatureMeasurement,
    TemperatureType,
    TemperatureUnit,
)
from babyn_protocol.gatt.record_access import RecordAccessRequest
from babyn_protocol.numbers import SpecialValue
from babyn_protocol.uuids import Characteristic, VendorCharacteristic

B = bytes.fromhex
NO_LEVEL = "no reading (above the range), maximum above the range"


@pytest.mark.parametrize(
    ("uuid", "data", "said"),
    [
        ("2A1C", "06B00E00FEDC070C050B321B04", "37.60 °C, finger, 2012-12-05 11:50:27"),
        ("2A1C", "07DA0300FFEA0703110C1E0001", "98.6 °F, armpit, 2026-03-17 12:30:00"),
        ("2A1C", "00FFFF7F00", "no reading (NaN)"),
        ("2A1E", "00470E00FE", "36.55 °C"),
        ("2A1D", "09", "tympanum"),
        ("2A21", "3C00", "every 60 s"),
        ("2A21", "0000", "not periodic"),
        ("2A19", "64", "100 %"),
        ("2A23", "DEBC9AFEFF563412", "EUI-64 12-34-56-ff-fe-9a-bc-de"),
        ("2A50", "02AC0520020100", "USB vendor 0x05AC, product 0x0220, version 0x0001"),
        ("2A50", "010A000B000100", "Bluetooth SIG vendor 0x000A, product 0x000B, version 0x0001"),
        ("2A01", "0003", "Thermometer (0x0300)"),
        ("2A01", "0103", "Thermometer (0x0301)"),
        ("2A01", "FFFF", "category not known here (0xFFFF)"),
        ("2A04", "0600 0900 0000 9001", "interval 7.50 to 11.25 ms, latency 0, timeout 4000 ms"),
        ("2A05", "0100FFFF", "handles 0x0001 to 0xFFFF"),
        ("2A37", "1E55 3200 2100", "85 /min, skin contact, 50 kJ, RR 33 /1024 s"),
        ("2A37", "04FF", "255 /min, no skin contact"),
        ("2A38", "05", "ear lobe"),
        ("2A39", "01", "reset energy expended"),
        (
            *("2A5F", "1C 5F00 5A00 2000 000000 57F0"),
            "SpO2 95 %, pulse 90 /min, pulse amplitude 8.7 %, measurement ongoing",
        ),
        ("2A5F", "00 FF07 5A00", "SpO2: no reading (NaN), pulse 90 /min"),
        (
            *("2A5E", "15 6200 3C00 E8070B1D170839 208000"),
            "SpO2 98 %, pulse 60 /min, low perfusion detected, sensor disconnected, "
            "2024-11-29 23:08:57, clock not set",
        ),
        (
            *("2A60", "FF00 0000 000000"),
            "measurement status, device and sensor status, stored measurements, timestamps, "
            "fast values, slow values, pulse amplitude, multiple bonds",
        ),
        ("2A60", "0000", "no features"),
        ("2A9D", "0C B036 05 F500 D606", "70.000 kg, user 5, 24.5 kg/m², 1.750 m"),
        ("2A9D", "07 204E E207060D0A1E00 FF", "200.00 lb, unknown user, 2018-06-13 10:30:00"),
        ("2A9D", "00FFFF", "no reading (measurement unsuccessful)"),
        (
            *("2A9E", "8F000000"),
            "timestamps, multiple users, BMI, weight in steps of 0.5 kg, height in steps of 0.01 m",
        ),
        ("2A9E", "00000000", "no features"),
        ("2A6E", "6408", "21.48 °C"),
        ("2A6E", "0080", "no reading (not known)"),
        ("2A6F", "8813", "50.00 %"),
        ("2A6D", "02760F00", "101325.0 Pa"),
        ("2B8C", "FEFF", "no reading (above the range)"),
        ("2AFB", "102700", "100.00 lx"),
        ("2C1C", "6400", "100 lx"),
        (
            *("2BED", "05CA28CDAB04"),
            "no battery, discharging active, level good, wired power, wireless power, charging "
            "type float, charging fault: external power, service required: no, battery fault, "
            "battery 0xABCD",
        ),
        ("2BED", "02A10064", "100 %, battery present, charging, level good"),
        (
            *("2A2B", "E907010F0E1E2D032101"),
            "2025-01-15 14:30:45 + 33/256 s, adjusted: manual time update",
        ),
        ("2A2B", "E907010F0E1E2D030000", "2025-01-15 14:30:45 + 0/256 s"),
        ("2A0F", "0404", "UTC+02:00, daylight saving: one hour"),
        ("2A0F", "EC00", "UTC-05:00, daylight saving: standard time"),
        ("2A0F", "8000", "zone not known, daylight saving: standard time"),
        ("2A52", "06000C02", "op code not supported (request 12)"),
        ("2A52", "05000201", "number of stored records: 258"),
        (VendorCharacteristic.SOUND_LEVEL, "032D413C00", "45 dB(A), maximum 65, over 60 s"),
        (VendorCharacteristic.SOUND_LEVEL, "01FEFE", NO_LEVEL),
        (
            *(VendorCharacteristic.FINE_WEIGHT_MEASUREMENT, "26500FEA070311060F0002"),
            "3.920 kg, user 2, net, not settled, 2026-03-17 06:15:00",
        ),
    ],
)
def test_one_line_for_people(uuid: str, data: str, said: str) -> None:
    message = message_for(uuid)
    assert message is not None
    assert str(message.parse(B(data))) == said


def test_what_is_written_says_itself_too() -> None:
    known = characteristic("2A52")
    assert known is not None
    assert known.written is RecordAccessRequest
    assert str(RecordAccessRequest.parse(B("0300"))) == "abort operation"
    assert str(RecordAccessRequest.parse(B("0101"))) == "report stored records, all records"
    said = "report stored records, greater than or equal to, 01 0a 00"
    assert str(RecordAccessRequest.parse(B("0103010A00"))) == said


def test_a_text_cannot_move_a_cursor() -> None:
    """Mutant: the text printed as it came. ESC, CR, BEL, a right-to-left override, a tag."""
    read = ManufacturerName.parse("A\x1b[2J\r\x07\u202eB\U000e0041\0\0".encode())
    assert str(read) == "A\ufffd[2J\ufffd\ufffd\ufffdB\ufffd"
    assert read.text.endswith("\0\0")


def test_what_a_measurement_has() -> None:
    read = TemperatureMeasurement.parse(B("06B00E00FEDC070C050B321B04"))
    assert (read.value, str(read.value), read.unit.symbol) == (Decimal("37.6"), "37.60", "°C")
    assert read.temperature_type is TemperatureType.FINGER
    assert read.timestamp is not None
    assert str(read.timestamp.naive()) == "2012-12-05 11:50:27"
    assert TemperatureUnit.FAHRENHEIT.symbol == "°F"


def test_an_intermediate_temperature_is_no_measurement() -> None:
    """Mutant: equality that forgets which of the two it is."""
    data = B("006C0100FF")
    assert IntermediateTemperature.parse(data) != TemperatureMeasurement.parse(data)
    assert IntermediateTemperature.parse(data) == IntermediateTemperature.parse(data)


def test_a_type_that_is_not_known_is_refused() -> None:
    with pytest.raises(MalformedMessageError, match="reserved for future use"):
        TemperatureMeasurement.parse(B("046C0100FF0A"))


def test_special_values_can_be_sent() -> None:
    message = TemperatureMeasurement(unit=TemperatureUnit.CELSIUS, value=SpecialValue.NAN)
    assert bytes(message) == B("00FFFF7F00")


def test_measurement_interval() -> None:
    assert MeasurementInterval(seconds=90).interval == timedelta(seconds=90)
    assert MeasurementInterval(seconds=0).interval is None


def test_battery_has_no_101_percent() -> None:
    with pytest.raises(InvalidMessageError, match="must be 0 to 100"):
        BatteryLevel(percent=101)


def test_names_have_248_bytes() -> None:
    assert len(DeviceName.parse(b"a" * 248).text) == 248
    with pytest.raises(MalformedMessageError):
        DeviceName.parse(b"a" * 249)
    assert len(ManufacturerName.parse(b"a" * 249).text) == 249


def test_crossed_ranges_are_refused() -> None:
    with pytest.raises(MalformedMessageError, match="below the shortest"):
        PeripheralPreferredConnectionParameters.parse(B("0700 0600 0000 9001"))
    with pytest.raises(MalformedMessageError, match="ends before it begins"):
        ServiceChanged.parse(B("02000100"))
    none = NoSpecificValue.NO_SPECIFIC_VALUE
    free = PeripheralPreferredConnectionParameters(
        minimum_interval_ms=none, maximum_interval_ms=none, latency=0, supervision_timeout_ms=none
    )
    assert bytes(free) == B("FFFF FFFF 0000 FFFF")
    assert Appearance(value=0x0301).category == 12


def test_which_values_identify_and_which_are_about_a_person() -> None:
    """Mutant: a serial number read by default, a temperature taken for a device's own matter."""
    known = CHARACTERISTICS.values()
    assert {each.message for each in known if each.identifying} == {
        DeviceName,
        SerialNumber,
        SystemId,
    }
    assert {each.message.__name__ for each in known if not each.personal} == {
        *("Appearance", "DeviceName", "PeripheralPreferredConnectionParameters"),
        *("BatteryLevel", "BatteryLevelStatus", "DatabaseHash", "ServiceChanged"),
        *("FirmwareRevision", "HardwareRevision", "ManufacturerName", "ModelNumber", "PnpId"),
        *("SerialNumber", "SoftwareRevision", "SystemId"),
        # What a device is, can do and has been told, and how many records it holds.
        *("BodySensorLocationValue", "HeartRateControlPoint", "MeasurementInterval"),
        *("PlxFeatures", "PropertyDescriptions", "RecordAccessResponse", "TemperatureTypeValue"),
        *("CurrentTime", "LocalTimeInformation", "WeightScaleFeature"),
    }


@pytest.mark.parametrize(
    "uuid",
    [
        "2a1c",
        "2A1C",
        "0x2A1C",
        "00002A1C-0000-1000-8000-00805F9B34FB",
        Characteristic("00002a1c-0000-1000-8000-00805f9b34fb"),
    ],
)
def test_a_message_is_found_by_any_spelling(uuid: str) -> None:
    assert message_for(uuid) is TemperatureMeasurement
    found = characteristic(uuid)
    assert found is not None
    assert found.personal


@pytest.mark.parametrize("uuid", ["2A35", "", "x", "12345678-1234-5678-1234-56789abcdef0"])
def test_what_is_not_known_is_none(uuid: str) -> None:
    assert message_for(uuid) is None
    assert characteristic(uuid) is None
