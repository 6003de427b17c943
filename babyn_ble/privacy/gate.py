"""The gate: nothing is done with personal data unless the consents for it hold.

One question, ``(subject, purpose, category, operation)``, denied by default, answered from
memory. An answer is a permit, and permits die (:mod:`babyn_ble.privacy.permits`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from datetime import datetime

from babyn_ble.clock import Clock
from babyn_ble.errors import StoreError
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.gate_answer import answer
from babyn_ble.privacy.lease import LEASE_SECONDS, RENEW_SECONDS, Lease
from babyn_ble.privacy.permits import Act, Denial, Guarded, Permit, Window
from babyn_ble.privacy.purposes import Category, Operation, Purpose, RadioKind, required_scopes
from babyn_ble.privacy.teardown import Teardowns
from babyn_ble.privacy.withdrawal import TEARDOWN_SECONDS
from babyn_ble.store.writer import StoreWriter

_LOGGER = logging.getLogger(__name__)

_UNCONFIRMED = Denial(
    "Whether this is still agreed to cannot be confirmed: the store cannot be read; "
    "nothing passes until it can"
)
_CLOSED = Denial("The companion was closed; open it again")


class Gate:
    """Answers for one register and one radio. On one event loop, or none.

    Args:
        register: what was consented to.
        radio: where radio traffic goes; a synthetic subject exists in a simulation only.
        clock: the register's, without one.
    """

    def __init__(
        self, register: ConsentRegister, *, radio: RadioKind, clock: Clock | None = None
    ) -> None:
        self.radio = radio
        self._register = register
        self._clock = clock or register.clock
        self._shared = register.store.shared
        self._last_poll = float("-inf")
        self._writer = StoreWriter(register.store, self._clock)
        self._lease = Lease(register.store, register, self._clock)
        self._lease.acknowledged = self._acted_on = register.seq
        self._revision = register.revision
        self._live: dict[Permit, None] = {}
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._renewer: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._teardowns = Teardowns(self._acknowledge)
        self._closed = False
        register.watch(self)

    @property
    def _leased(self) -> bool:
        """Whether other processes may work on the store. None shares virtual time."""
        return self._shared and not self._clock.virtual

    @property
    def holder(self) -> str | None:
        """Its lease, if it has one: what other processes know it by."""
        return self._lease.holder

    def permit(
        self,
        subject_id: str,
        purpose: Purpose,
        category: Category,
        operation: Operation,
        *,
        recipient: str | None = None,
        device: str | None = None,
    ) -> Permit:
        """Return leave to do one thing, as long as the consents for it hold.

        Args:
            subject_id: whose data.
            purpose: what for.
            category: which data.
            operation: what is done with them.
            recipient: who gets them, if it is about sharing.
            device: short id of the bound device it is about, if it is about one.

        Raises:
            ConsentRequiredError: it is not allowed; ``missing`` says what it would need.
            ConsentRenewalRequiredError: everything missing was given once.
            LedgerError: the ledger does not verify.
            StoreError: the store cannot be read.
        """
        if self._closed:
            raise _CLOSED.error()
        act = Act(subject_id, purpose, category, operation, recipient, device)
        self._freshen()
        found = self._answer(act)
        if isinstance(found, Window) and self._leased and not self._lease.current:
            self._lease.take()  # before anything passes, the others have to know of us
            self._react()
            found = self._answer(act)
        if isinstance(found, Denial):
            raise found.error()
        if found.exception is not None:
            _LOGGER.warning("Done without consent, under %s", found.exception)
        permit = Permit(self, act, found)
        self._live[permit] = None
        self._work()
        return permit

    def held_at(
        self,
        subject_id: str,
        purpose: Purpose,
        category: Category,
        operation: Operation,
        moment: datetime | None,
        *,
        recipient: str | None = None,
    ) -> bool:
        """Return whether something was agreed to at a time in the past.

        For what a device has measured by itself, and kept: that it may be read now is asked
        with :meth:`permit`. A device needs no Bluetooth to measure, so the consents of
        *binding* do not count here. A time that is not known counts as none.

        Raises:
            LedgerError: the ledger does not verify.
        """
        country = None if recipient is None else self.destination(subject_id, recipient)
        required = required_scopes(purpose, category, operation, recipient, country)
        if required is None or moment is None:
            return False
        scopes = [scope for scope in required if scope.purpose is not Purpose.BINDING]
        return self._register.held_at(subject_id, scopes, moment)

    def destination(self, subject_id: str, recipient: str) -> str | None:
        """Return the country that sharing would send to, if it is not the subject's own."""
        return self._register.destination(subject_id, recipient)

    @property
    def revision(self) -> int:
        """Raised with everything that may change a decision."""
        return self._register.revision

    def attention(self, subject_id: str) -> dict[str, object]:
        """Return what a status may tell: the policy in force by its hash, numbers and a date.

        Raises:
            StoreError: it cannot be told.
        """
        policy_sha256 = self._register.policy.sha256
        return {"policy_sha256": policy_sha256, **self._register.attention(subject_id)}

    async def aclose(self) -> None:
        """Let every permit die, close what is guarded, and end the lease."""
        if self._closed:
            return
        self._closed = True
        self._kill(dict.fromkeys(self._live, _CLOSED))
        await self.settle(TEARDOWN_SECONDS)
        renewer, self._renewer = self._renewer, None
        tasks = {*self._teardowns.tasks, *({renewer} if renewer else ())} - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._register.unwatch(self)
        # The thread may be about to renew it: what drops it comes behind that.
        holder = self._lease.end()
        if holder is not None:
            with contextlib.suppress(StoreError):
                await self._writer.run(self._register.store.drop_lease, holder)
        await self._writer.aclose()

    # For permits

    def confirm(self, permit: Permit) -> None:
        """Make sure that what is known is fresh; the permit may die of it.

        Raises:
            ConsentRequiredError: the store cannot be asked.
        """
        if self._shared:
            try:
                self._refresh_lease()
            except StoreError:
                raise _UNCONFIRMED.error() from None
        window = permit.window
        if not window.not_before <= self._clock.now() < window.not_after:
            self.reconcile()
        else:
            self._react()

    def released(self, permit: Permit) -> None:
        """Note that a permit is no longer used."""
        self._live.pop(permit, None)
        if self._live:
            return
        self._wake.set()
        if self._renewer is None and self._lease.holder is not None:
            with contextlib.suppress(StoreError):
                self._register.store.drop_lease(self._lease.end() or "")

    def tear_down(self, guarded: Guarded) -> None:
        """Close something, in the background."""
        self._teardowns.start(guarded)

    # For the register and its withdrawals

    def changed(self) -> None:
        """Note that decisions may have changed. Any thread."""
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if self._loop is None or self._loop is running:
            self._react()
        else:
            with contextlib.suppress(RuntimeError):  # that loop is closed, and its work done
                self._loop.call_soon_threadsafe(self._react)

    def reconcile(self) -> None:
        """Decide on every permit anew; those that are denied die now."""
        with self._lock:
            seq, self._revision = self._register.seq, self._register.revision
            doomed: dict[Permit, Denial] = {}
            for permit in self._live:
                try:
                    found = self._answer(permit.act)
                except StoreError as error:
                    found = Denial(str(error))
                if isinstance(found, Denial):
                    doomed[permit] = found
                else:
                    permit.window = found
        self._kill(doomed)
        self._acted_on = seq
        self._acknowledge()

    async def settle(self, seconds: float) -> tuple[str, ...]:
        """Wait for what is being closed; return the names of what did not close."""
        return await self._teardowns.settle(seconds)

    # Deciding

    def _answer(self, act: Act) -> Window | Denial:
        return answer(act, self._register, self.radio)

    def _kill(self, doomed: dict[Permit, Denial]) -> None:
        """Let permits die: all of them before anything else hears of it."""
        callbacks: list[Callable[[], None]] = []
        guarded: list[Guarded] = []
        with self._lock:
            for permit, denial in doomed.items():
                if permit in self._live:
                    del self._live[permit]
                    its_callbacks, its_guarded = permit.die(denial)
                    callbacks += its_callbacks
                    guarded += its_guarded
        for callback in callbacks:
            try:
                callback()
            except Exception as error:  # noqa: BLE001 - one listener must not spare the others
                _LOGGER.warning("A listener failed at a withdrawal (%s)", type(error).__name__)
        for one in guarded:
            self._teardowns.start(one)
        if doomed:
            self._wake.set()

    def _freshen(self) -> None:
        """Read what others have recorded, if that was not done within the last second."""
        if self._leased:
            if not self._lease.current:
                self._register.refresh()
        elif self._shared:
            now = self._clock.monotonic()
            if not 0 <= now - self._last_poll < LEASE_SECONDS:
                self._register.refresh()
                self._last_poll = now
        self._react()

    def _refresh_lease(self) -> None:
        """Make sure that others can rely on us, and we on what we know."""
        if not self._leased:
            self._freshen()
        elif not self._lease.current:
            self._lease.take()

    def _react(self) -> None:
        if self._register.revision != self._revision:
            self.reconcile()

    def _end_on_time(self) -> None:
        """End what is over by the date, also where nothing happens that would ask."""
        now = self._clock.now()
        windows = (permit.window for permit in self._live)
        if any(not window.not_before <= now < window.not_after for window in windows):
            self.reconcile()

    # The lease

    def _acknowledge(self) -> None:
        """Note that what was recorded is acted on, once nothing is being closed any more."""
        if not self._teardowns.running and self._lease.acknowledged != self._acted_on:
            self._lease.acknowledged = self._acted_on
            self._wake.set()

    def _work(self) -> None:
        """Keep the lease alive while a permit is, if an event loop is running."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._leased and (self._renewer is None or self._renewer.done()):
            self._wake = asyncio.Event()
            self._renewer = self._loop.create_task(self._keep_lease(), name="consent lease")

    async def _keep_lease(self) -> None:
        while self._live or self._teardowns.running:
            self._wake.clear()
            renewed = False
            try:
                await self._writer.run(self._lease.renew)
                renewed = True
            except StoreError:
                if self._lease.age > LEASE_SECONDS + TEARDOWN_SECONDS:
                    self._kill(dict.fromkeys(self._live, _UNCONFIRMED))
            self._react()
            self._end_on_time()
            if renewed and self._lease.told != self._lease.acknowledged:
                continue  # something was acted on: whoever waits for it learns it now
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RENEW_SECONDS):
                    await self._wake.wait()
        self._renewer = None
        holder = self._lease.end()
        if holder is not None:
            with contextlib.suppress(StoreError):
                await self._writer.run(self._register.store.drop_lease, holder)
