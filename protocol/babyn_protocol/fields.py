"""Field specifiers: what stands to the right of a message's attribute.

Import them from :mod:`babyn_protocol.wire`, where they are explained together with ``Message``.
Each specifier leaves a :class:`Spec` behind, from which :mod:`babyn_protocol.codec` makes the
`construct` declaration.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import MISSING, dataclass, field
from enum import Enum
from typing import Any, Final, Literal, TypeVar, cast, overload

from construct import Computed, Const, Construct, If, IfThenElse

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.layout import UNKNOWN_CODE, Layout, code_of
from babyn_protocol.located import ToTheEnd

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

_METADATA: Final = "babyn_protocol"


@dataclass(frozen=True, kw_only=True)
class Spec(ABC):
    """What one attribute of a message is on the wire."""

    presence: int | None = None
    """The flag bit that says whether it is there."""

    bits: range = range(0)
    """The flag bits that are its value or decide its layout, lowest first."""

    @abstractmethod
    def subcon(self, flags: str) -> Construct[Any, Any]:
        """Return the declaration; ``flags`` names the message's flags field."""

    def layouts(self) -> tuple[Layout[Any], ...]:
        """Return how its value stands on the wire. None: it is part of the flags."""
        return ()

    def size(self) -> int | None:
        """Return how many bytes it takes when it is there, or ``None`` if the value decides."""
        sizes = {layout.size for layout in self.layouts()} or {0}
        return sizes.pop() if len(sizes) == 1 else None

    def is_present(self, value: Any) -> bool:
        """Tell whether the attribute's value stands on the wire."""
        return value is not None

    def flags_of(self, value: Any) -> int:
        """Return what the attribute's value puts into the flags."""
        present = self.presence is not None and self.is_present(value)
        return 1 << self.presence if present and self.presence is not None else 0

    def owned_bits(self) -> tuple[int, ...]:
        """Return every flag bit that it uses."""
        return tuple(self.bits) if self.presence is None else (*self.bits, self.presence)


@dataclass(frozen=True, kw_only=True)
class WireSpec(Spec):
    """Always there."""

    layout: Layout[Any]

    def subcon(self, flags: str) -> Construct[Any, Any]:
        """Return the layout's own declaration."""
        return self.layout.subcon

    def layouts(self) -> tuple[Layout[Any], ...]:
        """Return the one layout."""
        return (self.layout,)


@dataclass(frozen=True, kw_only=True)
class FlagBitsSpec(WireSpec):
    """The flags themselves. The codec computes them."""


@dataclass(frozen=True, kw_only=True)
class ConstSpec(WireSpec):
    """Always there, always the same."""

    value: Any

    def subcon(self, flags: str) -> Construct[Any, Any]:
        """Return a declaration that accepts nothing else."""
        return Const(self.value, self.layout.subcon)


@dataclass(frozen=True, kw_only=True)
class FlagValueSpec(Spec):
    """A value within the flags."""

    values: type[Enum] | None

    def subcon(self, flags: str) -> Construct[Any, Any]:
        """Return a declaration that reads no bytes of its own."""

        def decode(context: Any) -> Enum | bool:
            return self.value_of(context[flags])

        return Computed(decode)

    def value_of(self, flags: int) -> Enum | bool:
        """Return the value that stands in the flags.

        Raises:
            InvalidValueError: its code has no meaning.
        """
        code = flags >> self.bits.start & (1 << len(self.bits)) - 1
        if self.values is None:
            return bool(code)
        for member in self.values:
            if member.value == code:
                return member
        raise InvalidValueError(UNKNOWN_CODE)

    def flags_of(self, value: Any) -> int:
        """Return the code, at its place."""
        expected = self.values or bool
        if not isinstance(value, expected):
            raise InvalidValueError(f"must be a {expected.__name__}")
        code = code_of(value) if isinstance(value, Enum) else int(value)
        return code << self.bits.start


@dataclass(frozen=True, kw_only=True)
class OptionalSpec(WireSpec):
    """There if its flag is set."""

    def subcon(self, flags: str) -> Construct[Any, Any]:
        """Return a declaration that reads ``None`` from no bytes."""
        return If(_is_set(flags, self.presence), self.layout.subcon)


