"""The profiles as tables, for people."""

from __future__ import annotations

from enum import Enum
from typing import cast

from babyn_simulator.bleak_backend.profiles import PROFILES


def text_of(value: object) -> str:
    """Return the value of a setting in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, frozenset):
        return ", ".join(f"0x{uuid:04X}" for uuid in sorted(cast("frozenset[int]", value)))
    return f"{value:g}" if isinstance(value, float) else str(value)


def markdown() -> str:
    """Return one table for each profile that differs from ``plain``, as they stand in README.md."""
    parts: list[str] = []
    for profile in PROFILES.values():
        rows = [
            f"| `{item.setting}` | {text_of(item.value)} | {item.about} | {item.source} |"
            for item in profile.differences()
        ]
        if rows:
            head = ["| setting | here | what it means | what it reproduces |", "|---|---|---|---|"]
            parts.append("\n".join([f"## {profile.name}", "", *head, *rows, ""]))
    return "\n".join(parts)
