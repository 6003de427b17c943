"""BTHome v2 in C: the frame of a broadcast, and its objects one by one.

What is encrypted stays so: a device has AES-CCM of its own, and the header allocates and links
nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from babyn_protocol.bthome import OBJECT_TYPES, objects
from babyn_protocol.bthome.broadcast import MAX_SIZE
from babyn_protocol.bthome.object_type import LengthByte, ObjectType
from babyn_protocol.c_fields import constant

_SIGNED, _BOOL, _LENGTH, _SHORT_LENGTH, _TEXT = 0x10, 0x20, 0x40, 0x80, 0x100
_LENGTHS: Final = {LengthByte(): _LENGTH, LengthByte(mask=0x1F, more=1): _SHORT_LENGTH}

_HEAD: Final = f"""\
/* BTHome v2: service data of 0xFCD2, without the UUID.
 *
 * BTHome v2 - BTHome format - §BTHome Data format
 *
 *   babyn_bthome_decode   the frame: what the first byte says, and where the objects are.
 *   babyn_bthome_next     the next object, until babyn_bthome_ended says that there is none, or
 *                         one whose id is not known here: nobody knows then where it ends.
 *   babyn_bthome_begin    starts a broadcast in a buffer; babyn_bthome_put adds objects, by rising
 *                         id. Only objects that babyn_bthome_next takes are written.
 */
#define BABYN_BTHOME_UUID 0xFCD2u
#define BABYN_BTHOME_MAX_SIZE {MAX_SIZE}u
#define BABYN_BTHOME_ENCRYPTED 0x01u
#define BABYN_BTHOME_ADDRESS_INCLUDED 0x02u
#define BABYN_BTHOME_TRIGGER_BASED 0x04u
#define BABYN_BTHOME_VERSION 2u /* in bits 5 to 7 */
"""

_LAYOUT: Final = f"""\
/* Bytes of a value in the low four bits; 0: not known here, or after a byte with its length. */
#define BABYN_BTHOME_SIGNED_ 0x{_SIGNED:X}u
#define BABYN_BTHOME_BOOL_ 0x{_BOOL:X}u
#define BABYN_BTHOME_LENGTH_ 0x{_LENGTH:X}u
#define BABYN_BTHOME_SHORT_LENGTH_ 0x{_SHORT_LENGTH:X}u /* in bits 0 to 4, and one more */
#define BABYN_BTHOME_TEXT_ 0x{_TEXT:X}u

