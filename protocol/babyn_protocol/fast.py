"""Reading and writing a message by :mod:`struct`, derived from the same declaration.

Flags, constants, and fields that decide another field's layout make a message's *key*. What fields
there are, and how each stands on the wire, follows from the key. It is worked out once for each key
that turns up (a :class:`_Plan`): one `struct` for all fields, and the values that the key says by
itself. After that a message costs a look-up, a `struct` and the functions of its layouts.

Nothing here refuses a message. Whatever is unusual (a wrong length, reserved bits, bytes that would
be sent in another way, anything a layout's function raises) is a :class:`Doubt`, and `construct`
decides what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from struct import Struct, pack, unpack_from
from typing import Any, Final, TypeAlias

from babyn_protocol.fields import (
    ConstSpec,
    FlagBitsSpec,
    FlagValueSpec,
    RepeatedSpec,
    SizedSpec,
    Spec,
    WireSpec,
)
from babyn_protocol.packed import Chosen, Doubt, Form, Nested, Packed, is_tuple, same, whole

MOST_PLANS: Final = 64
"""More keys than a device has. A stranger who makes up keys does not fill the memory."""

_Forms: TypeAlias = Mapping[str, tuple[Form, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _KeyPart:
    """A field that is part of the key."""

    form: Packed
    place: slice
    only: Any
    """The only item that can stand there, or ``None``."""


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """A field of fixed size."""

    name: str
    code: str
    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Tail:
    """A last field whose value decides how long it is."""

    name: str
    read: Callable[[bytes, int], tuple[Any, int]]
    write: Callable[[Any], bytes]


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """How messages with one key are read and written."""

    known: dict[str, Any]
    """What the key says, and what stands for each field that is not there."""

    struct: Struct
    """The fields of fixed size. The key's bytes are skipped."""

    names: tuple[str, ...]
    """The names of these fields."""

    decoders: tuple[Callable[[Any], Any] | None, ...]
    """How each is read; ``None``: as it is."""

    encoders: tuple[Callable[[Any], Any], ...]
    """How each is written."""

    tail: _Tail | None
    """What follows them."""

    key: tuple[tuple[slice, bytes], ...]
    """The key's bytes, each at its place."""


class Fast:
    """Reads and writes the values of one message.

    Attributes:
        plans: what was worked out so far, by key.

    Raises:
        Doubt: a layout has no form that `struct` can read, or a part of the key no fixed place.
    """

    def __init__(self, specs: Mapping[str, Spec]) -> None:
        self._specs = specs
        self._forms: _Forms = {name: tuple(_forms(spec)) for name, spec in specs.items()}
        self._parts = dict(_key_parts(specs, self._forms))
        self._known_bits = sum({1 << bit for spec in specs.values() for bit in spec.owned_bits()})
        self.plans: dict[tuple[Any, ...], _Plan] = {}
        code, end = "<", 0
        for part in self._parts.values():
            code += f"{part.place.start - end}x{part.form.code}"
            end = part.place.stop
        self._key = Struct(code)

    def read(self, data: bytes, at: int) -> tuple[dict[str, Any], int]:
        """Return the values of the message that starts at ``at``, and where it ends.

        It would be sent in just these bytes. Any exception is a doubt.
        """
        key = self._key.unpack_from(data, at)
        plan = self.plans.get(key) or self._plan(key)
        values = plan.known.copy()
        struct = plan.struct
        items = struct.unpack_from(data, at)
        for name, decode, item in zip(plan.names, plan.decoders, items, strict=True):
            values[name] = item if decode is None else decode(item)
        at += struct.size
        tail = plan.tail
        if tail is not None:
            values[tail.name], at = tail.read(data, at)
        return values, at

    def build(self, values: Mapping[str, Any], flags: int) -> bytes:
        """Return the bytes of a message. Any exception is a doubt."""
        key = tuple(
            part.form.encode(flags if isinstance(self._specs[name], FlagBitsSpec) else values[name])
            if part.only is None
            else part.only
            for name, part in self._parts.items()
        )
        plan = self.plans.get(key) or self._plan(key)
        fields = zip(plan.names, plan.encoders, strict=True)
        data = bytearray(plan.struct.pack(*[encode(values[name]) for name, encode in fields]))
        for place, octets in plan.key:
            data[place] = octets
        tail = plan.tail
        return bytes(data) if tail is None else bytes(data) + tail.write(values[tail.name])

    def _plan(self, key: tuple[Any, ...]) -> _Plan:
        """Work out a plan, and keep it."""
        found = dict(zip(self._parts, key, strict=True))
        known: dict[str, Any] = {}
        flags, code = 0, "<"
        items: list[_Item] = []
        tail: _Tail | None = None
        for name, spec in self._specs.items():
            if name in found:
                part = self._parts[name]
                code += f"{part.form.size}x"
                value = part.form.exactly()(found[name])
                if part.only is None:
                    known[name] = value
                elif part.only != found[name]:
                    raise Doubt
                if isinstance(spec, FlagBitsSpec):
                    flags = value
            elif isinstance(spec, FlagValueSpec):
                known[name] = spec.value_of(flags)
            elif spec.presence is not None and not flags >> spec.presence & 1:
                known[name] = () if isinstance(spec, RepeatedSpec) else None
            elif tail is not None:
                raise Doubt
            else:
                forms = [_resolved(form, known) for form in self._forms[name]]
                field = _field(name, spec, forms, flags)
                if isinstance(field, _Tail):
                    tail = field
                else:
                    items.append(field)
                    code += field.code
        if flags & ~self._known_bits:
            raise Doubt
        plan = _Plan(
            known,
            Struct(code),
            tuple(item.name for item in items),
            tuple(None if item.decode is same else item.decode for item in items),
            tuple(item.encode for item in items),
            tail,
            tuple(
                (part.place, pack("<" + part.form.code, item))
                for part, item in zip(self._parts.values(), key, strict=True)
            ),
        )
        if len(self.plans) >= MOST_PLANS:
            self.plans.clear()
        self.plans[key] = plan
        return plan


def _forms(spec: Spec) -> Iterator[Form]:
    for layout in spec.layouts():
        if layout.form is None:
            raise Doubt
        yield layout.form


def _key_parts(specs: Mapping[str, Spec], forms: _Forms) -> Iterator[tuple[str, _KeyPart]]:
    """Find the key: flags, constants, and what a choice hangs on; each must have a fixed place."""
    deciding = {form.by for found in forms.values() for form in found if isinstance(form, Chosen)}
    at: int | None = 0
    for name, spec in specs.items():
        if isinstance(spec, FlagValueSpec):
            continue
        form = forms[name][0]
        always = type(spec) in (WireSpec, FlagBitsSpec, ConstSpec)
        size = form.size if always and isinstance(form, Packed) else None
        if isinstance(spec, FlagBitsSpec | ConstSpec) or name in deciding:
            if at is None or size is None or not isinstance(form, Packed):
                raise Doubt
            only = form.encode(spec.value) if isinstance(spec, ConstSpec) else None
            yield name, _KeyPart(form, slice(at, at + size), only)
        at = None if at is None or size is None else at + size


def _resolved(form: Form, known: Mapping[str, Any]) -> Packed | Nested:
    return form.form(known[form.by]) if isinstance(form, Chosen) else form


def _field(name: str, spec: Spec, forms: list[Packed | Nested], flags: int) -> _Item | _Tail:
    """Return how a field that is there is read and written."""
    form = forms[0]
    if isinstance(spec, RepeatedSpec):
        return _repeated(name, form, at_least=0 if spec.presence is None else 1)
    if isinstance(spec, SizedSpec) and flags >> spec.bits.start & 1:
        return _wide(name, *forms)
    if isinstance(form, Nested):
        return _Tail(name, form.read, form.encode)
    if form.size is None:
        return _rest(name, form)
    return _Item(name, form.code, form.exactly(), form.encode)


def _wide(name: str, narrow: Packed | Nested, wide: Packed | Nested) -> _Item:
    """Read a value in its wide layout, which it would not be sent in if the narrow one held it."""
    if not isinstance(narrow, Packed) or not isinstance(wide, Packed) or wide.size is None:
        raise Doubt
    decode_wide = wide.exactly()

    def decode(item: Any) -> Any:
        value = decode_wide(item)
        try:
            narrow.build(value)
        # Whatever it says, it does not hold the value.
        except Exception:  # noqa: BLE001
            return value
        raise Doubt

    return _Item(name, wide.code, decode, wide.encode)


def _rest(name: str, form: Packed) -> _Tail:
    """Read all bytes that are left."""
    decode, encode = form.exactly(), form.encode

    def read(data: bytes, at: int) -> tuple[Any, int]:
        return decode(data[at:]), len(data)

    def write(value: Any) -> bytes:
        return whole(encode(value))

    return _Tail(name, read, write)


def _repeated(name: str, form: Packed | Nested, *, at_least: int) -> _Tail:
    """Read items up to the last byte."""
    if isinstance(form, Nested):
        return _records(name, form, at_least=at_least)
    code, size = form.code, form.size
    if not size:
        raise Doubt
    decode, encode = form.exactly(), form.encode

    def read(data: bytes, at: int) -> tuple[Any, int]:
        count = (len(data) - at) // size
        if count < at_least:
            raise Doubt
        items = unpack_from("<" + code * count, data, at)
        values = items if decode is same else tuple(map(decode, items))
        return values, at + count * size

    def write(values: object) -> bytes:
        if not is_tuple(values):
            raise Doubt
        return pack("<" + code * len(values), *map(encode, values))

    return _Tail(name, read, write)


def _records(name: str, form: Nested, *, at_least: int) -> _Tail:
    """Read messages up to the last byte, each of which says itself where it ends."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        values: list[Any] = []
        end = len(data)
        while at < end:
            before = at
            value, at = form.read(data, at)
            if at == before:
                raise Doubt
            values.append(value)
        if len(values) < at_least:
            raise Doubt
        return tuple(values), at

    def write(values: object) -> bytes:
        if not is_tuple(values):
            raise Doubt
        return b"".join(map(form.encode, values))

    return _Tail(name, read, write)
