"""Withdrawing where the ledger cannot take it: it holds, and it is recorded later."""

from __future__ import annotations

from pathlib import Path

import pytest

from babyn_ble.errors import ConsentRequiredError, LedgerError, StoreError
from babyn_ble.privacy import ConsentRegister, ConsentStatus, Gate, Keys, RadioKind
from babyn_ble.privacy.purposes import BLUETOOTH, HEALTH_MONITORING, LOCATION
from babyn_ble.privacy.sidecar import FileSidecar, SetAsides
from babyn_ble.store import BuildRow, LedgerRow
from tests.privacy.damaged import Damaged
from tests.privacy.household import SCAN, Household, ManualClock


class Stubborn(Damaged):
    """A store whose ledger takes nothing, if a test says so."""

    takes = True

    def copied(self) -> list[LedgerRow]:
        return list(self._ledger)

    def restore(self, copy: list[LedgerRow]) -> None:
        self._ledger[:] = copy

    def append(self, build: BuildRow) -> LedgerRow:
        if not self.takes:
            raise StoreError("the disk is full")
        return super().append(build)


class Beside(Household):
    """A household with a place beside the ledger."""

    def __init__(self, directory: Path, first: Household) -> None:
        self.sidecar = FileSidecar(directory)
        self.store, self.master, self.clock = first.store, first.master, first.clock
        self.keys = Keys.open(self.store, self.master)
        self.subject = first.subject
        self.register = ConsentRegister.open(
            self.store, self.keys, clock=self.clock, sidecar=self.sidecar
        )
        self.gate = Gate(self.register, radio=RadioKind.OS)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
def agreed(place: Path) -> Beside:
    home = Household(Stubborn())
    home.agree(LOCATION, BLUETOOTH, HEALTH_MONITORING)
    return Beside(place, home)


def stubborn(home: Household) -> Stubborn:
    assert isinstance(home.store, Stubborn)
    return home.store


def open_to_others(place: Path) -> None:
    place.chmod(0o755)


@pytest.mark.requirement("BN-WDR-04")
async def test_on_a_damaged_ledger(agreed: Beside, place: Path) -> None:
    """It denies, and is recorded when a sound ledger is there again.

    Mutant: the withdrawal is kept in memory only; or what is beside the ledger is not read.
    """
    sound = stubborn(agreed).copied()
    stubborn(agreed).damage(stubborn(agreed).head() - 1)
    damaged = Beside(place, agreed)
    assert damaged.register.fault is not None
    state = await damaged.register.withdraw(damaged.id, LOCATION)
    assert (state.status, state.valid) == (ConsentStatus.WITHDRAWN, False)
    with pytest.raises(LedgerError):
        damaged.permit(SCAN)
    stubborn(agreed).restore(sound)
    restored = Beside(place, agreed)
    assert restored.register.fault is None
    assert restored.register.status(agreed.id, LOCATION).status is ConsentStatus.WITHDRAWN
    assert restored.register.status(agreed.id, BLUETOOTH).valid  # the control
    assert not restored.allows(SCAN)
    assert isinstance(agreed.clock, ManualClock)
    agreed.clock.advance(1)
    restored.agree(LOCATION)
    assert Beside(place, agreed).allows(SCAN)  # agreed to anew, it holds


async def test_where_not_even_the_subject_is_known(agreed: Beside, place: Path) -> None:
    """Mutant: without a subject nothing is set aside."""
    sound = stubborn(agreed).copied()
    stubborn(agreed).damage(3)
    damaged = Beside(place, agreed)
    await damaged.register.withdraw(None, LOCATION)
    stubborn(agreed).restore(sound)
    restored = Beside(place, agreed)
    assert restored.register.status(agreed.id, LOCATION).status is ConsentStatus.WITHDRAWN


async def test_a_ledger_that_takes_nothing_now(agreed: Beside) -> None:
    """The disk is full for a moment. Mutant: it is an error, or forgotten when it is over."""
    permit = agreed.permit(SCAN)
    stubborn(agreed).takes = False
    state = await agreed.register.withdraw(agreed.id, LOCATION)
    assert state.status is ConsentStatus.WITHDRAWN
    assert not permit.alive
    assert not agreed.allows(SCAN)
    stubborn(agreed).takes = True
    agreed.register.refresh()
    assert agreed.register.status(agreed.id, LOCATION).status is ConsentStatus.WITHDRAWN
    assert agreed.register.history(agreed.id)[-1].event.event_time == agreed.clock.now()


def test_another_process_acts_on_it(agreed: Beside, place: Path) -> None:
    """Mutant: a running companion looks at the ledger only."""
    permit = agreed.permit(SCAN)
    SetAsides(FileSidecar(place)).add(agreed.id, "location", agreed.clock.now())
    agreed.register.refresh()
    agreed.gate.reconcile()
    with pytest.raises(ConsentRequiredError):
        permit.check()
    assert agreed.register.status(agreed.id, LOCATION).status is ConsentStatus.WITHDRAWN


def test_an_older_copy_of_the_ledger_in_its_place(agreed: Beside, place: Path) -> None:
    """Mutant: once taken in, it is forgotten, and a restored grant stands again."""
    older = stubborn(agreed).copied()
    SetAsides(FileSidecar(place)).add(agreed.id, "location", agreed.clock.now())
    assert not Beside(place, agreed).allows(SCAN)
    stubborn(agreed).restore(older)
    assert not Beside(place, agreed).allows(SCAN)


def test_a_clock_that_was_set_back(agreed: Beside, place: Path) -> None:
    """Mutant: a withdrawal whose date is before the grant ends nothing."""
    assert isinstance(agreed.clock, ManualClock)
    agreed.clock.date = agreed.clock.date.replace(year=2001)
    SetAsides(FileSidecar(place)).add(agreed.id, "location", agreed.clock.now())
    again = Beside(place, agreed)
    assert not again.allows(SCAN)
    assert again.register.status(agreed.id, LOCATION).status is ConsentStatus.WITHDRAWN


async def test_without_a_place_it_is_an_error_and_denied_all_the_same() -> None:
    home = Household(Stubborn())
    home.agree(LOCATION, BLUETOOTH)
    stubborn(home).takes = False
    with pytest.raises(StoreError, match="could not be recorded"):
        await home.withdraw(LOCATION)
    assert not home.allows(SCAN)


async def test_where_nothing_can_be_written_it_is_an_error(agreed: Beside, place: Path) -> None:
    """Mutant: it is called withdrawn though it stands nowhere."""
    stubborn(agreed).takes = False
    open_to_others(place)
    with pytest.raises(StoreError, match="could not be recorded"):
        await agreed.register.withdraw(agreed.id, LOCATION)
    assert not agreed.allows(SCAN)
