"""Pulse Oximeter Service 0x1822.

The flags of the two measurements have the same meanings in different places.

PLXS v1.0.1 - Pulse Oximeter Service - §3
"""

from __future__ import annotations

from decimal import Decimal

from babyn_protocol.gatt.codes import Bits
from babyn_protocol.layout import bit_set
from babyn_protocol.numbers import (
    DateTime,
    SpecialValue,
    date_time,
    medfloat16,
    uint8,
    uint16,
    uint24,
)
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, wire


class MeasurementStatus(Bits):
    """What the oximeter says of one measurement.

    Only ``VALIDATED_DATA`` and ``FULLY_QUALIFIED_DATA`` speak for it. With any other bit it is no
    plain value: not final, not from now, not of a patient, or not to be trusted.

    PLXS v1.0.1 - Pulse Oximeter Service - §3.1.1.4
    """

    MEASUREMENT_ONGOING = 1 << 5
    EARLY_ESTIMATED_DATA = 1 << 6
    VALIDATED_DATA = 1 << 7
    FULLY_QUALIFIED_DATA = 1 << 8
    DATA_FROM_MEASUREMENT_STORAGE = 1 << 9
    DATA_FOR_DEMONSTRATION = 1 << 10
    DATA_FOR_TESTING = 1 << 11
    CALIBRATION_ONGOING = 1 << 12
    MEASUREMENT_UNAVAILABLE = 1 << 13
    QUESTIONABLE_MEASUREMENT_DETECTED = 1 << 14
    INVALID_MEASUREMENT_DETECTED = 1 << 15


class DeviceAndSensorStatus(Bits):
    """What the oximeter says of itself and its probe.

    ``EXTENDED_DISPLAY_UPDATE_ONGOING`` says nothing of the measurement; with any other bit it is no
    plain value.

    PLXS v1.0.1 - Pulse Oximeter Service - §3.1.1.5
    """

    EXTENDED_DISPLAY_UPDATE_ONGOING = 1 << 0
    EQUIPMENT_MALFUNCTION_DETECTED = 1 << 1
    SIGNAL_PROCESSING_IRREGULARITY_DETECTED = 1 << 2
    INADEQUATE_SIGNAL_DETECTED = 1 << 3
    POOR_SIGNAL_DETECTED = 1 << 4
    LOW_PERFUSION_DETECTED = 1 << 5
    ERRATIC_SIGNAL_DETECTED = 1 << 6
    NON_PULSATILE_SIGNAL_DETECTED = 1 << 7
    QUESTIONABLE_PULSE_DETECTED = 1 << 8
    SIGNAL_ANALYSIS_ONGOING = 1 << 9
    SENSOR_INTERFERENCE_DETECTED = 1 << 10
    SENSOR_UNCONNECTED_TO_USER = 1 << 11
    UNKNOWN_SENSOR_CONNECTED = 1 << 12
    SENSOR_DISPLACED = 1 << 13
    SENSOR_MALFUNCTIONING = 1 << 14
    SENSOR_DISCONNECTED = 1 << 15


_measurement_status = bit_set(uint16, MeasurementStatus)
_device_and_sensor_status = bit_set(uint24, DeviceAndSensorStatus)


class PlxSpotCheckMeasurement(Message):
    """One reading of a session. Sent by indication.

    PLXS v1.0.1 - Pulse Oximeter Service - §3.1
    """

    flags: int = flag_bits(uint8)
    """What follows, and whether the clock was set."""

    spo2: Decimal | SpecialValue = wire(medfloat16)
    """Oxygen saturation, in percent, or why there is none."""

    pulse_rate: Decimal | SpecialValue = wire(medfloat16)
    """In beats per minute, or why there is none."""

    timestamp: DateTime | None = optional(date_time, flag=0)
    """When it was measured, by the device's clock."""

    measurement_status: MeasurementStatus | None = optional(_measurement_status, flag=1)
    """What the device says of the measurement."""

    device_and_sensor_status: DeviceAndSensorStatus | None = optional(
        _device_and_sensor_status, flag=2
    )
    """What the device says of itself and its probe."""

    pulse_amplitude_index: Decimal | SpecialValue | None = optional(medfloat16, flag=3)
    """How strong the pulse is where it is measured, in percent."""

    clock_not_set: bool = flag_value(4, default=False)
    """The device's clock was not set: ``timestamp`` is no time of day."""

    def __str__(self) -> str:
        said = _said(self)
        if self.timestamp is not None:
            said.append(str(self.timestamp))
        if self.clock_not_set:
            said.append("clock not set")
        return ", ".join(said)


