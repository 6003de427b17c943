"""Retention: nothing is kept longer than it is needed, and some things never longer than 180 days.

A sweep deletes what is past its time. It runs when the companion is opened, and on each day
on which it stores something or connects.
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.binding import BOND_KIND, DEVICE_KIND, BoundDevice
from babyn_ble.privacy.rights.requests import REQUEST_KIND, RequestStatus, RightsRequest
from babyn_ble.privacy.terms import HISTORY_DAYS

if TYPE_CHECKING:
    from babyn_ble.privacy.vault import Vault

_LOGGER = logging.getLogger(__name__)

BINDING_DAYS: Final = 180
"""Days after its last use for which a bound device is kept at most (policy L477)."""

REQUEST_DAYS: Final = 180
"""Days after its answer for which a request is kept."""

CATEGORIES: dict[str, str] = {
    "sightings": "not kept: gone when the search ends",
    "readings that are shown": "not kept: shown, then forgotten",
    "stored readings": f"{HISTORY_DAYS} days, or fewer",
    "bound devices, pairing keys": f"{BINDING_DAYS} days after their last use, or fewer",
    "requests": f"{REQUEST_DAYS} days after their answer",
    "names of the persons": "until the child's data are erased",
    "recipients": "until they are removed",
    "consent ledger": "for good: no names in it, and it shows that decisions were kept to",
}
"""How long each kind of thing is kept, in plain words."""

_SETTINGS = "retention"
_USED = "device-used"
_SWEPT = "swept"


class Retention(BaseModel):
    """How long things are kept. What is longer than allowed is cut, with a warning.

    Attributes:
        history_days: days that a reading is kept; notices promise no more than 30.
        binding_days: days after its last use that a device is kept; 180 at most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    history_days: int = Field(default=HISTORY_DAYS, ge=1)
    binding_days: int = Field(default=BINDING_DAYS, ge=1)

    def clipped(self) -> Retention:
        """Return these with what is too long cut; a warning says so."""
        allowed = Retention(
            history_days=min(self.history_days, HISTORY_DAYS),
            binding_days=min(self.binding_days, BINDING_DAYS),
        )
        if allowed != self:
            _LOGGER.warning(
                "Retention was cut to what is allowed: %d days for readings, %d days for devices",
                allowed.history_days,
                allowed.binding_days,
            )
        return allowed


class Swept(BaseModel):
    """What a sweep deleted.

    Attributes:
        on: the day of the sweep.
        readings, devices, requests: how many.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: date
    readings: int = 0
    devices: int = 0
    requests: int = 0


class _Used(BaseModel):
    on: date


class Sweeper:
    """Deletes what is past its time.

    Args:
        vault: where it is.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._today: date | None = None

    @property
    def retention(self) -> Retention:
        """How long things are kept here."""
        return (self._vault.get(_SETTINGS, _SETTINGS, Retention) or Retention()).clipped()

    def configure(self, retention: Retention) -> Retention:
        """Keep things for so long from now on; return what came of it."""
        allowed = retention.clipped()
        self._vault.put(_SETTINGS, _SETTINGS, allowed)
        return allowed

    def used(self, device: BoundDevice, now: datetime) -> None:
        """Note that a device is used; written once a day."""
        today = now.astimezone(UTC).date()
        if self.last_used(device) < today:
            self._vault.put(_USED, device.id, _Used(on=today), subject_id=device.subject)

    def last_used(self, device: BoundDevice) -> date:
        """Return the day on which a device was used last; when it was bound, if never since."""
        used = self._vault.get(_USED, device.id, _Used, subject_id=device.subject)
        return device.bound_at.astimezone(UTC).date() if used is None else used.on

    def forgotten(self, device: BoundDevice) -> None:
        """Forget when a device was used."""
        self._vault.delete(_USED, device.id, subject_id=device.subject)

    def sweep_daily(self, subjects: tuple[str, ...], held: frozenset[str], now: datetime) -> None:
        """Sweep if that was not done today, by anyone on this store."""
        today = now.astimezone(UTC).date()
        if self._today == today or not subjects:
            return
        done = self._vault.get(_SWEPT, _SWEPT, Swept)
        if done is None or done.on != today:
            self.sweep(subjects, held, now)
        self._today = today

    def sweep(self, subjects: tuple[str, ...], held: frozenset[str], now: datetime) -> Swept:
        """Delete what is past its time; return how much that was.

        Args:
            subjects: whose data.
            held: subjects of whom a law forbids to delete anything.
            now: the date.
        """
        today = now.astimezone(UTC).date()
        retention = self.retention
        readings = devices = requests = 0
        for subject_id in subjects:
            if subject_id in held:
                continue
            before = today - timedelta(days=retention.history_days)
            readings += self._vault.delete_readings(subject_id, stored_before=before)
            for device in self._vault.list(DEVICE_KIND, BoundDevice, subject_id=subject_id):
                if today - self.last_used(device) > timedelta(days=retention.binding_days):
                    self.forget(device)
                    devices += 1
            requests += self._sweep_requests(subject_id, now)
        swept = Swept(on=today, readings=readings, devices=devices, requests=requests)
        self._vault.put(_SWEPT, _SWEPT, swept)
        return swept

    def forget(self, device: BoundDevice) -> int:
        """Delete a device with its bonds and readings; return how many readings."""
        erased = self._vault.delete_readings(device.subject, device.id)
        for bond in device.bonds:
            self._vault.delete(BOND_KIND, bond, subject_id=device.subject)
        self.forgotten(device)
        self._vault.delete(DEVICE_KIND, device.id, subject_id=device.subject)
        return erased

    def _sweep_requests(self, subject_id: str, now: datetime) -> int:
        over = [
            request
            for request in self._vault.list(REQUEST_KIND, RightsRequest, subject_id=subject_id)
            if request.status is not RequestStatus.OPEN
            and request.answered_at is not None
            and now - request.answered_at > timedelta(days=REQUEST_DAYS)
        ]
        for request in over:
            self._vault.delete(REQUEST_KIND, request.id, subject_id=subject_id)
        return len(over)
