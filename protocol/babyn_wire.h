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
 *   BABYN_X_MAX_SIZE bytes that babyn_x_encode writes at most.
 * Integers with a resolution are counted in its steps. No function allocates, or keeps a pointer.
 */
#ifndef BABYN_WIRE_H
#define BABYN_WIRE_H

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

/* 16-bit UUIDs of the Bluetooth SIG. */
#define BABYN_SERVICE_GENERIC_ACCESS 0x1800u
#define BABYN_SERVICE_GENERIC_ATTRIBUTE 0x1801u
#define BABYN_SERVICE_CURRENT_TIME 0x1805u
#define BABYN_SERVICE_HEALTH_THERMOMETER 0x1809u
#define BABYN_SERVICE_DEVICE_INFORMATION 0x180Au
#define BABYN_SERVICE_HEART_RATE 0x180Du
#define BABYN_SERVICE_BATTERY 0x180Fu
#define BABYN_SERVICE_ENVIRONMENTAL_SENSING 0x181Au
#define BABYN_SERVICE_WEIGHT_SCALE 0x181Du
#define BABYN_SERVICE_PULSE_OXIMETER 0x1822u
#define BABYN_CHARACTERISTIC_DEVICE_NAME 0x2A00u
#define BABYN_CHARACTERISTIC_APPEARANCE 0x2A01u
#define BABYN_CHARACTERISTIC_PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS 0x2A04u
#define BABYN_CHARACTERISTIC_SERVICE_CHANGED 0x2A05u
#define BABYN_CHARACTERISTIC_DATE_TIME 0x2A08u
#define BABYN_CHARACTERISTIC_LOCAL_TIME_INFORMATION 0x2A0Fu
#define BABYN_CHARACTERISTIC_REFERENCE_TIME_INFORMATION 0x2A14u
#define BABYN_CHARACTERISTIC_BATTERY_LEVEL 0x2A19u
#define BABYN_CHARACTERISTIC_TEMPERATURE_MEASUREMENT 0x2A1Cu
#define BABYN_CHARACTERISTIC_TEMPERATURE_TYPE 0x2A1Du
#define BABYN_CHARACTERISTIC_INTERMEDIATE_TEMPERATURE 0x2A1Eu
#define BABYN_CHARACTERISTIC_MEASUREMENT_INTERVAL 0x2A21u
#define BABYN_CHARACTERISTIC_SYSTEM_ID 0x2A23u
#define BABYN_CHARACTERISTIC_MODEL_NUMBER_STRING 0x2A24u
#define BABYN_CHARACTERISTIC_SERIAL_NUMBER_STRING 0x2A25u
#define BABYN_CHARACTERISTIC_FIRMWARE_REVISION_STRING 0x2A26u
#define BABYN_CHARACTERISTIC_HARDWARE_REVISION_STRING 0x2A27u
#define BABYN_CHARACTERISTIC_SOFTWARE_REVISION_STRING 0x2A28u
#define BABYN_CHARACTERISTIC_MANUFACTURER_NAME_STRING 0x2A29u
#define BABYN_CHARACTERISTIC_REGULATORY_CERTIFICATION_DATA_LIST 0x2A2Au
#define BABYN_CHARACTERISTIC_CURRENT_TIME 0x2A2Bu
#define BABYN_CHARACTERISTIC_HEART_RATE_MEASUREMENT 0x2A37u
#define BABYN_CHARACTERISTIC_BODY_SENSOR_LOCATION 0x2A38u
#define BABYN_CHARACTERISTIC_HEART_RATE_CONTROL_POINT 0x2A39u
#define BABYN_CHARACTERISTIC_PNP_ID 0x2A50u
#define BABYN_CHARACTERISTIC_RECORD_ACCESS_CONTROL_POINT 0x2A52u
#define BABYN_CHARACTERISTIC_PLX_SPOT_CHECK_MEASUREMENT 0x2A5Eu
#define BABYN_CHARACTERISTIC_PLX_CONTINUOUS_MEASUREMENT 0x2A5Fu
#define BABYN_CHARACTERISTIC_PLX_FEATURES 0x2A60u
#define BABYN_CHARACTERISTIC_PRESSURE 0x2A6Du
#define BABYN_CHARACTERISTIC_TEMPERATURE 0x2A6Eu
#define BABYN_CHARACTERISTIC_HUMIDITY 0x2A6Fu
#define BABYN_CHARACTERISTIC_WEIGHT_MEASUREMENT 0x2A9Du
#define BABYN_CHARACTERISTIC_WEIGHT_SCALE_FEATURE 0x2A9Eu
#define BABYN_CHARACTERISTIC_CENTRAL_ADDRESS_RESOLUTION 0x2AA6u
#define BABYN_CHARACTERISTIC_RESOLVABLE_PRIVATE_ADDRESS_ONLY 0x2AC9u
#define BABYN_CHARACTERISTIC_ILLUMINANCE 0x2AFBu
#define BABYN_CHARACTERISTIC_CLIENT_SUPPORTED_FEATURES 0x2B29u
#define BABYN_CHARACTERISTIC_DATABASE_HASH 0x2B2Au
#define BABYN_CHARACTERISTIC_SERVER_SUPPORTED_FEATURES 0x2B3Au
#define BABYN_CHARACTERISTIC_CO2_CONCENTRATION 0x2B8Cu
#define BABYN_CHARACTERISTIC_BATTERY_LEVEL_STATUS 0x2BEDu
#define BABYN_CHARACTERISTIC_ILLUMINANCE_16 0x2C1Cu
#define BABYN_DESCRIPTOR_CHARACTERISTIC_EXTENDED_PROPERTIES 0x2900u
#define BABYN_DESCRIPTOR_CHARACTERISTIC_USER_DESCRIPTION 0x2901u
#define BABYN_DESCRIPTOR_CLIENT_CHARACTERISTIC_CONFIGURATION 0x2902u
#define BABYN_DESCRIPTOR_SERVER_CHARACTERISTIC_CONFIGURATION 0x2903u
#define BABYN_DESCRIPTOR_CHARACTERISTIC_PRESENTATION_FORMAT 0x2904u
#define BABYN_DESCRIPTOR_CHARACTERISTIC_AGGREGATE_FORMAT 0x2905u
#define BABYN_DESCRIPTOR_VALID_RANGE 0x2906u
#define BABYN_DESCRIPTOR_ENVIRONMENTAL_SENSING_CONFIGURATION 0x290Bu
#define BABYN_DESCRIPTOR_ENVIRONMENTAL_SENSING_MEASUREMENT 0x290Cu
#define BABYN_DESCRIPTOR_ENVIRONMENTAL_SENSING_TRIGGER_SETTING 0x290Du

/* 128-bit UUIDs of our own: the 16 bytes as sent, least significant first. */
/* a34d0100-c94e-4498-a262-410e4e272e9e */
#define BABYN_SERVICE_SENSOR \
    {0x9E, 0x2E, 0x27, 0x4E, 0x0E, 0x41, 0x62, 0xA2, 0x98, 0x44, 0x4E, 0xC9, 0x00, 0x01, 0x4D, 0xA3}
/* a34d0200-c94e-4498-a262-410e4e272e9e */
#define BABYN_SERVICE_CONTROLS \
    {0x9E, 0x2E, 0x27, 0x4E, 0x0E, 0x41, 0x62, 0xA2, 0x98, 0x44, 0x4E, 0xC9, 0x00, 0x02, 0x4D, 0xA3}
/* a34d0101-c94e-4498-a262-410e4e272e9e */
#define BABYN_CHARACTERISTIC_SOUND_LEVEL \
    {0x9E, 0x2E, 0x27, 0x4E, 0x0E, 0x41, 0x62, 0xA2, 0x98, 0x44, 0x4E, 0xC9, 0x01, 0x01, 0x4D, 0xA3}
/* a34d0102-c94e-4498-a262-410e4e272e9e */
#define BABYN_CHARACTERISTIC_FINE_WEIGHT_MEASUREMENT \
    {0x9E, 0x2E, 0x27, 0x4E, 0x0E, 0x41, 0x62, 0xA2, 0x98, 0x44, 0x4E, 0xC9, 0x02, 0x01, 0x4D, 0xA3}
/* a34d0201-c94e-4498-a262-410e4e272e9e */
#define BABYN_CHARACTERISTIC_PROPERTY_DESCRIPTIONS \
    {0x9E, 0x2E, 0x27, 0x4E, 0x0E, 0x41, 0x62, 0xA2, 0x98, 0x44, 0x4E, 0xC9, 0x01, 0x02, 0x4D, 0xA3}
/* a34d0202-c94e-4498-a262-410e4e272e9e */
#define BABYN_CHARACTERISTIC_PROPERTY_STATES \
    {0x9E, 0x2E, 0x27, 0x4E, 0x0E, 0x41, 0x62, 0xA2, 0x98, 0x44, 0x4E, 0xC9, 0x02, 0x02, 0x4D, 0xA3}
/* a34d0203-c94e-4498-a262-410e4e272e9e */
#define BABYN_CHARACTERISTIC_SET_PROPERTY \
    {0x9E, 0x2E, 0x27, 0x4E, 0x0E, 0x41, 0x62, 0xA2, 0x98, 0x44, 0x4E, 0xC9, 0x03, 0x02, 0x4D, 0xA3}
/* a34d0204-c94e-4498-a262-410e4e272e9e */
#define BABYN_CHARACTERISTIC_DEVICE_EVENT \
    {0x9E, 0x2E, 0x27, 0x4E, 0x0E, 0x41, 0x62, 0xA2, 0x98, 0x44, 0x4E, 0xC9, 0x04, 0x02, 0x4D, 0xA3}

/* DeviceName: What the device calls itself. People put their names into it: identifying.
 *
 * Core v5.2 - Generic Access Profile - Vol 3 Part C §12.1
 */
#define BABYN_DEVICE_NAME_MAX_SIZE 248u

typedef struct {
    babyn_span text;
} babyn_device_name;

static inline babyn_result babyn_device_name_decode(
    babyn_device_name *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 248) {
        return BABYN_TOO_LONG;
    }
    value->text.data = at < size ? data + at : NULL;
    value->text.size = size - at;
    at = size;
    if (!babyn_is_utf8(value->text)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_device_name_encode(
    const babyn_device_name *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (!babyn_is_utf8(value->text)) {
        return BABYN_INVALID;
    }
    if (capacity - at < value->text.size) {
        return BABYN_TOO_SHORT;
    }
    if (value->text.size != 0) {
        memcpy(data + at, value->text.data, value->text.size);
    }
    at += value->text.size;
    if (at > BABYN_DEVICE_NAME_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Appearance: What kind of thing the device is, for an icon.
 *
 * Core v5.2 - Generic Access Profile - Vol 3 Part C §12.2
 */
#define BABYN_APPEARANCE_MAX_SIZE 2u

typedef struct {
    uint8_t value[2];
} babyn_appearance_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_appearance_fixed) == 2, babyn_appearance_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_appearance_fixed, value) == 0, babyn_appearance_value_offset);
typedef struct {
    uint16_t value;
} babyn_appearance;

static inline babyn_result babyn_appearance_decode(
    babyn_appearance *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->value = babyn_get_u16(data + at);
    at += 2;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_appearance_encode(
    const babyn_appearance *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->value, 2);
    at += 2;
    if (at > BABYN_APPEARANCE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PeripheralPreferredConnectionParameters: What connection the device would like to have.
 *
 * Core v5.2 - Generic Access Profile - Vol 3 Part C §12.3
 */
#define BABYN_PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS_MINIMUM_INTERVAL_MS_NO_SPECIFIC_VALUE 65535u
#define BABYN_PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS_MAXIMUM_INTERVAL_MS_NO_SPECIFIC_VALUE 65535u
#define BABYN_PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS_SUPERVISION_TIMEOUT_MS_NO_SPECIFIC_VALUE 65535u
#define BABYN_PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS_MAX_SIZE 8u

typedef struct {
    uint8_t minimum_interval_ms[2];
    uint8_t maximum_interval_ms[2];
    uint8_t latency[2];
    uint8_t supervision_timeout_ms[2];
} babyn_peripheral_preferred_connection_parameters_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_peripheral_preferred_connection_parameters_fixed) == 8, babyn_peripheral_preferred_connection_parameters_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_peripheral_preferred_connection_parameters_fixed, minimum_interval_ms) == 0, babyn_peripheral_preferred_connection_parameters_minimum_interval_ms_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_peripheral_preferred_connection_parameters_fixed, maximum_interval_ms) == 2, babyn_peripheral_preferred_connection_parameters_maximum_interval_ms_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_peripheral_preferred_connection_parameters_fixed, latency) == 4, babyn_peripheral_preferred_connection_parameters_latency_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_peripheral_preferred_connection_parameters_fixed, supervision_timeout_ms) == 6, babyn_peripheral_preferred_connection_parameters_supervision_timeout_ms_offset);
typedef struct {
    uint16_t minimum_interval_ms; /* in steps of 1.25 */
    uint16_t maximum_interval_ms; /* in steps of 1.25 */
    uint16_t latency;
    uint16_t supervision_timeout_ms; /* in steps of 10 */
} babyn_peripheral_preferred_connection_parameters;

static inline babyn_result babyn_peripheral_preferred_connection_parameters_decode(
    babyn_peripheral_preferred_connection_parameters *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->minimum_interval_ms = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->maximum_interval_ms = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->latency = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->supervision_timeout_ms = babyn_get_u16(data + at);
    at += 2;
    if ((value->minimum_interval_ms < 6 || value->minimum_interval_ms > 3200) &&
          value->minimum_interval_ms != 65535u) {
        return BABYN_INVALID;
    }
    if ((value->maximum_interval_ms < 6 || value->maximum_interval_ms > 3200) &&
          value->maximum_interval_ms != 65535u) {
        return BABYN_INVALID;
    }
    if (value->latency > 499) {
        return BABYN_INVALID;
    }
    if ((value->supervision_timeout_ms < 10 || value->supervision_timeout_ms > 3200) &&
          value->supervision_timeout_ms != 65535u) {
        return BABYN_INVALID;
    }
    if (!(value->minimum_interval_ms == 0xFFFF || value->maximum_interval_ms == 0xFFFF ||
          value->minimum_interval_ms <= value->maximum_interval_ms)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_peripheral_preferred_connection_parameters_encode(
    const babyn_peripheral_preferred_connection_parameters *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if ((value->minimum_interval_ms < 6 || value->minimum_interval_ms > 3200) &&
          value->minimum_interval_ms != 65535u) {
        return BABYN_INVALID;
    }
    if ((value->maximum_interval_ms < 6 || value->maximum_interval_ms > 3200) &&
          value->maximum_interval_ms != 65535u) {
        return BABYN_INVALID;
    }
    if (value->latency > 499) {
        return BABYN_INVALID;
    }
    if ((value->supervision_timeout_ms < 10 || value->supervision_timeout_ms > 3200) &&
          value->supervision_timeout_ms != 65535u) {
        return BABYN_INVALID;
    }
    if (!(value->minimum_interval_ms == 0xFFFF || value->maximum_interval_ms == 0xFFFF ||
          value->minimum_interval_ms <= value->maximum_interval_ms)) {
        return BABYN_INVALID;
    }
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->minimum_interval_ms, 2);
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->maximum_interval_ms, 2);
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->latency, 2);
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->supervision_timeout_ms, 2);
    at += 2;
    if (at > BABYN_PERIPHERAL_PREFERRED_CONNECTION_PARAMETERS_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* ServiceChanged: Which attributes are not what they were: discover them again. Sent by indication.
 *
 * Core v5.2 - Generic Attribute Profile - Vol 3 Part G §7.1
 */
#define BABYN_SERVICE_CHANGED_MAX_SIZE 4u

typedef struct {
    uint8_t first_handle[2];
    uint8_t last_handle[2];
} babyn_service_changed_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_service_changed_fixed) == 4, babyn_service_changed_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_service_changed_fixed, first_handle) == 0, babyn_service_changed_first_handle_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_service_changed_fixed, last_handle) == 2, babyn_service_changed_last_handle_offset);
typedef struct {
    uint16_t first_handle;
    uint16_t last_handle;
} babyn_service_changed;

static inline babyn_result babyn_service_changed_decode(
    babyn_service_changed *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->first_handle = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->last_handle = babyn_get_u16(data + at);
    at += 2;
    if (value->first_handle < 1) {
        return BABYN_INVALID;
    }
    if (value->last_handle < 1) {
        return BABYN_INVALID;
    }
    if (!(value->first_handle <= value->last_handle)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_service_changed_encode(
    const babyn_service_changed *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->first_handle < 1) {
        return BABYN_INVALID;
    }
    if (value->last_handle < 1) {
        return BABYN_INVALID;
    }
    if (!(value->first_handle <= value->last_handle)) {
        return BABYN_INVALID;
    }
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->first_handle, 2);
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->last_handle, 2);
    at += 2;
    if (at > BABYN_SERVICE_CHANGED_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* DatabaseHash: What a client compares, to know whether the attributes it discovered are still the same.
 *
 * Core v5.2 - Generic Attribute Profile - Vol 3 Part G §7.3. Servers disagree on the order of its
 * bytes (Zephyr sends them reversed), so it is compared with the one read before, and with nothing
 * that was computed.
 */
#define BABYN_DATABASE_HASH_MAX_SIZE 16u

typedef struct {
    uint8_t octets[16];
} babyn_database_hash_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_database_hash_fixed) == 16, babyn_database_hash_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_database_hash_fixed, octets) == 0, babyn_database_hash_octets_offset);
typedef struct {
    uint8_t octets[16];
} babyn_database_hash;

static inline babyn_result babyn_database_hash_decode(
    babyn_database_hash *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 16) {
        return BABYN_TOO_SHORT;
    }
    memcpy(value->octets, data + at, 16);
    at += 16;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_database_hash_encode(
    const babyn_database_hash *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 16) {
        return BABYN_TOO_SHORT;
    }
    memcpy(data + at, value->octets, 16);
    at += 16;
    if (at > BABYN_DATABASE_HASH_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* LocalTimeInformation: How the local time relates to UTC.
 *
 * CTS v1.1.0 - Current Time Service - §3.2
 */
#define BABYN_LOCAL_TIME_INFORMATION_TIME_ZONE_MINUTES_NOT_KNOWN (-128)
#define BABYN_LOCAL_TIME_INFORMATION_DST_OFFSET_STANDARD_TIME 0
#define BABYN_LOCAL_TIME_INFORMATION_DST_OFFSET_HALF_AN_HOUR 2
#define BABYN_LOCAL_TIME_INFORMATION_DST_OFFSET_ONE_HOUR 4
#define BABYN_LOCAL_TIME_INFORMATION_DST_OFFSET_TWO_HOURS 8
#define BABYN_LOCAL_TIME_INFORMATION_DST_OFFSET_UNKNOWN 255
#define BABYN_LOCAL_TIME_INFORMATION_MAX_SIZE 2u

typedef struct {
    uint8_t time_zone_minutes[1];
    uint8_t dst_offset[1];
} babyn_local_time_information_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_local_time_information_fixed) == 2, babyn_local_time_information_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_local_time_information_fixed, time_zone_minutes) == 0, babyn_local_time_information_time_zone_minutes_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_local_time_information_fixed, dst_offset) == 1, babyn_local_time_information_dst_offset_offset);
typedef struct {
    int8_t time_zone_minutes; /* in steps of 15 */
    uint8_t dst_offset;
} babyn_local_time_information;

