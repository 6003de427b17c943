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
from tests.fuzz.construct_alone import by_construct_alone

TIMES = 2000
"""Enough that a tick of the clock of the CPU does not show."""


@dataclass(frozen=True)
class Decoding:
    """One value, decoded by the kit and by hand."""

    name: str
    data: bytes
    ours: Callable[[bytes], Any]
    by_hand: Callable[[bytes], Any]


DECODINGS = (
    Decoding(
        "Temperature Measurement, all fields",
        bytes.fromhex("06 B00E00FE DC070C050B321B 04"),
        TemperatureMeasurement.parse,
        by_hand.temperature_measurement,
    ),
    Decoding(
        "PLX Continuous Measurement, all fields",
        bytes.fromhex("1F DEF3CAF3 CAF35AF5 D4F3B2F2 2001 000000 7AE3"),
        PlxContinuousMeasurement.parse,
        by_hand.plx_continuous_measurement,
    ),
    Decoding(
        "Heart Rate Measurement, 4 intervals",
        bytes.fromhex("16 55 3203 4503 2803 2103"),
        HeartRateMeasurement.parse,
        by_hand.heart_rate_measurement,
    ),
    Decoding(
        "Weight Measurement, all fields",
        bytes.fromhex("0E 803E E207060D0A1E00 01 F000 D606"),
        WeightMeasurement.parse,
        by_hand.weight_measurement,
    ),
    Decoding(
        "BTHome, 7 objects",
        bytes.fromhex("40 0005 0161 02CA09 03BF13 04138A01 05138A14 2D01"),
        bthome.parse,
        by_hand.broadcast,
    ),
)


def seconds(decode: Callable[[bytes], Any], data: bytes) -> Callable[[], float]:
    """Return a function that measures the CPU seconds of decoding."""

    def measure() -> float:
        start = time.process_time()
        for _ in range(TIMES):
            decode(data)
        return time.process_time() - start

    return measure


def by_construct(decode: Callable[[bytes], Any], data: bytes) -> Callable[[], float]:
    """Return the same for the declaration without its fast form, as where it is in doubt."""
    measure = seconds(decode, data)

    def measure_construct() -> float:
        with by_construct_alone():
            return measure()

    return measure_construct
