"""Decoding: declarations against hand-written code with equal objects and equal checks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babyn_protocol import bthome
from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement
from babyn_protocol.gatt.heart_rate import HeartRateMeasurement
from babyn_protocol.gatt.pulse_oximeter import PlxContinuousMeasurement
from babyn_protocol.gatt.weight_scale import WeightMeasurement
from tests.benchmarks import by_hand

TIMES = 300


@dataclass(frozen=True)
class Decoding:
    """One value, decoded by the kit and by hand."""

    name: str
    data: bytes
    ours: Callable[[bytes], Any]
    by_hand: Callable[[bytes], Any]
    construct: Callable[[bytes], Any] | None = None
    """The same declaration without its fast form."""


def _decoding(name: str, message: type[Any], hand: Callable[[bytes], Any], data: str) -> Decoding:
    return Decoding(name, bytes.fromhex(data), message.parse, hand, message._parse)


DECODINGS = (
    _decoding(
        "Temperature Measurement, all fields",
        TemperatureMeasurement,
        by_hand.temperature_measurement,
        "06 B00E00FE DC070C050B321B 04",
    ),
    _decoding(
        "PLX Continuous Measurement, all fields",
        PlxContinuousMeasurement,
        by_hand.plx_continuous_measurement,
        "1F DEF3CAF3 CAF35AF5 D4F3B2F2 2001 000000 7AE3",
    ),
    _decoding(
        "Heart Rate Measurement, 4 intervals",
        HeartRateMeasurement,
        by_hand.heart_rate_measurement,
        "16 55 3203 4503 2803 2103",
    ),
    _decoding(
        "Weight Measurement, all fields",
        WeightMeasurement,
        by_hand.weight_measurement,
        "0E 803E E207060D0A1E00 01 F000 D606",
    ),
    Decoding(
        "BTHome, 7 objects",
        bytes.fromhex("40 0005 0161 02CA09 03BF13 04138A01 05138A14 2D01"),
        bthome.parse,
        by_hand.broadcast,
    ),
)


def seconds(decode: Callable[[bytes], Any], data: bytes) -> Callable[[], float]:
    """Return a function that measures how long decoding takes."""

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(TIMES):
            decode(data)
        return time.perf_counter() - start

    return measure