static inline babyn_result babyn_local_time_information_decode(
    babyn_local_time_information *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->time_zone_minutes = babyn_get_s8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->dst_offset = babyn_get_u8(data + at);
    at += 1;
    if (value->time_zone_minutes != (-128) && (value->time_zone_minutes < (-48) ||
          value->time_zone_minutes > 56)) {
        return BABYN_INVALID;
    }
    if (value->dst_offset != 0 && value->dst_offset != 2 && value->dst_offset != 4 &&
          value->dst_offset != 8 && value->dst_offset != 255) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_local_time_information_encode(
    const babyn_local_time_information *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->time_zone_minutes != (-128) && (value->time_zone_minutes < (-48) ||
          value->time_zone_minutes > 56)) {
        return BABYN_INVALID;
    }
    if (value->dst_offset != 0 && value->dst_offset != 2 && value->dst_offset != 4 &&
          value->dst_offset != 8 && value->dst_offset != 255) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, (uint64_t)value->time_zone_minutes, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->dst_offset, 1);
    at += 1;
    if (at > BABYN_LOCAL_TIME_INFORMATION_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* BatteryLevel: How full a battery is. Read, or sent by notification.
 *
 * BAS v1.1 - Battery Service - §3.1
 */
#define BABYN_BATTERY_LEVEL_MAX_SIZE 1u

typedef struct {
    uint8_t percent[1];
} babyn_battery_level_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_battery_level_fixed) == 1, babyn_battery_level_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_battery_level_fixed, percent) == 0, babyn_battery_level_percent_offset);
typedef struct {
    uint8_t percent;
} babyn_battery_level;

static inline babyn_result babyn_battery_level_decode(
    babyn_battery_level *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->percent = babyn_get_u8(data + at);
    at += 1;
    if (value->percent > 100) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_battery_level_encode(
    const babyn_battery_level *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->percent > 100) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->percent, 1);
    at += 1;
    if (at > BABYN_BATTERY_LEVEL_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* TemperatureMeasurement: One temperature, with unit, and where and when it was measured. Sent by indication.
 *
 * HTS v1.0 - Health Thermometer Service - §3.1
 */
#define BABYN_TEMPERATURE_MEASUREMENT_UNIT_MASK 0x1u
#define BABYN_TEMPERATURE_MEASUREMENT_UNIT_SHIFT 0
#define BABYN_TEMPERATURE_MEASUREMENT_UNIT_DEGREE_C 0
#define BABYN_TEMPERATURE_MEASUREMENT_UNIT_DEGREE_F 1
#define BABYN_TEMPERATURE_MEASUREMENT_TIMESTAMP_PRESENT 0x2u
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_PRESENT 0x4u
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_ARMPIT 1
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_BODY 2
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_EAR 3
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_FINGER 4
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_GASTROINTESTINAL_TRACT 5
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_MOUTH 6
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_RECTUM 7
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_TOE 8
#define BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_TYMPANUM 9
#define BABYN_TEMPERATURE_MEASUREMENT_KNOWN_FLAGS 0x7u
#define BABYN_TEMPERATURE_MEASUREMENT_MAX_SIZE 13u

typedef struct {
    uint8_t flags[1];
    uint8_t value[4];
} babyn_temperature_measurement_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_temperature_measurement_fixed) == 5, babyn_temperature_measurement_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_temperature_measurement_fixed, flags) == 0, babyn_temperature_measurement_flags_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_temperature_measurement_fixed, value) == 1, babyn_temperature_measurement_value_offset);
typedef struct {
    uint8_t flags;
    babyn_medfloat value;
    babyn_date_time timestamp;
    uint8_t temperature_type;
} babyn_temperature_measurement;

static inline babyn_result babyn_temperature_measurement_decode(
    babyn_temperature_measurement *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    babyn_result result;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_TEMPERATURE_MEASUREMENT_KNOWN_FLAGS);
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_get_medfloat32(&value->value, data + at);
    at += 4;
    if (result != BABYN_OK) {
        return result;
    }
    if ((flags & BABYN_TEMPERATURE_MEASUREMENT_TIMESTAMP_PRESENT) != 0) {
        if (size - at < 7) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_date_time(&value->timestamp, data + at);
        at += 7;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((flags & BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_PRESENT) != 0) {
        if (size - at < 1) {
            return BABYN_TOO_SHORT;
        }
        value->temperature_type = babyn_get_u8(data + at);
        at += 1;
    }
    if ((value->flags & BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_PRESENT) != 0 &&
          (value->temperature_type < 1 || value->temperature_type > 9)) {
        return BABYN_INVALID;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_TEMPERATURE_MEASUREMENT_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_temperature_measurement_encode(
    const babyn_temperature_measurement *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    babyn_result result;
    uint32_t flags = value->flags & BABYN_TEMPERATURE_MEASUREMENT_KNOWN_FLAGS;
    *size = 0;
    if ((value->flags & BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_PRESENT) != 0 &&
          (value->temperature_type < 1 || value->temperature_type > 9)) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_put_medfloat32(data + at, &value->value);
    if (result != BABYN_OK) {
        return result;
    }
    at += 4;
    if ((flags & BABYN_TEMPERATURE_MEASUREMENT_TIMESTAMP_PRESENT) != 0) {
        if (capacity - at < 7) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_date_time(data + at, &value->timestamp);
        if (result != BABYN_OK) {
            return result;
        }
        at += 7;
    }
    if ((flags & BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_PRESENT) != 0) {
        if (capacity - at < 1) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->temperature_type, 1);
        at += 1;
    }
    if (at > BABYN_TEMPERATURE_MEASUREMENT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* TemperatureTypeValue: Where this thermometer always measures.
 *
 * HTS v1.0 - Health Thermometer Service - §3.2
 */
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_ARMPIT 1
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_BODY 2
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_EAR 3
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_FINGER 4
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_GASTROINTESTINAL_TRACT 5
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_MOUTH 6
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_RECTUM 7
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_TOE 8
#define BABYN_TEMPERATURE_TYPE_VALUE_TEMPERATURE_TYPE_TYMPANUM 9
#define BABYN_TEMPERATURE_TYPE_VALUE_MAX_SIZE 1u

typedef struct {
    uint8_t temperature_type[1];
} babyn_temperature_type_value_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_temperature_type_value_fixed) == 1, babyn_temperature_type_value_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_temperature_type_value_fixed, temperature_type) == 0, babyn_temperature_type_value_temperature_type_offset);
typedef struct {
    uint8_t temperature_type;
} babyn_temperature_type_value;

static inline babyn_result babyn_temperature_type_value_decode(
    babyn_temperature_type_value *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->temperature_type = babyn_get_u8(data + at);
    at += 1;
    if ((value->temperature_type < 1 || value->temperature_type > 9)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_temperature_type_value_encode(
    const babyn_temperature_type_value *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if ((value->temperature_type < 1 || value->temperature_type > 9)) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->temperature_type, 1);
    at += 1;
    if (at > BABYN_TEMPERATURE_TYPE_VALUE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* IntermediateTemperature: A value on the way to a measurement, for display only. Sent by notification.
 *
 * HTS v1.0 - Health Thermometer Service - §3.3
 */
typedef babyn_temperature_measurement babyn_intermediate_temperature;
#define babyn_intermediate_temperature_decode babyn_temperature_measurement_decode
#define babyn_intermediate_temperature_encode babyn_temperature_measurement_encode
#define BABYN_INTERMEDIATE_TEMPERATURE_MAX_SIZE BABYN_TEMPERATURE_MEASUREMENT_MAX_SIZE

/* MeasurementInterval: How often the thermometer measures.
 *
 * HTS v1.0 - Health Thermometer Service - §3.4
 */
#define BABYN_MEASUREMENT_INTERVAL_MAX_SIZE 2u

typedef struct {
    uint8_t seconds[2];
} babyn_measurement_interval_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_measurement_interval_fixed) == 2, babyn_measurement_interval_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_measurement_interval_fixed, seconds) == 0, babyn_measurement_interval_seconds_offset);
typedef struct {
    uint16_t seconds;
} babyn_measurement_interval;

static inline babyn_result babyn_measurement_interval_decode(
    babyn_measurement_interval *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->seconds = babyn_get_u16(data + at);
    at += 2;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_measurement_interval_encode(
    const babyn_measurement_interval *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->seconds, 2);
    at += 2;
    if (at > BABYN_MEASUREMENT_INTERVAL_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* SystemId: An EUI-64 of the unit, which may contain its Bluetooth address. Identifying.
 *
 * DIS v1.2 - Device Information Service - §3.7
 */
#define BABYN_SYSTEM_ID_MAX_SIZE 8u

typedef struct {
    uint8_t eui_64[8];
} babyn_system_id_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_system_id_fixed) == 8, babyn_system_id_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_system_id_fixed, eui_64) == 0, babyn_system_id_eui_64_offset);
typedef struct {
    uint64_t eui_64;
} babyn_system_id;

static inline babyn_result babyn_system_id_decode(
    babyn_system_id *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 8) {
        return BABYN_TOO_SHORT;
    }
    value->eui_64 = babyn_get_u64(data + at);
    at += 8;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_system_id_encode(
    const babyn_system_id *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 8) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->eui_64, 8);
    at += 8;
    if (at > BABYN_SYSTEM_ID_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Text: A text that fills the whole value. */
#define BABYN_TEXT_MAX_SIZE 512u

typedef struct {
    babyn_span text;
} babyn_text;

static inline babyn_result babyn_text_decode(
    babyn_text *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    value->text.data = at < size ? data + at : NULL;
    value->text.size = size - at;
    at = size;
    if (!babyn_is_utf8(value->text)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_text_encode(
    const babyn_text *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (!babyn_is_utf8(value->text)) {
        return BABYN_INVALID;
    }
    if (capacity - at < value->text.size) {
        return BABYN_TOO_SHORT;
    }
    if (value->text.size != 0) {
        memcpy(data + at, value->text.data, value->text.size);
    }
    at += value->text.size;
    if (at > BABYN_TEXT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* ModelNumber: Which model it is.
 *
 * DIS v1.2 - Device Information Service - §3.2
 */
typedef babyn_text babyn_model_number;
#define babyn_model_number_decode babyn_text_decode
#define babyn_model_number_encode babyn_text_encode
#define BABYN_MODEL_NUMBER_MAX_SIZE BABYN_TEXT_MAX_SIZE

/* SerialNumber: Which unit it is. Identifying.
 *
 * DIS v1.2 - Device Information Service - §3.3
 */
typedef babyn_text babyn_serial_number;
#define babyn_serial_number_decode babyn_text_decode
#define babyn_serial_number_encode babyn_text_encode
#define BABYN_SERIAL_NUMBER_MAX_SIZE BABYN_TEXT_MAX_SIZE

/* FirmwareRevision: The revision of its firmware.
 *
 * DIS v1.2 - Device Information Service - §3.5
 */
typedef babyn_text babyn_firmware_revision;
#define babyn_firmware_revision_decode babyn_text_decode
#define babyn_firmware_revision_encode babyn_text_encode
#define BABYN_FIRMWARE_REVISION_MAX_SIZE BABYN_TEXT_MAX_SIZE

/* HardwareRevision: The revision of its hardware.
 *
 * DIS v1.2 - Device Information Service - §3.4
 */
typedef babyn_text babyn_hardware_revision;
#define babyn_hardware_revision_decode babyn_text_decode
#define babyn_hardware_revision_encode babyn_text_encode
#define BABYN_HARDWARE_REVISION_MAX_SIZE BABYN_TEXT_MAX_SIZE

/* SoftwareRevision: The revision of its software.
 *
 * DIS v1.2 - Device Information Service - §3.6
 */
typedef babyn_text babyn_software_revision;
#define babyn_software_revision_decode babyn_text_decode
#define babyn_software_revision_encode babyn_text_encode
#define BABYN_SOFTWARE_REVISION_MAX_SIZE BABYN_TEXT_MAX_SIZE

/* ManufacturerName: Who made the device.
 *
 * DIS v1.2 - Device Information Service - §3.1
 */
typedef babyn_text babyn_manufacturer_name;
#define babyn_manufacturer_name_decode babyn_text_decode
#define babyn_manufacturer_name_encode babyn_text_encode
#define BABYN_MANUFACTURER_NAME_MAX_SIZE BABYN_TEXT_MAX_SIZE

/* CurrentTime: The local time of a device. Read, notified, and written to set it.
 *
 * A device that sets the date and not, say, the fractions answers a write with ATT error 0x80.
 *
 * CTS v1.1.0 - Current Time Service - §3.1
 */
#define BABYN_CURRENT_TIME_DAY_OF_WEEK_UNKNOWN 0
#define BABYN_CURRENT_TIME_DAY_OF_WEEK_MONDAY 1
#define BABYN_CURRENT_TIME_DAY_OF_WEEK_TUESDAY 2
#define BABYN_CURRENT_TIME_DAY_OF_WEEK_WEDNESDAY 3
#define BABYN_CURRENT_TIME_DAY_OF_WEEK_THURSDAY 4
#define BABYN_CURRENT_TIME_DAY_OF_WEEK_FRIDAY 5
#define BABYN_CURRENT_TIME_DAY_OF_WEEK_SATURDAY 6
#define BABYN_CURRENT_TIME_DAY_OF_WEEK_SUNDAY 7
#define BABYN_CURRENT_TIME_ADJUST_REASON_MANUAL_TIME_UPDATE 0x1u
#define BABYN_CURRENT_TIME_ADJUST_REASON_EXTERNAL_REFERENCE_TIME_UPDATE 0x2u
#define BABYN_CURRENT_TIME_ADJUST_REASON_CHANGE_OF_TIME_ZONE 0x4u
#define BABYN_CURRENT_TIME_ADJUST_REASON_CHANGE_OF_DST 0x8u
#define BABYN_CURRENT_TIME_MAX_SIZE 10u

typedef struct {
    uint8_t local_time[7];
    uint8_t day_of_week[1];
    uint8_t fractions_256[1];
    uint8_t adjust_reason[1];
} babyn_current_time_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_current_time_fixed) == 10, babyn_current_time_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_current_time_fixed, local_time) == 0, babyn_current_time_local_time_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_current_time_fixed, day_of_week) == 7, babyn_current_time_day_of_week_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_current_time_fixed, fractions_256) == 8, babyn_current_time_fractions_256_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_current_time_fixed, adjust_reason) == 9, babyn_current_time_adjust_reason_offset);
typedef struct {
    babyn_date_time local_time;
    uint8_t day_of_week;
    uint8_t fractions_256;
    uint8_t adjust_reason;
} babyn_current_time;

static inline babyn_result babyn_current_time_decode(
    babyn_current_time *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    babyn_result result;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 7) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_get_date_time(&value->local_time, data + at);
    at += 7;
    if (result != BABYN_OK) {
        return result;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->day_of_week = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->fractions_256 = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->adjust_reason = babyn_get_u8(data + at) & 0xFu;
    at += 1;
    if (value->day_of_week > 7) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_current_time_encode(
    const babyn_current_time *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    babyn_result result;
    *size = 0;
    if (value->day_of_week > 7) {
        return BABYN_INVALID;
    }
    if (capacity - at < 7) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_put_date_time(data + at, &value->local_time);
    if (result != BABYN_OK) {
        return result;
    }
    at += 7;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->day_of_week, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->fractions_256, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->adjust_reason & 0xFu, 1);
    at += 1;
    if (at > BABYN_CURRENT_TIME_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* HeartRateMeasurement: A heart rate, with what the sensor knows besides. Sent by notification.
 *
 * HRS v1.0 - Heart Rate Service - §3.1
 */
#define BABYN_HEART_RATE_MEASUREMENT_CONTACT_DETECTED_MASK 0x2u
#define BABYN_HEART_RATE_MEASUREMENT_CONTACT_SUPPORTED_MASK 0x4u
#define BABYN_HEART_RATE_MEASUREMENT_HEART_RATE_WIDE 0x1u
#define BABYN_HEART_RATE_MEASUREMENT_ENERGY_EXPENDED_PRESENT 0x8u
#define BABYN_HEART_RATE_MEASUREMENT_RR_INTERVALS_PRESENT 0x10u
#define BABYN_HEART_RATE_MEASUREMENT_RR_INTERVALS_ITEM_SIZE 2u
#define BABYN_HEART_RATE_MEASUREMENT_KNOWN_FLAGS 0x1Fu
#define BABYN_HEART_RATE_MEASUREMENT_MAX_SIZE 512u

typedef struct {
    uint8_t flags[1];
} babyn_heart_rate_measurement_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_heart_rate_measurement_fixed) == 1, babyn_heart_rate_measurement_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_heart_rate_measurement_fixed, flags) == 0, babyn_heart_rate_measurement_flags_offset);
typedef struct {
    uint8_t flags;
    uint16_t heart_rate;
    uint16_t energy_expended;
    babyn_span rr_intervals;
} babyn_heart_rate_measurement;

