"""What an infant scale weighs. Nothing here does any IO.

Plausible, not clinical: a child that grows, drinks, digests and does not lie still.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from babyn_simulator.devices.signals.wander import Randomness


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed.

    Attributes:
        begin: when it begins, counted from when the scale was set up.
        lasts: how long it takes.
        intake: how much is drunk, in kilograms.
    """

    begin: timedelta
    lasts: timedelta
    intake: float

    def in_the_body(self, elapsed: timedelta, digestion: timedelta) -> float:
        """Return what of it the child carries, in kilograms."""
        since = elapsed - self.begin
        if since <= timedelta():
            return 0.0
        if since < self.lasts:
            return self.intake * (since / self.lasts)
        return self.intake * math.exp(-(since - self.lasts) / digestion)


@dataclass(frozen=True, slots=True)
class Feeding:
    """When a child is fed, and how much it drinks.

    Attributes:
        onset: when the first feed begins, counted from when the scale was set up.
        every: time between the beginnings of two feeds.
        lasts: mean length of a feed.
        intake: mean intake of a feed, in kilograms.
    """

    onset: timedelta = timedelta(minutes=10)
    every: timedelta = timedelta(hours=3)
    lasts: timedelta = timedelta(minutes=15)
    intake: float = 0.090

    def feeds(self, randomness: Randomness) -> Iterator[Feed]:
        """Return the feeds, one after the other, for ever."""
        begin = self.onset
        while True:
            lasts = self.lasts * min(max(randomness.gauss(1.0, 0.2), 0.5), 1.5)
            intake = self.intake * min(max(randomness.gauss(1.0, 0.2), 0.3), 1.7)
            yield Feed(begin, min(lasts, self.every / 2), intake)
            begin += self.every


@dataclass(slots=True)
class BodyWeight:
    """The weight of a child, in kilograms, and of what lies on the scale with it.

    Attributes:
        randomness: where feeds, movements and noise come from.
        weight: what the child weighs at first, without what it has drunk.
        gain_per_day: by how much it grows.
        movement: standard deviation of the weight just after the child was laid down.
        noise: standard deviation of a weight that has settled.
        digestion: time constant in which the weight of a feed is lost again.
        feeding: when it is fed, if it is.
    """

    randomness: Randomness
    weight: float = 4.2
    gain_per_day: float = 0.03
    movement: float = 0.08
    noise: float = 0.0005
    digestion: timedelta = timedelta(hours=2)
    feeding: Feeding | None = None
    _feeds: Iterator[Feed] = field(init=False)
    _known: list[Feed] = field(default_factory=list[Feed], init=False)

    def __post_init__(self) -> None:
        self._feeds = iter(()) if self.feeding is None else self.feeding.feeds(self.randomness)

    def feed_after(self, elapsed: timedelta) -> Feed | None:
        """Return the first feed that begins after a time, or ``None``."""
        self._know(elapsed)
        return next((feed for feed in self._known if feed.begin > elapsed), None)

    def body(self, elapsed: timedelta) -> float:
        """Return what the child weighs, without movement or noise."""
        self._know(elapsed)
        # Of what was drunk longer ago than that, not a gram is left.
        digested = timedelta(seconds=10 * self.digestion.total_seconds())
        drunk = sum(
            feed.in_the_body(elapsed, self.digestion)
            for feed in self._known
            if elapsed - feed.begin < digested + feed.lasts
        )
        return self.weight + self.gain_per_day * (elapsed / timedelta(days=1)) + drunk

    def measure(self, elapsed: timedelta, lying: timedelta) -> float:
        """Return one weight as the load cell has it.

        Args:
            elapsed: time since the scale was set up; never less than the last time.
            lying: for how long the child has been lying on it.
        """
        unrest = self.movement * math.exp(-lying / timedelta(seconds=1.2))
        return self.body(elapsed) + self.randomness.gauss(0.0, self.noise + unrest)

    def _know(self, elapsed: timedelta) -> None:
        while not self._known or self._known[-1].begin <= elapsed:
            feed = next(self._feeds, None)
            if feed is None:
                return
            self._known.append(feed)
