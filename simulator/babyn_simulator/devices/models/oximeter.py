"""What an oximeter sock is and does, in the messages of the standard.

PLXS v1.0.1 - Pulse Oximeter Service
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from babyn_protocol.gatt.controls import PropertyDescription, PropertyName, Unit
from babyn_protocol.gatt.device_events import Alarm, AlarmReason
from babyn_protocol.gatt.property_values import PropertyKind
from babyn_protocol.gatt.pulse_oximeter import (
    DeviceAndSensorStatus,
    MeasurementStatus,
    PlxContinuousMeasurement,
    PlxFeatures,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.numbers import SpecialValue
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.models.controls import Controls, Property
from babyn_simulator.devices.models.device_clock import DeviceClock
from babyn_simulator.devices.models.events import LimitAlarm
from babyn_simulator.devices.models.measurement_log import MeasurementLog, Taken
from babyn_simulator.devices.signals.oximetry import Oximetry, Sample, Signal

PLX_CONTINUOUS: Final = 0x2A5F

_STATUS: Final = {
    Signal.GOOD: (
        MeasurementStatus.VALIDATED_DATA,
        DeviceAndSensorStatus(0),
    ),
    Signal.STARTING: (
        MeasurementStatus.MEASUREMENT_ONGOING | MeasurementStatus.EARLY_ESTIMATED_DATA,
        DeviceAndSensorStatus.SIGNAL_ANALYSIS_ONGOING,
    ),
    Signal.MOTION: (
        MeasurementStatus.QUESTIONABLE_MEASUREMENT_DETECTED,
        DeviceAndSensorStatus.SIGNAL_PROCESSING_IRREGULARITY_DETECTED
        | DeviceAndSensorStatus.ERRATIC_SIGNAL_DETECTED,
    ),
    Signal.PROBE_OFF: (
        MeasurementStatus.MEASUREMENT_UNAVAILABLE,
        DeviceAndSensorStatus.SENSOR_UNCONNECTED_TO_USER,
    ),
}


def _alarm_limit(
    number: int, name: PropertyName, unit: Unit, low: int, high: int, initial: int
) -> Property:
    return Property(
        PropertyDescription(
            property_id=number,
            kind=PropertyKind.LEVEL,
            name=name,
            unit=unit,
            settable=True,
            revision=0,
            minimum=low,
            maximum=high,
            step=1,
        ),
        rest=initial,
    )


def oximeter_properties() -> Iterator[Property]:
    """Return the properties of an oximeter sock: its alarm limits."""
    yield _alarm_limit(1, PropertyName.SATURATION_ALARM_BELOW, Unit.PERCENTAGE, 80, 98, 90)
    yield _alarm_limit(2, PropertyName.PULSE_ALARM_ABOVE, Unit.BEATS_PER_MINUTE, 140, 240, 200)
    yield _alarm_limit(3, PropertyName.PULSE_ALARM_BELOW, Unit.BEATS_PER_MINUTE, 50, 110, 80)


@dataclass(slots=True)
class OximeterModel:
    """What an oximeter sock is and does, without a radio. Time comes from outside.

    Attributes:
        signal: what it measures.
        battery: what it runs on.
        interval: seconds between two continuous measurements.
        spot_check_interval: seconds between two spot-check measurements; ``None``: it makes none.
        clock: what it takes the time from.
        log: where spot checks wait that nobody has received.
        worn: whether it is on the foot.
        forced: measured instead of the signal: saturation in percent, and pulse rate in beats
            per minute.
    """

    signal: Oximetry
    battery: Battery = field(default_factory=lambda: Battery(lifetime=timedelta(days=3)))
    interval: float = 1.0
    spot_check_interval: float | None = None
    clock: DeviceClock = field(default_factory=DeviceClock)
    log: MeasurementLog[Sample] = field(default_factory=MeasurementLog[Sample])
    worn: bool = True
    forced: tuple[float, float] | None = None
    _saturation: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(PLX_CONTINUOUS, AlarmReason.BELOW_LIMIT), init=False
    )
    _fast: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(PLX_CONTINUOUS, AlarmReason.ABOVE_LIMIT), init=False
    )
    _slow: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(PLX_CONTINUOUS, AlarmReason.BELOW_LIMIT), init=False
    )

    def sample(self, elapsed: timedelta) -> Sample:
        """Return a sample.

        Args:
            elapsed: time since the sock was put on.
        """
        sample = self.signal.measure(elapsed, worn=self.worn)
        if self.forced is None or sample.signal is Signal.PROBE_OFF:
            return sample
        return Sample(Signal.GOOD, *self.forced, amplitude=2.0)

    def alarms(self, sample: Sample, controls: Controls) -> Iterator[Alarm]:
        """Return the alarms that a sample raises or clears; only a good one does."""
        if sample.signal is not Signal.GOOD or sample.spo2 is None or sample.pulse_rate is None:
            return
        for alarm, value, limit in (
            (self._saturation, sample.spo2, PropertyName.SATURATION_ALARM_BELOW),
            (self._fast, sample.pulse_rate, PropertyName.PULSE_ALARM_ABOVE),
            (self._slow, sample.pulse_rate, PropertyName.PULSE_ALARM_BELOW),
        ):
            changed = alarm.watch(value, controls.value(limit, int))
            if changed is not None:
                yield changed

    def continuous(self, sample: Sample) -> PlxContinuousMeasurement:
        """Return a sample as a continuous measurement."""
        measurement, sensor = _STATUS[sample.signal]
        return PlxContinuousMeasurement(
            spo2=_whole(sample.spo2),
            pulse_rate=_whole(sample.pulse_rate),
            measurement_status=measurement,
            device_and_sensor_status=sensor,
            pulse_amplitude_index=_tenths(sample.amplitude),
        )

    def check(self, elapsed: timedelta, moment: datetime) -> Taken[Sample]:
        """Make a spot check.

        Args:
            elapsed: time since the sock was put on.
            moment: the true date and time, aware.
        """
        return Taken(self.sample(elapsed), elapsed, self.clock.read(moment))

    def spot_check(self, taken: Taken[Sample], *, stored: bool) -> PlxSpotCheckMeasurement:
        """Return a spot check as it is sent.

        Args:
            taken: what was measured.
            stored: whether it comes from the log.
        """
        sample = taken.value
        measurement, sensor = _STATUS[sample.signal]
        if stored:
            measurement |= MeasurementStatus.DATA_FROM_MEASUREMENT_STORAGE
        return PlxSpotCheckMeasurement(
            spo2=_whole(sample.spo2),
            pulse_rate=_whole(sample.pulse_rate),
            timestamp=taken.clock.date_time(),
            measurement_status=measurement,
            device_and_sensor_status=sensor,
            pulse_amplitude_index=_tenths(sample.amplitude),
            clock_not_set=not taken.clock.is_set,
        )

    def features(self) -> PlxFeatures:
        """Return what it can do and say."""
        measurement, sensor = MeasurementStatus(0), DeviceAndSensorStatus(0)
        for one, other in _STATUS.values():
            measurement |= one
            sensor |= other
        if self.log.capacity:
            measurement |= MeasurementStatus.DATA_FROM_MEASUREMENT_STORAGE
        return PlxFeatures(
            measurement_status_support=measurement,
            device_and_sensor_status_support=sensor,
            stores_measurements=self.log.capacity > 0,
            has_timestamps=self.spot_check_interval is not None,
            has_pulse_amplitude_index=True,
            has_multiple_bonds=True,
        )


def _whole(value: float | None) -> Decimal | SpecialValue:
    return SpecialValue.NAN if value is None else Decimal(round(value))


def _tenths(value: float | None) -> Decimal | SpecialValue:
    return SpecialValue.NAN if value is None else Decimal(round(value * 10)).scaleb(-1)
