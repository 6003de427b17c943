"""Which packets are lost on the way, within range: by a weak signal, by chance, and in bursts."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from babyn_simulator.controller.virtual_controller import VirtualController
    from babyn_simulator.entropy import Entropy

AT_SENSITIVITY = 0.308
"""Share of packets lost at the sensitivity, of those with 37 octets.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part A §4.1 (a bit error ratio of 0.1 %)
"""

PER_DECIBEL = 1.5
"""How fast the odds of loss fall, as a power of e for each decibel more."""

CLEAR = 10.0
"""Decibels above the sensitivity from which on a weak signal is no reason any more."""


class PacketLoss:
    """The Gilbert-Elliott model at each receiver, and the strength of the signal.

    Whatever disturbs a receiver comes and goes: within a burst it misses most packets, of
    whoever, and between bursts few. How long either lasts is exponentially distributed.

    Args:
        entropy: where the chance comes from.
        rate: share of packets that are lost between bursts.
        burst_every: mean seconds from the end of a burst to the next; 0 for no bursts.
        burst_lasts: mean seconds that a burst lasts.
        burst_rate: share of packets that are lost within a burst.

    Raises:
        ValueError: a share is not from 0 to 1, or a time is negative.
    """

    def __init__(
        self,
        entropy: Entropy,
        *,
        rate: float = 0.0,
        burst_every: float = 0.0,
        burst_lasts: float = 0.2,
        burst_rate: float = 0.9,
    ) -> None:
        if not (0 <= rate <= 1 and 0 <= burst_rate <= 1):
            raise ValueError("a share of lost packets is from 0 to 1")
        if burst_every < 0 or burst_lasts <= 0:
            raise ValueError("bursts last for some time, and come after some time or never")
        self.rate = rate
        self.burst_every = burst_every
        self.burst_lasts = burst_lasts
        self.burst_rate = burst_rate
        self._entropy = entropy
        self._bursts: WeakKeyDictionary[VirtualController, tuple[float, bool]] = WeakKeyDictionary()

    def loses(self, sender: VirtualController, receiver: VirtualController) -> bool:
        """Return whether one packet, sent now and within range, is not received."""
        kept = 1.0 - self._weakness(sender, receiver)
        in_burst = self.burst_every > 0 and self.in_burst(receiver)
        kept *= 1.0 - (self.burst_rate if in_burst else self.rate)
        if kept >= 1.0:
            return False
        return self._entropy.uniform(0.0, 1.0) >= kept

    def in_burst(self, receiver: VirtualController) -> bool:
        """Return whether a receiver is disturbed now.

        Only the moments at which it is asked cost anything: the state of then follows from
        the last known one by the chain's transition probability over the time in between.
        """
        now = asyncio.get_running_loop().time()
        share = self.burst_lasts / (self.burst_every + self.burst_lasts)
        known = self._bursts.get(receiver)
        if known is None:
            probability = share
        else:
            then, was_disturbed = known
            change = 1 / self.burst_every + 1 / self.burst_lasts
            memory = math.exp(-change * (now - then))
            probability = share + (float(was_disturbed) - share) * memory
        disturbed = self._entropy.uniform(0.0, 1.0) < probability
        self._bursts[receiver] = now, disturbed
        return disturbed

    @staticmethod
    def _weakness(sender: VirtualController, receiver: VirtualController) -> float:
        margin = getattr(sender.air.rssi, "margin", None)
        if margin is None:
            return 0.0
        decibels: float = margin(sender, receiver)
        if decibels >= CLEAR:
            return 0.0
        odds = AT_SENSITIVITY / (1 - AT_SENSITIVITY) * math.exp(-PER_DECIBEL * decibels)
        return odds / (1 + odds)
