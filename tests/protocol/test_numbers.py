from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, localcontext
from enum import Enum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from babyn_protocol.errors import InvalidMessageError, InvalidValueError, MalformedMessageError
from babyn_protocol.layout import Layout
from babyn_protocol.numbers import (
    DateTime,
    SpecialValue,
    bounded,
    date_time,
    medfloat16,
    medfloat32,
    scaled,
    sint8,
    sint16,
    sint24,
    sint32,
    uint8,
    uint16,
    uint24,
    uint32,
    uint64,
)

# A busy machine is no defect.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
INTEGERS = (uint8, uint16, uint24, uint32, uint64, sint8, sint16, sint24, sint32)


class Reading(Enum):
    UNKNOWN = "unknown"
    MORE = "more"


@pytest.mark.parametrize("layout", INTEGERS, ids=lambda layout: layout.name)
def test_integers_have_their_whole_range_and_no_more(layout: Layout[int]) -> None:
    """Mutant: a range one too wide, or signed taken for unsigned."""
    assert layout.size is not None
    bits = 8 * layout.size
    low, high = (
        (-(1 << bits - 1), (1 << bits - 1) - 1) if layout.name[0] == "s" else (0, 2**bits - 1)
    )
    for value in (low, -1 if low else 1, high):
        data = value.to_bytes(layout.size, "little", signed=low < 0)
        assert layout.build(value) == data
        assert layout.parse(data) == value
    for value in (low - 1, high + 1):
        with pytest.raises(InvalidMessageError, match="does not fit"):
            layout.build(value)


@pytest.mark.parametrize("value", [True, 1.0, "1", None, Decimal(1)])
@pytest.mark.parametrize("layout", INTEGERS, ids=lambda layout: layout.name)
def test_integers_are_ints(layout: Layout[int], value: object) -> None:
    with pytest.raises(InvalidMessageError, match="must be an int"):
        layout.build(value)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - the point


@unhurried
@given(st.integers(-8388605, 8388605), st.integers(-128, 127))
def test_medfloat32_keeps_mantissa_and_exponent(mantissa: int, exponent: int) -> None:
    """Mutant: `Decimal.scaleb` or `normalize` in place of the exact tuple."""
    value = Decimal((int(mantissa < 0), tuple(map(int, str(abs(mantissa)))), exponent))
    data = medfloat32.build(value)
    assert data == mantissa.to_bytes(3, "little", signed=True) + exponent.to_bytes(
        1, "little", signed=True
    )
    again = medfloat32.parse(data)
    assert isinstance(again, Decimal)
    assert again.as_tuple() == value.as_tuple()


def test_medfloat16_every_word() -> None:
    """All 65,536 words: each is a value that comes back, or is refused."""
    refused = 0
    for word in range(0x10000):
        data = word.to_bytes(2, "little")
        mantissa = (word & 0xFFF) - ((word & 0x800) << 1)
        try:
            value = medfloat16.parse(data)
        except MalformedMessageError:
            assert mantissa in (2046, 2047, -2048, -2047, -2046)
            assert word >> 12
            refused += 1
        else:
            assert isinstance(value, SpecialValue) is (mantissa > 2045 or mantissa < -2045)
            assert medfloat16.build(value) == data
    assert refused == 5 * 15


def test_medfloat_ignores_the_decimal_context() -> None:
    """Mutant: arithmetic on Decimals, which a caller's context rounds."""
    with localcontext() as context:
        context.prec = 2
        assert medfloat32.parse(bytes.fromhex("01FE03FC")) == Decimal("26.1633")
        assert medfloat32.build(Decimal("26.1633")) == bytes.fromhex("01FE03FC")
        assert scaled(uint16, "0.01").build(Decimal("655.35")) == b"\xff\xff"


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        (medfloat32, "8388606"),
        (medfloat32, "8388607"),
        (medfloat32, "-8388606"),
        (medfloat32, "-8388607"),
        (medfloat32, "-8388608"),
        (medfloat32, "838860.7"),
        (medfloat32, "36.12345678"),
        (medfloat32, "1E128"),
        (medfloat32, "1E-129"),
        (medfloat32, "NaN"),
        (medfloat32, "-Infinity"),
        (medfloat16, "2046"),
        (medfloat16, "204.7"),
        (medfloat16, "-2048"),
        (medfloat16, "1E8"),
        (medfloat16, "1E-9"),
        (medfloat16, "100.001"),
    ],
)
def test_medfloat_refuses_what_it_cannot_say(
    layout: Layout[Decimal | SpecialValue], text: str
) -> None:
    """Mutant: a limit off by one or two, so that a number is sent as NaN."""
    with pytest.raises(InvalidMessageError) as caught:
        layout.build(Decimal(text))
    assert text.strip("-") not in str(caught.value).replace("8388605", "").replace("2045", "")


def test_medfloat_refuses_millions_of_digits_without_work() -> None:
    """Mutant: int() of all digits, which is quadratic and limited by the interpreter."""
    with pytest.raises(InvalidMessageError, match="more digits"):
        medfloat32.build(Decimal((0, (1,) * 100_000, 0)))


def test_negative_zero_is_sent_as_zero() -> None:
    data = medfloat32.build(Decimal("-0.0"))
    assert data == bytes.fromhex("000000FF")
    assert str(medfloat32.parse(data)) == "0.0"


