"""The part of the C header that no declaration decides: numbers, Date Time, text, and values.

C99. Everything is read and written byte by byte, so that neither the alignment of a buffer nor the
byte order of a processor matters.
"""

from __future__ import annotations

from typing import Final

PREAMBLE: Final = """\
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define BABYN_STATIC_ASSERT(condition, name) _Static_assert(condition, #name)
#else
#define BABYN_STATIC_ASSERT(condition, name) typedef char babyn_assert_##name[(condition) ? 1 : -1]
#endif

/* What came of decoding or encoding. What was written counts only after BABYN_OK. */
typedef enum {
    BABYN_OK = 0,
    BABYN_TOO_SHORT, /* decode: bytes are missing; encode: the buffer is too small */
    BABYN_TOO_LONG,  /* bytes after the last field, or more than the message can have */
    BABYN_INVALID    /* a code or number that may not stand there */
} babyn_result;

/* Bytes that are somewhere else: after decoding, in the buffer that was decoded. */
typedef struct {
    const uint8_t *data;
    size_t size;
} babyn_span;

static inline uint8_t babyn_get_u8(const uint8_t *data)
{
    return data[0];
}

static inline uint16_t babyn_get_u16(const uint8_t *data)
{
    return (uint16_t)(data[0] | (uint32_t)data[1] << 8);
}

static inline uint32_t babyn_get_u24(const uint8_t *data)
{
    return data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
}

static inline uint32_t babyn_get_u32(const uint8_t *data)
{
    return babyn_get_u24(data) | (uint32_t)data[3] << 24;
}

static inline uint64_t babyn_get_u64(const uint8_t *data)
{
    return babyn_get_u32(data) | (uint64_t)babyn_get_u32(data + 4) << 32;
}

/* Two's complement, without a conversion that C leaves to the implementation. */
static inline int8_t babyn_get_s8(const uint8_t *data)
{
    return (int8_t)((int32_t)data[0] - (data[0] > 0x7F ? 0x100 : 0));
}

static inline int16_t babyn_get_s16(const uint8_t *data)
{
    const int32_t word = babyn_get_u16(data);
    return (int16_t)(word - (word > 0x7FFF ? 0x10000 : 0));
}

static inline int32_t babyn_get_s24(const uint8_t *data)
{
    const int32_t word = (int32_t)babyn_get_u24(data);
    return word - (word > 0x7FFFFF ? 0x1000000 : 0);
}

static inline int32_t babyn_get_s32(const uint8_t *data)
{
    const int64_t word = babyn_get_u32(data);
    return (int32_t)(word - (word > INT32_MAX ? INT64_C(0x100000000) : 0));
}

/* The low `size` bytes of a word; of a negative number converted to uint64_t: two's complement. */
static inline void babyn_put(uint8_t *data, uint64_t word, size_t size)
{
    size_t i;
    for (i = 0; i < size; i++) {
        data[i] = (uint8_t)(word >> 8 * i & 0xFF);
    }
}

/* medfloat32 and medfloat16 (IEEE 11073 FLOAT and SFLOAT): mantissa * 10^exponent. */
typedef enum {
    BABYN_NUMBER = 0,
    BABYN_NAN,               /* there is no reading */
    BABYN_NRES,              /* there is one, and the format cannot hold it */
    BABYN_POSITIVE_INFINITY, /* above what the sensor measures */
    BABYN_NEGATIVE_INFINITY, /* below what the sensor measures */
    BABYN_RESERVED           /* no meaning yet */
} babyn_special;

typedef struct {
    int32_t mantissa;  /* 0 unless special is BABYN_NUMBER */
    int8_t exponent;   /* as sent: 370 * 10^-1 and 37 * 10^0 are different precisions */
    uint8_t special;   /* a babyn_special */
} babyn_medfloat;

/* `top`: the highest mantissa that the format could hold, which stands for NaN. */
static inline babyn_result babyn_medfloat_make(
    babyn_medfloat *out, int32_t mantissa, int8_t exponent, int32_t top)
{
    out->mantissa = mantissa;
    out->exponent = exponent;
    out->special = BABYN_NUMBER;
    if (mantissa >= -top + 2 && mantissa <= top - 2) {
        return BABYN_OK;
    }
    if (mantissa == top) {
        out->special = BABYN_NAN;
    } else if (mantissa == top - 1) {
        out->special = BABYN_POSITIVE_INFINITY;
    } else if (mantissa == -top - 1) {
        out->special = BABYN_NRES;
    } else if (mantissa == -top) {
        out->special = BABYN_RESERVED;
    } else {
        out->special = BABYN_NEGATIVE_INFINITY;
    }
    out->mantissa = 0;
    /* With another exponent these are numbers to some readers and none to others. */
    return exponent == 0 ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_medfloat_mantissa(
    const babyn_medfloat *value, int32_t top, int32_t *mantissa)
{
    switch (value->special) {
    case BABYN_NUMBER:
        *mantissa = value->mantissa;
        return value->mantissa >= -top + 2 && value->mantissa <= top - 2 ? BABYN_OK
                                                                         : BABYN_INVALID;
    case BABYN_NAN:
        *mantissa = top;
        return BABYN_OK;
    case BABYN_POSITIVE_INFINITY:
        *mantissa = top - 1;
        return BABYN_OK;
    case BABYN_NRES:
        *mantissa = -top - 1;
        return BABYN_OK;
    case BABYN_RESERVED:
        *mantissa = -top;
        return BABYN_OK;
    case BABYN_NEGATIVE_INFINITY:
        *mantissa = -top + 1;
        return BABYN_OK;
    default:
        return BABYN_INVALID;
    }
}

/* These read 4 and 2 bytes, and write as many. */
static inline babyn_result babyn_get_medfloat32(babyn_medfloat *out, const uint8_t *data)
{
    return babyn_medfloat_make(out, babyn_get_s24(data), babyn_get_s8(data + 3), 0x7FFFFF);
}

static inline babyn_result babyn_put_medfloat32(uint8_t *data, const babyn_medfloat *value)
{
    int32_t mantissa = 0;
    const babyn_result result = babyn_medfloat_mantissa(value, 0x7FFFFF, &mantissa);
    if (result == BABYN_OK) {
        babyn_put(data, (uint64_t)mantissa, 3);
        babyn_put(data + 3, value->special == BABYN_NUMBER ? (uint64_t)value->exponent : 0, 1);
    }
    return result;
}

static inline babyn_result babyn_get_medfloat16(babyn_medfloat *out, const uint8_t *data)
{
    const uint16_t word = babyn_get_u16(data);
    const int32_t mantissa = (word & 0xFFF) - ((word & 0x800) != 0 ? 0x1000 : 0);
    const int32_t exponent = (word >> 12) - ((word & 0x8000) != 0 ? 0x10 : 0);
    return babyn_medfloat_make(out, mantissa, (int8_t)exponent, 0x7FF);
}

static inline babyn_result babyn_put_medfloat16(uint8_t *data, const babyn_medfloat *value)
{
    int32_t mantissa = 0;
    const int32_t exponent = value->special == BABYN_NUMBER ? value->exponent : 0;
    const babyn_result result = babyn_medfloat_mantissa(value, 0x7FF, &mantissa);
    if (result != BABYN_OK) {
        return result;
    }
    if (exponent < -8 || exponent > 7) {
        return BABYN_INVALID;
    }
    babyn_put(data, ((uint64_t)exponent & 0xF) << 12 | ((uint64_t)mantissa & 0xFFF), 2);
    return BABYN_OK;
}

/* Date Time 0x2A08: the device's own clock, without a zone. 7 bytes. */
typedef struct {
    uint16_t year;  /* 1582 to 9999; 0: not known */
    uint8_t month;  /* 1 to 12; 0: not known */
    uint8_t day;    /* 1 to 31; 0: not known */
    uint8_t hour;   /* 0 to 23 */
    uint8_t minute; /* 0 to 59 */
    uint8_t second; /* 0 to 59 */
} babyn_date_time;

static inline bool babyn_date_time_valid(const babyn_date_time *value)
{
    static const uint8_t days[13] = {31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const uint16_t year = value->year;
    if ((year != 0 && (year < 1582 || year > 9999)) || value->month > 12 || value->hour > 23 ||
        value->minute > 59 || value->second > 59 || value->day > days[value->month]) {
        return false;
    }
    /* A year that is not known may be a leap year. */
    return !(value->month == 2 && value->day == 29 && year != 0 &&
             (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)));
}

static inline babyn_result babyn_get_date_time(babyn_date_time *out, const uint8_t *data)
{
    out->year = babyn_get_u16(data);
    out->month = data[2];
    out->day = data[3];
    out->hour = data[4];
    out->minute = data[5];
    out->second = data[6];
    return babyn_date_time_valid(out) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_put_date_time(uint8_t *data, const babyn_date_time *value)
{
    if (!babyn_date_time_valid(value)) {
        return BABYN_INVALID;
    }
    babyn_put(data, value->year, 2);
    data[2] = value->month;
    data[3] = value->day;
    data[4] = value->hour;
    data[5] = value->minute;
    data[6] = value->second;
    return BABYN_OK;
}

/* Whether bytes are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
static inline bool babyn_is_utf8(babyn_span text)
{
    size_t at = 0;
    while (at < text.size) {
        const uint8_t lead = text.data[at++];
        uint8_t low = 0x80, high = 0xBF;
        size_t more;
        if (lead < 0x80) {
            continue;
        }
        if (lead >= 0xC2 && lead <= 0xDF) {
            more = 1;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            more = 2;
            low = lead == 0xE0 ? 0xA0 : 0x80;
            high = lead == 0xED ? 0x9F : 0xBF;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            more = 3;
            low = lead == 0xF0 ? 0x90 : 0x80;
            high = lead == 0xF4 ? 0x8F : 0xBF;
        } else {
            return false;
        }
        while (more-- > 0) {
            if (at >= text.size || text.data[at] < low || text.data[at] > high) {
                return false;
            }
            at++;
            low = 0x80;
            high = 0xBF;
        }
    }
    return true;
}

/* Whether four bytes are a value of a property's kind. An unknown kind may have any. */
static inline bool babyn_property_value_valid(uint8_t kind, const uint8_t value[4])
{
    switch (kind) {
    case 1: /* bool */
        return value[0] <= 1 && value[1] == 0 && value[2] == 0 && value[3] == 0;
    case 2: /* enum */
        return value[1] == 0 && value[2] == 0 && value[3] == 0;
    case 3: /* level */
        return value[2] == 0 && value[3] == 0;
    case 4: /* colour */
        return value[3] == 0;
    case 5: /* temperature, 0.01 degree Celsius; -32768: not known */
        return value[2] == 0 && value[3] == 0 &&
               (babyn_get_s16(value) >= -27315 || babyn_get_s16(value) == INT16_MIN);
    default: /* duration, and kinds that are not known here */
        return true;
    }
}

/* Whether one value of a property's kind is above another. */
static inline bool babyn_property_value_above(
    uint8_t kind, const uint8_t low[4], const uint8_t high[4])
{
    switch (kind) {
    case 1:
    case 2:
        return low[0] > high[0];
    case 3:
        return babyn_get_u16(low) > babyn_get_u16(high);
    case 4:
        return low[0] > high[0] || low[1] > high[1] || low[2] > high[2];
    case 5:
        return babyn_get_s16(low) != INT16_MIN && babyn_get_s16(high) != INT16_MIN &&
               babyn_get_s16(low) > babyn_get_s16(high);
    case 6:
        return babyn_get_u32(low) != UINT32_MAX && babyn_get_u32(high) != UINT32_MAX &&
               babyn_get_u32(low) > babyn_get_u32(high);
    default:
        return false;
    }
}
"""
