"""Deletion notices: each recipient that ever got data is told to delete them (policy L435).

A notice outlives the erasure that it is about, so there is nothing of the subject in it: only
what the recipient itself calls the devices. It is signed with a key of this store (Ed25519,
RFC 8032); the public half is in it, so that a recipient can see that all of them come from
the same place. It is pending until it was handed over, however long the recipient is away.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.errors import RecipientError
from babyn_ble.privacy.rights.deliveries import Deliveries
from babyn_ble.privacy.rights.notice_permit import FORMAT, NoticePermit, signed_part

if TYPE_CHECKING:
    from babyn_ble.privacy.vault import Vault

NOTICE_KIND = "deletion-notice"
NOTICE_KEY = "notice-key"


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    PENDING = "pending"
    """Not handed over yet; it is tried again."""
    SENT = "sent"
    """The recipient's broker has it."""
    ACKNOWLEDGED = "acknowledged"
    """The recipient has said that it has deleted."""
    FAILED = "failed"
    """The recipient does not take it this way: use its own channel."""
    EXEMPT = "exempt"
    """The recipient was authorised without us: it is told, and need not delete."""


class DeletionNotice(BaseModel):
    """What one recipient is told. Its ``repr`` names nobody.

    Attributes:
        id: of the notice.
        recipient: the recipient's entry, as it was when it got data last.
        document: what it is told, signed.
        status: where it stands.
        handed_over: whether its broker has it; also of one that is exempt.
        attempts: how often handing over was tried.
        last_attempt: when it was tried last.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: str
    recipient: dict[str, Any] = Field(repr=False)
    document: dict[str, Any] = Field(repr=False)
    status: NoticeStatus = NoticeStatus.PENDING
    handed_over: bool = False
    attempts: int = 0
    last_attempt: datetime | None = None

    @property
    def recipient_id(self) -> str:
        """Which recipient."""
        return str(self.recipient["id"])

    @property
    def open(self) -> bool:
        """Whether it still has to be handed over."""
        return not self.handed_over and self.status is not NoticeStatus.ACKNOWLEDGED


class DeletionNotices:
    """The notices of a store.

    Args:
        vault: where they are.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._deliveries = Deliveries(vault)

    def issue(self, subject_id: str, now: datetime) -> tuple[DeletionNotice, ...]:
        """Make a notice for each recipient that ever got data of a subject.

        To be called before the subject's key is destroyed. A second call makes no second one
        of those that are there.
        """
        issued: list[DeletionNotice] = []
        there = {tuple(notice.document["devices"]): notice for notice in self.list()}
        for recipient_id, delivered in self._deliveries.all(subject_id).items():
            exempt = self._deliveries.independent(subject_id, recipient_id)
            document: dict[str, Any] = {
                "format": FORMAT,
                "id": secrets.token_hex(8),
                "recipient": recipient_id,
                "entry_sha256": _sha256(delivered.recipient),
                "devices": list(delivered.devices),
                "purpose": delivered.recipient["purpose"],
                "delete": exempt is None,
                "issued_at": now.isoformat(timespec="seconds"),
            }
            if exempt is not None:
                document["exempt_reason"] = exempt
            notice = there.get(delivered.devices) or self._keep(
                DeletionNotice(
                    id=document["id"],
                    recipient=dict(delivered.recipient),
                    document=self._signed(document),
                    status=NoticeStatus.PENDING if exempt is None else NoticeStatus.EXEMPT,
                )
            )
            issued.append(notice)
        return tuple(issued)

    def list(self) -> tuple[DeletionNotice, ...]:
        """Return every notice, oldest first."""
        found = self._vault.list(NOTICE_KIND, DeletionNotice)
        return tuple(sorted(found, key=lambda notice: (notice.document["issued_at"], notice.id)))

    def open(self) -> tuple[DeletionNotice, ...]:
        """Return those that still have to be handed over."""
        return tuple(notice for notice in self.list() if notice.open)

    def get(self, id: str) -> DeletionNotice:  # noqa: A002 - the field's word
        """Return a notice.

        Raises:
            RecipientError: there is none of that id.
        """
        found = self._vault.get(NOTICE_KIND, id, DeletionNotice)
        if found is None:
            raise RecipientError("No deletion notice has that id; list them to see theirs")
        return found

    def tried(self, id: str, now: datetime, *, sent: bool, refused: bool = False) -> DeletionNotice:  # noqa: A002
        """Note what became of an attempt to hand a notice over."""
        notice = self.get(id)
        status = notice.status
        if status is not NoticeStatus.EXEMPT:
            status = NoticeStatus.SENT if sent else NoticeStatus.PENDING
            if refused:
                status = NoticeStatus.FAILED
        return self._keep(
            notice.model_copy(
                update={
                    "status": status,
                    "handed_over": sent,
                    "attempts": notice.attempts + 1,
                    "last_attempt": now,
                }
            )
        )

    def acknowledged(self, id: str) -> DeletionNotice:  # noqa: A002 - the field's word
        """Note that a recipient has said that it has deleted, or was told in its own way."""
        notice = self.get(id)
        if notice.status is NoticeStatus.EXEMPT:
            return self._keep(notice.model_copy(update={"handed_over": True}))
        return self._keep(notice.model_copy(update={"status": NoticeStatus.ACKNOWLEDGED}))

    def permit(self, id: str) -> NoticePermit:  # noqa: A002 - the field's word
        """Return leave to hand over one notice, for as long as it is open."""
        return NoticePermit(self, id)

    def is_own(self, notice: DeletionNotice) -> bool:
        """Return whether :meth:`issue` has made it here, for this entry of this recipient."""
        key = self._key()
        if key is None or notice.document.get("public_key") != _public_half(key):
            return False
        return verify_notice(notice.document) and (
            notice.document["id"],
            notice.document["recipient"],
            notice.document["entry_sha256"],
        ) == (notice.id, notice.recipient_id, _sha256(notice.recipient))

    def _key(self) -> Ed25519PrivateKey | None:
        seed = self._vault.get_bytes(NOTICE_KEY, NOTICE_KEY)
        return None if seed is None else Ed25519PrivateKey.from_private_bytes(seed)

    def _signed(self, document: dict[str, Any]) -> dict[str, Any]:
        key = self._key()
        if key is None:
            key = Ed25519PrivateKey.generate()
            self._vault.put_bytes(NOTICE_KEY, NOTICE_KEY, key.private_bytes_raw())
        signed = {**document, "public_key": _public_half(key)}
        signature = key.sign(signed_part(signed))
        return {**signed, "signature": base64.b64encode(signature).decode()}

    def _keep(self, notice: DeletionNotice) -> DeletionNotice:
        self._vault.put(NOTICE_KIND, notice.id, notice)
        return notice


def verify_notice(document: Mapping[str, Any]) -> bool:
    """Return whether a notice is signed with the key that it names."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(document["public_key"]))
        key.verify(base64.b64decode(document["signature"]), signed_part(document))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True


def _public_half(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _sha256(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(dict(entry))).hexdigest()
