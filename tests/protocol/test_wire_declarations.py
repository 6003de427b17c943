"""Declarations of messages: mistakes in them are found as the class is made."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from babyn_protocol.layout import choice, enumerated, octets, utf8
from babyn_protocol.numbers import uint8, uint16, uint24
from babyn_protocol.wire import (
    Message,
    const,
    flag_bits,
    flag_value,
    optional,
    repeated,
    sized,
    wire,
)

B = bytes.fromhex


class Mode(Enum):
    OFF = 0
    SLOW = 1
    FAST = 2


class Wide(Enum):
    TWO = 2


class Named(Enum):
    ONE = "one"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"a": (int, 3)}, "how does it stand on the wire"),
        ({"a": (int, None)}, "how does it stand on the wire"),
        ({"a": (int, optional(uint8, flag=0))}, "flag_bits(…) must stand before it"),
        ({"a": (int, flag_value(0))}, "flag_bits(…) must stand before it"),
        (
            {"a": (int, sized(uint8, uint16, flag=0)), "f": (int, flag_bits(uint8))},
            "flag_bits(…) must stand before it",
        ),
        ({"f": (int, flag_bits(uint8)), "a": (int, optional(uint8, flag=8))}, "bits 0 to 7, not 8"),
        ({"f": (int, flag_bits(uint8)), "a": (int, flag_value(-1))}, "bits 0 to 7, not -1"),
        ({"f": (int, flag_bits(uint24)), "a": (int, flag_value(24))}, "bits 0 to 23, not 24"),
        ({"f": (int, flag_bits(uint8)), "g": (int, flag_bits(uint8))}, "flags already"),
        (
            {"f": (int, flag_bits(uint8)), "a": (bool, flag_value(1)), "b": (bool, flag_value(1))},
            "bit 1 of f belongs to a",
        ),
        (
            {
                "f": (int, flag_bits(uint8)),
                "a": (int, optional(uint8, flag=1)),
                "b": (bool, flag_value(1)),
            },
            "bit 1 of f belongs to a",
        ),
        (
            {
                "f": (int, flag_bits(uint8)),
                "a": (Mode, flag_value(0, Mode, width=2)),
                "b": (int, optional(uint8, flag=1)),
            },
            "bit 1 of f belongs to a",
        ),
        ({"f": (int, flag_bits(uint8)), "a": (Wide, flag_value(0, Wide))}, "more than 1 bit"),
        ({"f": (int, flag_bits(uint8)), "a": (Named, flag_value(0, Named))}, "is no code"),
        ({"f": (int, flag_bits(uint8)), "a": (Mode, flag_value(0, Mode, width=0))}, "one bit wide"),
        ({"a": (str, wire(utf8)), "b": (int, wire(uint8))}, "nothing can follow a"),
        ({"a": (int, repeated(uint8)), "b": (int, wire(uint8))}, "nothing can follow a"),
        ({"a": (str, repeated(utf8))}, "cannot repeat"),
        ({"a": (int, const(300, uint8))}, "the constant does not fit"),
        ({"a": (int, wire(choice("b", {Mode.OFF: uint8})))}, "b must be declared before it"),
        ({"extra": (bytes, wire(octets))}, "the name is taken"),
        ({"_a": (int, wire(uint8))}, "the name is taken"),
    ],
)
def test_mistakes_in_a_declaration_are_found_at_once(
    body: dict[str, tuple[Any, Any]], text: str
) -> None:
    """Mutant: any one check of `verify` removed."""
    namespace: dict[str, Any] = {"__annotations__": {k: v[0] for k, v in body.items()}}
    namespace.update({name: value for name, (_, value) in body.items() if value is not None})
    with pytest.raises(TypeError) as caught:
        type("Wrong", (Message,), namespace)
    assert text in str(caught.value)


def test_the_way_those_are_declared_declares_what_is_right() -> None:
    """The control of the test above."""
    namespace = {
        "__annotations__": {"f": int, "a": int, "b": int, "c": Mode},
        "f": flag_bits(uint16),
        "a": optional(uint8, flag=1),
        "b": optional(uint8, flag=1),
        "c": flag_value(2, Mode, width=2),
    }
    right: Any = type("Right", (Message,), namespace)
    assert bytes(right(a=1, b=2, c=Mode.FAST)) == B("0A00 01 02")


def test_bad_layouts_of_codes_are_found_at_once() -> None:
    with pytest.raises(TypeError, match="is no code"):
        enumerated(uint8, Named)


def test_rules_between_fields_belong_into_check() -> None:
    with pytest.raises(TypeError, match="into check"):

        class Wrong(Message):  # pyright: ignore[reportUnusedClass] - it is never made
            value: int = wire(uint8)

            def __post_init__(self) -> None:
                """Would make instances that cannot be sent."""
