"""Withdrawing: it always works, from anywhere, and it is over when it returns."""

from __future__ import annotations

import asyncio

import pytest

from babyn_ble.errors import (
    BabynError,
    ConsentRequiredError,
    LedgerError,
    NotSetUpError,
    StoreError,
    TeardownIncompleteError,
)
from babyn_ble.privacy import ConsentStatus, cancel_and_join
from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    HEALTH_MONITORING,
    HISTORY_STORAGE,
    LOCATION,
    OWN_SCOPES,
    Category,
    Operation,
    Purpose,
)
from babyn_ble.store import BuildRow, LedgerRow
from babyn_ble.store.memory import MemoryStore
from tests.privacy.damaged import Damaged
from tests.privacy.household import (
    READ,
    SCAN,
    Household,
    JumpingClock,
    ManualClock,
    run_jumping,
)

LOOK_BACK = (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.USE)


@pytest.fixture
def agreed(home: Household) -> Household:
    home.agree(*OWN_SCOPES)
    return home


@pytest.mark.requirement("BN-WDR-01")
async def test_first_on_the_disk_then_dead_then_closed() -> None:
    """BN-WDR-01. Mutant: permits die before the withdrawal is stored; or it is not stored."""
    story: list[str] = []

    class Telling(MemoryStore):
        def append(self, build: BuildRow) -> LedgerRow:
            row = super().append(build)
            story.append("stored" if b"ConsentWithdrawn" in row.entry else "other")
            return row

    home = Household(Telling())
    home.agree(*OWN_SCOPES)
    permit = home.permit(READ)
    permit.on_death(lambda: story.append("dead"))

    async def teardown() -> None:
        story.append("closed")

    permit.guard("link", teardown)
    story.clear()
    await home.withdraw(HEALTH_MONITORING)
    story.append("returned")
    assert story == ["stored", "dead", "closed", "returned"]
    state = home.register.status(home.id, HEALTH_MONITORING)
    assert (state.status, state.valid) == (ConsentStatus.WITHDRAWN, False)


async def test_what_does_not_stand_is_withdrawn_already(agreed: Household) -> None:
    """Mutant: a second withdrawal is an error, or another event."""
    await agreed.withdraw(LOCATION)
    before = agreed.store.head()
    await agreed.withdraw(LOCATION)
    assert agreed.store.head() == before
    fresh = Household()
    await fresh.withdraw(LOCATION)
    assert fresh.register.history(fresh.id) == []
    with pytest.raises(NotSetUpError):
        await fresh.register.withdraw("subject-0000000000000000", LOCATION)


async def test_it_is_as_easy_as_giving(agreed: Household) -> None:
    """BN-WDR-03, BN-WDR-04. Mutant: withdrawing needs a notice, a reason or a party."""
    state = await agreed.register.withdraw(agreed.id, LOCATION)
    assert not state.valid


@pytest.mark.requirement("BN-WDR-02")
async def test_earlier_decisions_stay(agreed: Household) -> None:
    """BN-WDR-02. Mutant: a withdrawal rewrites the past."""
    before = agreed.register.history(agreed.id)
    await agreed.withdraw(LOCATION)
    assert agreed.register.history(agreed.id)[: len(before)] == before
    agreed.register.verify()


@pytest.mark.requirement("BN-WDR-02")
async def test_what_was_stored_stays_and_is_used_no_more(agreed: Household) -> None:
    """It can be exported and erased. Mutant: looking back needs no consent any more."""
    vault = agreed.register.vault
    vault.append_readings(agreed.id, "device", [{"value": "37.1"}])
    assert agreed.allows(LOOK_BACK)
    await agreed.withdraw(HISTORY_STORAGE)
    assert not agreed.allows(LOOK_BACK)
    assert [row["value"] for row in vault.readings(agreed.id, "device")] == ["37.1"]
    states = [one.event.event_state for one in agreed.register.history(agreed.id, HISTORY_STORAGE)]
    assert states == [ConsentStatus.REQUESTED, ConsentStatus.GIVEN, ConsentStatus.WITHDRAWN]


async def test_from_within_what_it_stops(agreed: Household) -> None:
    """BN-WDR-01. Mutant: the teardown joins the task that withdraws: five seconds, then an error.

    A consumer withdraws in the middle of its own stream, whose guard ends the consumer.
    """
    permit = agreed.permit(READ)
    outcome: list[str] = []

    async def consume() -> None:
        await agreed.withdraw(HEALTH_MONITORING)
        outcome.append("withdrawn")

    task = asyncio.create_task(consume())

    async def teardown() -> None:
        await cancel_and_join(task)
        outcome.append("closed")

    permit.guard("stream", teardown)
    await task
    assert outcome == ["closed", "withdrawn"]
    assert not task.cancelled()


