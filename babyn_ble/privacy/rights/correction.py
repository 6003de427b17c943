"""Correction: a wrong reading is superseded by a right one. Both stay, and say so.

What the device sent is kept as it came; what a person says is beside it, with the moment and
the reason. Whoever looks at the history sees the correction, whoever gets an export both.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.purposes import Purpose
from babyn_ble.privacy.rights.export import Row
from babyn_ble.privacy.sealed_readings import reference

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister

_NOT_CONTENT = frozenset({"ref", "purpose", "stored_on", "superseded_by"})


def correct(
    register: ConsentRegister,
    subject_id: str,
    ref: str,
    *,
    value: str | None = None,
    measured_at: datetime | None = None,
    note: str = "",
) -> Row:
    """Supersede a stored reading.

    Args:
        register: of the store.
        subject_id: whose reading it is.
        ref: which reading, as an export names it; its first digits will do.
        value: the right value, as it is to be written, in the same unit.
        measured_at: the right time, aware.
        note: why, in somebody's words.

    Returns:
        The row that holds now, as an export has it.

    Raises:
        InvalidConsentError: no reading, or more than one, has that reference, or nothing was
            corrected.
        StoreError: it cannot be read or stored.
    """
    changes = _changes(value, measured_at)
    readings = list(register.vault.kept_readings(subject_id))
    found = {str(row["ref"]): row for row in readings if str(row["ref"]).startswith(ref)}
    if len(found) != 1 or not ref:
        raise InvalidConsentError(
            "That names no one stored reading; an export has the reference of each"
        )
    [(whole, old)] = found.items()
    if "superseded_by" in old:
        raise InvalidConsentError("That reading was corrected already; correct the newer one")
    row: Row = {
        **{name: old[name] for name in old if name not in _NOT_CONTENT},
        **changes,
        "correction": {
            "of": whole,
            "at": register.clock.now().isoformat(timespec="seconds"),
            "note": note,
        },
    }
    register.vault.append_readings(
        subject_id,
        str(old["device"]),
        [row],
        purpose=Purpose(str(old["purpose"])),
        stored_on=date.fromisoformat(str(old["stored_on"])),
        supersedes=whole,
    )
    return {"ref": reference(row), **row}


def _changes(value: str | None, measured_at: datetime | None) -> Row:
    changes: Row = {}
    if value is not None:
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise InvalidConsentError("The right value has to be a number")
        changes["value"] = str(number)
    if measured_at is not None:
        if measured_at.tzinfo is None:
            raise InvalidConsentError("The right time has to say its time zone")
        changes["measured_at"] = measured_at.isoformat(timespec="microseconds")
    if not changes:
        raise InvalidConsentError("Say what is right: the value or the time")
    return changes
