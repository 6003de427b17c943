"""Doing without everything that is fast, so that `construct` alone says what is right."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from babyn_protocol.fast import Fast
from babyn_protocol.packed import Doubt, Packed


def _doubt(*_anything: object) -> Any:
    raise Doubt


_FAST: Final[tuple[tuple[type, str], ...]] = (
    (Fast, "read"),
    (Fast, "build"),
    (Packed, "parse"),
    (Packed, "build"),
)


@contextmanager
def by_construct_alone() -> Generator[None]:
    """Let everything fast doubt everything."""
    before = [kind.__dict__[name] for kind, name in _FAST]
    for kind, name in _FAST:
        setattr(kind, name, _doubt)
    try:
        yield
    finally:
        for (kind, name), method in zip(_FAST, before, strict=True):
            setattr(kind, name, method)
