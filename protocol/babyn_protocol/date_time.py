"""Date Time 0x2A08: a calendar date and a time of day, without a zone, parts of it unknown."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from construct import Int8ul, Int16ul, Sequence

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.layout import Layout

_LAST_DAYS: Final = (31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days that a month always has, by its number; 0: it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTime:
    """What a device's clock said. It has no zone, and a device may not know the date.

    GSS v5 - GATT Specification Supplement - § Date Time

    Raises:
        InvalidValueError: a part is out of range, or the day is not in that month.
    """

    year: int | None
    """1582 to 9999, Gregorian; ``None``: unknown."""

    month: int | None
    """1 to 12; ``None``: unknown."""

    day: int | None
    """1 to 31, and no more than the month has; ``None``: unknown."""

    hour: int
    """0 to 23."""

    minute: int
    """0 to 59."""

    second: int
    """0 to 59."""

    def __post_init__(self) -> None:
        year, month, day = self.year, self.month, self.day
        # At once for any moment but 29 February, and slowly to say what is wrong.
        if not (
            type(self.hour) is type(self.minute) is type(self.second) is int
            and 0 <= self.hour <= 23
            and 0 <= self.minute <= 59
            and 0 <= self.second <= 59
            and (year is None or (type(year) is int and 1582 <= year <= 9999))
            and (month is None or (type(month) is int and 1 <= month <= 12))
            and (day is None or (type(day) is int and 1 <= day <= _LAST_DAYS[month or 0]))
        ):
            self._check()

    def _check(self) -> None:
        for name, value, low, high in (
            ("year", self.year, 1582, 9999),
            ("month", self.month, 1, 12),
            ("day", self.day, 1, 31),
            ("hour", self.hour, 0, 23),
            ("minute", self.minute, 0, 59),
            ("second", self.second, 0, 59),
        ):
            if value is None and name in ("year", "month", "day"):
                continue
            if type(value) is not int or not low <= value <= high:
                raise InvalidValueError(f"{name} must be {low} to {high}")
        if self.month is not None and self.day is not None:
            # An unknown year may be a leap year, as 2000 was.
            _, last = monthrange(2000 if self.year is None else self.year, self.month)
            if self.day > last:
                raise InvalidValueError("the month has fewer days")

    @classmethod
    def of(cls, moment: datetime) -> DateTime:
        """Take date and time of day from a naive ``datetime``; microseconds are dropped.

        Raises:
            ValueError: the moment has a zone, which the wire cannot carry: convert it to the
                device's local time and drop the zone first.
        """
        if moment.tzinfo is not None:
            raise ValueError("a Date Time has no zone: convert to the device's local time first")
        return cls(
            year=moment.year,
            month=moment.month,
            day=moment.day,
            hour=moment.hour,
            minute=moment.minute,
            second=moment.second,
        )

    def naive(self) -> datetime | None:
        """Return the moment in the device's own clock, or ``None`` if its date is not known."""
        if self.year is None or self.month is None or self.day is None:
            return None
        return datetime.combine(
            date(self.year, self.month, self.day), time(self.hour, self.minute, self.second)
        )

    def __str__(self) -> str:
        year = "????" if self.year is None else f"{self.year:04}"
        month = "??" if self.month is None else f"{self.month:02}"
        day = "??" if self.day is None else f"{self.day:02}"
        return f"{year}-{month}-{day} {self.hour:02}:{self.minute:02}:{self.second:02}"


def _decode(parts: list[int]) -> DateTime:
    year, month, day, hour, minute, second = parts
    return DateTime(
        year=year or None,
        month=month or None,
        day=day or None,
        hour=hour,
        minute=minute,
        second=second,
    )


def _encode(value: object) -> list[int]:
    if not isinstance(value, DateTime):
        raise InvalidValueError("must be a DateTime")
    return [
        value.year or 0,
        value.month or 0,
        value.day or 0,
        value.hour,
        value.minute,
        value.second,
    ]


_parts: Layout[list[int]] = Layout(
    "Date Time", Sequence(Int16ul, Int8ul, Int8ul, Int8ul, Int8ul, Int8ul), 7
)

date_time: Layout[DateTime] = _parts.map("Date Time", _decode, _encode, exact=True)
"""Year (2 bytes), month, day, hour, minute, second (1 byte each); 0 in the date: unknown."""
