"""Permits: they live as long as the consents do, and die all at once."""

from __future__ import annotations

import asyncio
import logging

import pytest

from babyn_ble.errors import ConsentRenewalRequiredError, ConsentRequiredError
from babyn_ble.privacy import cancel_and_join
from babyn_ble.privacy.permits import Permit
from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    HEALTH_MONITORING,
    HISTORY_STORAGE,
    LOCATION,
    OWN_SCOPES,
    ConsentScope,
)
from tests.privacy.household import KEEP, LINK, READ, RECIPIENT, SCAN, SHARE, Household, ManualClock


@pytest.fixture
def agreed(home: Household) -> Household:
    home.agree(*OWN_SCOPES)
    return home


def refused(permit: Permit) -> bool:
    try:
        permit.check()
    except ConsentRequiredError:
        return True
    return False


@pytest.mark.requirement("BN-WDR-01", "BN-WDR-05")
@pytest.mark.parametrize(
    ("withdrawn", "alive"),
    [
        (LOCATION, {"link", "read", "keep"}),
        (BLUETOOTH, {"keep"}),
        (HEALTH_MONITORING, {"scan", "link"}),
        (HISTORY_STORAGE, {"scan", "link", "read"}),
    ],
)
async def test_exactly_what_needed_it_dies(
    agreed: Household, withdrawn: ConsentScope, alive: set[str]
) -> None:
    """BN-WDR-01, BN-WDR-05, BN-PUR-04. Mutant: all permits die, or none but the first."""
    permits = {
        name: agreed.permit(act)
        for name, act in {"scan": SCAN, "link": LINK, "read": READ, "keep": KEEP}.items()
    }
    await agreed.withdraw(withdrawn)
    assert {name for name, permit in permits.items() if not refused(permit)} == alive
    assert {name for name, permit in permits.items() if permit.alive} == alive
    await agreed.aclose()


@pytest.mark.requirement("BN-WDR-05")
async def test_withdrawing_for_one_recipient_leaves_the_others(agreed: Household) -> None:
    """BN-WDR-05. Mutant: the recipient is not compared."""
    for name in ("home", "other"):
        agreed.register.recipients.put(RECIPIENT.model_copy(update={"id": name}))
        agreed.agree(ConsentScope.sharing(name))
    permits = {name: agreed.permit(SHARE, name) for name in ("home", "other")}
    await agreed.withdraw(ConsentScope.sharing("home"))
    assert {name for name, permit in permits.items() if permit.alive} == {"other"}
    await agreed.aclose()


async def test_all_are_dead_before_any_hears_of_it(agreed: Household) -> None:
    """BN-WDR-01. Mutant: a callback runs while another permit still lets data pass."""
    permits = [agreed.permit(READ) for _ in range(3)]
    seen: list[list[bool]] = []
    for permit in permits:
        permit.on_death(lambda: seen.append([other.alive for other in permits]))
    await agreed.withdraw(HEALTH_MONITORING)
    assert seen == [[False] * 3] * 3


async def test_what_it_died_of_is_told(agreed: Household) -> None:
    permit = agreed.permit(READ)
    heard: list[tuple[str, ...]] = []

    def died() -> None:
        with pytest.raises(ConsentRequiredError) as caught:
            permit.check()
        heard.append(caught.value.missing)

    permit.on_death(died)
    await agreed.withdraw(HEALTH_MONITORING)
    permit.on_death(died)  # also for those who come late
    assert heard == [("health_monitoring",)] * 2


async def test_what_is_guarded_is_closed_once(agreed: Household) -> None:
    """BN-WDR-01. Mutant: a guard runs twice, or not for those who come late."""
    closed: list[str] = []

    def closing(name: str) -> None:
        async def teardown() -> None:
            closed.append(name)

        permit.guard(name, teardown)

    permit = agreed.permit(READ)
    closing("link")
    closing("stream")
    assert closed == []
    await agreed.withdraw(HEALTH_MONITORING)
    assert closed == ["link", "stream"]
    closing("late")
    await agreed.withdraw(HEALTH_MONITORING)
    assert closed == ["link", "stream", "late"]
    await agreed.aclose()
    assert closed == ["link", "stream", "late"]


async def test_what_is_given_back_is_not_closed(agreed: Household) -> None:
    """Mutant: release() does nothing, and a session that was closed is closed again."""
    happened: list[str] = []

    async def teardown() -> None:
        happened.append("closed")

    with agreed.permit(READ) as permit:
        permit.guard("link", teardown)
        permit.on_death(lambda: happened.append("died"))
    permit.release()
    assert not permit.alive
    assert not permit.died
    with pytest.raises(ConsentRequiredError, match="given back"):
        permit.check()
    await agreed.withdraw(HEALTH_MONITORING)
    assert happened == []


async def test_one_that_fails_does_not_spare_the_others(
    agreed: Household, caplog: pytest.LogCaptureFixture
) -> None:
    """Mutant: an exception in a callback ends the round."""
    happened: list[str] = []

    def fail() -> None:
        raise OSError("canary address")

    async def teardown() -> None:
        happened.append("closed")

    first, second = agreed.permit(READ), agreed.permit(READ)
    first.on_death(fail)
    second.on_death(lambda: happened.append("died"))
    second.guard("link", teardown)
    with caplog.at_level(logging.DEBUG):
        await agreed.withdraw(HEALTH_MONITORING)
    assert happened == ["died", "closed"]
    assert "OSError" in caplog.text
    assert "canary" not in caplog.text


async def test_a_refusal_ends_what_stood_too(agreed: Household) -> None:
    """Mutant: only withdraw() looks for permits."""
    permit = agreed.permit(READ)
    agreed.register.request(agreed.id, HEALTH_MONITORING)
    permit.check()
    agreed.refuse(HEALTH_MONITORING)
    assert not permit.alive


async def test_a_changed_recipient_ends_sharing(agreed: Household) -> None:
    """BN-SHR-04. Mutant: the notice is compared when the permit is made, and never again."""
    agreed.register.recipients.put(RECIPIENT)
    agreed.agree(ConsentScope.sharing("home"))
    permit = agreed.permit(SHARE, "home")
    agreed.register.recipients.put(RECIPIENT.model_copy(update={"fields": ("value",)}))
    with pytest.raises(ConsentRenewalRequiredError):
        permit.check()


@pytest.mark.parametrize(("days", "dies"), [(179, False), (180, True), (-1, True)])
async def test_time_ends_it_too(agreed: Household, days: int, dies: bool) -> None:
    """BN-RET-02, BN-GATE-05. Mutant: the time is compared when the permit is made only."""
    from datetime import timedelta

    permit = agreed.permit(SCAN)
    assert isinstance(agreed.clock, ManualClock)
    agreed.clock.date += timedelta(days=days)
    assert refused(permit) is dies
    assert permit.alive is not dies
    assert permit.died is dies


def test_without_an_event_loop(home: Household) -> None:
    """A permit can be asked for, checked and given back where no loop runs."""
    home.agree(LOCATION, BLUETOOTH)
    with home.permit(SCAN) as permit:
        permit.check()
        home.register.request(home.id, LOCATION)
        home.refuse(LOCATION)
        assert not permit.alive


async def test_a_task_that_waits_for_a_withdrawal_is_not_joined() -> None:
    """BN-WDR-01. Mutant: cancel_and_join cancels whoever withdraws."""

    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(wait_for_ever())
    await cancel_and_join(task)
    assert task.cancelled()
    await cancel_and_join(task)
    await cancel_and_join(None)
    await cancel_and_join(asyncio.current_task())
