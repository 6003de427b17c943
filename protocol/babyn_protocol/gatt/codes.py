"""Enums whose members say themselves: codes, and sets of bits."""

from __future__ import annotations

from enum import Enum, Flag


class Code(Enum):
    """A code on the wire; ``str`` is its name in words."""

    def __str__(self) -> str:
        return words(self.name)


class Bits(Flag):
    """Bits on the wire; ``str`` names those that are set."""

    def __str__(self) -> str:
        return ", ".join(words(str(bit.name)) for bit in self) or "none"


def words(name: str) -> str:
    """Return a member's name as people write it."""
    return name.lower().replace("_", " ")


def known_or_code(value: Enum | int, what: str) -> str:
    """Say a code of a list that grows, also one that has no name here yet."""
    return str(value) if isinstance(value, Enum) else f"{what} {value} (not known here)"
