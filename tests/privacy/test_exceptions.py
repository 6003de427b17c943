"""Exceptions to consent: declared, narrow, shown, and over by a date."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy import ConsentScope, Permit
from babyn_ble.privacy.exceptions import CLAUSES, OPENS, DeclaredException, LegalBasis
from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    HEALTH_MONITORING,
    OWN_SCOPES,
    REQUIREMENTS,
    Category,
    Operation,
    Purpose,
)
from tests.privacy.household import CONTROLLER, GUARDIAN, LINK, READ, SCAN, Household, ManualClock

DEVICE, OTHER_DEVICE = "ghjkmnpq", "zzzzzzzz"
FAULTS = (Purpose.DIAGNOSTICS, Category.FAULTS, Operation.USE)
DIAGNOSTICS = ConsentScope(Purpose.DIAGNOSTICS)
WEEK = timedelta(days=7)


def declare(home: Household, **changes: Any) -> DeclaredException:
    """Declare that a life is to be safeguarded, or something else."""
    arguments: dict[str, Any] = {
        "basis": LegalBasis.LIFE,
        "scopes": (BLUETOOTH, HEALTH_MONITORING),
        "reason": "the child is not breathing well",
        "lasts": WEEK,
        "by": home.subject.controller.party_id,
        "device": DEVICE,
        **changes,
    }
    return home.register.declare_exception(home.id, **arguments)


def allows(
    home: Household, act: tuple[Purpose, Category, Operation], device: str | None = DEVICE
) -> Permit | None:
    from babyn_ble.errors import ConsentRequiredError

    try:
        return home.gate.permit(home.id, *act, device=device)
    except ConsentRequiredError:
        return None


@pytest.mark.requirement("BN-EXC-02")
def test_a_life_is_safeguarded_with_a_device_that_is_bound(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    """Mutant: the device is not compared; or any act of the subject's is opened."""
    assert allows(home, READ) is None
    exception = declare(home)
    with caplog.at_level(logging.WARNING):
        permit = allows(home, READ)
    assert permit is not None
    assert permit.window.exception == exception.exception_id
    assert exception.exception_id in caplog.text
    assert allows(home, LINK) is not None
    assert allows(home, READ, OTHER_DEVICE) is None
    assert allows(home, READ, None) is None
    assert home.register.exceptions(home.id) == [exception]
    assert home.another().register.exceptions(home.id) == [exception]


@pytest.mark.requirement("BN-EXC-02")
def test_it_is_about_one_subject(home: Household) -> None:
    """Mutant: an exception for one child opens what is another's."""
    declare(home)
    other = Household(home.store, keys=home.master, clock=home.clock)
    assert other.id != home.id
    assert allows(other, READ) is None
    assert allows(home.another(), READ) is not None  # the control
    assert other.register.exceptions(other.id) == []


@pytest.mark.requirement("BN-EXC-02")
async def test_it_is_over_by_its_date_or_before(home: Household) -> None:
    """Mutant: what was permitted under it goes on after it."""
    assert isinstance(home.clock, ManualClock)
    exception = declare(home)
    permit = allows(home, READ)
    assert permit is not None
    home.clock.advance(WEEK.total_seconds() - 1)
    permit.check()
    home.clock.advance(1)
    assert not still(permit)
    assert allows(home, READ) is None
    assert home.register.exceptions(home.id) == []
    again = declare(home)
    second = allows(home, READ)
    assert second is not None
    home.register.end_exception(again.exception_id)
    assert not second.alive
    assert home.register.exceptions(home.id) == []
    home.register.end_exception(exception.exception_id)  # it is over already
    with pytest.raises(InvalidConsentError, match="no exception"):
        home.register.end_exception("exception-0000000000000000")


def still(permit: Permit) -> bool:
    from babyn_ble.errors import ConsentRequiredError

    try:
        permit.check()
    except ConsentRequiredError:
        return False
    return True


WRONG: dict[str, dict[str, Any]] = {
    "longer than 30 days": {"lasts": timedelta(days=30, seconds=1)},
    "no time at all": {"lasts": timedelta(0)},
    "no reason": {"reason": " so "},
    "by nobody": {"by": "party-0000000000000000"},
    "without a device": {"device": None},
    "a search": {"scopes": (ConsentScope.parse("location"),)},
    "sharing": {"scopes": (ConsentScope.sharing("home"),)},
    "nothing": {"scopes": ()},
    "a device for faults": {"basis": LegalBasis.STABLE_OPERATION, "scopes": (DIAGNOSTICS,)},
}


