"""Numbers as Bluetooth specifications write them, decoded without losing what they say.

- integers (``uint8`` … ``sint32``);
- ``medfloat32`` and ``medfloat16``, the FLOAT and SFLOAT of IEEE 11073-20601, as ``Decimal`` whose
  exponent is the one on the wire: 37.60 and 37.6 are different precisions and stay different;
- integers with a resolution, and with codes that stand for no number (:func:`scaled`);
- Date Time, from :mod:`babyn_protocol.date_time`.

PHDT v16 - Personal Health Devices Transcoding - §2.2
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from enum import Enum
from typing import TypeVar, overload

from construct import (
    Construct,
    Int8sl,
    Int8ul,
    Int16sl,
    Int16ul,
    Int24sl,
    Int24ul,
    Int32sl,
    Int32ul,
    Int64ul,
)

from babyn_protocol.date_time import DateTime as DateTime
from babyn_protocol.date_time import date_time as date_time
from babyn_protocol.errors import InvalidValueError
from babyn_protocol.layout import Layout
from babyn_protocol.packed import same

E = TypeVar("E", bound=Enum)

# Exact, and untouched by the caller's decimal context: an attribute's 512 bytes are 1,234 digits.
_EXACT = Context(prec=5000, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
_decimal = _EXACT.scaleb


def _integer(name: str, subcon: Construct[int, int], size: int) -> Layout[int]:
    signed = name.startswith("s")
    low = -(1 << 8 * size - 1) if signed else 0
    high = (1 << 8 * size - signed) - 1

    def encode(value: object) -> int:
        # bool is an int to Python; on the wire it would be a flag or a mistake.
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidValueError("must be an int")
        if not low <= value <= high:
            raise InvalidValueError(f"does not fit {name} ({low} to {high})")
        return value

    return Layout[int](name, subcon, size).map(name, same, encode, exact=True)


uint8 = _integer("uint8", Int8ul, 1)
"""One byte, 0 to 255."""
uint16 = _integer("uint16", Int16ul, 2)
"""Two bytes, 0 to 65,535."""
uint24 = _integer("uint24", Int24ul, 3)
"""Three bytes, 0 to 16,777,215."""
uint32 = _integer("uint32", Int32ul, 4)
"""Four bytes, 0 to 4,294,967,295."""
uint64 = _integer("uint64", Int64ul, 8)
"""Eight bytes, unsigned."""
sint8 = _integer("sint8", Int8sl, 1)
"""One byte, two's complement."""
sint16 = _integer("sint16", Int16sl, 2)
"""Two bytes, two's complement."""
sint24 = _integer("sint24", Int24sl, 3)
"""Three bytes, two's complement."""
sint32 = _integer("sint32", Int32sl, 4)
"""Four bytes, two's complement."""


def bounded(layout: Layout[int], low: int, high: int) -> Layout[int]:
    """Declare an integer of which only ``low`` to ``high`` (inclusive) may stand on the wire."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise InvalidValueError(f"must be {low} to {high}")
        return value

    return layout.map(f"{layout.name}, {low} to {high}", check, check, exact=True)


class SpecialValue(Enum):
    """What a medfloat says when it says no number.

    PHDT v16 - Personal Health Devices Transcoding - §2.2
    """

    NAN = "NaN"
    """Not a number: there is no reading, for instance because a probe is off."""

    NRES = "NRes"
    """Not at this resolution: there is a reading, and the format cannot hold it."""

    POSITIVE_INFINITY = "+INFINITY"
    """Above what the sensor measures."""

    NEGATIVE_INFINITY = "-INFINITY"
    """Below what the sensor measures."""

    RESERVED = "reserved"
    """A code without a meaning yet."""

    def __str__(self) -> str:
        return self.value


class NoNumber(Enum):
    """What an integer with a resolution says when its code stands for no number."""

    NOT_KNOWN = "not known"
    """There is no reading."""

    ABOVE_RANGE = "above the range"
    """More than the format can say."""

    MEASUREMENT_UNSUCCESSFUL = "measurement unsuccessful"
    """It was tried, and failed."""

    def __str__(self) -> str:
        return self.value


def _medfloat(
    name: str, base: Layout[int], *, exponent_bits: int, mantissa_bits: int
) -> Layout[Decimal | SpecialValue]:
    top = (1 << mantissa_bits - 1) - 1
    special = {
        top: SpecialValue.NAN,
        top - 1: SpecialValue.POSITIVE_INFINITY,
        -top - 1: SpecialValue.NRES,
        -top: SpecialValue.RESERVED,
        -top + 1: SpecialValue.NEGATIVE_INFINITY,
    }
    mantissas = {value: mantissa for mantissa, value in special.items()}
    limit = top - 2
    lowest, highest = -(1 << exponent_bits - 1), (1 << exponent_bits - 1) - 1
    mask = (1 << mantissa_bits) - 1
    all_exponents, all_mantissas = 1 << exponent_bits, 1 << mantissa_bits

    def decode(raw: int) -> Decimal | SpecialValue:
        exponent, mantissa = raw >> mantissa_bits, raw & mask
        if exponent > highest:
            exponent -= all_exponents
        if mantissa > limit:
            if mantissa > top:
                mantissa -= all_mantissas
            if mantissa in special:
                if exponent:
                    raise InvalidValueError(
                        "the mantissa of a special value with an exponent other than 0, which "
                        "readers disagree about"
                    )
                return special[mantissa]
        return _decimal(mantissa, exponent)

    def encode(value: object) -> int:
        if isinstance(value, SpecialValue):
            return mantissas[value] & mask
        if not isinstance(value, Decimal):
            raise InvalidValueError("must be a Decimal or a SpecialValue")
        sign, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise InvalidValueError("must be a number; say why there is none with a SpecialValue")
        if not lowest <= exponent <= highest:
            raise InvalidValueError(
                f"the decimal exponent must be {lowest} to {highest}; quantize() it first"
            )
        # By length first: a Decimal can have millions of digits.
        size = int("".join(map(str, digits))) if len(digits) <= len(str(limit)) else limit + 1
        if size > limit:
            raise InvalidValueError(
                f"more digits than the mantissa holds (at most {limit}); quantize() it first"
            )
        mantissa = -size if sign else size
        return (exponent & (1 << exponent_bits) - 1) << mantissa_bits | mantissa & mask

    return base.map(name, decode, encode, exact=True)


medfloat32 = _medfloat("medfloat32", uint32, exponent_bits=8, mantissa_bits=24)
"""IEEE 11073 FLOAT: mantissa ±8,388,605, decimal exponent -128 to 127.

