from __future__ import annotations

from datetime import timedelta

import pytest

from babyn_ble.errors import InvalidConsentError, NotSetUpError
from babyn_ble.privacy.rights.entries import VerifiedBy
from babyn_ble.privacy.rights.requests import (
    Due,
    RefusalGround,
    RequestKind,
    RequestRegister,
    RequestStatus,
)
from tests.privacy.household import Household, ManualClock

LOCAL = VerifiedBy.LOCAL_USER


@pytest.fixture
def requests(home: Household) -> RequestRegister:
    return RequestRegister(home.register, home.id)


@pytest.mark.requirement("BN-DSR-10")
@pytest.mark.parametrize("kind", RequestKind)
def test_its_days_and_its_warning(
    kind: RequestKind, requests: RequestRegister, home: Household
) -> None:
    """Mutant: one time for all of them; a warning when it is too late; an end by itself."""
    days = 15 if kind in (RequestKind.ACCESS, RequestKind.COMPLAINT) else 30
    clock = home.clock
    assert isinstance(clock, ManualClock)
    made = requests.open(kind, verified_by=LOCAL)
    assert made.due_at - made.received_at == timedelta(days=days)
    seen: list[Due | None] = []
    for share in (0.0, 0.749, 0.75, 1.0, 1.001, 40.0):
        clock.date = made.received_at + timedelta(days=days) * share
        [found] = requests.list()
        assert found == made  # whatever the time: it is never answered by itself
        seen.append(found.due(clock.now()))
        assert (found in requests.pressing()) == (share >= 0.75)
    assert seen == [Due.IN_TIME, Due.IN_TIME, Due.SOON, Due.SOON, Due.OVERDUE, Due.OVERDUE]
    requests.done(made.id)
    [found] = requests.list()
    assert (found.status, found.due(clock.now())) == (RequestStatus.DONE, None)
    assert requests.pressing() == ()


@pytest.mark.requirement("BN-DSR-11")
@pytest.mark.parametrize("ground", RefusalGround)
def test_a_refusal_has_one_of_eight_reasons(
    ground: RefusalGround, requests: RequestRegister
) -> None:
    """Mutant: a refusal without a reason, or with any words for one."""
    made = requests.open(RequestKind.ACCESS, verified_by=LOCAL)
    refused = requests.refuse(made.id, ground, note="we looked")
    assert (refused.status, refused.refused_because) == (RequestStatus.REFUSED, ground)
    assert requests.list() == (refused,)
    assert len(RefusalGround) == 8


@pytest.mark.requirement("BN-DSR-11")
def test_no_other_reason_is_taken(requests: RequestRegister) -> None:
    made = requests.open(RequestKind.ACCESS, verified_by=LOCAL)
    for other in ("too much work", ""):
        with pytest.raises(ValueError, match="RefusalGround"):
            requests.refuse(made.id, other)  # type: ignore[arg-type]  # what is refused
    assert requests.list() == (made,)


@pytest.mark.requirement("BN-DSR-09")
def test_it_says_how_the_person_was_verified(requests: RequestRegister) -> None:
    """Mutant: a request of nobody in particular."""
    for way in VerifiedBy:
        assert requests.open(RequestKind.ACCESS, verified_by=way).verified_by is way
    with pytest.raises(TypeError, match="verified_by"):
        requests.open(RequestKind.ACCESS)  # type: ignore[call-arg]  # what is refused


def test_an_answer_is_final(requests: RequestRegister) -> None:
    """Mutant: what was refused is done, or the other way round."""
    made = requests.open(RequestKind.DELETION, verified_by=LOCAL, note="all of it")
    assert requests.done(made.id).note == "all of it"
    for again in (made.id, "ffffff"):
        with pytest.raises(InvalidConsentError, match="No open request"):
            requests.refuse(again, RefusalGround.ABUSE)


def test_of_nobody(home: Household) -> None:
    with pytest.raises(NotSetUpError):
        RequestRegister(home.register, "subject-0000000000000000")
