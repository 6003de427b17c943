"""Where readings come from on one connected link: one protocol, several implementations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from babyn_ble.readings import Reading

__all__ = ["Deliver", "ReadingSource"]

Deliver = Callable[[Reading], None]
"""Takes one reading; called on the event loop, in the order of arrival."""


class ReadingSource(Protocol):
    """Turns what one link sends into readings.

    A source asks the gate before it subscribes to anything and before each value is decoded;
    what it has no permission for, it does not receive.
    """

    @property
    def sequenced(self) -> bool:
        """Whether readings carry (epoch, sequence), so that gaps and repeats can be told."""
        ...

    async def start(self, deliver: Deliver) -> None:
        """Subscribe, and from now on deliver every reading.

        Raises:
            ConsentRequiredError: this kind of reading has not been agreed to.
            RejectedError: the device refused.
            DisconnectedError: the link is gone.
        """
        ...

    async def stop(self) -> None:
        """Unsubscribe. Stopping twice, or after the link was lost, does nothing."""
        ...