static inline babyn_result babyn_heart_rate_measurement_decode(
    babyn_heart_rate_measurement *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_HEART_RATE_MEASUREMENT_KNOWN_FLAGS);
    if ((flags & BABYN_HEART_RATE_MEASUREMENT_HEART_RATE_WIDE) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->heart_rate = babyn_get_u16(data + at);
        at += 2;
    } else {
        if (size - at < 1) {
            return BABYN_TOO_SHORT;
        }
        value->heart_rate = babyn_get_u8(data + at);
        at += 1;
    }
    if ((flags & BABYN_HEART_RATE_MEASUREMENT_ENERGY_EXPENDED_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->energy_expended = babyn_get_u16(data + at);
        at += 2;
    }
    if ((flags & BABYN_HEART_RATE_MEASUREMENT_RR_INTERVALS_PRESENT) != 0) {
        if (at == size) {
            return BABYN_TOO_SHORT;
        }
        if ((size - at) % 2 != 0) {
            return BABYN_TOO_SHORT;
        }
        value->rr_intervals.data = at < size ? data + at : NULL;
        value->rr_intervals.size = size - at;
        at = size;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_HEART_RATE_MEASUREMENT_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_heart_rate_measurement_encode(
    const babyn_heart_rate_measurement *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    uint32_t flags = value->flags & BABYN_HEART_RATE_MEASUREMENT_KNOWN_FLAGS;
    flags &= ~(uint32_t)BABYN_HEART_RATE_MEASUREMENT_HEART_RATE_WIDE;
    flags |= value->heart_rate > 0xFF ? BABYN_HEART_RATE_MEASUREMENT_HEART_RATE_WIDE : 0;
    flags &= ~(uint32_t)BABYN_HEART_RATE_MEASUREMENT_RR_INTERVALS_PRESENT;
    flags |= value->rr_intervals.size != 0 ? BABYN_HEART_RATE_MEASUREMENT_RR_INTERVALS_PRESENT : 0;
    *size = 0;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (capacity - at < ((flags & BABYN_HEART_RATE_MEASUREMENT_HEART_RATE_WIDE) != 0 ? 2u : 1u)) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->heart_rate, (flags & BABYN_HEART_RATE_MEASUREMENT_HEART_RATE_WIDE) != 0 ? 2u : 1u);
    at += (flags & BABYN_HEART_RATE_MEASUREMENT_HEART_RATE_WIDE) != 0 ? 2u : 1u;
    if ((flags & BABYN_HEART_RATE_MEASUREMENT_ENERGY_EXPENDED_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->energy_expended, 2);
        at += 2;
    }
    if ((flags & BABYN_HEART_RATE_MEASUREMENT_RR_INTERVALS_PRESENT) != 0) {
        if (value->rr_intervals.size % 2 != 0) {
            return BABYN_INVALID;
        }
        if (capacity - at < value->rr_intervals.size) {
            return BABYN_TOO_SHORT;
        }
        if (value->rr_intervals.size != 0) {
            memcpy(data + at, value->rr_intervals.data, value->rr_intervals.size);
        }
        at += value->rr_intervals.size;
    }
    if (at > BABYN_HEART_RATE_MEASUREMENT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* BodySensorLocationValue: Where this sensor is meant to be worn.
 *
 * HRS v1.0 - Heart Rate Service - §3.2
 */
#define BABYN_BODY_SENSOR_LOCATION_VALUE_LOCATION_OTHER 0
#define BABYN_BODY_SENSOR_LOCATION_VALUE_LOCATION_CHEST 1
#define BABYN_BODY_SENSOR_LOCATION_VALUE_LOCATION_WRIST 2
#define BABYN_BODY_SENSOR_LOCATION_VALUE_LOCATION_FINGER 3
#define BABYN_BODY_SENSOR_LOCATION_VALUE_LOCATION_HAND 4
#define BABYN_BODY_SENSOR_LOCATION_VALUE_LOCATION_EAR_LOBE 5
#define BABYN_BODY_SENSOR_LOCATION_VALUE_LOCATION_FOOT 6
#define BABYN_BODY_SENSOR_LOCATION_VALUE_MAX_SIZE 1u

typedef struct {
    uint8_t location[1];
} babyn_body_sensor_location_value_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_body_sensor_location_value_fixed) == 1, babyn_body_sensor_location_value_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_body_sensor_location_value_fixed, location) == 0, babyn_body_sensor_location_value_location_offset);
typedef struct {
    uint8_t location;
} babyn_body_sensor_location_value;

static inline babyn_result babyn_body_sensor_location_value_decode(
    babyn_body_sensor_location_value *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->location = babyn_get_u8(data + at);
    at += 1;
    if (value->location > 6) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_body_sensor_location_value_encode(
    const babyn_body_sensor_location_value *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->location > 6) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->location, 1);
    at += 1;
    if (at > BABYN_BODY_SENSOR_LOCATION_VALUE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* HeartRateControlPoint: Tell the sensor something. Written; what it cannot do ends in ATT error 0x80.
 *
 * HRS v1.0 - Heart Rate Service - §3.3
 */
#define BABYN_HEART_RATE_CONTROL_POINT_COMMAND_RESET_ENERGY_EXPENDED 1
#define BABYN_HEART_RATE_CONTROL_POINT_MAX_SIZE 1u

typedef struct {
    uint8_t command[1];
} babyn_heart_rate_control_point_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_heart_rate_control_point_fixed) == 1, babyn_heart_rate_control_point_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_heart_rate_control_point_fixed, command) == 0, babyn_heart_rate_control_point_command_offset);
typedef struct {
    uint8_t command;
} babyn_heart_rate_control_point;

static inline babyn_result babyn_heart_rate_control_point_decode(
    babyn_heart_rate_control_point *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->command = babyn_get_u8(data + at);
    at += 1;
    if (value->command != 1) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_heart_rate_control_point_encode(
    const babyn_heart_rate_control_point *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->command != 1) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->command, 1);
    at += 1;
    if (at > BABYN_HEART_RATE_CONTROL_POINT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PnpId: Vendor, product and version of the model, as numbers.
 *
 * DIS v1.2 - Device Information Service - §3.9
 */
#define BABYN_PNP_ID_VENDOR_ID_SOURCE_BLUETOOTH_SIG 1
#define BABYN_PNP_ID_VENDOR_ID_SOURCE_USB 2
#define BABYN_PNP_ID_MAX_SIZE 7u

typedef struct {
    uint8_t vendor_id_source[1];
    uint8_t vendor_id[2];
    uint8_t product_id[2];
    uint8_t product_version[2];
} babyn_pnp_id_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_pnp_id_fixed) == 7, babyn_pnp_id_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_pnp_id_fixed, vendor_id_source) == 0, babyn_pnp_id_vendor_id_source_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_pnp_id_fixed, vendor_id) == 1, babyn_pnp_id_vendor_id_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_pnp_id_fixed, product_id) == 3, babyn_pnp_id_product_id_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_pnp_id_fixed, product_version) == 5, babyn_pnp_id_product_version_offset);
typedef struct {
    uint8_t vendor_id_source;
    uint16_t vendor_id;
    uint16_t product_id;
    uint16_t product_version;
} babyn_pnp_id;

static inline babyn_result babyn_pnp_id_decode(
    babyn_pnp_id *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->vendor_id_source = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->vendor_id = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->product_id = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->product_version = babyn_get_u16(data + at);
    at += 2;
    if ((value->vendor_id_source < 1 || value->vendor_id_source > 2)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_pnp_id_encode(
    const babyn_pnp_id *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if ((value->vendor_id_source < 1 || value->vendor_id_source > 2)) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->vendor_id_source, 1);
    at += 1;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->vendor_id, 2);
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->product_id, 2);
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->product_version, 2);
    at += 2;
    if (at > BABYN_PNP_ID_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* RecordAccessOutcome: How one request ended.
 *
 * PLXS v1.0.1 - Pulse Oximeter Service - §3.4.2
 */
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_SUCCESS 1
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_OP_CODE_NOT_SUPPORTED 2
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_INVALID_OPERATOR 3
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_OPERATOR_NOT_SUPPORTED 4
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_INVALID_OPERAND 5
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_NO_RECORDS_FOUND 6
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_ABORT_UNSUCCESSFUL 7
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_PROCEDURE_NOT_COMPLETED 8
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_OPERAND_NOT_SUPPORTED 9
#define BABYN_RECORD_ACCESS_OUTCOME_RESPONSE_CODE_SERVER_BUSY 10
#define BABYN_RECORD_ACCESS_OUTCOME_MAX_SIZE 2u

typedef struct {
    uint8_t request_op_code[1];
    uint8_t response_code[1];
} babyn_record_access_outcome_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_record_access_outcome_fixed) == 2, babyn_record_access_outcome_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_record_access_outcome_fixed, request_op_code) == 0, babyn_record_access_outcome_request_op_code_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_record_access_outcome_fixed, response_code) == 1, babyn_record_access_outcome_response_code_offset);
typedef struct {
    uint8_t request_op_code;
    uint8_t response_code;
} babyn_record_access_outcome;

static inline babyn_result babyn_record_access_outcome_decode(
    babyn_record_access_outcome *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->request_op_code = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->response_code = babyn_get_u8(data + at);
    at += 1;
    if ((value->response_code < 1 || value->response_code > 10)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_record_access_outcome_encode(
    const babyn_record_access_outcome *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if ((value->response_code < 1 || value->response_code > 10)) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->request_op_code, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->response_code, 1);
    at += 1;
    if (at > BABYN_RECORD_ACCESS_OUTCOME_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* RecordAccessResponse: The end of a request. Sent by indication.
 *
 * PLXS v1.0.1 - Pulse Oximeter Service - §3.4.2
 */
#define BABYN_RECORD_ACCESS_RESPONSE_OP_CODE_NUMBER_OF_STORED_RECORDS 5
#define BABYN_RECORD_ACCESS_RESPONSE_OP_CODE_RESPONSE_CODE 6
#define BABYN_RECORD_ACCESS_RESPONSE_OP_CODE_COMBINED_REPORT 8
#define BABYN_RECORD_ACCESS_RESPONSE_MAX_SIZE 20u

typedef struct {
    uint8_t op_code[1];
    uint8_t operator_[1];
} babyn_record_access_response_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_record_access_response_fixed) == 2, babyn_record_access_response_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_record_access_response_fixed, op_code) == 0, babyn_record_access_response_op_code_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_record_access_response_fixed, operator_) == 1, babyn_record_access_response_operator__offset);
typedef struct {
    uint8_t op_code;
    uint8_t operator_;
    babyn_span outcome;
} babyn_record_access_response;

static inline babyn_result babyn_record_access_response_decode(
    babyn_record_access_response *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 20) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->op_code = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->operator_ = babyn_get_u8(data + at);
    at += 1;
    value->outcome.data = at < size ? data + at : NULL;
    value->outcome.size = size - at;
    at = size;
    if ((value->op_code < 5 || value->op_code > 6) && value->op_code != 8) {
        return BABYN_INVALID;
    }
    if (value->operator_ != 0) {
        return BABYN_INVALID;
    }
    if (value->op_code == 5) {
        if (value->outcome.size != 1 && value->outcome.size != 2 && value->outcome.size != 4) {
            return BABYN_INVALID;
        }
    }
    if (value->op_code == 6) {
        babyn_record_access_outcome chosen;
        const babyn_result said =
            babyn_record_access_outcome_decode(&chosen, value->outcome.data, value->outcome.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->op_code == 8) {
        if (value->outcome.size != 1 && value->outcome.size != 2 && value->outcome.size != 4) {
            return BABYN_INVALID;
        }
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_record_access_response_encode(
    const babyn_record_access_response *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if ((value->op_code < 5 || value->op_code > 6) && value->op_code != 8) {
        return BABYN_INVALID;
    }
    if (value->operator_ != 0) {
        return BABYN_INVALID;
    }
    if (value->op_code == 5) {
        if (value->outcome.size != 1 && value->outcome.size != 2 && value->outcome.size != 4) {
            return BABYN_INVALID;
        }
    }
    if (value->op_code == 6) {
        babyn_record_access_outcome chosen;
        const babyn_result said =
            babyn_record_access_outcome_decode(&chosen, value->outcome.data, value->outcome.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->op_code == 8) {
        if (value->outcome.size != 1 && value->outcome.size != 2 && value->outcome.size != 4) {
            return BABYN_INVALID;
        }
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->op_code, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->operator_, 1);
    at += 1;
    if (capacity - at < value->outcome.size) {
        return BABYN_TOO_SHORT;
    }
    if (value->outcome.size != 0) {
        memcpy(data + at, value->outcome.data, value->outcome.size);
    }
    at += value->outcome.size;
    if (at > BABYN_RECORD_ACCESS_RESPONSE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* RecordAccessRequest: Ask for records, their number or their deletion. Written.
 *
 * ATT error 0xFD: indications are not enabled; 0xFE: another request is running.
 *
 * PLXS v1.0.1 - Pulse Oximeter Service - §3.4.2
 */
#define BABYN_RECORD_ACCESS_REQUEST_OP_CODE_REPORT_STORED_RECORDS 1
#define BABYN_RECORD_ACCESS_REQUEST_OP_CODE_DELETE_STORED_RECORDS 2
#define BABYN_RECORD_ACCESS_REQUEST_OP_CODE_ABORT_OPERATION 3
#define BABYN_RECORD_ACCESS_REQUEST_OP_CODE_REPORT_NUMBER_OF_STORED_RECORDS 4
#define BABYN_RECORD_ACCESS_REQUEST_OP_CODE_COMBINED_REPORT 7
#define BABYN_RECORD_ACCESS_REQUEST_OPERATOR_NULL 0
#define BABYN_RECORD_ACCESS_REQUEST_OPERATOR_ALL_RECORDS 1
#define BABYN_RECORD_ACCESS_REQUEST_OPERATOR_LESS_THAN_OR_EQUAL_TO 2
#define BABYN_RECORD_ACCESS_REQUEST_OPERATOR_GREATER_THAN_OR_EQUAL_TO 3
#define BABYN_RECORD_ACCESS_REQUEST_OPERATOR_WITHIN_RANGE_OF 4
#define BABYN_RECORD_ACCESS_REQUEST_OPERATOR_FIRST_RECORD 5
#define BABYN_RECORD_ACCESS_REQUEST_OPERATOR_LAST_RECORD 6
#define BABYN_RECORD_ACCESS_REQUEST_MAX_SIZE 20u

typedef struct {
    uint8_t op_code[1];
    uint8_t operator_[1];
} babyn_record_access_request_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_record_access_request_fixed) == 2, babyn_record_access_request_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_record_access_request_fixed, op_code) == 0, babyn_record_access_request_op_code_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_record_access_request_fixed, operator_) == 1, babyn_record_access_request_operator__offset);
typedef struct {
    uint8_t op_code;
    uint8_t operator_;
    babyn_span operand;
} babyn_record_access_request;

static inline babyn_result babyn_record_access_request_decode(
    babyn_record_access_request *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 20) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->op_code = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->operator_ = babyn_get_u8(data + at);
    at += 1;
    value->operand.data = at < size ? data + at : NULL;
    value->operand.size = size - at;
    at = size;
    if ((value->op_code < 1 || value->op_code > 4) && value->op_code != 7) {
        return BABYN_INVALID;
    }
    if (value->operator_ > 6) {
        return BABYN_INVALID;
    }
    if (!((value->operator_ == 0) == (value->op_code == 3) && (value->operand.size != 0) ==
          (value->operator_ >= 2 && value->operator_ <= 4))) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_record_access_request_encode(
    const babyn_record_access_request *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if ((value->op_code < 1 || value->op_code > 4) && value->op_code != 7) {
        return BABYN_INVALID;
    }
    if (value->operator_ > 6) {
        return BABYN_INVALID;
    }
    if (!((value->operator_ == 0) == (value->op_code == 3) && (value->operand.size != 0) ==
          (value->operator_ >= 2 && value->operator_ <= 4))) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->op_code, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->operator_, 1);
    at += 1;
    if (capacity - at < value->operand.size) {
        return BABYN_TOO_SHORT;
    }
    if (value->operand.size != 0) {
        memcpy(data + at, value->operand.data, value->operand.size);
    }
    at += value->operand.size;
    if (at > BABYN_RECORD_ACCESS_REQUEST_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PlxSpotCheckMeasurement: One reading of a session. Sent by indication.
 *
 * PLXS v1.0.1 - Pulse Oximeter Service - §3.1
 */
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_TIMESTAMP_PRESENT 0x1u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_PRESENT 0x2u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_MEASUREMENT_ONGOING 0x20u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_EARLY_ESTIMATED_DATA 0x40u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_VALIDATED_DATA 0x80u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_FULLY_QUALIFIED_DATA 0x100u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_DATA_FROM_MEASUREMENT_STORAGE 0x200u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_DATA_FOR_DEMONSTRATION 0x400u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_DATA_FOR_TESTING 0x800u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_CALIBRATION_ONGOING 0x1000u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_MEASUREMENT_UNAVAILABLE 0x2000u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_QUESTIONABLE_MEASUREMENT_DETECTED 0x4000u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_INVALID_MEASUREMENT_DETECTED 0x8000u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_PRESENT 0x4u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_EXTENDED_DISPLAY_UPDATE_ONGOING 0x1u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_EQUIPMENT_MALFUNCTION_DETECTED 0x2u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SIGNAL_PROCESSING_IRREGULARITY_DETECTED 0x4u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_INADEQUATE_SIGNAL_DETECTED 0x8u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_POOR_SIGNAL_DETECTED 0x10u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_LOW_PERFUSION_DETECTED 0x20u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_ERRATIC_SIGNAL_DETECTED 0x40u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_NON_PULSATILE_SIGNAL_DETECTED 0x80u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_QUESTIONABLE_PULSE_DETECTED 0x100u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SIGNAL_ANALYSIS_ONGOING 0x200u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_INTERFERENCE_DETECTED 0x400u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_UNCONNECTED_TO_USER 0x800u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_UNKNOWN_SENSOR_CONNECTED 0x1000u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_DISPLACED 0x2000u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_MALFUNCTIONING 0x4000u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_DISCONNECTED 0x8000u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_PULSE_AMPLITUDE_INDEX_PRESENT 0x8u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_CLOCK_NOT_SET_MASK 0x10u
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_KNOWN_FLAGS 0x1Fu
#define BABYN_PLX_SPOT_CHECK_MEASUREMENT_MAX_SIZE 19u

typedef struct {
    uint8_t flags[1];
    uint8_t spo2[2];
    uint8_t pulse_rate[2];
} babyn_plx_spot_check_measurement_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_plx_spot_check_measurement_fixed) == 5, babyn_plx_spot_check_measurement_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_plx_spot_check_measurement_fixed, flags) == 0, babyn_plx_spot_check_measurement_flags_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_plx_spot_check_measurement_fixed, spo2) == 1, babyn_plx_spot_check_measurement_spo2_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_plx_spot_check_measurement_fixed, pulse_rate) == 3, babyn_plx_spot_check_measurement_pulse_rate_offset);
typedef struct {
    uint8_t flags;
    babyn_medfloat spo2;
    babyn_medfloat pulse_rate;
    babyn_date_time timestamp;
    uint16_t measurement_status;
    uint32_t device_and_sensor_status;
    babyn_medfloat pulse_amplitude_index;
} babyn_plx_spot_check_measurement;

