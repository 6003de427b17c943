/* Encodes what may not be sent, and prints what came of each. */

#include <stdio.h>

#include "babyn_wire.h"

/* What a broadcast and a range refuse to write, and what they do write. */
static void writing(void)
{
    static const uint8_t text[250] = {0};
    uint8_t data[BABYN_BTHOME_MAX_SIZE + 8];
    babyn_bthome_writer writer;
    babyn_bthome_object object = {BABYN_BTHOME_TEMPERATURE, -1, {NULL, 0}};
    const babyn_valid_range range = {-1, 1}, crossed = {1, -1}, wide = {0, 0x8000};
    size_t size = 0;
    printf("%d ", babyn_bthome_begin(&writer, data, 0, false));
    printf("%d ", babyn_bthome_begin(&writer, data, 6, true));
    printf("%d ", babyn_bthome_put(&writer, &object)); /* 4 bytes now */
    printf("%d ", babyn_bthome_put(&writer, &object)); /* no room for 7 */
    object.id = BABYN_BTHOME_BATTERY;
    object.number = 1;
    printf("%d ", babyn_bthome_put(&writer, &object)); /* a lower id */
    object.id = BABYN_BTHOME_COUNT_8;
    printf("%d ", babyn_bthome_put(&writer, &object));
    printf("%02X%02X%02X%02X%02X%02X ", data[0], data[1], data[2], data[3], data[4], data[5]);
    babyn_bthome_begin(&writer, data, sizeof data, false);
    object.id = BABYN_BTHOME_MOTION;
    object.number = 2;
    printf("%d ", babyn_bthome_put(&writer, &object)); /* neither 0 nor 1 */
    object.id = BABYN_BTHOME_COMMAND;
    printf("%d ", babyn_bthome_put(&writer, &object)); /* no opcode */
    object.id = BABYN_BTHOME_RAW;
    object.value.data = text;
    object.value.size = 250;
    printf("%d ", babyn_bthome_put(&writer, &object)); /* 253 with its head, in a buffer of 260 */
    object.value.size = 249;
    printf("%d ", babyn_bthome_put(&writer, &object));
    object.id = 0xFE;
    printf("%d\n", babyn_bthome_put(&writer, &object)); /* not known */
    printf("%d ", babyn_valid_range_sint16_encode(&range, data, 3, &size));
    printf("%d ", babyn_valid_range_sint16_encode(&range, data, 4, &size));
    printf("%d ", babyn_valid_range_sint16_encode(&crossed, data, 4, &size));
    printf("%d\n", babyn_valid_range_sint16_encode(&wide, data, 4, &size));
}

/* What a message refuses by the numbers in it, and by how long its lists are. */
static void numbers(void)
{
    static const uint8_t intervals[4] = {0};
    uint8_t data[8];
    size_t size = 9;
    babyn_battery_level level = {101};
    babyn_illuminance light = {0x1000000};
    babyn_heart_rate_measurement heart = {0};
    printf("%d", babyn_battery_level_encode(&level, data, sizeof data, &size));
    printf(" %d ", size == 0);
    level.percent = 100;
    printf("%d ", babyn_battery_level_encode(&level, data, sizeof data, &size));
    printf("%d ", babyn_illuminance_encode(&light, data, sizeof data, &size)); /* four bytes */
    light.lux = 0xFFFFFF;
    printf("%d ", babyn_illuminance_encode(&light, data, sizeof data, &size));
    heart.rr_intervals.data = intervals;
    heart.rr_intervals.size = 3; /* one and a half */
    printf("%d ", babyn_heart_rate_measurement_encode(&heart, data, sizeof data, &size));
    heart.rr_intervals.size = 4;
    printf("%d ", babyn_heart_rate_measurement_encode(&heart, data, sizeof data, &size));
    printf("%d\n", size == 6 && data[0] == BABYN_HEART_RATE_MEASUREMENT_RR_INTERVALS_PRESENT);
}

/* The longest text and object, and one more; the highest number, and one more; bits without a name. */
static void edges(void)
{
    static const uint8_t text[513] = {0};
    static uint8_t data[600];
    babyn_device_name name = {{text, BABYN_DEVICE_NAME_MAX_SIZE}};
    babyn_plx_continuous_measurement oxygen = {0};
    babyn_bthome_writer writer;
    babyn_bthome_object object = {BABYN_BTHOME_TEMPERATURE, 32767, {text, 0}};
    size_t size = 0;
    printf("%d ", babyn_device_name_encode(&name, data, sizeof data, &size));
    name.text.size++;
    printf("%d ", babyn_device_name_encode(&name, data, sizeof data, &size));
    oxygen.flags = BABYN_PLX_CONTINUOUS_MEASUREMENT_DEVICE_AND_SENSOR_STATUS_PRESENT;
    oxygen.device_and_sensor_status = 0x1FFFF;
    printf("%d ", babyn_plx_continuous_measurement_encode(&oxygen, data, sizeof data, &size));
    printf("%02X%02X%02X ", data[5], data[6], data[7]);
    babyn_bthome_begin(&writer, data, sizeof data, false);
    printf("%d ", babyn_bthome_put(&writer, &object));
    object.number = 32768;
    printf("%d ", babyn_bthome_put(&writer, &object));
    object.id = BABYN_BTHOME_RAW;
    object.value.size = 256;
    printf("%d ", babyn_bthome_put(&writer, &object)); /* its length has one byte */
    object.id = BABYN_BTHOME_COMMAND;
    object.value.size = 33;
    printf("%d ", babyn_bthome_put(&writer, &object)); /* its length has five bits */
    object.value.size = 32;
    printf("%d\n", babyn_bthome_put(&writer, &object));
}

