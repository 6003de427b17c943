"""Cancelling everything (policy L72, L479): one command, done here at once.

Every subject is erased, as :mod:`babyn_ble.privacy.rights.erasure` does it. Then goes what belongs
to the household: recipients, settings. What stays is the ledger's skeleton, the tombstones,
and the deletion notices that have not been handed over, which name no subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import Erased, erase
from babyn_ble.privacy.rights.notices import (
    NOTICE_KEY,
    NOTICE_KIND,
    DeletionNotice,
    DeletionNotices,
)

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister

_STAYS = frozenset({NOTICE_KIND, NOTICE_KEY, "key-check", "ledger-state"})
"""Kinds of records of the household that stay: what the ledger and open notices need."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a cancellation did, and what is left.

    Attributes:
        erased: what each erasure removed.
        household: records of the household that were deleted.
        pending: recipients still to be told.
    """

    erased: tuple[Erased, ...]
    household: int
    pending: tuple[DeletionNotice, ...]


async def cancel(register: ConsentRegister, *, verified_by: VerifiedBy) -> Cancelled:
    """Cancel everything on this store.

    Raises:
        LedgerError, StoreError: it was not, or not wholly, done; doing it again goes on.
    """
    erased = [
        await erase(
            register,
            subject_id,
            ground=DeletionGround.NO_LONGER_USED,
            verified_by=verified_by,
        )
        for subject_id in register.subjects()
    ]
    for entry in register.recipients.list():
        register.recipients.remove(entry.id)
    return Cancelled(
        erased=tuple(erased),
        household=register.vault.delete_household(_STAYS),
        pending=DeletionNotices(register.vault).open(),
    )
