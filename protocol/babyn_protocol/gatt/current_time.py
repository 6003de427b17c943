"""Current Time Service 0x1805.

A host that writes the time tells the device where on Earth it keeps its clock: only bound devices
are told.

CTS v1.1.0 - Current Time Service - §3
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, Self

from babyn_protocol.gatt.codes import Bits, Code
from babyn_protocol.layout import bit_set, code_of, enumerated
from babyn_protocol.numbers import DateTime, NoNumber, date_time, scaled, sint8, uint8
from babyn_protocol.wire import Message, wire


class DayOfWeek(Enum):
    """A day of the week, as in ISO 8601."""

    UNKNOWN = 0
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7

    def __str__(self) -> str:
        return self.name.capitalize()


class AdjustReason(Bits):
    """Why a clock was set."""

    MANUAL_TIME_UPDATE = 1 << 0
    EXTERNAL_REFERENCE_TIME_UPDATE = 1 << 1
    CHANGE_OF_TIME_ZONE = 1 << 2
    CHANGE_OF_DST = 1 << 3


_NO_REASON: Final = AdjustReason(0)


class CurrentTime(Message):
    """The local time of a device. Read, notified, and written to set it.

    A device that sets the date and not, say, the fractions answers a write with ATT error 0x80.

    CTS v1.1.0 - Current Time Service - §3.1
    """

    local_time: DateTime = wire(date_time)
    """Date and time of day, without a zone."""

    day_of_week: DayOfWeek = wire(enumerated(uint8, DayOfWeek), default=DayOfWeek.UNKNOWN)
    """As sent, and often wrong: see ``day_of_week_is_right``."""

    fractions_256: int = wire(uint8, default=0)
    """Part of the second that has gone, in 1/256 s."""

    adjust_reason: AdjustReason = wire(bit_set(uint8, AdjustReason), default=_NO_REASON)
    """Why the clock was set last."""

    @classmethod
    def of(cls, moment: datetime, *, adjust_reason: AdjustReason = _NO_REASON) -> Self:
        """Take everything from a naive ``datetime``.

        Raises:
            ValueError: the moment has a zone: convert it to local time and drop the zone first.
        """
        return cls(
            local_time=DateTime.of(moment),
            day_of_week=DayOfWeek(moment.isoweekday()),
            fractions_256=moment.microsecond * 256 // 1_000_000,
            adjust_reason=adjust_reason,
        )

    @property
    def day_of_week_is_right(self) -> bool | None:
        """Whether the day of the week is that of the date; ``None`` if one of them is not known."""
        moment = self.local_time.naive()
        if moment is None or self.day_of_week is DayOfWeek.UNKNOWN:
            return None
        return moment.isoweekday() == code_of(self.day_of_week)

    def __str__(self) -> str:
        said = f"{self.local_time} + {self.fractions_256}/256 s"
        return f"{said}, adjusted: {self.adjust_reason}" if self.adjust_reason else said


class DstOffset(Code):
    """What daylight saving time adds to standard time."""

    STANDARD_TIME = 0
    HALF_AN_HOUR = 2
    ONE_HOUR = 4
    TWO_HOURS = 8
    UNKNOWN = 255


class LocalTimeInformation(Message):
    """How the local time relates to UTC.

    CTS v1.1.0 - Current Time Service - §3.2
    """

    time_zone_minutes: Decimal | NoNumber = wire(
        scaled(sint8, "15", codes={-128: NoNumber.NOT_KNOWN}, low=-48, high=56)
    )
    """Minutes that standard time is ahead of UTC, -720 to 840."""

    dst_offset: DstOffset = wire(enumerated(uint8, DstOffset))
    """What is added now."""

    @property
    def utc_offset(self) -> timedelta | None:
        """How far local time is ahead of UTC now, or ``None`` if part of it is not known."""
        zone = self.time_zone_minutes
        if not isinstance(zone, Decimal) or self.dst_offset is DstOffset.UNKNOWN:
            return None
        return timedelta(minutes=int(zone) + 15 * code_of(self.dst_offset))

    def __str__(self) -> str:
        offset = self.utc_offset
        if offset is None:
            return f"zone {self.time_zone_minutes}, daylight saving: {self.dst_offset}"
        minutes = offset // timedelta(minutes=1)
        hours, rest = divmod(abs(minutes), 60)
        sign = "-" if minutes < 0 else "+"
        return f"UTC{sign}{hours:02}:{rest:02}, daylight saving: {self.dst_offset}"
