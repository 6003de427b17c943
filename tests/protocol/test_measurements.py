"""What single characteristics of the SIG's have that a table of vectors does not show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from babyn_protocol.errors import InvalidMessageError, InvalidValueError, MalformedMessageError
from babyn_protocol.gatt import VALID_RANGES, message_for
from babyn_protocol.gatt.battery import BatteryLevelStatus, ChargeState, PowerState
from babyn_protocol.gatt.codes import Bits
from babyn_protocol.gatt.current_time import (
    AdjustReason,
    CurrentTime,
    DayOfWeek,
    DstOffset,
    LocalTimeInformation,
)
from babyn_protocol.gatt.environmental_sensing import Humidity, Temperature
from babyn_protocol.gatt.heart_rate import HeartRateMeasurement
from babyn_protocol.gatt.pulse_oximeter import (
    DeviceAndSensorStatus,
    MeasurementStatus,
    PlxContinuousMeasurement,
    PlxFeatures,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.gatt.record_access import (
    Operator,
    RecordAccessOutcome,
    RecordAccessRequest,
    RecordAccessResponse,
    RequestOpCode,
    ResponseCode,
    ResponseOpCode,
)
from babyn_protocol.gatt.sensor import FineWeightMeasurement, SoundLevel
from babyn_protocol.gatt.valid_range import ValidRange, valid_range
from babyn_protocol.gatt.weight_scale import MeasurementUnits, WeightMeasurement
from babyn_protocol.layout import utf8
from babyn_protocol.numbers import DateTime, NoNumber, SpecialValue, sint16, uint16
from babyn_protocol.uuids import Characteristic

B = bytes.fromhex


def test_the_two_oximeter_measurements_have_their_flags_in_different_places() -> None:
    """Mutant: one declared with the flags of the other."""
    status = MeasurementStatus.MEASUREMENT_ONGOING
    sensor = DeviceAndSensorStatus.SENSOR_DISPLACED
    spot = PlxSpotCheckMeasurement(
        spo2=Decimal(95),
        pulse_rate=Decimal(90),
        measurement_status=status,
        device_and_sensor_status=sensor,
        pulse_amplitude_index=Decimal("8.7"),
    )
    continuous = PlxContinuousMeasurement(
        spo2=Decimal(95),
        pulse_rate=Decimal(90),
        measurement_status=status,
        device_and_sensor_status=sensor,
        pulse_amplitude_index=Decimal("8.7"),
    )
    assert (spot.flags, continuous.flags) == (0b01110, 0b11100)
    assert bytes(spot)[1:] == bytes(continuous)[1:] == B("5F00 5A00 2000 002000 57F0")


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (
            MeasurementStatus,
            "5 measurement ongoing, 6 early estimated data, 7 validated data, "
            "8 fully qualified data, 9 data from measurement storage, 10 data for demonstration, "
            "11 data for testing, 12 calibration ongoing, 13 measurement unavailable, "
            "14 questionable measurement detected, 15 invalid measurement detected",
        ),
        (
            DeviceAndSensorStatus,
            "0 extended display update ongoing, 1 equipment malfunction detected, "
            "2 signal processing irregularity detected, 3 inadequate signal detected, "
            "4 poor signal detected, 5 low perfusion detected, 6 erratic signal detected, "
            "7 non pulsatile signal detected, 8 questionable pulse detected, "
            "9 signal analysis ongoing, 10 sensor interference detected, "
            "11 sensor unconnected to user, 12 unknown sensor connected, 13 sensor displaced, "
            "14 sensor malfunctioning, 15 sensor disconnected",
        ),
    ],
)
def test_every_status_bit_has_its_meaning(bits: type[Bits], expected: str) -> None:
    """Mutant: two bits swapped, or one moved."""
    assert ", ".join(f"{bit.value.bit_length() - 1} {bit}" for bit in bits) == expected
    assert str(bits(0)) == "none"


def test_status_that_is_absent_is_not_a_status_without_bits() -> None:
    """Mutant: an absent status read as one that says that all is well."""
    absent = PlxContinuousMeasurement.parse(B("00 5F00 5A00"))
    well = PlxContinuousMeasurement.parse(B("04 5F00 5A00 0000"))
    assert absent.measurement_status is None
    assert well.measurement_status == MeasurementStatus(0)
    assert absent != well
    assert bytes(well) == B("04 5F00 5A00 0000")


def test_an_oximeter_without_a_reading() -> None:
    read = PlxContinuousMeasurement.parse(B("00 FF07 0008"))
    assert (read.spo2, read.pulse_rate) == (SpecialValue.NAN, SpecialValue.NRES)


def test_fast_values_come_in_pairs() -> None:
    with pytest.raises(InvalidMessageError, match="give it and spo2_fast, or neither"):
        PlxContinuousMeasurement(spo2=Decimal(95), pulse_rate=Decimal(90), spo2_fast=Decimal(95))


def test_features_have_bits_of_their_own() -> None:
    read = PlxFeatures.parse(B("A3 00 40 10 80 01 00"))
    assert read.measurement_status_support == (
        MeasurementStatus.EARLY_ESTIMATED_DATA | MeasurementStatus.CALIBRATION_ONGOING
    )
    assert read.device_and_sensor_status_support == (
        DeviceAndSensorStatus.NON_PULSATILE_SIGNAL_DETECTED
        | DeviceAndSensorStatus.QUESTIONABLE_PULSE_DETECTED
    )
    assert (read.has_slow_values, read.has_multiple_bonds, read.stores_measurements) == (
        *(True, True),
        False,
    )


@pytest.mark.parametrize(
    ("data", "contact"), [("0055", None), ("0255", None), ("0455", False), ("0655", True)]
)
def test_contact_is_known_only_where_it_is_supported(data: str, contact: bool | None) -> None:
    """Mutant: bit 1 alone taken for contact."""
    assert HeartRateMeasurement.parse(B(data)).contact is contact


def test_a_rate_takes_one_byte_where_it_can() -> None:
    """Mutant: two bytes from 128 on, or always."""
    assert bytes(HeartRateMeasurement(heart_rate=255)) == B("00 FF")
    assert bytes(HeartRateMeasurement(heart_rate=256)) == B("01 0001")


def test_no_weight_of_327_675_kg() -> None:
    """Mutant: 0xFFFF read, or written, as a number."""
    read = WeightMeasurement.parse(B("00 FFFF"))
    assert read.weight is NoNumber.MEASUREMENT_UNSUCCESSFUL
    for units, weight in ((MeasurementUnits.SI, "327.675"), (MeasurementUnits.IMPERIAL, "655.35")):
        with pytest.raises(InvalidMessageError, match="means something else"):
            WeightMeasurement(units=units, weight=Decimal(weight))
    with pytest.raises(InvalidMessageError, match="means something else"):
        FineWeightMeasurement(weight=Decimal("65.535"), settled=True)


def test_units_decide_what_a_step_is() -> None:
    kg = WeightMeasurement(units=MeasurementUnits.SI, weight=Decimal("5.04"))
    assert bytes(kg) == B("00 F003")
    with pytest.raises(InvalidMessageError, match="not a whole number of steps"):
        WeightMeasurement(units=MeasurementUnits.SI, weight=Decimal("5.042"))
    assert bytes(FineWeightMeasurement(weight=Decimal("5.042"), settled=True)) == B("10 B213")


def test_values_that_are_not_known_can_be_sent_and_no_others() -> None:
    assert bytes(Temperature(celsius=NoNumber.NOT_KNOWN)) == B("0080")
    with pytest.raises(InvalidMessageError, match="outside the range"):
        Temperature(celsius=Decimal("-273.16"))
    with pytest.raises(InvalidMessageError, match="outside the range"):
        Humidity(percent=Decimal("100.01"))
    with pytest.raises(InvalidMessageError, match="or a code of it"):
        Humidity(percent=NoNumber.ABOVE_RANGE)
    with pytest.raises(InvalidMessageError, match="means something else"):
        SoundLevel(level=Decimal(254))


def test_a_power_state_is_a_word_within() -> None:
    read = BatteryLevelStatus.parse(B("05 CA28 CDAB 04"))
    assert read.power_state.charge_state is ChargeState.DISCHARGING_ACTIVE
    assert (read.power_state.flags, read.identifier, read.percent) == (0x28CA, 0xABCD, None)
    sent = BatteryLevelStatus(power_state=PowerState(battery_present=True), percent=7)
    assert bytes(sent) == B("02 0100 07")


@pytest.mark.parametrize(
    ("data", "right"),
    [
        ("E907010F0E1E2D032101", True),
        # Published with a weekday that is not the date's.
        ("E9070101000000010000", False),
        ("E9070C1F173B3B07FF06", False),
        ("E907010F0E1E2D002101", None),
        ("E90700000E1E2D032101", None),
    ],
)
def test_the_day_of_the_week_is_not_trusted(data: str, right: bool | None) -> None:
    """Mutant: the field taken for the date's, or computed and so never wrong."""
    assert CurrentTime.parse(B(data)).day_of_week_is_right is right


