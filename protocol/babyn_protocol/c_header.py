"""The C header ``babyn_wire.h``, made from the declarations.

``python -m babyn_protocol.c_header > babyn_wire.h`` writes it; a test compares the committed one.

What a field's format and codes are, :meth:`Message.describe` says. Which numbers may stand in it
is asked of the message itself (:mod:`babyn_protocol.c_ranges`), so that the header refuses what
Python refuses. Rules between fields are Python in a message and cannot be asked for: they are
written down here once more, in C (``_RULES``), and a message whose rule is missing is an error.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from babyn_protocol.c_preamble import PREAMBLE
from babyn_protocol.c_ranges import accepted, longest, merged
from babyn_protocol.describe import FieldDescription
from babyn_protocol.gatt import CHARACTERISTICS
from babyn_protocol.uuids import (
    AssignedUuid,
    Characteristic,
    Descriptor,
    Service,
    VendorCharacteristic,
    VendorService,
    short,
)
from babyn_protocol.wire import Message

_HEAD: Final = """\
/* The BabyN wire format in C99: UUIDs, masks, codes, layouts; decoding and encoding.
 *
 * Made from the declarations in babyn_protocol by babyn_protocol.c_header: do not edit.
 * README.md beside this file says what everything means. This is no medical device.
 *
 * For each message `x` there are:
 *   babyn_x          its values. Fields under a flag bit count if the bit is set in `flags`.
 *   babyn_x_fixed    the bytes that are always there, at their offsets. Bytes only: it may be laid
 *                    over any buffer that has them, whatever its alignment.
 *   babyn_x_decode   exactly one message or an error. Reserved bits are ignored. Spans point into
 *                    the buffer that was decoded.
 *   babyn_x_encode   flag bits for widths and lists are set as the values need them; reserved bits
 *                    are zero. Nothing that babyn_x_decode refuses is sent.
 * Integers with a resolution are counted in its steps. No function allocates, or keeps a pointer.
 */
#ifndef BABYN_WIRE_H
#define BABYN_WIRE_H
"""

_RULES: Final[Mapping[str, str]] = {
    "ServiceChanged": "value->first_handle <= value->last_handle",
    "PeripheralPreferredConnectionParameters": (
        "value->minimum_interval_ms == 0xFFFF || value->maximum_interval_ms == 0xFFFF || "
        "value->minimum_interval_ms <= value->maximum_interval_ms"
    ),
    "RecordAccessRequest": (
        "(value->operator_ == 0) == (value->op_code == 3) && "
        "(value->operand.size != 0) == (value->operator_ >= 2 && value->operator_ <= 4)"
    ),
    "PropertyDescription": (
        "babyn_property_value_valid(value->kind, value->minimum) && "
        "babyn_property_value_valid(value->kind, value->maximum) && "
        "babyn_property_value_valid(value->kind, value->step) && "
        "!babyn_property_value_above(value->kind, value->minimum, value->maximum)"
    ),
    "PropertyState": "babyn_property_value_valid(value->kind, value->value)",
    "SetProperty": "babyn_property_value_valid(value->kind, value->value)",
    "SetPropertyResponse": (
        "value->result != 0 || (value->flags & BABYN_SET_PROPERTY_RESPONSE_STATE_PRESENT) != 0"
    ),
}
"""What :meth:`Message.check` and values of a kind ask for, by message."""

_CHOSEN: Final[Mapping[str, tuple[str, Mapping[int, str | tuple[int, ...]]]]] = {
    "RecordAccessResponse": (
        "outcome",
        {5: (1, 2, 4), 6: "RecordAccessOutcome", 8: (1, 2, 4)},
    ),
    "DeviceEvent": (
        "details",
        {
            1: "Alarm",
            2: "ButtonPressed",
            3: "Moved",
            4: "ProbeOff",
            5: "FeedEnded",
            6: "SleepEnded",
        },
    ),
}
"""Last fields that another field chooses: by its code a message, or the sizes it may have."""

_CHOOSERS: Final = {"RecordAccessResponse": "op_code", "DeviceEvent": "kind"}

_INTEGER: Final = re.compile(r"(?P<sign>[us])int(?P<bits>8|16|24|32|64)\b")
_KEYWORDS: Final = frozenset({"operator", "register", "default", "switch", "short", "long"})


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a field stands in C."""

    type: str
    size: int
    """Bytes on the wire; of a list, of one item; 0: any number."""

    get: str = ""
    put: str = ""
    span: bool = False
    array: bool = False

    @property
    def signed(self) -> bool:
        return self.type.startswith("int")

    @property
    def limits(self) -> tuple[int, int]:
        """The lowest and the highest number that the C type holds."""
        bits = int(self.type.removeprefix("u").removeprefix("int").removesuffix("_t"))
        return (-(1 << bits - 1), (1 << bits - 1) - 1) if self.signed else (0, (1 << bits) - 1)


