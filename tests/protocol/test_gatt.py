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
from babyn_protocol.numbers import SpecialValue
from babyn_protocol.uuids import Characteristic

B = bytes.fromhex


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
    ],
)
def test_one_line_for_people(uuid: str, data: str, said: str) -> None:
    message = message_for(uuid)
    assert message is not None
    assert str(message.parse(B(data))) == said


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
    assert {each.message for each in known if each.personal} == {
        TemperatureMeasurement,
        IntermediateTemperature,
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


@pytest.mark.parametrize("uuid", ["2A37", "", "x", "12345678-1234-5678-1234-56789abcdef0"])
def test_what_is_not_known_is_none(uuid: str) -> None:
    assert message_for(uuid) is None
    assert characteristic(uuid) is None
