"""Typed records and readings over a store that only ever sees them sealed."""

from __future__ import annotations

import base64
import builtins
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError

from babyn_ble.clock import Clock, RunningClock
from babyn_ble.errors import StoreError
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.purposes import Purpose
from babyn_ble.privacy.sealed_readings import SealedReadings, reference
from babyn_ble.privacy.terms import HISTORY_DAYS
from babyn_ble.store import SealedReading, SealedRecord, Store

M = TypeVar("M", bound=BaseModel)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SUPERSEDED = "superseded"


class _Superseded(BaseModel):
    """Which readings were corrected: the reference of each, and of what holds instead."""

    by: dict[str, str]


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A record with its content, of whatever model.

    Attributes:
        kind: what it is.
        name: under which name it was kept.
        purpose: what it may be used for, if that is limited.
        content: JSON.
    """

    kind: str
    name: str = field(repr=False)
    purpose: str | None
    content: str = field(repr=False)


class Vault:
    """Records by kind and name, readings by subject and device.

    Names may be addresses or anything else: the store sees a keyed hash of them. A record
    given a subject is sealed with the subject's key, as is the hash of its name, and gone when
    that is destroyed; it is asked for with the same subject.

    Args:
        store: where it all goes.
        keys: seal it.
        clock: tells the day a reading is stored.
        held: says of whom a law forbids to delete readings; of nobody without it.
    """

    def __init__(
        self,
        store: Store,
        keys: Keys,
        clock: Clock | None = None,
        held: Callable[[str], bool] | None = None,
    ) -> None:
        self._store = store
        self._keys = keys
        self._sealed = SealedReadings(store, keys)
        self._clock = clock or RunningClock()
        self._held = held or _nobody

    # Records

    def put(
        self,
        kind: str,
        name: str,
        record: BaseModel,
        *,
        subject_id: str | None = None,
        purpose: Purpose | None = None,
    ) -> None:
        """Keep a record in place of an earlier one of its kind and name."""
        self._put(kind, name, record.model_dump_json(), subject_id, purpose)

    def get(
        self,
        kind: str,
        name: str,
        model: type[M],
        *,
        subject_id: str | None = None,
        purpose: Purpose | None = None,
    ) -> M | None:
        """Return a record, or ``None``.

        Raises:
            StoreError: it does not open, is of another model, or is for another purpose.
        """
        found = self._store.get(kind, self._keys.record_key(kind, name, subject_id=subject_id))
        return None if found is None else _validated(model, self._open(found, purpose)[1])

    def list(
        self,
        kind: str,
        model: type[M],
        *,
        subject_id: str | None = None,
        purpose: Purpose | None = None,
    ) -> builtins.list[M]:
        """Return the records of a kind (and of a subject), in the order of their names."""
        return [
            _validated(model, content)
            for _, content in sorted(self._all(kind, subject_id, purpose))
        ]

    def names(
        self, kind: str, *, subject_id: str | None = None, purpose: Purpose | None = None
    ) -> builtins.list[str]:
        """Return the names of the records of a kind (and of a subject), in order."""
        return sorted(name for name, _ in self._all(kind, subject_id, purpose))

    def delete(self, kind: str, name: str, *, subject_id: str | None = None) -> bool:
        """Delete a record; return whether there was one."""
        return self._store.delete(kind, self._keys.record_key(kind, name, subject_id=subject_id))

    def records(self, subject_id: str) -> builtins.list[OpenedRecord]:
        """Return every record of a subject, whatever it is, by kind and name.

        For the subject's own rights: it is the one way past the purposes.

        Raises:
            StoreError: one does not open.
        """
        opened = [self._opened(found) for found in self._store.list(None, subject_id)]
        return sorted(opened, key=lambda record: (record.kind, record.name))

    def put_content(
        self,
        kind: str,
        name: str,
        content: str,
        *,
        subject_id: str,
        purpose: Purpose | None = None,
    ) -> None:
        """Keep the content of an :class:`OpenedRecord`."""
        self._put(kind, name, content, subject_id, purpose)

    def owners(self, kind: str) -> builtins.list[str]:
        """Return the subjects that have records of a kind, in order. Opens none."""
        found = {record.subject_id for record in self._store.list(kind)}
        return sorted(subject_id for subject_id in found if subject_id is not None)

    def delete_household(self, stays: frozenset[str]) -> int:
        """Delete every record that belongs to no subject, but for some kinds; return how many."""
        doomed = [
            record
            for record in self._store.list()
            if record.subject_id is None and record.kind not in stays
        ]
        return sum(self._store.delete(record.kind, record.key) for record in doomed)

    def delete_subject(self, subject_id: str) -> int:
        """Delete everything of a subject; return how many records and readings that were."""
        return self._store.delete_subject(subject_id)

    def put_bytes(
        self,
        kind: str,
        name: str,
        data: bytes,
        *,
        subject_id: str | None = None,
        purpose: Purpose | None = None,
    ) -> None:
        """Keep bytes under a name."""
        content = json.dumps(base64.b64encode(data).decode())
        self._put(kind, name, content, subject_id, purpose)

    def get_bytes(
        self,
        kind: str,
        name: str,
        *,
        subject_id: str | None = None,
        purpose: Purpose | None = None,
    ) -> bytes | None:
        """Return what :meth:`put_bytes` kept, or ``None``."""
        found = self._store.get(kind, self._keys.record_key(kind, name, subject_id=subject_id))
        if found is None:
            return None
        content: object = json.loads(self._open(found, purpose)[1])
        if not isinstance(content, str):
            raise StoreError("A sealed record is not bytes; it was stored as something else")
        return base64.b64decode(content)

    # Readings

    def append_readings(
        self,
        subject_id: str,
        device: str,
        readings: Iterable[Mapping[str, object]],
        *,
        purpose: Purpose = Purpose.HISTORY_STORAGE,
        stored_on: date | None = None,
        supersedes: str | None = None,
    ) -> int:
        """Keep readings, in order, in one transaction; older ones than 30 days go.

        A reading whose ``epoch`` and ``sequence`` are not ``None`` is kept once, however
        often it comes (identity: device, epoch, sequence, quantity).

        Args:
            subject_id: whose.
            device: of which device; any name, stored as a keyed hash.
            readings: plain JSON types.
            purpose: what they may be used for.
            stored_on: the day they were stored first; today without it.
            supersedes: reference of the kept reading that they take the place of; it stays,
                and :meth:`readings` does not yield it any more.

        Returns:
            How many were new.
        """
        rows = tuple(readings)
        today = self._today()
        day = today if stored_on is None else (stored_on - _EPOCH.date()).days
        sealed = self._sealed.seal(rows, subject_id, device, purpose=purpose, stored_on=day)
        if not self._held(subject_id):
            self._store.delete_readings(subject_id, stored_before=today - HISTORY_DAYS)
        new = self._store.append_readings(sealed)
        if supersedes is not None:
            superseded = {**self._superseded(subject_id), supersedes: reference(rows[0])}
            self.put(_SUPERSEDED, subject_id, _Superseded(by=superseded), subject_id=subject_id)
        return new

    def readings(
        self,
        subject_id: str,
        device: str | None = None,
        *,
        purpose: Purpose = Purpose.HISTORY_STORAGE,
    ) -> Iterator[dict[str, object]]:
        """Yield kept readings of the last 30 days, in the order of storing.

        Raises:
            StoreError: one does not open, or was kept for another purpose.
        """
        superseded = self._superseded(subject_id)
        for row, content in self._readings_of(subject_id, device):
            _require_purpose(row.purpose, purpose)
            if not superseded or reference(content) not in superseded:
                yield content

    def kept_readings(self, subject_id: str) -> Iterator[dict[str, object]]:
        """Yield every kept reading with ``ref``, ``purpose`` and ``stored_on`` (ISO 8601).

        One that was corrected also says by which it is ``superseded_by``.

        For the subject's own rights: it is the one way past the purposes.

        Raises:
            StoreError: one does not open.
        """
        superseded = self._superseded(subject_id)
        for row, content in self._readings_of(subject_id, None):
            stored_on = _EPOCH.date() + timedelta(days=row.stored_on)
            ref = reference(content)
            yield {
                "ref": ref,
                **content,
                **({"superseded_by": superseded[ref]} if ref in superseded else {}),
                "purpose": row.purpose,
                "stored_on": stored_on.isoformat(),
            }

    def count_readings(self, subject_id: str, device: str | None = None) -> int:
        """Return how many readings are kept."""
        device_key = None if device is None else self._sealed.device_key(subject_id, device)
        return self._store.count_readings(subject_id, device_key)

    def delete_readings(
        self, subject_id: str, device: str | None = None, *, stored_before: date | None = None
    ) -> int:
        """Delete kept readings (stored before a day, if one is given); return how many.

        Under a legal hold that is none.
        """
        if self._held(subject_id):
            return 0
        device_key = None if device is None else self._sealed.device_key(subject_id, device)
        before = None if stored_before is None else (stored_before - _EPOCH.date()).days
        return self._store.delete_readings(subject_id, device_key, stored_before=before)

    # Inside

    def _put(
        self, kind: str, name: str, content: str, subject_id: str | None, purpose: Purpose | None
    ) -> None:
        key = self._keys.record_key(kind, name, subject_id=subject_id)
        sealed = self._keys.seal(
            json.dumps({"name": name, "content": content}).encode(),
            kind,
            key,
            subject_id=subject_id,
            purpose=purpose,
        )
        self._store.put(SealedRecord(kind, key, subject_id, purpose, sealed))

    def _open(self, record: SealedRecord, purpose: Purpose | None) -> tuple[str, str]:
        _require_purpose(record.purpose, purpose)
        opened = self._opened(record)
        return opened.name, opened.content

    def _opened(self, record: SealedRecord) -> OpenedRecord:
        data = self._keys.unseal(
            record.sealed,
            record.kind,
            record.key,
            subject_id=record.subject_id,
            purpose=record.purpose,
        )
        envelope = cast("dict[str, str]", json.loads(data))
        return OpenedRecord(record.kind, envelope["name"], record.purpose, envelope["content"])

    def _all(
        self, kind: str, subject_id: str | None, purpose: Purpose | None
    ) -> Iterator[tuple[str, str]]:
        return (self._open(found, purpose) for found in self._store.list(kind, subject_id))

    def _readings_of(
        self, subject_id: str, device: str | None
    ) -> Iterator[tuple[SealedReading, dict[str, object]]]:
        return self._sealed.opened(subject_id, device, stored_from=self._today() - HISTORY_DAYS)

    def _superseded(self, subject_id: str) -> dict[str, str]:
        found = self.get(_SUPERSEDED, subject_id, _Superseded, subject_id=subject_id)
        return {} if found is None else found.by

    def _today(self) -> int:
        return (self._clock.now() - _EPOCH).days


def _nobody(_subject_id: str) -> bool:
    return False


def _require_purpose(stored_for: str | None, wanted: Purpose | None) -> None:
    if stored_for != wanted:
        raise StoreError(
            "A record was stored for another purpose than it is asked for; it is not handed out"
        )


def _validated(model: type[M], content: str) -> M:
    try:
        return model.model_validate_json(content)
    except ValidationError:
        raise StoreError(
            f"A sealed record is no valid {model.__name__}; it may be of another version"
        ) from None
