"""A link: what stands between two connected controllers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babyn_simulator.controller.link_layer import VirtualConnection


@dataclass(eq=False, slots=True)
class Link:
    """A connection as the air sees it: two ends, and how often and how long they listen."""

    central: VirtualConnection
    peripheral: VirtualConnection
    interval: int
    """Connection interval, in units of 1.25 ms."""
    latency: int
    """Connection events that the peripheral may skip."""
    supervision_timeout: int
    """Silence after which either end gives up, in units of 10 ms."""
    silent: bool = False
    """Nothing passes at present."""
    lost: bool = False
    """Nothing will pass ever again."""
    timer: asyncio.TimerHandle | None = None

    @property
    def ends(self) -> tuple[VirtualConnection, VirtualConnection]:
        """Both connections, the central's first."""
        return self.central, self.peripheral

    def other(self, end: VirtualConnection) -> VirtualConnection:
        """Return the connection at the other end."""
        return self.peripheral if end is self.central else self.central
