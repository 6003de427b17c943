"""Valid Range 0x2906: a descriptor that says what a characteristic's value can be.

GSS v5 - GATT Specification Supplement - § Valid Range
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from construct import Sequence

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.layout import Layout

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidRange(Generic[T]):
    """The lowest and the highest value, both included.

    Raises:
        InvalidValueError: the lowest is above the highest.
    """

    lower: T
    """The lowest value that can be read or written."""

    upper: T
    """The highest value that can be read or written."""

    def __post_init__(self) -> None:
        limits: tuple[object, object] = (self.lower, self.upper)
        match limits:
            case (int() | Decimal() as lower, int() | Decimal() as upper) if lower > upper:
                raise InvalidValueError("the lowest value is above the highest")
            case _:
                pass

    def __str__(self) -> str:
        return f"{self.lower} to {self.upper}"


def valid_range(layout: Layout[T]) -> Layout[ValidRange[T]]:
    """Return how the range of values with a given layout stands on the wire: twice that layout.

    Raises:
        TypeError: the layout has no fixed size.
    """
    if layout.size is None:
        raise TypeError("a range needs a layout with a size")

    def decode(limits: list[T]) -> ValidRange[T]:
        lower, upper = limits
        return ValidRange(lower=lower, upper=upper)

    def encode(value: ValidRange[T]) -> list[T]:
        return [value.lower, value.upper]

    limits: Layout[list[T]] = Layout(
        layout.name, Sequence(layout.subcon, layout.subcon), 2 * layout.size
    )
    return limits.map(f"two of {layout.name}", decode, encode)
