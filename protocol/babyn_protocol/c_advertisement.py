"""AD structures in C: a walk over advertising data, and a writer of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from babyn_protocol.ad_structures import (
    EXTENDED_SIZE,
    LEGACY_SIZE,
    SERVICE_DATA,
    UUID_LISTS,
    AdFlags,
    AdType,
    sizes,
)

_HEAD: Final = f"""\
/* AD structures: what advertising data and scan responses are made of.
 *
 * Core v5.2 - Bluetooth Core Specification - Vol 3 Part C §11
 * CSS v11 - Supplement to the Bluetooth Core Specification - Part A §1
 *
 *   babyn_ad_decode   whether all of it is whole, and each structure what its type says; where
 *                     its structures are, without the zeros that may fill it up.
 *   babyn_ad_next     the next structure, until there is none.
 *   babyn_ad_begin    starts advertising data in a buffer, of BABYN_AD_LEGACY_SIZE bytes for
 *                     instance; babyn_ad_put adds structures, babyn_ad_put_under those that begin
 *                     with the number of a service or a company.
 */
#define BABYN_AD_LEGACY_SIZE {LEGACY_SIZE}u
#define BABYN_AD_EXTENDED_SIZE {EXTENDED_SIZE}u
"""

_FUNCTIONS: Final = """\
typedef struct {
    uint8_t type; /* BABYN_AD_..., or any other */
    babyn_span data;
} babyn_ad_structure;

/* Bytes of each UUID in a list, or of the one before service data; 0: a structure of no UUIDs. */
static inline size_t babyn_ad_uuid_size(uint8_t type)
{
    switch (type) {
%(uuids)s
    default:
        return 0;
    }
}

/* Whether a structure is what its type says. One of a type that is not known here may be any. */
static inline bool babyn_ad_valid(const babyn_ad_structure *structure)
{
    const size_t size = structure->data.size;
    if (size > 254) {
        return false;
    }
    switch (structure->type) {
%(sizes)s
    default:
        return true;
    }
}

/* Return false if there is none any more, or if it is cut off, which babyn_ad_decode refuses. */
static inline bool babyn_ad_next(babyn_ad_structure *structure, babyn_span structures, size_t *at)
{
    size_t length;
    if (*at >= structures.size) {
        return false;
    }
    length = structures.data[*at];
    if (length == 0 || structures.size - *at - 1 < length) {
        return false;
    }
    structure->type = structures.data[*at + 1];
    structure->data.size = length - 1;
    structure->data.data = length > 1 ? structures.data + *at + 2 : NULL;
    *at += 1 + length;
    return true;
}

static inline babyn_result babyn_ad_decode(
    babyn_span *structures, const uint8_t *data, size_t size)
{
    const babyn_span all = {data, size};
    babyn_ad_structure structure;
    bool valid = true;
    size_t at = 0, end;
    if (size > BABYN_AD_EXTENDED_SIZE) {
        return BABYN_TOO_LONG;
    }
    while (babyn_ad_next(&structure, all, &at)) {
        valid = valid && babyn_ad_valid(&structure);
    }
    structures->data = data;
    structures->size = at;
    if (at < size && data[at] != 0) {
        return BABYN_TOO_SHORT;
    }
    for (end = at; end < size; end++) {
        if (data[end] != 0) {
            return BABYN_TOO_LONG;
        }
    }
    return valid ? BABYN_OK : BABYN_INVALID;
}

typedef struct {
    uint8_t *data;
    size_t capacity;
    size_t size; /* bytes so far */
} babyn_ad_writer;

static inline void babyn_ad_begin(babyn_ad_writer *writer, uint8_t *data, size_t capacity)
{
    writer->data = data;
    writer->capacity = capacity;
    writer->size = 0;
}

static inline babyn_result babyn_ad_put(
    babyn_ad_writer *writer, const babyn_ad_structure *structure)
{
    const size_t size = structure->data.size;
    uint8_t *const to = writer->data + writer->size;
    if (!babyn_ad_valid(structure)) {
        return BABYN_INVALID;
    }
    if (writer->capacity - writer->size < 2 + size) {
        return BABYN_TOO_SHORT;
    }
    to[0] = (uint8_t)(1 + size);
    to[1] = structure->type;
    if (size != 0) {
        memcpy(to + 2, structure->data.data, size);
    }
    writer->size += 2 + size;
    return BABYN_OK;
}

/* BABYN_AD_SERVICE_DATA_UUID16 with the UUID, or BABYN_AD_MANUFACTURER_DATA with the company. */
static inline babyn_result babyn_ad_put_under(
    babyn_ad_writer *writer, uint8_t type, uint16_t number, babyn_span data)
{
    uint8_t *const to = writer->data + writer->size;
    if (data.size > 252 ||
        (type != BABYN_AD_SERVICE_DATA_UUID16 && type != BABYN_AD_MANUFACTURER_DATA)) {
        return BABYN_INVALID;
    }
    if (writer->capacity - writer->size < 4 + data.size) {
        return BABYN_TOO_SHORT;
    }
    to[0] = (uint8_t)(3 + data.size);
    to[1] = type;
    babyn_put(to + 2, number, 2);
    if (data.size != 0) {
        memcpy(to + 4, data.data, data.size);
    }
    writer->size += 4 + data.size;
    return BABYN_OK;
}
"""


def advertisement() -> str:
    """Return the part of the header that is advertising data."""
    functions = _FUNCTIONS % {"uuids": "\n".join(_uuids()), "sizes": "\n".join(_sizes())}
    return _HEAD + "\n".join(_names()) + "\n\n" + functions


def _names() -> Iterator[str]:
    for kind in AdType:
        yield f"#define BABYN_AD_{kind.name} 0x{kind:02X}u"
    for flag in AdFlags:
        yield f"#define BABYN_AD_FLAG_{flag.name} 0x{flag.value:02X}u"


def _uuids() -> Iterator[str]:
    sizes_of = {**UUID_LISTS, **SERVICE_DATA}
    for size in sorted(set(sizes_of.values())):
        yield from (f"    case 0x{kind:02X}:" for kind, of in sizes_of.items() if of == size)
        yield f"        return {size};"


def _sizes() -> Iterator[str]:
    for kind in AdType:
        if kind in UUID_LISTS:
            condition = f"size % {UUID_LISTS[kind]} == 0"
        else:
            least, fixed = sizes(kind)
            if not least:
                continue
            condition = f"size {'==' if fixed else '>='} {least}"
        yield f"    case 0x{kind:02X}:"
        yield f"        return {condition};"