static inline babyn_result babyn_plx_spot_check_measurement_decode(
    babyn_plx_spot_check_measurement *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    babyn_result result;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_KNOWN_FLAGS);
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_get_medfloat16(&value->spo2, data + at);
    at += 2;
    if (result != BABYN_OK) {
        return result;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_get_medfloat16(&value->pulse_rate, data + at);
    at += 2;
    if (result != BABYN_OK) {
        return result;
    }
    if ((flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_TIMESTAMP_PRESENT) != 0) {
        if (size - at < 7) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_date_time(&value->timestamp, data + at);
        at += 7;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->measurement_status = babyn_get_u16(data + at) & 0xFFE0u;
        at += 2;
    }
    if ((flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_PRESENT) != 0) {
        if (size - at < 3) {
            return BABYN_TOO_SHORT;
        }
        value->device_and_sensor_status = babyn_get_u24(data + at) & 0xFFFFu;
        at += 3;
    }
    if ((flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_PULSE_AMPLITUDE_INDEX_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_medfloat16(&value->pulse_amplitude_index, data + at);
        at += 2;
        if (result != BABYN_OK) {
            return result;
        }
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_PLX_SPOT_CHECK_MEASUREMENT_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_plx_spot_check_measurement_encode(
    const babyn_plx_spot_check_measurement *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    babyn_result result;
    uint32_t flags = value->flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_KNOWN_FLAGS;
    *size = 0;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_put_medfloat16(data + at, &value->spo2);
    if (result != BABYN_OK) {
        return result;
    }
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_put_medfloat16(data + at, &value->pulse_rate);
    if (result != BABYN_OK) {
        return result;
    }
    at += 2;
    if ((flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_TIMESTAMP_PRESENT) != 0) {
        if (capacity - at < 7) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_date_time(data + at, &value->timestamp);
        if (result != BABYN_OK) {
            return result;
        }
        at += 7;
    }
    if ((flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_MEASUREMENT_STATUS_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->measurement_status & 0xFFE0u, 2);
        at += 2;
    }
    if ((flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_PRESENT) != 0) {
        if (capacity - at < 3) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->device_and_sensor_status & 0xFFFFu, 3);
        at += 3;
    }
    if ((flags & BABYN_PLX_SPOT_CHECK_MEASUREMENT_PULSE_AMPLITUDE_INDEX_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_medfloat16(data + at, &value->pulse_amplitude_index);
        if (result != BABYN_OK) {
            return result;
        }
        at += 2;
    }
    if (at > BABYN_PLX_SPOT_CHECK_MEASUREMENT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PlxContinuousMeasurement: One reading of many, to be shown at once. Sent by notification. It has no time.
 *
 * PLXS v1.0.1 - Pulse Oximeter Service - §3.2
 */
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_SPO2_FAST_PRESENT 0x1u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_RATE_FAST_PRESENT 0x1u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_SPO2_SLOW_PRESENT 0x2u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_RATE_SLOW_PRESENT 0x2u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_PRESENT 0x4u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_MEASUREMENT_ONGOING 0x20u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_EARLY_ESTIMATED_DATA 0x40u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_VALIDATED_DATA 0x80u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_FULLY_QUALIFIED_DATA 0x100u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_DATA_FROM_MEASUREMENT_STORAGE 0x200u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_DATA_FOR_DEMONSTRATION 0x400u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_DATA_FOR_TESTING 0x800u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_CALIBRATION_ONGOING 0x1000u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_MEASUREMENT_UNAVAILABLE 0x2000u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_QUESTIONABLE_MEASUREMENT_DETECTED 0x4000u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_INVALID_MEASUREMENT_DETECTED 0x8000u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_PRESENT 0x8u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_EXTENDED_DISPLAY_UPDATE_ONGOING 0x1u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_EQUIPMENT_MALFUNCTION_DETECTED 0x2u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SIGNAL_PROCESSING_IRREGULARITY_DETECTED 0x4u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_INADEQUATE_SIGNAL_DETECTED 0x8u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_POOR_SIGNAL_DETECTED 0x10u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_LOW_PERFUSION_DETECTED 0x20u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_ERRATIC_SIGNAL_DETECTED 0x40u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_NON_PULSATILE_SIGNAL_DETECTED 0x80u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_QUESTIONABLE_PULSE_DETECTED 0x100u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SIGNAL_ANALYSIS_ONGOING 0x200u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_INTERFERENCE_DETECTED 0x400u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_UNCONNECTED_TO_USER 0x800u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_UNKNOWN_SENSOR_CONNECTED 0x1000u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_DISPLACED 0x2000u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_MALFUNCTIONING 0x4000u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_SENSOR_DISCONNECTED 0x8000u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_AMPLITUDE_INDEX_PRESENT 0x10u
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_KNOWN_FLAGS 0x1Fu
#define BABYN_PLX_CONTINUOUS_MEASUREMENT_MAX_SIZE 20u

typedef struct {
    uint8_t flags[1];
    uint8_t spo2[2];
    uint8_t pulse_rate[2];
} babyn_plx_continuous_measurement_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_plx_continuous_measurement_fixed) == 5, babyn_plx_continuous_measurement_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_plx_continuous_measurement_fixed, flags) == 0, babyn_plx_continuous_measurement_flags_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_plx_continuous_measurement_fixed, spo2) == 1, babyn_plx_continuous_measurement_spo2_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_plx_continuous_measurement_fixed, pulse_rate) == 3, babyn_plx_continuous_measurement_pulse_rate_offset);
typedef struct {
    uint8_t flags;
    babyn_medfloat spo2;
    babyn_medfloat pulse_rate;
    babyn_medfloat spo2_fast;
    babyn_medfloat pulse_rate_fast;
    babyn_medfloat spo2_slow;
    babyn_medfloat pulse_rate_slow;
    uint16_t measurement_status;
    uint32_t device_and_sensor_status;
    babyn_medfloat pulse_amplitude_index;
} babyn_plx_continuous_measurement;

static inline babyn_result babyn_plx_continuous_measurement_decode(
    babyn_plx_continuous_measurement *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    babyn_result result;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_KNOWN_FLAGS);
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_get_medfloat16(&value->spo2, data + at);
    at += 2;
    if (result != BABYN_OK) {
        return result;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_get_medfloat16(&value->pulse_rate, data + at);
    at += 2;
    if (result != BABYN_OK) {
        return result;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_SPO2_FAST_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_medfloat16(&value->spo2_fast, data + at);
        at += 2;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_RATE_FAST_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_medfloat16(&value->pulse_rate_fast, data + at);
        at += 2;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_SPO2_SLOW_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_medfloat16(&value->spo2_slow, data + at);
        at += 2;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_RATE_SLOW_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_medfloat16(&value->pulse_rate_slow, data + at);
        at += 2;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->measurement_status = babyn_get_u16(data + at) & 0xFFE0u;
        at += 2;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_PRESENT) != 0) {
        if (size - at < 3) {
            return BABYN_TOO_SHORT;
        }
        value->device_and_sensor_status = babyn_get_u24(data + at) & 0xFFFFu;
        at += 3;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_AMPLITUDE_INDEX_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_medfloat16(&value->pulse_amplitude_index, data + at);
        at += 2;
        if (result != BABYN_OK) {
            return result;
        }
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_PLX_CONTINUOUS_MEASUREMENT_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_plx_continuous_measurement_encode(
    const babyn_plx_continuous_measurement *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    babyn_result result;
    uint32_t flags = value->flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_KNOWN_FLAGS;
    *size = 0;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_put_medfloat16(data + at, &value->spo2);
    if (result != BABYN_OK) {
        return result;
    }
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_put_medfloat16(data + at, &value->pulse_rate);
    if (result != BABYN_OK) {
        return result;
    }
    at += 2;
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_SPO2_FAST_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_medfloat16(data + at, &value->spo2_fast);
        if (result != BABYN_OK) {
            return result;
        }
        at += 2;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_RATE_FAST_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_medfloat16(data + at, &value->pulse_rate_fast);
        if (result != BABYN_OK) {
            return result;
        }
        at += 2;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_SPO2_SLOW_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_medfloat16(data + at, &value->spo2_slow);
        if (result != BABYN_OK) {
            return result;
        }
        at += 2;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_RATE_SLOW_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_medfloat16(data + at, &value->pulse_rate_slow);
        if (result != BABYN_OK) {
            return result;
        }
        at += 2;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_MEASUREMENT_STATUS_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->measurement_status & 0xFFE0u, 2);
        at += 2;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_PRESENT) != 0) {
        if (capacity - at < 3) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->device_and_sensor_status & 0xFFFFu, 3);
        at += 3;
    }
    if ((flags & BABYN_PLX_CONTINUOUS_MEASUREMENT_PULSE_AMPLITUDE_INDEX_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_medfloat16(data + at, &value->pulse_amplitude_index);
        if (result != BABYN_OK) {
            return result;
        }
        at += 2;
    }
    if (at > BABYN_PLX_CONTINUOUS_MEASUREMENT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PlxFeatures: What this oximeter can do and say.
 *
 * PLXS v1.0.1 - Pulse Oximeter Service - §3.3
 */
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_PRESENT 0x1u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_MEASUREMENT_ONGOING 0x20u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_EARLY_ESTIMATED_DATA 0x40u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_VALIDATED_DATA 0x80u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_FULLY_QUALIFIED_DATA 0x100u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_DATA_FROM_MEASUREMENT_STORAGE 0x200u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_DATA_FOR_DEMONSTRATION 0x400u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_DATA_FOR_TESTING 0x800u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_CALIBRATION_ONGOING 0x1000u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_MEASUREMENT_UNAVAILABLE 0x2000u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_QUESTIONABLE_MEASUREMENT_DETECTED 0x4000u
#define BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_INVALID_MEASUREMENT_DETECTED 0x8000u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_PRESENT 0x2u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_EXTENDED_DISPLAY_UPDATE_ONGOING 0x1u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_EQUIPMENT_MALFUNCTION_DETECTED 0x2u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_SIGNAL_PROCESSING_IRREGULARITY_DETECTED 0x4u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_INADEQUATE_SIGNAL_DETECTED 0x8u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_POOR_SIGNAL_DETECTED 0x10u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_LOW_PERFUSION_DETECTED 0x20u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_ERRATIC_SIGNAL_DETECTED 0x40u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_NON_PULSATILE_SIGNAL_DETECTED 0x80u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_QUESTIONABLE_PULSE_DETECTED 0x100u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_SIGNAL_ANALYSIS_ONGOING 0x200u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_SENSOR_INTERFERENCE_DETECTED 0x400u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_SENSOR_UNCONNECTED_TO_USER 0x800u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_UNKNOWN_SENSOR_CONNECTED 0x1000u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_SENSOR_DISPLACED 0x2000u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_SENSOR_MALFUNCTIONING 0x4000u
#define BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_SENSOR_DISCONNECTED 0x8000u
#define BABYN_PLX_FEATURES_STORES_MEASUREMENTS_MASK 0x4u
#define BABYN_PLX_FEATURES_HAS_TIMESTAMPS_MASK 0x8u
#define BABYN_PLX_FEATURES_HAS_FAST_VALUES_MASK 0x10u
#define BABYN_PLX_FEATURES_HAS_SLOW_VALUES_MASK 0x20u
#define BABYN_PLX_FEATURES_HAS_PULSE_AMPLITUDE_INDEX_MASK 0x40u
#define BABYN_PLX_FEATURES_HAS_MULTIPLE_BONDS_MASK 0x80u
#define BABYN_PLX_FEATURES_KNOWN_FLAGS 0xFFu
#define BABYN_PLX_FEATURES_MAX_SIZE 7u

typedef struct {
    uint8_t flags[2];
} babyn_plx_features_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_plx_features_fixed) == 2, babyn_plx_features_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_plx_features_fixed, flags) == 0, babyn_plx_features_flags_offset);
typedef struct {
    uint16_t flags;
    uint16_t measurement_status_support;
    uint32_t device_and_sensor_status_support;
} babyn_plx_features;

static inline babyn_result babyn_plx_features_decode(
    babyn_plx_features *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u16(data + at);
    at += 2;
    value->flags = (uint16_t)(flags & BABYN_PLX_FEATURES_KNOWN_FLAGS);
    if ((flags & BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->measurement_status_support = babyn_get_u16(data + at) & 0xFFE0u;
        at += 2;
    }
    if ((flags & BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_PRESENT) != 0) {
        if (size - at < 3) {
            return BABYN_TOO_SHORT;
        }
        value->device_and_sensor_status_support = babyn_get_u24(data + at) & 0xFFFFu;
        at += 3;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_PLX_FEATURES_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_plx_features_encode(
    const babyn_plx_features *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    uint32_t flags = value->flags & BABYN_PLX_FEATURES_KNOWN_FLAGS;
    *size = 0;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 2);
    at += 2;
    if ((flags & BABYN_PLX_FEATURES_MEASUREMENT_STATUS_SUPPORT_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->measurement_status_support & 0xFFE0u, 2);
        at += 2;
    }
    if ((flags & BABYN_PLX_FEATURES_DEVICE_AND_SENSOR_STATUS_SUPPORT_PRESENT) != 0) {
        if (capacity - at < 3) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->device_and_sensor_status_support & 0xFFFFu, 3);
        at += 3;
    }
    if (at > BABYN_PLX_FEATURES_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Pressure: A pressure of the air.
 *
 * GSS v5 - GATT Specification Supplement - § Pressure
 */
#define BABYN_PRESSURE_MAX_SIZE 4u

typedef struct {
    uint8_t pascal[4];
} babyn_pressure_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_pressure_fixed) == 4, babyn_pressure_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_pressure_fixed, pascal) == 0, babyn_pressure_pascal_offset);
typedef struct {
    uint32_t pascal; /* in steps of 0.1 */
} babyn_pressure;

static inline babyn_result babyn_pressure_decode(
    babyn_pressure *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    value->pascal = babyn_get_u32(data + at);
    at += 4;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_pressure_encode(
    const babyn_pressure *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->pascal, 4);
    at += 4;
    if (at > BABYN_PRESSURE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Temperature: A temperature of the surroundings.
 *
 * GSS v5 - GATT Specification Supplement - § Temperature
 */
#define BABYN_TEMPERATURE_CELSIUS_NOT_KNOWN (-32768)
#define BABYN_TEMPERATURE_MAX_SIZE 2u

typedef struct {
    uint8_t celsius[2];
} babyn_temperature_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_temperature_fixed) == 2, babyn_temperature_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_temperature_fixed, celsius) == 0, babyn_temperature_celsius_offset);
typedef struct {
    int16_t celsius; /* in steps of 0.01 */
} babyn_temperature;

static inline babyn_result babyn_temperature_decode(
    babyn_temperature *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->celsius = babyn_get_s16(data + at);
    at += 2;
    if (value->celsius < (-27315) && value->celsius != (-32768)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_temperature_encode(
    const babyn_temperature *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->celsius < (-27315) && value->celsius != (-32768)) {
        return BABYN_INVALID;
    }
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, (uint64_t)value->celsius, 2);
    at += 2;
    if (at > BABYN_TEMPERATURE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Humidity: A relative humidity.
 *
 * GSS v5 - GATT Specification Supplement - § Humidity
 */
#define BABYN_HUMIDITY_PERCENT_NOT_KNOWN 65535u
#define BABYN_HUMIDITY_MAX_SIZE 2u

typedef struct {
    uint8_t percent[2];
} babyn_humidity_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_humidity_fixed) == 2, babyn_humidity_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_humidity_fixed, percent) == 0, babyn_humidity_percent_offset);
typedef struct {
    uint16_t percent; /* in steps of 0.01 */
} babyn_humidity;

static inline babyn_result babyn_humidity_decode(
    babyn_humidity *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->percent = babyn_get_u16(data + at);
    at += 2;
    if (value->percent > 10000 && value->percent != 65535u) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_humidity_encode(
    const babyn_humidity *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->percent > 10000 && value->percent != 65535u) {
        return BABYN_INVALID;
    }
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->percent, 2);
    at += 2;
    if (at > BABYN_HUMIDITY_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* WeightMeasurement: One weight. Sent by indication.
 *
 * The code 0xFFFF is no weight; as a number it would be 327.675 kg.
 *
 * WSS v1.0.1 - Weight Scale Service - §3.2
 */
#define BABYN_WEIGHT_MEASUREMENT_UNITS_MASK 0x1u
#define BABYN_WEIGHT_MEASUREMENT_UNITS_SHIFT 0
#define BABYN_WEIGHT_MEASUREMENT_UNITS_KG_AND_M 0
#define BABYN_WEIGHT_MEASUREMENT_UNITS_LB_AND_IN 1
#define BABYN_WEIGHT_MEASUREMENT_TIMESTAMP_PRESENT 0x2u
#define BABYN_WEIGHT_MEASUREMENT_USER_ID_PRESENT 0x4u
#define BABYN_WEIGHT_MEASUREMENT_BMI_PRESENT 0x8u
#define BABYN_WEIGHT_MEASUREMENT_HEIGHT_PRESENT 0x8u
#define BABYN_WEIGHT_MEASUREMENT_KNOWN_FLAGS 0xFu
#define BABYN_WEIGHT_MEASUREMENT_MAX_SIZE 15u

typedef struct {
    uint8_t flags[1];
    uint8_t weight[2];
} babyn_weight_measurement_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_weight_measurement_fixed) == 3, babyn_weight_measurement_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_weight_measurement_fixed, flags) == 0, babyn_weight_measurement_flags_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_weight_measurement_fixed, weight) == 1, babyn_weight_measurement_weight_offset);
typedef struct {
    uint8_t flags;
    uint16_t weight; /* in steps of 0.005 or 0.01 */
    babyn_date_time timestamp;
    uint8_t user_id;
    uint16_t bmi; /* in steps of 0.1 */
    uint16_t height; /* in steps of 0.001 or 0.1 */
} babyn_weight_measurement;

