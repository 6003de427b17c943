"""What a room sensor measures. Nothing here does any IO.

Plausible, not exact: a bedroom with a child in it, a window, and a door that is opened.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from babyn_simulator.devices.signals.wander import Randomness, Wander

OUTSIDE_CO2 = 420.0
"""Carbon dioxide in the air outside, in parts per million."""

_STEP = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class DoorOpening:
    """A door that is opened, once or again and again.

    Attributes:
        onset: when it is opened, counted from when the sensor was set up.
        lasts: how long it stays open.
        every: time between two openings; ``None``: it is opened once.
    """

    onset: timedelta = timedelta(minutes=20)
    lasts: timedelta = timedelta(minutes=5)
    every: timedelta | None = None

    def covers(self, elapsed: timedelta) -> bool:
        """Return whether the door is open."""
        since = elapsed - self.onset
        if since < timedelta():
            return False
        return (since if self.every is None else since % self.every) < self.lasts


@dataclass(frozen=True, slots=True)
class RoomReading:
    """What was measured at one time.

    Attributes:
        celsius: temperature of the air.
        humidity: relative humidity, in percent.
        pascal: pressure of the air.
        co2: carbon dioxide, in parts per million.
        lux: how much light falls on the sensor.
        sound: how loud it was since the last time, in dB(A).
        loudest: the loudest moment since then, in dB(A).
    """

    celsius: float
    humidity: float
    pascal: float
    co2: float
    lux: float
    sound: float
    loudest: float


@dataclass(slots=True)
class RoomClimate:
    """The air, the light and the sound of a bedroom.

    Attributes:
        randomness: where drift and noise come from.
        temperature: where the heating keeps the room, in degrees Celsius.
        humidity: what the air of the room has at that temperature, in percent.
        corridor: temperature behind the door, in degrees Celsius.
        breath: by how much those who sleep in the room raise its carbon dioxide in an hour, in
            parts per million.
        corridor_light: light that falls in through the open door by night, in lux.
        door: when the door is opened, if it is.
    """

    randomness: Randomness
    temperature: float = 20.5
    humidity: float = 47.0
    corridor: float = 18.0
    breath: float = 180.0
    corridor_light: float = 14.0
    door: DoorOpening | None = None
    _air: float = field(init=False)
    _co2: float = field(default=650.0, init=False)
    _last: timedelta | None = field(default=None, init=False)
    _draught: Wander = field(init=False)
    _moisture: Wander = field(init=False)
    _weather: Wander = field(init=False)

    def __post_init__(self) -> None:
        self._air = self.temperature
        self._draught = Wander(self.randomness, 0.1, timedelta(minutes=20))
        self._moisture = Wander(self.randomness, 1.0, timedelta(minutes=40))
        self._weather = Wander(self.randomness, 600.0, timedelta(hours=36))

    def open_at(self, elapsed: timedelta) -> bool:
        """Return whether the door is open by itself."""
        return self.door is not None and self.door.covers(elapsed)

    def daylight(self, moment: datetime) -> float:
        """Return the light that comes through the window, in lux."""
        hour = moment.hour + moment.minute / 60 + moment.second / 3600
        return 260.0 * math.pow(max(0.0, math.sin((hour - 6.5) / 13.0 * math.pi)), 1.5)

    def measure(
        self, elapsed: timedelta, moment: datetime, *, opened: bool | None = None
    ) -> RoomReading:
        """Return one measurement.

        Args:
            elapsed: time since the sensor was set up; never less than the last time.
            moment: the date and time, for the light of day.
            opened: whether the door is open, as far as anybody outside of the signal says.
        """
        for at, length in self._steps(elapsed):
            self._breathe(length, door_open=self.open_at(at) if opened is None else opened)
        door_open = self.open_at(elapsed) if opened is None else opened
        noise = self.randomness.gauss
        air = self._air + self._draught.at(elapsed)
        # Air that cools holds the same water, and has the higher relative humidity for it.
        humidity = (self.humidity + self._moisture.at(elapsed)) * math.exp(
            -0.06 * (air - self.temperature)
        )
        sound = 31.0 + abs(noise(0.0, 1.2)) + (17.0 if door_open else 0.0)
        light = self.daylight(moment) + (self.corridor_light if door_open else 0.0)
        return RoomReading(
            celsius=air + noise(0.0, 0.01),
            humidity=min(max(humidity + noise(0.0, 0.05), 0.0), 100.0),
            pascal=101325.0 + self._weather.at(elapsed) + noise(0.0, 1.5),
            co2=max(self._co2 + noise(0.0, 4.0), 380.0),
            lux=max(light * (1.0 + noise(0.0, 0.01)), 0.0),
            sound=sound,
            loudest=sound + 3.0 + abs(noise(0.0, 4.0)),
        )

    def _steps(self, elapsed: timedelta) -> Iterator[tuple[timedelta, timedelta]]:
        """Return the steps since the last time: in the middle of one the door does not move."""
        at = elapsed if self._last is None else self._last
        self._last = elapsed
        while at < elapsed:
            length = min(_STEP, elapsed - at)
            at += length
            yield at, length

    def _breathe(self, length: timedelta, *, door_open: bool) -> None:
        hours = length / timedelta(hours=1)
        # Air changes in an hour: what a closed room leaks, and what an open door lets through.
        kept = math.exp(-hours * (8.0 if door_open else 0.35))
        source = self.breath / (8.0 if door_open else 0.35)
        self._co2 = OUTSIDE_CO2 + source + (self._co2 - OUTSIDE_CO2 - source) * kept
        goal = (self.temperature + self.corridor) / 2 if door_open else self.temperature
        self._air = goal + (self._air - goal) * math.exp(-hours * (9.0 if door_open else 3.0))
