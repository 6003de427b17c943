"""The gate says yes exactly where the consents for an act hold, and to nothing else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_ble.errors import (
    BabynError,
    ConsentRenewalRequiredError,
    ConsentRequiredError,
    LedgerError,
    StoreError,
)
from babyn_ble.privacy import Category, ConsentScope, Operation, Purpose, RadioKind, SubjectKind
from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    HEALTH_MONITORING,
    HISTORY_STORAGE,
    LOCATION,
    OWN_SCOPES,
    required_scopes,
)
from babyn_ble.store import LedgerRow
from babyn_ble.store.memory import MemoryStore
from tests.privacy.damaged import Damaged
from tests.privacy.household import (
    KEEP,
    LINK,
    READ,
    RECIPIENT,
    SCAN,
    SHARE,
    Household,
    ManualClock,
)

SHARING = ConsentScope.sharing("home")
OTHER_SHARING = ConsentScope.sharing("other")
EVERY_ACT = list(product(Purpose, Category, Operation))


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        ([], ("bluetooth", "location")),
        ([LOCATION], ("bluetooth",)),
        ([BLUETOOTH], ("location",)),
        ([HEALTH_MONITORING, HISTORY_STORAGE], ("bluetooth", "location")),
    ],
)
def test_searching_takes_both(
    home: Household, scopes: list[ConsentScope], missing: tuple[str, ...]
) -> None:
    """BN-GATE-01. Mutant: 'any' instead of 'all' of the consents."""
    home.agree(*scopes)
    with pytest.raises(ConsentRequiredError) as caught:
        home.permit(SCAN)
    assert caught.value.missing == missing
    assert not isinstance(caught.value, ConsentRenewalRequiredError)
    assert "babyn consent give" in str(caught.value)
    home.agree(*{LOCATION, BLUETOOTH}.difference(scopes))
    home.permit(SCAN).check()


@settings(max_examples=60, deadline=None)
@given(
    agreed=st.sets(st.sampled_from([*OWN_SCOPES, SHARING, OTHER_SHARING])),
    act=st.sampled_from(EVERY_ACT),
    recipient=st.sampled_from([None, "home", "other", "unknown"]),
    kind=st.sampled_from(SubjectKind),
    radio=st.sampled_from(RadioKind),
)
def test_the_gate_equals_the_table(
    agreed: set[ConsentScope],
    act: tuple[Purpose, Category, Operation],
    recipient: str | None,
    kind: SubjectKind,
    radio: RadioKind,
) -> None:
    """BN-GATE-04, BN-GATE-05, BN-EXC-01. Mutant: any way to a yes that is not in the table."""
    home = Household(kind=kind, radio=radio)
    if kind is not SubjectKind.CHILD:
        agreed = {scope for scope in agreed if scope.recipient is None}
    for name in ("home", "other"):
        home.register.recipients.put(RECIPIENT.model_copy(update={"id": name}))
    home.agree(*sorted(agreed, key=str))
    required = required_scopes(*act, recipient=recipient)
    expected = (
        required is not None
        and required <= agreed
        and not (kind is SubjectKind.SYNTHETIC and radio is not RadioKind.SIM)
    )
    assert home.allows(act, recipient) is expected


@pytest.mark.parametrize(
    ("here", "there", "abroad"),
    [
        ("CN", "local", False),
        ("CN", "CN", False),
        ("CN", "DE", True),
        ("CN", "ZZ", True),
        ("ZZ", "ZZ", True),
        ("ZZ", "DE", True),
        ("ZZ", "local", False),
    ],
)
@pytest.mark.requirement("BN-SHR-10")
async def test_another_country_is_a_question_of_its_own(
    here: str, there: str, *, abroad: bool
) -> None:
    """BN-SHR-10. Mutant: the countries are not compared, or 'not known' counts as the same."""
    home = Household(jurisdiction=here)
    home.register.recipients.put(RECIPIENT.model_copy(update={"country": there}))
    home.agree(HEALTH_MONITORING, SHARING)
    listed = {str(state.scope) for state in home.register.statuses(home.id)}
    assert (f"cross_border:{there}" in listed) is abroad
    assert home.allows(SHARE, "home") is not abroad
    if abroad:
        crossing = ConsentScope.cross_border(there)
        with pytest.raises(ConsentRequiredError) as caught:
            home.permit(SHARE, "home")
        assert caught.value.missing == (str(crossing),)
        home.agree(crossing)
        permit = home.permit(SHARE, "home")
        await home.withdraw(crossing)
        assert permit.died


@pytest.mark.requirement("BN-SHR-10")
def test_a_recipient_more_in_a_country_is_asked_about(home: Household) -> None:
    """BN-SHR-10. Mutant: one consent for a country, whoever is there later."""
    first = RECIPIENT.model_copy(update={"country": "DE"})
    home.register.recipients.put(first)
    crossing = ConsentScope.cross_border("DE")
    home.agree(HEALTH_MONITORING, SHARING, crossing)
    assert home.allows(SHARE, "home")
    home.register.recipients.put(first.model_copy(update={"id": "other"}))
    with pytest.raises(ConsentRenewalRequiredError) as caught:
        home.permit(SHARE, "home")
    assert caught.value.missing == (str(crossing),)
    home.register.recipients.remove("other")
    assert home.allows(SHARE, "home")


@pytest.mark.requirement("BN-GATE-04")
def test_it_is_asked_per_operation(home: Household) -> None:
    """BN-GATE-04. Mutant: the operation is not part of the question."""
    home.agree(*OWN_SCOPES)
    assert home.allows(READ)
    for operation in Operation:
        act = (Purpose.HEALTH_MONITORING, Category.HEALTH, operation)
        assert home.allows(act) is (operation is Operation.COLLECT)
    with pytest.raises(ConsentRequiredError, match="No consent allows") as caught:
        home.permit((Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.TRANSMIT))
    assert caught.value.missing == ()


@pytest.mark.requirement("BN-GATE-05")
def test_nobody_set_up_nothing_allowed() -> None:
    """BN-GATE-05. Mutant: an empty ledger allows."""
    home = Household()
    with pytest.raises(ConsentRequiredError, match="babyn setup") as caught:
        home.gate.permit("subject-0000000000000000", *SCAN)
    assert caught.value.missing == ("bluetooth", "location")


def test_what_one_subject_agreed_to_is_not_anothers(home: Household) -> None:
    """Mutant: consents are looked up without the subject."""
    home.agree(LOCATION, BLUETOOTH)
    second = home.set_up(SubjectKind.CHILD)
    with pytest.raises(ConsentRequiredError):
        home.gate.permit(second.subject_id, *SCAN)
    assert home.allows(SCAN)


@pytest.mark.parametrize("radio", RadioKind)
@pytest.mark.parametrize("kind", SubjectKind)
def test_what_is_synthetic_stays_in_the_simulation(kind: SubjectKind, radio: RadioKind) -> None:
    """Mutant: the radio is not compared, or only for searching."""
    home = Household(kind=kind, radio=radio)
    home.agree(*OWN_SCOPES)
    allowed = kind is not SubjectKind.SYNTHETIC or radio is RadioKind.SIM
    for act in (SCAN, LINK, READ, KEEP):
        assert home.allows(act) is allowed
    if not allowed:
        with pytest.raises(ConsentRequiredError, match="simulation"):
            home.permit(SCAN)


@pytest.mark.requirement("BN-MIN-04")
def test_sharing_is_per_recipient(home: Household) -> None:
    """BN-MIN-04, BN-SHR-01. Mutant: one recipient's consent opens another."""
    home.register.recipients.put(RECIPIENT)
    home.register.recipients.put(RECIPIENT.model_copy(update={"id": "other"}))
    home.agree(HEALTH_MONITORING, SHARING)
    home.permit(SHARE, "home").check()
    for recipient in ("other", "unknown", None):
        with pytest.raises(ConsentRequiredError):
            home.permit(SHARE, recipient)


