"""The lease: what a running companion tells the others on its store, and they rely on.

Whoever holds a lease has looked at the ledger within the last second, and looks again before
it lets anything pass later. So who withdraws a consent knows: once a second (and a margin for
clocks that differ) has passed since the withdrawal was on the disk, nobody works under it any
more; and earlier, once every lease says that the withdrawal was acted on.

What it cannot do: a process that is stopped between its check and its use still finishes that
one use when it goes on. So a check stands directly before each use.
"""

from __future__ import annotations

import secrets
from typing import Protocol

from babyn_ble.clock import Clock
from babyn_ble.store import Store

LEASE_SECONDS = 1.0
"""How long what was read counts as fresh."""

WAIT_SECONDS = LEASE_SECONDS * 1.1
"""How long a withdrawal waits for the others at most; their clocks may run 10 % slower."""

RENEW_SECONDS = 0.3
"""How often a lease is renewed in the background."""


class LedgerReader(Protocol):
    """What knows the ledger (a :class:`~babyn_ble.privacy.consent.ConsentRegister`)."""

    @property
    def seq(self) -> int:
        """The newest entry that is known."""
        ...

    @property
    def unread(self) -> bool:
        """Whether something beside the ledger is not known."""
        ...

    def refresh(self) -> bool:
        """Read what was appended since."""
        ...


class Lease:
    """One companion's lease, from its first permit to its last.

    Attributes:
        holder: what the others know it by; ``None`` without permits. New each time: an old
            one that is dropped late cannot take a new one with it.
        acknowledged: the ledger was acted on up to here: permits dead, guards closed.
        told: what of that the others can see.
    """

    def __init__(self, store: Store, ledger: LedgerReader, clock: Clock) -> None:
        self.holder: str | None = None
        self.acknowledged = 0
        self.told = 0
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._since: float | None = None

    @property
    def age(self) -> float:
        """Seconds since what is known was certainly all there was; infinite at first."""
        return float("inf") if self._since is None else self._clock.monotonic() - self._since

    @property
    def current(self) -> bool:
        """Whether what is known is fresh enough to act on."""
        # Below 0: another loop's clock runs now.
        return self.holder is not None and 0 <= self.age < LEASE_SECONDS

    def take(self) -> None:
        """Make sure there is a lease, and renew it. On the thread that ends it, too.

        Raises:
            StoreError: it is not renewed.
        """
        if self.holder is None:
            self.holder = secrets.token_hex(8)
        self.renew()

    def renew(self) -> None:
        """Tell the others, and read what they recorded. Any thread.

        The second counts from before the first step: however long the steps take, or this
        process is stopped between them, nobody else's second is longer. A lease that was
        ended is not renewed: that would leave one behind.

        Raises:
            StoreError: it is not renewed.
        """
        holder = self.holder
        if holder is None:
            return
        began = self._clock.monotonic()
        telling = self.acknowledged
        newest = self._store.renew_lease(holder, telling)
        if newest != self._ledger.seq or self._ledger.unread:
            self._ledger.refresh()
        self.told = telling
        self._since = began

    def end(self) -> str | None:
        """End it here; return the holder for others to forget."""
        holder, self.holder = self.holder, None
        self._since = None
        return holder
