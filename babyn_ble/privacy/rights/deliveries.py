"""Who ever got data: one record for each recipient, made before the first byte leaves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from babyn_ble.privacy.recipients import Recipient
    from babyn_ble.privacy.vault import Vault

DELIVERY_KIND = "delivery"
_INDEPENDENT = "independent-grant"


class Delivered(BaseModel):
    """What one recipient got of one subject. Kept sealed with the subject's key.

    Attributes:
        recipient: its entry, as it was at the newest delivery.
        devices: what it knows the subject's devices by.
        first_at, last_at: when something began to be sent.
        readings: how many it has acknowledged, as far as that was noted.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    recipient: dict[str, object] = Field(repr=False)
    devices: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    readings: int = 0


class _Independent(BaseModel):
    reason: str


class Deliveries:
    """The deliveries of a store.

    Args:
        vault: where they are.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def begun(
        self, subject_id: str, recipient: Recipient, device: str, now: datetime
    ) -> Delivered | None:
        """Note that a recipient is about to get readings of a device; return the earlier note.

        Args:
            subject_id: whose.
            recipient: who gets them.
            device: what it knows the device by.
            now: when.

        Raises:
            StoreError: it cannot be noted; then nothing may leave.
        """
        earlier = self.find(subject_id, recipient.id)
        known = () if earlier is None else earlier.devices
        self._put(
            subject_id,
            recipient.id,
            Delivered(
                recipient=recipient.model_dump(mode="json"),
                devices=known if device in known else (*known, device),
                first_at=now if earlier is None else earlier.first_at,
                last_at=now,
                readings=0 if earlier is None else earlier.readings,
            ),
        )
        return earlier

    def put_back(self, subject_id: str, recipient_id: str, earlier: Delivered | None) -> None:
        """Undo what :meth:`begun` has noted: nothing was sent."""
        if earlier is None:
            self._vault.delete(DELIVERY_KIND, recipient_id, subject_id=subject_id)
        else:
            self._put(subject_id, recipient_id, earlier)

    def acknowledged(self, subject_id: str, recipient_id: str, readings: int) -> None:
        """Note how many more readings a recipient has acknowledged."""
        earlier = self.find(subject_id, recipient_id)
        if earlier is not None and readings:
            more = earlier.model_copy(update={"readings": earlier.readings + readings})
            self._put(subject_id, recipient_id, more)

    def find(self, subject_id: str, recipient_id: str) -> Delivered | None:
        """Return what a recipient got, or ``None`` if it never got anything."""
        return self._vault.get(DELIVERY_KIND, recipient_id, Delivered, subject_id=subject_id)

    def all(self, subject_id: str) -> dict[str, Delivered]:
        """Return what each recipient got, by its id."""
        names = self._vault.names(DELIVERY_KIND, subject_id=subject_id)
        found = ((name, self.find(subject_id, name)) for name in names)
        return {name: delivered for name, delivered in found if delivered is not None}

    def authorise_independently(self, subject_id: str, recipient_id: str, reason: str) -> None:
        """Note that a guardian has authorised a recipient without us (policy L435).

        It is told of an erasure, and not required to delete.

        Args:
            subject_id: whose data.
            recipient_id: who.
            reason: how: the contract, the account.
        """
        record = _Independent(reason=reason)
        self._vault.put(_INDEPENDENT, recipient_id, record, subject_id=subject_id)

    def independent(self, subject_id: str, recipient_id: str) -> str | None:
        """Return how a recipient was authorised without us, or ``None``."""
        found = self._vault.get(_INDEPENDENT, recipient_id, _Independent, subject_id=subject_id)
        return None if found is None else found.reason

    def _put(self, subject_id: str, recipient_id: str, delivered: Delivered) -> None:
        self._vault.put(DELIVERY_KIND, recipient_id, delivered, subject_id=subject_id)
