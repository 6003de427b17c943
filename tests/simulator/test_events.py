"""Events of a simulated device, and the alarms that become some."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from babyn_protocol.gatt.device_events import (
    AlarmReason,
    AlarmState,
    ButtonPress,
    ButtonPressed,
    EventKind,
)
from babyn_protocol.numbers import NoNumber
from babyn_simulator.devices.models.events import CAPACITY, EventLog, LimitAlarm

PRESSED = ButtonPressed(button=1, press=ButtonPress.PRESS)
BEGIN = timedelta()


def test_events_are_kept_in_order_with_their_age() -> None:
    """Mutant: the age is that of the first try, or an unconfirmed event is forgotten."""
    log = EventLog()
    log.restart(0xFFFFFFFF)
    log.add(PRESSED, BEGIN)
    log.add(ButtonPressed(button=2, press=ButtonPress.LONG_PRESS), timedelta(seconds=1))
    for seconds in (0.0, 2.5):
        event = log.oldest(timedelta(seconds=seconds))
        assert event is not None
        assert (event.sequence, event.kind) == (0xFFFFFFFF, EventKind.BUTTON_PRESSED)
        assert event.age == Decimal(str(seconds))
    log.confirm(0)  # not the oldest
    log.confirm(0xFFFFFFFF)
    event = log.oldest(timedelta(seconds=3))
    assert event is not None
    assert (event.sequence, event.age) == (0, Decimal(2))
    log.confirm(0)
    assert log.oldest(timedelta(seconds=4)) is None


def test_a_full_log_loses_the_oldest_and_its_number_shows_it() -> None:
    """Mutant: numbers are given on sending, so that a loss does not show."""
    log = EventLog()
    log.restart(10)
    for _ in range(CAPACITY + 2):
        log.add(PRESSED, BEGIN)
    event = log.oldest(BEGIN)
    assert event is not None
    assert event.sequence == 12
    log.restart(99)
    assert log.oldest(BEGIN) is None


def test_an_age_that_does_not_fit_is_not_known() -> None:
    log = EventLog()
    log.add(PRESSED, BEGIN)
    event = log.oldest(timedelta(days=50))
    assert event is not None
    assert event.age is NoNumber.NOT_KNOWN


def test_an_alarm_is_raised_once_and_cleared_once() -> None:
    """Mutant: a single value raises it, or every value beyond the limit does."""
    alarm = LimitAlarm(0x2A5F, AlarmReason.BELOW_LIMIT, patience=3)
    values = [95, 85, 85, 95, 85, 85, 85, 85, 85, 95, 95, 95, 95]
    told = [alarm.watch(value, 90) for value in values]
    shown = {place: alarm.state for place, alarm in enumerate(told) if alarm is not None}
    assert shown == {6: AlarmState.RAISED, 11: AlarmState.CLEARED}


def test_an_alarm_knows_on_which_side_its_limit_is() -> None:
    above = LimitAlarm(0x2A6E, AlarmReason.ABOVE_LIMIT, patience=1)
    assert above.watch(26.0, 26.0) is None
    raised = above.watch(26.1, 26.0)
    assert raised is not None
    assert (raised.about, raised.reason) == (0x2A6E, AlarmReason.ABOVE_LIMIT)
