"""The one thing that may be sent without a consent in force: a deletion notice (policy L435).

A person has asked for an erasure, and the law has those told who got the data; by then every
consent has ended. So this is no consent's permit and the gate does not issue it. It is made
from one deletion notice that is still open, and carries that notice and nothing else:

- The notice was made, and signed, by this store, from the record of a delivery. A recipient
  that never got anything has none, so no permit leads to it.
- Where to is signed too: the recipient's entry is the one that data went to.
- What is sent comes from the permit, and has a fixed set of fields: no reading is among them,
  and nobody is named but by what the recipient itself calls the devices.
- Once handed over, the notice is not open any more, and the permit is dead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import rfc8785
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from babyn_ble.errors import ConsentRequiredError, RecipientError

if TYPE_CHECKING:
    from babyn_ble.privacy.rights.notices import DeletionNotice, DeletionNotices

FORMAT = "babyn-deletion-notice/1"


class NoticeDocument(BaseModel):
    """What a recipient is told: these fields, and no others.

    Attributes:
        format: of this document.
        id: of the notice.
        recipient: its id.
        entry_sha256: of its entry, as it was when it got data last.
        devices: what it calls the devices.
        purpose: what it got the data for.
        delete: whether it has to delete; if not, ``exempt_reason`` says why.
        issued_at: when.
        public_key, signature: Ed25519, of the store that sent the data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    format: Literal["babyn-deletion-notice/1"]
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    recipient: str
    entry_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    devices: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{20}$")], ...], Field(min_length=1)
    ]
    purpose: str
    delete: bool
    exempt_reason: str | None = None
    issued_at: AwareDatetime
    public_key: str
    signature: str


class NoticePermit:
    """Leave to hand over one notice, while it is open.

    Made by :meth:`babyn_ble.privacy.rights.notices.DeletionNotices.permit`.
    """

    __slots__ = ("_id", "_notices")

    def __init__(self, notices: DeletionNotices, id_: str) -> None:
        self._notices = notices
        self._id = id_

    def check(self) -> None:
        """Return if the notice may be handed over now. To be called at each use.

        Raises:
            ConsentRequiredError: it may not (any more).
        """
        self._open()

    @property
    def entry(self) -> dict[str, Any]:
        """The recipient's entry: where it may go. Raises as :meth:`check`."""
        return dict(self._open().recipient)

    @property
    def names(self) -> tuple[str, ...]:
        """What the recipient calls the devices. Raises as :meth:`check`."""
        return NoticeDocument.model_validate(self._open().document).devices

    @property
    def text(self) -> bytes:
        """What it is told, in canonical form (RFC 8785). Raises as :meth:`check`."""
        return rfc8785.dumps(self._open().document)

    def _open(self) -> DeletionNotice:
        try:
            notice = self._notices.get(self._id)
            NoticeDocument.model_validate(notice.document)
        except (RecipientError, ValidationError):
            raise _nothing_to_hand_over() from None
        if not notice.open or not self._notices.is_own(notice):
            raise _nothing_to_hand_over()
        return notice


def _nothing_to_hand_over() -> ConsentRequiredError:
    return ConsentRequiredError("There is no deletion notice to hand over; nothing was sent")


def signed_part(document: Mapping[str, Any]) -> bytes:
    """Return what the signature of a notice is over: all but itself, in canonical form."""
    return rfc8785.dumps({key: value for key, value in document.items() if key != "signature"})