async def test_from_within_a_teardown(agreed: Household) -> None:
    """Mutant: a withdrawal waits for the teardown that asked for it."""
    permit = agreed.permit(READ)

    async def teardown() -> None:
        await agreed.withdraw(LOCATION)

    permit.guard("stream", teardown)
    await agreed.withdraw(HEALTH_MONITORING)
    assert not agreed.register.status(agreed.id, LOCATION).valid


async def test_teardowns_run_side_by_side(agreed: Household) -> None:
    """Mutant: one after the other; the second waits for ever for the first."""
    permit = agreed.permit(READ)
    first_is_open, second_is_open = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        first_is_open.set()
        await second_is_open.wait()

    async def second() -> None:
        second_is_open.set()
        await first_is_open.wait()

    permit.guard("first", first)
    permit.guard("second", second)
    await agreed.withdraw(HEALTH_MONITORING)


def test_what_does_not_close_is_named_and_the_withdrawal_stands() -> None:
    """BN-WDR-01. Mutant: it waits for ever; the error comes without the names; or none comes."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        home = Household(clock=JumpingClock(loop))
        home.agree(*OWN_SCOPES)
        permit = home.permit(READ)
        cancelled: list[str] = []

        async def hangs() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append("hangs")
                raise

        async def fails() -> None:
            raise OSError("canary")

        async def closes() -> None:
            pass

        permit.guard("session", hangs)
        permit.guard("radio", fails)
        permit.guard("file", closes)
        began = loop.time()
        with pytest.raises(TeardownIncompleteError) as caught:
            await home.withdraw(HEALTH_MONITORING)
        assert loop.time() - began == pytest.approx(5.0)
        assert caught.value.pending == ("radio", "session")
        assert "canary" not in str(caught.value)
        assert not permit.alive
        assert not home.register.status(home.id, HEALTH_MONITORING).valid
        assert cancelled == []
        await home.aclose()
        assert cancelled == ["hangs"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_jumping(main)


async def test_who_is_cancelled_has_still_withdrawn(agreed: Household) -> None:
    """BN-WDR-01. Mutant: cancelling the caller leaves guards unclosed."""
    permit = agreed.permit(READ)
    closing, may_close = asyncio.Event(), asyncio.Event()
    closed: list[str] = []

    async def teardown() -> None:
        closing.set()
        await may_close.wait()
        closed.append("link")

    permit.guard("link", teardown)
    task = asyncio.create_task(agreed.withdraw(HEALTH_MONITORING))
    await closing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not permit.alive
    may_close.set()
    await agreed.register.aclose()
    assert closed == ["link"]
    await agreed.gate.aclose()


async def test_a_damaged_ledger_does_not_keep_anything_running() -> None:
    """Mutant: a withdrawal that cannot be recorded stops nothing."""
    store = Damaged()
    home = Household(store)
    home.agree(*OWN_SCOPES)
    permit = home.permit(READ)
    closed: list[str] = []

    async def teardown() -> None:
        closed.append("link")

    permit.guard("link", teardown)
    store._ledger.pop()  # pyright: ignore[reportPrivateUsage] - somebody else did this
    with pytest.raises(LedgerError, match="could not be recorded") as caught:
        await home.withdraw(HEALTH_MONITORING)
    assert caught.value.__suppress_context__
    assert not permit.alive
    assert closed == ["link"]
    with pytest.raises(LedgerError):
        home.permit(SCAN)


async def test_a_store_that_cannot_be_written_does_not_either() -> None:
    """Mutant: only LedgerError is taken care of; or what was withdrawn opens again."""

    class Full(MemoryStore):
        full = False

        def append(self, build: BuildRow) -> LedgerRow:
            if self.full:
                raise StoreError("The store has no room")
            return super().append(build)

    store = Full()
    home = Household(store)
    home.agree(*OWN_SCOPES)
    permits = [home.permit(READ), home.permit(SCAN)]
    store.full = True
    with pytest.raises(StoreError, match="could not be recorded"):
        await home.withdraw(HEALTH_MONITORING)
    assert [permit.alive for permit in permits] == [False, True]
    with pytest.raises(ConsentRequiredError):
        home.permit(READ)
    store.full = False
    with pytest.raises(ConsentRequiredError):
        home.permit(READ)
    await home.withdraw(HEALTH_MONITORING)
    home.agree(HEALTH_MONITORING)
    assert home.allows(READ)


async def test_a_clock_that_was_set_back_prevents_no_withdrawal(agreed: Household) -> None:
    """Mutant: the rule against clocks that run backwards applies to withdrawals too."""
    permit = agreed.permit(SCAN)
    assert isinstance(agreed.clock, ManualClock)
    agreed.clock.advance(-3600)
    await agreed.withdraw(BLUETOOTH)
    assert not permit.alive
    assert agreed.register.status(agreed.id, BLUETOOTH).status is ConsentStatus.WITHDRAWN
    with pytest.raises(BabynError, match="clock"):
        agreed.agree(BLUETOOTH)
