"""Typed records and readings over a store that only ever sees them sealed."""

from __future__ import annotations

import base64
import builtins
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError

from babyn_ble.clock import Clock, RunningClock
from babyn_ble.errors import StoreError
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.purposes import Purpose
from babyn_ble.privacy.terms import HISTORY_DAYS
from babyn_ble.store import SealedReading, SealedRecord, Store

M = TypeVar("M", bound=BaseModel)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_READINGS = "readings"


class Vault:
    """Records by kind and name, readings by subject and device.

    Names may be addresses or anything else: the store sees a keyed hash of them. A record
    given a subject is sealed with the subject's key, and gone when that is destroyed.

    Args:
        store: where it all goes.
        keys: seal it.
        clock: tells the day a reading is stored.
    """

    def __init__(self, store: Store, keys: Keys, clock: Clock | None = None) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock or RunningClock()

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
        self, kind: str, name: str, model: type[M], *, purpose: Purpose | None = None
    ) -> M | None:
        """Return a record, or ``None``.

        Raises:
            StoreError: it does not open, is of another model, or is for another purpose.
        """
        found = self._store.get(kind, self._keys.record_key(kind, name))
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

    def delete(self, kind: str, name: str) -> bool:
        """Delete a record; return whether there was one."""
        return self._store.delete(kind, self._keys.record_key(kind, name))

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

    def get_bytes(self, kind: str, name: str, *, purpose: Purpose | None = None) -> bytes | None:
        """Return what :meth:`put_bytes` kept, or ``None``."""
        found = self._store.get(kind, self._keys.record_key(kind, name))
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
    ) -> int:
        """Keep readings, in order, in one transaction; older ones than 30 days go.

        A reading whose ``epoch`` and ``sequence`` are not ``None`` is kept once, however
        often it comes (identity: device, epoch, sequence, quantity).

        Args:
            subject_id: whose.
            device: of which device; any name, stored as a keyed hash.
            readings: plain JSON types.
            purpose: what they may be used for.

        Returns:
            How many were new.
        """
        today = self._today()
        device_key = self._keys.record_key("device", device)
        sealed = [
            SealedReading(
                subject_id=subject_id,
                device_key=device_key,
                purpose=purpose,
                stored_on=today,
                sealed=self._keys.seal(
                    json.dumps(reading, ensure_ascii=False).encode(),
                    _READINGS,
                    device_key,
                    subject_id=subject_id,
                    purpose=purpose,
                ),
                identity=self._identity(device, reading),
            )
            for reading in readings
        ]
        self._store.delete_readings(subject_id, stored_before=today - HISTORY_DAYS)
        return self._store.append_readings(sealed)

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
        device_key = None if device is None else self._keys.record_key("device", device)
        since = self._today() - HISTORY_DAYS
        position = 0
        while batch := self._store.readings(
            subject_id, device_key, after=position, stored_from=since
        ):
            position = batch[-1].position
            for _, row in batch:
                _require_purpose(row.purpose, purpose)
                data = self._keys.unseal(
                    row.sealed,
                    _READINGS,
                    row.device_key,
                    subject_id=subject_id,
                    purpose=row.purpose,
                )
                yield cast("dict[str, object]", json.loads(data))

    def count_readings(self, subject_id: str, device: str | None = None) -> int:
        """Return how many readings are kept."""
        device_key = None if device is None else self._keys.record_key("device", device)
        return self._store.count_readings(subject_id, device_key)

    def delete_readings(self, subject_id: str, device: str | None = None) -> int:
        """Delete kept readings; return how many."""
        device_key = None if device is None else self._keys.record_key("device", device)
        return self._store.delete_readings(subject_id, device_key)

    # Inside

    def _put(
        self, kind: str, name: str, content: str, subject_id: str | None, purpose: Purpose | None
    ) -> None:
        key = self._keys.record_key(kind, name)
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
        data = self._keys.unseal(
            record.sealed,
            record.kind,
            record.key,
            subject_id=record.subject_id,
            purpose=record.purpose,
        )
        envelope = cast("dict[str, str]", json.loads(data))
        return envelope["name"], envelope["content"]

    def _all(
        self, kind: str, subject_id: str | None, purpose: Purpose | None
    ) -> Iterator[tuple[str, str]]:
        return (self._open(found, purpose) for found in self._store.list(kind, subject_id))

    def _identity(self, device: str, reading: Mapping[str, object]) -> str | None:
        epoch, sequence = reading.get("epoch"), reading.get("sequence")
        if epoch is None or sequence is None:
            return None
        name = json.dumps([device, epoch, sequence, reading.get("quantity")])
        return self._keys.record_key("reading", name)

    def _today(self) -> int:
        return (self._clock.now() - _EPOCH).days


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