def test_what_ended_has_to_be_renewed(home: Household) -> None:
    """BN-VER-04. Mutant: an ended consent looks like one that was never given."""
    home.agree(LOCATION, BLUETOOTH)
    assert isinstance(home.clock, ManualClock)
    home.clock.date += timedelta(days=180)
    with pytest.raises(ConsentRenewalRequiredError) as caught:
        home.permit(SCAN)
    assert caught.value.missing == ("bluetooth", "location")
    home.register.request(home.id, LOCATION)  # records that it has ended
    with pytest.raises(ConsentRenewalRequiredError):
        home.permit(LINK)
    home.answer(LOCATION)
    home.agree(BLUETOOTH)
    assert home.allows(SCAN)


async def test_withdrawn_is_not_ended(home: Household) -> None:
    home.agree(LOCATION, BLUETOOTH)
    await home.withdraw(LOCATION)
    with pytest.raises(ConsentRequiredError) as caught:
        home.permit(SCAN)
    assert not isinstance(caught.value, ConsentRenewalRequiredError)
    assert caught.value.missing == ("location",)


@pytest.mark.requirement("BN-GATE-05")
def test_a_damaged_ledger_allows_nothing() -> None:
    """BN-GATE-05, BN-SEC-05. Mutant: what was read before the damage still counts."""
    store = Damaged()
    home = Household(store)
    home.agree(*OWN_SCOPES)
    assert home.allows(SCAN)
    store.damage(store.head() - 1)
    again = home.another()
    for act in EVERY_ACT:
        with pytest.raises(BabynError) as caught:
            again.permit(act)
        if required_scopes(*act) is not None:
            assert isinstance(caught.value, LedgerError)


