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
from babyn_simulator.devices.models.measurement_log import Taken
from babyn_simulator.devices.models.scale import ScaleModel, Shown, Weighing
from babyn_simulator.devices.open_profile.controlled_device import ControlledDevice
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.open_profile.stored_measurements import FRESH, StoredMeasurements
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from bumble.device import Connection

    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.radio import Air

GENERIC_WEIGHT_SCALE = 0x0C80
"""Appearance: Generic Weight Scale (Assigned Numbers §2.6)."""

SETTLING: Final = timedelta(seconds=8)
"""How long a child lies on the scale until its weight is taken."""

_SHOWN_EVERY: Final = timedelta(seconds=1)


class Scale(ControlledDevice):
    """An infant scale on the air. Its button takes the towel away from the weight.

    With a log, weighings that nobody has received are indicated later, by the standard's own
    characteristic, in steps of 5 g; those of 1 g are for whoever listens at the time.

    Args:
        air: the medium.
        model: what it weighs and how.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.open_profile.nursery_device.DeviceOptions`.
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
        self._stored = StoredMeasurements(model.log, self._tell)
        options.setdefault("name", "Scale")
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
            clock=model.clock if model.timestamp else None,
            log=model.log,
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
            moving = self.model.show(self.elapsed, utc_now(), lying)
            if not isinstance(moving.value.weight, NoNumber):
                message = self.model.fine(moving, fresh=True, settled=False)
                await self.indicate(self.fine_weight, bytes(message))
            lying += _SHOWN_EVERY
            await asyncio.sleep(laid_down + lying.total_seconds() - loop.time())
        taken = self.model.show(self.elapsed, utc_now(), lying)
        settled = self.model.fine(taken, fresh=True, settled=True)
        await self.indicate(self.fine_weight, bytes(settled))
        if self.model.log.capacity:
            self.model.log.add(taken)
            self._stored.wake()
        else:
            await self._tell(taken)
        ended = None if occasion is None else self.model.feed_ended(occasion, taken.value.weight)
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

    async def live(self) -> None:
        """Tell what is stored, and weigh."""
        if self.model.log.capacity:
            self.spawn(self._stored.tell_for_ever)
        await super().live()

    def store(self) -> None:
        """Weigh, and put it into the log."""
        self.model.log.add(self.model.show(self.elapsed, utc_now(), SETTLING))
        self._stored.wake()

    async def before_write(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a write or a subscription pass, or refuse it; part of answering a request."""
        await super().before_write(connection, characteristic)
        if characteristic is self.weight:
            self._stored.wake()

    async def _tell(self, taken: Taken[Shown]) -> bool:
        fresh = self.elapsed - taken.elapsed < FRESH
        message = self.model.coarse(taken, fresh=fresh)
        return await self.indicate(self.weight, bytes(message)) > 0