def header() -> str:
    """Return the header's text."""
    _, texts = _everything()
    return "\n".join([_HEAD, PREAMBLE, _uuids(), *texts, "#endif /* BABYN_WIRE_H */\n"])


def messages() -> tuple[type[Message], ...]:
    """Return the messages that the header has: those of all characteristics, and their parts."""
    return _everything()[0]


@cache
def _everything() -> tuple[tuple[type[Message], ...], tuple[str, ...]]:
    done: dict[str, type[Message]] = {}
    texts: list[str] = []
    for known in CHARACTERISTICS.values():
        for message in (known.message, known.written):
            if message is not None:
                texts += _with_parts(message, done)
    return tuple(done.values()), tuple(texts)


def c_name(name: str) -> str:
    """Return a Python name as this header has it: ``TemperatureMeasurement``, or a field's."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9])", "_", name).lower()
    snake = re.sub(r"\bco_2", "co2", re.sub(r"_spo_2|^spo_2", "spo2", snake))
    return f"{snake}_" if snake in _KEYWORDS else snake


def _with_parts(message: type[Message], done: dict[str, type[Message]]) -> Iterator[str]:
    if message.__name__ in done:
        return
    for name in _part_names(message):
        yield from _with_parts(_declared()[name], done)
    base = next((each for each in _declared().values() if each is message.__mro__[1]), None)
    if base is not None and _alike(message, base):
        yield from _with_parts(base, done)
        done[message.__name__] = message
        yield _alias(message, base)
    else:
        done[message.__name__] = message
        yield _Writer(message).text()


def _alike(message: type[Message], base: type[Message]) -> bool:
    return base.describe() == message.describe() and longest(base) == longest(message)


def _part_names(message: type[Message]) -> Iterator[str]:
    for field in message.describe():
        name = field.format.removesuffix(", repeated to the end")
        if name in _declared():
            yield name
    if message.__name__ in _CHOSEN:
        _, cases = _CHOSEN[message.__name__]
        yield from (part for part in cases.values() if isinstance(part, str))


@cache
def _declared() -> dict[str, type[Message]]:
    found: dict[str, type[Message]] = {}
    waiting: list[type[Message]] = [Message]
    while waiting:
        for each in waiting.pop().__subclasses__():
            if each.__module__.startswith("babyn_protocol.gatt."):
                found[each.__name__] = each
            waiting.append(each)
    return found


def _alias(message: type[Message], base: type[Message]) -> str:
    name, other = c_name(message.__name__), c_name(base.__name__)
    lines = [_comment(message), f"typedef babyn_{other} babyn_{name};"]
    lines += [f"#define babyn_{name}_{verb} babyn_{other}_{verb}" for verb in ("decode", "encode")]
    return "\n".join(lines) + "\n"


def _uuids() -> str:
    lines = ["/* 16-bit UUIDs of the Bluetooth SIG. */"]
    for prefix, kind in (
        ("SERVICE", Service),
        ("CHARACTERISTIC", Characteristic),
        ("DESCRIPTOR", Descriptor),
    ):
        lines += [f"#define BABYN_{prefix}_{each.name} {short(each)}u" for each in kind]
    lines += ["", "/* 128-bit UUIDs of our own: the 16 bytes as sent, least significant first. */"]
    own: tuple[tuple[str, type[AssignedUuid]], ...] = (
        ("SERVICE", VendorService),
        ("CHARACTERISTIC", VendorCharacteristic),
    )
    for prefix, vendor in own:
        for member in vendor:
            data = bytes.fromhex(member.replace("-", ""))[::-1]
            values = ", ".join(f"0x{byte:02X}" for byte in data)
            lines += [
                f"/* {member} */",
                f"#define BABYN_{prefix}_{member.name} \\\n    {{{values}}}",
            ]
    return "\n".join(lines) + "\n"


class _Writer:
    """Writes one message."""

    def __init__(self, message: type[Message]) -> None:
        self.message = message
        self.name = f"babyn_{c_name(message.__name__)}"
        self.fields = message.describe()
        self.flags = next(
            (f for f in self.fields if f.presence is None and f.size and _is_flags(f, self.fields)),
            None,
        )
        self.rule = _RULES.get(message.__name__)
        needs = "check" in message.__dict__ or any(_of_kind(f) for f in self.fields)
        if needs and self.rule is None and message.__name__ not in _CHOSEN:
            raise TypeError(f"{message.__name__}: its rule is not known in C, add it to _RULES")

    def text(self) -> str:
        return "\n".join(
            [
                _comment(self.message),
                *self._constants(),
                "",
                *self._fixed(),
                *self._struct(),
                "",
                *self._lists(),
                *self._decode(),
                "",
                *self._encode(),
            ]
        )

    def _macro(self, *names: str) -> str:
        return "_".join([self.name.upper(), *(_constant(name) for name in names)])

    def _constants(self) -> Iterator[str]:
        for field in self.fields:
            if field.size == 0:
                mask = sum(1 << bit for bit in field.bits)
                yield f"#define {self._macro(field.name)}_MASK 0x{mask:X}u"
                if len(field.bits) > 1 or field.codes:
                    yield f"#define {self._macro(field.name)}_SHIFT {field.bits.start}"
            elif field.presence is not None:
                yield f"#define {self._macro(field.name)}_PRESENT 0x{1 << field.presence:X}u"
            elif field.bits:
                yield f"#define {self._macro(field.name)}_WIDE 0x{1 << field.bits.start:X}u"
            for code, name in field.codes:
                shown = f"0x{1 << code:X}u" if _is_bits(field) else _number(code)
                yield f"#define {self._macro(field.name, name)} {shown}"
            if field.format.endswith(", repeated to the end"):
                yield f"#define {self._macro(field.name)}_ITEM_SIZE {_kind(field).size}u"
        if self.flags is not None:
            yield f"#define {self.name.upper()}_KNOWN_FLAGS 0x{self._known():X}u"
        yield f"#define {self.name.upper()}_MAX_SIZE {longest(self.message)}u"

    def _known(self) -> int:
        assert self.flags is not None
        width = 8 * (self.flags.size or 0)
        return sum(1 << bit for bit in range(width) if bit not in self.flags.reserved)

    def _fixed(self) -> Iterator[str]:
        fixed: list[tuple[str, int, int]] = []
        for field in self.fields:
            if field.offset is None or field.presence is not None or not field.size:
                if field.size == 0:
                    continue
                break
            fixed.append((c_name(field.name), field.offset, field.size))
        if not fixed:
            return
        yield "typedef struct {"
        yield from (f"    uint8_t {name}[{size}];" for name, _, size in fixed)
        yield f"}} {self.name}_fixed;"
        total = sum(size for _, _, size in fixed)
        places = [(f"sizeof({self.name}_fixed) == {total}", "size_of_all")]
        places += [
            (f"offsetof({self.name}_fixed, {name}) == {offset}", f"{name}_offset")
            for name, offset, _ in fixed
        ]
        for condition, name in places:
            yield "BABYN_STATIC_ASSERT("
            yield f"    {condition}, {self.name}_{name});"

    def _struct(self) -> Iterator[str]:
        yield "typedef struct {"
        for field in self.fields:
            if field.size == 0:
                continue
            kind = _kind(field)
            array = f"[{kind.size}]" if kind.array else ""
            yield f"    {kind.type} {c_name(field.name)}{array};{_meaning(field)}"
        yield f"}} {self.name};"

    def _lists(self) -> Iterator[str]:
        """Write how a list of messages is checked, item by item."""
        for field in self.fields:
            if (item := _item_of(field)) is None:
                continue
            step = f"{self._macro(field.name)}_ITEM_SIZE"
            yield f"static inline bool {self.name}_{c_name(field.name)}_valid(babyn_span list)"
            yield "{"
            yield f"    babyn_{item} one;"
            yield "    size_t at;"
            yield f"    for (at = 0; at < list.size; at += {step}) {{"
            yield f"        if (babyn_{item}_decode(&one, list.data + at, {step}) != BABYN_OK) {{"
            yield "            return false;"
            yield "        }"
            yield "    }"
            yield "    return true;"
            yield "}"

    # Decoding.

    def _decode(self) -> Iterator[str]:
        yield f"static inline babyn_result {self.name}_decode("
        yield f"    {self.name} *value, const uint8_t *data, size_t size)"
        yield "{"
        yield "    size_t at = 0;"
        if self.flags is not None:
            yield "    uint32_t flags;"
        if any(_nested(field) for field in self.fields):
            yield "    babyn_result result;"
        yield "    memset(value, 0, sizeof *value);"
        yield f"    if (size > {self.name.upper()}_MAX_SIZE) {{"
        yield "        return BABYN_TOO_LONG;"
        yield "    }"
        for field in self.fields:
            lines = list(self._decode_field(field))
            if field.presence is not None:
                condition = f"(flags & {self._macro(field.name)}_PRESENT) != 0"
                yield f"    if ({condition}) {{"
                yield from ("    " + line for line in lines)
                yield "    }"
            else:
                yield from lines
        yield from self._checks("    ")
        if self.flags is not None and self.flags.reserved:
            known = f"{self.name.upper()}_KNOWN_FLAGS"
            yield "    /* A newer revision may have fields behind flags reserved here. */"
            yield f"    if (at != size && (flags & ~(uint32_t){known}) == 0) {{"
            yield "        return BABYN_TOO_LONG;"
            yield "    }"
            yield "    return BABYN_OK;"
        else:
            yield "    return at == size ? BABYN_OK : BABYN_TOO_LONG;"
        yield "}"

    def _decode_field(self, field: FieldDescription) -> Iterator[str]:
        if field.size == 0:
            return
        kind, name = _kind(field), c_name(field.name)
        into = f"value->{name}"
        if kind.span:
            if field.presence is not None:
                yield "    if (at == size) {"
                yield "        return BABYN_TOO_SHORT;"
                yield "    }"
            if kind.size > 1:
                yield f"    if ((size - at) % {kind.size} != 0) {{"
                yield "        return BABYN_TOO_SHORT;"
                yield "    }"
            yield f"    {into}.data = at < size ? data + at : NULL;"
            yield f"    {into}.size = size - at;"
            yield "    at = size;"
            return
        if field.bits and field.presence is None and field.size is None:
            yield f"    if ((flags & {self._macro(field.name)}_WIDE) != 0) {{"
            yield from ("    " + line for line in _read(f"{into} = babyn_get_u16(data + at);", 2))
            yield "    } else {"
            yield from ("    " + line for line in _read(f"{into} = babyn_get_u8(data + at);", 1))
            yield "    }"
            return
        if _nested(field):
            arguments = f"&{into}, data + at" + f", {kind.size}" * bool(kind.put)
            yield from _read(f"result = {kind.get}({arguments});", kind.size)
            yield "    if (result != BABYN_OK) {"
            yield "        return result;"
            yield "    }"
        elif kind.array:
            yield from _read(f"memcpy({into}, data + at, {kind.size});", kind.size)
        elif field is self.flags:
            yield from _read(f"flags = {kind.get}(data + at);", kind.size)
            yield f"    {into} = ({kind.type})(flags & {self.name.upper()}_KNOWN_FLAGS);"
        else:
            mask = f" & 0x{_bits(field):X}u" if _is_bits(field) else ""
            yield from _read(f"{into} = {kind.get}(data + at){mask};", kind.size)

    # Encoding.

    def _encode(self) -> Iterator[str]:
        yield f"static inline babyn_result {self.name}_encode("
        yield f"    const {self.name} *value, uint8_t *data, size_t capacity, size_t *size)"
        yield "{"
        yield "    size_t at = 0;"
        nested = any(_nested(field) for field in self.fields)
        if any(_is_part(field) for field in self.fields):
            yield "    size_t part = 0;"
        if nested:
            yield "    babyn_result result;"
        if self.flags is not None:
            yield f"    uint32_t flags = value->flags & {self.name.upper()}_KNOWN_FLAGS;"
            for field in self.fields:
                if field.format.endswith(", repeated to the end") and field.presence is not None:
                    bit = f"{self._macro(field.name)}_PRESENT"
                    yield f"    flags &= ~(uint32_t){bit};"
                    yield f"    flags |= value->{c_name(field.name)}.size != 0 ? {bit} : 0;"
                elif field.bits and field.size is None:
                    bit = f"{self._macro(field.name)}_WIDE"
                    yield f"    flags &= ~(uint32_t){bit};"
                    yield f"    flags |= value->{c_name(field.name)} > 0xFF ? {bit} : 0;"
        yield "    *size = 0;"
        yield from self._checks("    ")
        for field in self.fields:
            lines = list(self._encode_field(field))
            if field.presence is not None:
                yield f"    if ((flags & {self._macro(field.name)}_PRESENT) != 0) {{"
                yield from ("    " + line for line in lines)
                yield "    }"
            else:
                yield from lines
        yield f"    if (at > {self.name.upper()}_MAX_SIZE) {{"
        yield "        return BABYN_TOO_LONG;"
        yield "    }"
        yield "    *size = at;"
        yield "    return BABYN_OK;"
        yield "}\n"

    def _encode_field(self, field: FieldDescription) -> Iterator[str]:
        if field.size == 0:
            return
        kind, name = _kind(field), c_name(field.name)
        source = f"value->{name}"
        if kind.span:
            if kind.size > 1:
                yield f"    if ({source}.size % {kind.size} != 0) {{"
                yield "        return BABYN_INVALID;"
                yield "    }"
            yield from _room(f"{source}.size")
            yield f"    if ({source}.size != 0) {{"
            yield f"        memcpy(data + at, {source}.data, {source}.size);"
            yield "    }"
            yield f"    at += {source}.size;"
        elif field.bits and field.presence is None and field.size is None:
            wide = f"(flags & {self._macro(field.name)}_WIDE) != 0 ? 2u : 1u"
            yield from _room(f"({wide})")
            yield f"    babyn_put(data + at, {source}, {wide});"
            yield f"    at += {wide};"
        elif _is_part(field):
            yield f"    result = {kind.put}(&{source}, data + at, capacity - at, &part);"
            yield "    if (result != BABYN_OK) {"
            yield "        return result;"
            yield "    }"
            yield "    at += part;"
        elif _nested(field):
            yield from _room(str(kind.size))
            put = kind.get.replace("_get_", "_put_")
            yield f"    result = {put}(data + at, &{source});"
            yield "    if (result != BABYN_OK) {"
            yield "        return result;"
            yield "    }"
            yield f"    at += {kind.size};"
        else:
            yield from _room(str(kind.size))
            if kind.array:
                yield f"    memcpy(data + at, {source}, {kind.size});"
            else:
                word = "flags" if field is self.flags else source
                word = f"{word} & 0x{_bits(field):X}u" if _is_bits(field) else word
                word = f"(uint64_t){word}" if kind.signed else word
                yield f"    babyn_put(data + at, {word}, {kind.size});"
            yield f"    at += {kind.size};"

    # What may not stand there, both ways.

    def _checks(self, indent: str) -> Iterator[str]:
        conditions = list(self._conditions())
        if self.rule is not None:
            conditions.append(f"!({self.rule})")
        for condition in conditions:
            yield from textwrap.wrap(
                f"if ({condition}) {{",
                96,
                initial_indent=indent,
                subsequent_indent=indent + "      ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            yield f"{indent}    return BABYN_INVALID;"
            yield f"{indent}}}"
        if self.message.__name__ in _CHOSEN:
            yield from self._chosen(indent)

    def _conditions(self) -> Iterator[str]:
        flags = self.flags
        for field in self.fields:
            kind, source = _kind(field), f"value->{c_name(field.name)}"
            if field.size == 0:
                most = (1 << len(field.bits)) - 1
                if field.codes and len(field.codes) <= most:
                    code = f"(value->flags >> {field.bits.start} & 0x{most:X}u)"
                    known = merged(number for number, _ in field.codes)
                    yield " && ".join(_outside(code, low, high, 0, most) for low, high in known)
                continue
            if field.format == "utf8s":
                yield f"!babyn_is_utf8({source})"
            untested = kind.span or field is flags or not kind.get
            if untested or _nested(field) or _is_bits(field):
                if _item_of(field) is not None:
                    yield f"!{self.name}_{c_name(field.name)}_valid({source})"
                continue
            bounds = accepted(self.message, self.fields, field, signed=kind.signed)
            # Three bytes are held in four, so that more than they can be may stand there.
            if not bounds and kind.size == 3:
                bounds = ((0, 0xFFFFFF),)
            if not bounds:
                continue
            refused = " && ".join(_outside(source, low, high, *kind.limits) for low, high in bounds)
            if field.presence is not None:
                there = f"(value->flags & {self._macro(field.name)}_PRESENT) != 0"
                refused = f"{there} && {refused}"
            yield refused

    def _chosen(self, indent: str) -> Iterator[str]:
        name, cases = _CHOSEN[self.message.__name__]
        chooser = _CHOOSERS[self.message.__name__]
        span = f"value->{name}"
        for code, part in cases.items():
            yield f"{indent}if (value->{chooser} == {code}) {{"
            if isinstance(part, str):
                yield f"{indent}    babyn_{c_name(part)} chosen;"
                yield f"{indent}    const babyn_result said ="
                yield (
                    f"{indent}        babyn_{c_name(part)}_decode(&chosen, {span}.data, "
                    f"{span}.size);"
                )
                yield f"{indent}    if (said != BABYN_OK) {{"
                yield f"{indent}        return said;"
            else:
                sizes = " && ".join(f"{span}.size != {size}" for size in part)
                yield f"{indent}    if ({sizes}) {{"
                yield f"{indent}        return BABYN_INVALID;"
            yield f"{indent}    }}"
            yield f"{indent}}}"


def _kind(field: FieldDescription) -> _Kind:
    text = field.format
    item = text.removesuffix(", repeated to the end")
    if item != text:
        size = _kind_of(item, replace(field, size=1)).size
        return _Kind("babyn_span", size, span=True)
    return _kind_of(text, field)


def _kind_of(text: str, field: FieldDescription) -> _Kind:
    if text in _declared():
        part = _declared()[text]
        sizes = [f.size for f in part.describe() if f.presence is None]
        if None in sizes or len(sizes) != len(part.describe()):
            raise TypeError(f"{text}: its size is not fixed, so nothing can follow it in C")
        name = f"babyn_{c_name(text)}"
        return _Kind(name, sum(size or 0 for size in sizes), f"{name}_decode", f"{name}_encode")
    if text in ("octets", "utf8s") or (field.size is None and not field.bits):
        return _Kind("babyn_span", 0, span=True)
    if text in ("medfloat32", "medfloat16"):
        return _Kind("babyn_medfloat", field.size or 0, f"babyn_get_{text}")
    if text == "Date Time":
        return _Kind("babyn_date_time", 7, "babyn_get_date_time")
    if field.size is None:  # two widths
        return _Kind("uint16_t", 2, "babyn_get_u16")
    if (found := _INTEGER.match(text)) is not None:
        bits = int(found["bits"])
        unsigned = "u" if found["sign"] == "u" else ""
        held = 32 if bits == 24 else bits
        return _Kind(f"{unsigned}int{held}_t", bits // 8, f"babyn_get_{found['sign']}{bits}")
    if text == "value of its kind" and field.size:
        return _Kind("uint8_t", field.size, array=True)
    if field.size == 0:
        return _Kind("", 0)
    raise TypeError(f"{field.name}: {text} is not known in C")


def _item_of(field: FieldDescription) -> str | None:
    """Return the C name of the message that a list is made of."""
    name = field.format.removesuffix(", repeated to the end")
    return c_name(name) if name != field.format and name in _declared() else None


def _nested(field: FieldDescription) -> bool:
    """Tell whether decoding the field can fail by itself."""
    return _is_part(field) or field.format in ("medfloat32", "medfloat16", "Date Time")


def _is_part(field: FieldDescription) -> bool:
    return field.format in _declared()


def _of_kind(field: FieldDescription) -> bool:
    return field.format == "value of its kind"


def _is_bits(field: FieldDescription) -> bool:
    return field.format.endswith(" of bits")


def _bits(field: FieldDescription) -> int:
    return sum(1 << bit for bit, _ in field.codes)


def _is_flags(field: FieldDescription, fields: Iterable[FieldDescription]) -> bool:
    used = any(each.bits or each.presence is not None for each in fields)
    return field.name == "flags" and used


def _read(statement: str, size: int) -> Iterator[str]:
    yield f"    if (size - at < {size}) {{"
    yield "        return BABYN_TOO_SHORT;"
    yield "    }"
    yield f"    {statement}"
    yield f"    at += {size};"


def _room(size: str) -> Iterator[str]:
    yield f"    if (capacity - at < {size}) {{"
    yield "        return BABYN_TOO_SHORT;"
    yield "    }"


def _outside(source: str, low: int, high: int, least: int, most: int) -> str:
    """Return the condition that a number is not in a range, without what its type rules out."""
    if low == high:
        return f"{source} != {_number(low)}"
    parts: list[str] = []
    if low > least:
        parts.append(f"{source} < {_number(low)}")
    if high < most:
        parts.append(f"{source} > {_number(high)}")
    return f"({' || '.join(parts)})" if len(parts) > 1 else parts[0]


def _number(value: int) -> str:
    if value < 0:
        return f"({value})" if value > -(1 << 31) else "INT32_MIN"
    return f"{value}u" if value > 0x7FFF else str(value)


def _constant(text: str) -> str:
    plain = text.replace("°", "degree ")
    return re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")


def _meaning(field: FieldDescription) -> str:
    unit = "" if _kind(field).type not in _SCALED_TYPES else field.format.partition(", in ")[2]
    return f" /* in {unit} */" if unit else ""


_SCALED_TYPES: Final = frozenset(
    f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)
)


def _comment(message: type[Message]) -> str:
    text = inspect.cleandoc(message.__doc__ or "").replace("``", "`").replace("*/", "* /")
    lines = [line.rstrip() for line in text.splitlines()]
    head, *rest = lines
    if not rest:
        return f"/* {message.__name__}: {head} */"
    body = "\n".join(f" * {line}".rstrip() for line in rest)
    return f"/* {message.__name__}: {head}\n{body}\n */"


if __name__ == "__main__":
    sys.stdout.write(header())
