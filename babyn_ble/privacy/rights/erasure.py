"""Erasing a subject: nothing is left that could be searched for or read (policy L41).

In this order, each step durable before the next: every consent is withdrawn, which stops what
runs, here and in other processes; the ledger records the erasure; the subject's key is
destroyed, which a tombstone in the keyring attests; everything sealed with it is deleted. A
process that is killed in between leaves the rest to whoever opens the store next.

What stays is a skeleton: the ledger's entries, with pseudonyms that stand for nobody any more
and commitments that nobody can test a guess against.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from babyn_ble.binding import DEVICE_KIND, BoundDevice
from babyn_ble.errors import InvalidConsentError, TeardownIncompleteError
from babyn_ble.privacy.rights.burial import bury
from babyn_ble.privacy.rights.entries import (
    SUBJECT_ERASED,
    SUBJECT_RESTRICTED,
    DeletionGround,
    SubjectDeletion,
    VerifiedBy,
)
from babyn_ble.privacy.rights.notices import DeletionNotice, DeletionNotices

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure removed, and what is left to do elsewhere.

    Attributes:
        subject_id: whose data it was; stands for nobody now.
        withdrawn: consents that stood and were withdrawn.
        rows: records and readings that were deleted.
        readings: how many of them were readings.
        system_pairings: paired devices whose pairing the system keeps, by model and name: a
            person has to remove it in the system's Bluetooth settings.
        unclosed: what did not close in time when the consents ended; it ends with its program.
        held: a law forbids to delete: nothing was erased yet, and nothing is done with it any
            more. Releasing the hold erases it.
        notices: what each recipient that ever got data is to be told; they are kept until
            they are handed over (:mod:`babyn_ble.gateway.deletion_notices`).
    """

    subject_id: str
    withdrawn: tuple[str, ...]
    rows: int
    readings: int
    system_pairings: tuple[str, ...] = field(default=(), repr=False)
    unclosed: tuple[str, ...] = ()
    held: bool = False
    notices: tuple[DeletionNotice, ...] = ()


async def erase(
    register: ConsentRegister,
    subject_id: str,
    *,
    ground: DeletionGround,
    verified_by: VerifiedBy,
    note: str = "",
) -> Erased:
    """Erase a subject. It cannot be undone, by anyone.

    Args:
        register: of the store.
        subject_id: who is to be erased.
        ground: why.
        verified_by: how it was made sure that whoever asks for it may.
        note: what went wrong, for a ground that says that something did. It is asked for so
            that it is told to the controller, and erased with the rest.

    Raises:
        InvalidConsentError: the ground needs a note and has none.
        NotSetUpError: there is no such subject (any more).
        LedgerError, StoreError: it was not, or not wholly, done; doing it again goes on.
    """
    if ground.needs_note and not note.strip():
        raise InvalidConsentError(
            f"The ground {ground} says that something went wrong: say what, in a note"
        )
    standing = [state for state in register.statuses(subject_id) if state.decided_at is not None]
    unclosed = await _withdraw(register, subject_id)
    pairings = _system_pairings(register, subject_id)
    held = register.is_held(subject_id)
    notices = DeletionNotices(register.vault).issue(subject_id, register.clock.now())
    readings = register.vault.count_readings(subject_id)

    def body() -> Mapping[str, object]:
        register.require_known(subject_id)
        return SubjectDeletion(
            subject_id=subject_id, ground=ground, verified_by=verified_by
        ).entry()

    register.record(SUBJECT_RESTRICTED if held else SUBJECT_ERASED, body, closing=True)
    return Erased(
        subject_id=subject_id,
        withdrawn=tuple(str(state.scope) for state in standing if state.valid),
        rows=0 if held else bury(register, subject_id),
        readings=0 if held else readings,
        held=held,
        notices=notices,
        system_pairings=pairings,
        unclosed=unclosed,
    )


async def _withdraw(register: ConsentRegister, subject_id: str) -> tuple[str, ...]:
    """Withdraw every consent at the same time: the wait for other processes is one."""
    withdrawals = (
        register.withdraw(subject_id, state.scope) for state in register.statuses(subject_id)
    )
    unclosed: set[str] = set()
    for outcome in await asyncio.gather(*withdrawals, return_exceptions=True):
        if isinstance(outcome, TeardownIncompleteError):
            unclosed.update(outcome.pending)
        elif isinstance(outcome, BaseException):
            raise outcome
    return tuple(sorted(unclosed))


def _system_pairings(register: ConsentRegister, subject_id: str) -> tuple[str, ...]:
    devices = register.vault.list(DEVICE_KIND, BoundDevice, subject_id=subject_id)
    return tuple(
        " ".join(filter(None, (device.model, device.name)))
        for device in devices
        if device.paired and not device.bonds
    )
