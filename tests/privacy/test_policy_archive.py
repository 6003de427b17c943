"""Versions of the policy: what a newer one ends, when, and what stays for good."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from babyn_ble.errors import (
    ConsentRenewalRequiredError,
    ConsentRequiredError,
    InvalidConsentError,
)
from babyn_ble.privacy import POLICY, ConsentStatus, PolicyVersion
from babyn_ble.privacy.events import Reason
from babyn_ble.privacy.policy import BUILT_IN, MaterialChange
from babyn_ble.privacy.purposes import BLUETOOTH, LOCATION
from tests.privacy.household import SCAN, START, Household, ManualClock

TODAY = START.date().isoformat()


def version(
    number: int, *changes: MaterialChange, effective: str = TODAY, update: str | None = None
) -> PolicyVersion:
    return POLICY.model_copy(
        update={
            "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
            "changes": changes,
            "update_date": update or effective,
            "effective_date": effective,
            "flags": (),
        }
    )


@pytest.fixture
def clock(home: Household) -> ManualClock:
    assert isinstance(home.clock, ManualClock)
    return home.clock


@pytest.fixture
def agreed(home: Household) -> Household:
    home.agree(LOCATION, BLUETOOTH)
    assert home.allows(SCAN)
    return home


@pytest.mark.requirement("BN-VER-03", "BN-VER-04")
@pytest.mark.parametrize("change", MaterialChange)
async def test_a_material_change_ends_what_was_agreed_to(
    agreed: Household, change: MaterialChange
) -> None:
    """BN-VER-03, BN-VER-04. Mutant: a kind of change is left out; permits live on."""
    permit = agreed.permit(SCAN)
    agreed.register.add_policy(version(2, change))
    assert permit.died
    with pytest.raises(ConsentRenewalRequiredError) as caught:
        agreed.permit(SCAN)
    assert caught.value.changes == (change.value,)
    assert caught.value.missing == ("bluetooth", "location")
    state = agreed.register.status(agreed.id, LOCATION)
    assert (state.valid, state.status, state.reason) == (
        False,
        ConsentStatus.EXPIRED,
        Reason.POLICY_CHANGED,
    )
    agreed.agree(LOCATION, BLUETOOTH)  # the way back
    assert agreed.allows(SCAN)
    assert agreed.register.status(agreed.id, LOCATION).status is ConsentStatus.RENEWED


@pytest.mark.requirement("BN-VER-03")
def test_an_editorial_change_ends_nothing(agreed: Household) -> None:
    """BN-VER-03. Mutant: every newer version counts as material."""
    permit = agreed.permit(SCAN)
    agreed.register.add_policy(version(2))
    assert agreed.register.policy == version(2)
    permit.check()
    assert agreed.allows(SCAN)
    assert agreed.register.status(agreed.id, LOCATION).status is ConsentStatus.GIVEN
    agreed.register.add_policy(version(3, MaterialChange.RIGHTS))  # the control
    assert not agreed.allows(SCAN)


@pytest.mark.requirement("BN-VER-03")
def test_changes_add_up_and_the_newest_editorial_one_hides_none(agreed: Household) -> None:
    """BN-VER-03. Mutant: only the newest version is looked at."""
    agreed.register.add_policy(version(2, MaterialChange.RIGHTS))
    agreed.register.add_policy(version(3, MaterialChange.CONTACT))
    agreed.register.add_policy(version(4))
    with pytest.raises(ConsentRenewalRequiredError) as caught:
        agreed.permit(SCAN)
    assert caught.value.changes == ("contact", "rights")


@pytest.mark.requirement("BN-VER-01")
def test_versions_are_ordered_by_when_they_were_archived(agreed: Household) -> None:
    """BN-VER-01. Mutant: by one of the printed dates."""
    newest = version(2, MaterialChange.RIGHTS, effective="2019-01-01", update="2019-01-01")
    agreed.register.add_policy(newest)
    assert agreed.register.policies.versions == (*BUILT_IN, newest)
    assert agreed.register.policy == newest
    assert not agreed.allows(SCAN)


@pytest.mark.requirement("BN-VER-08")
def test_a_version_of_tomorrow_is_not_in_force(agreed: Household, clock: ManualClock) -> None:
    """BN-VER-08. Mutant: a version counts from when it is archived; or its date never comes."""
    tomorrow = datetime(2026, 3, 2, tzinfo=UTC)
    coming = version(2, MaterialChange.PROCESSING, effective="2026-03-02")
    agreed.register.add_policy(coming)
    assert agreed.register.policy == POLICY
    assert agreed.register.status(agreed.id, LOCATION).ends_at == tomorrow
    permit = agreed.permit(SCAN)
    clock.date = tomorrow - timedelta(seconds=1)
    permit.check()
    clock.date = tomorrow
    with pytest.raises(ConsentRenewalRequiredError):
        permit.check()
    assert agreed.register.policy == coming
    clock.date = tomorrow - timedelta(hours=1)  # set back: what was in force stays so
    assert agreed.register.policy == coming
    assert not agreed.allows(SCAN)


@pytest.mark.requirement("BN-VER-08")
def test_a_consent_to_a_version_of_tomorrow_holds_from_then_on(
    home: Household, clock: ManualClock
) -> None:
    """BN-VER-08. Mutant: it holds at once."""
    coming = version(2, MaterialChange.PROCESSING, effective="2026-03-02")
    home.register.add_policy(coming)
    for scope in (LOCATION, BLUETOOTH):
        home.register.request(home.id, scope, policy_sha256=coming.sha256)
        notice = home.register.notice(home.id, scope, policy_sha256=coming.sha256)
        home.answer(scope, notice_sha256=notice.sha256, policy_sha256=coming.sha256)
    state = home.register.status(home.id, LOCATION)
    assert (state.valid, state.status, state.reason) == (
        False,
        ConsentStatus.GIVEN,
        Reason.POLICY_NOT_IN_FORCE,
    )
    with pytest.raises(ConsentRequiredError) as caught:
        home.permit(SCAN)
    assert not isinstance(caught.value, ConsentRenewalRequiredError)
    clock.date = datetime(2026, 3, 2, tzinfo=UTC)
    assert home.allows(SCAN)
    clock.date = datetime(2026, 3, 1, 23, tzinfo=UTC)  # set back before its date again
    assert not home.allows(SCAN)


@pytest.mark.requirement("BN-VER-05")
def test_what_is_archived_stays_whatever_is_erased(agreed: Household) -> None:
    """BN-VER-05. Mutant: versions are kept with the subjects that agreed to them."""
    agreed.register.add_policy(version(2))
    agreed.agree(LOCATION)
    before = agreed.register.policies
    agreed.keys.destroy_subject_key(agreed.id)
    again = agreed.another()
    again.register.verify()
    assert again.register.policies == before
    for recorded in again.register.history(again.id):
        kept = before.find(recorded.event.privacy_notice.policy_sha256)
        assert kept is not None
        assert kept.update_date == recorded.event.privacy_notice.policy_update_date


@pytest.mark.requirement("BN-VER-05")
def test_what_came_with_the_library_is_never_taken_out() -> None:
    """BN-VER-05. Mutant: an old version is replaced by its successor."""
    assert [known.sha256 for known in BUILT_IN][:1] == [
        "d235a4fd481b9f207d18c96b79a388985335ea7a3573114bd571909b4c9d8e9f"
    ]


def test_a_version_is_archived_once(agreed: Household) -> None:
    agreed.register.add_policy(version(2))
    for known in (version(2), POLICY):
        with pytest.raises(InvalidConsentError, match="already"):
            agreed.register.add_policy(known)
    other = agreed.another()
    assert other.register.policies == agreed.register.policies
    with pytest.raises(ValueError, match="no policy version"):
        agreed.register.notice(agreed.id, LOCATION, policy_sha256="0" * 64)


@pytest.mark.requirement("BN-VER-07")
def test_someone_else_responsible_is_a_change_of_ownership(agreed: Household) -> None:
    """BN-VER-07. Mutant: the controller is not compared."""
    changed = agreed.subject.controller.model_copy(update={"party_name": "Another"})
    agreed.register.change_controller(agreed.id, changed)
    with pytest.raises(ConsentRenewalRequiredError) as caught:
        agreed.permit(SCAN)
    assert caught.value.changes == ("ownership",)


@pytest.mark.requirement("BN-VER-04")
def test_an_end_is_announced_two_weeks_ahead(home: Household, clock: ManualClock) -> None:
    """Mutant: it is announced when it has come, or all the time."""
    home.agree(LOCATION, BLUETOOTH)
    clock.date = START + timedelta(days=180 - 14, seconds=-1)
    assert home.register.expiring(home.id) == ()
    assert home.register.attention(home.id)["ending_soon"] == 0
    clock.date += timedelta(seconds=1)
    ending = home.register.expiring(home.id)
    assert [str(state.scope) for state in ending] == ["bluetooth", "location"]
    assert home.register.attention(home.id) == {
        "to_be_renewed": 0,
        "ending_soon": 2,
        "first_ends_on": "2026-08-28",
    }
    clock.date = START + timedelta(days=180)
    assert home.register.expiring(home.id) == ()
    assert home.register.attention(home.id)["to_be_renewed"] == 2
