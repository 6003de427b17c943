"""Events of a simulated device, kept until somebody has confirmed them; without any IO."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from babyn_protocol.gatt.device_events import (
    Alarm,
    AlarmReason,
    AlarmState,
    ButtonPressed,
    DeviceEvent,
    EventDetails,
    EventKind,
    FeedEnded,
    ProbeOff,
)
from babyn_protocol.numbers import NoNumber

CAPACITY = 16
"""Events that are kept while nobody listens; the oldest goes when there is one more."""

_KINDS: dict[type[object], EventKind] = {
    Alarm: EventKind.ALARM,
    ButtonPressed: EventKind.BUTTON_PRESSED,
    FeedEnded: EventKind.FEED_ENDED,
    ProbeOff: EventKind.PROBE_OFF,
}
_LONGEST_AGE = timedelta(milliseconds=0xFFFFFFFE)


@dataclass(frozen=True, slots=True)
class _Happened:
    sequence: int
    at: timedelta
    details: EventDetails


class EventLog:
    """What has happened at a device and has not been confirmed."""

    def __init__(self) -> None:
        self._kept: deque[_Happened] = deque(maxlen=CAPACITY)
        self._next = 0

    def restart(self, sequence: int) -> None:
        """Lose everything, as by a reset.

        Args:
            sequence: the number of the next event.
        """
        self._kept.clear()
        self._next = sequence

    def add(self, details: EventDetails, now: timedelta) -> None:
        """Note that something happens now."""
        self._kept.append(_Happened(self._next, now, details))
        self._next = (self._next + 1) % 0x1_0000_0000

    def oldest(self, now: timedelta) -> DeviceEvent | None:
        """Return the oldest event that has not been confirmed, as it is sent now."""
        if not self._kept:
            return None
        happened = self._kept[0]
        age = now - happened.at
        return DeviceEvent(
            sequence=happened.sequence,
            age=(
                Decimal(age // timedelta(milliseconds=1)).scaleb(-3)
                if age <= _LONGEST_AGE
                else NoNumber.NOT_KNOWN
            ),
            kind=_KINDS[type(happened.details)],
            details=happened.details,
        )

    def confirm(self, sequence: int) -> None:
        """Forget an event that somebody has confirmed, unless there was no more room for it."""
        if self._kept and self._kept[0].sequence == sequence:
            self._kept.popleft()


@dataclass(slots=True)
class LimitAlarm:
    """Raises an alarm when values stay beyond a limit, and clears it when they are back.

    Attributes:
        about: number of the characteristic that has the values.
        reason: on which side the limit is.
        patience: values in a row that it takes, to raise and to clear.
    """

    about: int
    reason: AlarmReason
    patience: int = 5
    raised: bool = field(default=False, init=False)
    _against: int = field(default=0, init=False)

    def watch(self, value: float, limit: float) -> Alarm | None:
        """Take a value, and return the alarm if it is raised or cleared by it."""
        beyond = value > limit if self.reason is AlarmReason.ABOVE_LIMIT else value < limit
        self._against = 0 if beyond is self.raised else self._against + 1
        if self._against < self.patience:
            return None
        self.raised, self._against = beyond, 0
        return Alarm(
            about=self.about,
            reason=self.reason,
            state=AlarmState.RAISED if beyond else AlarmState.CLEARED,
        )
