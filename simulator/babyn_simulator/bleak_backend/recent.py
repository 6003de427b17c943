"""Keeping what is newest."""

from __future__ import annotations

from typing import Final, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")

MOST: Final = 1 << 14
"""How many peers are remembered: private addresses change, and so would grow without end."""


def keep(known: dict[_K, _V], key: _K, value: _V) -> None:
    """Put something into a dictionary as its newest. If there are too many, the oldest goes."""
    known.pop(key, None)
    known[key] = value
    if len(known) > MOST:
        del known[next(iter(known))]
