"""Incidents: something personal may have got to where it should not be.

An incident is an entry of the ledger: what happened, since when, whose data, and which recipients
had any. It holds no names; a note about it is sealed. Nothing is sent to anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from babyn_ble.errors import InvalidConsentError

INCIDENT = "incident"
LONGEST_NOTE = 2000


class IncidentKind(StrEnum):
    """What may have happened."""

    KEY_EXPOSED = "key_exposed"
    STORE_COPIED = "store_copied"
    RECIPIENT_LEAK = "recipient_leak"
    DEVICE_LOST = "device_lost"
    LEDGER_DAMAGED = "ledger_damaged"
    OTHER = "other"


class Incident(BaseModel):
    """One incident, as the ledger has it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    incident_id: str = Field(
        default_factory=lambda: f"incident-{secrets.token_hex(8)}",
        pattern=r"^incident-[0-9a-f]{16}$",
    )
    kind: IncidentKind
    since: date
    subjects: tuple[str, ...]
    """Ids of the subjects whose data it is about."""
    recipients: tuple[str, ...]
    """Pseudonyms of the recipients that were agreed to at that time."""

    def entry(self) -> dict[str, object]:
        """Return it as it stands in the ledger."""
        return self.model_dump(mode="json")

    @classmethod
    def parse(cls, body: Mapping[str, object]) -> Incident:
        """Return the incident of a ledger entry.

        Raises:
            InvalidConsentError: it is none.
        """
        try:
            return cls.model_validate(body)
        except ValidationError:
            raise InvalidConsentError("An entry is no proper Incident") from None


class IncidentNote(BaseModel):
    """What somebody wrote about an incident. Sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    text: str = Field(repr=False, max_length=LONGEST_NOTE)


CHECKLIST: Mapping[IncidentKind, tuple[str, ...]] = {
    IncidentKind.KEY_EXPOSED: (
        "Withdraw what need not run meanwhile (babyn consent withdraw).",
        "Find out who could read the key file, and whether also the data beside it.",
        "Erase what is no longer needed: its key is destroyed, and no copy of it opens then.",
    ),
    IncidentKind.STORE_COPIED: (
        "Find out whether the key file was copied too; without it the copy cannot be read.",
        "If it was: treat it as an exposed key.",
    ),
    IncidentKind.RECIPIENT_LEAK: (
        "Withdraw the sharing with that recipient; nothing goes there any more.",
        "Ask the recipient what got out, and to delete what it has.",
    ),
    IncidentKind.DEVICE_LOST: (
        "Unbind the device (babyn unbind): its pairing and its stored readings go.",
        "A sensor may hold the last readings itself; its maker says how to reset it.",
    ),
    IncidentKind.LEDGER_DAMAGED: (
        "Nothing is allowed until it verifies again; end every running program all the same.",
        "Keep a copy of the damaged directory, then restore one from before, with its checkpoints.",
        "A copy without them is accepted with nothing agreed to in it (babyn privacy restored).",
        "Ask for every consent anew that was given or withdrawn since that copy.",
    ),
    IncidentKind.OTHER: ("Withdraw what need not run meanwhile (babyn consent withdraw).",),
}
"""What to do first."""

ALWAYS: tuple[str, ...] = (
    "Write down what is known: what, whose, since when, who could see it.",
    "Tell the guardian of each child, in plain words.",
    "The controller decides whether an authority has to be told, and within which days.",
    "Nothing was sent to anybody by this; telling them is up to you.",
)
"""What to do in any case."""
