"""Leases: a withdrawal in one process is over in all when it returns.

The processes are companions on one store, on one event loop in virtual time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from babyn_ble.errors import ConsentRequiredError, StoreError
from babyn_ble.privacy.lease import LEASE_SECONDS, RENEW_SECONDS, WAIT_SECONDS, Lease
from babyn_ble.privacy.permits import Permit
from babyn_ble.privacy.purposes import HEALTH_MONITORING, LOCATION, OWN_SCOPES
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import (
    LINK,
    READ,
    SCAN,
    Household,
    JumpingClock,
    JumpingLoop,
    ManualClock,
    elapse,
    run_jumping,
)


def refused(permit: Permit) -> bool:
    try:
        permit.check()
    except ConsentRequiredError:
        return True
    return False


def with_two(test: Callable[[Household, Household], Awaitable[None]]) -> None:
    """Run a test with two companions on one store in virtual time."""

    async def main() -> None:
        clock = JumpingClock(asyncio.get_running_loop())
        one = Household(MemoryStore(shared=True), clock=clock)
        one.agree(*OWN_SCOPES)
        two = one.another()
        await test(one, two)
        await one.aclose()
        await two.aclose()
        assert one.store.holders() == {}
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_jumping(main)


def test_the_other_stops_and_says_so() -> None:
    """BN-WDR-01. Mutant: withdraw() does not wait; the other never looks by itself."""

    async def test(one: Household, two: Household) -> None:
        story: list[str] = []
        permit = two.permit(READ)
        permit.on_death(lambda: story.append("dead"))

        async def teardown() -> None:
            story.append("closed")

        permit.guard("link", teardown)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await one.withdraw(HEALTH_MONITORING)
        story.append("returned")
        assert story == ["dead", "closed", "returned"]
        assert loop.time() - began < LEASE_SECONDS  # it was told, and did not wait it out

    with_two(test)


def test_without_others_nobody_is_waited_for() -> None:
    """Mutant: every withdrawal takes the whole second."""

    async def test(one: Household, two: Household) -> None:
        permit = one.permit(READ)
        began = asyncio.get_running_loop().time()
        await one.withdraw(HEALTH_MONITORING)
        assert asyncio.get_running_loop().time() == began
        assert not permit.alive

    with_two(test)


def test_the_others_say_so_only_once_everything_is_closed() -> None:
    """BN-WDR-01. Mutant: the withdrawal is acknowledged when it is seen."""

    async def test(one: Household, two: Household) -> None:
        story: list[str] = []
        closing, may_close = asyncio.Event(), asyncio.Event()
        permit = two.permit(READ)
        other = two.permit(LINK)

        async def teardown() -> None:
            closing.set()
            await may_close.wait()
            story.append("closed")

        permit.guard("link", teardown)
        withdrawal = asyncio.create_task(one.withdraw(HEALTH_MONITORING))
        withdrawal.add_done_callback(lambda _: story.append("returned"))
        await closing.wait()
        holder = two.gate.holder
        assert holder is not None
        assert one.store.holders()[holder].seen_seq < one.store.head()
        loop = asyncio.get_running_loop()
        loop.call_later(RENEW_SECONDS, may_close.set)
        await may_close.wait()
        closed = loop.time()
        await withdrawal
        assert loop.time() - closed < RENEW_SECONDS / 2  # at once, not at the next renewal
        assert story == ["closed", "returned"]
        assert one.store.holders()[holder].seen_seq == one.store.head()
        other.check()

    with_two(test)


def test_who_is_slow_to_close_is_not_waited_for_longer_than_a_lease() -> None:
    """Mutant: no bound; one stuck process blocks every withdrawal."""

    async def test(one: Household, two: Household) -> None:
        permit = two.permit(READ)
        may_close = asyncio.Event()

        async def teardown() -> None:
            await may_close.wait()

        permit.guard("link", teardown)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await one.withdraw(HEALTH_MONITORING)
        assert loop.time() - began >= WAIT_SECONDS
        assert not permit.alive
        assert two.gate.holder in one.store.holders()  # it is at work, and not forgotten
        may_close.set()

    with_two(test)


@pytest.mark.parametrize("rate", [1.0, 1 / 1.1 + 0.001, 2.0])
def test_who_does_not_answer_has_stopped_by_itself(rate: float) -> None:
    """BN-WDR-01. Mutant: the wait is no longer than the lease; the lease is not compared.

    The other process is stopped (SIGSTOP, a blocked loop) and goes on when the withdrawal
    has returned. Its clock may be slower, by less than the margin.
    """
    loop = JumpingLoop()
    one = Household(MemoryStore(shared=True), clock=JumpingClock(loop))
    one.agree(*OWN_SCOPES)
    two = one.another(clock=JumpingClock(loop, rate))
    permit = two.permit(READ)  # where no loop runs, nothing renews it by itself
    assert not refused(permit)

    async def main() -> None:
        began = loop.time()
        await one.withdraw(HEALTH_MONITORING)
        assert loop.time() - began >= WAIT_SECONDS
        assert permit.alive  # it does not know yet
        assert refused(permit)
        assert not permit.alive

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())
        runner.run(one.aclose())
        runner.run(two.aclose())


def test_who_has_crashed_is_waited_for_once() -> None:
    """Mutant: every withdrawal waits for the dead; or the living are forgotten too."""

    async def test(one: Household, two: Household) -> None:
        one.store.renew_lease("crashed", 1)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await one.withdraw(HEALTH_MONITORING)
        first = loop.time()
        assert first - began >= WAIT_SECONDS
        assert one.store.holders() == {}
        await one.withdraw(LOCATION)
        assert loop.time() == first

    with_two(test)


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


def test_leases_end_with_the_last_permit() -> None:
    """Mutant: a companion without permits holds up withdrawals."""

    async def test(one: Household, two: Household) -> None:
        first, second = two.permit(READ), two.permit(LINK)
        holder = two.gate.holder
        assert set(one.store.holders()) == {holder}
        first.release()
        await elapse(RENEW_SECONDS * 4)
        assert set(one.store.holders()) == {holder}
        assert one.store.holders()[holder or ""].renewals >= 4
        second.release()
        began = asyncio.get_running_loop().time()
        await one.withdraw(HEALTH_MONITORING)
        assert asyncio.get_running_loop().time() - began < RENEW_SECONDS
        assert one.store.holders() == {}
        two.permit(LINK)
        assert two.gate.holder not in (None, holder)  # the old one's end cannot take it along

    with_two(test)


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
