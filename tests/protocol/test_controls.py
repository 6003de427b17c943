"""Properties, commands and events of the controls service."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from babyn_protocol.errors import InvalidMessageError, InvalidValueError, MalformedMessageError
from babyn_protocol.gatt.controls import (
    Hold,
    PropertyDescription,
    PropertyDescriptions,
    PropertyName,
    PropertyState,
    PropertyStates,
    SetProperty,
    SetPropertyResponse,
    SetPropertyResult,
    Unit,
)
from babyn_protocol.gatt.device_events import (
    Alarm,
    AlarmReason,
    AlarmState,
    DeviceEvent,
    EventKind,
    ProbeOff,
)
from babyn_protocol.gatt.property_values import Colour, PropertyKind
from babyn_protocol.numbers import NoNumber

B = bytes.fromhex

BRIGHTNESS = PropertyDescription(
    property_id=1,
    kind=PropertyKind.LEVEL,
    name=PropertyName.LIGHT_BRIGHTNESS,
    unit=Unit.PERCENTAGE,
    settable=True,
    revision=0,
    minimum=0,
    maximum=100,
    step=1,
)
SET = SetProperty(
    command_id=7,
    property_id=1,
    kind=PropertyKind.LEVEL,
    value=20,
    hold_for=timedelta(minutes=30),
    valid_for=timedelta(seconds=5),
)
STATE = PropertyState(
    property_id=1,
    kind=PropertyKind.LEVEL,
    revision=5,
    value=20,
    remaining=timedelta(minutes=30),
)


def test_a_light_for_half_an_hour() -> None:
    assert bytes(SET) == B("0700 01 03 14000000 08070000 0500")
    answer = SetPropertyResponse(command_id=7, result=SetPropertyResult.DONE, state=STATE)
    assert bytes(answer) == B("0700 00 01 01 03 0500 14000000 08070000")
    assert answer.done
    refused = SetPropertyResponse(command_id=7, result=SetPropertyResult.DEVICE_LIMIT, state=STATE)
    assert not refused.done
    assert not SetPropertyResponse.parse(B("0700 C8 00")).done


def test_every_record_fits_the_smallest_mtu() -> None:
    """Mutant: a field added that makes a record longer than a notification can be."""
    longest = DeviceEvent(sequence=1, age=Decimal(0), kind=0xFFFF, details=bytes(10))
    answer = SetPropertyResponse(command_id=7, result=SetPropertyResult.DONE, state=STATE)
    sizes = [len(bytes(each)) for each in (BRIGHTNESS, STATE, SET, answer, longest)]
    assert sizes == [20, 12, 14, 16, 20]
    assert SetPropertyResponse.parse(B("0700 05 02") + bytes(16)).extra == bytes(16)
    with pytest.raises(MalformedMessageError, match="longer than this message can be"):
        SetPropertyResponse.parse(B("0700 05 02") + bytes(17))
    with pytest.raises(InvalidMessageError, match="longer than 20 bytes"):
        DeviceEvent(sequence=1, age=Decimal(0), kind=0xFFFF, details=bytes(11))


@pytest.mark.parametrize(
    ("kind", "value", "data"),
    [
        (PropertyKind.BOOL, True, "01000000"),
        (PropertyKind.ENUM, 5, "05000000"),
        (PropertyKind.LEVEL, 0x1234, "34120000"),
        (PropertyKind.COLOUR, Colour(red=1, green=2, blue=3), "01020300"),
        (PropertyKind.TEMPERATURE, Decimal("-5.00"), "0CFE0000"),
        (PropertyKind.TEMPERATURE, NoNumber.NOT_KNOWN, "00800000"),
        (PropertyKind.DURATION, timedelta(hours=1), "100E0000"),
        (PropertyKind.DURATION, NoNumber.NOT_KNOWN, "FFFFFFFF"),
        (99, B("DEADBEEF"), "DEADBEEF"),
    ],
)
def test_values_stand_in_four_bytes(kind: PropertyKind | int, value: Any, data: str) -> None:
    """Mutant: a value sign-extended, right-aligned, or of a kind not known dropped."""
    state = PropertyState(
        property_id=1, kind=kind, revision=0, value=value, remaining=Hold.UNTIL_CHANGED
    )
    assert bytes(state)[4:8] == B(data)
    again = PropertyState.parse(bytes(state))
    assert again == state
    assert type(again.value) is type(value)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (PropertyKind.BOOL, 1, "must be a bool"),
        (PropertyKind.ENUM, True, "must be an int"),
        (PropertyKind.ENUM, 256, "does not fit uint8"),
        (PropertyKind.LEVEL, Decimal(1), "must be an int"),
        (PropertyKind.COLOUR, "#010203", "must be a Colour"),
        (PropertyKind.TEMPERATURE, Decimal("0.001"), "not a whole number of steps"),
        (PropertyKind.TEMPERATURE, NoNumber.ABOVE_RANGE, "or a code of it"),
        (PropertyKind.DURATION, timedelta(seconds=-1), "does not fit uint32"),
        (PropertyKind.DURATION, timedelta(seconds=0.5), "whole seconds"),
        (PropertyKind.DURATION, timedelta(seconds=0xFFFFFFFF), "means something else"),
        (PropertyKind.DURATION, 3, "must be a timedelta"),
        (99, b"123", "too short"),
        (99, 3, "must be bytes"),
        (1, True, "has a name"),
        (256, b"1234", "does not fit uint8"),
        (True, True, "must be a PropertyKind"),
    ],
)
def test_a_value_of_another_kind_is_not_sent(kind: Any, value: Any, reason: str) -> None:
    """Mutant: 1 sent for on, a command of another kind than its value."""
    with pytest.raises(InvalidMessageError, match=reason):
        PropertyState(property_id=1, kind=kind, revision=0, value=value, remaining=timedelta(0))


def test_valid_is_always_a_time() -> None:
    with pytest.raises(InvalidMessageError, match=r"^SetProperty.valid_for: must be a timedelta;"):
        SetProperty(
            command_id=1,
            property_id=1,
            kind=PropertyKind.BOOL,
            value=True,
            hold_for=Hold.UNTIL_CHANGED,
            valid_for=Hold.UNTIL_CHANGED,  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - the point
        )


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        (PropertyKind.LEVEL, 2, 1),
        (PropertyKind.TEMPERATURE, Decimal("20.01"), Decimal(20)),
        (PropertyKind.DURATION, timedelta(2), timedelta(1)),
        (PropertyKind.BOOL, True, False),
        (
            PropertyKind.COLOUR,
            Colour(red=9, green=9, blue=1),
            Colour(red=9, green=9, blue=0),
        ),
    ],
)
def test_a_range_that_is_crossed_is_not_announced(kind: PropertyKind, low: Any, high: Any) -> None:
    """Mutant: any one case of the check left out."""

    def described(minimum: Any, maximum: Any) -> PropertyDescription:
        return PropertyDescription(
            property_id=1,
            kind=kind,
            name=0x8000,
            unit=Unit.UNITLESS,
            settable=True,
            revision=0,
            minimum=minimum,
            maximum=maximum,
            step=low,
        )

    with pytest.raises(InvalidMessageError, match="above the highest"):
        described(low, high)
    assert described(high, low).minimum == high


def test_a_property_not_known_does_not_cost_the_others() -> None:
    """Mutant: a kind, a name or a unit not known refuses the whole list."""
    strange = B("07 63 0080 FF27 03 00 01020304 05060708 090A0B0C")
    read = PropertyDescriptions.parse(strange + bytes(BRIGHTNESS))
    unknown, known = read.descriptions
    assert (unknown.kind, unknown.name, unknown.unit) == (99, 0x8000, 0x27FF)
    assert unknown.maximum == B("05060708")
    assert known == BRIGHTNESS
    states = PropertyStates.parse(B("07 63 0100 DEADBEEF 00000000") + bytes(STATE))
    assert states.states[1] == STATE


def test_an_event_not_known_is_kept() -> None:
    """Mutant: a kind of event, or a reason within one, refused because it has no name here."""
    read = DeviceEvent.parse(B("FFFFFFFF 00000000 C800 DEADBEEF"))
    assert (read.kind, read.details) == (200, B("DEADBEEF"))
    alarm = DeviceEvent.parse(B("0F000000 00000000 0100 0101 63 09"))
    assert alarm.details == Alarm(about=0x0101, reason=99, state=9)


def test_details_are_those_of_the_kind() -> None:
    with pytest.raises(InvalidMessageError, match="must be a ProbeOff"):
        DeviceEvent(sequence=1, age=Decimal(0), kind=EventKind.PROBE_OFF, details=b"")
    alarm = Alarm(about=0, reason=AlarmReason.LOW_BATTERY, state=AlarmState.RAISED)
    with pytest.raises(InvalidMessageError, match="must be a ProbeOff"):
        DeviceEvent(sequence=1, age=Decimal(0), kind=EventKind.PROBE_OFF, details=alarm)
    off = DeviceEvent(
        sequence=1, age=NoNumber.NOT_KNOWN, kind=EventKind.PROBE_OFF, details=ProbeOff(about=0)
    )
    assert bytes(off) == B("01000000 FFFFFFFF 0400 0000")


@pytest.mark.parametrize("part", ["red", "green", "blue"])
@pytest.mark.parametrize("value", [-1, 256, True, None])
def test_colours_have_three_bytes(part: str, value: Any) -> None:
    parts: dict[str, Any] = {"red": 1, "green": 2, "blue": 3}
    assert str(Colour(**parts)) == "#010203"
    with pytest.raises(InvalidValueError, match="must be 0 to 255"):
        Colour(**{**parts, part: value})


def test_a_refusal_in_a_list_says_where() -> None:
    with pytest.raises(MalformedMessageError) as caught:
        PropertyStates.parse(bytes(STATE) + B("03 05 0000 0CFEFFFF FFFFFFFF"))
    error = caught.value
    assert (error.field, error.offset) == ("states.value", 16)
    assert error.reason == "the bytes that this kind does not use must be zero"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "no properties"),
        (
            "01 03 0100 AD27 01 00 00000000 64000000 01000000",
            "property 1: light brightness, level, 0 to 100 %, step 1, settable",
        ),
        (
            "02 04 0200 0027 01 00 00000000 FFFFFF00 00000000",
            "property 2: light colour, colour, settable",
        ),
        (
            "03 05 2200 2F27 01 02 D0070000 A00F0000 32000000",
            "property 3: warmer target, temperature, 20.00 °C to 40.00 °C, step 0.50 °C, settable",
        ),
        (
            "04 01 2100 0027 00 00 00000000 01000000 00000000",
            "property 4: warmer, bool, not settable",
        ),
        (
            "05 02 1100 0027 01 00 00000000 05000000 01000000",
            "property 5: sound, enum, 0 to 5, step 1, settable",
        ),
        (
            "06 03 0080 FF27 01 00 00000000 05000000 01000000",
            "property 6: name 32768 (not known here), level, 0 to 5, step 1, settable",
        ),
        (
            "07 06 3100 0327 01 00 01000000 100E0000 00000000",
            "property 7: sampling interval, duration, 1 s to 3600 s, step 0 s, settable",
        ),
        (
            "08 03 0100 0027 01 00 00000000 05000000 01000000",
            "property 8: light brightness, level, 0 to 5, step 1, settable",
        ),
        (
            "09 63 0080 FF27 01 00 01020304 05060708 090A0B0C",
            "property 9: name 32768 (not known here), kind 99 (not known here), "
            "01 02 03 04 to 05 06 07 08, step 09 0a 0b 0c, settable",
        ),
    ],
)
def test_a_description_says_itself(data: str, said: str) -> None:
    assert str(PropertyDescriptions.parse(B(data))) == said


@pytest.mark.parametrize(
    ("message", "data", "said"),
    [
        (PropertyStates, "", "no properties"),
        (
            PropertyStates,
            "01 03 0500 14000000 08070000 04 01 0000 01000000 FFFFFFFF",
            "property 1: 20, for 1800 s more (revision 5); property 4: on (revision 0)",
        ),
        (
            SetProperty,
            "0700 01 03 14000000 08070000 0500",
            "command 7: set property 1 to 20 for 1800 s, valid for 5 s",
        ),
        (
            SetProperty,
            "0800 02 04 FFC08000 FFFFFFFF 0000",
            "command 8: set property 2 to #FFC080, valid for 0 s",
        ),
        (
            SetPropertyResponse,
            "0700 00 01 01 03 0500 14000000 FFFFFFFF",
            "command 7: done; property 1: 20 (revision 5)",
        ),
        (SetPropertyResponse, "0700 05 00", "command 7: refused (device limit)"),
        (SetPropertyResponse, "0700 C8 00", "command 7: refused (code 200 (not known here))"),
        (
            DeviceEvent,
            "07000000 E8030000 0100 6E2A 01 01",
            "alarm: above limit (Temperature), raised; 1.000 s ago, event 7",
        ),
        (
            DeviceEvent,
            "07000000 FFFFFFFF 0100 0000 05 00",
            "alarm: low battery (the device), cleared; time not known, event 7",
        ),
        (
            DeviceEvent,
            "07000000 00000000 0200 01 80",
            "button pressed: button 1, hold press; 0.000 s ago, event 7",
        ),
        (
            DeviceEvent,
            "07000000 00000000 0300 02",
            "moved: now on the front; 0.000 s ago, event 7",
        ),
        (
            DeviceEvent,
            "07000000 00000000 0400 0201",
            "probe off: Fine Weight Measurement; 0.000 s ago, event 7",
        ),
        (
            DeviceEvent,
            "07000000 00000000 0400 3412",
            "probe off: 0x1234; 0.000 s ago, event 7",
        ),
        (
            DeviceEvent,
            "07000000 00000000 0500 B004 FFFF",
            "feed ended: 1200 s, not known (ml); 0.000 s ago, event 7",
        ),
        (
            DeviceEvent,
            "07000000 00000000 0600 80700000 FFFFFFFF 03",
            "sleep ended: 28800 s, asleep not known (s), awake 3 times; 0.000 s ago, event 7",
        ),
        (
            DeviceEvent,
            "07000000 00000000 C800 DEAD",
            "event kind 200 (not known here): de ad; 0.000 s ago, event 7",
        ),
        (
            DeviceEvent,
            "07000000 00000000 C800",
            "event kind 200 (not known here); 0.000 s ago, event 7",
        ),
    ],
)
def test_one_line_for_people(message: Any, data: str, said: str) -> None:
    assert str(message.parse(B(data))) == said
