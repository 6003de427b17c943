"""Every property that a device can have, and every event that it can tell of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from babyn_protocol.gatt.controls import (
    Hold,
    PropertyDescription,
    PropertyName,
    PropertyState,
    SetProperty,
    SetPropertyResponse,
    SetPropertyResult,
    Unit,
)
from babyn_protocol.gatt.device_events import (
    Alarm,
    AlarmReason,
    AlarmState,
    ButtonPress,
    ButtonPressed,
    DeviceEvent,
    EventKind,
    FeedEnded,
    Moved,
    Posture,
    ProbeOff,
    SleepEnded,
)
from babyn_protocol.gatt.property_values import Colour, PropertyKind
from babyn_protocol.numbers import NoNumber
from babyn_protocol.wire import Message
from tests.protocol.strategies_of_values import (
    flags,
    longs,
    not_known,
    octets,
    open_codes,
    steps,
    temperatures_of_rooms,
    words,
)

kinds = open_codes(PropertyKind, 0xFF)
seconds = st.integers(0, 0xFFFFFFFE).map(lambda number: timedelta(seconds=number))
holds = seconds | st.just(Hold.UNTIL_CHANGED)
colours = st.builds(Colour, red=octets, green=octets, blue=octets)


def values(kind: PropertyKind | int) -> st.SearchStrategy[Any]:
    match kind:
        case PropertyKind.BOOL:
            return flags
        case PropertyKind.ENUM:
            return octets
        case PropertyKind.LEVEL:
            return words
        case PropertyKind.COLOUR:
            return colours
        case PropertyKind.TEMPERATURE:
            return temperatures_of_rooms
        case PropertyKind.DURATION:
            return seconds | not_known
        case _:
            return st.binary(min_size=4, max_size=4)


@st.composite
def descriptions(draw: st.DrawFn) -> PropertyDescription:
    kind = draw(kinds)
    limits = [draw(values(kind)), draw(values(kind))]
    if isinstance(kind, PropertyKind) and NoNumber.NOT_KNOWN not in limits:
        if kind is PropertyKind.COLOUR:
            limits[0] = Colour(red=0, green=0, blue=0)
        else:
            limits.sort()
    return PropertyDescription(
        property_id=draw(octets),
        kind=kind,
        name=draw(open_codes(PropertyName, 0xFFFF)),
        unit=draw(open_codes(Unit, 0xFFFF)),
        settable=draw(flags),
        revision=draw(octets),
        minimum=limits[0],
        maximum=limits[1],
        step=draw(values(kind)),
    )


@st.composite
def states(draw: st.DrawFn) -> PropertyState:
    kind = draw(kinds)
    return PropertyState(
        property_id=draw(octets),
        kind=kind,
        revision=draw(words),
        value=draw(values(kind)),
        remaining=draw(holds),
    )


@st.composite
def commands(draw: st.DrawFn) -> Message:
    kind = draw(kinds)
    return SetProperty(
        command_id=draw(words),
        property_id=draw(octets),
        kind=kind,
        value=draw(values(kind)),
        hold_for=draw(holds),
        valid_for=draw(words.map(lambda number: timedelta(seconds=number))),
    )


@st.composite
def answers(draw: st.DrawFn) -> Message:
    result = draw(open_codes(SetPropertyResult, 0xFF))
    done = result is SetPropertyResult.DONE
    state = draw(states() if done else st.none() | states())
    return SetPropertyResponse(command_id=draw(words), result=result, state=state)


@st.composite
def events(draw: st.DrawFn) -> Message:
    kind = draw(open_codes(EventKind, 0xFFFF))
    of_kind: dict[object, st.SearchStrategy[Any]] = {
        EventKind.ALARM: st.builds(
            Alarm,
            about=words,
            reason=open_codes(AlarmReason, 0xFF),
            state=open_codes(AlarmState, 0xFF),
        ),
        EventKind.BUTTON_PRESSED: st.builds(
            ButtonPressed, button=octets, press=open_codes(ButtonPress, 0xFF)
        ),
        EventKind.MOVED: st.builds(Moved, posture=open_codes(Posture, 0xFF)),
        EventKind.PROBE_OFF: st.builds(ProbeOff, about=words),
        EventKind.FEED_ENDED: st.builds(
            FeedEnded,
            seconds=steps(0, 0xFFFE, "1") | not_known,
            millilitres=steps(0, 0xFFFE, "1") | not_known,
        ),
        EventKind.SLEEP_ENDED: st.builds(
            SleepEnded,
            seconds=steps(0, 0xFFFFFFFE, "1") | not_known,
            seconds_asleep=steps(0, 0xFFFFFFFE, "1") | not_known,
            times_awake=steps(0, 0xFE, "1") | not_known,
        ),
    }
    return DeviceEvent(
        sequence=draw(longs),
        age=draw(steps(0, 0xFFFFFFFE, "0.001") | not_known),
        kind=kind,
        details=draw(of_kind.get(kind, st.binary(max_size=10))),
    )