@dataclass(frozen=True, kw_only=True)
class SizedSpec(WireSpec):
    """Always there, in one of two layouts; a flag says which."""

    wide: Layout[Any]

    def subcon(self, flags: str) -> Construct[Any, Any]:
        """Return the declaration of both."""
        return IfThenElse(_is_set(flags, self.bits.start), self.wide.subcon, self.layout.subcon)

    def layouts(self) -> tuple[Layout[Any], ...]:
        """Return both."""
        return (self.layout, self.wide)

    def flags_of(self, value: Any) -> int:
        """Set the flag if the narrow layout cannot hold the value."""
        try:
            self.layout.build(value)
        except InvalidValueError:
            return 1 << self.bits.start
        return 0


@dataclass(frozen=True, kw_only=True)
class RepeatedSpec(WireSpec):
    """As many as there are bytes for."""

    def subcon(self, flags: str) -> Construct[Any, Any]:
        """Return a declaration that reads a tuple, not an empty one if a flag says so."""
        if self.presence is None:
            return ToTheEnd(self.layout.subcon, at_least=0)
        items = ToTheEnd(self.layout.subcon, at_least=1)
        return IfThenElse(_is_set(flags, self.presence), items, Computed(()))

    def size(self) -> int | None:
        """Return ``None``: the number of items decides."""
        return None

    def is_present(self, value: Any) -> bool:
        """Tell whether there are any; what is no tuple at all is refused where it is written."""
        return bool(value != ())


def _is_set(flags: str, bit: int | None) -> Any:
    def test(context: Any) -> bool:
        return bool(context[flags] >> bit & 1)

    return test


def spec_of(metadata: Any) -> Spec | None:
    """Return what a dataclass field's metadata says, if a specifier made it."""
    return cast("Spec | None", metadata.get(_METADATA))


def _declare(spec: Spec, **options: Any) -> Any:
    return field(metadata={_METADATA: spec}, **options)


@overload
def wire(layout: Layout[T]) -> T: ...
@overload
def wire(layout: Layout[T], *, default: T) -> T: ...
def wire(layout: Layout[Any], *, default: Any = MISSING) -> Any:
    """Declare a field that is always there.

    Args:
        layout: how it stands on the wire.
        default: its value if none is given.
    """
    return _declare(WireSpec(layout=layout), default=default)


def const(value: T, layout: Layout[T], *, init: Literal[False] = False) -> T:
    """Declare a field that always has this value: refused otherwise, and never given."""
    return cast("T", _declare(ConstSpec(layout=layout, value=value), init=init, default=value))


def flag_bits(layout: Layout[int], *, init: Literal[False] = False) -> int:
    """Declare the place and width of the message's flags (``uint8``, ``uint16``, ``uint24``).

    Flags are never given: presence and flag values decide them. Bits that no field uses are
    reserved for future use: ignored on read, zero on write.
    """
    spec = FlagBitsSpec(layout=layout)
    return cast("int", _declare(spec, init=init, repr=False, compare=False))


@overload
def flag_value(bit: int, /, *, default: bool = ...) -> bool: ...
@overload
def flag_value(bit: int, values: type[E], /, *, width: int = 1, default: E = ...) -> E: ...
def flag_value(
    bit: int, values: type[Enum] | None = None, /, *, width: int = 1, default: Any = MISSING
) -> Any:
    """Declare a value that stands in the flags: a ``bool``, or an enum of its codes.

    Args:
        bit: its lowest bit.
        values: an enum whose members' values are the codes. Other codes are refused.
        width: how many bits.
        default: its value if none is given.
    """
    return _declare(FlagValueSpec(bits=range(bit, bit + width), values=values), default=default)


def optional(layout: Layout[T], *, flag: int) -> T | None:
    """Declare a field that is there if a flag bit is set, and ``None`` otherwise.

    Several fields may have the same flag: they are present together or not at all.
    """
    return cast("T | None", _declare(OptionalSpec(layout=layout, presence=flag), default=None))


def sized(narrow: Layout[T], wide: Layout[T], *, flag: int) -> T:
    """Declare a field in one of two layouts, the wide one if a flag bit is set.

    On write the narrow one is taken where it can hold the value.
    """
    return cast("T", _declare(SizedSpec(layout=narrow, wide=wide, bits=range(flag, flag + 1))))


def repeated(layout: Layout[T], *, flag: int | None = None) -> tuple[T, ...]:
    """Declare a field that repeats up to the last byte, as a tuple. Only the last one can.

    Args:
        layout: one item.
        flag: bit that is set if and only if there are any. Without it, none is fine.
    """
    return cast("tuple[T, ...]", _declare(RepeatedSpec(layout=layout, presence=flag), default=()))
