"""Readings, sealed one by one: what a store keeps of each, and what it is opened to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.purposes import Purpose
from babyn_ble.store import SealedReading, Store

_READINGS = "readings"


class SealedReadings:
    """Seals and opens readings.

    Args:
        store: where they go.
        keys: seal them.
    """

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    def seal(
        self,
        readings: Iterable[Mapping[str, object]],
        subject_id: str,
        device: str,
        *,
        purpose: Purpose,
        stored_on: int,
    ) -> list[SealedReading]:
        """Return readings of a device as they are stored, in order.

        Args:
            readings: plain JSON types.
            subject_id: whose.
            device: of which device.
            purpose: what they may be used for.
            stored_on: the day they are stored, in days since 1970.
        """
        device_key = self.device_key(subject_id, device)
        return [
            SealedReading(
                subject_id=subject_id,
                device_key=device_key,
                purpose=purpose,
                stored_on=stored_on,
                sealed=self._keys.seal(
                    json.dumps(reading, ensure_ascii=False).encode(),
                    _READINGS,
                    device_key,
                    subject_id=subject_id,
                    purpose=purpose,
                ),
                identity=self._identity(subject_id, device, reading),
            )
            for reading in readings
        ]

    def opened(
        self, subject_id: str, device: str | None, *, stored_from: int
    ) -> Iterator[tuple[SealedReading, dict[str, object]]]:
        """Yield the stored readings of a subject, in the order of storing, with their content.

        Args:
            subject_id: whose.
            device: of which device; of every one without it.
            stored_from: the first day of storing, in days since 1970.

        Raises:
            StoreError: one does not open.
        """
        device_key = None if device is None else self.device_key(subject_id, device)
        position = 0
        while batch := self._store.readings(
            subject_id, device_key, after=position, stored_from=stored_from
        ):
            position = batch[-1].position
            for _, row in batch:
                data = self._keys.unseal(
                    row.sealed,
                    _READINGS,
                    row.device_key,
                    subject_id=subject_id,
                    purpose=row.purpose,
                )
                yield row, cast("dict[str, object]", json.loads(data))

    def device_key(self, subject_id: str, device: str) -> str:
        """Return what stands for a device in the store: a keyed hash."""
        return self._keys.record_key("device", device, subject_id=subject_id)

    def _identity(self, subject_id: str, device: str, reading: Mapping[str, object]) -> str | None:
        epoch, sequence = reading.get("epoch"), reading.get("sequence")
        if epoch is None or sequence is None:
            return None
        parts = [device, epoch, sequence, reading.get("quantity")]
        if reading.get("correction") is not None:
            parts.append(reading["correction"])  # beside what it corrects
        name = json.dumps(parts)
        return self._keys.record_key("reading", name, subject_id=subject_id)


def reference(reading: Mapping[str, object]) -> str:
    """Return what names a kept reading: the same for equal ones."""
    content = json.dumps(reading, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
