"""Device Event: what happened at a BabyN device, one message an event.

Kinds that are not known here are kept with their bytes and never refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeAlias

from babyn_protocol.gatt.codes import Code, known_or_code
from babyn_protocol.layout import Layout, choice, octets, open_enumerated
from babyn_protocol.numbers import NoNumber, scaled, uint8, uint16, uint32
from babyn_protocol.uuids import name_of_number
from babyn_protocol.wire import Message, wire

_unknown_16 = {0xFFFF: NoNumber.NOT_KNOWN}
_unknown_32 = {0xFFFFFFFF: NoNumber.NOT_KNOWN}


class EventKind(Code):
    """What happened. 0x8000 to 0xFFFF: kinds of a maker's own; others are reserved."""

    ALARM = 1
    BUTTON_PRESSED = 2
    MOVED = 3
    PROBE_OFF = 4
    FEED_ENDED = 5
    SLEEP_ENDED = 6


class AlarmReason(Code):
    """Why there is an alarm."""

    ABOVE_LIMIT = 1
    BELOW_LIMIT = 2
    NO_SIGNAL = 3
    MALFUNCTION = 4
    LOW_BATTERY = 5
    NO_MOVEMENT = 6


class AlarmState(Code):
    """How an alarm stands."""

    CLEARED = 0
    RAISED = 1
    SILENCED = 2


class ButtonPress(Code):
    """How a button was pressed; the codes are those of BTHome v2, button."""

    PRESS = 0x01
    DOUBLE_PRESS = 0x02
    TRIPLE_PRESS = 0x03
    LONG_PRESS = 0x04
    LONG_DOUBLE_PRESS = 0x05
    LONG_TRIPLE_PRESS = 0x06
    HOLD_PRESS = 0x80


class Posture(Code):
    """How something lies or stands."""

    NOT_KNOWN = 0
    ON_THE_BACK = 1
    ON_THE_FRONT = 2
    ON_THE_LEFT_SIDE = 3
    ON_THE_RIGHT_SIDE = 4
    UPRIGHT = 5


class Alarm(Message):
    """An alarm of the device's own, raised or over. It is no medical alarm."""

    about: int = wire(uint16)
    """Number of the characteristic it is about (0x2A6E), or slot of ours; 0: the device."""

    reason: AlarmReason | int = wire(open_enumerated(uint8, AlarmReason))
    """Why."""

    state: AlarmState | int = wire(open_enumerated(uint8, AlarmState))
    """How it stands."""

    def __str__(self) -> str:
        reason = known_or_code(self.reason, "reason")
        return f"{reason} ({_about(self.about)}), {known_or_code(self.state, 'state')}"


class ButtonPressed(Message):
    """Someone pressed a button."""

    button: int = wire(uint8)
    """Which one, from 1."""

    press: ButtonPress | int = wire(open_enumerated(uint8, ButtonPress))
    """How."""

    def __str__(self) -> str:
        return f"button {self.button}, {known_or_code(self.press, 'press')}"


class Moved(Message):
    """The device, or whoever wears it, lies otherwise than before."""

    posture: Posture | int = wire(open_enumerated(uint8, Posture))
    """How it lies now."""

    def __str__(self) -> str:
        return f"now {known_or_code(self.posture, 'posture')}"


class ProbeOff(Message):
    """A probe came off; what it measures is nobody's until it is on again."""

    about: int = wire(uint16)
    """Number of the characteristic that has no values now, or slot of ours; 0: every one."""

    def __str__(self) -> str:
        return _about(self.about)


class FeedEnded(Message):
    """A feed is over: its totals."""

    seconds: Decimal | NoNumber = wire(scaled(uint16, "1", codes=_unknown_16))
    """How long it took."""

    millilitres: Decimal | NoNumber = wire(scaled(uint16, "1", codes=_unknown_16))
    """How much was drunk."""

    def __str__(self) -> str:
        return f"{_total(self.seconds, 's')}, {_total(self.millilitres, 'ml')}"


class SleepEnded(Message):
    """A sleep is over: its totals."""

    seconds: Decimal | NoNumber = wire(scaled(uint32, "1", codes=_unknown_32))
    """From its beginning to its end."""

    seconds_asleep: Decimal | NoNumber = wire(scaled(uint32, "1", codes=_unknown_32))
    """Of these, asleep."""

    times_awake: Decimal | NoNumber = wire(scaled(uint8, "1", codes={0xFF: NoNumber.NOT_KNOWN}))
    """How often it was interrupted."""

    def __str__(self) -> str:
        asleep, awake = _total(self.seconds_asleep, "s"), _total(self.times_awake, "times")
        return f"{_total(self.seconds, 's')}, asleep {asleep}, awake {awake}"


def _total(value: Decimal | NoNumber, unit: str) -> str:
    return f"{value} {unit}" if isinstance(value, Decimal) else f"{value} ({unit})"


def _about(number: int) -> str:
    return name_of_number(number) if number else "the device"


EventDetails: TypeAlias = Alarm | ButtonPressed | Moved | ProbeOff | FeedEnded | SleepEnded | bytes
"""What an event says besides; ``bytes``, as they came, if its kind is not known here."""

_by_kind: dict[EventKind, Layout[Any]] = {
    EventKind.ALARM: Alarm.layout(),
    EventKind.BUTTON_PRESSED: ButtonPressed.layout(),
    EventKind.MOVED: Moved.layout(),
    EventKind.PROBE_OFF: ProbeOff.layout(),
    EventKind.FEED_ENDED: FeedEnded.layout(),
    EventKind.SLEEP_ENDED: SleepEnded.layout(),
}
_of_other_kinds: Layout[Any] = octets
_details: Layout[EventDetails] = choice("kind", _by_kind, otherwise=_of_other_kinds)


class DeviceEvent(Message, max_size=20):
    """Something happened. Sent by indication, in the order in which it happened."""

    sequence: int = wire(uint32)
    """One more than that of the event before; a gap is a loss. Starts anywhere after a reset."""

    age: Decimal | NoNumber = wire(scaled(uint32, "0.001", codes=_unknown_32))
    """How long ago it happened when it was sent, in seconds."""

    kind: EventKind | int = wire(open_enumerated(uint16, EventKind))
    """What happened."""

    details: EventDetails = wire(_details)
    """What there is to say of it, by the kind."""

    def __str__(self) -> str:
        what = known_or_code(self.kind, "event kind")
        details = self.details.hex(" ") if isinstance(self.details, bytes) else str(self.details)
        ago = f"{self.age} s ago" if isinstance(self.age, Decimal) else "time not known"
        said = f"{what}: {details}" if details else what
        return f"{said}; {ago}, event {self.sequence}"