class PlxContinuousMeasurement(Message):
    """One reading of many, to be shown at once. Sent by notification. It has no time.

    PLXS v1.0.1 - Pulse Oximeter Service - §3.2
    """

    flags: int = flag_bits(uint8)
    """What follows."""

    spo2: Decimal | SpecialValue = wire(medfloat16)
    """Oxygen saturation, in percent, or why there is none."""

    pulse_rate: Decimal | SpecialValue = wire(medfloat16)
    """In beats per minute, or why there is none."""

    spo2_fast: Decimal | SpecialValue | None = optional(medfloat16, flag=0)
    """The same saturation, computed so that it follows quick changes."""

    pulse_rate_fast: Decimal | SpecialValue | None = optional(medfloat16, flag=0)
    """The same rate, computed so that it follows quick changes."""

    spo2_slow: Decimal | SpecialValue | None = optional(medfloat16, flag=1)
    """The same saturation, computed so that movement disturbs it less."""

    pulse_rate_slow: Decimal | SpecialValue | None = optional(medfloat16, flag=1)
    """The same rate, computed so that movement disturbs it less."""

    measurement_status: MeasurementStatus | None = optional(_measurement_status, flag=2)
    """What the device says of the measurement."""

    device_and_sensor_status: DeviceAndSensorStatus | None = optional(
        _device_and_sensor_status, flag=3
    )
    """What the device says of itself and its probe."""

    pulse_amplitude_index: Decimal | SpecialValue | None = optional(medfloat16, flag=4)
    """How strong the pulse is where it is measured, in percent."""

    def __str__(self) -> str:
        return ", ".join(_said(self))


def _said(read: PlxSpotCheckMeasurement | PlxContinuousMeasurement) -> list[str]:
    said = [_value("SpO2", read.spo2, "%"), _value("pulse", read.pulse_rate, "/min")]
    if read.pulse_amplitude_index is not None:
        said.append(_value("pulse amplitude", read.pulse_amplitude_index, "%"))
    said += [
        str(status) for status in (read.measurement_status, read.device_and_sensor_status) if status
    ]
    return said


def _value(name: str, value: Decimal | SpecialValue, unit: str) -> str:
    if isinstance(value, Decimal):
        return f"{name} {value} {unit}"
    return f"{name}: no reading ({value})"


class PlxFeatures(Message):
    """What this oximeter can do and say.

    PLXS v1.0.1 - Pulse Oximeter Service - §3.3
    """

    flags: int = flag_bits(uint16)
    """The features, two of which have a field."""

    measurement_status_support: MeasurementStatus | None = optional(_measurement_status, flag=0)
    """Which bits of the measurement status it may set. Absent: it sends no such status."""

    device_and_sensor_status_support: DeviceAndSensorStatus | None = optional(
        _device_and_sensor_status, flag=1
    )
    """Which bits of the device and sensor status it may set. Absent: it sends no such status."""

    stores_measurements: bool = flag_value(2, default=False)
    """It keeps spot-check measurements; see the Record Access Control Point."""

    has_timestamps: bool = flag_value(3, default=False)
    """Spot-check measurements have a time."""

    has_fast_values: bool = flag_value(4, default=False)
    """Continuous measurements have the fast values."""

    has_slow_values: bool = flag_value(5, default=False)
    """Continuous measurements have the slow values."""

    has_pulse_amplitude_index: bool = flag_value(6, default=False)
    """Measurements have the index."""

    has_multiple_bonds: bool = flag_value(7, default=False)
    """It can be bonded to several hosts."""

    def __str__(self) -> str:
        features = {
            "measurement status": self.measurement_status_support is not None,
            "device and sensor status": self.device_and_sensor_status_support is not None,
            "stored measurements": self.stores_measurements,
            "timestamps": self.has_timestamps,
            "fast values": self.has_fast_values,
            "slow values": self.has_slow_values,
            "pulse amplitude": self.has_pulse_amplitude_index,
            "multiple bonds": self.has_multiple_bonds,
        }
        return ", ".join(name for name, there in features.items() if there) or "no features"
