"""What the messages of the open profile say: values of quantities, and how good they are.

A value here knows nothing of devices, sessions and clocks yet; :mod:`.open_profile` adds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from babyn_ble.privacy.purposes import Category
from babyn_ble.readings import QualityReason, Quantity, Site
from babyn_ble.sources.oximetry import status_reasons
from babyn_protocol.gatt.environmental_sensing import (
    Co2Concentration,
    Humidity,
    Illuminance,
    Illuminance16,
    Pressure,
    Temperature,
)
from babyn_protocol.gatt.health_thermometer import (
    IntermediateTemperature,
    TemperatureMeasurement,
    TemperatureType,
)
from babyn_protocol.gatt.heart_rate import HeartRateMeasurement
from babyn_protocol.gatt.pulse_oximeter import (
    PlxContinuousMeasurement,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.gatt.sensor import FineWeightMeasurement, SoundLevel
from babyn_protocol.gatt.weight_scale import WeightMeasurement
from babyn_protocol.numbers import DateTime, NoNumber, SpecialValue
from babyn_protocol.wire import Message

M = TypeVar("M", bound=Message)

SITES: Mapping[TemperatureType, Site] = MappingProxyType(
    {kind: Site[kind.name] for kind in TemperatureType}
)
"""The sites of Temperature Type."""

_NO_NUMBER: Mapping[SpecialValue | NoNumber, QualityReason] = MappingProxyType(
    {
        SpecialValue.NAN: QualityReason.NO_VALUE,
        SpecialValue.NRES: QualityReason.NOT_AT_THIS_RESOLUTION,
        SpecialValue.POSITIVE_INFINITY: QualityReason.ABOVE_RANGE,
        SpecialValue.NEGATIVE_INFINITY: QualityReason.BELOW_RANGE,
        SpecialValue.RESERVED: QualityReason.RESERVED_VALUE,
        NoNumber.NOT_KNOWN: QualityReason.NO_VALUE,
        NoNumber.ABOVE_RANGE: QualityReason.ABOVE_RANGE,
        NoNumber.MEASUREMENT_UNSUCCESSFUL: QualityReason.MEASUREMENT_UNSUCCESSFUL,
    }
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of one quantity, as a message has it.

    Attributes:
        quantity: what was measured.
        value: as sent; ``None`` if there is no number.
        unit: as sent.
        reasons: what must be said with it.
        site: where on the body, if the message says so.
        sent: the date and time in the message, naive, if it has one.
        clock_set: ``False`` if the device says that its clock was never set.
    """

    quantity: Quantity
    value: Decimal | None
    unit: str
    reasons: frozenset[QualityReason] = frozenset()
    site: Site | None = None
    sent: datetime | None = None
    clock_set: bool = True


Decode = Callable[[bytes], tuple[Measurement, ...]]
"""Parses a characteristic's value; raises ``MalformedMessageError`` if it is none."""


def _number(
    value: Decimal | SpecialValue | NoNumber, *reasons: QualityReason
) -> tuple[Decimal | None, frozenset[QualityReason]]:
    if isinstance(value, Decimal):
        return value, frozenset(reasons)
    return None, frozenset({_NO_NUMBER[value], *reasons})


def _date(timestamp: DateTime | None) -> datetime | None:
    return None if timestamp is None else timestamp.naive()


def _temperature(message: TemperatureMeasurement) -> tuple[Measurement, ...]:
    provisional = isinstance(message, IntermediateTemperature)
    value, reasons = _number(message.value, *([QualityReason.PROVISIONAL] * provisional))
    kind = message.temperature_type
    return (
        Measurement(
            Quantity.TEMPERATURE,
            value,
            message.unit.symbol,
            reasons,
            site=None if kind is None else SITES[kind],
            sent=_date(message.timestamp),
        ),
    )


