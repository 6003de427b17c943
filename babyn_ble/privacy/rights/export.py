"""Access: everything that is kept of a subject, in a form that people and machines can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from babyn_ble.binding import BOND_KIND, DEVICE_KIND

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister
    from babyn_ble.privacy.vault import OpenedRecord

FORMAT = "babyn-export/1"
IMPORTED_CONSENT = "imported-consent"
"""Kind of the sealed records that hold consent events of another store: shown, never valid."""

_SUBJECT = "subject"
_SECRETS = {
    BOND_KIND: "pairing keys of devices: whoever has them can pretend to be this program",
    "recipient-key": "keys of pseudonyms: whoever has them can undo the pseudonyms",
}
"""Kinds of records that are not handed out, and why."""

Row = dict[str, Any]


class Export(BaseModel):
    """Everything of one subject. Its ``repr`` shows nothing of it.

    Attributes:
        format: of this document.
        exported_at: when, ISO 8601, UTC.
        subject: who, with the parties that answer for it and how to reach them.
        devices: the bound devices, with what they state of themselves.
        readings: every stored reading, each with ``unit``, where it came from (``device``,
            ``device_time``, ``derivation``, ``algorithm``), when, for which ``purpose`` and
            since when it is kept (``stored_on``), and a ``ref`` to name it by.
        consents: every decision, oldest first, as the ledger has it; ``recipient`` in plain.
        recipients: everyone that readings may be or were sent to, with all that is known of
            them.
        policies: the versions of the privacy policy that the decisions were made under.
        records: whatever else is kept.
        left_out: what is kept and not handed out, with the reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    format: str = FORMAT
    exported_at: str
    subject: Row
    devices: list[Row]
    readings: list[Row]
    consents: list[Row]
    recipients: list[Row]
    policies: list[Row]
    records: list[Row]
    left_out: list[Row]

    def __repr__(self) -> str:
        """Return counts only."""
        return f"Export({len(self.devices)} devices, {len(self.readings)} readings)"

    def content(self) -> Row:
        """Return all but the moment of the export."""
        return self.model_dump(exclude={"exported_at"})


def export(register: ConsentRegister, subject_id: str) -> Export:
    """Return everything that is kept of a subject.

    Raises:
        NotSetUpError: there is no such subject (any more).
        LedgerError, StoreError: it cannot be read.
    """
    register.subject(subject_id)
    records = register.vault.records(subject_id)
    consents = _consents(register, subject_id, records)
    by_kind: dict[str, list[Row]] = {}
    for record in records:
        by_kind.setdefault(record.kind, []).append(json.loads(record.content))
    own = {_SUBJECT, DEVICE_KIND, IMPORTED_CONSENT, *_SECRETS}
    return Export(
        exported_at=register.clock.now().isoformat(timespec="seconds"),
        subject=by_kind[_SUBJECT][0],
        devices=sorted(by_kind.get(DEVICE_KIND, []), key=lambda row: (row["bound_at"], row["id"])),
        readings=list(register.vault.kept_readings(subject_id)),
        consents=consents,
        recipients=[entry.model_dump(mode="json") for entry in register.recipients.list()],
        policies=_policies(consents),
        records=[
            {
                "kind": record.kind,
                "name": record.name,
                "purpose": record.purpose,
                "content": json.loads(record.content),
            }
            for record in records
            if record.kind not in own
        ],
        left_out=[
            {"kind": kind, "count": len(by_kind[kind]), "why": why}
            for kind, why in _SECRETS.items()
            if kind in by_kind
        ],
    )


def _consents(register: ConsentRegister, subject_id: str, records: list[OpenedRecord]) -> list[Row]:
    names = {
        register.keys.pseudonym("recipient", entry.id): entry.id
        for entry in register.recipients.list()
    }
    imported = (json.loads(record.content) for record in records if record.kind == IMPORTED_CONSENT)
    recorded = (
        {
            "seq": decision.seq,
            "recorded_at": decision.recorded_at.isoformat(),
            "entry_hash": decision.entry_hash,
            "recipient": next(
                (names.get(name) for name in decision.event.recipient_third_parties), None
            ),
            "event": decision.event.entry(),
        }
        for decision in register.history(subject_id)
    )
    return [*imported, *recorded]


def _policies(consents: list[Row]) -> list[Row]:
    found: dict[str, Row] = {}
    for row in consents:
        notice = row["event"]["privacy_notice"]
        found[notice["policy_sha256"]] = {
            "sha256": notice["policy_sha256"],
            "update_date": notice["policy_update_date"],
            "effective_date": notice["policy_effective_date"],
            "flags": notice["policy_flags"],
        }
    return list(found.values())