static inline babyn_result babyn_weight_measurement_decode(
    babyn_weight_measurement *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    babyn_result result;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_WEIGHT_MEASUREMENT_KNOWN_FLAGS);
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->weight = babyn_get_u16(data + at);
    at += 2;
    if ((flags & BABYN_WEIGHT_MEASUREMENT_TIMESTAMP_PRESENT) != 0) {
        if (size - at < 7) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_date_time(&value->timestamp, data + at);
        at += 7;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((flags & BABYN_WEIGHT_MEASUREMENT_USER_ID_PRESENT) != 0) {
        if (size - at < 1) {
            return BABYN_TOO_SHORT;
        }
        value->user_id = babyn_get_u8(data + at);
        at += 1;
    }
    if ((flags & BABYN_WEIGHT_MEASUREMENT_BMI_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->bmi = babyn_get_u16(data + at);
        at += 2;
    }
    if ((flags & BABYN_WEIGHT_MEASUREMENT_HEIGHT_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->height = babyn_get_u16(data + at);
        at += 2;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_WEIGHT_MEASUREMENT_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_weight_measurement_encode(
    const babyn_weight_measurement *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    babyn_result result;
    uint32_t flags = value->flags & BABYN_WEIGHT_MEASUREMENT_KNOWN_FLAGS;
    *size = 0;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->weight, 2);
    at += 2;
    if ((flags & BABYN_WEIGHT_MEASUREMENT_TIMESTAMP_PRESENT) != 0) {
        if (capacity - at < 7) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_date_time(data + at, &value->timestamp);
        if (result != BABYN_OK) {
            return result;
        }
        at += 7;
    }
    if ((flags & BABYN_WEIGHT_MEASUREMENT_USER_ID_PRESENT) != 0) {
        if (capacity - at < 1) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->user_id, 1);
        at += 1;
    }
    if ((flags & BABYN_WEIGHT_MEASUREMENT_BMI_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->bmi, 2);
        at += 2;
    }
    if ((flags & BABYN_WEIGHT_MEASUREMENT_HEIGHT_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->height, 2);
        at += 2;
    }
    if (at > BABYN_WEIGHT_MEASUREMENT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* WeightScaleFeature: What this scale can do.
 *
 * WSS v1.0.1 - Weight Scale Service - §3.1
 */
#define BABYN_WEIGHT_SCALE_FEATURE_HAS_TIMESTAMPS_MASK 0x1u
#define BABYN_WEIGHT_SCALE_FEATURE_HAS_MULTIPLE_USERS_MASK 0x2u
#define BABYN_WEIGHT_SCALE_FEATURE_HAS_BMI_MASK 0x4u
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_MASK 0x78u
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_SHIFT 3
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_NOT_SPECIFIED 0
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_0_5_KG 1
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_0_2_KG 2
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_0_1_KG 3
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_0_05_KG 4
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_0_02_KG 5
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_0_01_KG 6
#define BABYN_WEIGHT_SCALE_FEATURE_WEIGHT_RESOLUTION_0_005_KG 7
#define BABYN_WEIGHT_SCALE_FEATURE_HEIGHT_RESOLUTION_MASK 0x380u
#define BABYN_WEIGHT_SCALE_FEATURE_HEIGHT_RESOLUTION_SHIFT 7
#define BABYN_WEIGHT_SCALE_FEATURE_HEIGHT_RESOLUTION_NOT_SPECIFIED 0
#define BABYN_WEIGHT_SCALE_FEATURE_HEIGHT_RESOLUTION_0_01_M 1
#define BABYN_WEIGHT_SCALE_FEATURE_HEIGHT_RESOLUTION_0_005_M 2
#define BABYN_WEIGHT_SCALE_FEATURE_HEIGHT_RESOLUTION_0_001_M 3
#define BABYN_WEIGHT_SCALE_FEATURE_KNOWN_FLAGS 0x3FFu
#define BABYN_WEIGHT_SCALE_FEATURE_MAX_SIZE 4u

typedef struct {
    uint8_t flags[4];
} babyn_weight_scale_feature_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_weight_scale_feature_fixed) == 4, babyn_weight_scale_feature_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_weight_scale_feature_fixed, flags) == 0, babyn_weight_scale_feature_flags_offset);
typedef struct {
    uint32_t flags;
} babyn_weight_scale_feature;

static inline babyn_result babyn_weight_scale_feature_decode(
    babyn_weight_scale_feature *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u32(data + at);
    at += 4;
    value->flags = (uint32_t)(flags & BABYN_WEIGHT_SCALE_FEATURE_KNOWN_FLAGS);
    if ((value->flags >> 3 & 0xFu) > 7) {
        return BABYN_INVALID;
    }
    if ((value->flags >> 7 & 0x7u) > 3) {
        return BABYN_INVALID;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_WEIGHT_SCALE_FEATURE_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_weight_scale_feature_encode(
    const babyn_weight_scale_feature *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    uint32_t flags = value->flags & BABYN_WEIGHT_SCALE_FEATURE_KNOWN_FLAGS;
    *size = 0;
    if ((value->flags >> 3 & 0xFu) > 7) {
        return BABYN_INVALID;
    }
    if ((value->flags >> 7 & 0x7u) > 3) {
        return BABYN_INVALID;
    }
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 4);
    at += 4;
    if (at > BABYN_WEIGHT_SCALE_FEATURE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Illuminance: How much light falls on the sensor.
 *
 * GSS v5 - GATT Specification Supplement - § Illuminance
 */
#define BABYN_ILLUMINANCE_LUX_NOT_KNOWN 16777215u
#define BABYN_ILLUMINANCE_MAX_SIZE 3u

typedef struct {
    uint8_t lux[3];
} babyn_illuminance_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_illuminance_fixed) == 3, babyn_illuminance_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_illuminance_fixed, lux) == 0, babyn_illuminance_lux_offset);
typedef struct {
    uint32_t lux; /* in steps of 0.01 */
} babyn_illuminance;

static inline babyn_result babyn_illuminance_decode(
    babyn_illuminance *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 3) {
        return BABYN_TOO_SHORT;
    }
    value->lux = babyn_get_u24(data + at);
    at += 3;
    if (value->lux > 16777215u) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_illuminance_encode(
    const babyn_illuminance *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->lux > 16777215u) {
        return BABYN_INVALID;
    }
    if (capacity - at < 3) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->lux, 3);
    at += 3;
    if (at > BABYN_ILLUMINANCE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Co2Concentration: How much carbon dioxide is in the air.
 *
 * GSS v5 - GATT Specification Supplement - § CO2 Concentration
 */
#define BABYN_CO2_CONCENTRATION_PPM_ABOVE_THE_RANGE 65534u
#define BABYN_CO2_CONCENTRATION_PPM_NOT_KNOWN 65535u
#define BABYN_CO2_CONCENTRATION_MAX_SIZE 2u

typedef struct {
    uint8_t ppm[2];
} babyn_co2_concentration_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_co2_concentration_fixed) == 2, babyn_co2_concentration_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_co2_concentration_fixed, ppm) == 0, babyn_co2_concentration_ppm_offset);
typedef struct {
    uint16_t ppm; /* in steps of 1 */
} babyn_co2_concentration;

static inline babyn_result babyn_co2_concentration_decode(
    babyn_co2_concentration *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->ppm = babyn_get_u16(data + at);
    at += 2;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_co2_concentration_encode(
    const babyn_co2_concentration *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->ppm, 2);
    at += 2;
    if (at > BABYN_CO2_CONCENTRATION_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PowerState: Where the power comes from, and where it goes.
 *
 * BAS v1.1 - Battery Service - §3.2
 */
#define BABYN_POWER_STATE_BATTERY_PRESENT_MASK 0x1u
#define BABYN_POWER_STATE_WIRED_POWER_MASK 0x6u
#define BABYN_POWER_STATE_WIRED_POWER_SHIFT 1
#define BABYN_POWER_STATE_WIRED_POWER_NOT_CONNECTED 0
#define BABYN_POWER_STATE_WIRED_POWER_CONNECTED 1
#define BABYN_POWER_STATE_WIRED_POWER_UNKNOWN 2
#define BABYN_POWER_STATE_WIRELESS_POWER_MASK 0x18u
#define BABYN_POWER_STATE_WIRELESS_POWER_SHIFT 3
#define BABYN_POWER_STATE_WIRELESS_POWER_NOT_CONNECTED 0
#define BABYN_POWER_STATE_WIRELESS_POWER_CONNECTED 1
#define BABYN_POWER_STATE_WIRELESS_POWER_UNKNOWN 2
#define BABYN_POWER_STATE_CHARGE_STATE_MASK 0x60u
#define BABYN_POWER_STATE_CHARGE_STATE_SHIFT 5
#define BABYN_POWER_STATE_CHARGE_STATE_UNKNOWN 0
#define BABYN_POWER_STATE_CHARGE_STATE_CHARGING 1
#define BABYN_POWER_STATE_CHARGE_STATE_DISCHARGING_ACTIVE 2
#define BABYN_POWER_STATE_CHARGE_STATE_DISCHARGING_INACTIVE 3
#define BABYN_POWER_STATE_CHARGE_LEVEL_MASK 0x180u
#define BABYN_POWER_STATE_CHARGE_LEVEL_SHIFT 7
#define BABYN_POWER_STATE_CHARGE_LEVEL_UNKNOWN 0
#define BABYN_POWER_STATE_CHARGE_LEVEL_GOOD 1
#define BABYN_POWER_STATE_CHARGE_LEVEL_LOW 2
#define BABYN_POWER_STATE_CHARGE_LEVEL_CRITICAL 3
#define BABYN_POWER_STATE_CHARGING_TYPE_MASK 0xE00u
#define BABYN_POWER_STATE_CHARGING_TYPE_SHIFT 9
#define BABYN_POWER_STATE_CHARGING_TYPE_UNKNOWN_OR_NOT_CHARGING 0
#define BABYN_POWER_STATE_CHARGING_TYPE_CONSTANT_CURRENT 1
#define BABYN_POWER_STATE_CHARGING_TYPE_CONSTANT_VOLTAGE 2
#define BABYN_POWER_STATE_CHARGING_TYPE_TRICKLE 3
#define BABYN_POWER_STATE_CHARGING_TYPE_FLOAT 4
#define BABYN_POWER_STATE_BATTERY_CHARGING_FAULT_MASK 0x1000u
#define BABYN_POWER_STATE_EXTERNAL_POWER_CHARGING_FAULT_MASK 0x2000u
#define BABYN_POWER_STATE_OTHER_CHARGING_FAULT_MASK 0x4000u
#define BABYN_POWER_STATE_KNOWN_FLAGS 0x7FFFu
#define BABYN_POWER_STATE_MAX_SIZE 2u

typedef struct {
    uint8_t flags[2];
} babyn_power_state_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_power_state_fixed) == 2, babyn_power_state_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_power_state_fixed, flags) == 0, babyn_power_state_flags_offset);
typedef struct {
    uint16_t flags;
} babyn_power_state;

static inline babyn_result babyn_power_state_decode(
    babyn_power_state *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u16(data + at);
    at += 2;
    value->flags = (uint16_t)(flags & BABYN_POWER_STATE_KNOWN_FLAGS);
    if ((value->flags >> 1 & 0x3u) > 2) {
        return BABYN_INVALID;
    }
    if ((value->flags >> 3 & 0x3u) > 2) {
        return BABYN_INVALID;
    }
    if ((value->flags >> 9 & 0x7u) > 4) {
        return BABYN_INVALID;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_POWER_STATE_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_power_state_encode(
    const babyn_power_state *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    uint32_t flags = value->flags & BABYN_POWER_STATE_KNOWN_FLAGS;
    *size = 0;
    if ((value->flags >> 1 & 0x3u) > 2) {
        return BABYN_INVALID;
    }
    if ((value->flags >> 3 & 0x3u) > 2) {
        return BABYN_INVALID;
    }
    if ((value->flags >> 9 & 0x7u) > 4) {
        return BABYN_INVALID;
    }
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 2);
    at += 2;
    if (at > BABYN_POWER_STATE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* AdditionalStatus: Whether the battery wants attention.
 *
 * BAS v1.1 - Battery Service - §3.2
 */
#define BABYN_ADDITIONAL_STATUS_SERVICE_REQUIRED_MASK 0x3u
#define BABYN_ADDITIONAL_STATUS_SERVICE_REQUIRED_SHIFT 0
#define BABYN_ADDITIONAL_STATUS_SERVICE_REQUIRED_NO 0
#define BABYN_ADDITIONAL_STATUS_SERVICE_REQUIRED_YES 1
#define BABYN_ADDITIONAL_STATUS_SERVICE_REQUIRED_UNKNOWN 2
#define BABYN_ADDITIONAL_STATUS_BATTERY_FAULT_MASK 0x4u
#define BABYN_ADDITIONAL_STATUS_KNOWN_FLAGS 0x7u
#define BABYN_ADDITIONAL_STATUS_MAX_SIZE 1u

typedef struct {
    uint8_t flags[1];
} babyn_additional_status_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_additional_status_fixed) == 1, babyn_additional_status_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_additional_status_fixed, flags) == 0, babyn_additional_status_flags_offset);
typedef struct {
    uint8_t flags;
} babyn_additional_status;

static inline babyn_result babyn_additional_status_decode(
    babyn_additional_status *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_ADDITIONAL_STATUS_KNOWN_FLAGS);
    if ((value->flags >> 0 & 0x3u) > 2) {
        return BABYN_INVALID;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_ADDITIONAL_STATUS_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_additional_status_encode(
    const babyn_additional_status *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    uint32_t flags = value->flags & BABYN_ADDITIONAL_STATUS_KNOWN_FLAGS;
    *size = 0;
    if ((value->flags >> 0 & 0x3u) > 2) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (at > BABYN_ADDITIONAL_STATUS_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* BatteryLevelStatus: A battery and its power. Read, or sent by notification.
 *
 * BAS v1.1 - Battery Service - §3.2
 */
#define BABYN_BATTERY_LEVEL_STATUS_IDENTIFIER_PRESENT 0x1u
#define BABYN_BATTERY_LEVEL_STATUS_PERCENT_PRESENT 0x2u
#define BABYN_BATTERY_LEVEL_STATUS_ADDITIONAL_STATUS_PRESENT 0x4u
#define BABYN_BATTERY_LEVEL_STATUS_KNOWN_FLAGS 0x7u
#define BABYN_BATTERY_LEVEL_STATUS_MAX_SIZE 7u

typedef struct {
    uint8_t flags[1];
    uint8_t power_state[2];
} babyn_battery_level_status_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_battery_level_status_fixed) == 3, babyn_battery_level_status_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_battery_level_status_fixed, flags) == 0, babyn_battery_level_status_flags_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_battery_level_status_fixed, power_state) == 1, babyn_battery_level_status_power_state_offset);
typedef struct {
    uint8_t flags;
    babyn_power_state power_state;
    uint16_t identifier;
    uint8_t percent;
    babyn_additional_status additional_status;
} babyn_battery_level_status;

static inline babyn_result babyn_battery_level_status_decode(
    babyn_battery_level_status *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    babyn_result result;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_BATTERY_LEVEL_STATUS_KNOWN_FLAGS);
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    result = babyn_power_state_decode(&value->power_state, data + at, 2);
    at += 2;
    if (result != BABYN_OK) {
        return result;
    }
    if ((flags & BABYN_BATTERY_LEVEL_STATUS_IDENTIFIER_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->identifier = babyn_get_u16(data + at);
        at += 2;
    }
    if ((flags & BABYN_BATTERY_LEVEL_STATUS_PERCENT_PRESENT) != 0) {
        if (size - at < 1) {
            return BABYN_TOO_SHORT;
        }
        value->percent = babyn_get_u8(data + at);
        at += 1;
    }
    if ((flags & BABYN_BATTERY_LEVEL_STATUS_ADDITIONAL_STATUS_PRESENT) != 0) {
        if (size - at < 1) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_additional_status_decode(&value->additional_status, data + at, 1);
        at += 1;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((value->flags & BABYN_BATTERY_LEVEL_STATUS_PERCENT_PRESENT) != 0 && value->percent >
          100) {
        return BABYN_INVALID;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_BATTERY_LEVEL_STATUS_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_battery_level_status_encode(
    const babyn_battery_level_status *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    size_t part = 0;
    babyn_result result;
    uint32_t flags = value->flags & BABYN_BATTERY_LEVEL_STATUS_KNOWN_FLAGS;
    *size = 0;
    if ((value->flags & BABYN_BATTERY_LEVEL_STATUS_PERCENT_PRESENT) != 0 && value->percent >
          100) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    result = babyn_power_state_encode(&value->power_state, data + at, capacity - at, &part);
    if (result != BABYN_OK) {
        return result;
    }
    at += part;
    if ((flags & BABYN_BATTERY_LEVEL_STATUS_IDENTIFIER_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->identifier, 2);
        at += 2;
    }
    if ((flags & BABYN_BATTERY_LEVEL_STATUS_PERCENT_PRESENT) != 0) {
        if (capacity - at < 1) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->percent, 1);
        at += 1;
    }
    if ((flags & BABYN_BATTERY_LEVEL_STATUS_ADDITIONAL_STATUS_PRESENT) != 0) {
        result = babyn_additional_status_encode(&value->additional_status, data + at, capacity - at, &part);
        if (result != BABYN_OK) {
            return result;
        }
        at += part;
    }
    if (at > BABYN_BATTERY_LEVEL_STATUS_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Illuminance16: How much light falls on the sensor, in two bytes.
 *
 * Illuminance 16 is younger than the numbered editions of the GATT Specification Supplement.
 */
#define BABYN_ILLUMINANCE_16_LUX_NOT_KNOWN 65535u
#define BABYN_ILLUMINANCE_16_MAX_SIZE 2u

typedef struct {
    uint8_t lux[2];
} babyn_illuminance_16_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_illuminance_16_fixed) == 2, babyn_illuminance_16_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_illuminance_16_fixed, lux) == 0, babyn_illuminance_16_lux_offset);
typedef struct {
    uint16_t lux; /* in steps of 1 */
} babyn_illuminance_16;

static inline babyn_result babyn_illuminance_16_decode(
    babyn_illuminance_16 *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->lux = babyn_get_u16(data + at);
    at += 2;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_illuminance_16_encode(
    const babyn_illuminance_16 *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->lux, 2);
    at += 2;
    if (at > BABYN_ILLUMINANCE_16_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* SoundLevel: How loud it is, never what is heard. */
#define BABYN_SOUND_LEVEL_LEVEL_ABOVE_THE_RANGE 254
#define BABYN_SOUND_LEVEL_LEVEL_NOT_KNOWN 255
#define BABYN_SOUND_LEVEL_MAXIMUM_PRESENT 0x1u
#define BABYN_SOUND_LEVEL_MAXIMUM_ABOVE_THE_RANGE 254
#define BABYN_SOUND_LEVEL_MAXIMUM_NOT_KNOWN 255
#define BABYN_SOUND_LEVEL_PERIOD_SECONDS_PRESENT 0x2u
#define BABYN_SOUND_LEVEL_KNOWN_FLAGS 0x3u
#define BABYN_SOUND_LEVEL_MAX_SIZE 5u

typedef struct {
    uint8_t flags[1];
    uint8_t level[1];
} babyn_sound_level_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_sound_level_fixed) == 2, babyn_sound_level_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_sound_level_fixed, flags) == 0, babyn_sound_level_flags_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_sound_level_fixed, level) == 1, babyn_sound_level_level_offset);
typedef struct {
    uint8_t flags;
    uint8_t level; /* in steps of 1 */
    uint8_t maximum; /* in steps of 1 */
    uint16_t period_seconds;
} babyn_sound_level;

static inline babyn_result babyn_sound_level_decode(
    babyn_sound_level *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_SOUND_LEVEL_KNOWN_FLAGS);
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->level = babyn_get_u8(data + at);
    at += 1;
    if ((flags & BABYN_SOUND_LEVEL_MAXIMUM_PRESENT) != 0) {
        if (size - at < 1) {
            return BABYN_TOO_SHORT;
        }
        value->maximum = babyn_get_u8(data + at);
        at += 1;
    }
    if ((flags & BABYN_SOUND_LEVEL_PERIOD_SECONDS_PRESENT) != 0) {
        if (size - at < 2) {
            return BABYN_TOO_SHORT;
        }
        value->period_seconds = babyn_get_u16(data + at);
        at += 2;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_SOUND_LEVEL_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_sound_level_encode(
    const babyn_sound_level *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    uint32_t flags = value->flags & BABYN_SOUND_LEVEL_KNOWN_FLAGS;
    *size = 0;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->level, 1);
    at += 1;
    if ((flags & BABYN_SOUND_LEVEL_MAXIMUM_PRESENT) != 0) {
        if (capacity - at < 1) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->maximum, 1);
        at += 1;
    }
    if ((flags & BABYN_SOUND_LEVEL_PERIOD_SECONDS_PRESENT) != 0) {
        if (capacity - at < 2) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->period_seconds, 2);
        at += 2;
    }
    if (at > BABYN_SOUND_LEVEL_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* FineWeightMeasurement: A weight in steps of 1 g, up to 65.533 kg.
 *
 * The fields that Weight Measurement has too stand in its order, under its flag bits.
 */
#define BABYN_FINE_WEIGHT_MEASUREMENT_WEIGHT_ABOVE_THE_RANGE 65534u
#define BABYN_FINE_WEIGHT_MEASUREMENT_WEIGHT_MEASUREMENT_UNSUCCESSFUL 65535u
#define BABYN_FINE_WEIGHT_MEASUREMENT_TIMESTAMP_PRESENT 0x2u
#define BABYN_FINE_WEIGHT_MEASUREMENT_USER_ID_PRESENT 0x4u
#define BABYN_FINE_WEIGHT_MEASUREMENT_SETTLED_MASK 0x10u
#define BABYN_FINE_WEIGHT_MEASUREMENT_NET_MASK 0x20u
#define BABYN_FINE_WEIGHT_MEASUREMENT_KNOWN_FLAGS 0x36u
#define BABYN_FINE_WEIGHT_MEASUREMENT_MAX_SIZE 11u

typedef struct {
    uint8_t flags[1];
    uint8_t weight[2];
} babyn_fine_weight_measurement_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_fine_weight_measurement_fixed) == 3, babyn_fine_weight_measurement_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_fine_weight_measurement_fixed, flags) == 0, babyn_fine_weight_measurement_flags_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_fine_weight_measurement_fixed, weight) == 1, babyn_fine_weight_measurement_weight_offset);
typedef struct {
    uint8_t flags;
    uint16_t weight; /* in steps of 0.001 */
    babyn_date_time timestamp;
    uint8_t user_id;
} babyn_fine_weight_measurement;