/* What advertising data refuses to write, and that a walk over what is cut off ends before it. */
static void advertising(void)
{
    static const uint8_t zeros[255] = {0}, cut[4] = {0x01, 0x09, 0x05, 0x16};
    const babyn_span whole = {cut, sizeof cut}, three = {zeros, 3}, long_ones = {zeros, 253};
    const babyn_ad_structure flags = {BABYN_AD_FLAGS, {zeros, 1}};
    const babyn_ad_structure none = {BABYN_AD_FLAGS, {NULL, 0}};
    const babyn_ad_structure half = {BABYN_AD_COMPLETE_UUID16_LIST, {zeros, 3}};
    const babyn_ad_structure loud = {BABYN_AD_TX_POWER_LEVEL, {zeros, 2}};
    const babyn_ad_structure name = {BABYN_AD_COMPLETE_LOCAL_NAME, {NULL, 0}};
    const babyn_ad_structure big = {0xAB, {zeros, 254}}, bigger = {0xAB, {zeros, 255}};
    uint8_t data[300];
    babyn_ad_writer writer;
    babyn_ad_structure structure;
    size_t at = 0;
    babyn_ad_begin(&writer, data, 11);
    printf("%d ", babyn_ad_put(&writer, &none));
    printf("%d ", babyn_ad_put(&writer, &half));
    printf("%d ", babyn_ad_put(&writer, &loud));
    printf("%d ", babyn_ad_put(&writer, &flags));
    printf("%d ", babyn_ad_put_under(&writer, BABYN_AD_SERVICE_DATA_UUID16, 0xFCD2, three));
    printf("%d ", babyn_ad_put(&writer, &name));  /* no room */
    printf("%d ", babyn_ad_put_under(&writer, BABYN_AD_MANUFACTURER_DATA, 1, three)); /* nor here */
    printf("%d ", babyn_ad_put_under(&writer, BABYN_AD_FLAGS, 1, three));
    printf("%u %02X%02X%02X ", (unsigned int)writer.size, data[3], data[5], data[6]);
    babyn_ad_begin(&writer, data, 6);
    printf("%d ", babyn_ad_put_under(&writer, BABYN_AD_SERVICE_DATA_UUID16, 0xFCD2, three));
    babyn_ad_begin(&writer, data, sizeof data);
    printf("%d ", babyn_ad_put_under(&writer, BABYN_AD_MANUFACTURER_DATA, 1, long_ones));
    printf("%d %d ", babyn_ad_put(&writer, &bigger), babyn_ad_put(&writer, &big));
    printf("%d ", babyn_ad_next(&structure, whole, &at) && structure.type == 9);
    printf("%d\n", babyn_ad_next(&structure, whole, &at));
}

int main(void)
{
    uint8_t data[20];
    uint8_t list[13] = {0};
    size_t size;
    babyn_property_states states = {0};
    babyn_temperature_measurement measured = {0};
    babyn_plx_continuous_measurement oxygen = {0};

    /* A list of twelve-byte records that is thirteen bytes long. */
    list[1] = 2;
    states.states.data = list;
    states.states.size = 13;
    printf("%d ", babyn_property_states_encode(&states, data, sizeof data, &size));
    /* More digits than the mantissa holds; a buffer that is too small, or none at all. */
    measured.value.mantissa = 8388606;
    printf("%d ", babyn_temperature_measurement_encode(&measured, data, sizeof data, &size));
    measured.value.mantissa = 1;
    printf("%d ", babyn_temperature_measurement_encode(&measured, data, 4, &size));
    printf("%d ", babyn_temperature_measurement_encode(&measured, data, 0, &size));
    /* An exponent that four bits do not hold. */
    oxygen.spo2.exponent = 8;
    printf("%d ", babyn_plx_continuous_measurement_encode(&oxygen, data, sizeof data, &size));
    /* Reserved flags are not sent. */
    measured.flags = 0xF8;
    printf("%d ", babyn_temperature_measurement_encode(&measured, data, sizeof data, &size));
    printf("%d ", data[0] == 0 && size == 5);
    states.states.size = 12;
    printf("%d\n", babyn_property_states_encode(&states, data, sizeof data, &size));
    writing();
    numbers();
    edges();
    advertising();
    return 0;
}
