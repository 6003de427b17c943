"""An infant scale, told by services in steps of 5 g and of 1 g.

WSS v1.0.1 - Weight Scale Service; the finer weight is in a service of this project's own.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Unpack

from babyn_protocol.gatt.device_events import ButtonPress
from babyn_protocol.numbers import NoNumber
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_protocol.uuids import VendorCharacteristic, VendorService
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.models.scale import ScaleModel, Weighing
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions, NurseryDevice
from babyn_simulator.security import Pairing
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.radio import Air

GENERIC_WEIGHT_SCALE = 0x0C80
"""Appearance: Generic Weight Scale (Assigned Numbers §2.6)."""

SETTLING: Final = timedelta(seconds=8)
"""How long a child lies on the scale until its weight is taken."""

_SHOWN_EVERY: Final = timedelta(seconds=1)


class Scale(NurseryDevice):
    """An infant scale on the air. Its button takes the towel away from the weight.

    Args:
        air: the medium.
        model: what it weighs and how.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.nursery_device.DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        model: ScaleModel,
        identity: Identity,
        **options: Unpack[DeviceOptions],
    ) -> None:
        self.model = model
        self.weight = Characteristic(Uuids.WEIGHT_MEASUREMENT, indicate=True, protected=True)
        self.fine_weight = Characteristic(
            VendorCharacteristic.FINE_WEIGHT_MEASUREMENT, indicate=True, protected=True
        )
        features = Characteristic(
            Uuids.WEIGHT_SCALE_FEATURE, read=bytes(model.features()), protected=True
        )
        options.setdefault("name", "Scale")
        options.setdefault("pairing", Pairing.REQUIRED)
        options.setdefault(
            "advertisement", Advertisement(service_uuids=(ServiceUuids.WEIGHT_SCALE,))
        )
        super().__init__(
            air,
            identity,
            [
                Service(ServiceUuids.WEIGHT_SCALE, [features, self.weight]),
                Service(VendorService.SENSOR, [self.fine_weight]),
            ],
            appearance=GENERIC_WEIGHT_SCALE,
            battery=model.battery,
            options=options,
        )

    def force_weight(self, kilograms: float | NoNumber | None) -> None:
        """Weigh this from now on; ``None`` for the child again."""
        self.model.forced = kilograms

    def on_button(self, button: int, press: ButtonPress) -> None:
        """Subtract the towel from now on."""
        if (button, press) == (1, ButtonPress.PRESS):
            self.model.net = True

    async def weigh_once(self, occasion: Weighing | None = None) -> None:
        """Weigh a child that is laid on the scale now, and tell whoever has subscribed.

        The finer weight is told while it settles, too; that is for display only.
        """
        loop = asyncio.get_running_loop()
        laid_down = loop.time()
        lying = timedelta()
        while lying < SETTLING:
            shown = self.model.show(self.elapsed, lying)
            if not isinstance(shown, NoNumber):
                message = self.model.fine(shown, utc_now(), settled=False)
                await self.indicate(self.fine_weight, bytes(message))
            lying += _SHOWN_EVERY
            await asyncio.sleep(laid_down + lying.total_seconds() - loop.time())
        shown, moment = self.model.show(self.elapsed, lying), utc_now()
        fine, coarse = (
            self.model.fine(shown, moment, settled=True),
            self.model.coarse(shown, moment),
        )
        await self.indicate(self.fine_weight, bytes(fine))
        await self.indicate(self.weight, bytes(coarse))
        ended = None if occasion is None else self.model.feed_ended(occasion, shown)
        if ended is not None:
            self.happened(ended)
        await self.tell_battery()

    async def work(self) -> None:
        """Weigh whenever it is time."""
        last = self.elapsed
        while (weighing := self.model.next_weighing(last)) is not None:
            await asyncio.sleep((weighing.at - self.elapsed).total_seconds())
            await self.weigh_once(weighing)
            last = weighing.at
