"""What a room sensor is and does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from babyn_protocol.gatt.controls import PropertyDescription, PropertyName, Unit
from babyn_protocol.gatt.device_events import Alarm, AlarmReason
from babyn_protocol.gatt.property_values import PropertyKind
from babyn_protocol.gatt.sensor import SoundLevel
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.models.controls import Controls, Property
from babyn_simulator.devices.models.events import LimitAlarm
from babyn_simulator.devices.signals.climate import RoomClimate, RoomReading

TEMPERATURE: Final = 0x2A6E

SOUND_LEVEL: Final = 0x0101


def room_properties() -> Iterator[Property]:
    """Return the properties of a room sensor: its alarm limits."""
    for number, name, initial in (
        (1, PropertyName.TEMPERATURE_ALARM_ABOVE, Decimal("26.00")),
        (2, PropertyName.TEMPERATURE_ALARM_BELOW, Decimal("15.00")),
    ):
        yield Property(
            PropertyDescription(
                property_id=number,
                kind=PropertyKind.TEMPERATURE,
                name=name,
                unit=Unit.DEGREE_CELSIUS,
                settable=True,
                revision=0,
                minimum=Decimal("5.00"),
                maximum=Decimal("40.00"),
                step=Decimal("0.50"),
            ),
            rest=initial,
        )
    yield Property(
        PropertyDescription(
            property_id=3,
            kind=PropertyKind.LEVEL,
            name=PropertyName.SOUND_ALARM_ABOVE,
            unit=Unit.DECIBEL,
            settable=True,
            revision=0,
            minimum=40,
            maximum=100,
            step=1,
        ),
        rest=70,
    )


@dataclass(slots=True)
class RoomSensorModel:
    """What a room sensor is and does, without a radio. Time comes from outside.

    Attributes:
        climate: what it measures.
        battery: what it runs on.
        interval: seconds between two measurements.
        door: whether the door is open; ``None``: as the climate says.
        forced: measured instead of the climate.
    """

    climate: RoomClimate
    battery: Battery = field(default_factory=lambda: Battery(lifetime=timedelta(days=365)))
    interval: float = 10.0
    door: bool | None = None
    forced: RoomReading | None = None
    _warm: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(TEMPERATURE, AlarmReason.ABOVE_LIMIT), init=False
    )
    _cold: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(TEMPERATURE, AlarmReason.BELOW_LIMIT), init=False
    )
    _loud: LimitAlarm = field(
        default_factory=lambda: LimitAlarm(SOUND_LEVEL, AlarmReason.ABOVE_LIMIT, patience=2),
        init=False,
    )

    def measure(self, elapsed: timedelta, moment: datetime) -> RoomReading:
        """Return a measurement.

        Args:
            elapsed: time since the sensor was set up.
            moment: the date and time, aware.
        """
        measured = self.climate.measure(elapsed, moment, opened=self.door)
        return measured if self.forced is None else self.forced

    def alarms(self, reading: RoomReading, controls: Controls) -> Iterator[Alarm]:
        """Return the alarms that a measurement raises or clears."""
        warm = float(controls.value(PropertyName.TEMPERATURE_ALARM_ABOVE, Decimal))
        cold = float(controls.value(PropertyName.TEMPERATURE_ALARM_BELOW, Decimal))
        loud = controls.value(PropertyName.SOUND_ALARM_ABOVE, int)
        for alarm, value, limit in (
            (self._warm, reading.celsius, warm),
            (self._cold, reading.celsius, cold),
            (self._loud, reading.sound, loud),
        ):
            changed = alarm.watch(value, limit)
            if changed is not None:
                yield changed

    def sound_level(self, reading: RoomReading) -> SoundLevel:
        """Return how loud it was since the last measurement."""
        period = round(self.interval)
        return SoundLevel(
            level=Decimal(round(reading.sound)),
            maximum=Decimal(round(reading.loudest)),
            period_seconds=period if period > 1 else None,
        )
