"""Decoding: the declaration against hand-written code that returns an equal object."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass
from decimal import Decimal

from babyn_protocol.gatt.health_thermometer import (
    TemperatureMeasurement,
    TemperatureType,
    TemperatureUnit,
)

VALUE = bytes.fromhex("06B00E00FEDC070C050B321B04")
TIMES = 300


@dataclass(frozen=True)
class _ByHand:
    unit: TemperatureUnit
    value: Decimal
    timestamp: tuple[int, ...] | None
    temperature_type: TemperatureType | None


def _parse(data: bytes) -> _ByHand:
    if len(data) < 5:
        raise ValueError("too short")
    flags = data[0]
    word = int.from_bytes(data[1:5], "little")
    mantissa, exponent = word & 0xFFFFFF, word >> 24
    if mantissa >= 1 << 23:
        mantissa -= 1 << 24
    if exponent >= 128:
        exponent -= 256
    if not -(2**23) + 2 < mantissa < 2**23 - 2:
        raise ValueError("a special value")
    value = Decimal(mantissa).scaleb(exponent)
    at, timestamp, kind = 5, None, None
    if flags & 2:
        timestamp = struct.unpack_from("<HBBBBB", data, at)
        at += 7
        year, month, day, hour, minute, second = timestamp
        if not (
            (year == 0 or 1582 <= year <= 9999)
            and month <= 12
            and day <= 31
            and hour <= 23
            and minute <= 59
            and second <= 59
        ):
            raise ValueError("no date")
    if flags & 4:
        kind = TemperatureType(data[at])
        at += 1
    if at != len(data) and not flags & 0xF8:
        raise ValueError("too long")
    return _ByHand(TemperatureUnit(flags & 1), value, timestamp, kind)


def declared() -> float:
    """Return the seconds that the declaration takes."""
    start = time.perf_counter()
    for _ in range(TIMES):
        TemperatureMeasurement.parse(VALUE)
    return time.perf_counter() - start


def by_hand() -> float:
    """Return the seconds that hand-written code takes, and check that it says the same."""
    ours, hand = TemperatureMeasurement.parse(VALUE), _parse(VALUE)
    assert (ours.unit, ours.value, ours.temperature_type) == (
        hand.unit,
        hand.value,
        hand.temperature_type,
    )
    start = time.perf_counter()
    for _ in range(TIMES):
        _parse(VALUE)
    return time.perf_counter() - start
