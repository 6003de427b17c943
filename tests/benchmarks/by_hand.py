"""Decoders as one would write them by hand for speed: the other side of the benchmarks.

They return objects of the same richness as the kit's (frozen dataclasses, exact decimals, enums)
and refuse the same bytes, which ``tests/protocol/test_fast.py`` holds them to. No more than that:
they can't be sent, say what is wrong with which field, or describe themselves.
"""

from __future__ import annotations

import struct
from calendar import monthrange
from dataclasses import dataclass
from decimal import Context, Decimal

from babyn_protocol.gatt.health_thermometer import TemperatureType, TemperatureUnit
from babyn_protocol.gatt.pulse_oximeter import DeviceAndSensorStatus, MeasurementStatus
from babyn_protocol.gatt.weight_scale import MeasurementUnits
from babyn_protocol.numbers import NoNumber, SpecialValue

_number = Context(prec=40, traps=[]).scaleb
_MOMENT = struct.Struct("<HBBBBB")
_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_TWO_U16 = struct.Struct("<HH")
_UNITS = tuple(TemperatureUnit)
_TYPES = {member.value: member for member in TemperatureType}
_SYSTEMS = tuple(MeasurementUnits)
_STATUS = sum(member.value for member in MeasurementStatus)
_SENSOR_STATUS = sum(member.value for member in DeviceAndSensorStatus)


