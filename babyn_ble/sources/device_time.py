"""When a value was measured, by what its device's clock says and how far that can be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from babyn_protocol.gatt.current_time import CurrentTime

CLOCK_TOLERANCE = timedelta(minutes=2)
"""A device's date that is further off than this is not believed."""

_ZONES: tuple[tzinfo | None, ...] = (UTC, None)
"""How a Date Time, which carries no zone, is taken: as UTC, and as this host's local time."""


class DeviceTime:
    """What is known of the clock of one device, on one link."""

    def __init__(self) -> None:
        self._is_right = False
        self._zone: tzinfo | None = None

    def learn(self, current: CurrentTime, received: datetime) -> None:
        """Take what the device says that its clock says.

        Args:
            current: as read on this link.
            received: when, aware.
        """
        now = current.local_time.naive()
        if now is None:
            return
        for zone in _ZONES:
            if abs(_as(now, zone) - received) <= CLOCK_TOLERANCE:
                self._is_right, self._zone = True, zone
                return

    def measured_at(
        self, sent: datetime | None, received: datetime
    ) -> tuple[datetime | None, bool]:
        """Return when a value was measured, and whether the device's date was refused.

        A date is believed if, taken as UTC or as this host's local time, it lies within
        :data:`CLOCK_TOLERANCE` of the time of arrival; an earlier one only of a device whose
        clock was seen to be right. A device that sends no date is taken to send at once.

        Args:
            sent: the date in the message, naive.
            received: when it arrived, aware.
        """
        if sent is None:
            return received, False
        for zone in _ZONES:
            moment = _as(sent, zone)
            if abs(moment - received) <= CLOCK_TOLERANCE:
                return min(moment.astimezone(UTC), received), False
        if self._is_right and _as(sent, self._zone) < received:
            return _as(sent, self._zone).astimezone(UTC), False
        return None, True


def _as(naive: datetime, zone: tzinfo | None) -> datetime:
    return naive.replace(tzinfo=zone) if zone else naive.astimezone()
