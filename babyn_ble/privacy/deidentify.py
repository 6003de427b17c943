"""Data of many, counted together: only figures with no key to them tell of nobody (policy L43).

What is under a key is a pseudonym, never more: whoever has the key can undo it (L45). The
policy would let it go without consent to who has not got the key (L389); here it does not, and
:mod:`babyn_ble.gateway.pseudonyms` only goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from babyn_ble.readings import Quantity, Reading

SMALLEST_GROUP: Final = 5
"""Subjects that a figure is made of at least."""


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
