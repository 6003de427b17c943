"""What a night light with a sound machine is and does: properties that end by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from babyn_protocol.gatt.controls import PropertyDescription, PropertyName, Unit
from babyn_protocol.gatt.property_values import Colour, PropertyKind, PropertyValue
from babyn_simulator.devices.models.controls import Controls, Property

LIGHT_BUTTON: Final = 1

SOUND_BUTTON: Final = 2

OFF: Final = 0
"""Of brightness and of sounds."""

WHITE_NOISE: Final = 1

LULLABY: Final = 5

_BLACK: Final = Colour(red=0, green=0, blue=0)

_WHITE: Final = Colour(red=255, green=255, blue=255)

_AMBER: Final = Colour(red=255, green=147, blue=41)


@dataclass(frozen=True, slots=True)
class NightLightModel:
    """What a night light is and does, without a radio.

    Attributes:
        light_for: how long its light is on at most.
        sound_for: how long a sound is on at most.
        loudest: the volume that it allows, in percent; what is above is in range and refused.
        button_brightness: brightness that its button switches on, in percent.
        button_sound: sound that its button switches on.
    """

    light_for: timedelta = timedelta(hours=12)
    sound_for: timedelta = timedelta(hours=2)
    loudest: int = 70
    button_brightness: int = 20
    button_sound: int = WHITE_NOISE

    def controls(self) -> Controls:
        """Return its properties, at rest: everything is off."""
        return Controls(self._properties(), limit=self._too_loud)

    def press(self, controls: Controls, button: int, now: timedelta) -> None:
        """Switch light or sound on, or off if it is on.

        Args:
            controls: its properties.
            button: which one was pressed.
            now: when, counted from when the light was first on mains.
        """
        for own, name, on in (
            (LIGHT_BUTTON, PropertyName.LIGHT_BRIGHTNESS, self.button_brightness),
            (SOUND_BUTTON, PropertyName.SOUND, self.button_sound),
        ):
            if button == own:
                controls.change(name, OFF if controls.value(name, int) else on, now)

    def _too_loud(self, description: PropertyDescription, value: PropertyValue) -> bool:
        return (
            description.name is PropertyName.SOUND_VOLUME
            and isinstance(value, int)
            and value > self.loudest
        )

    def _properties(self) -> Iterator[Property]:
        yield Property(
            _described(1, PropertyName.LIGHT_BRIGHTNESS, PropertyKind.LEVEL, 100, Unit.PERCENTAGE),
            rest=OFF,
            longest=self.light_for,
        )
        yield Property(
            PropertyDescription(
                property_id=2,
                kind=PropertyKind.COLOUR,
                name=PropertyName.LIGHT_COLOUR,
                unit=Unit.UNITLESS,
                settable=True,
                revision=0,
                minimum=_BLACK,
                maximum=_WHITE,
                step=_BLACK,
            ),
            rest=_AMBER,
        )
        yield Property(
            _described(3, PropertyName.SOUND, PropertyKind.ENUM, LULLABY, Unit.UNITLESS),
            rest=OFF,
            longest=self.sound_for,
        )
        yield Property(
            _described(4, PropertyName.SOUND_VOLUME, PropertyKind.LEVEL, 100, Unit.PERCENTAGE),
            rest=min(30, self.loudest),
        )


def _described(
    number: int, name: PropertyName, kind: PropertyKind, highest: int, unit: Unit
) -> PropertyDescription:
    return PropertyDescription(
        property_id=number,
        kind=kind,
        name=name,
        unit=unit,
        settable=True,
        revision=0,
        minimum=0,
        maximum=highest,
        step=1,
    )
