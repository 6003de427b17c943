"""Supervision: after how long a silence each side of a link gives up.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.5.2. No timer runs for a link that
is heard; one does from the first PDU that is not received.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bumble import hci

if TYPE_CHECKING:
    from babyn_simulator.radio.link import Link
    from babyn_simulator.radio.side import Side

EVENTS_TO_ESTABLISH = 6
"""Connection intervals without any PDU after which there is no connection."""

_TOLERANCE = 1e-6


class Supervision:
    """The supervision timers of both sides of a link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._ends_at: float | None = None

    def stop(self) -> None:
        """Watch nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def not_heard(self, side: Side, last_contact: float) -> None:
        """Note that a side has not received what was meant for it.

        Args:
            side: which.
            last_contact: when it would last have received something before.
        """
        if not side.deaf:
            side.deaf = True
            side.heard = max(side.heard, last_contact)
        self._watch()

    def end_at(self, moment: float) -> None:
        """Let both sides give up at a moment, however long it has been silent by then."""
        self.stop()
        self._ends_at = moment
        self._watch()

    def changed(self) -> None:
        """Note that the supervision timeout has changed."""
        self.stop()
        self._watch()

    @property
    def _timeout(self) -> float:
        link = self._link
        if link.established:
            return link.supervision_timeout * 0.01
        return EVENTS_TO_ESTABLISH * link.seconds

    def _deadline(self, side: Side) -> float:
        return side.heard + self._timeout if self._ends_at is None else self._ends_at

    def _watched(self) -> list[Side]:
        return [side for side in self._link.sides if side.deaf and side.connection.is_open]

    def _watch(self) -> None:
        watched = self._watched()
        if self._timer is None and watched:
            soonest = min(self._deadline(side) for side in watched)
            self._timer = self._loop.call_at(soonest, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        link = self._link
        now = self._loop.time() + _TOLERANCE
        for side in self._watched():
            if self._deadline(side) <= now:
                link.lose()
                side.owner.on_le_disconnected(side.connection, self._reason(side))
        self._watch()

    def _reason(self, side: Side) -> int:
        if side.terminating:
            return hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
        if self._link.established:
            return hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
        return hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR
