"""The controls service of a BabyN device: properties that it announces, and how they are set.

A property is a state with a name, a kind, a range and a step: a night light's brightness, a sound,
a target temperature, a sampling interval. The device announces what it has
(:class:`PropertyDescriptions`) and shows how it stands (:class:`PropertyStates`). A client sets
one to an absolute value, for a time (:class:`SetProperty`), and is answered with the state that
came of it or with the reason why not (:class:`SetPropertyResponse`). What happens besides is a
:class:`~babyn_protocol.gatt.device_events.DeviceEvent`.

Every record fits 20 bytes, the longest notification at the smallest MTU, has a fixed size and is
aligned as a C structure is. The messages do not depend on GATT.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.gatt.codes import Code, known_or_code
from babyn_protocol.gatt.property_values import (
    Colour,
    PropertyKind,
    PropertyValue,
    duration,
    property_value,
    said_value,
)
from babyn_protocol.layout import open_enumerated
from babyn_protocol.numbers import uint8, uint16, uint32
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, repeated, wire


class PropertyName(Code):
    """What a property is for. 0x8000 to 0xFFFF: names of a maker's own; others are reserved."""

    LIGHT_BRIGHTNESS = 0x0001
    """Level, percent; 0: off."""
    LIGHT_COLOUR = 0x0002
    """Colour."""
    LIGHT_COLOUR_TEMPERATURE = 0x0003
    """Level, kelvin."""
    SOUND = 0x0011
    """Enum: 0 off, 1 white noise, 2 pink noise, 3 heartbeat, 4 rain, 5 lullaby, from 128 own."""
    SOUND_VOLUME = 0x0012
    """Level, percent of what the device allows."""
    WARMER = 0x0021
    """Bool: whether it warms."""
    WARMER_TARGET = 0x0022
    """Temperature that it warms to."""
    WARMER_TEMPERATURE = 0x0023
    """Temperature that it has now; not settable."""
    SAMPLING_INTERVAL = 0x0031
    """Duration between two measurements."""
    TEMPERATURE_ALARM_ABOVE = 0x0041
    """Temperature of the room that raises an alarm."""
    TEMPERATURE_ALARM_BELOW = 0x0042
    """Temperature of the room that raises an alarm."""
    SOUND_ALARM_ABOVE = 0x0043
    """Level, decibel, that raises an alarm."""
    SATURATION_ALARM_BELOW = 0x0044
    """Level of oxygen saturation, percent, that raises an alarm."""
    PULSE_ALARM_ABOVE = 0x0045
    """Level, beats per minute, that raises an alarm."""
    PULSE_ALARM_BELOW = 0x0046
    """Level, beats per minute, that raises an alarm."""


class Unit(Code):
    """A unit, by its number in Assigned Numbers."""

    UNITLESS = 0x2700
    SECOND = 0x2703
    KELVIN = 0x2705
    DEGREE_CELSIUS = 0x272F
    LUX = 0x2731
    PERCENTAGE = 0x27AD
    BEATS_PER_MINUTE = 0x27AF
    DECIBEL = 0x27C3

    @property
    def symbol(self) -> str:
        """The unit as people write it."""
        return {
            Unit.SECOND: "s",
            Unit.KELVIN: "K",
            Unit.DEGREE_CELSIUS: "°C",
            Unit.LUX: "lx",
            Unit.PERCENTAGE: "%",
            Unit.BEATS_PER_MINUTE: "/min",
            Unit.DECIBEL: "dB",
        }.get(self, "")


class Hold(Code):
    """How long a value holds, if it is no time."""

    UNTIL_CHANGED = 0xFFFFFFFF


_kind = open_enumerated(uint8, PropertyKind)
_value = property_value()
_hold = duration(uint32, {0xFFFFFFFF: Hold.UNTIL_CHANGED})


class PropertyDescription(Message):
    """What one property is, and what it can be set to. 20 bytes."""

    property_id: int = wire(uint8)
    """Which one, on this device; the same as long as its firmware is."""

    kind: PropertyKind | int = wire(_kind)
    """What its value is."""

    name: PropertyName | int = wire(open_enumerated(uint16, PropertyName))
    """What it is for."""

    unit: Unit | int = wire(open_enumerated(uint16, Unit))
    """The unit of its value, by its number in Assigned Numbers."""

    flags: int = flag_bits(uint8)
    """What can be done with it."""

    settable: bool = flag_value(0)
    """Whether a client can set it. Otherwise it only shows."""

    revision: int = wire(uint8)
    """Counts the changes of this description, say of a limit; 255 is followed by 0."""

    minimum: PropertyValue = wire(_value)
    """The lowest value, or the lowest option of an enum; of a colour the lowest of each part."""

    maximum: PropertyValue = wire(_value)
    """The highest value; not below the lowest. A bool that can be on has 1."""

    step: PropertyValue = wire(_value)
    """Values are the lowest and whole steps above it. 0: any value in between."""

    def check(self) -> None:
        """Refuse a range that ends before it begins."""
        match self.minimum, self.maximum:
            case (int() | Decimal() as low, int() | Decimal() as high):
                crossed = low > high
            case (timedelta() as low, timedelta() as high):
                crossed = low > high
            case (Colour() as low, Colour() as high):
                crossed = low.red > high.red or low.green > high.green or low.blue > high.blue
            case _:
                crossed = False
        if crossed:
            raise InvalidValueError("the lowest value is above the highest")

    def __str__(self) -> str:
        said = [known_or_code(self.name, "name"), known_or_code(self.kind, "kind")]
        if self.kind not in (PropertyKind.BOOL, PropertyKind.COLOUR):
            limits = f"{said_value(self.minimum)} to {said_value(self.maximum)}"
            if self.kind is PropertyKind.LEVEL and isinstance(self.unit, Unit):
                limits = f"{limits} {self.unit.symbol}".rstrip()
            said += [limits, f"step {said_value(self.step)}"]
        said.append("settable" if self.settable else "not settable")
        return f"property {self.property_id}: {', '.join(said)}"


