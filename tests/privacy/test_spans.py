"""When a consent stood, by its events."""

from __future__ import annotations

from datetime import datetime, timedelta

from babyn_ble.privacy import PartyRole
from babyn_ble.privacy.purposes import BLUETOOTH, HEALTH_MONITORING, Category, Operation, Purpose
from tests.privacy.household import CONTROLLER, KEEP, READ, START, Household, ManualClock, party

HOUR = timedelta(hours=1)


def pass_hours(home: Household, hours: float) -> datetime:
    assert isinstance(home.clock, ManualClock)
    home.clock.advance(hours * 3600)
    return home.clock.now()


def held(home: Household, moment: datetime | None) -> bool:
    """Return whether reading was agreed to then, as another process sees it."""
    answers = {house.gate.held_at(home.id, *READ, moment) for house in (home, home.another())}
    assert len(answers) == 1
    return answers.pop()


async def test_between_giving_and_withdrawing(home: Household) -> None:
    """Mutants: the end belongs to it; a second grant makes one span of both."""
    pass_hours(home, 1)
    home.agree(HEALTH_MONITORING)
    given = home.clock.now()
    withdrawn = pass_hours(home, 2)
    await home.withdraw(HEALTH_MONITORING)
    again = pass_hours(home, 2)
    home.agree(HEALTH_MONITORING)
    now = pass_hours(home, 1)
    moments = [START, given - HOUR / 60, given, withdrawn - HOUR, withdrawn, again - HOUR]
    assert [held(home, moment) for moment in moments] == [False, False, True, True, False, False]
    assert held(home, again)
    assert held(home, now)
    assert not held(home, None)  # nobody knows when


def test_it_ends_by_itself(home: Household) -> None:
    """Mutant: a span has no end of its own."""
    home.agree(HEALTH_MONITORING)
    year = timedelta(days=365)
    assert held(home, START + year - HOUR)
    assert not held(home, START + year)


def test_renewed_in_time_it_goes_on(home: Household) -> None:
    home.agree(HEALTH_MONITORING)
    renewed = pass_hours(home, 24)
    home.agree(HEALTH_MONITORING)
    assert all(held(home, renewed + hours * HOUR) for hours in (-24, -1, 0, 1))


def test_a_refusal_ends_it(home: Household) -> None:
    home.agree(HEALTH_MONITORING)
    refused = pass_hours(home, 2)
    home.register.request(home.id, HEALTH_MONITORING)
    home.refuse(HEALTH_MONITORING)
    assert held(home, refused - HOUR)
    assert not held(home, refused)


def test_another_controller_ends_it(home: Household) -> None:
    """Mutant: what is measured for someone else counts until the consent is asked again."""
    home.agree(HEALTH_MONITORING)
    changed = pass_hours(home, 2)
    home.register.change_controller(home.id, party(PartyRole.CONTROLLER, CONTROLLER))
    assert held(home, changed - HOUR)
    assert not held(home, changed)


def test_measuring_takes_no_bluetooth_and_keeping_takes_both(home: Household) -> None:
    """Mutant: one of the consents of an act is not looked at."""
    home.agree(HEALTH_MONITORING)
    assert held(home, START)
    assert not home.gate.held_at(home.id, *KEEP, START)
    home.agree(BLUETOOTH)
    assert not home.gate.held_at(home.id, *KEEP, START)
    nothing = (Purpose.BINDING, Category.HEALTH, Operation.DISCLOSE)
    assert not home.gate.held_at(home.id, *nothing, START)
