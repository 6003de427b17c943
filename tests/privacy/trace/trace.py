"""A trace: what was seen on the far side of the companion, with the time of each.

Nothing here is what the companion says of itself. It is what its controller was told by HCI,
what its store was told to keep or to hand out, what a broker received, and what the program
that uses it was handed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class What(StrEnum):
    """Kinds of events in a trace."""

    OPENED = "a platform's scanner or client was made"
    SCANNING = "HCI: scanning was switched on"
    ADVERTISED = "HCI: an advertisement came in"
    SIGHTED = "the program was handed a sighting"
    CONNECTING = "HCI: a connection was asked for"
    SET_UP = "ATT: the device was asked what it offers"
    STATUS_ASKED = "ATT: a value that is no measurement was asked for"
    HEALTH_ASKED = "ATT: a measurement was read or subscribed to"
    STATUS_CAME = "ATT: a value that is no measurement came in"
    HEALTH_CAME = "ATT: a measurement came in"
    ROOM_ASKED = "ATT: a value of the room was read or subscribed to"
    ROOM_CAME = "ATT: a value of the room came in"
    CONTROLLED = "ATT: the device was told to set something"
    READING = "the program was handed a reading"
    ROOM_READING = "the program was handed a reading of the room"
    BOUND = "the store was told to keep a device"
    KEPT = "the store was told to keep a reading"
    ROOM_KEPT = "the store was told to keep a reading of the room"
    TAKEN_OUT = "the store was asked for kept readings"
    LOOKED_BACK = "the program was handed kept readings"
    CALLED = "a connection to a broker came in"
    STATUS_SENT = "a broker received the status of a publisher"
    SENT = "a broker received a reading"
    ROOM_SENT = "a broker received a reading of the room"
    COUNTED = "faults were looked at"


INCOMING = frozenset({What.ADVERTISED, What.STATUS_CAME, What.HEALTH_CAME, What.ROOM_CAME})
"""What others send. It may come while things are being stopped, and then dies in our callback."""


POINTS: Mapping[What, int] = {
    What.OPENED: 1,
    What.ADVERTISED: 2,
    What.SIGHTED: 2,
    What.CONNECTING: 3,
    What.STATUS_ASKED: 4,
    What.HEALTH_ASKED: 4,
    What.ROOM_ASKED: 4,
    What.ROOM_CAME: 4,
    What.CONTROLLED: 4,
    What.STATUS_CAME: 4,
    What.HEALTH_CAME: 4,
    What.BOUND: 5,
    What.KEPT: 5,
    What.ROOM_KEPT: 5,
    What.SENT: 6,
    What.ROOM_SENT: 6,
    What.LOOKED_BACK: 7,
}
"""Which enforcement point stands before which event."""

OF_THE_ROOM: Mapping[What, What] = {
    What.READING: What.ROOM_READING,
    What.KEPT: What.ROOM_KEPT,
    What.SENT: What.ROOM_SENT,
}
"""What an event with readings is called, if they are of the room."""


@dataclass(frozen=True, slots=True)
class Measured:
    """When a value was measured, as far as the device has told.

    Attributes:
        moment: when; ``None`` if nobody knows.
        live: whether it was told at once. What is not comes from the device's log.
    """

    moment: datetime | None
    live: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes:
        what: its kind.
        by: which companion.
        at: when, in seconds for which the machine was awake; they never go back.
        moment: the date and time that the machine shows then.
        measured: for readings: when each was measured.
    """

    what: What
    by: int
    at: float
    moment: datetime
    measured: tuple[Measured, ...] = ()

    def __str__(self) -> str:
        return f"{self.at:10.3f} {self.moment:%Y-%m-%d %H:%M:%S} #{self.by} {self.what.value}"
