"""What closes the gate from outside: a legal hold, and the end of the service."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.rights.burial import bury
from babyn_ble.privacy.rights.entries import (
    LEGAL_HOLD_RELEASED,
    LEGAL_HOLD_SET,
    SERVICE_ENDED,
    SUBJECT_ERASED,
    LegalHold,
    ServiceEnded,
    SubjectDeletion,
    VerifiedBy,
)

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister

_HOLD = "legal-hold"


class Hold(BaseModel):
    """Why a law forbids to delete a subject's data. Kept sealed.

    Attributes:
        reason: which law, which proceedings.
        since: when it was set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    reason: str = Field(min_length=1, max_length=1000, repr=False)
    since: datetime


def set_hold(register: ConsentRegister, subject_id: str, reason: str) -> Hold:
    """Keep a subject's data from being deleted, also by retention. It allows nothing.

    Processing goes by consent as before, and stops as before; what is deleted under a hold
    stays, and nothing is done with it any more.

    Raises:
        InvalidConsentError: no reason was given.
        NotSetUpError: there is no such subject.
    """
    if not reason.strip():
        raise InvalidConsentError("A legal hold needs its reason: which law, which proceedings")
    register.require_known(subject_id)
    hold = Hold(reason=reason.strip(), since=register.clock.now())
    register.vault.put(_HOLD, subject_id, hold, subject_id=subject_id)
    register.record(LEGAL_HOLD_SET, LegalHold(subject_id=subject_id).entry)
    return hold


def hold_of(register: ConsentRegister, subject_id: str) -> Hold | None:
    """Return the hold on a subject's data, if there is one."""
    return register.vault.get(_HOLD, subject_id, Hold, subject_id=subject_id)


def release_hold(register: ConsentRegister, subject_id: str) -> int:
    """End a hold. What was to be erased meanwhile is erased now; return how many rows.

    Raises:
        NotSetUpError: there is no such subject.
    """
    register.require_known(subject_id)
    register.record(LEGAL_HOLD_RELEASED, LegalHold(subject_id=subject_id).entry, closing=True)
    register.vault.delete(_HOLD, subject_id, subject_id=subject_id)
    ground = register.restricted().get(subject_id)
    if ground is None:
        return 0
    body = SubjectDeletion(subject_id=subject_id, ground=ground, verified_by=VerifiedBy.LOCAL_USER)
    register.record(SUBJECT_ERASED, body.entry, closing=True)
    return bury(register, subject_id)


def end_service(register: ConsentRegister) -> None:
    """End the service on this store, for good: only looking, exporting and erasing are left."""
    register.record(SERVICE_ENDED, ServiceEnded().entry, closing=True)