def test_the_time_to_write() -> None:
    moment = datetime(2025, 1, 15, 14, 30, 45, 999_999)  # noqa: DTZ001 - the wire has no zone
    sent = CurrentTime.of(moment, adjust_reason=AdjustReason.MANUAL_TIME_UPDATE)
    assert bytes(sent) == B("E907010F0E1E2D 03 FF 01")
    assert sent.day_of_week is DayOfWeek.WEDNESDAY
    assert CurrentTime.of(moment).adjust_reason == AdjustReason(0)
    with pytest.raises(ValueError, match="has no zone"):
        CurrentTime.of(moment.replace(tzinfo=UTC))
    unset = DateTime(year=None, month=None, day=None, hour=0, minute=0, second=0)
    assert bytes(CurrentTime(local_time=unset)) == bytes(10)


@pytest.mark.parametrize(
    ("data", "minutes"),
    [("0404", 120), ("EC00", -300), ("0002", 30), ("8000", None), ("04FF", None)],
)
def test_utc_offset(data: str, minutes: int | None) -> None:
    """Mutant: daylight saving forgotten, or taken for hours."""
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert LocalTimeInformation.parse(B(data)).utc_offset == expected


def test_a_zone_is_whole_quarters_of_an_hour() -> None:
    with pytest.raises(InvalidMessageError, match="not a whole number of steps"):
        LocalTimeInformation(time_zone_minutes=Decimal(70), dst_offset=DstOffset.UNKNOWN)