class RefusedError(Exception):
    """Bytes that are not what they were taken for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    year: int | None
    month: int | None
    day: int | None
    hour: int
    minute: int
    second: int


def _moment(data: bytes, at: int) -> Moment:
    year, month, day, hour, minute, second = _MOMENT.unpack_from(data, at)
    if (
        hour > 23
        or minute > 59
        or second > 59
        or month > 12
        or day > 31
        or (year and not 1582 <= year <= 9999)
        or (day > 28 and month and day > monthrange(year or 2000, month)[1])
    ):
        raise RefusedError("no moment")
    return Moment(
        year=year or None,
        month=month or None,
        day=day or None,
        hour=hour,
        minute=minute,
        second=second,
    )


_SPECIAL = (
    SpecialValue.POSITIVE_INFINITY,
    SpecialValue.NAN,
    SpecialValue.NRES,
    SpecialValue.RESERVED,
    SpecialValue.NEGATIVE_INFINITY,
)


def _medfloat32(word: int) -> Decimal | SpecialValue:
    mantissa, exponent = word & 0xFFFFFF, word >> 24
    if 0x7FFFFE <= mantissa <= 0x800002:
        if exponent:
            raise RefusedError("a special value with an exponent")
        return _SPECIAL[mantissa - 0x7FFFFE]
    if mantissa > 0x7FFFFF:
        mantissa -= 0x1000000
    if exponent > 0x7F:
        exponent -= 0x100
    return _number(mantissa, exponent)


def _medfloat16(word: int) -> Decimal | SpecialValue:
    mantissa, exponent = word & 0xFFF, word >> 12
    if 0x7FE <= mantissa <= 0x802:
        if exponent:
            raise RefusedError("a special value with an exponent")
        return _SPECIAL[mantissa - 0x7FE]
    if mantissa > 0x7FF:
        mantissa -= 0x1000
    if exponent > 7:
        exponent -= 16
    return _number(mantissa, exponent)


def _checked(data: bytes, least: int) -> bytes:
    if type(data) is not bytes:
        data = bytes(data)
    if not least <= len(data) <= 512:
        raise RefusedError("too short or too long")
    return data


def _rest(data: bytes, at: int, reserved: int) -> bytes:
    if at == len(data):
        return b""
    if not reserved:
        raise RefusedError("bytes left over")
    return data[at:]


@dataclass(frozen=True, kw_only=True)
class Temperature:
    unit: TemperatureUnit
    value: Decimal | SpecialValue
    timestamp: Moment | None
    temperature_type: TemperatureType | None
    extra: bytes


def temperature_measurement(data: bytes) -> Temperature:
    data = _checked(data, 5)
    flags, at = data[0], 5
    value = _medfloat32(_U32.unpack_from(data, 1)[0])
    timestamp = kind = None
    if flags & 2:
        if len(data) < at + 7:
            raise RefusedError("too short")
        timestamp = _moment(data, at)
        at += 7
    if flags & 4:
        if len(data) < at + 1:
            raise RefusedError("too short")
        kind = _TYPES.get(data[at])
        if kind is None:
            raise RefusedError("an unknown type")
        at += 1
    return Temperature(
        unit=_UNITS[flags & 1],
        value=value,
        timestamp=timestamp,
        temperature_type=kind,
        extra=_rest(data, at, flags & 0xF8),
    )


@dataclass(frozen=True, kw_only=True)
class Oximetry:
    spo2: Decimal | SpecialValue
    pulse_rate: Decimal | SpecialValue
    spo2_fast: Decimal | SpecialValue | None
    pulse_rate_fast: Decimal | SpecialValue | None
    spo2_slow: Decimal | SpecialValue | None
    pulse_rate_slow: Decimal | SpecialValue | None
    measurement_status: MeasurementStatus | None
    device_and_sensor_status: DeviceAndSensorStatus | None
    pulse_amplitude_index: Decimal | SpecialValue | None
    extra: bytes


def plx_continuous_measurement(data: bytes) -> Oximetry:
    data = _checked(data, 5)
    flags, at = data[0], 5
    length = 5 + 4 * (flags & 1) + 2 * (flags & 2) + (flags & 4) // 2
    length += 3 * (flags >> 3 & 1) + 2 * (flags >> 4 & 1)
    if len(data) < length:
        raise RefusedError("too short")
    spo2, pulse = map(_medfloat16, _TWO_U16.unpack_from(data, 1))
    spo2_fast = pulse_fast = spo2_slow = pulse_slow = status = sensor = amplitude = None
    if flags & 1:
        spo2_fast, pulse_fast = map(_medfloat16, _TWO_U16.unpack_from(data, at))
        at += 4
    if flags & 2:
        spo2_slow, pulse_slow = map(_medfloat16, _TWO_U16.unpack_from(data, at))
        at += 4
    if flags & 4:
        status = MeasurementStatus(_U16.unpack_from(data, at)[0] & _STATUS)
        at += 2
    if flags & 8:
        word = int.from_bytes(data[at : at + 3], "little")
        sensor = DeviceAndSensorStatus(word & _SENSOR_STATUS)
        at += 3
    if flags & 16:
        amplitude = _medfloat16(_U16.unpack_from(data, at)[0])
        at += 2
    return Oximetry(
        spo2=spo2,
        pulse_rate=pulse,
        spo2_fast=spo2_fast,
        pulse_rate_fast=pulse_fast,
        spo2_slow=spo2_slow,
        pulse_rate_slow=pulse_slow,
        measurement_status=status,
        device_and_sensor_status=sensor,
        pulse_amplitude_index=amplitude,
        extra=_rest(data, at, flags & 0xE0),
    )


@dataclass(frozen=True, kw_only=True)
class HeartRate:
    contact_detected: bool
    contact_supported: bool
    heart_rate: int
    energy_expended: int | None
    rr_intervals: tuple[int, ...]
    extra: bytes


def heart_rate_measurement(data: bytes) -> HeartRate:
    data = _checked(data, 2)
    flags = data[0]
    if flags & 1:
        if len(data) < 3:
            raise RefusedError("too short")
        rate, at = _U16.unpack_from(data, 1)[0], 3
    else:
        rate, at = data[1], 2
    energy, intervals = None, ()
    if flags & 8:
        if len(data) < at + 2:
            raise RefusedError("too short")
        energy = _U16.unpack_from(data, at)[0]
        at += 2
    extra = b""
    if flags & 16:
        count, odd = divmod(len(data) - at, 2)
        if odd or not count:
            raise RefusedError("no whole number of intervals")
        intervals = struct.unpack_from(f"<{count}H", data, at)
    else:
        extra = _rest(data, at, flags & 0xE0)
    return HeartRate(
        contact_detected=bool(flags & 2),
        contact_supported=bool(flags & 4),
        heart_rate=rate,
        energy_expended=energy,
        rr_intervals=intervals,
        extra=extra,
    )


@dataclass(frozen=True, kw_only=True)
class Weight:
    units: MeasurementUnits
    weight: Decimal | NoNumber
    timestamp: Moment | None
    user_id: int | None
    bmi: Decimal | None
    height: Decimal | None
    extra: bytes


def weight_measurement(data: bytes) -> Weight:
    data = _checked(data, 3)
    flags, at = data[0], 3
    length = 3 + 7 * (flags >> 1 & 1) + (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
    if len(data) < length:
        raise RefusedError("too short")
    raw = _U16.unpack_from(data, 1)[0]
    weight: Decimal | NoNumber
    if raw == 0xFFFF:
        weight = NoNumber.MEASUREMENT_UNSUCCESSFUL
    else:
        weight = _number(raw, -2) if flags & 1 else _number(raw * 5, -3)
    timestamp = user = bmi = height = None
    if flags & 2:
        timestamp = _moment(data, at)
        at += 7
    if flags & 4:
        user = data[at]
        at += 1
    if flags & 8:
        first, second = _TWO_U16.unpack_from(data, at)
        bmi, height = _number(first, -1), _number(second, -1 if flags & 1 else -3)
        at += 4
    return Weight(
        units=_SYSTEMS[flags & 1],
        weight=weight,
        timestamp=timestamp,
        user_id=user,
        bmi=bmi,
        height=height,
        extra=_rest(data, at, flags & 0xF0),
    )


@dataclass(frozen=True, slots=True)
class Object:
    name: str
    unit: str | None
    value: Decimal | int | bool


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    objects: tuple[Object, ...]
    trigger_based: bool
    rest: bytes


# Id: name, unit, bytes, signed, factor, exponent. None: as an integer; 0: as a bool.
OBJECTS: dict[int, tuple[str, str | None, int, bool, int | None, int]] = {
    0x00: ("packet id", None, 1, False, None, 0),
    0x01: ("battery", "%", 1, False, 1, 0),
    0x02: ("temperature", "°C", 2, True, 1, -2),
    0x03: ("humidity", "%", 2, False, 1, -2),
    0x04: ("pressure", "hPa", 3, False, 1, -2),
    0x05: ("illuminance", "lx", 3, False, 1, -2),
    0x12: ("co2", "ppm", 2, False, 1, 0),
    0x21: ("motion", None, 1, False, 0, 0),
    0x2D: ("window", None, 1, False, 0, 0),
}


def broadcast(data: bytes) -> Broadcast:
    """Read BTHome v2 in the clear, as far as these ids go."""
    if type(data) is not bytes:
        data = bytes(data)
    if not 1 <= len(data) <= 252:
        raise RefusedError("too short or too long")
    information = data[0]
    if information >> 5 != 2 or information & 3:
        raise RefusedError("another version, encrypted, or with an address")
    objects: list[Object] = []
    at, end, previous = 1, len(data), 0
    while at < end:
        kind = data[at]
        row = OBJECTS.get(kind)
        if row is None:
            break
        name, unit, size, signed, factor, exponent = row
        after = at + 1 + size
        if after > end or kind < previous:
            raise RefusedError("cut off, or out of order")
        number = int.from_bytes(data[at + 1 : after], "little", signed=signed)
        value: Decimal | int | bool
        if factor is None:
            value = number
        elif factor:
            value = _number(number * factor, exponent)
        elif number > 1:
            raise RefusedError("neither 0 nor 1")
        else:
            value = number == 1
        objects.append(Object(name, unit, value))
        previous, at = kind, after
    return Broadcast(objects=tuple(objects), trigger_based=bool(information & 4), rest=data[at:])
