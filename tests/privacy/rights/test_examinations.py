from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from babyn_ble.privacy.doctor import EXAMINATIONS, Verdict
from babyn_ble.privacy.rights import examinations
from babyn_ble.privacy.rights.backup import DAYS, make_backup
from babyn_ble.privacy.rights.deliveries import Deliveries
from babyn_ble.privacy.rights.entries import VerifiedBy
from babyn_ble.privacy.rights.notices import DeletionNotices
from babyn_ble.privacy.rights.requests import RequestKind, RequestRegister
from tests.privacy.household import RECIPIENT
from tests.privacy.rights.nursery import Nursery

NAMES = ("backups", "notices", "requests")


@pytest.mark.requirement("BN-DSR-08")
@pytest.mark.requirement("BN-DSR-10")
def test_what_is_overdue_or_left_lying(nursery: Nursery, tmp_path: Path) -> None:
    """Mutant: an expired backup, an open notice, or a request that presses is not told."""
    assert examinations.__name__.endswith("examinations")
    register = nursery.register

    def verdicts() -> list[Verdict]:
        return [EXAMINATIONS[name](register, tmp_path).verdict for name in NAMES]

    now = nursery.clock.now()
    make_backup(nursery.store, register.keys, register.vault, tmp_path / "backup", now)
    requests = RequestRegister(register, nursery.child)
    request = requests.open(RequestKind.COMPLAINT, verified_by=VerifiedBy.LOCAL_USER)
    assert verdicts() == [Verdict.FINE] * 3
    Deliveries(register.vault).begun(nursery.child, RECIPIENT, "its name", now)
    [notice] = DeletionNotices(register.vault).issue(nursery.child, now)
    nursery.clock.date += timedelta(days=DAYS, seconds=1)
    assert verdicts() == [Verdict.LOOK] * 3
    (tmp_path / "backup").unlink()
    requests.done(request.id)
    DeletionNotices(register.vault).acknowledged(notice.id)
    assert verdicts() == [Verdict.FINE] * 3