def test_a_request_that_no_device_understands_is_not_made() -> None:
    """Mutant: no `check`, so that a filter goes out without its operand."""
    report = RequestOpCode.REPORT_STORED_RECORDS
    for operator, operand in (
        (Operator.NULL, b""),
        (Operator.GREATER_THAN_OR_EQUAL_TO, b""),
        (Operator.ALL_RECORDS, b"x"),
    ):
        with pytest.raises(InvalidMessageError):
            RecordAccessRequest(op_code=report, operator=operator, operand=operand)
    with pytest.raises(InvalidMessageError, match="null operator"):
        RecordAccessRequest(op_code=RequestOpCode.ABORT_OPERATION, operator=Operator.ALL_RECORDS)
    delete = RecordAccessRequest(
        op_code=RequestOpCode.DELETE_STORED_RECORDS, operator=Operator.ALL_RECORDS
    )
    assert bytes(delete) == B("0201")


@pytest.mark.parametrize(
    ("number", "data"),
    [(0, "05000000"), (0xFFFF, "0500FFFF"), (0x10000, "050000000100")],
)
def test_numbers_of_records_are_sent_as_oximeters_do(number: int, data: str) -> None:
    sent = RecordAccessResponse(op_code=ResponseOpCode.NUMBER_OF_STORED_RECORDS, outcome=number)
    assert bytes(sent) == B(data)


def test_a_response_has_what_its_op_code_says() -> None:
    outcome = RecordAccessOutcome(request_op_code=1, response_code=ResponseCode.SUCCESS)
    sent = RecordAccessResponse(op_code=ResponseOpCode.RESPONSE_CODE, outcome=outcome)
    assert bytes(sent) == B("06000101")
    for op_code, wrong in (
        (ResponseOpCode.RESPONSE_CODE, 1),
        (ResponseOpCode.NUMBER_OF_STORED_RECORDS, outcome),
        (ResponseOpCode.NUMBER_OF_STORED_RECORDS, -1),
        (ResponseOpCode.NUMBER_OF_STORED_RECORDS, 1 << 32),
    ):
        with pytest.raises(InvalidMessageError):
            RecordAccessResponse(op_code=op_code, outcome=wrong)


def test_ranges_are_read_as_their_characteristic_is() -> None:
    """Mutant: every range unsigned, or without the resolution."""
    read = VALID_RANGES[Characteristic.TEMPERATURE].parse(B("60F0 A00F"))
    assert read == ValidRange(lower=Decimal("-40.00"), upper=Decimal("40.00"))
    assert str(read) == "-40.00 to 40.00"
    assert VALID_RANGES[Characteristic.TEMPERATURE].build(read) == B("60F0 A00F")
    for uuid, layout in VALID_RANGES.items():
        message = message_for(uuid)
        assert message is not None
        (field,) = message.describe()
        assert layout.size == 2 * (field.size or 0)
        assert layout.name == f"two of {field.format}"


def test_a_range_is_a_range() -> None:
    with pytest.raises(InvalidValueError, match="above the highest"):
        ValidRange(lower=2, upper=1)
    assert ValidRange(lower=1, upper=1).lower == 1
    with pytest.raises(TypeError, match="layout with a size"):
        valid_range(utf8)
    with pytest.raises(MalformedMessageError, match="above the highest"):
        valid_range(sint16).parse(B("0000 FFFF"))
    with pytest.raises(InvalidMessageError, match="does not fit"):
        valid_range(uint16).build((1, 2))  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - the point
