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
    return 0;
}