def _oximetry(
    message: PlxContinuousMeasurement | PlxSpotCheckMeasurement,
) -> tuple[Measurement, ...]:
    status = status_reasons(message.measurement_status, message.device_and_sensor_status)
    sent, clock_set = None, True
    if isinstance(message, PlxSpotCheckMeasurement):
        sent, clock_set = _date(message.timestamp), not message.clock_not_set
    spo2, spo2_reasons = _number(message.spo2, *status)
    pulse, pulse_reasons = _number(message.pulse_rate, *status)
    return (
        Measurement(Quantity.SPO2, spo2, "%", spo2_reasons, sent=sent, clock_set=clock_set),
        Measurement(
            Quantity.PULSE_RATE, pulse, "/min", pulse_reasons, sent=sent, clock_set=clock_set
        ),
    )


def _heart_rate(message: HeartRateMeasurement) -> tuple[Measurement, ...]:
    reasons = [QualityReason.NO_CONTACT] if message.contact is False else []
    rate = Decimal(message.heart_rate)
    return (Measurement(Quantity.HEART_RATE, rate, "/min", frozenset(reasons)),)


def _weight(message: WeightMeasurement) -> tuple[Measurement, ...]:
    value, reasons = _number(message.weight)
    unit = message.units.weight
    return (Measurement(Quantity.WEIGHT, value, unit, reasons, sent=_date(message.timestamp)),)


def _fine_weight(message: FineWeightMeasurement) -> tuple[Measurement, ...]:
    value, reasons = _number(
        message.weight, *([] if message.settled else [QualityReason.PROVISIONAL])
    )
    return (Measurement(Quantity.WEIGHT, value, "kg", reasons, sent=_date(message.timestamp)),)


def _plain(
    quantity: Quantity, value: Decimal | SpecialValue | NoNumber, unit: str
) -> tuple[Measurement, ...]:
    number, reasons = _number(value)
    return (Measurement(quantity, number, unit, reasons),)


def _decoder(message_type: type[M], decode: Callable[[M], tuple[Measurement, ...]]) -> Decode:
    return lambda data: decode(message_type.parse(data))


DECODERS: Mapping[type[Message], Decode] = MappingProxyType(
    {
        TemperatureMeasurement: _decoder(TemperatureMeasurement, _temperature),
        IntermediateTemperature: _decoder(IntermediateTemperature, _temperature),
        PlxContinuousMeasurement: _decoder(PlxContinuousMeasurement, _oximetry),
        PlxSpotCheckMeasurement: _decoder(PlxSpotCheckMeasurement, _oximetry),
        HeartRateMeasurement: _decoder(HeartRateMeasurement, _heart_rate),
        WeightMeasurement: _decoder(WeightMeasurement, _weight),
        FineWeightMeasurement: _decoder(FineWeightMeasurement, _fine_weight),
        Temperature: _decoder(
            Temperature, lambda m: _plain(Quantity.AIR_TEMPERATURE, m.celsius, "°C")
        ),
        Humidity: _decoder(Humidity, lambda m: _plain(Quantity.HUMIDITY, m.percent, "%")),
        Pressure: _decoder(Pressure, lambda m: _plain(Quantity.PRESSURE, m.pascal, "Pa")),
        Co2Concentration: _decoder(
            Co2Concentration, lambda m: _plain(Quantity.CO2_CONCENTRATION, m.ppm, "ppm")
        ),
        Illuminance: _decoder(Illuminance, lambda m: _plain(Quantity.ILLUMINANCE, m.lux, "lx")),
        Illuminance16: _decoder(Illuminance16, lambda m: _plain(Quantity.ILLUMINANCE, m.lux, "lx")),
        SoundLevel: _decoder(SoundLevel, lambda m: _plain(Quantity.SOUND_LEVEL, m.level, "dB(A)")),
    }
)
"""How each kind of message is read, by its declaration."""

_OF_THE_ROOM: frozenset[type[Message]] = frozenset(
    {Temperature, Humidity, Pressure, Co2Concentration, Illuminance, Illuminance16, SoundLevel}
)


def category_of(message: type[Message]) -> Category:
    """Return which data a kind of message carries. What is not of the room is of a body."""
    return Category.ENVIRONMENT if message in _OF_THE_ROOM else Category.HEALTH
