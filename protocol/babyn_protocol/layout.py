"""Layouts: how one value stands on the wire, with the Python type it has here.

A :class:`Layout` is a `construct` declaration together with a name and a Python type. Messages
(:mod:`babyn_protocol.wire`) are put together from layouts; :mod:`babyn_protocol.numbers` has the
numbers. New layouts are made from existing ones with :meth:`Layout.map`: two functions, and no
`construct` in sight. All multi-byte values are little-endian.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, Flag
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from construct import Bytes, Construct, ExprAdapter, GreedyBytes, Struct, Switch

from babyn_protocol.errors import InvalidMessageError, InvalidValueError, MalformedMessageError
from babyn_protocol.located import END_OF_DATA, FieldFailure, located
from babyn_protocol.packed import Chosen, Form, Formed, Packed, derived, mapped

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E", bound=Enum)
F = TypeVar("F", bound=Flag)
K = TypeVar("K", bound=Enum)


@dataclass(frozen=True, eq=False)
class Layout(Generic[T]):
    """How a value of type ``T`` stands on the wire.

    Attributes:
        name: what the specifications call it (``uint8``, ``medfloat32``), for people to read.
        subcon: the `construct` declaration.
        size: bytes on the wire, or ``None`` where the value decides.
        greedy: takes every byte that is left, so that nothing can follow it.
        codes: what single codes mean, for the documentation.
        depends_on: the field of the same message that decides how this one is read.
    """

    name: str
    subcon: Construct[Any, Any]
    size: int | None = None
    greedy: bool = False
    codes: tuple[tuple[int, str], ...] = ()
    depends_on: str | None = None

    def map(
        self,
        name: str,
        decode: Callable[[T], U],
        encode: Callable[[U], T],
        *,
        codes: tuple[tuple[int, str], ...] = (),
        exact: bool = False,
    ) -> Layout[U]:
        """Make a layout that stands on the wire like this one and has another Python type.

        Both functions raise :class:`InvalidValueError` with a reason that names no value. Any
        other exception is replaced by a general reason.

        Args:
            name: what the specifications call it.
            decode: from this layout's type to the new one.
            encode: from the new type to this layout's, the exact reverse.
            codes: what single codes mean, for the documentation.
            exact: ``encode`` gives back whatever ``decode`` took, and that is never ``None``. It
                is looked at for each value otherwise, and values that differ are read slowly.
        """

        def decoder(value: Any, _context: Any) -> Any:
            return decode(value)

        def encoder(value: Any, _context: Any) -> Any:
            return encode(value)

        subcon: Construct[Any, Any] = ExprAdapter(self.subcon, decoder, encoder)
        subcon = Formed(subcon, mapped(self.form, decode, encode, exact=exact))
        return cast("Layout[U]", replace(self, name=name, subcon=subcon, codes=codes))

    def parse(self, data: bytes | bytearray | memoryview) -> T:
        """Read one value that fills all of ``data``.

        Raises:
            MalformedMessageError: the bytes are no such value.
        """
        raw = bytes(memoryview(data))
        if isinstance(self.form, Packed):
            # Whatever is wrong, construct says it in our words.
            with suppress(Exception):
                return cast("T", self.form.parse(raw))
        try:
            values = self._alone.parse(raw)
        except FieldFailure as error:
            failure = error
        else:
            return cast("T", values["value"])
        raise MalformedMessageError(
            self.name, field=None, offset=failure.offset, reason=failure.reason, data=raw
        )

    def build(self, value: T) -> bytes:
        """Write one value.

        Raises:
            InvalidMessageError: the wire cannot carry this value.
        """
        if isinstance(self.form, Packed):
            # As above.
            with suppress(Exception):
                return self.form.build(value)
        try:
            return self._alone.build({"value": value})
        except FieldFailure as error:
            failure = error
        raise InvalidMessageError(self.name, field=None, reason=failure.reason)

    @cached_property
    def form(self) -> Form | None:
        """How the same is read and written without `construct`, where that can be derived."""
        return derived(self.subcon)

    @cached_property
    def _alone(self) -> Struct:
        return Struct("value" / located(self.subcon, None), END_OF_DATA)


_rest: Layout[bytes] = Layout("octets", GreedyBytes, greedy=True)


def _from_bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise InvalidValueError("must be bytes")
    return value


def _from_str(value: object) -> bytes:
    if not isinstance(value, str):
        raise InvalidValueError("must be a str")
    return value.encode("utf-8")


octets: Layout[bytes] = _rest.map("octets", bytes, _from_bytes, exact=True)
"""All bytes that are left, as they are."""

utf8: Layout[str] = _rest.map("utf8s", lambda value: value.decode("utf-8"), _from_str, exact=True)
"""All bytes that are left, as UTF-8 without a terminator."""


def fixed_octets(size: int) -> Layout[bytes]:
    """Declare ``size`` bytes, as they are."""
    layout: Layout[bytes] = Layout(f"octets[{size}]", Bytes(size), size)
    return layout.map(layout.name, bytes, _from_bytes, exact=True)


def enumerated(layout: Layout[int], values: type[E]) -> Layout[E]:
    """Declare a number of which each value has a name, strictly.

    A number without a name in ``values`` is refused, whether the specification prohibits it or
    reserves it for future use: its meaning is not known here, and a guess would be shown as a
    fact. The message is dropped with a reason, the connection is not.

    Args:
        layout: the integer that carries the code.
        values: an enum whose members' values are the codes.
    """
    members = {code_of(member): member for member in values}

    def decode(code: int) -> E:
        if code not in members:
            raise InvalidValueError(UNKNOWN_CODE)
        return members[code]

    def encode(member: object) -> int:
        if not isinstance(member, values):
            raise InvalidValueError(f"must be a {values.__name__}")
        return code_of(member)

    names = tuple((code, str(member)) for code, member in members.items())
    return layout.map(layout.name, decode, encode, codes=names, exact=True)


def open_enumerated(layout: Layout[int], values: type[E]) -> Layout[E | int]:
    """Declare a number of which some values have a name; the others are kept as they are.

    For lists that grow, where an unknown entry must not cost the message: a kind of event, the
    name of a property. Where the meaning of other fields hangs on the code, take
    :func:`enumerated`, or :func:`choice` with ``otherwise``.

    Args:
        layout: the integer that carries the code.
        values: an enum whose members' values are the codes known here.
    """
    members = {code_of(member): member for member in values}

    def decode(code: int) -> E | int:
        return members.get(code, code)

    def encode(value: E | int) -> int:
        if isinstance(value, values):
            return code_of(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidValueError(f"must be a {values.__name__}, or an int")
        if value in members:
            raise InvalidValueError(f"this code has a name: take the {values.__name__}")
        return value

    names = tuple((code, str(member)) for code, member in members.items())
    return layout.map(f"{layout.name}, other codes kept", decode, encode, codes=names, exact=True)


UNKNOWN_CODE = "a code that is prohibited or reserved for future use"


def code_of(member: Enum) -> int:
    """Return the number that stands on the wire for an enum's member.

    Raises:
        TypeError: it has none, so that the enum cannot be declared as a layout.
    """
    code: object = member.value
    if not isinstance(code, int):
        raise TypeError(f"{type(member).__name__}.{member.name} is no code: its value is no int")
    return code


def bit_set(layout: Layout[int], bits: type[F]) -> Layout[F]:
    """Declare a number of which each bit has a name. Other bits: ignored on read, zero on write.

    Args:
        layout: the integer that carries the bits.
        bits: an :class:`enum.Flag` whose single-bit members are the bits known.
    """
    names = {code_of(member).bit_length() - 1: str(member.name) for member in bits}
    known = sum(1 << bit for bit in names)

    def decode(word: int) -> F:
        return bits(word & known)

    def encode(member: object) -> int:
        if not isinstance(member, bits):
            raise InvalidValueError(f"must be a {bits.__name__}")
        return member.value

    return layout.map(f"{layout.name} of bits", decode, encode, codes=tuple(names.items()))


def choice(
    by: str, cases: Mapping[K, Layout[T]], *, otherwise: Layout[T] | None = None
) -> Layout[T]:
    """Declare a field whose layout another field decides (a unit that sets the resolution).

    Args:
        by: name of the deciding field, declared earlier in the same message.
        cases: a layout for each value that field can have.
        otherwise: a layout for every other value; without it they are refused.
    """
    subcons = {key: layout.subcon for key, layout in cases.items()}
    layouts = (*cases.values(), *(() if otherwise is None else (otherwise,)))
    sizes = {layout.size for layout in layouts}
    names = dict.fromkeys(layout.name for layout in layouts)
    # construct alone would read a value without a case as nothing.
    default = _no_case.subcon if otherwise is None else otherwise.subcon

    def deciding(context: Any) -> Any:
        return context[by]

    form = Chosen(by, {key: layout.form for key, layout in cases.items()}, derived(default))
    return Layout(
        " or ".join(names),
        Formed(Switch(deciding, subcons, default=default), form),
        size=sizes.pop() if len(sizes) == 1 else None,
        greedy=any(layout.greedy for layout in layouts),
        depends_on=by,
    )


def _refuse(_value: object) -> bytes:
    raise InvalidValueError("no layout is declared for this case")


_no_case = _rest.map("no case", _refuse, _refuse)
