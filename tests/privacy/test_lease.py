"""One companion's lease: when it is taken, renewed and ended."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta

import pytest

from babyn_ble.errors import ConsentRequiredError, StoreError
from babyn_ble.privacy.lease import LEASE_SECONDS, RENEW_SECONDS, WAIT_SECONDS, Lease
from babyn_ble.privacy.purposes import HEALTH_MONITORING, OWN_SCOPES
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import (
    LINK,
    READ,
    SCAN,
    Household,
    JumpingClock,
    ManualClock,
    elapse,
    refused,
    run_jumping,
)


def test_a_lease_counts_from_before_it_is_renewed() -> None:
    """BN-WDR-01. Mutant: the second counts from the end of the renewal.

    The process is stopped in the middle of a renewal, behind the look at the ledger.
    """
    clock = ManualClock()

    class Stopping(MemoryStore):
        stop = 0.0

        def renew_lease(self, holder: str, seen_seq: int) -> int:
            head = super().renew_lease(holder, seen_seq)
            clock.advance(self.stop)
            return head

    store = Stopping(shared=True)
    home = Household(store, clock=clock)
    lease = Lease(store, home.register, clock)

    def current_after(passing: float = 0.0, *, stopped: float | None = None) -> bool:
        clock.advance(passing)
        if stopped is not None:
            store.stop = stopped
            lease.take()
        return lease.current

    assert not current_after()
    assert current_after(stopped=0.0)
    assert current_after(0.999)
    assert not current_after(0.001)
    assert not current_after(stopped=1.0)
    assert current_after(stopped=0.5)
    assert not current_after(0.5)


def test_a_withdrawal_between_look_and_lease_is_seen() -> None:
    """BN-WDR-01. Mutant: the lease is taken after the decision and nothing is looked at again."""
    one = Household(MemoryStore(shared=True))

    class Interfering(MemoryStore):
        armed = False

        def renew_lease(self, holder: str, seen_seq: int) -> int:
            if self.armed:
                self.armed = False
                one.register.request(one.id, HEALTH_MONITORING)
                one.refuse(HEALTH_MONITORING)
            return super().renew_lease(holder, seen_seq)

    store = Interfering(shared=True)
    one = Household(store)
    one.agree(*OWN_SCOPES)
    two = one.another()
    store.armed = True
    with pytest.raises(ConsentRequiredError):
        two.permit(READ)
    assert two.allows(LINK)


def test_a_stale_lease_is_renewed_at_the_next_use() -> None:
    """Mutant: a stale lease is an error, or goes unnoticed."""
    home = Household(MemoryStore(shared=True))
    home.agree(*OWN_SCOPES)
    other = home.another()
    permit = other.permit(READ)
    holder = other.gate.holder
    assert holder is not None
    clock = home.clock
    assert isinstance(clock, ManualClock)
    for renewals in (1, 2, 3):
        assert home.store.holders()[holder].renewals == renewals
        clock.advance(LEASE_SECONDS)
        permit.check()
        permit.check()
    home.register.request(home.id, HEALTH_MONITORING)
    home.refuse(HEALTH_MONITORING)
    assert not refused(permit)  # within its second
    clock.advance(LEASE_SECONDS)
    assert refused(permit)


async def test_a_renewal_under_way_leaves_no_lease_behind() -> None:
    """Mutant: the lease is dropped on the loop while its thread renews it."""

    class Slow(MemoryStore):
        in_memory = False

        def __init__(self) -> None:
            super().__init__(shared=True)
            self.renewing, self.may_renew = threading.Event(), threading.Event()
            self.slow = False

        def renew_lease(self, holder: str, seen_seq: int) -> int:
            if self.slow:
                self.renewing.set()
                assert self.may_renew.wait(10)
            return super().renew_lease(holder, seen_seq)

    store = Slow()
    home = Household(store)
    home.agree(*OWN_SCOPES)
    home.permit(READ)
    store.slow = True
    await asyncio.to_thread(store.renewing.wait)
    closing = asyncio.create_task(home.aclose())
    asyncio.get_running_loop().call_soon(store.may_renew.set)
    await closing
    assert store.holders() == {}


def test_a_renewal_that_comes_late_makes_no_lease() -> None:
    """Mutant: a renewal that was asked for before the end makes a lease that nobody ends."""
    home = Household(MemoryStore(shared=True))
    lease = Lease(home.store, home.register, home.clock)
    lease.take()
    holder = lease.holder
    lease.renew()
    assert {holder} == set(home.store.holders())
    home.store.drop_lease(lease.end() or "")
    lease.renew()
    assert home.store.holders() == {}
    assert not lease.current
    lease.take()
    assert holder not in home.store.holders()
    assert lease.current


def test_without_a_loop_the_lease_ends_at_once() -> None:
    home = Household(MemoryStore(shared=True))
    home.agree(*OWN_SCOPES)
    with home.permit(READ):
        assert set(home.store.holders()) == {home.gate.holder}
    assert home.store.holders() == {}
    assert not home.allows((*READ[:2], LINK[2]))
    assert home.store.holders() == {}


def test_a_store_that_stays_away_ends_everything() -> None:
    """BN-GATE-05. Mutant: links stay open for ever though nothing can be confirmed."""

    class Failing(MemoryStore):
        failing = False

        def renew_lease(self, holder: str, seen_seq: int) -> int:
            if self.failing:
                raise StoreError("The store cannot be read")
            return super().renew_lease(holder, seen_seq)

    async def main() -> None:
        store = Failing(shared=True)
        home = Household(store, clock=JumpingClock(asyncio.get_running_loop()))
        home.agree(*OWN_SCOPES)
        closed = asyncio.Event()
        permit = home.permit(SCAN)

        async def teardown() -> None:
            closed.set()

        permit.guard("scan", teardown)
        store.failing = True
        await elapse(3.0)
        assert refused(permit)  # and is alive: a disk may be slow for a moment
        store.failing = False
        await elapse(RENEW_SECONDS)
        assert not refused(permit)
        store.failing = True
        await closed.wait()
        assert not permit.alive
        store.failing = False
        await home.aclose()

    run_jumping(main)


def test_in_virtual_time_the_ledger_is_looked_at_once_a_second() -> None:
    """Nobody shares virtual time, so there is no lease; other companions are still heard."""

    class VirtualClock(ManualClock):
        virtual = True

    home = Household(MemoryStore(shared=True), clock=VirtualClock())
    home.agree(*OWN_SCOPES)
    other = home.another()
    permit = other.permit(READ)
    assert home.store.holders() == {}
    home.register.request(home.id, HEALTH_MONITORING)
    home.refuse(HEALTH_MONITORING)
    assert isinstance(home.clock, ManualClock)
    home.clock.advance(LEASE_SECONDS)
    assert refused(permit)


def test_the_margin_is_ten_percent() -> None:
    assert pytest.approx(1.1 * LEASE_SECONDS) == WAIT_SECONDS
    assert RENEW_SECONDS * 3 < LEASE_SECONDS


def test_the_date_ends_a_permit_that_nobody_checks() -> None:
    """Mutant: what is over by the date is noticed only where something is checked."""

    class SetClock(JumpingClock):
        days = 0

        def now(self) -> datetime:
            return super().now() + timedelta(days=self.days)

    async def main() -> None:
        clock = SetClock(asyncio.get_running_loop())
        home = Household(MemoryStore(shared=True), clock=clock)
        home.agree(*OWN_SCOPES)
        permit = home.permit(LINK)
        closed = asyncio.Event()

        async def teardown() -> None:
            closed.set()

        permit.guard("link", teardown)
        await elapse(2)
        assert not closed.is_set()  # the control
        clock.days = 181
        await elapse(2 * RENEW_SECONDS)
        assert closed.is_set()
        await home.aclose()

    run_jumping(main)
