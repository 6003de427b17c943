"""One message in C: masks and codes, the layout, the structure, decoding and encoding."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from babyn_protocol.c_fields import (
    bits_of,
    c_name,
    comment,
    constant,
    declared,
    is_bits,
    is_flags,
    is_nested,
    is_of_its_kind,
    is_part,
    item_of,
    kind_of,
    meaning,
    number,
    outside,
)
from babyn_protocol.c_ranges import accepted, longest, merged, most
from babyn_protocol.c_rules import CHOOSERS, CHOSEN, RULES
from babyn_protocol.describe import FieldDescription
from babyn_protocol.wire import Message


def part_names(message: type[Message]) -> Iterator[str]:
    """Yield the names of the messages that stand in this one."""
    for field in message.describe():
        name = field.format.removesuffix(", repeated to the end")
        if name in declared():
            yield name
    if message.__name__ in CHOSEN:
        _, cases = CHOSEN[message.__name__]
        yield from (part for part in cases.values() if isinstance(part, str))


class MessageWriter:
    """Writes one message."""

    def __init__(self, message: type[Message]) -> None:
        self.message = message
        self.name = f"babyn_{c_name(message.__name__)}"
        self.fields = message.describe()
        self.flags = next(
            (f for f in self.fields if f.presence is None and f.size and is_flags(f, self.fields)),
            None,
        )
        self.rule = RULES.get(message.__name__)
        needs = "check" in message.__dict__ or any(is_of_its_kind(f) for f in self.fields)
        if needs and self.rule is None and message.__name__ not in CHOSEN:
            raise TypeError(f"{message.__name__}: its rule is not known in C, add it to RULES")

    def text(self) -> str:
        """Return all of it."""
        return "\n".join(
            [
                comment(self.message),
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
        return "_".join([self.name.upper(), *(constant(name) for name in names)])

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
                shown = f"0x{1 << code:X}u" if is_bits(field) else number(code)
                yield f"#define {self._macro(field.name, name)} {shown}"
            if field.format.endswith(", repeated to the end"):
                yield f"#define {self._macro(field.name)}_ITEM_SIZE {kind_of(field).size}u"
        if self.flags is not None:
            yield f"#define {self.name.upper()}_KNOWN_FLAGS 0x{self._known():X}u"
        yield f"#define {self.name.upper()}_MAX_SIZE {most(self.message, self.fields)}u"

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
            kind = kind_of(field)
            array = f"[{kind.size}]" if kind.array else ""
            yield f"    {kind.type} {c_name(field.name)}{array};{meaning(field)}"
        yield f"}} {self.name};"

    def _lists(self) -> Iterator[str]:
        """Write how a list of messages is checked, item by item."""
        for field in self.fields:
            if (item := item_of(field)) is None:
                continue
            step = f"{self._macro(field.name)}_ITEM_SIZE"
            yield f"static inline bool {self.name}_{c_name(field.name)}_valid(babyn_span list)"
            yield "{"
            yield f"    babyn_{item} one;"
            yield "    size_t at;"
            yield f"    if (list.size % {step} != 0) {{"
            yield "        return false;"
            yield "    }"
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
        if any(is_nested(field) for field in self.fields):
            yield "    babyn_result result;"
        yield "    memset(value, 0, sizeof *value);"
        yield f"    if (size > {longest(self.message)}) {{"
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
        kind, name = kind_of(field), c_name(field.name)
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
        if is_nested(field):
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
            mask = f" & 0x{bits_of(field):X}u" if is_bits(field) else ""
            yield from _read(f"{into} = {kind.get}(data + at){mask};", kind.size)

    # Encoding.

    def _encode(self) -> Iterator[str]:
        yield f"static inline babyn_result {self.name}_encode("
        yield f"    const {self.name} *value, uint8_t *data, size_t capacity, size_t *size)"
        yield "{"
        yield "    size_t at = 0;"
        nested = any(is_nested(field) for field in self.fields)
        if any(is_part(field) for field in self.fields):
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
        kind, name = kind_of(field), c_name(field.name)
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
        elif is_part(field):
            yield f"    result = {kind.put}(&{source}, data + at, capacity - at, &part);"
            yield "    if (result != BABYN_OK) {"
            yield "        return result;"
            yield "    }"
            yield "    at += part;"
        elif is_nested(field):
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
                word = f"{word} & 0x{bits_of(field):X}u" if is_bits(field) else word
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
        if self.message.__name__ in CHOSEN:
            yield from self._chosen(indent)

    def _conditions(self) -> Iterator[str]:
        flags = self.flags
        for field in self.fields:
            kind, source = kind_of(field), f"value->{c_name(field.name)}"
            if field.size == 0:
                most = (1 << len(field.bits)) - 1
                if field.codes and len(field.codes) <= most:
                    code = f"(value->flags >> {field.bits.start} & 0x{most:X}u)"
                    known = merged(number for number, _ in field.codes)
                    yield " && ".join(outside(code, low, high, 0, most) for low, high in known)
                continue
            if field.format == "utf8s":
                yield f"!babyn_is_utf8({source})"
            untested = kind.span or field is flags or not kind.get
            if untested or is_nested(field) or is_bits(field):
                if item_of(field) is not None:
                    yield f"!{self.name}_{c_name(field.name)}_valid({source})"
                continue
            bounds = accepted(self.message, self.fields, field, signed=kind.signed)
            # Three bytes are held in four, so that more than they can be may stand there.
            if not bounds and kind.size == 3:
                bounds = ((0, 0xFFFFFF),)
            if not bounds:
                continue
            refused = " && ".join(outside(source, low, high, *kind.limits) for low, high in bounds)
            if field.presence is not None:
                there = f"(value->flags & {self._macro(field.name)}_PRESENT) != 0"
                refused = f"{there} && {refused}"
            yield refused

    def _chosen(self, indent: str) -> Iterator[str]:
        name, cases = CHOSEN[self.message.__name__]
        chooser = CHOOSERS[self.message.__name__]
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
