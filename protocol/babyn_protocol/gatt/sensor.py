"""The sensor service of a BabyN device: what is measured in a nursery and has no SIG service.

It holds, each at most once:

- CO2 Concentration 0x2B8C and Illuminance 0x2AFB or Illuminance 16 0x2C1C, as the SIG defines them
  (:mod:`babyn_protocol.gatt.environmental_sensing`): only the service is ours;
- Sound Level: the SIG's Noise 0x2BE4 says no weighting and no period, so ours does, in the format
  of its value;
- Fine Weight Measurement: Weight Measurement 0x2A9D in steps of 1 g.

All are read, and sent by notification; Fine Weight Measurement is sent by indication.
"""

from __future__ import annotations

from decimal import Decimal

from babyn_protocol.gatt.environmental_sensing import said
from babyn_protocol.gatt.weight_scale import said_user
from babyn_protocol.layout import Layout
from babyn_protocol.numbers import DateTime, NoNumber, date_time, scaled, uint8, uint16
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, wire

noise: Layout[Decimal | NoNumber] = scaled(
    uint8, "1", codes={0xFE: NoNumber.ABOVE_RANGE, 0xFF: NoNumber.NOT_KNOWN}
)
"""Decibels, as in the SIG's Noise. GSS v5 - GATT Specification Supplement - § Noise."""


class SoundLevel(Message):
    """How loud it is, never what is heard."""

    flags: int = flag_bits(uint8)
    """What follows."""

    level: Decimal | NoNumber = wire(noise)
    """A-weighted equivalent level over the period, in dB(A), 0 to 253."""

    maximum: Decimal | NoNumber | None = optional(noise, flag=0)
    """The highest A-weighted level in the period, time weighting fast, in dB(A)."""

    period_seconds: int | None = optional(uint16, flag=1)
    """The period, which ends now. Absent: a second or less."""

    def __str__(self) -> str:
        text = said(self.level, "dB(A)")
        if self.maximum is not None:
            text += f", maximum {self.maximum}"
        return text if self.period_seconds is None else f"{text}, over {self.period_seconds} s"


class FineWeightMeasurement(Message):
    """A weight in steps of 1 g, up to 65.533 kg.

    The fields that Weight Measurement has too stand in its order, under its flag bits.
    """

    flags: int = flag_bits(uint8)
    """How the weight is meant, and what follows."""

    weight: Decimal | NoNumber = wire(
        scaled(
            uint16,
            "0.001",
            codes={0xFFFE: NoNumber.ABOVE_RANGE, 0xFFFF: NoNumber.MEASUREMENT_UNSUCCESSFUL},
        )
    )
    """In kg, or why there is none."""

    timestamp: DateTime | None = optional(date_time, flag=1)
    """When it was measured, by the device's clock."""

    user_id: int | None = optional(uint8, flag=2)
    """Whose it is, by the scale's own numbers; 255: it does not know whose."""

    settled: bool = flag_value(4)
    """The weight did not move any more. Otherwise it is for display only."""

    net: bool = flag_value(5, default=False)
    """Something, say a towel, was weighed before and has been subtracted."""

    def __str__(self) -> str:
        parts = [said(self.weight, "kg"), *said_user(self.user_id)]
        parts += ["net"] * self.net + ["not settled"] * (not self.settled)
        if self.timestamp is not None:
            parts.append(str(self.timestamp))
        return ", ".join(parts)
