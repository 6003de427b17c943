"""What an oximeter sock measures on a child's foot. Nothing here does any IO.

Plausible, not clinical: the shapes and sizes of a child that sleeps, kicks, and once loses the
sock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from babyn_simulator.devices.signals.wander import Randomness, Wander, there_and_back


@dataclass(frozen=True, slots=True)
class Desaturation:
    """An episode of low oxygen saturation.

    Attributes:
        onset: when it begins, counted from when the sock was put on.
        nadir: the lowest saturation, in percent.
        fall: how long it takes to get there.
        plateau: how long it stays there.
        recovery: how long it takes to go away.
        slower: by how much the pulse is slower at the lowest, in beats per minute.
    """

    onset: timedelta = timedelta(minutes=30)
    nadir: float = 84.0
    fall: timedelta = timedelta(seconds=20)
    plateau: timedelta = timedelta(seconds=20)
    recovery: timedelta = timedelta(seconds=30)
    slower: float = 25.0

    def share(self, elapsed: timedelta) -> float:
        """Return how much of the way to the nadir there is, from 0 to 1."""
        return there_and_back(
            elapsed - self.onset, rise=self.fall, plateau=self.plateau, fall=self.recovery
        )


@dataclass(frozen=True, slots=True)
class ProbeOffTime:
    """A time in which the sock is not on the foot.

    Attributes:
        onset: when it comes off, counted from when it was put on.
        lasts: how long it stays off.
    """

    onset: timedelta
    lasts: timedelta

    def covers(self, elapsed: timedelta) -> bool:
        """Return whether it is off."""
        return self.onset <= elapsed < self.onset + self.lasts


class Signal(Enum):
    """How good the signal is from which a sample was computed."""

    GOOD = "good"
    STARTING = "starting"
    MOTION = "motion"
    PROBE_OFF = "probe off"


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of an oximeter.

    Attributes:
        signal: how good the signal was.
        spo2: oxygen saturation, in percent; ``None``: there is none.
        pulse_rate: in beats per minute; ``None``: there is none.
        amplitude: how strong the pulse is where it is measured, in percent.
    """

    signal: Signal
    spo2: float | None = None
    pulse_rate: float | None = None
    amplitude: float | None = None


@dataclass(slots=True)
class Oximetry:
    """Oxygen saturation and pulse rate of a child, and what a sock makes of them.

    Attributes:
        randomness: where drift, noise and movements come from.
        saturation: mean oxygen saturation of a child that is well, in percent.
        pulse: mean pulse rate of a child that sleeps, in beats per minute.
        settling: how long a sock that has just been put on needs for its first value.
        motion_every: mean time between two movements; ``None``: the child lies still.
        motion_lasts: mean length of a movement.
        desaturation: an episode of low saturation, if there is one.
        off: when the sock comes off, if it does.
    """

    randomness: Randomness
    saturation: float = 97.5
    pulse: float = 124.0
    settling: timedelta = timedelta(seconds=10)
    motion_every: timedelta | None = timedelta(minutes=4)
    motion_lasts: timedelta = timedelta(seconds=8)
    desaturation: Desaturation | None = None
    off: ProbeOffTime | None = None
    _spo2: Wander = field(init=False)
    _rate: Wander = field(init=False)
    _next_motion: timedelta | None = field(default=None, init=False)
    _motion_ends: timedelta = field(default=timedelta(), init=False)
    _worn_since: timedelta | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._spo2 = Wander(self.randomness, 0.6, timedelta(minutes=2))
        self._rate = Wander(self.randomness, 5.0, timedelta(minutes=3))

    def body(self, elapsed: timedelta) -> tuple[float, float]:
        """Return saturation and pulse rate of the child itself, without drift or noise."""
        # A sleep cycle of a small child takes about fifty minutes.
        cycle = math.sin(elapsed / timedelta(minutes=50) * 2.0 * math.pi)
        spo2, rate = self.saturation, self.pulse + 6.0 * cycle
        if self.desaturation is not None:
            share = self.desaturation.share(elapsed)
            spo2 += (self.desaturation.nadir - spo2) * share
            rate -= self.desaturation.slower * share
        return spo2, rate

    def measure(self, elapsed: timedelta, *, worn: bool = True) -> Sample:
        """Return one sample.

        Args:
            elapsed: time since the sock was put on; never less than the last time.
            worn: whether it is on the foot, as far as anybody outside of the signal says.
        """
        drift, rate_drift = self._spo2.at(elapsed), self._rate.at(elapsed)
        moving = self._moving(elapsed)
        if not worn or (self.off is not None and self.off.covers(elapsed)):
            self._worn_since = None
            return Sample(Signal.PROBE_OFF)
        if self._worn_since is None:
            self._worn_since = elapsed
        if elapsed - self._worn_since < self.settling:
            return Sample(Signal.STARTING)
        spo2, rate = self.body(elapsed)
        noise = self.randomness.gauss
        if moving:
            # Venous blood that moves with the foot is taken for arterial, and kicks for pulses.
            spo2 -= abs(noise(6.0, 3.0))
            rate += noise(0.0, 25.0)
            amplitude = abs(noise(6.0, 3.0))
        else:
            amplitude = noise(2.0, 0.15)
        return Sample(
            Signal.MOTION if moving else Signal.GOOD,
            spo2=min(max(spo2 + drift + noise(0.0, 0.2), 0.0), 100.0),
            pulse_rate=min(max(rate + rate_drift + noise(0.0, 0.8), 30.0), 250.0),
            amplitude=min(max(amplitude, 0.1), 20.0),
        )

    def _moving(self, elapsed: timedelta) -> bool:
        if self.motion_every is None:
            return False
        if self._next_motion is None:
            self._next_motion = self._drawn(self.motion_every)
        while self._next_motion <= elapsed:
            self._motion_ends = self._next_motion + self._drawn(self.motion_lasts)
            self._next_motion = self._motion_ends + self._drawn(self.motion_every)
        return elapsed < self._motion_ends

    def _drawn(self, mean: timedelta) -> timedelta:
        """Return how long it takes until something that comes at any time comes."""
        return -math.log(self.randomness.uniform(1e-6, 1.0)) * mean