static inline babyn_result babyn_fine_weight_measurement_decode(
    babyn_fine_weight_measurement *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    babyn_result result;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_FINE_WEIGHT_MEASUREMENT_KNOWN_FLAGS);
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->weight = babyn_get_u16(data + at);
    at += 2;
    if ((flags & BABYN_FINE_WEIGHT_MEASUREMENT_TIMESTAMP_PRESENT) != 0) {
        if (size - at < 7) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_get_date_time(&value->timestamp, data + at);
        at += 7;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if ((flags & BABYN_FINE_WEIGHT_MEASUREMENT_USER_ID_PRESENT) != 0) {
        if (size - at < 1) {
            return BABYN_TOO_SHORT;
        }
        value->user_id = babyn_get_u8(data + at);
        at += 1;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_FINE_WEIGHT_MEASUREMENT_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_fine_weight_measurement_encode(
    const babyn_fine_weight_measurement *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    babyn_result result;
    uint32_t flags = value->flags & BABYN_FINE_WEIGHT_MEASUREMENT_KNOWN_FLAGS;
    *size = 0;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->weight, 2);
    at += 2;
    if ((flags & BABYN_FINE_WEIGHT_MEASUREMENT_TIMESTAMP_PRESENT) != 0) {
        if (capacity - at < 7) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_put_date_time(data + at, &value->timestamp);
        if (result != BABYN_OK) {
            return result;
        }
        at += 7;
    }
    if ((flags & BABYN_FINE_WEIGHT_MEASUREMENT_USER_ID_PRESENT) != 0) {
        if (capacity - at < 1) {
            return BABYN_TOO_SHORT;
        }
        babyn_put(data + at, value->user_id, 1);
        at += 1;
    }
    if (at > BABYN_FINE_WEIGHT_MEASUREMENT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PropertyDescription: What one property is, and what it can be set to. 20 bytes. */
#define BABYN_PROPERTY_DESCRIPTION_KIND_BOOL 1
#define BABYN_PROPERTY_DESCRIPTION_KIND_ENUM 2
#define BABYN_PROPERTY_DESCRIPTION_KIND_LEVEL 3
#define BABYN_PROPERTY_DESCRIPTION_KIND_COLOUR 4
#define BABYN_PROPERTY_DESCRIPTION_KIND_TEMPERATURE 5
#define BABYN_PROPERTY_DESCRIPTION_KIND_DURATION 6
#define BABYN_PROPERTY_DESCRIPTION_NAME_LIGHT_BRIGHTNESS 1
#define BABYN_PROPERTY_DESCRIPTION_NAME_LIGHT_COLOUR 2
#define BABYN_PROPERTY_DESCRIPTION_NAME_LIGHT_COLOUR_TEMPERATURE 3
#define BABYN_PROPERTY_DESCRIPTION_NAME_SOUND 17
#define BABYN_PROPERTY_DESCRIPTION_NAME_SOUND_VOLUME 18
#define BABYN_PROPERTY_DESCRIPTION_NAME_WARMER 33
#define BABYN_PROPERTY_DESCRIPTION_NAME_WARMER_TARGET 34
#define BABYN_PROPERTY_DESCRIPTION_NAME_WARMER_TEMPERATURE 35
#define BABYN_PROPERTY_DESCRIPTION_NAME_SAMPLING_INTERVAL 49
#define BABYN_PROPERTY_DESCRIPTION_NAME_TEMPERATURE_ALARM_ABOVE 65
#define BABYN_PROPERTY_DESCRIPTION_NAME_TEMPERATURE_ALARM_BELOW 66
#define BABYN_PROPERTY_DESCRIPTION_NAME_SOUND_ALARM_ABOVE 67
#define BABYN_PROPERTY_DESCRIPTION_NAME_SATURATION_ALARM_BELOW 68
#define BABYN_PROPERTY_DESCRIPTION_NAME_PULSE_ALARM_ABOVE 69
#define BABYN_PROPERTY_DESCRIPTION_NAME_PULSE_ALARM_BELOW 70
#define BABYN_PROPERTY_DESCRIPTION_UNIT_UNITLESS 9984
#define BABYN_PROPERTY_DESCRIPTION_UNIT_SECOND 9987
#define BABYN_PROPERTY_DESCRIPTION_UNIT_KELVIN 9989
#define BABYN_PROPERTY_DESCRIPTION_UNIT_DEGREE_CELSIUS 10031
#define BABYN_PROPERTY_DESCRIPTION_UNIT_LUX 10033
#define BABYN_PROPERTY_DESCRIPTION_UNIT_PERCENTAGE 10157
#define BABYN_PROPERTY_DESCRIPTION_UNIT_BEATS_PER_MINUTE 10159
#define BABYN_PROPERTY_DESCRIPTION_UNIT_DECIBEL 10179
#define BABYN_PROPERTY_DESCRIPTION_SETTABLE_MASK 0x1u
#define BABYN_PROPERTY_DESCRIPTION_KNOWN_FLAGS 0x1u
#define BABYN_PROPERTY_DESCRIPTION_MAX_SIZE 20u

typedef struct {
    uint8_t property_id[1];
    uint8_t kind[1];
    uint8_t name[2];
    uint8_t unit[2];
    uint8_t flags[1];
    uint8_t revision[1];
    uint8_t minimum[4];
    uint8_t maximum[4];
    uint8_t step[4];
} babyn_property_description_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_property_description_fixed) == 20, babyn_property_description_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, property_id) == 0, babyn_property_description_property_id_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, kind) == 1, babyn_property_description_kind_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, name) == 2, babyn_property_description_name_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, unit) == 4, babyn_property_description_unit_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, flags) == 6, babyn_property_description_flags_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, revision) == 7, babyn_property_description_revision_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, minimum) == 8, babyn_property_description_minimum_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, maximum) == 12, babyn_property_description_maximum_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_description_fixed, step) == 16, babyn_property_description_step_offset);
typedef struct {
    uint8_t property_id;
    uint8_t kind;
    uint16_t name;
    uint16_t unit;
    uint8_t flags;
    uint8_t revision;
    uint8_t minimum[4];
    uint8_t maximum[4];
    uint8_t step[4];
} babyn_property_description;

static inline babyn_result babyn_property_description_decode(
    babyn_property_description *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->property_id = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->kind = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->name = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->unit = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_PROPERTY_DESCRIPTION_KNOWN_FLAGS);
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->revision = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(value->minimum, data + at, 4);
    at += 4;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(value->maximum, data + at, 4);
    at += 4;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(value->step, data + at, 4);
    at += 4;
    if (!(babyn_property_value_valid(value->kind, value->minimum) &&
          babyn_property_value_valid(value->kind, value->maximum) &&
          babyn_property_value_valid(value->kind, value->step) &&
          !babyn_property_value_above(value->kind, value->minimum, value->maximum))) {
        return BABYN_INVALID;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_PROPERTY_DESCRIPTION_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_property_description_encode(
    const babyn_property_description *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    uint32_t flags = value->flags & BABYN_PROPERTY_DESCRIPTION_KNOWN_FLAGS;
    *size = 0;
    if (!(babyn_property_value_valid(value->kind, value->minimum) &&
          babyn_property_value_valid(value->kind, value->maximum) &&
          babyn_property_value_valid(value->kind, value->step) &&
          !babyn_property_value_above(value->kind, value->minimum, value->maximum))) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->property_id, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->kind, 1);
    at += 1;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->name, 2);
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->unit, 2);
    at += 2;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->revision, 1);
    at += 1;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(data + at, value->minimum, 4);
    at += 4;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(data + at, value->maximum, 4);
    at += 4;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(data + at, value->step, 4);
    at += 4;
    if (at > BABYN_PROPERTY_DESCRIPTION_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PropertyDescriptions: All properties of a device. Read; those that changed are indicated. */
#define BABYN_PROPERTY_DESCRIPTIONS_DESCRIPTIONS_ITEM_SIZE 20u
#define BABYN_PROPERTY_DESCRIPTIONS_MAX_SIZE 512u

typedef struct {
    babyn_span descriptions;
} babyn_property_descriptions;

static inline bool babyn_property_descriptions_descriptions_valid(babyn_span list)
{
    babyn_property_description one;
    size_t at;
    if (list.size % BABYN_PROPERTY_DESCRIPTIONS_DESCRIPTIONS_ITEM_SIZE != 0) {
        return false;
    }
    for (at = 0; at < list.size; at += BABYN_PROPERTY_DESCRIPTIONS_DESCRIPTIONS_ITEM_SIZE) {
        if (babyn_property_description_decode(&one, list.data + at, BABYN_PROPERTY_DESCRIPTIONS_DESCRIPTIONS_ITEM_SIZE) != BABYN_OK) {
            return false;
        }
    }
    return true;
}
static inline babyn_result babyn_property_descriptions_decode(
    babyn_property_descriptions *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if ((size - at) % 20 != 0) {
        return BABYN_TOO_SHORT;
    }
    value->descriptions.data = at < size ? data + at : NULL;
    value->descriptions.size = size - at;
    at = size;
    if (!babyn_property_descriptions_descriptions_valid(value->descriptions)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_property_descriptions_encode(
    const babyn_property_descriptions *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (!babyn_property_descriptions_descriptions_valid(value->descriptions)) {
        return BABYN_INVALID;
    }
    if (value->descriptions.size % 20 != 0) {
        return BABYN_INVALID;
    }
    if (capacity - at < value->descriptions.size) {
        return BABYN_TOO_SHORT;
    }
    if (value->descriptions.size != 0) {
        memcpy(data + at, value->descriptions.data, value->descriptions.size);
    }
    at += value->descriptions.size;
    if (at > BABYN_PROPERTY_DESCRIPTIONS_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PropertyState: How one property stands. 12 bytes. */
#define BABYN_PROPERTY_STATE_KIND_BOOL 1
#define BABYN_PROPERTY_STATE_KIND_ENUM 2
#define BABYN_PROPERTY_STATE_KIND_LEVEL 3
#define BABYN_PROPERTY_STATE_KIND_COLOUR 4
#define BABYN_PROPERTY_STATE_KIND_TEMPERATURE 5
#define BABYN_PROPERTY_STATE_KIND_DURATION 6
#define BABYN_PROPERTY_STATE_REMAINING_UNTIL_CHANGED 4294967295u
#define BABYN_PROPERTY_STATE_MAX_SIZE 12u

typedef struct {
    uint8_t property_id[1];
    uint8_t kind[1];
    uint8_t revision[2];
    uint8_t value[4];
    uint8_t remaining[4];
} babyn_property_state_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_property_state_fixed) == 12, babyn_property_state_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_state_fixed, property_id) == 0, babyn_property_state_property_id_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_state_fixed, kind) == 1, babyn_property_state_kind_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_state_fixed, revision) == 2, babyn_property_state_revision_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_state_fixed, value) == 4, babyn_property_state_value_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_property_state_fixed, remaining) == 8, babyn_property_state_remaining_offset);
typedef struct {
    uint8_t property_id;
    uint8_t kind;
    uint16_t revision;
    uint8_t value[4];
    uint32_t remaining; /* in seconds */
} babyn_property_state;

static inline babyn_result babyn_property_state_decode(
    babyn_property_state *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->property_id = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->kind = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->revision = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(value->value, data + at, 4);
    at += 4;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    value->remaining = babyn_get_u32(data + at);
    at += 4;
    if (!(babyn_property_value_valid(value->kind, value->value))) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_property_state_encode(
    const babyn_property_state *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (!(babyn_property_value_valid(value->kind, value->value))) {
        return BABYN_INVALID;
    }
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->property_id, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->kind, 1);
    at += 1;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->revision, 2);
    at += 2;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(data + at, value->value, 4);
    at += 4;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->remaining, 4);
    at += 4;
    if (at > BABYN_PROPERTY_STATE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* PropertyStates: How properties stand. Read: all of them; notified: those that changed. */
#define BABYN_PROPERTY_STATES_STATES_ITEM_SIZE 12u
#define BABYN_PROPERTY_STATES_MAX_SIZE 512u

typedef struct {
    babyn_span states;
} babyn_property_states;

static inline bool babyn_property_states_states_valid(babyn_span list)
{
    babyn_property_state one;
    size_t at;
    if (list.size % BABYN_PROPERTY_STATES_STATES_ITEM_SIZE != 0) {
        return false;
    }
    for (at = 0; at < list.size; at += BABYN_PROPERTY_STATES_STATES_ITEM_SIZE) {
        if (babyn_property_state_decode(&one, list.data + at, BABYN_PROPERTY_STATES_STATES_ITEM_SIZE) != BABYN_OK) {
            return false;
        }
    }
    return true;
}
static inline babyn_result babyn_property_states_decode(
    babyn_property_states *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if ((size - at) % 12 != 0) {
        return BABYN_TOO_SHORT;
    }
    value->states.data = at < size ? data + at : NULL;
    value->states.size = size - at;
    at = size;
    if (!babyn_property_states_states_valid(value->states)) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_property_states_encode(
    const babyn_property_states *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (!babyn_property_states_states_valid(value->states)) {
        return BABYN_INVALID;
    }
    if (value->states.size % 12 != 0) {
        return BABYN_INVALID;
    }
    if (capacity - at < value->states.size) {
        return BABYN_TOO_SHORT;
    }
    if (value->states.size != 0) {
        memcpy(data + at, value->states.data, value->states.size);
    }
    at += value->states.size;
    if (at > BABYN_PROPERTY_STATES_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* SetPropertyResponse: What came of one command. Sent by indication. 4 bytes, or 16 with the state. */
#define BABYN_SET_PROPERTY_RESPONSE_RESULT_DONE 0
#define BABYN_SET_PROPERTY_RESPONSE_RESULT_OUT_OF_RANGE 1
#define BABYN_SET_PROPERTY_RESPONSE_RESULT_NOT_SETTABLE 2
#define BABYN_SET_PROPERTY_RESPONSE_RESULT_EXPIRED 3
#define BABYN_SET_PROPERTY_RESPONSE_RESULT_BUSY 4
#define BABYN_SET_PROPERTY_RESPONSE_RESULT_DEVICE_LIMIT 5
#define BABYN_SET_PROPERTY_RESPONSE_RESULT_UNKNOWN_PROPERTY 6
#define BABYN_SET_PROPERTY_RESPONSE_RESULT_WRONG_KIND 7
#define BABYN_SET_PROPERTY_RESPONSE_STATE_PRESENT 0x1u
#define BABYN_SET_PROPERTY_RESPONSE_KNOWN_FLAGS 0x1u
#define BABYN_SET_PROPERTY_RESPONSE_MAX_SIZE 16u

typedef struct {
    uint8_t command_id[2];
    uint8_t result[1];
    uint8_t flags[1];
} babyn_set_property_response_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_set_property_response_fixed) == 4, babyn_set_property_response_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_response_fixed, command_id) == 0, babyn_set_property_response_command_id_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_response_fixed, result) == 2, babyn_set_property_response_result_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_response_fixed, flags) == 3, babyn_set_property_response_flags_offset);
typedef struct {
    uint16_t command_id;
    uint8_t result;
    uint8_t flags;
    babyn_property_state state;
} babyn_set_property_response;

static inline babyn_result babyn_set_property_response_decode(
    babyn_set_property_response *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint32_t flags;
    babyn_result result;
    memset(value, 0, sizeof *value);
    if (size > 20) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->command_id = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->result = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    flags = babyn_get_u8(data + at);
    at += 1;
    value->flags = (uint8_t)(flags & BABYN_SET_PROPERTY_RESPONSE_KNOWN_FLAGS);
    if ((flags & BABYN_SET_PROPERTY_RESPONSE_STATE_PRESENT) != 0) {
        if (size - at < 12) {
            return BABYN_TOO_SHORT;
        }
        result = babyn_property_state_decode(&value->state, data + at, 12);
        at += 12;
        if (result != BABYN_OK) {
            return result;
        }
    }
    if (!(value->result != 0 || (value->flags & BABYN_SET_PROPERTY_RESPONSE_STATE_PRESENT) !=
          0)) {
        return BABYN_INVALID;
    }
    /* A newer revision may have fields behind flags reserved here. */
    if (at != size && (flags & ~(uint32_t)BABYN_SET_PROPERTY_RESPONSE_KNOWN_FLAGS) == 0) {
        return BABYN_TOO_LONG;
    }
    return BABYN_OK;
}

static inline babyn_result babyn_set_property_response_encode(
    const babyn_set_property_response *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    size_t part = 0;
    babyn_result result;
    uint32_t flags = value->flags & BABYN_SET_PROPERTY_RESPONSE_KNOWN_FLAGS;
    *size = 0;
    if (!(value->result != 0 || (value->flags & BABYN_SET_PROPERTY_RESPONSE_STATE_PRESENT) !=
          0)) {
        return BABYN_INVALID;
    }
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->command_id, 2);
    at += 2;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->result, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, flags, 1);
    at += 1;
    if ((flags & BABYN_SET_PROPERTY_RESPONSE_STATE_PRESENT) != 0) {
        result = babyn_property_state_encode(&value->state, data + at, capacity - at, &part);
        if (result != BABYN_OK) {
            return result;
        }
        at += part;
    }
    if (at > BABYN_SET_PROPERTY_RESPONSE_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* SetProperty: Set one property. Written. 14 bytes.
 *
 * The value is absolute, never a change or a toggle, so that a command that arrives twice does
 * what it does once. A command with the number of the last one is answered again and not carried
 * out again.
 */
#define BABYN_SET_PROPERTY_KIND_BOOL 1
#define BABYN_SET_PROPERTY_KIND_ENUM 2
#define BABYN_SET_PROPERTY_KIND_LEVEL 3
#define BABYN_SET_PROPERTY_KIND_COLOUR 4
#define BABYN_SET_PROPERTY_KIND_TEMPERATURE 5
#define BABYN_SET_PROPERTY_KIND_DURATION 6
#define BABYN_SET_PROPERTY_HOLD_FOR_UNTIL_CHANGED 4294967295u
#define BABYN_SET_PROPERTY_MAX_SIZE 14u

typedef struct {
    uint8_t command_id[2];
    uint8_t property_id[1];
    uint8_t kind[1];
    uint8_t value[4];
    uint8_t hold_for[4];
    uint8_t valid_for[2];
} babyn_set_property_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_set_property_fixed) == 14, babyn_set_property_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_fixed, command_id) == 0, babyn_set_property_command_id_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_fixed, property_id) == 2, babyn_set_property_property_id_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_fixed, kind) == 3, babyn_set_property_kind_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_fixed, value) == 4, babyn_set_property_value_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_fixed, hold_for) == 8, babyn_set_property_hold_for_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_set_property_fixed, valid_for) == 12, babyn_set_property_valid_for_offset);
typedef struct {
    uint16_t command_id;
    uint8_t property_id;
    uint8_t kind;
    uint8_t value[4];
    uint32_t hold_for; /* in seconds */
    uint16_t valid_for; /* in seconds */
} babyn_set_property;

