"""Two companions on one store: a withdrawal in one is over in both when it returns.

They are on one event loop, in virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from babyn_ble.privacy.lease import LEASE_SECONDS, RENEW_SECONDS, WAIT_SECONDS
from babyn_ble.privacy.purposes import HEALTH_MONITORING, LOCATION, OWN_SCOPES
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import (
    LINK,
    READ,
    Household,
    JumpingClock,
    JumpingLoop,
    elapse,
    refused,
    run_jumping,
)


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
