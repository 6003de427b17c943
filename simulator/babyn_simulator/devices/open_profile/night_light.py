"""A night light with a sound machine: properties that are set, and end by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from babyn_protocol.gatt.controls import PropertyName
from babyn_protocol.gatt.device_events import ButtonPress
from babyn_protocol.gatt.property_values import Colour
from babyn_protocol.uuids import VendorService
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.devices.models.night_light import NightLightModel
from babyn_simulator.devices.open_profile.controlled_device import ControlledDevice
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions

if TYPE_CHECKING:
    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.radio import Air

GENERIC_LIGHT_SOURCE = 0x07C0
"""Appearance: Generic Light Source (Assigned Numbers §2.6)."""


class NightLight(ControlledDevice):
    """A night light with a sound machine on the air, on mains.

    Button 1 is for the light, button 2 for the sound.

    Args:
        air: the medium.
        model: what it is and does.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.open_profile.nursery_device.DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        model: NightLightModel,
        identity: Identity,
        **options: Unpack[DeviceOptions],
    ) -> None:
        self.model = model
        options.setdefault("name", "Night light")
        options.setdefault("advertisement", Advertisement(service_uuids=(VendorService.CONTROLS,)))
        super().__init__(
            air,
            identity,
            (),
            appearance=GENERIC_LIGHT_SOURCE,
            controls=model.controls(),
            options=options,
        )

    @property
    def brightness(self) -> int:
        """How bright it is, in percent; 0: off."""
        return self.controls.value(PropertyName.LIGHT_BRIGHTNESS, int)

    @property
    def colour(self) -> Colour:
        """The colour of its light."""
        return self.controls.value(PropertyName.LIGHT_COLOUR, Colour)

    @property
    def sound(self) -> int:
        """Which sound it makes, by the options of the property; 0: none."""
        return self.controls.value(PropertyName.SOUND, int)

    @property
    def volume(self) -> int:
        """How loud its sounds are, in percent of what it can."""
        return self.controls.value(PropertyName.SOUND_VOLUME, int)

    def on_button(self, button: int, press: ButtonPress) -> None:
        """Switch light or sound on or off."""
        if press is ButtonPress.PRESS:
            self.model.press(self.controls, button, self.elapsed)
            self.tell_changes()
