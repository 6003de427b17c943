"""Taking an export into an empty store. It brings data back, and no consent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from pydantic import ValidationError

from babyn_ble.binding import DEVICE_KIND, BoundDevice
from babyn_ble.errors import StoreError
from babyn_ble.privacy.purposes import Purpose
from babyn_ble.privacy.recipients import Recipient
from babyn_ble.privacy.rights.export import FORMAT, IMPORTED_CONSENT, Export
from babyn_ble.privacy.subjects import Subject, require_proper_parties

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister

_NO_EXPORT = "This is no complete export that this version can read; nothing was taken in"


def import_export(register: ConsentRegister, document: Mapping[str, object]) -> Subject:
    """Take an export into a store in which nobody is set up.

    Its decisions are kept to be looked at. They allow nothing here: who may consent is asked
    anew. Devices have to be paired anew, for an export holds no pairing keys.

    Args:
        register: of the store.
        document: an :class:`Export`, as JSON.

    Raises:
        StoreError: somebody is set up here already, or it is no export.
        InvalidConsentError: the wrong party would consent.
    """
    if register.subjects():
        raise StoreError("Somebody is set up here already; take an export into an empty store")
    try:
        export = Export.model_validate(document)
        subject = Subject.model_validate(export.subject)
        devices = [BoundDevice.model_validate(row) for row in export.devices]
        recipients = [Recipient.model_validate(row) for row in export.recipients]
        readings = [(row, date.fromisoformat(row["stored_on"])) for row in export.readings]
        numbered = sorted(export.consents, key=lambda row: int(row["seq"]))
    except (ValidationError, ValueError, KeyError, TypeError):
        raise StoreError(_NO_EXPORT) from None
    attested = subject.attestation.statement_sha256 if subject.attestation else ""
    if export.format != FORMAT:
        raise StoreError(_NO_EXPORT)
    require_proper_parties(subject, statement_sha256=attested)
    register.admit(subject)
    subject_id, vault = subject.subject_id, register.vault
    for device in devices:
        vault.put(DEVICE_KIND, device.id, device, subject_id=subject_id)
    for recipient in recipients:
        register.recipients.put(recipient)
    for number, row in enumerate(numbered):
        vault.put_content(IMPORTED_CONSENT, f"{number:08d}", json.dumps(row), subject_id=subject_id)
    for row in export.records:
        vault.put_content(
            row["kind"],
            row["name"],
            json.dumps(row["content"]),
            subject_id=subject_id,
            purpose=None if row["purpose"] is None else Purpose(row["purpose"]),
        )
    for row, stored_on in readings:
        kept = {name: row[name] for name in row if name not in ("ref", "purpose", "stored_on")}
        vault.append_readings(
            subject_id,
            row["device"],
            [kept],
            purpose=Purpose(row["purpose"]),
            stored_on=stored_on,
        )
    return subject
