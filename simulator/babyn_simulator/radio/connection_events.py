"""Connection events: when the two sides of a link speak, and for how long.

At each anchor point, one connection interval after the other, the central sends a PDU and the
peripheral answers it after T_IFS, with data or empty. While either has more, another pair
follows, as long as it ends before the next anchor point; what is not received ends the event,
and is sent again in the next one. (Core v6.0 - Bluetooth Core Specification - Vol 6 Part B
§4.5.1, §4.5.6, §4.5.9.)

Nothing is computed for an event in which neither side has anything to say: the timer is set
for the next moment at which somebody learns something, however many events pass until then.

Two things are simpler than on a chip. What a side sends in a pair of PDUs has come before
that pair began, since no host answers within T_IFS. And each link has the radio for itself.
"""

from __future__ import annotations

import asyncio
import enum
import math
from typing import TYPE_CHECKING

from babyn_simulator.radio.air_time import T_IFS

if TYPE_CHECKING:
    from babyn_simulator.radio.link import Link
    from babyn_simulator.radio.side import Side

_TOLERANCE = 1e-6
"""Seconds by which a timer may be early or late, as floating-point numbers are."""


class _Next(enum.Enum):
    """What the timer waits for."""

    CENTRAL_SPOKE = enum.auto()
    """The end of the central's PDU, which tells the peripheral something."""
    PERIPHERAL_SPOKE = enum.auto()
    """The end of the peripheral's answer, the central's PDU being dealt with."""
    PAIR_SPOKEN = enum.auto()
    """The end of the answer to a PDU that told nothing by itself."""


class ConnectionEvents:
    """The clockwork of one link.

    Args:
        link: whose.
        anchor: the anchor point of the first event, in the loop's seconds.
    """

    def __init__(self, link: Link, anchor: float) -> None:
        self._link = link
        self._central, self._peripheral = link.sides
        self._loop = asyncio.get_running_loop()
        self._anchor = anchor
        self._anchor_event = 0
        self._listened = 0
        self._used = -1
        self._timer: asyncio.TimerHandle | None = None
        self._next: _Next | None = None
        # The pair of PDUs that the timer is for.
        self._event = 0
        self._start = anchor
        self._central_pdu = 0
        self._peripheral_pdu = 0
        self._central_end = anchor
        self._peripheral_end = anchor
        self._more = False

    # Time

    @property
    def current(self) -> int:
        """The counter of the event that runs or comes next, as an instant counts from."""
        return self._event

    def anchor(self, event: int) -> float:
        """Return the anchor point of an event, in the loop's seconds."""
        return self._anchor + (event - self._anchor_event) * self._link.seconds

    def first_after(self, moment: float) -> int:
        """Return the first event whose anchor point is not before ``moment``."""
        passed = (moment - _TOLERANCE - self._anchor) / self._link.seconds
        return max(self._anchor_event + math.ceil(passed), 0)

    def last_contact(self, event: int) -> float:
        """Return when the sides last met before an event, if nothing went wrong until then."""
        step = self._link.latency + 1
        last = event - 1
        return self.anchor(max(last - (last - self._listened) % step, self._listened))

    def rebase(self, event: int, anchor: float) -> None:
        """Count from here on: the parameters of the link have changed."""
        self._anchor_event = self._listened = event
        self._anchor = anchor

    # Planning

    def wake(self) -> None:
        """Plan anew what has not begun yet: the next pair of this event, or the next event."""
        now = self._loop.time()
        if self._next is not None and self._start < now - _TOLERANCE:
            return
        if self._next is not None and self._event == self._used:
            self.stop()
            self._follow(self._start)
        else:
            self._plan(now)

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._next = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _plan(self, now: float) -> None:
        """Set out for the next event in which anything happens."""
        if self._next is not None:
            self.stop()
        link, central, peripheral = self._link, self._central, self._peripheral
        if link.silent:
            return
        peripheral_listens = (
            peripheral.queue or central.deaf or peripheral.deaf or not link.established
        )
        if not peripheral_listens and not central.queue:
            return
        event = self._used + 1
        start = self.anchor(event)
        if start < now - _TOLERANCE:
            event = self.first_after(now)
            start = self.anchor(event)
        if link.latency and not peripheral_listens:
            event += (self._listened - event) % (link.latency + 1)
            start = self.anchor(event)
        self._event = event
        self._set_out(start)

    def _follow(self, start: float) -> None:
        """Set out for another pair in the same event, if it fits."""
        self._set_out(start)
        if self._peripheral_end + T_IFS > self.anchor(self._event + 1) + _TOLERANCE:
            self._close()

    def _set_out(self, start: float) -> None:
        """Prepare a pair of PDUs."""
        central, peripheral = self._central, self._peripheral
        self._start = start
        self._central_pdu = central.next_pdu(start + _TOLERANCE)
        self._peripheral_pdu = peripheral.next_pdu(start + _TOLERANCE, acknowledged=True)
        self._central_end = start + central.duration(self._central_pdu)
        answer = self._central_end + T_IFS
        self._peripheral_end = answer + peripheral.duration(self._peripheral_pdu)
        if self._central_pdu or peripheral.taken:
            self._wait(_Next.CENTRAL_SPOKE, self._central_end)
        else:
            self._wait(_Next.PAIR_SPOKEN, self._peripheral_end)

    def _wait(self, what: _Next, until: float) -> None:
        self._next = what
        self._timer = self._loop.call_at(until, self._on_time)

    # Running

    def _on_time(self) -> None:
        self._timer = None
        central, peripheral = self._central, self._peripheral
        if self._next is not _Next.PERIPHERAL_SPOKE:
            self._used = self._event
            self._more = False
            if not self._send(central, peripheral, self._central_pdu, self._central_end):
                self._link.not_heard(central, self._event)  # for there is no answer
                self._close()
                return
            self._listened = self._event
            if self._next is _Next.CENTRAL_SPOKE:
                if (
                    self._central_pdu
                    or self._peripheral_pdu
                    or central.deaf
                    or not self._link.established
                ):
                    self._wait(_Next.PERIPHERAL_SPOKE, self._peripheral_end)
                else:
                    self._close()
                return
        if not self._send(peripheral, central, self._peripheral_pdu, self._peripheral_end):
            self._close()
            return
        self._link.established = True
        if self._more and self._next is not None:
            self._follow(self._peripheral_end + T_IFS)
        else:
            self._close()

    def _send(self, sender: Side, receiver: Side, octets: int, end: float) -> bool:
        """Send one PDU; returns whether it was received."""
        link = self._link
        if octets and sender.pdu is None:  # the host may have gone since the pair was prepared
            octets = min(octets, sender.next_pdu(self._start + _TOLERANCE))
        if octets:
            if sender.pdu is None:
                sender.pdu = octets
                link.on_first_sent(sender.queue[0])
            if sender.more_data(self._start + _TOLERANCE):
                self._more = True
        if link.silent or link.air.loses(sender.owner, receiver.owner):
            link.not_heard(receiver, self._event)
            return False
        receiver.heard = end
        receiver.deaf = False
        if receiver.pdu is not None and receiver.taken:
            link.on_acknowledged(receiver)
        if octets and not sender.taken:
            link.on_received(sender, receiver)
        return True

    def _close(self) -> None:
        """End the event, and set out for the next one that is needed."""
        self._plan(self._loop.time())
