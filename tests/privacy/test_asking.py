"""Asking through a host's prompt: how often a person is asked."""

from __future__ import annotations

import pytest

from babyn_ble.privacy import ConsentScope, ConsentStatus, IndicationMethod, Notice
from babyn_ble.privacy.answers import Answer
from babyn_ble.privacy.asking import ask
from babyn_ble.privacy.purposes import BLUETOOTH, LOCATION
from tests.privacy.household import RECIPIENT, Household

SHARING = ConsentScope.sharing("home")


class Person:
    """Answers, and counts how often they were asked what."""

    def __init__(self, **answers: Answer) -> None:
        self.asked: list[str] = []
        self._answers = answers

    async def __call__(self, notice: Notice) -> Answer:
        self.asked.append(str(notice.scope))
        return self._answers.get(notice.scope.kind, Answer.AGREE)


async def starts(home: Household, person: Person, *, wish: bool = False) -> list[ConsentStatus]:
    """Ask as a program does at each of its starts."""
    states = await ask(
        home.register,
        home.id,
        (LOCATION, BLUETOOTH, SHARING),
        person,
        indication_method=IndicationMethod.BUTTON,
        by_their_wish=wish,
    )
    return [state.status for state in states]


@pytest.mark.requirement("BN-PUR-05")
async def test_a_refusal_is_remembered(home: Household) -> None:
    """BN-PUR-05. Mutant: what was refused is asked again at the next start."""
    home.register.recipients.put(RECIPIENT)
    person = Person(location=Answer.REFUSE, bluetooth=Answer.LATER)
    states = await starts(home, person)
    assert person.asked == ["location", "bluetooth", "sharing:home"]
    assert states == [ConsentStatus.REFUSED, ConsentStatus.DEFERRED, ConsentStatus.GIVEN]
    person.asked.clear()
    for _ in range(50):
        await starts(home.another(), person)
    assert person.asked == ["bluetooth"] * 50  # put off is no refusal


async def test_a_person_may_be_asked_again_by_their_wish(home: Household) -> None:
    home.register.recipients.put(RECIPIENT)
    person = Person(location=Answer.REFUSE)
    await starts(home, person)
    person.asked.clear()
    await starts(home, person, wish=True)
    assert person.asked == ["location"]


async def test_a_withdrawal_is_a_no(home: Household) -> None:
    home.register.recipients.put(RECIPIENT)
    person = Person()
    await starts(home, person)
    await home.withdraw(LOCATION)
    person.asked.clear()
    await starts(home, person)
    assert person.asked == []


@pytest.mark.requirement("BN-PUR-05")
async def test_a_new_notice_is_a_new_question(home: Household) -> None:
    """Mutant: once refused, nothing is asked again whatever changes."""
    home.register.recipients.put(RECIPIENT)
    person = Person(sharing=Answer.REFUSE)
    await starts(home, person)
    person.asked.clear()
    home.register.recipients.put(RECIPIENT.model_copy(update={"purpose": "something else"}))
    await starts(home, person)
    assert person.asked == ["sharing:home"]
