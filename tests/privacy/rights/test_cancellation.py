from __future__ import annotations

import pytest

from babyn_ble.privacy.rights.cancellation import cancel
from babyn_ble.privacy.rights.closing import set_hold
from babyn_ble.privacy.rights.deliveries import Deliveries
from babyn_ble.privacy.rights.entries import VerifiedBy
from babyn_ble.privacy.rights.retention import Retention, Sweeper
from tests.privacy.household import CHILD, CONTROLLER, GUARDIAN, READ, RECIPIENT
from tests.privacy.rights.nursery import ADDRESS, DEVICE, DEVICE_NAME, READINGS, Nursery

LOCAL = VerifiedBy.LOCAL_USER


@pytest.mark.requirement("BN-RET-03")
@pytest.mark.requirement("BN-RET-04")
async def test_one_call_leaves_a_skeleton(nursery: Nursery) -> None:
    """Mutant: recipients or settings stay; the sibling stays; a notice is lost with the rest."""
    Sweeper(nursery.register.vault).configure(Retention(history_days=7))
    now = nursery.clock.now()
    Deliveries(nursery.register.vault).begun(nursery.child, RECIPIENT, "its name", now)
    permit = nursery.home.permit(READ)
    entries = [row.entry for row in nursery.store.rows()]

    cancelled = await cancel(nursery.register, verified_by=LOCAL)

    assert not permit.alive
    assert [each.readings for each in cancelled.erased] == [READINGS, READINGS]
    assert [notice.recipient_id for notice in cancelled.pending] == ["home"]
    assert nursery.register.subjects() == ()
    assert nursery.register.recipients.list() == ()
    kinds = {record.kind for record in nursery.store.list()}
    assert kinds <= {"key-check", "ledger-state", "deletion-notice", "notice-key"}
    assert cancelled.household == 1  # how long things are kept; the recipient went before
    after = nursery.bytes()
    for marker in (ADDRESS, DEVICE, DEVICE_NAME, CHILD, GUARDIAN, CONTROLLER, RECIPIENT.name):
        assert marker.encode() not in after
    assert [row.entry for row in nursery.store.rows()][: len(entries)] == entries
    nursery.register.verify()
    again = await cancel(nursery.register, verified_by=LOCAL)
    assert (again.erased, again.household) == ((), 0)
    assert len(again.pending) == 1
    await nursery.home.aclose()


async def test_what_is_held_stays_and_is_named(nursery: Nursery) -> None:
    set_hold(nursery.register, nursery.child, "proceedings 7")
    cancelled = await cancel(nursery.register, verified_by=LOCAL)
    assert [each.held for each in cancelled.erased] == [True, False]
    assert nursery.store.subject_ids() == [nursery.child]
    await nursery.home.aclose()
