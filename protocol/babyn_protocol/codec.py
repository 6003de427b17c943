"""From a message's declaration to its bytes and back.

:class:`Codec` is all that a message knows of how it is read and written. Its results and errors are
the truth; :mod:`babyn_protocol.fast` has the same results sooner, and no errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from construct import Construct, GreedyBytes, IfThenElse, Struct

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.fast import Fast
from babyn_protocol.fields import ConstSpec, FlagBitsSpec, FlagValueSpec, RepeatedSpec, Spec
from babyn_protocol.layout import code_of
from babyn_protocol.located import END_OF_DATA, FieldFailure, located
from babyn_protocol.packed import Doubt

RESERVED_NAMES = frozenset({"check", "describe", "extra", "layout", "parse"})
_EXTRA = "_extra"


class Codec:
    """Reads and writes the values of one message.

    Attributes:
        specs: the declaration, in the order of the wire.
        given: names of the attributes that make up an instance; the others follow from them.
        flags_name: name of the flags field, if there is one.
        max_size: the most bytes that can be one message.
        size: bytes it takes, or ``None`` if its values decide.
        greedy: its last field takes every byte that is left.
        body: the `construct` declaration, without what may follow it.
        fast: reads and writes the same without `construct`, if its layouts let it.
    """

    def __init__(self, message: str, specs: Mapping[str, Spec], max_size: int) -> None:
        self.specs = specs
        self.flags_name = verify(message, specs)
        self.max_size = max_size
        self.given = tuple(
            name for name, spec in specs.items() if not isinstance(spec, ConstSpec | FlagBitsSpec)
        )
        sizes = [None if spec.presence is not None else spec.size() for spec in specs.values()]
        self.size = None if None in sizes else sum(size or 0 for size in sizes)
        self.greedy = any(
            layout.greedy or isinstance(spec, RepeatedSpec)
            for spec in specs.values()
            for layout in spec.layouts()
        )
        flags = self.flags_name or ""
        fields = [name / located(spec.subcon(flags), name) for name, spec in specs.items()]
        self.body = Struct(*fields)
        self._whole = Struct(*fields, _EXTRA / self._end())
        self.fast: Fast | None
        try:
            self.fast = Fast(specs)
        except Doubt:
            self.fast = None

    def _end(self) -> Construct[Any, Any]:
        """Declare what may follow the last field: nothing, or what a reserved flag vouches for."""
        name = self.flags_name
        if name is None:
            return END_OF_DATA
        known = sum({1 << bit for spec in self.specs.values() for bit in spec.owned_bits()})

        def reserved(context: Any) -> bool:
            return bool(context[name] & ~known)

        return IfThenElse(reserved, GreedyBytes, END_OF_DATA)

    def parse(self, data: bytes) -> tuple[dict[str, Any], bytes]:
        """Return the values that make up an instance, and extra bytes.

        Raises:
            FieldFailure: the bytes are no such message.
        """
        if len(data) > self.max_size:
            raise FieldFailure(None, self.max_size, "longer than this message can be")
        values = self._whole.parse_stream(BytesIO(data))
        return {name: values[name] for name in self.given}, values[_EXTRA] or b""

    def build(self, values: Mapping[str, Any]) -> tuple[bytes, int]:
        """Return the bytes, and the flags among them.

        Raises:
            FieldFailure: the wire cannot carry these values.
        """
        flags = self._flags(values)
        data = self._build_fast(values, flags)
        if data is None:
            everything = {name: values.get(name) for name in self.specs}
            if self.flags_name is not None:
                everything[self.flags_name] = flags
            data = self.body.build(everything)
        if len(data) > self.max_size:
            raise FieldFailure(None, 0, f"longer than {self.max_size} bytes")
        return data, flags

    def _build_fast(self, values: Mapping[str, Any], flags: int) -> bytes | None:
        if self.fast is None:
            return None
        try:
            return self.fast.build(values, flags)
        # Whatever is wrong, construct says it in our words.
        except Exception:  # noqa: BLE001
            return None

    def _flags(self, values: Mapping[str, Any]) -> int:
        word = 0
        groups: dict[int, tuple[str, bool]] = {}
        failure: FieldFailure | None = None
        for name in self.given:
            spec = self.specs[name]
            try:
                word |= spec.flags_of(values[name])
            except InvalidValueError as error:
                failure = FieldFailure(name, 0, error.reason)
            if spec.presence is not None:
                there = spec.is_present(values[name])
                first, expected = groups.setdefault(spec.presence, (name, there))
                if there is not expected:
                    failure = FieldFailure(name, 0, f"give it and {first}, or neither")
            if failure is not None:
                raise failure
        return word


def verify(message: str, specs: Mapping[str, Spec]) -> str | None:
    """Check a declaration; return the name of its flags field, if it has one.

    Raises:
        TypeError: it cannot be read or written as declared.
    """
    flags: str | None = None
    width = 0
    owners: dict[int, str] = {}
    last: str | None = None
    seen: set[str] = set()
    for name, spec in specs.items():
        where = f"{message}.{name}"
        if name.startswith("_") or name in RESERVED_NAMES:
            raise TypeError(f"{where}: the name is taken, choose another")
        layouts = spec.layouts()
        if last is not None and layouts:
            raise TypeError(f"{where}: nothing can follow {last}, which takes all bytes left")
        if isinstance(spec, FlagBitsSpec):
            if flags is not None:
                raise TypeError(f"{where}: {flags} are this message's flags already")
            if spec.layout.size is None:
                raise TypeError(f"{where}: flags need a layout with a size")
            flags, width = name, 8 * spec.layout.size
        for bit in spec.owned_bits():
            if flags is None:
                raise TypeError(f"{where}: uses a flag, so flag_bits(…) must stand before it")
            if not 0 <= bit < width:
                raise TypeError(f"{where}: {flags} has the bits 0 to {width - 1}, not {bit}")
            owner = owners.setdefault(bit, name)
            # Only presence can be shared.
            if owner != name and not specs[owner].presence == bit == spec.presence:
                raise TypeError(f"{where}: bit {bit} of {flags} belongs to {owner}")
        for layout in layouts:
            if layout.depends_on is not None and layout.depends_on not in seen:
                raise TypeError(f"{where}: {layout.depends_on} must be declared before it")
            if layout.greedy or isinstance(spec, RepeatedSpec):
                last = name
        _verify_values(where, spec)
        seen.add(name)
    return flags


def _verify_values(where: str, spec: Spec) -> None:
    """Check what can be checked of the values themselves: constants, codes, items."""
    match spec:
        case ConstSpec():
            try:
                spec.layout.build(spec.value)
            except InvalidValueError as error:
                raise TypeError(f"{where}: the constant does not fit: {error.reason}") from None
        case RepeatedSpec() if spec.layout.greedy:
            raise TypeError(f"{where}: an item that takes all bytes left cannot repeat")
        case FlagValueSpec():
            if not spec.bits or (spec.values is None and len(spec.bits) > 1):
                raise TypeError(f"{where}: a bool is one bit wide; more than one takes an enum")
            for member in spec.values or ():
                if not 0 <= code_of(member) < 1 << len(spec.bits):
                    raise TypeError(f"{where}: {member.name} needs more than {len(spec.bits)} bit")
        case _:
            pass