The exponent is kept both ways. Nothing is rounded or rescaled: a value with more digits than fit
is refused. The five mantissas that stand for special values do so with exponent 0; with any other
exponent readers disagree whether they are numbers, so they are refused, both ways. Negative zero is
sent as zero.
"""

medfloat16 = _medfloat("medfloat16", uint16, exponent_bits=4, mantissa_bits=12)
"""IEEE 11073 SFLOAT: mantissa ±2,045, decimal exponent -8 to 7. Otherwise like ``medfloat32``."""


@overload
def scaled(
    layout: Layout[int], resolution: str, *, low: int | None = None, high: int | None = None
) -> Layout[Decimal]: ...
@overload
def scaled(
    layout: Layout[int],
    resolution: str,
    *,
    codes: Mapping[int, E],
    low: int | None = None,
    high: int | None = None,
) -> Layout[Decimal | E]: ...
def scaled(
    layout: Layout[int],
    resolution: str,
    *,
    codes: Mapping[int, E] | None = None,
    low: int | None = None,
    high: int | None = None,
) -> Layout[Decimal] | Layout[Decimal | E]:
    """Declare an integer that counts steps, with codes that stand for no number.

    ``scaled(uint16, "0.01", codes={0xFFFF: NoNumber.NOT_KNOWN})``: the code 0xFFFF can then neither
    be read nor written as 655.35. Reading gives the resolution's decimal exponent; writing takes
    any ``Decimal`` that is a whole number of steps, and rounds none.

    Args:
        layout: the integer on the wire.
        resolution: what one step is worth, as a decimal string.
        codes: integers that are no number, and what they are.
        low: smallest integer that may stand on the wire, codes apart.
        high: largest integer that may stand on the wire, codes apart.
    """
    special: Mapping[int, E] = codes or {}
    raw_of = {value: raw for raw, value in special.items()}
    _, digits, exponent = Decimal(resolution).as_tuple()
    unit = int("".join(map(str, digits)) or 0)
    if not isinstance(exponent, int) or unit == 0 or resolution.startswith("-"):
        raise TypeError("a resolution is a positive decimal number")

    def check(raw: int) -> int:
        if (low is not None and raw < low) or (high is not None and raw > high):
            raise InvalidValueError("outside the range that may stand here")
        return raw

    def decode(raw: int) -> Decimal | E:
        if raw in special:
            return special[raw]
        return _decimal(check(raw) * unit, exponent)

    def encode(value: Decimal | E) -> int:
        if isinstance(value, Decimal):
            return check(_steps(value, unit, exponent, special))
        if value not in raw_of:
            raise InvalidValueError("must be a Decimal" + (" or a code of it" if special else ""))
        return raw_of[value]

    names = tuple((raw, str(value)) for raw, value in special.items())
    return layout.map(
        f"{layout.name}, in steps of {resolution}",
        decode,
        encode,
        codes=names,
        # Otherwise encode may refuse or rename what decode took.
        exact=len(raw_of) == len(special) and unit < 10**20 and abs(exponent) <= 20,
    )


def _steps(value: Decimal, unit: int, exponent: int, special: Mapping[int, object]) -> int:
    """Return how many steps ``value`` is. By integers: a decimal context might round."""
    sign, digits, own = value.as_tuple()
    # 40 digits and powers are more than any integer here holds, and bound the work.
    if not isinstance(own, int) or len(digits) > 40 or abs(own) > 40:
        raise InvalidValueError("must be a number that fits this field")
    number = int("".join(map(str, digits))) * _power_of_ten(own - exponent)
    steps, rest = divmod(number, unit * _power_of_ten(exponent - own))
    if rest:
        raise InvalidValueError("not a whole number of steps; quantize() it first")
    steps = -steps if sign else steps
    if steps in special:
        raise InvalidValueError("this number's code means something else")
    return steps


def _power_of_ten(exponent: int) -> int:
    return int(10 ** max(exponent, 0))
