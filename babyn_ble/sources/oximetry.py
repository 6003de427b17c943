"""What a pulse oximeter says of its own values, as reasons of a reading's quality.

PLXS v1.0.1 - Pulse Oximeter Service - §3.1.1.4 and §3.1.1.5: with any bit but those that speak
for it, a value is no plain value.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from babyn_ble.readings import QualityReason
from babyn_protocol.gatt.pulse_oximeter import DeviceAndSensorStatus, MeasurementStatus

_OF_MEASUREMENT: Mapping[MeasurementStatus, QualityReason] = MappingProxyType(
    {
        MeasurementStatus.MEASUREMENT_ONGOING: QualityReason.PROVISIONAL,
        MeasurementStatus.EARLY_ESTIMATED_DATA: QualityReason.PROVISIONAL,
        MeasurementStatus.DATA_FROM_MEASUREMENT_STORAGE: QualityReason.FROM_STORAGE,
        MeasurementStatus.DATA_FOR_DEMONSTRATION: QualityReason.DEMONSTRATION,
        MeasurementStatus.DATA_FOR_TESTING: QualityReason.DEMONSTRATION,
        MeasurementStatus.CALIBRATION_ONGOING: QualityReason.CALIBRATION_ONGOING,
        MeasurementStatus.MEASUREMENT_UNAVAILABLE: QualityReason.MEASUREMENT_UNAVAILABLE,
        MeasurementStatus.QUESTIONABLE_MEASUREMENT_DETECTED: (
            QualityReason.QUESTIONABLE_MEASUREMENT
        ),
        MeasurementStatus.INVALID_MEASUREMENT_DETECTED: QualityReason.INVALID_MEASUREMENT,
    }
)

_OF_SENSOR: Mapping[DeviceAndSensorStatus, QualityReason] = MappingProxyType(
    {
        DeviceAndSensorStatus.EQUIPMENT_MALFUNCTION_DETECTED: (QualityReason.EQUIPMENT_MALFUNCTION),
        DeviceAndSensorStatus.SIGNAL_PROCESSING_IRREGULARITY_DETECTED: (
            QualityReason.DISTURBED_SIGNAL
        ),
        DeviceAndSensorStatus.INADEQUATE_SIGNAL_DETECTED: QualityReason.WEAK_SIGNAL,
        DeviceAndSensorStatus.POOR_SIGNAL_DETECTED: QualityReason.WEAK_SIGNAL,
        DeviceAndSensorStatus.LOW_PERFUSION_DETECTED: QualityReason.WEAK_SIGNAL,
        DeviceAndSensorStatus.ERRATIC_SIGNAL_DETECTED: QualityReason.DISTURBED_SIGNAL,
        DeviceAndSensorStatus.NON_PULSATILE_SIGNAL_DETECTED: QualityReason.DISTURBED_SIGNAL,
        DeviceAndSensorStatus.QUESTIONABLE_PULSE_DETECTED: (QualityReason.QUESTIONABLE_MEASUREMENT),
        DeviceAndSensorStatus.SIGNAL_ANALYSIS_ONGOING: QualityReason.PROVISIONAL,
        DeviceAndSensorStatus.SENSOR_INTERFERENCE_DETECTED: QualityReason.DISTURBED_SIGNAL,
        DeviceAndSensorStatus.SENSOR_UNCONNECTED_TO_USER: QualityReason.NO_CONTACT,
        DeviceAndSensorStatus.UNKNOWN_SENSOR_CONNECTED: QualityReason.EQUIPMENT_MALFUNCTION,
        DeviceAndSensorStatus.SENSOR_DISPLACED: QualityReason.NO_CONTACT,
        DeviceAndSensorStatus.SENSOR_MALFUNCTIONING: QualityReason.EQUIPMENT_MALFUNCTION,
        DeviceAndSensorStatus.SENSOR_DISCONNECTED: QualityReason.NO_CONTACT,
    }
)

SPEAKING_FOR_IT = MeasurementStatus.VALIDATED_DATA | MeasurementStatus.FULLY_QUALIFIED_DATA
"""Bits that lower nothing."""


def status_reasons(
    measurement: MeasurementStatus | None, sensor: DeviceAndSensorStatus | None
) -> frozenset[QualityReason]:
    """Return what the two status fields say against a value."""
    reasons = {
        reason for bit, reason in _OF_MEASUREMENT.items() if measurement and bit in measurement
    }
    reasons |= {reason for bit, reason in _OF_SENSOR.items() if sensor and bit in sensor}
    return frozenset(reasons)