def test_an_unreadable_store_allows_nothing() -> None:
    """BN-GATE-05. Mutant: an error of the store counts as nothing new."""

    class Failing(MemoryStore):
        failing = False

        def head(self) -> int:
            if self.failing:
                raise StoreError("The store cannot be read")
            return super().head()

        def renew_lease(self, holder: str, seen_seq: int) -> int:
            if self.failing:
                raise StoreError("The store cannot be read")
            return super().renew_lease(holder, seen_seq)

    store = Failing(shared=True)
    home = Household(store)
    home.agree(LOCATION, BLUETOOTH)
    permit = home.permit(SCAN)
    store.failing = True
    permit.check()  # within its second
    assert isinstance(home.clock, ManualClock)
    home.clock.advance(1.0)
    with pytest.raises(StoreError):
        home.permit(SCAN)
    with pytest.raises(ConsentRequiredError, match="cannot be confirmed"):
        permit.check()
    assert permit.alive  # nothing passes now; nothing says that it is over
    store.failing = False
    permit.check()


async def test_a_closed_gate_allows_nothing(home: Household) -> None:
    home.agree(LOCATION, BLUETOOTH)
    permit = home.permit(SCAN)
    closed: list[str] = []

    async def teardown() -> None:
        closed.append("scan")

    permit.guard("scan", teardown)
    await home.aclose()
    await home.aclose()
    assert closed == ["scan"]
    with pytest.raises(ConsentRequiredError, match="closed"):
        permit.check()
    with pytest.raises(ConsentRequiredError, match="closed"):
        home.permit(SCAN)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_it_answers_from_memory() -> None:
    """Mutant: each question reads the store; an advertisement would cost a disk access."""

    class Counting(MemoryStore):
        reads = 0

        def rows(self, after: int = 0, *, limit: int | None = None) -> list[LedgerRow]:
            self.reads += 1
            return super().rows(after, limit=limit)

        def head(self) -> int:
            self.reads += 1
            return super().head()

        def renew_lease(self, holder: str, seen_seq: int) -> int:
            self.reads += 1
            return super().renew_lease(holder, seen_seq)

    for shared in (False, True):
        store = Counting(shared=shared)
        home = Household(store)
        home.agree(LOCATION, BLUETOOTH)
        permit = home.permit(SCAN)
        before = store.reads
        for _ in range(100):
            permit.check()
            home.permit(SCAN).release()
        assert store.reads == before
        assert isinstance(home.clock, ManualClock)
        home.clock.advance(1.0)
        permit.check()
        assert (store.reads > before) is shared
