from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from babyn_ble.binding import DEVICE_KIND, BoundDevice
from babyn_ble.privacy.rights.entries import VerifiedBy
from babyn_ble.privacy.rights.requests import RequestKind, RequestRegister
from babyn_ble.privacy.rights.retention import BINDING_DAYS, CATEGORIES, Retention, Sweeper, Swept
from babyn_ble.privacy.terms import HISTORY_DAYS
from tests.privacy.household import START, Household, ManualClock
from tests.privacy.rights.nursery import ADDRESS, DEVICE, READINGS, reading

DAY = timedelta(days=1)


class Home(Household):
    """A household with one bound device and three readings of it."""

    def __init__(self) -> None:
        super().__init__()
        self.sweeper = Sweeper(self.register.vault)
        self.device = BoundDevice(
            id=DEVICE,
            subject=self.id,
            model="thermometer",
            address=ADDRESS,
            paired=True,
            bonds=(ADDRESS,),
            bound_at=START,
        )
        vault = self.register.vault
        vault.put(DEVICE_KIND, DEVICE, self.device, subject_id=self.id)
        vault.put_bytes("bond", ADDRESS, b"key", subject_id=self.id)
        vault.append_readings(
            self.id, DEVICE, [reading(number).as_dict() for number in range(READINGS)]
        )

    def later(self, days: int) -> Swept:
        """Return what a sweep deletes on a later day."""
        clock = self.clock
        assert isinstance(clock, ManualClock)
        clock.date = START + days * DAY
        return self.sweeper.sweep(self.register.subjects(), self.register.held(), clock.now())

    def kinds(self) -> set[str]:
        return {record.kind for record in self.store.list(None, self.id)}


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.mark.requirement("BN-RET-01")
def test_readings_go_on_their_day(home: Home) -> None:
    """Mutant: the sweeper deletes nothing, or a day early, or late."""
    assert home.later(HISTORY_DAYS).readings == 0
    assert home.later(HISTORY_DAYS + 1).readings == READINGS
    assert home.store.count_readings(home.id) == 0


@pytest.mark.requirement("BN-RET-01")
def test_a_household_may_keep_less(home: Home) -> None:
    """Mutant: the configuration is stored and not used."""
    home.sweeper.configure(Retention(history_days=7, binding_days=10))
    assert home.later(7) == Swept(on=(START + 7 * DAY).date())
    assert home.later(8).readings == READINGS
    assert home.later(11).devices == 1
    assert "bond" not in home.kinds()


@pytest.mark.requirement("BN-RET-02")
def test_no_more_than_180_days_whatever_is_configured(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Mutant: ten years are taken as ten years; or cut in silence."""
    with caplog.at_level(logging.WARNING):
        allowed = home.sweeper.configure(Retention(history_days=3650, binding_days=3650))
    assert allowed == Retention(history_days=HISTORY_DAYS, binding_days=BINDING_DAYS)
    assert "180 days" in caplog.text
    home.register.vault.put("retention", "retention", Retention(binding_days=3650))
    assert home.later(BINDING_DAYS).devices == 0
    assert home.later(BINDING_DAYS + 1).devices == 1
    assert home.kinds() == {"subject"}


@pytest.mark.requirement("BN-RET-02")
def test_the_last_use_counts(home: Home) -> None:
    """Mutant: 180 days after binding a device that is used every day is forgotten."""
    home.later(100)
    home.sweeper.used(home.device, home.clock.now())
    home.sweeper.used(home.device, home.clock.now())
    assert home.later(100 + BINDING_DAYS).devices == 0
    assert home.later(101 + BINDING_DAYS).devices == 1
    assert home.kinds() == {"subject"}


@pytest.mark.requirement("BN-RET-01")
def test_answered_requests_go_and_open_ones_stay(home: Home) -> None:
    """Mutant: an open request is swept away: a silent refusal."""
    requests = RequestRegister(home.register, home.id)
    answered = requests.open(RequestKind.ACCESS, verified_by=VerifiedBy.LOCAL_USER)
    waiting = requests.open(RequestKind.COMPLAINT, verified_by=VerifiedBy.LOCAL_USER)
    requests.done(answered.id)
    assert home.later(180).requests == 0
    assert home.later(181).requests == 1
    assert home.later(4000).requests == 0
    assert requests.list() == (waiting,)


@pytest.mark.requirement("BN-RET-01")
def test_it_sweeps_once_a_day(home: Home) -> None:
    """Mutant: only at the start, so that a program that runs on keeps for ever."""
    clock = home.clock
    assert isinstance(clock, ManualClock)

    def sweep(sweeper: Sweeper) -> None:
        sweeper.sweep_daily(home.register.subjects(), frozenset(), clock.now())

    sweep(home.sweeper)
    clock.date = START + (HISTORY_DAYS + 1) * DAY
    sweep(home.sweeper)
    assert home.store.count_readings(home.id) == 0
    day = (clock.now() - timedelta(days=HISTORY_DAYS + 5)).date()
    home.register.vault.append_readings(home.id, DEVICE, [reading(7).as_dict()], stored_on=day)
    for sweeper in (home.sweeper, Sweeper(home.register.vault)):  # and another program's
        sweep(sweeper)
        assert home.store.count_readings(home.id) == 1
    clock.date += DAY
    sweep(home.sweeper)
    assert home.store.count_readings(home.id) == 0


@pytest.mark.requirement("BN-RET-01")
def test_each_kind_of_thing_says_how_long_it_is_kept() -> None:
    assert all(CATEGORIES.values())
    assert f"{BINDING_DAYS} days" in CATEGORIES["bound devices, pairing keys"]
    assert f"{HISTORY_DAYS} days" in CATEGORIES["stored readings"]
