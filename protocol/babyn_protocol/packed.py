"""What a layout is to :mod:`struct`: the fast form of a value, derived from its declaration.

A layout made of whole bytes in a row is one item of `struct` (``H``, ``3s``), and the functions
that its :meth:`~babyn_protocol.layout.Layout.map` was given. Nothing here is declared again, and
nothing here refuses: whatever is unusual is a :class:`Doubt`, and `construct` decides.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeGuard

from construct import (
    Bytes,
    BytesInteger,
    Construct,
    FormatField,
    GreedyBytes,
    ListContainer,
    Sequence,
    Subconstruct,
)

if TYPE_CHECKING:
    # Generic for type checkers only.
    _Subconstruct = Subconstruct[Any, Any, Any, Any]
else:
    _Subconstruct = Subconstruct


class Doubt(Exception):  # noqa: N818 - no error: it never leaves the package, construct decides
    """The fast form does not know. Any other exception in it means the same."""


def same(value: Any) -> Any:
    """Return the value. As a layout's ``decode`` it costs no call."""
    return value


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """A value in one item of `struct`.

    Attributes:
        code: the item, little-endian.
        size: its bytes; ``None``: it is all bytes that are left, and ``code`` says nothing.
        decode: from the item to the value.
        encode: from the value to the item.
        exact: ``encode`` gives back whatever item ``decode`` took; no value is ``None``.
    """

    code: str
    size: int | None
    decode: Callable[[Any], Any] = same
    encode: Callable[[Any], Any] = same
    exact: bool = True

    def mapped(
        self, decode: Callable[[Any], Any], encode: Callable[[Any], Any], *, exact: bool
    ) -> Packed:
        """Return the same item with two more functions, as in ``Layout.map``."""
        return Packed(
            self.code,
            self.size,
            _chain(self.decode, decode),
            _chain(encode, self.encode),
            self.exact and exact,
        )

    def exactly(self) -> Callable[[Any], Any]:
        """Return a ``decode`` that doubts an item which would be sent in another way."""
        if self.exact:
            return self.decode
        decode, encode = self.decode, self.encode

        def decode_exactly(item: Any) -> Any:
            value = decode(item)
            # None would stand for a field that is not there.
            if value is None or encode(value) != item:
                raise Doubt
            return value

        return decode_exactly

    def parse(self, data: bytes) -> Any:
        """Read a value that fills all of ``data``."""
        if self.size is None:
            return self.decode(data)
        (item,) = struct.unpack("<" + self.code, data)
        return self.decode(item)

    def build(self, value: Any) -> bytes:
        """Write a value."""
        item = self.encode(value)
        return whole(item) if self.size is None else struct.pack("<" + self.code, item)


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A value that says itself where it ends: a message whose flags decide its size.

    Attributes:
        read: from bytes and an offset to the value and the offset after it.
        encode: from the value to its bytes.
    """

    read: Callable[[bytes, int], tuple[Any, int]]
    encode: Callable[[Any], bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A value whose form another field decides.

    Attributes:
        by: that field's name.
        cases: a form for each of its values.
        otherwise: the form for every other value, if there is one.
    """

    by: str
    cases: Mapping[Any, Form | None]
    otherwise: Form | None

    def mapped(
        self, decode: Callable[[Any], Any], encode: Callable[[Any], Any], *, exact: bool
    ) -> Chosen:
        """Return the same with two more functions in each case."""
        cases = {key: mapped(form, decode, encode, exact=exact) for key, form in self.cases.items()}
        return Chosen(self.by, cases, mapped(self.otherwise, decode, encode, exact=exact))

    def form(self, value: Any) -> Packed | Nested:
        """Return the form for one value of the deciding field."""
        form = self.cases.get(value, self.otherwise)
        if form is None or isinstance(form, Chosen):
            raise Doubt
        return form


Form: TypeAlias = Packed | Nested | Chosen
"""The fast form of a layout."""


def mapped(
    form: Form | None,
    decode: Callable[[Any], Any],
    encode: Callable[[Any], Any],
    *,
    exact: bool,
) -> Form | None:
    """Return the form of a layout that was mapped, if it still has one."""
    if form is None or isinstance(form, Nested):
        return None
    return form.mapped(decode, encode, exact=exact)


class Formed(_Subconstruct):
    """A declaration together with its form, where the former does not say it all."""

    def __init__(self, subcon: Construct[Any, Any], form: Form | None) -> None:
        super().__init__(subcon)
        self.form = form


def derived(subcon: Construct[Any, Any]) -> Form | None:
    """Return the form of a declaration, or ``None`` if it has none."""
    if isinstance(subcon, Formed):
        return subcon.form
    # Exactly these: a subclass may do anything.
    kind: type = type(subcon)
    if subcon is GreedyBytes:
        return Packed("", None, encode=whole)
    if kind is FormatField:
        return _of_format(subcon)
    if kind is BytesInteger:
        return _of_integer(subcon)
    if kind is Bytes:
        return _of_bytes(subcon)
    if kind is Sequence:
        return _of_sequence(subcon)
    return None


def whole(value: Any) -> bytes:
    """Return bytes as they are, and doubt anything else."""
    if type(value) is not bytes:
        raise Doubt
    return value


def is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    """Tell whether repeated items are what they must be."""
    return isinstance(value, tuple)


def _of_format(subcon: Any) -> Packed | None:
    order, code = subcon.fmtstr
    if code not in "bBhHiIlLqQ" or (order != "<" and subcon.length > 1):
        return None
    return Packed(code, subcon.length)


def _of_integer(subcon: Any) -> Packed | None:
    size, signed, swapped = subcon.length, subcon.signed, subcon.swapped
    if type(size) is not int or type(signed) is not bool or type(swapped) is not bool:
        return None
    order: Literal["little", "big"] = "little" if swapped else "big"

    def decode(item: bytes) -> int:
        return int.from_bytes(item, order, signed=signed)

    def encode(value: int) -> bytes:
        return int.to_bytes(value, size, order, signed=signed)

    return Packed(f"{size}s", size, decode, encode)


def _of_bytes(subcon: Any) -> Packed | None:
    size = subcon.length
    if type(size) is not int:
        return None

    def encode(value: Any) -> bytes:
        # struct would cut it off, or fill it up.
        if type(value) is not bytes or len(value) != size:
            raise Doubt
        return value

    return Packed(f"{size}s", size, encode=encode)


def _of_sequence(subcon: Any) -> Packed | None:
    code = ""
    for each in subcon.subcons:
        part = derived(each)
        if not isinstance(part, Packed) or part.size is None:
            return None
        if part.decode is not same or part.encode is not same:
            return None
        code += part.code
    together = struct.Struct("<" + code)

    def decode(item: bytes) -> list[Any]:
        return ListContainer(together.unpack(item))

    def encode(values: Any) -> bytes:
        return together.pack(*values)

    return Packed(f"{together.size}s", together.size, decode, encode)


def _chain(first: Callable[[Any], Any], second: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if first is same:
        return second
    if second is same:
        return first
    return lambda value: second(first(value))
