"""Who a device is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says about itself, by Device Information."""

    serial: str
    manufacturer: str = "BabyN Simulator"
    model: str = "Thermometer patch"
    firmware: str = "1.0.0"