static inline uint16_t babyn_bthome_layout(uint8_t id)
{{
    switch (id) {{
"""

_FUNCTIONS: Final = """\
    default:
        return 0;
    }
}

typedef struct {
    uint8_t information;    /* the first byte */
    const uint8_t *address; /* the sender's, 6 bytes, last one first; NULL if it is not included */
    babyn_span objects;     /* encrypted, if `information` says so */
    uint32_t counter;       /* of encrypted objects */
    const uint8_t *code;    /* 4 bytes that authenticate encrypted objects; otherwise NULL */
} babyn_bthome;

static inline babyn_result babyn_bthome_decode(
    babyn_bthome *value, const uint8_t *data, size_t size)
{
    size_t start = 1, after = 0;
    memset(value, 0, sizeof *value);
    if (size < 1) {
        return BABYN_TOO_SHORT;
    }
    if (size > BABYN_BTHOME_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    if (data[0] >> 5 != BABYN_BTHOME_VERSION) {
        return BABYN_INVALID;
    }
    value->information = data[0];
    if ((data[0] & BABYN_BTHOME_ADDRESS_INCLUDED) != 0) {
        start += 6;
    }
    if ((data[0] & BABYN_BTHOME_ENCRYPTED) != 0) {
        after = 8;
    }
    if (size < start + after) {
        return BABYN_TOO_SHORT;
    }
    value->address = start > 1 ? data + 1 : NULL;
    value->objects.size = size - start - after;
    value->objects.data = value->objects.size != 0 ? data + start : NULL;
    if (after != 0) {
        value->counter = babyn_get_u32(data + size - 8);
        value->code = data + size - 4;
    }
    return BABYN_OK;
}

typedef struct {
    uint8_t id;
    int64_t number;   /* the value, in its steps; 0 if it has a length of its own */
    babyn_span value; /* its bytes, without a length */
} babyn_bthome_object;

/* Whether a value is one of its layout. */
static inline bool babyn_bthome_valid(uint16_t layout, const babyn_bthome_object *object)
{
    const unsigned int bits = 8 * (layout & 0xFu);
    if ((layout & BABYN_BTHOME_SHORT_LENGTH_) != 0) {
        return object->value.size >= 1 && object->value.size <= 0x20;
    }
    if ((layout & BABYN_BTHOME_LENGTH_) != 0) {
        return object->value.size <= 0xFF &&
               ((layout & BABYN_BTHOME_TEXT_) == 0 || babyn_is_utf8(object->value));
    }
    if (bits == 0) {
        return false;
    }
    if ((layout & BABYN_BTHOME_SIGNED_) != 0) {
        return object->number >= -(INT64_C(1) << (bits - 1)) &&
               object->number < INT64_C(1) << (bits - 1);
    }
    return object->number >= 0 &&
           object->number < INT64_C(1) << ((layout & BABYN_BTHOME_BOOL_) != 0 ? 1 : bits);
}

/* Whether nothing is left at `at`, or an object that is not known here. */
static inline bool babyn_bthome_ended(babyn_span objects, size_t at)
{
    return at >= objects.size || babyn_bthome_layout(objects.data[at]) == 0;
}

/* `object`: the one before it, or zeros. Only if babyn_bthome_ended says no. */
static inline babyn_result babyn_bthome_next(
    babyn_bthome_object *object, babyn_span objects, size_t *at)
{
    const uint8_t id = objects.data[*at];
    const uint16_t layout = babyn_bthome_layout(id);
    size_t start = *at + 1, size = layout & 0xFu, i;
    if (id < object->id) {
        return BABYN_INVALID;
    }
    if ((layout & (BABYN_BTHOME_LENGTH_ | BABYN_BTHOME_SHORT_LENGTH_)) != 0) {
        if (start >= objects.size) {
            return BABYN_TOO_SHORT;
        }
        size = objects.data[start++];
        if ((layout & BABYN_BTHOME_SHORT_LENGTH_) != 0) {
            size = (size & 0x1Fu) + 1;
        }
    }
    if (objects.size - start < size) {
        return BABYN_TOO_SHORT;
    }
    object->id = id;
    object->value.size = size;
    object->value.data = size != 0 ? objects.data + start : NULL;
    object->number = 0;
    if ((layout & 0xFu) != 0) {
        for (i = 0; i < size; i++) {
            object->number |= (int64_t)objects.data[start + i] << 8 * i;
        }
        if ((layout & BABYN_BTHOME_SIGNED_) != 0 && objects.data[start + size - 1] > 0x7F) {
            object->number -= INT64_C(1) << 8 * size;
        }
    }
    *at = start + size;
    return babyn_bthome_valid(layout, object) ? BABYN_OK : BABYN_INVALID;
}

typedef struct {
    uint8_t *data;
    size_t capacity;
    size_t size; /* bytes of the broadcast so far */
    uint8_t last;
} babyn_bthome_writer;

static inline babyn_result babyn_bthome_begin(
    babyn_bthome_writer *writer, uint8_t *data, size_t capacity, bool trigger_based)
{
    writer->data = data;
    writer->capacity = capacity;
    writer->size = 0;
    writer->last = 0;
    if (capacity < 1) {
        return BABYN_TOO_SHORT;
    }
    data[0] = BABYN_BTHOME_VERSION << 5 | (trigger_based ? BABYN_BTHOME_TRIGGER_BASED : 0);
    writer->size = 1;
    return BABYN_OK;
}

/* Of an object with a length of its own `value` is written, of any other `number`. */
static inline babyn_result babyn_bthome_put(
    babyn_bthome_writer *writer, const babyn_bthome_object *object)
{
    const uint16_t layout = babyn_bthome_layout(object->id);
    const size_t fixed = layout & 0xFu;
    const size_t size = 1 + (fixed != 0 ? fixed : 1 + object->value.size);
    uint8_t *const to = writer->data + writer->size;
    if (object->id < writer->last || !babyn_bthome_valid(layout, object)) {
        return BABYN_INVALID;
    }
    if (size > BABYN_BTHOME_MAX_SIZE - writer->size) {
        return BABYN_TOO_LONG;
    }
    if (size > writer->capacity - writer->size) {
        return BABYN_TOO_SHORT;
    }
    to[0] = object->id;
    if (fixed != 0) {
        babyn_put(to + 1, (uint64_t)object->number, fixed);
    } else {
        to[1] = (uint8_t)(object->value.size -
                          ((layout & BABYN_BTHOME_SHORT_LENGTH_) != 0 ? 1 : 0));
        if (object->value.size != 0) {
            memcpy(to + 2, object->value.data, object->value.size);
        }
    }
    writer->last = object->id;
    writer->size += size;
    return BABYN_OK;
}
"""


def bthome() -> str:
    """Return the part of the header that is BTHome."""
    return _HEAD + "\n".join(_ids()) + "\n\n" + _LAYOUT + "\n".join(_cases()) + "\n" + _FUNCTIONS


def _ids() -> Iterator[str]:
    kinds: dict[str, ObjectType[Any]] = {
        name: found for name, found in vars(objects).items() if isinstance(found, ObjectType)
    }
    for name, kind in kinds.items():
        unit = "" if kind.unit is None else f", {kind.unit}"
        said = f"/* {kind.layout.name}{unit} */"
        yield f"#define BABYN_BTHOME_{constant(name)} 0x{kind.id:02X}u {said}"


def _cases() -> Iterator[str]:
    ids: dict[int, list[int]] = defaultdict(list)
    for kind in OBJECT_TYPES.values():
        ids[_layout(kind)].append(kind.id)
    for layout, those in sorted(ids.items()):
        yield from (f"    case 0x{one:02X}:" for one in those)
        yield f"        return 0x{layout:X};"


def _layout(kind: ObjectType[Any]) -> int:
    if kind.length is not None:
        return _LENGTHS[kind.length] | (_TEXT if kind.layout.name == "utf8s" else 0)
    return (
        (kind.layout.size or 0)
        | (_SIGNED if kind.layout.name.startswith("sint") else 0)
        | (_BOOL if kind.states is not None else 0)
    )
