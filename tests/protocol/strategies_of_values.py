"""What the fields of messages can hold."""

from __future__ import annotations

from calendar import monthrange
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from babyn_protocol.numbers import DateTime, NoNumber, SpecialValue

octets = st.integers(0, 0xFF)
words = st.integers(0, 0xFFFF)
longs = st.integers(0, 0xFFFFFFFF)
flags = st.booleans()


def decimals(mantissa: int, lowest: int, highest: int) -> st.SearchStrategy[Decimal]:
    def decimal(number: int, exponent: int) -> Decimal:
        return Decimal((int(number < 0), tuple(map(int, str(abs(number)))), exponent))

    return st.builds(decimal, st.integers(-mantissa, mantissa), st.integers(lowest, highest))


def steps(low: int, high: int, resolution: str) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda number: number * Decimal(resolution))


sfloats = decimals(2045, -8, 7) | st.sampled_from(SpecialValue)
not_known = st.just(NoNumber.NOT_KNOWN)
above = st.just(NoNumber.ABOVE_RANGE)
unsuccessful = st.just(NoNumber.MEASUREMENT_UNSUCCESSFUL)


def bits(kind: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, sum(bit.value for bit in kind)).map(
        lambda word: kind(word & sum(bit.value for bit in kind))
    )


def open_codes(kind: Any, highest: int) -> st.SearchStrategy[Any]:
    named = {member.value for member in kind}
    others = st.integers(0, highest).filter(lambda code: code not in named)
    return st.sampled_from(kind) | others


@st.composite
def date_times(draw: st.DrawFn) -> DateTime:
    year = draw(st.none() | st.integers(1582, 9999))
    month = draw(st.none() | st.integers(1, 12))
    last = 31 if month is None else monthrange(year or 2000, month)[1]
    return DateTime(
        year=year,
        month=month,
        day=draw(st.none() | st.integers(1, last)),
        hour=draw(st.integers(0, 23)),
        minute=draw(st.integers(0, 59)),
        second=draw(st.integers(0, 59)),
    )


temperatures_of_rooms = steps(-27315, 0x7FFF, "0.01") | not_known
