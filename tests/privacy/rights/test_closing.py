from __future__ import annotations

import itertools

import pytest

from babyn_ble.errors import (
    ConsentRequiredError,
    InvalidConsentError,
    NotSetUpError,
    ServiceEndedError,
    StoreError,
)
from babyn_ble.privacy.purposes import OWN_SCOPES, REQUIREMENTS, ConsentScope, Purpose
from babyn_ble.privacy.rights.closing import end_service, hold_of, release_hold, set_hold
from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import erase
from babyn_ble.privacy.rights.export import export
from babyn_ble.privacy.rights.retention import Sweeper
from tests.privacy.household import READ, RECIPIENT, Household, ManualClock
from tests.privacy.rights.nursery import DEVICE, READINGS, reading

UNUSED, LOCAL = DeletionGround.NO_LONGER_USED, VerifiedBy.LOCAL_USER

ACTS = [act for act in REQUIREMENTS if act[0] is not Purpose.CROSS_BORDER]
"""Acts that are asked for: crossing a border is what sharing becomes with some recipients."""


@pytest.fixture
def kept(home: Household) -> Household:
    """A household with everything agreed to, and three readings that are kept."""
    home.register.recipients.put(RECIPIENT)
    home.agree(*OWN_SCOPES, ConsentScope.sharing("home"))
    rows = [reading(number).as_dict() for number in range(READINGS)]
    home.register.vault.append_readings(home.id, DEVICE, rows)
    return home


@pytest.mark.requirement("BN-RET-06")
async def test_a_hold_keeps_the_rows_and_stops_the_rest(kept: Household) -> None:
    """Mutant: a hold is no hold; or what is held is worked with, agreed to anew."""
    set_hold(kept.register, kept.id, "proceedings 7")
    assert kept.allows(READ)  # a hold by itself changes nothing
    erased = await erase(kept.register, kept.id, ground=UNUSED, verified_by=LOCAL)
    assert (erased.held, erased.rows) == (True, 0)
    assert kept.register.vault.count_readings(kept.id) == READINGS
    kept.agree(*OWN_SCOPES)
    for act in ACTS:
        recipient = "home" if "sharing" in REQUIREMENTS[act] else None
        assert not kept.allows(act, recipient)
    assert kept.register.vault.delete_readings(kept.id) == 0
    another = kept.another()
    assert not another.allows(READ)
    assert len(export(kept.register, kept.id).readings) == READINGS

    assert release_hold(kept.register, kept.id) > READINGS
    with pytest.raises(NotSetUpError, match="erased"):
        kept.register.subject(kept.id)
    assert kept.store.subject_ids() == []
    kept.register.verify()
    await kept.aclose()


@pytest.mark.requirement("BN-RET-06")
async def test_a_hold_needs_its_reason(kept: Household) -> None:
    for nothing in ("", " "):
        with pytest.raises(InvalidConsentError, match="reason"):
            set_hold(kept.register, kept.id, nothing)
    assert not kept.register.is_held(kept.id)
    set_hold(kept.register, kept.id, "proceedings 7")
    hold = hold_of(kept.register, kept.id)
    assert hold is not None
    assert hold.reason == "proceedings 7"
    assert b"proceedings" not in b"".join(row.entry for row in kept.store.rows())
    release_hold(kept.register, kept.id)
    assert hold_of(kept.register, kept.id) is None
    assert kept.register.vault.count_readings(kept.id) == READINGS  # nothing was to be erased


@pytest.mark.requirement("BN-RET-06")
def test_retention_does_not_touch_what_is_held(kept: Household) -> None:
    """Mutant: the sweeper deletes what a law forbids to delete."""
    clock = kept.clock
    assert isinstance(clock, ManualClock)
    set_hold(kept.register, kept.id, "proceedings 7")
    clock.advance(400 * 86400)
    sweeper = Sweeper(kept.register.vault)
    swept = sweeper.sweep(kept.register.subjects(), kept.register.held(), clock.now())
    assert swept.readings == 0
    kept.register.vault.append_readings(kept.id, DEVICE, [reading(9).as_dict()])
    assert kept.register.vault.count_readings(kept.id) == READINGS + 1
    release_hold(kept.register, kept.id)
    swept = sweeper.sweep(kept.register.subjects(), kept.register.held(), clock.now())
    assert swept.readings == READINGS


@pytest.mark.requirement("BN-RET-05")
async def test_after_the_end_of_the_service_only_looking_and_leaving_is_left(
    kept: Household,
) -> None:
    """Mutant: what runs goes on; or looking back is stopped too; or a new consent opens it."""
    running = kept.permit(READ)
    end_service(kept.register)
    assert not running.alive
    kept.agree(*OWN_SCOPES)
    allowed: list[str] = []
    for act in ACTS:
        recipient = "home" if "sharing" in REQUIREMENTS[act] else None
        try:
            kept.permit(act, recipient).release()
        except ServiceEndedError as error:
            assert "exported" in str(error)  # noqa: PT017 - the others are counted
        except ConsentRequiredError:
            raise AssertionError(act) from None
        else:
            allowed.append(f"{act[0]} {act[2]}")
    assert set(allowed) == {"history_storage use"}
    assert len(export(kept.register, kept.id).readings) == READINGS
    again = kept.another()
    with pytest.raises(ServiceEndedError):
        again.permit(READ)
    await erase(kept.register, kept.id, ground=DeletionGround.SERVICE_ENDED, verified_by=LOCAL)
    assert kept.store.subject_ids() == []
    await kept.aclose()


@pytest.mark.requirement("BN-RET-05")
def test_the_last_release_is_that_way_from_the_start(
    kept: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept.allows(READ)
    monkeypatch.setattr("babyn_ble.privacy.rights.entries.SERVICE_HAS_ENDED", True)
    with pytest.raises(ServiceEndedError):
        kept.permit(READ)


def test_an_entry_that_erases_under_a_hold_is_damage(kept: Household) -> None:
    """Mutant: the ledger takes what this library would never record."""
    set_hold(kept.register, kept.id, "proceedings 7")
    body = {"subject_id": kept.id, "ground": "no_longer_used", "verified_by": "local_user"}
    kept.register.record("subject_erased", lambda: body)
    assert "legal hold" in (kept.register.fault or "")
    with pytest.raises(StoreError):
        kept.permit(READ)


def test_every_kind_of_entry_is_parsed_strictly(kept: Household) -> None:
    from babyn_ble.privacy.rights.entries import KINDS, RightsState

    for kind, more in itertools.product(sorted(KINDS), ({"extra": "x"}, {"subject_id": "Mia"})):
        with pytest.raises(InvalidConsentError, match=kind):
            RightsState().apply(kind, more)
