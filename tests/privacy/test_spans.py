"""When a consent stood, by its events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from babyn_ble.privacy import ConsentScope, PartyRole
from babyn_ble.privacy.policy import MaterialChange
from babyn_ble.privacy.purposes import BLUETOOTH, HEALTH_MONITORING, Category, Operation, Purpose
from tests.privacy.household import (
    CONTROLLER,
    KEEP,
    READ,
    RECIPIENT,
    SHARE,
    START,
    Household,
    ManualClock,
    party,
)
from tests.privacy.test_policy_archive import version

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


@pytest.mark.parametrize("again", [False, True])
def test_a_material_change_of_the_policy_ends_it(home: Household, again: bool) -> None:
    """From when it is in force: what is measured until it is agreed to again, nobody allowed.

    Mutants: whether it holds is asked of now only; or only consents that stood when the version
    was archived are ended by it.
    """
    home.agree(HEALTH_MONITORING)
    pass_hours(home, 2)
    home.register.add_policy(version(2, MaterialChange.PROCESSING, effective="2026-03-20"))
    if again:  # it is not in force, so this is still about the one before
        home.agree(HEALTH_MONITORING)
    pass_hours(home, 24 * 30)
    home.agree(HEALTH_MONITORING)
    renewed = home.clock.now()
    in_force = datetime(2026, 3, 20, tzinfo=UTC)
    moments = [in_force - HOUR, in_force, renewed - HOUR, renewed]
    assert [held(home, moment) for moment in moments] == [True, False, False, True]


def test_one_that_is_in_force_ends_it_when_it_is_archived(home: Household) -> None:
    """Mutant: by its date, of before anybody here knew of it."""
    home.agree(HEALTH_MONITORING)
    archived = pass_hours(home, 2)
    home.register.add_policy(version(2, MaterialChange.PROCESSING, effective="2026-03-01"))
    home.register.request(home.id, HEALTH_MONITORING)
    renewed = pass_hours(home, 2)
    home.agree(HEALTH_MONITORING)
    moments = [archived - HOUR, archived, renewed - HOUR, renewed]
    assert [held(home, moment) for moment in moments] == [True, False, False, True]


async def test_what_stood_before_a_change_stays_so(home: Household) -> None:
    """Mutant: a withdrawal under the version before takes the time before away, too."""
    home.agree(HEALTH_MONITORING)
    archived = pass_hours(home, 2)
    home.register.add_policy(version(2, MaterialChange.PROCESSING, effective="2026-03-01"))
    await home.withdraw(HEALTH_MONITORING)
    assert held(home, archived - HOUR)
    assert not held(home, archived)


def test_an_editorial_change_does_not(home: Household) -> None:
    """Mutant: every version ends it."""
    home.agree(HEALTH_MONITORING)
    archived = pass_hours(home, 2)
    home.register.add_policy(version(2, effective="2026-03-01"))
    assert held(home, archived + HOUR)


def test_another_entry_of_its_recipient_ends_it(home: Household) -> None:
    """Mutant: sharing counts as agreed to with whoever is there now."""

    def shared(moment: datetime) -> bool:
        answers = {
            house.gate.held_at(home.id, *SHARE, moment, recipient=RECIPIENT.id)
            for house in (home, home.another())
        }
        assert len(answers) == 1
        return answers.pop()

    home.register.recipients.put(RECIPIENT)
    home.agree(HEALTH_MONITORING)
    pass_hours(home, 1)
    home.agree(ConsentScope.sharing(RECIPIENT.id))
    given = home.clock.now()
    changed = pass_hours(home, 2)
    home.register.recipients.put(RECIPIENT.model_copy(update={"name": "Somebody else"}))
    moments = [given - HOUR / 2, given, changed - HOUR, changed, changed + HOUR]
    assert list(map(shared, moments)) == [False, True, True, False, False]
    assert held(home, changed)  # the control: what was agreed to about nobody else goes on


def test_abroad_it_takes_one_consent_more(home: Household) -> None:
    """Mutant: where the recipient is does not count for what was measured before."""
    home.register.recipients.put(RECIPIENT.model_copy(update={"country": "DE"}))
    home.agree(HEALTH_MONITORING, ConsentScope.sharing(RECIPIENT.id))
    moment = pass_hours(home, 1)
    assert not home.gate.held_at(home.id, *SHARE, moment, recipient=RECIPIENT.id)
    home.agree(ConsentScope.cross_border("DE"))
    moment = pass_hours(home, 1)
    assert home.gate.held_at(home.id, *SHARE, moment, recipient=RECIPIENT.id)


def test_another_notice_ends_it(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """From when the version of the program that brought it was opened first.

    Mutant: the end is written down when it is asked for again, and what was measured in between
    counts.
    """
    home.agree(HEALTH_MONITORING, BLUETOOTH)
    assert home.register.end_overtaken() == 0  # the control: nothing is new
    opened = pass_hours(home, 2)
    monkeypatch.setattr("babyn_ble.privacy.notices._SECTIONS", ("what", "why"))
    newer = home.another()
    assert newer.register.end_overtaken() == 2
    assert newer.register.end_overtaken() == 0
    pass_hours(home, 2)
    newer.agree(HEALTH_MONITORING)
    renewed = home.clock.now()
    moments = [opened - HOUR, opened, renewed - HOUR, renewed]
    assert [held(newer, moment) for moment in moments] == [True, False, False, True]
