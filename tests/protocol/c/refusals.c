/* Encodes what may not be sent, and prints what came of each. */

#include <stdio.h>

#include "babyn_wire.h"

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
    return 0;
}