@pytest.mark.parametrize("value", [36.5, 36, "36.5", None])
def test_medfloat_takes_no_float(value: object) -> None:
    """Mutant: `Decimal(value)` in the encoder, which sends 36.6 as 36.60000000000000142."""
    with pytest.raises(InvalidMessageError, match="must be a Decimal"):
        medfloat32.build(value)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - the point


def test_scaled_numbers_and_codes() -> None:
    humidity = scaled(uint16, "0.01", codes={0xFFFF: Reading.UNKNOWN}, high=10_000)
    assert str(humidity.parse(bytes.fromhex("8813"))) == "50.00"
    assert humidity.parse(b"\xff\xff") is Reading.UNKNOWN
    assert humidity.build(Reading.UNKNOWN) == b"\xff\xff"
    assert humidity.build(Decimal("50")) == humidity.build(Decimal("5E1")) == b"\x88\x13"
    with pytest.raises(MalformedMessageError, match="outside the range"):
        humidity.parse(bytes.fromhex("1127"))
    weight = scaled(uint16, "0.005", codes={0xFFFF: Reading.UNKNOWN})
    assert str(weight.parse(bytes.fromhex("F003"))) == "5.040"
    temperature = scaled(sint16, "0.01", codes={-0x8000: Reading.UNKNOWN})
    assert str(temperature.parse(bytes.fromhex("18FC"))) == "-10.00"
    assert temperature.build(Decimal("-10")) == bytes.fromhex("18FC")
    assert temperature.parse(b"\x00\x80") is Reading.UNKNOWN
    assert str(scaled(uint16, "10").parse(b"\x0a\x00")) == "100"


@pytest.mark.parametrize(
    "value",
    [
        Decimal("0.001"),
        Decimal("655.35"),
        Decimal("-1"),
        Decimal("655.36"),
        Decimal("NaN"),
        Decimal("1E1000000"),
        Decimal((0, (1,) * 1000, -998)),
        Reading.MORE,
    ],
)
def test_scaled_refuses(value: Decimal | Reading) -> None:
    """655.35 is the code 0xFFFF. Mutant: it is sent, and read as 'unknown'."""
    layout = scaled(uint16, "0.01", codes={0xFFFF: Reading.UNKNOWN})
    with pytest.raises(InvalidMessageError):
        layout.build(value)


@unhurried
@given(st.integers(0, 0xFFFE), st.sampled_from(["1", "0.01", "0.005", "1.25", "10", "0.35"]))
def test_scaled_round_trip(raw: int, resolution: str) -> None:
    layout = scaled(uint16, resolution, codes={0xFFFF: Reading.UNKNOWN})
    value = layout.parse(raw.to_bytes(2, "little"))
    assert value == raw * Decimal(resolution)
    assert layout.build(value) == raw.to_bytes(2, "little")


@pytest.mark.parametrize("resolution", ["0", "-1", "NaN"])
def test_a_resolution_is_positive(resolution: str) -> None:
    with pytest.raises(TypeError, match="resolution"):
        scaled(uint16, resolution)


def test_bounded() -> None:
    percent = bounded(uint8, 0, 100)
    assert percent.parse(b"\x64") == 100
    with pytest.raises(MalformedMessageError, match="must be 0 to 100"):
        percent.parse(b"\x65")
    with pytest.raises(InvalidMessageError, match="must be 0 to 100"):
        percent.build(101)


def moment(**changes: int | None) -> DateTime:
    parts: dict[str, int | None] = {
        "year": 2024,
        "month": 2,
        "day": 29,
        "hour": 23,
        "minute": 59,
        "second": 58,
    }
    return DateTime(**{**parts, **changes})  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - some are wrong


def test_date_time_is_naive() -> None:
    assert moment().naive() == datetime(2024, 2, 29, 23, 59, 58)  # noqa: DTZ001 - it has no zone
    assert DateTime.of(datetime(2024, 2, 29, 23, 59, 58, 999)) == moment()  # noqa: DTZ001 - as above
    with pytest.raises(ValueError, match="has no zone"):
        DateTime.of(datetime(2024, 2, 29, tzinfo=UTC))


@pytest.mark.parametrize("part", ["year", "month", "day"])
def test_an_unknown_date_is_no_date(part: str) -> None:
    """Mutant: an unknown part replaced by 1 or by today's."""
    partly = moment(**{part: None})
    assert partly.naive() is None
    assert date_time.parse(date_time.build(partly)) == partly
    assert "?" in str(partly)


def test_date_time_says_what_it_knows() -> None:
    assert str(moment()) == "2024-02-29 23:59:58"
    assert str(moment(year=None, day=None)) == "????-02-?? 23:59:58"


@pytest.mark.parametrize(
    "wrong",
    [
        {"year": 1581},
        {"year": 10000},
        {"year": 0},
        {"year": 2023},
        {"month": 0},
        {"month": 13},
        {"day": 0},
        {"day": 30},
        {"day": 32, "month": None},
        {"hour": 24},
        {"minute": 60},
        {"second": 60},
        {"hour": None},
        {"hour": True},
        {"day": 30, "year": None},
    ],
)
def test_date_time_refuses_what_is_no_time(wrong: dict[str, int | None]) -> None:
    with pytest.raises(InvalidValueError):
        moment(**wrong)


def test_every_error_of_a_value_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="month must be 1 to 12"):
        moment(month=13)
