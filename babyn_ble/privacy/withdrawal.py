"""Withdrawing: on the disk first, then dead, then closed, then known to everyone."""

from __future__ import annotations

import asyncio
from typing import Protocol

from babyn_ble.clock import Clock
from babyn_ble.errors import (
    InvalidConsentError,
    LedgerError,
    StoreError,
    TeardownIncompleteError,
)
from babyn_ble.privacy.lease import WAIT_SECONDS
from babyn_ble.privacy.permits import withdrawing
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.store import Holder, Store
from babyn_ble.store.writer import StoreWriter

TEARDOWN_SECONDS = 5.0
"""How long what a withdrawal stops may take to close."""

_POLL_SECONDS = 0.05


class Watcher(Protocol):
    """A gate, as a withdrawal sees it."""

    @property
    def holder(self) -> str | None:
        """Its lease, if it has one."""
        ...

    def changed(self) -> None:
        """Note that decisions may have changed. Any thread."""
        ...

    def reconcile(self) -> None:
        """Decide on every permit anew; those that are denied die now."""
        ...

    async def settle(self, seconds: float) -> tuple[str, ...]:
        """Wait for what is being closed; return the names of what did not close."""
        ...


class Withdrawable(Protocol):
    """The register, as a withdrawal sees it."""

    @property
    def store(self) -> Store:
        """Where it is recorded."""
        ...

    @property
    def clock(self) -> Clock:
        """Measures the wait for others."""
        ...

    def record_withdrawal(self, subject_id: str | None, scope: ConsentScope) -> int:
        """Record it durably; return the newest ``seq``."""
        ...

    def block(self, subject_id: str | None, scope: ConsentScope) -> None:
        """Deny the consent though nothing could be recorded."""
        ...

    def set_aside(self, subject_id: str | None, scope: ConsentScope) -> bool:
        """Note it durably beside the ledger; return whether there is a place for that."""
        ...


class Withdrawals:
    """Carries withdrawals out.

    Attributes:
        watchers: the gates of this register.
    """

    def __init__(self, register: Withdrawable, writer: StoreWriter) -> None:
        self.watchers: list[Watcher] = []
        self._register = register
        self._writer = writer
        self._running: set[asyncio.Task[bool]] = set()

    def changed(self) -> None:
        """Tell every gate that decisions may have changed. Any thread."""
        for watcher in tuple(self.watchers):
            watcher.changed()

    async def withdraw(self, subject_id: str | None, scope: ConsentScope) -> bool:
        """Withdraw a consent. What was begun is finished also when the caller is cancelled.

        Returns:
            Whether the ledger has it; otherwise it is set aside.
        """
        with withdrawing():
            task = asyncio.create_task(self._withdraw(subject_id, scope), name="withdrawal")
            self._running.add(task)
            task.add_done_callback(self._finished)
            await asyncio.wait({task})
            return task.result()

    async def aclose(self) -> None:
        """Wait until every withdrawal under way is done."""
        if self._running:
            await asyncio.wait(set(self._running))

    async def _withdraw(self, subject_id: str | None, scope: ConsentScope) -> bool:
        failure: StoreError | InvalidConsentError | None = None
        seq: int | None = None
        try:
            seq = await self._writer.run(self._register.record_withdrawal, subject_id, scope)
        except (StoreError, InvalidConsentError) as error:
            self._register.block(subject_id, scope)
            failure = await self._set_aside(subject_id, scope, error)
        committed = self._register.clock.monotonic()
        watchers = tuple(self.watchers)
        for watcher in watchers:
            watcher.reconcile()
        unclosed = await asyncio.gather(*(watcher.settle(TEARDOWN_SECONDS) for watcher in watchers))
        if failure is not None:
            kind = LedgerError if isinstance(failure, LedgerError) else StoreError
            raise kind(
                f"Everything under {scope.kind} was stopped here, but the withdrawal could not "
                f"be recorded; end other programs on this store yourself. {failure}"
            ) from None
        await self._wait_for_others(seq, committed)
        pending = sorted({name for names in unclosed for name in names})
        if pending:
            raise TeardownIncompleteError(
                f"The withdrawal of {scope.kind} stands and no data passes any more, but this "
                f"did not close: {', '.join(pending)}; end the program to be sure",
                pending=pending,
            )
        return seq is not None

    async def _set_aside(
        self,
        subject_id: str | None,
        scope: ConsentScope,
        error: StoreError | InvalidConsentError,
    ) -> StoreError | InvalidConsentError | None:
        """Note it beside the ledger; return why it stands nowhere, if so."""
        try:
            noted = await self._writer.run(self._register.set_aside, subject_id, scope)
        except StoreError:
            return error
        return None if noted else error

    async def _wait_for_others(self, seq: int | None, committed: float) -> None:
        """Wait until nobody else on the store can be working under the consent.

        Args:
            seq: where the ledger has it. What was set aside nobody acknowledges; but everyone
                looks there, too, within the time of a lease.
            committed: when it stood on the disk.
        """
        store, clock = self._register.store, self._register.clock
        if not store.shared or clock.virtual:
            return
        if seq is None:
            await asyncio.sleep(WAIT_SECONDS)
            return
        own = {watcher.holder for watcher in self.watchers}
        first: dict[str, Holder] = {}
        while True:
            holders = await self._writer.run(store.holders)
            waiting = {
                holder: lease
                for holder, lease in holders.items()
                if lease.seen_seq < seq and holder not in own
            }
            first = first or waiting
            if not waiting:
                return
            if clock.monotonic() - committed >= WAIT_SECONDS:
                break
            await asyncio.sleep(_POLL_SECONDS)
        for holder, lease in waiting.items():
            if first.get(holder) == lease:  # not renewed for a whole lease: it has crashed
                await self._writer.run(store.drop_lease, holder, renewals=lease.renewals)

    def _finished(self, task: asyncio.Task[bool]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # if the caller was cancelled, nobody else asks
