"""The last steps of an erasure: the key destroyed, and what was sealed with it deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babyn_ble.privacy.subject_register import SubjectRegister


def bury(register: SubjectRegister, subject_id: str) -> int:
    """Destroy a subject's key and delete what was sealed with it; return how many rows."""
    register.keys.destroy_subject_key(subject_id)
    return register.vault.delete_subject(subject_id)


def finish(register: SubjectRegister) -> None:
    """Finish erasures that were recorded and not carried through: their process was killed.

    Raises:
        StoreError: keys or store cannot be changed.
    """
    for subject_id in register.erased():
        if not register.keys.is_erased(subject_id):
            bury(register, subject_id)
