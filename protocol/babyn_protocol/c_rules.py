"""Rules between the fields of a message, in C.

They are Python in the message and cannot be asked for, so they are written down once more. A
message whose rule is missing here is an error when the header is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RULES: Final[Mapping[str, str]] = {
    "ServiceChanged": "value->first_handle <= value->last_handle",
    "PeripheralPreferredConnectionParameters": (
        "value->minimum_interval_ms == 0xFFFF || value->maximum_interval_ms == 0xFFFF || "
        "value->minimum_interval_ms <= value->maximum_interval_ms"
    ),
    "RecordAccessRequest": (
        "(value->operator_ == 0) == (value->op_code == 3) && "
        "(value->operand.size != 0) == (value->operator_ >= 2 && value->operator_ <= 4)"
    ),
    "PropertyDescription": (
        "babyn_property_value_valid(value->kind, value->minimum) && "
        "babyn_property_value_valid(value->kind, value->maximum) && "
        "babyn_property_value_valid(value->kind, value->step) && "
        "!babyn_property_value_above(value->kind, value->minimum, value->maximum)"
    ),
    "PropertyState": "babyn_property_value_valid(value->kind, value->value)",
    "SetProperty": "babyn_property_value_valid(value->kind, value->value)",
    "SetPropertyResponse": (
        "value->result != 0 || (value->flags & BABYN_SET_PROPERTY_RESPONSE_STATE_PRESENT) != 0"
    ),
}
"""What :meth:`Message.check` and values of a kind ask for, by message."""

CHOSEN: Final[Mapping[str, tuple[str, Mapping[int, str | tuple[int, ...]]]]] = {
    "RecordAccessResponse": (
        "outcome",
        {5: (1, 2, 4), 6: "RecordAccessOutcome", 8: (1, 2, 4)},
    ),
    "DeviceEvent": (
        "details",
        {
            1: "Alarm",
            2: "ButtonPressed",
            3: "Moved",
            4: "ProbeOff",
            5: "FeedEnded",
            6: "SleepEnded",
        },
    ),
}
"""Last fields that another field chooses: by its code a message, or the sizes it may have."""

CHOOSERS: Final[Mapping[str, str]] = {"RecordAccessResponse": "op_code", "DeviceEvent": "kind"}
"""The fields that choose, by message."""
