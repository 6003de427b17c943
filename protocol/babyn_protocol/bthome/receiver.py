"""Receiving the broadcasts of one device that has a key: none forged, none twice, none old.

What must outlive a restart is a :class:`ReplayWindow`, two numbers. Store it before the values are
used: a mark that is lost lets old broadcasts in again.

What this does not defend against, because the format cannot: the authentication code has 4 bytes,
so one of four thousand million forgeries gets through; and the first broadcast ever received under
a key may be an old one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from babyn_protocol.bthome.broadcast import Broadcast
from babyn_protocol.bthome.encrypted import parse
from babyn_protocol.bthome.encryption import LAST_COUNTER, Cipher
from babyn_protocol.errors import (
    AuthenticationFailedError,
    DowngradedMessageError,
    ReplayedMessageError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWindow:
    """How far a device's counter has come under one key. Plain data: store both numbers.

    Only a higher counter is accepted. A counter that begins anew, whether it has wrapped or the
    device was reset, is not: a recorded broadcast looks just the same.

    Raises:
        ValueError: the mark is no counter.
    """

    highest: int | None = None
    """The highest counter accepted; ``None``: nothing was accepted under this key yet."""

    resynchronised: int = 0
    """How often a person has moved the mark back."""

    def __post_init__(self) -> None:
        if self.highest is not None and not 0 <= self.highest <= LAST_COUNTER:
            raise ValueError("the mark is a counter of four bytes, or None")

    @property
    def exhausted(self) -> bool:
        """Whether no higher counter exists: the device needs a new key."""
        return self.highest == LAST_COUNTER

    def advanced(self, counter: int) -> ReplayWindow:
        """Return the window after ``counter`` was accepted.

        Raises:
            ReplayedMessageError: it is not above the mark.
        """
        if self.highest is not None and counter <= self.highest:
            raise ReplayedMessageError("Broadcast", counter=counter, highest=self.highest)
        return replace(self, highest=counter)

    def moved_back(self, counter: int) -> ReplayWindow:
        """Return the window from which ``counter`` is accepted again, and what comes after it.

        For a device whose counter began anew, once a person has confirmed it, with the counter of
        the :class:`ReplayedMessageError`. Everything recorded between here and the old mark can
        then be replayed; a new key for the device does not have this hole.
        """
        below = counter - 1 if counter else None
        return replace(self, highest=below, resynchronised=self.resynchronised + 1)


class Receiver:
    """Opens the broadcasts of one device.

    Args:
        key: 16 bytes, shared with the device.
        address: the device's address, six bytes as printed, known since it was bound.
        window: how far its counter had come.

    Raises:
        ValueError: the key or the address has another size.
    """

    def __init__(self, key: bytes, address: bytes, *, window: ReplayWindow | None = None) -> None:
        self._cipher = Cipher(key, address)
        self._window = window or ReplayWindow()
        self._refused = 0

    @property
    def window(self) -> ReplayWindow:
        """What to store, before the values of the last broadcast are used."""
        return self._window

    @property
    def refused(self) -> int:
        """How many broadcasts did not authenticate. Many are a fault or an attack: warn."""
        return self._refused

    def receive(self, service_data: bytes | bytearray | memoryview) -> Broadcast | None:
        """Open one broadcast; ``None`` if it is the last one again, as radios repeat them.

        Raises:
            MalformedBroadcastError: it is not BTHome v2. If it was authentic, it still counts.
            DowngradedMessageError: it is not encrypted.
            AuthenticationFailedError: it was not made with this device's key and address.
            ReplayedMessageError: it is authentic, and older than one already accepted.
        """
        found = parse(service_data)
        if isinstance(found, Broadcast):
            raise DowngradedMessageError("Broadcast", data=bytes(memoryview(service_data)))
        if found.counter == self._window.highest:
            return None
        try:
            objects = found.open(self._cipher)
        except AuthenticationFailedError:
            self._refused += 1
            raise
        # Only now is the counter worth anything.
        self._window = self._window.advanced(found.counter)
        return found.read(objects)

    def resynchronise(self, counter: int) -> None:
        """Accept ``counter`` and what comes after it, since a person confirmed that it is so.

        See :meth:`ReplayWindow.moved_back`. Store the window.
        """
        self._window = self._window.moved_back(counter)