static inline babyn_result babyn_set_property_decode(
    babyn_set_property *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->command_id = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->property_id = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->kind = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(value->value, data + at, 4);
    at += 4;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    value->hold_for = babyn_get_u32(data + at);
    at += 4;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->valid_for = babyn_get_u16(data + at);
    at += 2;
    if (!(babyn_property_value_valid(value->kind, value->value))) {
        return BABYN_INVALID;
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_set_property_encode(
    const babyn_set_property *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (!(babyn_property_value_valid(value->kind, value->value))) {
        return BABYN_INVALID;
    }
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->command_id, 2);
    at += 2;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->property_id, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->kind, 1);
    at += 1;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    memcpy(data + at, value->value, 4);
    at += 4;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->hold_for, 4);
    at += 4;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->valid_for, 2);
    at += 2;
    if (at > BABYN_SET_PROPERTY_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Alarm: An alarm of the device's own, raised or over. It is no medical alarm. */
#define BABYN_ALARM_REASON_ABOVE_LIMIT 1
#define BABYN_ALARM_REASON_BELOW_LIMIT 2
#define BABYN_ALARM_REASON_NO_SIGNAL 3
#define BABYN_ALARM_REASON_MALFUNCTION 4
#define BABYN_ALARM_REASON_LOW_BATTERY 5
#define BABYN_ALARM_REASON_NO_MOVEMENT 6
#define BABYN_ALARM_STATE_CLEARED 0
#define BABYN_ALARM_STATE_RAISED 1
#define BABYN_ALARM_STATE_SILENCED 2
#define BABYN_ALARM_MAX_SIZE 4u

typedef struct {
    uint8_t about[2];
    uint8_t reason[1];
    uint8_t state[1];
} babyn_alarm_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_alarm_fixed) == 4, babyn_alarm_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_alarm_fixed, about) == 0, babyn_alarm_about_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_alarm_fixed, reason) == 2, babyn_alarm_reason_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_alarm_fixed, state) == 3, babyn_alarm_state_offset);
typedef struct {
    uint16_t about;
    uint8_t reason;
    uint8_t state;
} babyn_alarm;

static inline babyn_result babyn_alarm_decode(
    babyn_alarm *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->about = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->reason = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->state = babyn_get_u8(data + at);
    at += 1;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_alarm_encode(
    const babyn_alarm *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->about, 2);
    at += 2;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->reason, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->state, 1);
    at += 1;
    if (at > BABYN_ALARM_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* ButtonPressed: Someone pressed a button. */
#define BABYN_BUTTON_PRESSED_PRESS_PRESS 1
#define BABYN_BUTTON_PRESSED_PRESS_DOUBLE_PRESS 2
#define BABYN_BUTTON_PRESSED_PRESS_TRIPLE_PRESS 3
#define BABYN_BUTTON_PRESSED_PRESS_LONG_PRESS 4
#define BABYN_BUTTON_PRESSED_PRESS_LONG_DOUBLE_PRESS 5
#define BABYN_BUTTON_PRESSED_PRESS_LONG_TRIPLE_PRESS 6
#define BABYN_BUTTON_PRESSED_PRESS_HOLD_PRESS 128
#define BABYN_BUTTON_PRESSED_MAX_SIZE 2u

typedef struct {
    uint8_t button[1];
    uint8_t press[1];
} babyn_button_pressed_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_button_pressed_fixed) == 2, babyn_button_pressed_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_button_pressed_fixed, button) == 0, babyn_button_pressed_button_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_button_pressed_fixed, press) == 1, babyn_button_pressed_press_offset);
typedef struct {
    uint8_t button;
    uint8_t press;
} babyn_button_pressed;

static inline babyn_result babyn_button_pressed_decode(
    babyn_button_pressed *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->button = babyn_get_u8(data + at);
    at += 1;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->press = babyn_get_u8(data + at);
    at += 1;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_button_pressed_encode(
    const babyn_button_pressed *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->button, 1);
    at += 1;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->press, 1);
    at += 1;
    if (at > BABYN_BUTTON_PRESSED_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* Moved: The device, or whoever wears it, lies otherwise than before. */
#define BABYN_MOVED_POSTURE_NOT_KNOWN 0
#define BABYN_MOVED_POSTURE_ON_THE_BACK 1
#define BABYN_MOVED_POSTURE_ON_THE_FRONT 2
#define BABYN_MOVED_POSTURE_ON_THE_LEFT_SIDE 3
#define BABYN_MOVED_POSTURE_ON_THE_RIGHT_SIDE 4
#define BABYN_MOVED_POSTURE_UPRIGHT 5
#define BABYN_MOVED_MAX_SIZE 1u

typedef struct {
    uint8_t posture[1];
} babyn_moved_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_moved_fixed) == 1, babyn_moved_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_moved_fixed, posture) == 0, babyn_moved_posture_offset);
typedef struct {
    uint8_t posture;
} babyn_moved;

static inline babyn_result babyn_moved_decode(
    babyn_moved *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->posture = babyn_get_u8(data + at);
    at += 1;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_moved_encode(
    const babyn_moved *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->posture, 1);
    at += 1;
    if (at > BABYN_MOVED_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* ProbeOff: A probe came off; what it measures is nobody's until it is on again. */
#define BABYN_PROBE_OFF_MAX_SIZE 2u

typedef struct {
    uint8_t about[2];
} babyn_probe_off_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_probe_off_fixed) == 2, babyn_probe_off_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_probe_off_fixed, about) == 0, babyn_probe_off_about_offset);
typedef struct {
    uint16_t about;
} babyn_probe_off;

static inline babyn_result babyn_probe_off_decode(
    babyn_probe_off *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->about = babyn_get_u16(data + at);
    at += 2;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_probe_off_encode(
    const babyn_probe_off *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->about, 2);
    at += 2;
    if (at > BABYN_PROBE_OFF_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* FeedEnded: A feed is over: its totals. */
#define BABYN_FEED_ENDED_SECONDS_NOT_KNOWN 65535u
#define BABYN_FEED_ENDED_MILLILITRES_NOT_KNOWN 65535u
#define BABYN_FEED_ENDED_MAX_SIZE 4u

typedef struct {
    uint8_t seconds[2];
    uint8_t millilitres[2];
} babyn_feed_ended_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_feed_ended_fixed) == 4, babyn_feed_ended_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_feed_ended_fixed, seconds) == 0, babyn_feed_ended_seconds_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_feed_ended_fixed, millilitres) == 2, babyn_feed_ended_millilitres_offset);
typedef struct {
    uint16_t seconds; /* in steps of 1 */
    uint16_t millilitres; /* in steps of 1 */
} babyn_feed_ended;

static inline babyn_result babyn_feed_ended_decode(
    babyn_feed_ended *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->seconds = babyn_get_u16(data + at);
    at += 2;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->millilitres = babyn_get_u16(data + at);
    at += 2;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_feed_ended_encode(
    const babyn_feed_ended *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->seconds, 2);
    at += 2;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->millilitres, 2);
    at += 2;
    if (at > BABYN_FEED_ENDED_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* SleepEnded: A sleep is over: its totals. */
#define BABYN_SLEEP_ENDED_SECONDS_NOT_KNOWN 4294967295u
#define BABYN_SLEEP_ENDED_SECONDS_ASLEEP_NOT_KNOWN 4294967295u
#define BABYN_SLEEP_ENDED_TIMES_AWAKE_NOT_KNOWN 255
#define BABYN_SLEEP_ENDED_MAX_SIZE 9u

typedef struct {
    uint8_t seconds[4];
    uint8_t seconds_asleep[4];
    uint8_t times_awake[1];
} babyn_sleep_ended_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_sleep_ended_fixed) == 9, babyn_sleep_ended_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_sleep_ended_fixed, seconds) == 0, babyn_sleep_ended_seconds_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_sleep_ended_fixed, seconds_asleep) == 4, babyn_sleep_ended_seconds_asleep_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_sleep_ended_fixed, times_awake) == 8, babyn_sleep_ended_times_awake_offset);
typedef struct {
    uint32_t seconds; /* in steps of 1 */
    uint32_t seconds_asleep; /* in steps of 1 */
    uint8_t times_awake; /* in steps of 1 */
} babyn_sleep_ended;

static inline babyn_result babyn_sleep_ended_decode(
    babyn_sleep_ended *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 512) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    value->seconds = babyn_get_u32(data + at);
    at += 4;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    value->seconds_asleep = babyn_get_u32(data + at);
    at += 4;
    if (size - at < 1) {
        return BABYN_TOO_SHORT;
    }
    value->times_awake = babyn_get_u8(data + at);
    at += 1;
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_sleep_ended_encode(
    const babyn_sleep_ended *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->seconds, 4);
    at += 4;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->seconds_asleep, 4);
    at += 4;
    if (capacity - at < 1) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->times_awake, 1);
    at += 1;
    if (at > BABYN_SLEEP_ENDED_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

/* DeviceEvent: Something happened. Sent by indication, in the order in which it happened. */
#define BABYN_DEVICE_EVENT_AGE_NOT_KNOWN 4294967295u
#define BABYN_DEVICE_EVENT_KIND_ALARM 1
#define BABYN_DEVICE_EVENT_KIND_BUTTON_PRESSED 2
#define BABYN_DEVICE_EVENT_KIND_MOVED 3
#define BABYN_DEVICE_EVENT_KIND_PROBE_OFF 4
#define BABYN_DEVICE_EVENT_KIND_FEED_ENDED 5
#define BABYN_DEVICE_EVENT_KIND_SLEEP_ENDED 6
#define BABYN_DEVICE_EVENT_MAX_SIZE 20u

typedef struct {
    uint8_t sequence[4];
    uint8_t age[4];
    uint8_t kind[2];
} babyn_device_event_fixed;
BABYN_STATIC_ASSERT(
    sizeof(babyn_device_event_fixed) == 10, babyn_device_event_size_of_all);
BABYN_STATIC_ASSERT(
    offsetof(babyn_device_event_fixed, sequence) == 0, babyn_device_event_sequence_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_device_event_fixed, age) == 4, babyn_device_event_age_offset);
BABYN_STATIC_ASSERT(
    offsetof(babyn_device_event_fixed, kind) == 8, babyn_device_event_kind_offset);
typedef struct {
    uint32_t sequence;
    uint32_t age; /* in steps of 0.001 */
    uint16_t kind;
    babyn_span details;
} babyn_device_event;

static inline babyn_result babyn_device_event_decode(
    babyn_device_event *value, const uint8_t *data, size_t size)
{
    size_t at = 0;
    memset(value, 0, sizeof *value);
    if (size > 20) {
        return BABYN_TOO_LONG;
    }
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    value->sequence = babyn_get_u32(data + at);
    at += 4;
    if (size - at < 4) {
        return BABYN_TOO_SHORT;
    }
    value->age = babyn_get_u32(data + at);
    at += 4;
    if (size - at < 2) {
        return BABYN_TOO_SHORT;
    }
    value->kind = babyn_get_u16(data + at);
    at += 2;
    value->details.data = at < size ? data + at : NULL;
    value->details.size = size - at;
    at = size;
    if (value->kind == 1) {
        babyn_alarm chosen;
        const babyn_result said =
            babyn_alarm_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 2) {
        babyn_button_pressed chosen;
        const babyn_result said =
            babyn_button_pressed_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 3) {
        babyn_moved chosen;
        const babyn_result said =
            babyn_moved_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 4) {
        babyn_probe_off chosen;
        const babyn_result said =
            babyn_probe_off_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 5) {
        babyn_feed_ended chosen;
        const babyn_result said =
            babyn_feed_ended_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 6) {
        babyn_sleep_ended chosen;
        const babyn_result said =
            babyn_sleep_ended_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    return at == size ? BABYN_OK : BABYN_TOO_LONG;
}

static inline babyn_result babyn_device_event_encode(
    const babyn_device_event *value, uint8_t *data, size_t capacity, size_t *size)
{
    size_t at = 0;
    *size = 0;
    if (value->kind == 1) {
        babyn_alarm chosen;
        const babyn_result said =
            babyn_alarm_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 2) {
        babyn_button_pressed chosen;
        const babyn_result said =
            babyn_button_pressed_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 3) {
        babyn_moved chosen;
        const babyn_result said =
            babyn_moved_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 4) {
        babyn_probe_off chosen;
        const babyn_result said =
            babyn_probe_off_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 5) {
        babyn_feed_ended chosen;
        const babyn_result said =
            babyn_feed_ended_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (value->kind == 6) {
        babyn_sleep_ended chosen;
        const babyn_result said =
            babyn_sleep_ended_decode(&chosen, value->details.data, value->details.size);
        if (said != BABYN_OK) {
            return said;
        }
    }
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->sequence, 4);
    at += 4;
    if (capacity - at < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->age, 4);
    at += 4;
    if (capacity - at < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data + at, value->kind, 2);
    at += 2;
    if (capacity - at < value->details.size) {
        return BABYN_TOO_SHORT;
    }
    if (value->details.size != 0) {
        memcpy(data + at, value->details.data, value->details.size);
    }
    at += value->details.size;
    if (at > BABYN_DEVICE_EVENT_MAX_SIZE) {
        return BABYN_TOO_LONG;
    }
    *size = at;
    return BABYN_OK;
}

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

static inline bool babyn_valid_range_uint8_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 255)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 255)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_uint8_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 2) {
        return size < 2 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u8(data);
    value->upper = babyn_get_u8(data + 1);
    return babyn_valid_range_uint8_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_uint8_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_uint8_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 1);
    babyn_put(data + 1, (uint64_t)value->upper, 1);
    *size = 2;
    return BABYN_OK;
}

static inline bool babyn_valid_range_sint8_valid(const babyn_valid_range *value)
{
    if ((value->lower < (-128) || value->lower > 127)) {
        return false;
    }
    if ((value->upper < (-128) || value->upper > 127)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_sint8_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 2) {
        return size < 2 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_s8(data);
    value->upper = babyn_get_s8(data + 1);
    return babyn_valid_range_sint8_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_sint8_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_sint8_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 2) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 1);
    babyn_put(data + 1, (uint64_t)value->upper, 1);
    *size = 2;
    return BABYN_OK;
}

static inline bool babyn_valid_range_uint16_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 65535u)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 65535u)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_uint16_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 4) {
        return size < 4 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u16(data);
    value->upper = babyn_get_u16(data + 2);
    return babyn_valid_range_uint16_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_uint16_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_uint16_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 2);
    babyn_put(data + 2, (uint64_t)value->upper, 2);
    *size = 4;
    return BABYN_OK;
}

static inline bool babyn_valid_range_sint16_valid(const babyn_valid_range *value)
{
    if ((value->lower < (-32768) || value->lower > 32767)) {
        return false;
    }
    if ((value->upper < (-32768) || value->upper > 32767)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_sint16_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 4) {
        return size < 4 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_s16(data);
    value->upper = babyn_get_s16(data + 2);
    return babyn_valid_range_sint16_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_sint16_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_sint16_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 2);
    babyn_put(data + 2, (uint64_t)value->upper, 2);
    *size = 4;
    return BABYN_OK;
}

static inline bool babyn_valid_range_uint24_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 16777215u)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 16777215u)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_uint24_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 6) {
        return size < 6 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u24(data);
    value->upper = babyn_get_u24(data + 3);
    return babyn_valid_range_uint24_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_uint24_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_uint24_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 6) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 3);
    babyn_put(data + 3, (uint64_t)value->upper, 3);
    *size = 6;
    return BABYN_OK;
}

static inline bool babyn_valid_range_sint24_valid(const babyn_valid_range *value)
{
    if ((value->lower < (-8388608) || value->lower > 8388607u)) {
        return false;
    }
    if ((value->upper < (-8388608) || value->upper > 8388607u)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_sint24_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 6) {
        return size < 6 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_s24(data);
    value->upper = babyn_get_s24(data + 3);
    return babyn_valid_range_sint24_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_sint24_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_sint24_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 6) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 3);
    babyn_put(data + 3, (uint64_t)value->upper, 3);
    *size = 6;
    return BABYN_OK;
}

static inline bool babyn_valid_range_uint32_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 4294967295u)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 4294967295u)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_uint32_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 8) {
        return size < 8 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u32(data);
    value->upper = babyn_get_u32(data + 4);
    return babyn_valid_range_uint32_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_uint32_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_uint32_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 8) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 4);
    babyn_put(data + 4, (uint64_t)value->upper, 4);
    *size = 8;
    return BABYN_OK;
}

static inline bool babyn_valid_range_sint32_valid(const babyn_valid_range *value)
{
    if ((value->lower < INT32_MIN || value->lower > 2147483647u)) {
        return false;
    }
    if ((value->upper < INT32_MIN || value->upper > 2147483647u)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_sint32_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 8) {
        return size < 8 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_s32(data);
    value->upper = babyn_get_s32(data + 4);
    return babyn_valid_range_sint32_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_sint32_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_sint32_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 8) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 4);
    babyn_put(data + 4, (uint64_t)value->upper, 4);
    *size = 8;
    return BABYN_OK;
}

static inline bool babyn_valid_range_measurement_interval_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 65535u)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 65535u)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_measurement_interval_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 4) {
        return size < 4 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u16(data);
    value->upper = babyn_get_u16(data + 2);
    return babyn_valid_range_measurement_interval_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_measurement_interval_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_measurement_interval_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 2);
    babyn_put(data + 2, (uint64_t)value->upper, 2);
    *size = 4;
    return BABYN_OK;
}

static inline bool babyn_valid_range_pressure_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 4294967295u)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 4294967295u)) {
        return false;
    }
    return value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_pressure_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 8) {
        return size < 8 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u32(data);
    value->upper = babyn_get_u32(data + 4);
    return babyn_valid_range_pressure_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_pressure_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_pressure_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 8) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 4);
    babyn_put(data + 4, (uint64_t)value->upper, 4);
    *size = 8;
    return BABYN_OK;
}

