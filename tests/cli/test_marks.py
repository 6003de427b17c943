"""What stands in single characters, on every kind of stream."""

from __future__ import annotations

from decimal import Decimal

import pytest

from babyn_ble.cli.marks import (
    ASCII,
    UNICODE,
    curve,
    marks_for,
    printable,
    signal_bar,
    signal_word,
)


def decimals(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", UNICODE), ("UTF8", UNICODE), ("ascii", ASCII), ("latin-1", ASCII), (None, ASCII)],
)
def test_marks_fit_the_encoding(encoding: str | None, expected: object) -> None:
    """Mutant: Unicode marks on every stream end in an error on an ASCII terminal."""
    assert marks_for(encoding) is expected


def test_unknown_encoding_gets_ascii() -> None:
    assert marks_for("no-such-encoding") is ASCII


def test_ascii_marks_are_ascii() -> None:
    shown = "".join((ASCII.yes, ASCII.no, ASCII.due, ASCII.point, ASCII.arrow, ASCII.levels))
    assert shown.isascii()
    assert len(ASCII.levels) == len(UNICODE.levels)


def test_curve_goes_from_lowest_to_highest() -> None:
    assert curve(decimals("36.0", "37.0", "38.0"), UNICODE, width=10) == "▁▄█"


def test_curve_keeps_the_newest() -> None:
    assert curve(decimals("36", "38", "36", "38"), UNICODE, width=2) == "▁█"


def test_curve_leaves_a_gap_where_there_is_no_value() -> None:
    assert curve([Decimal(36), None, Decimal(38)], UNICODE, width=5) == "▁ █"


def test_curve_of_nothing_is_nothing() -> None:
    assert curve([], UNICODE, width=5) == ""
    assert curve([None], UNICODE, width=5) == ""


def test_noise_is_no_mountain() -> None:
    """Mutant: scaling to the values alone draws a hundredth of a degree from floor to top."""
    shown = curve(decimals("36.80", "36.81", "36.80"), UNICODE, width=5)
    assert set(shown) <= set("▄▅")


@pytest.mark.parametrize(
    ("rssi", "bar", "word"),
    [
        (-20, "■■■■■■", "near"),
        (-60, "■■■■··", "near"),
        (-75, "■■····", "fair"),
        (-90, "■·····", "weak"),
        (-127, "······", "weak"),
    ],
)
def test_signal(rssi: int, bar: str, word: str) -> None:
    assert signal_bar(rssi, UNICODE) == bar
    assert signal_word(rssi) == word


def test_a_name_cannot_move_the_cursor() -> None:
    """Mutant: printing a device's name as it is lets a stranger write on the terminal."""
    hostile = "\x1b[2J\x07ok\u202e\r\n"
    shown = printable(hostile)
    assert "ok" in shown
    assert shown.isprintable()
    assert "\x1b" not in shown


def test_a_name_is_not_endless() -> None:
    assert len(printable("x" * 1000)) == 40