@pytest.mark.requirement("BN-EXC-01")
@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_what_may_not_be_declared(changes: dict[str, Any], home: Household) -> None:
    """Mutant: any one limit is left out."""
    before = home.store.head()
    with pytest.raises(InvalidConsentError):
        declare(home, **changes)
    assert home.store.head() == before
    assert allows(home, READ) is None
    declare(home, lasts=timedelta(days=30))  # the control


@pytest.mark.requirement("BN-EXC-01")
def test_the_guardian_declares_none(home: Household) -> None:
    """Who is responsible answers for it. Mutant: anybody may declare it."""
    with pytest.raises(InvalidConsentError, match="responsible"):
        declare(home, by=home.subject.consenting_party.party_id)


@pytest.mark.requirement("BN-EXC-01", "BN-EXC-04")
@pytest.mark.parametrize("basis", [basis for basis in LegalBasis if basis not in OPENS])
def test_nine_of_the_eleven_open_nothing(basis: LegalBasis, home: Household) -> None:
    """Research and news among them. Mutant: a basis that is not listed opens what it names."""
    for scope in OWN_SCOPES:
        with pytest.raises(InvalidConsentError, match="no consent here"):
            declare(home, basis=basis, scopes=(scope,))


SETS = st.sets(st.sampled_from(sorted({str(scope) for scope in OWN_SCOPES})), min_size=1)


@pytest.mark.requirement("BN-EXC-01")
@given(st.sampled_from(sorted(REQUIREMENTS, key=str)), st.sampled_from(LegalBasis), SETS)
def test_no_exception_covers_a_search_sharing_or_the_background(
    act: tuple[Purpose, Category, Operation], basis: LegalBasis, scopes: Iterable[str]
) -> None:
    """Whatever stands in it. Mutant: an act is covered when its scopes are."""
    names = tuple(sorted(scopes))
    exception = DeclaredException.model_construct(
        subject_id="subject-0123456789abcdef", basis=basis, scopes=names, device=DEVICE
    )
    asked = (act[0].value, act[1].value, act[2].value)
    covered = exception.covers(exception.subject_id, asked, DEVICE, frozenset(names))
    if act[0] not in (Purpose.HEALTH_MONITORING, Purpose.HISTORY_STORAGE, Purpose.BINDING):
        assert not covered or act == FAULTS
    assert not (covered and act == SCAN)
    assert not (covered and basis not in OPENS)


@pytest.mark.requirement("BN-EXC-03")
def test_keeping_it_working_opens_the_counting_of_faults(home: Household) -> None:
    """Mutant: the basis opens the health of the service's users, too."""
    assert allows(home, FAULTS, None) is None
    declare(home, basis=LegalBasis.STABLE_OPERATION, scopes=(DIAGNOSTICS,), device=None)
    assert allows(home, FAULTS, None) is not None
    assert allows(home, READ) is None
    assert allows(home, LINK) is None
    with pytest.raises(InvalidConsentError, match="diagnostics"):
        declare(home, basis=LegalBasis.STABLE_OPERATION, scopes=(BLUETOOTH,), device=None)


@pytest.mark.requirement("BN-EXC-01")
def test_without_an_event_in_the_ledger_there_is_none(home: Household) -> None:
    """Never inferred. Mutant: a refused consent is taken for an emergency."""
    home.register.request(home.id, HEALTH_MONITORING)
    home.refuse(HEALTH_MONITORING)
    before = home.store.head()
    assert allows(home, READ) is None
    assert home.register.exceptions(home.id) == []
    declare(home)
    assert home.store.head() == before + 1


def test_each_case_names_its_line_in_the_policy() -> None:
    """Mutant: a case is inserted in the middle, and the lines are those of others."""
    assert CLAUSES[LegalBasis.LEGAL_OBLIGATION] == "L288"
    assert CLAUSES[LegalBasis.LIFE] == "L296"
    assert CLAUSES[LegalBasis.STABLE_OPERATION] == "L304"
    assert CLAUSES[LegalBasis.RESEARCH] == "L308"
    assert len(CLAUSES) == 11


def test_it_holds_no_name(home: Household) -> None:
    declare(home)
    stored = b"".join(row.entry for row in home.store.rows())
    assert GUARDIAN.encode() not in stored
    assert CONTROLLER.encode() not in stored
