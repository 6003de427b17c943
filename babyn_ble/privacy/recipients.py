"""Recipients: who readings may be sent to, with everything one must know of each first.

Every entry is complete or does not exist (BN-SHR-02). A change of any field changes the
sharing notice, so the consent for that recipient has to be given again.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from babyn_ble.errors import RecipientError
from babyn_ble.privacy.subjects import Text
from babyn_ble.privacy.vault import Vault

LOCAL = "local"
"""In place of a country's code: the data stay on this machine."""

_KIND = "recipient"
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class RecipientType(StrEnum):
    """What a recipient is to the controller."""

    OWN = "own"
    """The controller's own system (a broker on its own machine)."""
    PROCESSOR = "processor"
    PARTNER = "partner"


class Recipient(BaseModel):
    """One recipient.

    Attributes:
        id: short name for scopes and commands; pseudonymised in the ledger.
        name: who it is.
        recipient_type: what it is to the controller.
        endpoint: where it is sent (``mqtt://127.0.0.1``), without credentials.
        purpose: what it does with the data, in plain words.
        fields: the fields of a reading that it gets; nothing else is sent.
        country: ISO 3166 code of where the data go; ``local`` if they stay on this machine.
        contact: how to reach it about privacy.
        policy_url: its privacy policy; ``none`` for an own system without one.
        agreement_ref: the agreement that binds it; needed unless it is an own system.
        retention: how long it keeps the data, in plain words.
        delete_channel: how it is told to delete.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    name: Text = Field(repr=False)
    recipient_type: RecipientType
    endpoint: Text = Field(repr=False)
    purpose: Text
    fields: tuple[FieldName, ...] = Field(min_length=1)
    country: str = Field(pattern=r"^([A-Z]{2}|local)$")
    contact: Text = Field(repr=False)
    policy_url: Text
    agreement_ref: str = Field(default="", max_length=300)
    retention: Text
    delete_channel: Text

    @property
    def abroad(self) -> bool:
        """Whether data leave this machine for it: then its country counts."""
        return self.country != LOCAL

    @model_validator(mode="after")
    def _bound_by_an_agreement(self) -> Recipient:
        if self.recipient_type is not RecipientType.OWN and not self.agreement_ref.strip():
            raise ValueError("a processor or partner needs an agreement_ref (policy L353)")
        if len(set(self.fields)) != len(self.fields):
            raise ValueError("a field is listed twice")
        return self


class RecipientDirectory:
    """The recipients of this store, sealed. An entry alone sends nothing."""

    def __init__(self, vault: Vault, changed: Callable[[str], None]) -> None:
        self._vault = vault
        self._changed = changed

    def put(self, recipient: Recipient) -> None:
        """Add a recipient or change one. A changed one needs new consent."""
        if self.find(recipient.id) != recipient:
            self._vault.put(_KIND, recipient.id, recipient)
            self._changed(recipient.id)

    def find(self, recipient_id: str) -> Recipient | None:
        """Return a recipient, or ``None``."""
        return self._vault.get(_KIND, recipient_id, Recipient)

    def get(self, recipient_id: str) -> Recipient:
        """Return a recipient.

        Raises:
            RecipientError: there is none of that id.
        """
        found = self.find(recipient_id)
        if found is None:
            raise RecipientError("No such recipient is known here; add it first, completely")
        return found

    def list(self) -> tuple[Recipient, ...]:
        """Return every recipient, in the order of their ids."""
        return tuple(sorted(self._vault.list(_KIND, Recipient), key=lambda entry: entry.id))

    def remove(self, recipient_id: str) -> bool:
        """Remove a recipient; what was agreed to for it is no longer valid."""
        removed = self._vault.delete(_KIND, recipient_id)
        if removed:
            self._changed(recipient_id)
        return removed
