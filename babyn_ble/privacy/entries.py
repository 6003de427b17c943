"""Entries of the ledger that no other module describes: their kinds, and what each says."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.privacy.events import PartyReference
from babyn_ble.privacy.subjects import GuardianAttestation, SubjectKind

SUBJECT_SET_UP = "subject_set_up"
CONTROLLER_CHANGED = "controller_changed"
LEDGER_RESTORED = "ledger_restored"
RECIPIENT_CHANGED = "recipient_changed"
CONSENT = "consent"


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def entry(self) -> dict[str, object]:
        """Return it as it stands in the ledger."""
        return self.model_dump(mode="json", exclude_none=True)


class SubjectSetUp(_Body):
    """A subject, as far as the ledger knows it: by pseudonyms and commitments."""

    subject_id: str = Field(pattern=r"^subject-[0-9a-f]{16}$")
    kind: SubjectKind
    controller: PartyReference
    consenting_party: PartyReference
    guardian_attestation: GuardianAttestation | None = None
    jurisdiction: str


class ControllerChanged(_Body):
    """Someone else is responsible for a subject's data now."""

    subject_id: str
    controller: PartyReference


class LedgerRestored(_Body):
    """An older copy of the ledger was accepted, once nothing was agreed to in it any more.

    What was recorded behind it before is gone.
    """


class RecipientChanged(_Body):
    """A recipient's entry was added, changed or removed; by pseudonym."""

    recipient: str
