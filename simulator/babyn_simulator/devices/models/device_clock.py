"""The clock of a device: it drifts, is set by others, and may never have been set.

Nothing here does any IO, or knows what time it is: each call says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from babyn_protocol.date_time import DateTime
from babyn_protocol.gatt.current_time import AdjustReason

FIRST_MOMENT: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - a device's clock has no zone
"""Where a clock begins to count that nobody has set."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a device's clock said at one moment.

    Attributes:
        shown: date and time, without a zone; counted from :data:`FIRST_MOMENT` by a clock that
            nobody has set.
        is_set: whether somebody had set it.
    """

    shown: datetime
    is_set: bool

    def date_time(self) -> DateTime:
        """Return it as it goes out, to the second."""
        return DateTime.of(self.shown)

    def stamp(self, *, fresh: bool) -> DateTime | None:
        """Return the time stamp of a measurement in a message that cannot say 'clock not set'.

        A clock that nobody has set gives none to a measurement that goes out at once. One that
        was kept has what the clock said, which is plainly no date of today: without any, it
        would be taken for new.

        Args:
            fresh: whether it goes out at once.
        """
        return None if fresh and not self.is_set else self.date_time()

    def without_date(self) -> DateTime:
        """Return it as a time of day, of a date that is not known."""
        shown = self.shown
        return DateTime(
            year=None,
            month=None,
            day=None,
            hour=shown.hour,
            minute=shown.minute,
            second=shown.second,
        )


class DeviceClock:
    """A clock that runs from when the device is first powered on.

    Args:
        is_set: whether somebody has set it; then it shows UTC, by ``offset``.
        offset: by how much it is ahead at first; negative: behind.
        drift_ppm: by how much it runs fast, in seconds in a million seconds; negative: slow.
        backed: whether a battery of its own keeps it running through a loss of power. Without
            one it is not set after that.
    """

    def __init__(
        self,
        *,
        is_set: bool = True,
        offset: timedelta = timedelta(),
        drift_ppm: float = 0.0,
        backed: bool = True,
    ) -> None:
        self.drift_ppm = drift_ppm
        self.backed = backed
        self.adjust_reason = AdjustReason(0)
        """Why it was set last."""
        self._is_set = is_set
        self._offset = offset
        self._from: tuple[datetime, datetime] | None = None

    @property
    def is_set(self) -> bool:
        """Whether somebody has set it."""
        return self._is_set

    def read(self, moment: datetime) -> ClockReading:
        """Return what it says.

        Args:
            moment: the true date and time, aware.
        """
        begun, shown = self._started(moment)
        passed = (moment - begun) * (1.0 + self.drift_ppm / 1e6)
        return ClockReading(shown + passed, self._is_set)

    def set(self, shown: datetime, moment: datetime, *, reason: AdjustReason) -> None:
        """Set it.

        Args:
            shown: what it says from now on, naive.
            moment: the true date and time, aware.
            reason: why.
        """
        self._from = (moment, shown)
        self._is_set = True
        self.adjust_reason = reason

    def jump(self, by: timedelta, moment: datetime) -> None:
        """Have it jump, as by a fault: nobody has set it, and nobody is told."""
        self._from = (moment, self.read(moment).shown + by)

    def restart(self, moment: datetime) -> None:
        """Go through a loss of power."""
        if not self.backed:
            self.forget(moment)

    def forget(self, moment: datetime) -> None:
        """Be a clock that nobody has set."""
        self._is_set = False
        self.adjust_reason = AdjustReason(0)
        self._from = (moment, FIRST_MOMENT)

    def _started(self, moment: datetime) -> tuple[datetime, datetime]:
        if self._from is None:
            true = moment.astimezone(UTC).replace(tzinfo=None)
            self._from = (moment, (true if self._is_set else FIRST_MOMENT) + self._offset)
        return self._from
