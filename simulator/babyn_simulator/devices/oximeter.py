"""An oximeter sock: what it measures, and the standard service that tells it.

PLXS v1.0.1 - Pulse Oximeter Service
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Unpack

from babyn_protocol.date_time import DateTime
from babyn_protocol.gatt.controls import PropertyDescription, PropertyName, Unit
from babyn_protocol.gatt.device_events import Alarm, AlarmReason, ProbeOff
from babyn_protocol.gatt.property_values import PropertyKind
from babyn_protocol.gatt.pulse_oximeter import (
    DeviceAndSensorStatus,
    MeasurementStatus,
    PlxContinuousMeasurement,
    PlxFeatures,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.numbers import SpecialValue
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.controls import Controls, Property
from babyn_simulator.devices.events import LimitAlarm
from babyn_simulator.devices.nursery_device import DeviceOptions, NurseryDevice
from babyn_simulator.devices.oximetry import Oximetry, Sample, Signal
from babyn_simulator.devices.signals import Battery
from babyn_simulator.security import Pairing
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from babyn_simulator.devices.thermometer import Identity
    from babyn_simulator.radio import Air

GENERIC_PULSE_OXIMETER = 0x0C40
"""Appearance: Generic Pulse Oximeter (Assigned Numbers §2.6)."""

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
        worn: whether it is on the foot.
        forced: measured instead of the signal: saturation in percent, and pulse rate in beats
            per minute.
    """

    signal: Oximetry
    battery: Battery = field(default_factory=lambda: Battery(lifetime=timedelta(days=3)))
    interval: float = 1.0
    spot_check_interval: float | None = None
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

    def spot_check(self, sample: Sample, moment: datetime) -> PlxSpotCheckMeasurement:
        """Return a sample as a spot-check measurement.

        Args:
            sample: what was measured.
            moment: the device's date and time, aware.
        """
        measurement, sensor = _STATUS[sample.signal]
        return PlxSpotCheckMeasurement(
            spo2=_whole(sample.spo2),
            pulse_rate=_whole(sample.pulse_rate),
            timestamp=DateTime.of(moment.astimezone(UTC).replace(tzinfo=None)),
            measurement_status=measurement,
            device_and_sensor_status=sensor,
            pulse_amplitude_index=_tenths(sample.amplitude),
        )

    def features(self) -> PlxFeatures:
        """Return what it can do and say."""
        measurement, sensor = MeasurementStatus(0), DeviceAndSensorStatus(0)
        for one, other in _STATUS.values():
            measurement |= one
            sensor |= other
        return PlxFeatures(
            measurement_status_support=measurement,
            device_and_sensor_status_support=sensor,
            has_timestamps=self.spot_check_interval is not None,
            has_pulse_amplitude_index=True,
            has_multiple_bonds=True,
        )


def _whole(value: float | None) -> Decimal | SpecialValue:
    return SpecialValue.NAN if value is None else Decimal(round(value))


def _tenths(value: float | None) -> Decimal | SpecialValue:
    return SpecialValue.NAN if value is None else Decimal(round(value * 10)).scaleb(-1)


class Oximeter(NurseryDevice):
    """An oximeter sock on the air.

    Args:
        air: the medium.
        model: what it measures and how.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.nursery_device.DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        model: OximeterModel,
        identity: Identity,
        **options: Unpack[DeviceOptions],
    ) -> None:
        self.model = model
        self._told_off = False
        self.continuous = Characteristic(
            Uuids.PLX_CONTINUOUS_MEASUREMENT, notify=True, protected=True
        )
        self.spot_check = Characteristic(
            Uuids.PLX_SPOT_CHECK_MEASUREMENT, indicate=True, protected=True
        )
        features = Characteristic(Uuids.PLX_FEATURES, read=bytes(model.features()), protected=True)
        held = [features, self.continuous]
        if model.spot_check_interval is not None:
            held.append(self.spot_check)
        options.setdefault("name", "Oximeter")
        options.setdefault("pairing", Pairing.REQUIRED)
        options.setdefault(
            "advertisement", Advertisement(service_uuids=(ServiceUuids.PULSE_OXIMETER,))
        )
        super().__init__(
            air,
            identity,
            [Service(ServiceUuids.PULSE_OXIMETER, held)],
            appearance=GENERIC_PULSE_OXIMETER,
            controls=Controls(oximeter_properties()),
            battery=model.battery,
            options=options,
        )

    def take_off(self) -> None:
        """Take the sock off the foot: from the next sample on there are no values."""
        self.model.worn = False

    def put_on(self) -> None:
        """Put the sock on again: after a while there are values."""
        self.model.worn = True

    def force(self, spo2: float, pulse_rate: float) -> None:
        """Measure this from now on, in percent and beats per minute."""
        self.model.forced = (spo2, pulse_rate)

    def unforce(self) -> None:
        """Measure the signal again."""
        self.model.forced = None

    async def measure_once(self) -> None:
        """Measure, and tell whoever has subscribed; what has happened by it, too."""
        sample = self.model.sample(self.elapsed)
        for alarm in self.model.alarms(sample, self.controls):
            self.happened(alarm)
        off = sample.signal is Signal.PROBE_OFF
        if off and not self._told_off:
            self.happened(ProbeOff(about=PLX_CONTINUOUS))
        self._told_off = off
        await self.notify(self.continuous, bytes(self.model.continuous(sample)))
        await self.tell_battery()

    async def check_once(self) -> None:
        """Make a spot check, and tell whoever has subscribed."""
        measured = self.model.spot_check(self.model.sample(self.elapsed), utc_now())
        await self.indicate(self.spot_check, bytes(measured))

    async def work(self) -> None:
        """Measure for ever."""
        if self.model.spot_check_interval is not None:
            self._spawn(self.device, self._check_for_ever)
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += self.model.interval
            await asyncio.sleep(due - loop.time())
            await self.measure_once()

    async def _check_for_ever(self) -> None:
        while self.model.spot_check_interval is not None:
            await asyncio.sleep(self.model.spot_check_interval)
            await self.check_once()
