"""How well one controller hears another: RSSI by distance, and the range that follows from it."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from babyn_simulator.controller.virtual_controller import VirtualController
    from babyn_simulator.entropy import Entropy

Position: TypeAlias = tuple[float, float]
"""Where a controller is, in metres."""


class PathLoss:
    """RSSI by the log-distance model: so many decibels lost for each tenfold distance.

    Args:
        at_one_metre: RSSI in dBm at a distance of one metre.
        exponent: 2 in free space, 2.5 to 4 in a house.
        noise: standard deviation of the RSSI of single packets, in dB.
        sensitivity: below this many dBm nothing is received.
        entropy: where the noise comes from; without it there is none.
    """

    def __init__(
        self,
        *,
        at_one_metre: float = -50.0,
        exponent: float = 2.5,
        noise: float = 2.0,
        sensitivity: float = -95.0,
        entropy: Entropy | None = None,
    ) -> None:
        self.at_one_metre = at_one_metre
        self.exponent = exponent
        self.noise = noise
        self.sensitivity = sensitivity
        self._entropy = entropy

    @functools.cached_property
    def range(self) -> float:
        """The distance, in metres, beyond which nothing is received."""
        return float(10 ** ((self.at_one_metre - self.sensitivity) / (10 * self.exponent)))

    def margin(self, sender: VirtualController, receiver: VirtualController) -> float:
        """Return how many decibels above the sensitivity the mean RSSI is."""
        distance = math.dist(sender.position, receiver.position)
        return self._mean(distance) - self.sensitivity

    def reaches(self, sender: VirtualController, receiver: VirtualController) -> bool:
        """Return whether a link between the two can stand."""
        return math.dist(sender.position, receiver.position) <= self.range

    def __call__(self, sender: VirtualController, receiver: VirtualController) -> int | None:
        """Return the RSSI of one packet, in dBm, or ``None`` if it is not received."""
        rssi = self._mean(math.dist(sender.position, receiver.position))
        if self._entropy is not None and self.noise:
            rssi += self._entropy.gauss(0.0, self.noise)
        return round(min(rssi, 20.0)) if rssi >= self.sensitivity else None

    def _mean(self, distance: float) -> float:
        return self.at_one_metre - 10 * self.exponent * math.log10(max(distance, 0.1))
