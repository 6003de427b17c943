/* Sends one temperature: 36.5 degrees Celsius, in the armpit, with the time. */

#include <stdio.h>

#include "babyn_wire.h"

int main(void)
{
    uint8_t data[20];
    size_t size, i;
    babyn_temperature_measurement measured = {0};

    measured.flags = BABYN_TEMPERATURE_MEASUREMENT_TIMESTAMP_PRESENT |
                     BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_PRESENT;
    measured.value.mantissa = 365;
    measured.value.exponent = -1;
    measured.timestamp.year = 2026;
    measured.timestamp.month = 3;
    measured.timestamp.day = 17;
    measured.timestamp.hour = 12;
    measured.timestamp.minute = 30;
    measured.temperature_type = BABYN_TEMPERATURE_MEASUREMENT_TEMPERATURE_TYPE_ARMPIT;
    if (babyn_temperature_measurement_encode(&measured, data, sizeof data, &size) != BABYN_OK) {
        return 1;
    }
    for (i = 0; i < size; i++) {
        printf("%02X%s", data[i], i + 1 < size ? " " : "\n");
    }
    /* What may not be sent is not sent. */
    measured.timestamp.day = 32;
    return babyn_temperature_measurement_encode(&measured, data, sizeof data, &size) !=
           BABYN_INVALID;
}
