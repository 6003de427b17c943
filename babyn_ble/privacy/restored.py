"""Accepting a store that an older copy was put in place of, on purpose.

Such a ledger does not pass its newest checkpoint, so that nothing is allowed: what was withdrawn
since the copy was made would be agreed to again. Whoever restored it knows; so it can be
accepted, and the price is that nothing is agreed to in it any more. Every grant ends, every
exception too, and who was erased since is erased in its ledger. Then the checkpoints are made
anew, of the ledger as it is. Only a copy whose own chain verifies is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

from babyn_ble.errors import InvalidConsentError, LedgerError
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.entries import LEDGER_RESTORED, LedgerRestored
from babyn_ble.privacy.events import Reason
from babyn_ble.privacy.rights.entries import (
    LEGAL_HOLD_RELEASED,
    SUBJECT_ERASED,
    DeletionGround,
    LegalHold,
    SubjectDeletion,
    VerifiedBy,
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What accepting a restored copy came to.

    Attributes:
        entries: how many the ledger has now.
        ended: how many consents and exceptions ended.
        erased: subjects that had been erased since the copy was made.
    """

    entries: int
    ended: int
    erased: tuple[str, ...]


def accept_restored(damaged: ConsentRegister) -> Accepted:
    """Accept the ledger of a store that was restored, with nothing agreed to in it.

    Interrupted, the store is as it was: nothing is allowed, and it can be done again.

    Args:
        damaged: the register of the store. It stays damaged; open another one afterwards.

    Raises:
        InvalidConsentError: it verifies as it is; there is nothing to accept.
        LedgerError: it does not verify by itself either.
        StoreError: it could not be recorded, or its checkpoints could not be kept.
    """
    if damaged.fault is None:
        raise InvalidConsentError("The ledger verifies as it is; there is nothing to accept")
    register = ConsentRegister.open(damaged.store, damaged.keys, clock=damaged.clock)
    try:
        register.verify()
    except LedgerError:
        raise LedgerError(
            f"The copy does not verify by itself ({register.fault}), so it cannot be accepted; "
            "restore another one, or start with an empty directory"
        ) from None
    ended = 0
    for subject_id in register.subjects():
        ended += register.revoke_all(subject_id, Reason.LEDGER_RESTORED)
        for exception in register.exceptions(subject_id):
            register.end_exception(exception.exception_id)
            ended += 1
    erased = tuple(one for one in register.subjects() if register.keys.is_erased(one))
    for subject_id in erased:
        _erase(register, subject_id)
    register.record(LEDGER_RESTORED, LedgerRestored().entry, closing=True)
    register.begin_checkpoints(damaged.checkpoints)
    return Accepted(register.seq, ended, erased)


def _erase(register: ConsentRegister, subject_id: str) -> None:
    """Record once more that a subject was erased, whose key is destroyed already.

    On which ground is gone with what was recorded.
    """
    if register.is_held(subject_id):
        register.record(LEGAL_HOLD_RELEASED, LegalHold(subject_id=subject_id).entry, closing=True)
    body = SubjectDeletion(
        subject_id=subject_id,
        ground=DeletionGround.NO_LONGER_USED,
        verified_by=VerifiedBy.LOCAL_USER,
    )
    register.record(SUBJECT_ERASED, body.entry, closing=True)
