"""Marks, curves and bars: what a terminal shows in single characters.

Each mark comes with a word beside it wherever it is used: nothing is told by shape or colour
alone. A stream that cannot encode them gets plain ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters in use on one stream."""

    yes: str
    no: str
    due: str
    point: str
    arrow: str
    dash: str
    ellipsis: str
    levels: str
    """From low to high."""
    full: str
    empty: str
    unicode: bool


UNICODE = Marks("✓", "✗", "!", "•", "→", "\u2013", "…", "▁▂▃▄▅▆▇█", "■", "·", unicode=True)
ASCII = Marks("+", "x", "!", "*", "->", "-", "...", "_.-~=+*#", "#", ".", unicode=False)


def marks_for(encoding: str | None) -> Marks:
    """Return the marks that a stream of this encoding can carry."""
    try:
        "".join((UNICODE.yes, UNICODE.levels, UNICODE.full, UNICODE.arrow)).encode(
            encoding or "ascii"
        )
    except (LookupError, UnicodeEncodeError):
        return ASCII
    return UNICODE


CURVE_SPAN = Decimal("0.5")
"""A curve's height is at least this much, in the unit shown: noise is not made a mountain."""


def curve(values: Sequence[Decimal | None], marks: Marks, *, width: int) -> str:
    """Draw the newest ``width`` values as one line; a missing one is a gap."""
    shown = list(values)[-width:]
    known = [value for value in shown if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    if high - low < CURVE_SPAN:
        middle = (low + high) / 2
        low, high = middle - CURVE_SPAN / 2, middle + CURVE_SPAN / 2
    top = len(marks.levels) - 1
    return "".join(
        " " if value is None else marks.levels[int((value - low) / (high - low) * top)]
        for value in shown
    )


WEAK_DBM, STRONG_DBM = -100, -40


def signal_bar(rssi: int, marks: Marks, *, width: int = 6) -> str:
    """Draw a signal strength between -100 dBm (empty) and -40 dBm (full)."""
    share = (rssi - WEAK_DBM) / (STRONG_DBM - WEAK_DBM)
    filled = min(width, max(0, round(share * width)))
    return marks.full * filled + marks.empty * (width - filled)


def signal_word(rssi: int) -> str:
    """Return the same in a word."""
    if rssi >= -60:
        return "near"
    return "fair" if rssi >= -80 else "weak"


def printable(text: str, *, limit: int = 40) -> str:
    """Return text of a device as a terminal may show it: no control characters, not endless."""
    shown = "".join(character if character.isprintable() else "?" for character in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
