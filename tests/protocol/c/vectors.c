/* Reads lines of a kind and hexadecimal bytes; decodes each with babyn_wire.h, and encodes it again.
 *
 * Prints "refused", or a line of field=value, with | and the bytes that it was encoded to.
 * kinds.inc is made by the test: for each message, how its fields are printed. */

#include <stdio.h>
#include <stdlib.h>

#include "babyn_wire.h"

static void print_medfloat(const char *name, const babyn_medfloat *value)
{
    static const char *const special[] = {"", "NaN", "NRes", "+INFINITY", "-INFINITY", "reserved"};
    if (value->special == BABYN_NUMBER) {
        printf("%s=%ldE%d ", name, (long)value->mantissa, value->exponent);
    } else {
        printf("%s=%s ", name, special[value->special]);
    }
}

static void print_date_time(const char *name, const babyn_date_time *value)
{
    printf("%s=%u-%u-%uT%u:%u:%u ", name, value->year, value->month, value->day, value->hour,
           value->minute, value->second);
}

static void print_bytes(const char *name, const uint8_t *data, size_t size)
{
    size_t i;
    printf("%s=", name);
    for (i = 0; i < size; i++) {
        printf("%02X", data[i]);
    }
    printf(" ");
}

static void print_signed(const char *name, int64_t value)
{
    printf("%s=%lld ", name, (long long)value);
}

static void print_unsigned(const char *name, uint64_t value)
{
    printf("%s=%llu ", name, (unsigned long long)value);
}

static void ended(babyn_result result, const uint8_t *data, size_t size)
{
    if (result != BABYN_OK) {
        printf("not encoded\n");
        return;
    }
    print_bytes("|", data, size);
    printf("\n");
}

static void refused(void)
{
    printf("refused\n");
}

static void run_bthome(const uint8_t *data, size_t size)
{
    babyn_bthome value;
    babyn_bthome_object object;
    babyn_bthome_writer writer;
    babyn_result result;
    uint8_t again[BABYN_BTHOME_MAX_SIZE];
    size_t at = 0;
    if (babyn_bthome_decode(&value, data, size) != BABYN_OK) {
        refused();
        return;
    }
    if ((value.information & BABYN_BTHOME_ENCRYPTED) != 0) {
        print_unsigned("information", value.information);
        print_bytes("address", value.address, value.address != NULL ? 6 : 0);
        print_unsigned("counter", value.counter);
        print_bytes("sealed", value.objects.data, value.objects.size);
        print_bytes("code", value.code, 4);
        printf("\n");
        return;
    }
    result = babyn_bthome_begin(&writer, again, sizeof again,
                                (value.information & BABYN_BTHOME_TRIGGER_BASED) != 0);
    memset(&object, 0, sizeof object);
    /* Twice: what is wrong further on must be known before the first is printed. */
    while (!babyn_bthome_ended(value.objects, at)) {
        if (babyn_bthome_next(&object, value.objects, &at) != BABYN_OK) {
            refused();
            return;
        }
    }
    print_unsigned("information", value.information);
    print_bytes("address", value.address, value.address != NULL ? 6 : 0);
    memset(&object, 0, sizeof object);
    at = 0;
    while (!babyn_bthome_ended(value.objects, at) && result == BABYN_OK) {
        char name[8];
        babyn_bthome_next(&object, value.objects, &at);
        sprintf(name, "%02X", object.id);
        print_bytes(name, object.value.data, object.value.size);
        print_signed("number", object.number);
        result = babyn_bthome_put(&writer, &object);
    }
    print_bytes("rest", at < value.objects.size ? value.objects.data + at : NULL,
                value.objects.size - at);
    ended(result, again, writer.size);
}

static void print_uuids(const uint8_t *data, size_t size, size_t each)
{
    size_t at;
    for (at = 0; at < size; at += each) {
        print_bytes("uuid", data + at, each);
    }
}

static void print_structure(const babyn_ad_structure *structure)
{
    const uint8_t *const data = structure->data.data;
    const size_t size = structure->data.size, uuid = babyn_ad_uuid_size(structure->type);
    switch (structure->type) {
    case BABYN_AD_FLAGS:
        print_unsigned("flags", data[0] & 0x1F);
        break;
    case BABYN_AD_SHORTENED_LOCAL_NAME:
    case BABYN_AD_COMPLETE_LOCAL_NAME:
        print_unsigned("complete", structure->type == BABYN_AD_COMPLETE_LOCAL_NAME);
        print_bytes("name", data, size);
        break;
    case BABYN_AD_SERVICE_DATA_UUID16:
    case BABYN_AD_SERVICE_DATA_UUID32:
    case BABYN_AD_SERVICE_DATA_UUID128:
        print_uuids(data, uuid, uuid);
        print_bytes("data", size > uuid ? data + uuid : NULL, size - uuid);
        break;
    case BABYN_AD_MANUFACTURER_DATA:
        print_unsigned("company", babyn_get_u16(data));
        print_bytes("data", size > 2 ? data + 2 : NULL, size - 2);
        break;
    case BABYN_AD_TX_POWER_LEVEL:
        print_signed("tx_power", babyn_get_s8(data));
        break;
    case BABYN_AD_APPEARANCE:
        print_unsigned("appearance", babyn_get_u16(data));
        break;
    default:
        if (uuid != 0) {
            print_uuids(data, size, uuid);
        } else {
            print_unsigned("type", structure->type);
            print_bytes("data", data, size);
        }
    }
}

static void run_advertisement(const uint8_t *data, size_t size)
{
    babyn_span structures;
    babyn_ad_structure structure;
    babyn_ad_writer writer;
    babyn_result result = babyn_ad_decode(&structures, data, size);
    uint8_t again[BABYN_AD_EXTENDED_SIZE];
    size_t at = 0;
    if (result != BABYN_OK) {
        refused();
        return;
    }
    babyn_ad_begin(&writer, again, sizeof again);
    while (result == BABYN_OK && babyn_ad_next(&structure, structures, &at)) {
        print_structure(&structure);
        if (structure.type == BABYN_AD_SERVICE_DATA_UUID16 ||
            structure.type == BABYN_AD_MANUFACTURER_DATA) {
            babyn_span rest = {NULL, structure.data.size - 2};
            rest.data = rest.size != 0 ? structure.data.data + 2 : NULL;
            result = babyn_ad_put_under(&writer, structure.type,
                                        babyn_get_u16(structure.data.data), rest);
        } else {
            result = babyn_ad_put(&writer, &structure);
        }
    }
    ended(result, again, writer.size);
}

#include "kinds.inc"

static size_t unhex(const char *text, uint8_t *data, size_t capacity)
{
    size_t size = 0;
    unsigned int byte = 0;
    while (size < capacity && sscanf(text + 2 * size, "%2x", &byte) == 1) {
        data[size++] = (uint8_t)byte;
    }
    return size;
}

int main(void)
{
    static char line[4096];
    static uint8_t buffer[1700];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char kind[64], hex[3400] = "";
        uint8_t *exact;
        size_t size;
        if (sscanf(line, "%63s %3399s", kind, hex) < 1) {
            return 2;
        }
        size = unhex(hex, buffer, sizeof buffer);
        /* One byte in front, so that no field stands where its type would like to; none behind, so
         * that the sanitizer sees a byte that is read past the end. */
        exact = malloc(1 + size);
        if (exact == NULL) {
            return 3;
        }
        memcpy(exact + 1, buffer, size);
        if (!run(kind, exact + 1, size)) {
            printf("unknown kind\n");
        }
        free(exact);
    }
    return 0;
}
