"""What messages of the open profile become as readings: values, units, quality with reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from babyn_ble.errors import MalformedMessageError
from babyn_ble.readings import QualityReason, QualityStatus, Quantity, Reading, Site
from babyn_ble.sources.device_time import DeviceTime
from babyn_ble.sources.measurements import DECODERS
from babyn_ble.sources.open_profile import Origin, as_reading, model_of
from babyn_ble.sources.oximetry import SPEAKING_FOR_IT, status_reasons
from babyn_protocol import gatt
from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement
from babyn_protocol.gatt.pulse_oximeter import DeviceAndSensorStatus, MeasurementStatus
from babyn_protocol.uuids import Service
from babyn_protocol.wire import Message

NOW = datetime(2026, 3, 17, 12, 30, tzinfo=UTC)
VALID, QUESTIONABLE, INVALID = (
    QualityStatus.VALID,
    QualityStatus.QUESTIONABLE,
    QualityStatus.INVALID,
)


def readings(uuid: str, data: str) -> list[Reading]:
    known = gatt.characteristic(uuid)
    assert known is not None
    decoded = DECODERS[known.message](bytes.fromhex(data))
    return [as_reading(item, Origin("device", testing=False), NOW) for item in decoded]


@pytest.mark.parametrize(
    ("uuid", "data", "expected"),
    [
        ("2A1C", "006C0100FF", [(Quantity.TEMPERATURE, "36.4", "°C", VALID)]),
        ("2A1C", "07DA0300FFEA0703110C1E0001", [(Quantity.TEMPERATURE, "98.6", "°F", VALID)]),
        ("2A1C", "00FFFF7F00", [(Quantity.TEMPERATURE, None, "°C", INVALID)]),
        ("2A1E", "006C0100FF", [(Quantity.TEMPERATURE, "36.4", "°C", QUESTIONABLE)]),
        (
            "2A5F",
            "00E8F384F3",
            [(Quantity.SPO2, "100.0", "%", VALID), (Quantity.PULSE_RATE, "90.0", "/min", VALID)],
        ),
        (
            "2A5F",
            "00FF07FF07",
            [(Quantity.SPO2, None, "%", INVALID), (Quantity.PULSE_RATE, None, "/min", INVALID)],
        ),
        (
            "2A5F",
            "1C5F005A00200000000057F0",
            [
                (Quantity.SPO2, "95", "%", QUESTIONABLE),
                (Quantity.PULSE_RATE, "90", "/min", QUESTIONABLE),
            ],
        ),
        ("2A37", "0055", [(Quantity.HEART_RATE, "85", "/min", VALID)]),
        ("2A37", "04FF", [(Quantity.HEART_RATE, "255", "/min", INVALID)]),
        ("2A9D", "00803E", [(Quantity.WEIGHT, "80.000", "kg", VALID)]),
        ("2A9D", "01204E", [(Quantity.WEIGHT, "200.00", "lb", VALID)]),
        ("2A9D", "00FFFF", [(Quantity.WEIGHT, None, "kg", INVALID)]),
        ("2A6E", "6408", [(Quantity.AIR_TEMPERATURE, "21.48", "°C", VALID)]),
        ("2A6F", "FFFF", [(Quantity.HUMIDITY, None, "%", INVALID)]),
        ("2A6D", "02760F00", [(Quantity.PRESSURE, "101325.0", "Pa", VALID)]),
        ("2B8C", "9001", [(Quantity.CO2_CONCENTRATION, "400", "ppm", VALID)]),
        ("2B8C", "FEFF", [(Quantity.CO2_CONCENTRATION, None, "ppm", INVALID)]),
        ("2AFB", "102700", [(Quantity.ILLUMINANCE, "100.00", "lx", VALID)]),
    ],
)
def test_what_a_value_becomes(
    uuid: str, data: str, expected: list[tuple[Quantity, str | None, str, QualityStatus]]
) -> None:
    """Mutant: take a code for a value, or one oximeter message's flags for the other's."""
    found = [
        (
            reading.quantity,
            None if reading.value is None else str(reading.value),
            reading.unit,
            reading.quality.status,
        )
        for reading in readings(uuid, data)
    ]
    assert found == expected


def test_a_reading_survives_being_stored() -> None:
    for reading in readings("2A5E", "0FACF3BEF5E8070B1D1708392040220000" + "66E3"):
        assert Reading.from_dict(reading.as_dict()) == reading


@pytest.mark.parametrize("bit", MeasurementStatus)
def test_every_bit_of_the_measurement_status_lowers_the_quality(bit: MeasurementStatus) -> None:
    """But for the two that speak for it. Mutant: forget one bit."""
    assert bool(status_reasons(bit, None)) is (bit not in SPEAKING_FOR_IT)


@pytest.mark.parametrize("bit", DeviceAndSensorStatus)
def test_every_bit_of_the_sensor_status_lowers_the_quality(bit: DeviceAndSensorStatus) -> None:
    harmless = DeviceAndSensorStatus.EXTENDED_DISPLAY_UPDATE_ONGOING
    assert bool(status_reasons(None, bit)) is (bit is not harmless)


def test_the_site_of_the_message_comes_before_that_of_the_device() -> None:
    measurement = bytes.fromhex("06B00E00FEDC070C050B321B04")
    (decoded,) = DECODERS[TemperatureMeasurement](measurement)
    reading = as_reading(decoded, Origin("device", testing=False), NOW, site=Site.EAR)
    assert reading.site is Site.FINGER
    (plain,) = readings("2A1C", "006C0100FF")
    assert plain.site is None


@pytest.mark.parametrize(
    ("sent", "believed"),
    [
        (timedelta(0), True),
        (timedelta(seconds=-90), True),
        (timedelta(minutes=-3), False),
        (timedelta(days=-365), False),
        (timedelta(minutes=3), False),
    ],
)
def test_a_date_that_does_not_fit_is_not_believed(sent: timedelta, believed: bool) -> None:
    """Mutant: take the device's word for any date."""
    moment, refused = DeviceTime().measured_at((NOW + sent).replace(tzinfo=None), NOW)
    assert refused is not believed
    assert (moment is None) is not believed
    assert DeviceTime().measured_at(None, NOW) == (NOW, False)


def test_a_clock_that_was_never_set_says_no_time() -> None:
    (spo2, _pulse) = readings("2A5E", "1162003C00EA0703110C1E00")
    assert spo2.measured_at is None
    assert QualityReason.CLOCK_UNCERTAIN in spo2.quality.reasons
    (spo2, _pulse) = readings("2A5E", "0162003C00EA0703110C1E00")  # the control
    assert spo2.measured_at == NOW


@pytest.mark.parametrize("message_type", DECODERS)
def test_garbage_is_our_error(message_type: type[Message]) -> None:
    with pytest.raises(MalformedMessageError):
        DECODERS[message_type](b"")


def test_what_a_device_is() -> None:
    assert model_of(frozenset({Service.BATTERY, Service.PULSE_OXIMETER})) == "pulse oximeter"
    assert model_of(frozenset({Service.BATTERY})) == "unknown"
