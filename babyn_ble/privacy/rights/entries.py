"""What the ledger records of a subject's rights: by pseudonym, nothing personal in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from babyn_ble.errors import InvalidConsentError

SUBJECT_ERASED = "subject_erased"

KINDS = frozenset({SUBJECT_ERASED})
"""Every kind of entry that is stated here."""


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


class SubjectErased(BaseModel):
    """A subject was erased. What went wrong is not told here: words are personal."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    subject_id: str = Field(pattern=r"^subject-[0-9a-f]{16}$")
    ground: DeletionGround


@dataclass
class RightsState:
    """What the entries of this module come to.

    Attributes:
        erased: why each erased subject was.
    """

    erased: dict[str, DeletionGround] = field(default_factory=dict[str, DeletionGround])

    def apply(self, kind: str, body: Mapping[str, object]) -> str:
        """Take in an entry; return the subject that it is about.

        Raises:
            InvalidConsentError: it could not have been recorded properly.
        """
        try:
            erased = SubjectErased.model_validate(body)
        except ValidationError:
            raise InvalidConsentError(f"An entry is no proper {kind}") from None
        self.erased[erased.subject_id] = erased.ground
        return erased.subject_id
