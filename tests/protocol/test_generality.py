"""Characteristics that are not part of the kit yet, declared here: the declarations can say them.

Bytes and meanings are those of other projects' tests, named beside each.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, Flag
from typing import Any

import pytest

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.layout import Layout, bit_set, choice, enumerated, octets
from babyn_protocol.numbers import (
    DateTime,
    SpecialValue,
    date_time,
    medfloat16,
    scaled,
    uint8,
    uint16,
    uint24,
)
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, repeated, sized, wire

B = bytes.fromhex
Sfloat = Decimal | SpecialValue


class Contact(Enum):
    NOT_SUPPORTED = 0
    ALSO_NOT_SUPPORTED = 1
    NOT_DETECTED = 2
    DETECTED = 3


class HeartRateMeasurement(Message):
    flags: int = flag_bits(uint8)
    heart_rate: int = sized(uint8, uint16, flag=0)
    contact: Contact = flag_value(1, Contact, width=2)
    energy_expended: int | None = optional(uint16, flag=3)
    rr_intervals: tuple[int, ...] = repeated(uint16, flag=4)


@pytest.mark.parametrize(
    ("data", "rate", "contact", "energy", "rr", "canonical"),
    [
        # Nordic Android-BLE-Common-Library HeartRateMeasurementDataCallbackTest
        ("0055", 85, 0, None, (), True),
        ("04FF", 255, 2, None, (), True),
        ("1E5532002100", 85, 3, 50, (33,), True),
        ("1F0101320101000201FFFF", 257, 3, 306, (1, 258, 65535), True),
        # bluetooth-sig-python test_heart_rate_measurement; 200 fits one byte
        ("105A00080010", 90, 0, None, (2048, 4096), True),
        ("01C800", 200, 0, None, (), False),
    ],
)
def test_heart_rate(
    data: str, rate: int, contact: int, energy: int | None, rr: tuple[int, ...], canonical: bool
) -> None:
    read = HeartRateMeasurement.parse(B(data))
    expected = HeartRateMeasurement(
        heart_rate=rate, contact=Contact(contact), energy_expended=energy, rr_intervals=rr
    )
    assert read == expected
    assert (bytes(read) == B(data)) is canonical


def test_heart_rate_with_a_flag_and_no_interval() -> None:
    with pytest.raises(MalformedMessageError):
        HeartRateMeasurement.parse(B("170101"))


class MeasurementStatus(Flag):
    ONGOING = 1 << 5
    EARLY_ESTIMATE = 1 << 6
    VALIDATED = 1 << 7
    FULLY_QUALIFIED = 1 << 8
    DEMONSTRATION = 1 << 10
    QUESTIONABLE = 1 << 14


class PlxContinuous(Message):
    flags: int = flag_bits(uint8)
    spo2: Sfloat = wire(medfloat16)
    pulse_rate: Sfloat = wire(medfloat16)
    spo2_fast: Sfloat | None = optional(medfloat16, flag=0)
    pulse_rate_fast: Sfloat | None = optional(medfloat16, flag=0)
    spo2_slow: Sfloat | None = optional(medfloat16, flag=1)
    pulse_rate_slow: Sfloat | None = optional(medfloat16, flag=1)
    measurement_status: MeasurementStatus | None = optional(
        bit_set(uint16, MeasurementStatus), flag=2
    )
    sensor_status: int | None = optional(uint24, flag=3)
    pulse_amplitude_index: Sfloat | None = optional(medfloat16, flag=4)


def test_pulse_oximeter_continuous() -> None:
    """SpeziBluetooth PLXTests.swift."""
    data = B("1FDEF3CAF3CAF35AF5D4F3B2F220010000007AE3")
    read = PlxContinuous.parse(data)
    assert [str(value) for value in (read.spo2, read.pulse_rate)] == ["99.0", "97.0"]
    assert [str(value) for value in (read.spo2_fast, read.pulse_rate_fast)] == ["97.0", "137.0"]
    assert [str(value) for value in (read.spo2_slow, read.pulse_rate_slow)] == ["98.0", "69.0"]
    assert read.measurement_status == MeasurementStatus.ONGOING | MeasurementStatus.FULLY_QUALIFIED
    assert (read.sensor_status, str(read.pulse_amplitude_index)) == (0, "8.90")
    assert bytes(read) == data
    none = PlxContinuous.parse(B("00FF07FF07"))
    assert (none.spo2, none.pulse_rate) == (SpecialValue.NAN, SpecialValue.NAN)


def test_reserved_bits_of_a_set_are_ignored_and_not_sent() -> None:
    read = PlxContinuous.parse(B("04 5F00 5A00 2100"))
    assert read.measurement_status is MeasurementStatus.ONGOING
    assert bytes(read) == B("04 5F00 5A00 2000")


class PlxFeatures(Message):
    features: int = flag_bits(uint16)
    measurement_status_support: int | None = optional(uint16, flag=0)
    sensor_status_support: int | None = optional(uint24, flag=1)
    storage: bool = flag_value(2)
    timestamps: bool = flag_value(3)
    fast: bool = flag_value(4)
    slow: bool = flag_value(5)
    pulse_amplitude: bool = flag_value(6)
    bonds: bool = flag_value(7)


@pytest.mark.parametrize("data", ["A3004010800100", "0000"])
def test_pulse_oximeter_features(data: str) -> None:
    """SpeziBluetooth PLXTests.swift; bluetooth-sig-python test_plx_features."""
    read = PlxFeatures.parse(B(data))
    assert bytes(read) == B(data)
    assert read.slow is read.bonds is bool(read.features)


class WeightUnit(Enum):
    SI = 0
    IMPERIAL = 1


class Weight(Enum):
    UNSUCCESSFUL = 0xFFFF


WEIGHT: Layout[Decimal | Weight] = choice(
    "unit",
    {
        WeightUnit.SI: scaled(uint16, "0.005", codes={0xFFFF: Weight.UNSUCCESSFUL}),
        WeightUnit.IMPERIAL: scaled(uint16, "0.01", codes={0xFFFF: Weight.UNSUCCESSFUL}),
    },
)
HEIGHT: Layout[Decimal] = choice(
    "unit", {WeightUnit.SI: scaled(uint16, "0.001"), WeightUnit.IMPERIAL: scaled(uint16, "0.1")}
)


class WeightMeasurement(Message):
    flags: int = flag_bits(uint8)
    unit: WeightUnit = flag_value(0, WeightUnit)
    weight: Decimal | Weight = wire(WEIGHT)
    timestamp: DateTime | None = optional(date_time, flag=1)
    user_id: int | None = optional(uint8, flag=2)
    bmi: Decimal | None = optional(scaled(uint16, "0.1"), flag=3)
    height: Decimal | None = optional(HEIGHT, flag=3)


@pytest.mark.parametrize(
    ("data", "weight", "height"),
    [
        # openweigh StandardWeightScaleProtocolTest; bluetooth-sig-python test_weight_measurement
        ("00803E", "80.000", None),
        ("01204E", "200.00", None),
        ("00FFFF", None, None),
        ("02B036E7070C190E1E2D", "70.000", None),
        ("0CB03605F500D606", "70.000", "1.750"),
        ("0E803EE20706" + "0D0A1E0001F000D606", "80.000", "1.750"),
    ],
)
def test_weight_scale(data: str, weight: str | None, height: str | None) -> None:
    read = WeightMeasurement.parse(B(data))
    if weight is None:
        assert read.weight is Weight.UNSUCCESSFUL
    else:
        assert str(read.weight) == weight
    assert (None if read.height is None else str(read.height)) == height
    assert bytes(read) == B(data)


class OpCode(Enum):
    REPORT_RECORDS = 1
    DELETE_RECORDS = 2
    ABORT = 3
    REPORT_NUMBER = 4
    NUMBER_RESPONSE = 5
    RESPONSE = 6


class RecordAccess(Message, max_size=20):
    op_code: OpCode = wire(enumerated(uint8, OpCode))
    operator: int = wire(uint8)
    operand: bytes = wire(octets)


def test_record_access_control_point() -> None:
    """Nordic Android-BLE-Common-Library RecordAccessControlPointDataCallbackTest."""
    read = RecordAccess.parse(B("050004030201"))
    assert (read.op_code, read.operand) == (OpCode.NUMBER_RESPONSE, B("04030201"))
    assert bytes(RecordAccess(op_code=OpCode.ABORT, operator=0, operand=b"")) == B("0300")


class PowerState(Message):
    word: int = flag_bits(uint16)
    present: bool = flag_value(0)
    wired: Contact = flag_value(1, Contact, width=2)
    charge_level: Contact = flag_value(7, Contact, width=2)


class BatteryLevelStatus(Message):
    flags: int = flag_bits(uint8)
    power_state: PowerState = wire(PowerState.layout())
    identifier: int | None = optional(uint16, flag=0)
    level: int | None = optional(uint8, flag=1)
    additional_status: int | None = optional(uint8, flag=2)


def test_battery_level_status_has_a_word_of_its_own() -> None:
    """bluetooth-sig-python test_battery_level_status."""
    read = BatteryLevelStatus.parse(B("07010012346405"))
    assert read.power_state.present
    assert (read.identifier, read.level, read.additional_status) == (0x3412, 100, 5)
    assert bytes(read) == B("07010012346405")
    assert BatteryLevelStatus.describe()[1].size == 2


def test_a_broadcast_of_tagged_objects() -> None:
    """BTHome's shape: a header and objects of which each first byte decides the rest."""
    values: dict[int, Layout[Any]] = {0x01: uint8, 0x02: scaled(uint16, "0.01")}

    class Tag(Enum):
        BATTERY = 0x01
        TEMPERATURE = 0x02

    class Measured(Message):
        tag: Tag = wire(enumerated(uint8, Tag))
        value: Any = wire(choice("tag", {tag: values[tag.value] for tag in Tag}))

    class Broadcast(Message):
        information: int = wire(uint8)
        objects: tuple[Measured, ...] = repeated(Measured.layout())

    read = Broadcast.parse(B("40 015D 02CA09"))
    assert [str(found.value) for found in read.objects] == ["93", "25.06"]
    assert bytes(read) == B("40 015D 02CA09")