static inline bool babyn_valid_range_temperature_valid(const babyn_valid_range *value)
{
    if ((value->lower < (-27315) || value->lower > 32767) && value->lower != (-32768)) {
        return false;
    }
    if ((value->upper < (-27315) || value->upper > 32767) && value->upper != (-32768)) {
        return false;
    }
    return value->lower == -32768 || value->upper == -32768 || value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_temperature_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 4) {
        return size < 4 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_s16(data);
    value->upper = babyn_get_s16(data + 2);
    return babyn_valid_range_temperature_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_temperature_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_temperature_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 2);
    babyn_put(data + 2, (uint64_t)value->upper, 2);
    *size = 4;
    return BABYN_OK;
}

static inline bool babyn_valid_range_humidity_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 10000) && value->lower != 65535u) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 10000) && value->upper != 65535u) {
        return false;
    }
    return value->lower == 65535 || value->upper == 65535 || value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_humidity_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 4) {
        return size < 4 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u16(data);
    value->upper = babyn_get_u16(data + 2);
    return babyn_valid_range_humidity_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_humidity_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_humidity_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 2);
    babyn_put(data + 2, (uint64_t)value->upper, 2);
    *size = 4;
    return BABYN_OK;
}

static inline bool babyn_valid_range_illuminance_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 16777215u)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 16777215u)) {
        return false;
    }
    return value->lower == 16777215 || value->upper == 16777215 || value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_illuminance_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 6) {
        return size < 6 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u24(data);
    value->upper = babyn_get_u24(data + 3);
    return babyn_valid_range_illuminance_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_illuminance_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_illuminance_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 6) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 3);
    babyn_put(data + 3, (uint64_t)value->upper, 3);
    *size = 6;
    return BABYN_OK;
}

static inline bool babyn_valid_range_co2_concentration_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 65535u)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 65535u)) {
        return false;
    }
    return value->lower == 65534 || value->upper == 65534 || value->lower == 65535 || value->upper == 65535 || value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_co2_concentration_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 4) {
        return size < 4 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u16(data);
    value->upper = babyn_get_u16(data + 2);
    return babyn_valid_range_co2_concentration_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_co2_concentration_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_co2_concentration_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 2);
    babyn_put(data + 2, (uint64_t)value->upper, 2);
    *size = 4;
    return BABYN_OK;
}

static inline bool babyn_valid_range_illuminance_16_valid(const babyn_valid_range *value)
{
    if ((value->lower < 0 || value->lower > 65535u)) {
        return false;
    }
    if ((value->upper < 0 || value->upper > 65535u)) {
        return false;
    }
    return value->lower == 65535 || value->upper == 65535 || value->lower <= value->upper;
}

static inline babyn_result babyn_valid_range_illuminance_16_decode(
    babyn_valid_range *value, const uint8_t *data, size_t size)
{
    if (size != 4) {
        return size < 4 ? BABYN_TOO_SHORT : BABYN_TOO_LONG;
    }
    value->lower = babyn_get_u16(data);
    value->upper = babyn_get_u16(data + 2);
    return babyn_valid_range_illuminance_16_valid(value) ? BABYN_OK : BABYN_INVALID;
}

static inline babyn_result babyn_valid_range_illuminance_16_encode(
    const babyn_valid_range *value, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    if (!babyn_valid_range_illuminance_16_valid(value)) {
        return BABYN_INVALID;
    }
    if (capacity < 4) {
        return BABYN_TOO_SHORT;
    }
    babyn_put(data, (uint64_t)value->lower, 2);
    babyn_put(data + 2, (uint64_t)value->upper, 2);
    *size = 4;
    return BABYN_OK;
}

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
#define BABYN_BTHOME_MAX_SIZE 252u
#define BABYN_BTHOME_ENCRYPTED 0x01u
#define BABYN_BTHOME_ADDRESS_INCLUDED 0x02u
#define BABYN_BTHOME_TRIGGER_BASED 0x04u
#define BABYN_BTHOME_VERSION 2u /* in bits 5 to 7 */
#define BABYN_BTHOME_PACKET_ID 0x00u /* uint8 */
#define BABYN_BTHOME_BATTERY 0x01u /* uint8, in steps of 1, % */
#define BABYN_BTHOME_TEMPERATURE 0x02u /* sint16, in steps of 0.01, °C */
#define BABYN_BTHOME_HUMIDITY 0x03u /* uint16, in steps of 0.01, % */
#define BABYN_BTHOME_PRESSURE 0x04u /* uint24, in steps of 0.01, hPa */
#define BABYN_BTHOME_ILLUMINANCE 0x05u /* uint24, in steps of 0.01, lx */
#define BABYN_BTHOME_MASS_KG 0x06u /* uint16, in steps of 0.01, kg */
#define BABYN_BTHOME_MASS_LB 0x07u /* uint16, in steps of 0.01, lb */
#define BABYN_BTHOME_DEW_POINT 0x08u /* sint16, in steps of 0.01, °C */
#define BABYN_BTHOME_COUNT_8 0x09u /* uint8, in steps of 1 */
#define BABYN_BTHOME_ENERGY_24 0x0Au /* uint24, in steps of 0.001, kWh */
#define BABYN_BTHOME_POWER 0x0Bu /* uint24, in steps of 0.01, W */
#define BABYN_BTHOME_VOLTAGE 0x0Cu /* uint16, in steps of 0.001, V */
#define BABYN_BTHOME_PM2_5 0x0Du /* uint16, in steps of 1, µg/m³ */
#define BABYN_BTHOME_PM10 0x0Eu /* uint16, in steps of 1, µg/m³ */
#define BABYN_BTHOME_CO2 0x12u /* uint16, in steps of 1, ppm */
#define BABYN_BTHOME_TVOC 0x13u /* uint16, in steps of 1, µg/m³ */
#define BABYN_BTHOME_MOISTURE 0x14u /* uint16, in steps of 0.01, % */
#define BABYN_BTHOME_HUMIDITY_1 0x2Eu /* uint8, in steps of 1, % */
#define BABYN_BTHOME_MOISTURE_1 0x2Fu /* uint8, in steps of 1, % */
#define BABYN_BTHOME_COUNT_16 0x3Du /* uint16, in steps of 1 */
#define BABYN_BTHOME_COUNT_32 0x3Eu /* uint32, in steps of 1 */
#define BABYN_BTHOME_ROTATION 0x3Fu /* sint16, in steps of 0.1, ° */
#define BABYN_BTHOME_DISTANCE_MM 0x40u /* uint16, in steps of 1, mm */
#define BABYN_BTHOME_DISTANCE_M 0x41u /* uint16, in steps of 0.1, m */
#define BABYN_BTHOME_DURATION 0x42u /* uint24, in steps of 0.001, s */
#define BABYN_BTHOME_CURRENT 0x43u /* uint16, in steps of 0.001, A */
#define BABYN_BTHOME_SPEED 0x44u /* uint16, in steps of 0.01, m/s */
#define BABYN_BTHOME_TEMPERATURE_0_1 0x45u /* sint16, in steps of 0.1, °C */
#define BABYN_BTHOME_UV_INDEX 0x46u /* uint8, in steps of 0.1 */
#define BABYN_BTHOME_VOLUME_0_1 0x47u /* uint16, in steps of 0.1, L */
#define BABYN_BTHOME_VOLUME_ML 0x48u /* uint16, in steps of 1, mL */
#define BABYN_BTHOME_VOLUME_FLOW_RATE 0x49u /* uint16, in steps of 0.001, m³/h */
#define BABYN_BTHOME_VOLTAGE_0_1 0x4Au /* uint16, in steps of 0.1, V */
#define BABYN_BTHOME_GAS_24 0x4Bu /* uint24, in steps of 0.001, m³ */
#define BABYN_BTHOME_GAS_32 0x4Cu /* uint32, in steps of 0.001, m³ */
#define BABYN_BTHOME_ENERGY_32 0x4Du /* uint32, in steps of 0.001, kWh */
#define BABYN_BTHOME_VOLUME 0x4Eu /* uint32, in steps of 0.001, L */
#define BABYN_BTHOME_WATER 0x4Fu /* uint32, in steps of 0.001, L */
#define BABYN_BTHOME_TIMESTAMP 0x50u /* uint32, in seconds */
#define BABYN_BTHOME_ACCELERATION 0x51u /* uint16, in steps of 0.001, m/s² */
#define BABYN_BTHOME_GYROSCOPE 0x52u /* uint16, in steps of 0.001, °/s */
#define BABYN_BTHOME_TEXT 0x53u /* utf8s */
#define BABYN_BTHOME_RAW 0x54u /* octets */
#define BABYN_BTHOME_VOLUME_STORAGE 0x55u /* uint32, in steps of 0.001, L */
#define BABYN_BTHOME_CONDUCTIVITY 0x56u /* uint16, in steps of 1, µS/cm */
#define BABYN_BTHOME_TEMPERATURE_1 0x57u /* sint8, in steps of 1, °C */
#define BABYN_BTHOME_TEMPERATURE_0_35 0x58u /* sint8, in steps of 0.35, °C */
#define BABYN_BTHOME_COUNT_S8 0x59u /* sint8, in steps of 1 */
#define BABYN_BTHOME_COUNT_S16 0x5Au /* sint16, in steps of 1 */
#define BABYN_BTHOME_COUNT_S32 0x5Bu /* sint32, in steps of 1 */
#define BABYN_BTHOME_POWER_S32 0x5Cu /* sint32, in steps of 0.01, W */
#define BABYN_BTHOME_CURRENT_S16 0x5Du /* sint16, in steps of 0.001, A */
#define BABYN_BTHOME_DIRECTION 0x5Eu /* uint16, in steps of 0.01, ° */
#define BABYN_BTHOME_PRECIPITATION 0x5Fu /* uint16, in steps of 0.1, mm */
#define BABYN_BTHOME_CHANNEL 0x60u /* uint8 */
#define BABYN_BTHOME_ROTATIONAL_SPEED 0x61u /* uint16, in steps of 1, rpm */
#define BABYN_BTHOME_SPEED_S32 0x62u /* sint32, in steps of 0.000001, m/s */
#define BABYN_BTHOME_ACCELERATION_S32 0x63u /* sint32, in steps of 0.000001, m/s² */
#define BABYN_BTHOME_LIGHT_LEVEL 0x64u /* uint8, other codes kept */
#define BABYN_BTHOME_SETTINGS_REVISION 0x65u /* uint8 */
#define BABYN_BTHOME_GENERIC_BOOLEAN 0x0Fu /* uint8, 0 or 1 */
#define BABYN_BTHOME_POWER_ON 0x10u /* uint8, 0 or 1 */
#define BABYN_BTHOME_OPENING 0x11u /* uint8, 0 or 1 */
#define BABYN_BTHOME_BATTERY_LOW 0x15u /* uint8, 0 or 1 */
#define BABYN_BTHOME_BATTERY_CHARGING 0x16u /* uint8, 0 or 1 */
#define BABYN_BTHOME_CARBON_MONOXIDE 0x17u /* uint8, 0 or 1 */
#define BABYN_BTHOME_COLD 0x18u /* uint8, 0 or 1 */
#define BABYN_BTHOME_CONNECTIVITY 0x19u /* uint8, 0 or 1 */
#define BABYN_BTHOME_DOOR 0x1Au /* uint8, 0 or 1 */
#define BABYN_BTHOME_GARAGE_DOOR 0x1Bu /* uint8, 0 or 1 */
#define BABYN_BTHOME_GAS_DETECTED 0x1Cu /* uint8, 0 or 1 */
#define BABYN_BTHOME_HEAT 0x1Du /* uint8, 0 or 1 */
#define BABYN_BTHOME_LIGHT 0x1Eu /* uint8, 0 or 1 */
#define BABYN_BTHOME_LOCK 0x1Fu /* uint8, 0 or 1 */
#define BABYN_BTHOME_MOISTURE_DETECTED 0x20u /* uint8, 0 or 1 */
#define BABYN_BTHOME_MOTION 0x21u /* uint8, 0 or 1 */
#define BABYN_BTHOME_MOVING 0x22u /* uint8, 0 or 1 */
#define BABYN_BTHOME_OCCUPANCY 0x23u /* uint8, 0 or 1 */
#define BABYN_BTHOME_PLUG 0x24u /* uint8, 0 or 1 */
#define BABYN_BTHOME_PRESENCE 0x25u /* uint8, 0 or 1 */
#define BABYN_BTHOME_PROBLEM 0x26u /* uint8, 0 or 1 */
#define BABYN_BTHOME_RUNNING 0x27u /* uint8, 0 or 1 */
#define BABYN_BTHOME_SAFETY 0x28u /* uint8, 0 or 1 */
#define BABYN_BTHOME_SMOKE 0x29u /* uint8, 0 or 1 */
#define BABYN_BTHOME_SOUND 0x2Au /* uint8, 0 or 1 */
#define BABYN_BTHOME_TAMPER 0x2Bu /* uint8, 0 or 1 */
#define BABYN_BTHOME_VIBRATION 0x2Cu /* uint8, 0 or 1 */
#define BABYN_BTHOME_WINDOW 0x2Du /* uint8, 0 or 1 */
#define BABYN_BTHOME_BUTTON 0x3Au /* uint8, other codes kept */
#define BABYN_BTHOME_COMMAND 0x3Bu /* opcode, arguments */
#define BABYN_BTHOME_DIMMER 0x3Cu /* uint8 event, uint8 steps */
#define BABYN_BTHOME_DEVICE_TYPE_ID 0xF0u /* uint16 */
#define BABYN_BTHOME_FIRMWARE_VERSION_4 0xF1u /* uint8[4] */
#define BABYN_BTHOME_FIRMWARE_VERSION_3 0xF2u /* uint8[3] */

/* Bytes of a value in the low four bits; 0: not known here, or after a byte with its length. */
#define BABYN_BTHOME_SIGNED_ 0x10u
#define BABYN_BTHOME_BOOL_ 0x20u
#define BABYN_BTHOME_LENGTH_ 0x40u
#define BABYN_BTHOME_SHORT_LENGTH_ 0x80u /* in bits 0 to 4, and one more */
#define BABYN_BTHOME_TEXT_ 0x100u

static inline uint16_t babyn_bthome_layout(uint8_t id)
{
    switch (id) {
    case 0x00:
    case 0x01:
    case 0x09:
    case 0x2E:
    case 0x2F:
    case 0x3A:
    case 0x46:
    case 0x60:
    case 0x64:
    case 0x65:
        return 0x1;
    case 0x03:
    case 0x06:
    case 0x07:
    case 0x0C:
    case 0x0D:
    case 0x0E:
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x3C:
    case 0x3D:
    case 0x40:
    case 0x41:
    case 0x43:
    case 0x44:
    case 0x47:
    case 0x48:
    case 0x49:
    case 0x4A:
    case 0x51:
    case 0x52:
    case 0x56:
    case 0x5E:
    case 0x5F:
    case 0x61:
    case 0xF0:
        return 0x2;
    case 0x04:
    case 0x05:
    case 0x0A:
    case 0x0B:
    case 0x42:
    case 0x4B:
    case 0xF2:
        return 0x3;
    case 0x3E:
    case 0x4C:
    case 0x4D:
    case 0x4E:
    case 0x4F:
    case 0x50:
    case 0x55:
    case 0xF1:
        return 0x4;
    case 0x57:
    case 0x58:
    case 0x59:
        return 0x11;
    case 0x02:
    case 0x08:
    case 0x3F:
    case 0x45:
    case 0x5A:
    case 0x5D:
        return 0x12;
    case 0x5B:
    case 0x5C:
    case 0x62:
    case 0x63:
        return 0x14;
    case 0x0F:
    case 0x10:
    case 0x11:
    case 0x15:
    case 0x16:
    case 0x17:
    case 0x18:
    case 0x19:
    case 0x1A:
    case 0x1B:
    case 0x1C:
    case 0x1D:
    case 0x1E:
    case 0x1F:
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x24:
    case 0x25:
    case 0x26:
    case 0x27:
    case 0x28:
    case 0x29:
    case 0x2A:
    case 0x2B:
    case 0x2C:
    case 0x2D:
        return 0x21;
    case 0x54:
        return 0x40;
    case 0x3B:
        return 0x80;
    case 0x53:
        return 0x140;
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
#define BABYN_AD_LEGACY_SIZE 31u
#define BABYN_AD_EXTENDED_SIZE 1650u
#define BABYN_AD_FLAGS 0x01u
#define BABYN_AD_INCOMPLETE_UUID16_LIST 0x02u
#define BABYN_AD_COMPLETE_UUID16_LIST 0x03u
#define BABYN_AD_INCOMPLETE_UUID32_LIST 0x04u
#define BABYN_AD_COMPLETE_UUID32_LIST 0x05u
#define BABYN_AD_INCOMPLETE_UUID128_LIST 0x06u
#define BABYN_AD_COMPLETE_UUID128_LIST 0x07u
#define BABYN_AD_SHORTENED_LOCAL_NAME 0x08u
#define BABYN_AD_COMPLETE_LOCAL_NAME 0x09u
#define BABYN_AD_TX_POWER_LEVEL 0x0Au
#define BABYN_AD_SERVICE_DATA_UUID16 0x16u
#define BABYN_AD_PUBLIC_TARGET_ADDRESS 0x17u
#define BABYN_AD_RANDOM_TARGET_ADDRESS 0x18u
#define BABYN_AD_APPEARANCE 0x19u
#define BABYN_AD_LE_DEVICE_ADDRESS 0x1Bu
#define BABYN_AD_SERVICE_DATA_UUID32 0x20u
#define BABYN_AD_SERVICE_DATA_UUID128 0x21u
#define BABYN_AD_MANUFACTURER_DATA 0xFFu
#define BABYN_AD_FLAG_LE_LIMITED_DISCOVERABLE 0x01u
#define BABYN_AD_FLAG_LE_GENERAL_DISCOVERABLE 0x02u
#define BABYN_AD_FLAG_BR_EDR_NOT_SUPPORTED 0x04u
#define BABYN_AD_FLAG_LE_AND_BR_EDR_CONTROLLER 0x08u
#define BABYN_AD_FLAG_LE_AND_BR_EDR_HOST 0x10u

typedef struct {
    uint8_t type; /* BABYN_AD_..., or any other */
    babyn_span data;
} babyn_ad_structure;

/* Bytes of each UUID in a list, or of the one before service data; 0: a structure of no UUIDs. */
static inline size_t babyn_ad_uuid_size(uint8_t type)
{
    switch (type) {
    case 0x02:
    case 0x03:
    case 0x16:
        return 2;
    case 0x04:
    case 0x05:
    case 0x20:
        return 4;
    case 0x06:
    case 0x07:
    case 0x21:
        return 16;
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
    case 0x01:
        return size >= 1;
    case 0x02:
        return size % 2 == 0;
    case 0x03:
        return size % 2 == 0;
    case 0x04:
        return size % 4 == 0;
    case 0x05:
        return size % 4 == 0;
    case 0x06:
        return size % 16 == 0;
    case 0x07:
        return size % 16 == 0;
    case 0x0A:
        return size == 1;
    case 0x16:
        return size >= 2;
    case 0x19:
        return size == 2;
    case 0x20:
        return size >= 4;
    case 0x21:
        return size >= 16;
    case 0xFF:
        return size >= 2;
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

#endif /* BABYN_WIRE_H */
