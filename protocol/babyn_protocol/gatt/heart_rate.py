"""Heart Rate Service 0x180D.

HRS v1.0 - Heart Rate Service - §3
"""

from __future__ import annotations

from babyn_protocol.gatt.codes import Code
from babyn_protocol.layout import enumerated
from babyn_protocol.numbers import uint8, uint16
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, repeated, sized, wire


class HeartRateMeasurement(Message):
    """A heart rate, with what the sensor knows besides. Sent by notification.

    HRS v1.0 - Heart Rate Service - §3.1
    """

    flags: int = flag_bits(uint8)
    """How wide the rate is, whether the sensor touches the skin, and what follows."""

    contact_detected: bool = flag_value(1, default=False)
    """Whether the sensor touches the skin. Says nothing unless ``contact_supported``."""

    contact_supported: bool = flag_value(2, default=False)
    """Whether the sensor can tell that it touches the skin."""

    heart_rate: int = sized(uint8, uint16, flag=0)
    """In beats per minute."""

    energy_expended: int | None = optional(uint16, flag=3)
    """Since the last reset, in kilojoule; stays at 65535 when it gets there."""

    rr_intervals: tuple[int, ...] = repeated(uint16, flag=4)
    """Times between two beats, in 1/1024 s, oldest first."""

    @property
    def contact(self) -> bool | None:
        """Whether the sensor touches the skin, or ``None`` if it cannot tell."""
        return self.contact_detected if self.contact_supported else None

    def __str__(self) -> str:
        said = [f"{self.heart_rate} /min"]
        if self.contact is not None:
            said.append("skin contact" if self.contact else "no skin contact")
        if self.energy_expended is not None:
            said.append(f"{self.energy_expended} kJ")
        if self.rr_intervals:
            said.append("RR " + " ".join(map(str, self.rr_intervals)) + " /1024 s")
        return ", ".join(said)


class BodySensorLocation(Code):
    """Where a heart rate sensor is worn."""

    OTHER = 0
    CHEST = 1
    WRIST = 2
    FINGER = 3
    HAND = 4
    EAR_LOBE = 5
    FOOT = 6


class BodySensorLocationValue(Message):
    """Where this sensor is meant to be worn.

    HRS v1.0 - Heart Rate Service - §3.2
    """

    location: BodySensorLocation = wire(enumerated(uint8, BodySensorLocation))
    """Where on the body."""

    def __str__(self) -> str:
        return str(self.location)


class HeartRateCommand(Code):
    """What a heart rate sensor can be told."""

    RESET_ENERGY_EXPENDED = 1


class HeartRateControlPoint(Message):
    """Tell the sensor something. Written; what it cannot do ends in ATT error 0x80.

    HRS v1.0 - Heart Rate Service - §3.3
    """

    command: HeartRateCommand = wire(enumerated(uint8, HeartRateCommand))
    """What to do."""

    def __str__(self) -> str:
        return str(self.command)