class PropertyState(Message):
    """How one property stands. 12 bytes."""

    property_id: int = wire(uint8)
    """Which one, on this device."""

    kind: PropertyKind | int = wire(_kind)
    """What its value is; as in its description."""

    revision: int = wire(uint16)
    """Counts the changes of the value, whoever made them; 65535 is followed by 0."""

    value: PropertyValue = wire(_value)
    """What it is now."""

    remaining: timedelta | Hold = wire(_hold)
    """How long it stays so before the device goes back to what it does by itself."""

    def __str__(self) -> str:
        said = f"property {self.property_id}: {said_value(self.value)}"
        if isinstance(self.remaining, timedelta):
            said += f", for {said_value(self.remaining)} more"
        return f"{said} (revision {self.revision})"


class PropertyDescriptions(Message):
    """All properties of a device. Read; those that changed are indicated."""

    descriptions: tuple[PropertyDescription, ...] = repeated(PropertyDescription.layout())
    """In the order in which they should be shown; 25 at most."""

    def __str__(self) -> str:
        return "; ".join(map(str, self.descriptions)) or "no properties"


class PropertyStates(Message):
    """How properties stand. Read: all of them; notified: those that changed."""

    states: tuple[PropertyState, ...] = repeated(PropertyState.layout())
    """Each property at most once, in no order."""

    def __str__(self) -> str:
        return "; ".join(map(str, self.states)) or "no properties"


class SetProperty(Message):
    """Set one property. Written. 14 bytes.

    The value is absolute, never a change or a toggle, so that a command that arrives twice does
    what it does once. A command with the number of the last one is answered again and not carried
    out again.
    """

    command_id: int = wire(uint16)
    """The client's number of the command; the answer has it too."""

    property_id: int = wire(uint8)
    """Which one, on this device."""

    kind: PropertyKind | int = wire(_kind)
    """What the value is; another kind than the description's is refused."""

    value: PropertyValue = wire(_value)
    """What it shall be."""

    hold_for: timedelta | Hold = wire(_hold)
    """How long it shall stay so. The device may end it sooner, and says so in the state."""

    valid_for: timedelta = wire(duration(uint16, {}))
    """How long after its arrival the command may still be begun; 0: at once or not at all."""

    def __str__(self) -> str:
        said = f"command {self.command_id}: set property {self.property_id} to "
        said += said_value(self.value)
        if isinstance(self.hold_for, timedelta):
            said += f" for {said_value(self.hold_for)}"
        return f"{said}, valid for {said_value(self.valid_for)}"


class SetPropertyResult(Code):
    """What came of a command. Any other code is a refusal too."""

    DONE = 0
    """The value is set; the state says for how long."""
    OUT_OF_RANGE = 1
    """Not between the lowest and the highest value, or not on a step."""
    NOT_SETTABLE = 2
    """The property only shows."""
    EXPIRED = 3
    """It could not be begun while the command was valid."""
    BUSY = 4
    """Something else has to end first."""
    DEVICE_LIMIT = 5
    """In range, and the device's own limit (heat, volume, time) forbids it now."""
    UNKNOWN_PROPERTY = 6
    """There is no such property."""
    WRONG_KIND = 7
    """The property has another kind."""


class SetPropertyResponse(Message, max_size=20):
    """What came of one command. Sent by indication. 4 bytes, or 16 with the state."""

    command_id: int = wire(uint16)
    """Which command."""

    result: SetPropertyResult | int = wire(open_enumerated(uint8, SetPropertyResult))
    """0: done. Anything else: refused, and nothing has changed."""

    flags: int = flag_bits(uint8)
    """What follows."""

    state: PropertyState | None = optional(PropertyState.layout(), flag=0)
    """How the property stands now, done or refused. Absent: there is no such property."""

    def check(self) -> None:
        """Refuse an answer that says done and not what."""
        if self.result is SetPropertyResult.DONE and self.state is None:
            raise InvalidValueError("what was done has a state")

    @property
    def done(self) -> bool:
        """Whether the value was set."""
        return self.result is SetPropertyResult.DONE

    def __str__(self) -> str:
        result = "done" if self.done else f"refused ({known_or_code(self.result, 'code')})"
        said = f"command {self.command_id}: {result}"
        return said if self.state is None else f"{said}; {self.state}"
