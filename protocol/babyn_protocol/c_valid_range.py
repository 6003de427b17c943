"""The Valid Range descriptor in C: of plain integers, and of each characteristic that may have one.

GSS v5 - GATT Specification Supplement - § Valid Range
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from babyn_protocol.c_fields import c_name, kind_of, outside
from babyn_protocol.c_ranges import accepted
from babyn_protocol.gatt import VALID_RANGES, message_for

_HEAD: Final = """\
/* Valid Range 0x2906: the lowest and the highest value of its characteristic, in its steps.
 *
 * GSS v5 - GATT Specification Supplement - § Valid Range
 *
 * babyn_valid_range_x is for the characteristic x; a code of it that is no number may stand there,
 * and is in no order. Of any other characteristic: the integer that its value is.
 */
typedef struct {
    int64_t lower;
    int64_t upper; /* not below the lower one */
} babyn_valid_range;
"""
_PLAIN: Final = {f"{sign}{size}": f"{sign}int{size}" for size in (8, 16, 24, 32) for sign in "us"}
"""Integers, as the functions that read them are named, and as a format calls them."""


def range_names() -> tuple[str, ...]:
    """Return what there is a range of."""
    known = (message_for(uuid) for uuid in VALID_RANGES)
    return (*_PLAIN.values(), *(c_name(each.__name__) for each in known if each is not None))


def valid_ranges() -> str:
    """Return the part of the header that is this descriptor."""
    texts = [_HEAD]
    for integer, name in _PLAIN.items():
        bits = int(integer[1:])
        low = -(1 << bits - 1) if integer[0] == "s" else 0
        high = low + (1 << bits) - 1
        texts.append("\n".join(_functions(name, integer, [(low, high)], ())))
    for uuid in VALID_RANGES:
        message = message_for(uuid)
        assert message is not None
        fields = message.describe()
        if len(fields) != 1 or fields[0].size is None:
            raise TypeError(f"{message.__name__}: its range is not known in C")
        kind = kind_of(fields[0])
        integer = kind.get.removeprefix("babyn_get_")
        bits = 8 * kind.size
        low = -(1 << bits - 1) if kind.signed else 0
        ranges = accepted(message, fields, fields[0], signed=kind.signed) or (
            (low, low + (1 << bits) - 1),
        )
        codes = [code for code, _ in fields[0].codes]
        texts.append("\n".join(_functions(c_name(message.__name__), integer, ranges, codes)))
    return "\n".join(texts)


def _functions(
    name: str, integer: str, ranges: Sequence[tuple[int, int]], codes: Sequence[int]
) -> Iterator[str]:
    function, size = f"babyn_valid_range_{name}", int(integer[1:]) // 8
    least, most = -(1 << 63), (1 << 63) - 1
    yield f"static inline bool {function}_valid(const babyn_valid_range *value)"
    yield "{"
    for limit in ("lower", "upper"):
        refused = [outside(f"value->{limit}", low, high, least, most) for low, high in ranges]
        yield f"    if ({' && '.join(refused)}) {{"
        yield "        return false;"
        yield "    }"
    no_numbers = [f"value->{limit} == {code}" for code in codes for limit in ("lower", "upper")]
    yield f"    return {' || '.join([*no_numbers, 'value->lower <= value->upper'])};"
    yield "}\n"
    yield f"static inline babyn_result {function}_decode("
    yield "    babyn_valid_range *value, const uint8_t *data, size_t size)"
    yield "{"
    yield f"    if (size != {2 * size}) {{"
    yield f"        return size < {2 * size} ? BABYN_TOO_SHORT : BABYN_TOO_LONG;"
    yield "    }"
    yield f"    value->lower = babyn_get_{integer}(data);"
    yield f"    value->upper = babyn_get_{integer}(data + {size});"
    yield f"    return {function}_valid(value) ? BABYN_OK : BABYN_INVALID;"
    yield "}\n"
    yield f"static inline babyn_result {function}_encode("
    yield "    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)"
    yield "{"
    yield "    *size = 0;"
    yield f"    if (!{function}_valid(value)) {{"
    yield "        return BABYN_INVALID;"
    yield "    }"
    yield f"    if (capacity < {2 * size}) {{"
    yield "        return BABYN_TOO_SHORT;"
    yield "    }"
    yield f"    babyn_put(data, (uint64_t)value->lower, {size});"
    yield f"    babyn_put(data + {size}, (uint64_t)value->upper, {size});"
    yield f"    *size = {2 * size};"
    yield "    return BABYN_OK;"
    yield "}\n"
