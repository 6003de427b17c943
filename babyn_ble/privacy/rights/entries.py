"""What the ledger records of a subject's rights: by pseudonym, nothing personal in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.purposes import Operation, Purpose

SUBJECT_ERASED = "subject_erased"
SUBJECT_RESTRICTED = "subject_restricted"
LEGAL_HOLD_SET = "legal_hold_set"
LEGAL_HOLD_RELEASED = "legal_hold_released"
SERVICE_ENDED = "service_ended"

KINDS = frozenset(
    {SUBJECT_ERASED, SUBJECT_RESTRICTED, LEGAL_HOLD_SET, LEGAL_HOLD_RELEASED, SERVICE_ENDED}
)
"""Every kind of entry that is stated here."""


SERVICE_HAS_ENDED: Final = False
"""Set in the last release, if this library is ever given up: it then only hands out and erases."""


ENDED = (
    "The service has ended: nothing is collected, stored or sent any more. What is kept can be "
    "looked at, exported and erased"
)


class DeletionGround(StrEnum):
    """Why data are to be erased (policy L425-L433).

    The guardian decides; nobody examines whether a ground holds.
    """

    UNLAWFUL = "unlawful"
    """They are processed against the law."""
    NO_CONSENT = "no_consent"
    """They were collected or used without an explicit consent."""
    AGREEMENT_BROKEN = "agreement_broken"
    """They are processed against what was agreed."""
    NO_LONGER_USED = "no_longer_used"
    """The product is used no more, or the account is cancelled."""
    SERVICE_ENDED = "service_ended"
    """The product is offered no more."""

    @property
    def needs_note(self) -> bool:
        """Whether it says that something went wrong, so that what has to be told with it."""
        return self not in (DeletionGround.NO_LONGER_USED, DeletionGround.SERVICE_ENDED)


class VerifiedBy(StrEnum):
    """How it was made sure that whoever uses a right may (policy L451)."""

    LOCAL_USER = "local_user"
    """They work here as the owner of key and store: nobody else can open these."""
    GUARDIAN_SIGNATURE = "guardian_signature"
    """They signed with the guardian's key."""
    IN_PERSON = "in_person"
    """The controller knows them."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def entry(self) -> dict[str, object]:
        """Return it as it stands in the ledger."""
        return self.model_dump(mode="json")


class SubjectDeletion(_Body):
    """A subject was erased, or is to be once no law forbids it.

    What went wrong is not told here: words are personal.
    """

    subject_id: str = Field(pattern=r"^subject-[0-9a-f]{16}$")
    ground: DeletionGround
    verified_by: VerifiedBy


class LegalHold(_Body):
    """A law forbids to delete a subject's data, or does so no more."""

    subject_id: str = Field(pattern=r"^subject-[0-9a-f]{16}$")


class ServiceEnded(_Body):
    """Nothing is collected or sent any more; what is kept can be exported and erased."""


_BODIES: dict[str, type[SubjectDeletion | LegalHold | ServiceEnded]] = {
    SUBJECT_ERASED: SubjectDeletion,
    SUBJECT_RESTRICTED: SubjectDeletion,
    LEGAL_HOLD_SET: LegalHold,
    LEGAL_HOLD_RELEASED: LegalHold,
    SERVICE_ENDED: ServiceEnded,
}


@dataclass
class RightsState:
    """What the entries of this module come to.

    Attributes:
        erased: why each erased subject was.
        restricted: subjects that are to be erased and may not be yet; nothing is done with
            their data.
        held: subjects whose data a law forbids to delete.
        service_ended: whether nothing is collected or sent any more.
    """

    erased: dict[str, DeletionGround] = field(default_factory=dict[str, DeletionGround])
    restricted: dict[str, DeletionGround] = field(default_factory=dict[str, DeletionGround])
    held: set[str] = field(default_factory=set[str])
    service_ended: bool = False

    def apply(self, kind: str, body: Mapping[str, object]) -> str | None:
        """Take in an entry; return the subject that it is about, if it is about one.

        Raises:
            InvalidConsentError: it could not have been recorded properly.
        """
        try:
            said = _BODIES[kind].model_validate(body)
        except ValidationError:
            raise InvalidConsentError(f"An entry is no proper {kind}") from None
        if isinstance(said, ServiceEnded):
            self.service_ended = True
            return None
        about = said.subject_id
        if isinstance(said, SubjectDeletion):
            if kind == SUBJECT_ERASED and about in self.held:
                raise InvalidConsentError("A subject was erased under a legal hold")
            (self.erased if kind == SUBJECT_ERASED else self.restricted)[about] = said.ground
        elif kind == LEGAL_HOLD_SET:
            self.held.add(about)
        else:
            self.held.discard(about)
        return about

    def why_closed(self, subject_id: str, purpose: Purpose, operation: Operation) -> str | None:
        """Return why an act is not allowed, whatever was agreed to; ``None`` if it may be."""
        looking_back = (purpose, operation) == (Purpose.HISTORY_STORAGE, Operation.USE)
        if (SERVICE_HAS_ENDED or self.service_ended) and not looking_back:
            return ENDED
        if subject_id in self.restricted:
            return (
                "These data are to be erased and kept only because a law asks for it, so "
                "nothing is done with them"
            )
        return None
