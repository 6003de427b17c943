"""Data with less of a person in them: pseudonymised with a key, or counted together.

What is under a key is a pseudonym, never more: whoever has the key can undo it (policy L45).
Only figures of many, with no key to them, tell of nobody (L43).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from babyn_ble.readings import Quantity, Reading

SMALLEST_GROUP: Final = 5
"""Subjects that a figure is made of at least."""

LABEL: Final = "pseudonymised"
"""What pseudonymised rows are called, wherever they go."""


def pseudonymise(
    readings: Iterable[Reading], *, subject_id: str, key: bytes, smallest: int = SMALLEST_GROUP
) -> list[dict[str, object]]:
    """Return readings with a pseudonym under a recipient's key, and their hour.

    No device, address, name, serial or sequence is left in them. Hours with fewer readings
    than ``smallest`` are left out: a lonely one stands out.

    Args:
        readings: of one subject.
        subject_id: whose; does not leave.
        key: this recipient's own; does not leave. Another's gives other pseudonyms.
        smallest: readings of a quantity in an hour at least.
    """
    hours: dict[tuple[datetime, Quantity], list[Reading]] = {}
    for reading in readings:
        if reading.measured_at is not None and reading.value is not None:
            hour = reading.measured_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            hours.setdefault((hour, reading.quantity), []).append(reading)
    return [
        {
            "label": LABEL,
            "pseudonym": hmac.digest(key, subject_id.encode(), "sha256")[:10].hex(),
            "hour": hour.isoformat(),
            "quantity": quantity.value,
            "value": str(reading.value),
            "unit": reading.unit,
        }
        for (hour, quantity), group in hours.items()
        if len(group) >= smallest
        for reading in group
    ]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of many subjects.

    Attributes:
        quantity: what was measured.
        unit: of the mean.
        subjects: how many it is made of.
        mean: the mean of the subjects' own means.
    """

    quantity: Quantity
    unit: str
    subjects: int
    mean: Decimal


def aggregate(
    readings: Mapping[str, Iterable[Reading]], *, smallest: int = SMALLEST_GROUP
) -> list[Figure]:
    """Return one figure for each quantity that enough subjects have readings of.

    Each subject counts once, however many readings it has. There is no way back from it and
    no key to it, and no row of a single subject ever comes out.

    Args:
        readings: of each subject, by its id.
        smallest: how many subjects a figure needs; never fewer than :data:`SMALLEST_GROUP`.
    """
    means: dict[tuple[Quantity, str], list[Decimal]] = {}
    for own in readings.values():
        values: dict[tuple[Quantity, str], list[Decimal]] = {}
        for reading in own:
            if reading.value is not None:
                values.setdefault((reading.quantity, reading.unit), []).append(reading.value)
        for what, found in values.items():
            means.setdefault(what, []).append(sum(found, Decimal(0)) / len(found))
    return [
        Figure(quantity, unit, len(each), sum(each, Decimal(0)) / len(each))
        for (quantity, unit), each in means.items()
        if len(each) >= max(smallest, SMALLEST_GROUP)
    ]
