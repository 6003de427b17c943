"""A bottle warmer: a target, a heater, and a heat limit that nobody can talk it out of."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Unpack

from babyn_protocol.gatt.controls import PropertyName
from babyn_protocol.gatt.device_events import ButtonPress
from babyn_protocol.uuids import VendorService
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.devices.models.bottle_warmer import BottleWarmerModel
from babyn_simulator.devices.open_profile.controlled_device import ControlledDevice
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions

if TYPE_CHECKING:
    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.radio import Air

GENERIC_DOMESTIC_APPLIANCE = 0x0900
"""Appearance: Generic Domestic Appliance (Assigned Numbers §2.6)."""


class BottleWarmer(ControlledDevice):
    """A bottle warmer on the air, on mains. Its button switches it on and off.

    Args:
        air: the medium.
        model: what it is and does.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.open_profile.nursery_device.DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        model: BottleWarmerModel,
        identity: Identity,
        **options: Unpack[DeviceOptions],
    ) -> None:
        self.model = model
        options.setdefault("name", "Bottle warmer")
        options.setdefault("advertisement", Advertisement(service_uuids=(VendorService.CONTROLS,)))
        super().__init__(
            air,
            identity,
            (),
            appearance=GENERIC_DOMESTIC_APPLIANCE,
            controls=model.controls(),
            options=options,
        )

    @property
    def on(self) -> bool:
        """Whether it warms; the heater itself comes and goes."""
        return self.controls.value(PropertyName.WARMER, bool)

    @property
    def temperature(self) -> Decimal:
        """How warm the water is, in degrees Celsius, as it shows it."""
        return self.controls.value(PropertyName.WARMER_TEMPERATURE, Decimal)

    async def power_off(self) -> None:
        """Stop at once, as when the plug is pulled; the water cools."""
        self.model.lose_power()
        await super().power_off()

    def on_button(self, button: int, press: ButtonPress) -> None:
        """Switch it on or off."""
        if (button, press) == (1, ButtonPress.PRESS):
            self.model.switch(self.controls, self.elapsed)
            self.tell_changes()

    async def work(self) -> None:
        """Regulate the heat, once a second."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += 1.0
            await asyncio.sleep(due - loop.time())
            self.controls.advance(self.elapsed)
            alarm = self.model.regulate(self.controls, self.elapsed)
            if alarm is not None:
                self.happened(alarm)
            self.tell_changes()
