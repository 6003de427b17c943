"""An oximeter sock, told by the standard service.

PLXS v1.0.1 - Pulse Oximeter Service
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Unpack

from babyn_protocol.gatt.device_events import ProbeOff
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.models.controls import Controls
from babyn_simulator.devices.models.oximeter import (
    PLX_CONTINUOUS,
    OximeterModel,
    oximeter_properties,
)
from babyn_simulator.devices.open_profile.controlled_device import ControlledDevice
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.open_profile.record_access import RecordAccess
from babyn_simulator.devices.signals.oximetry import Signal
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.radio import Air

GENERIC_PULSE_OXIMETER = 0x0C40
"""Appearance: Generic Pulse Oximeter (Assigned Numbers §2.6)."""


class Oximeter(ControlledDevice):
    """An oximeter sock on the air.

    Args:
        air: the medium.
        model: what it measures and how.
        identity: what it says about itself.
        options: see :class:`~babyn_simulator.devices.open_profile.nursery_device.DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        model: OximeterModel,
        identity: Identity,
        **options: Unpack[DeviceOptions],
    ) -> None:
        self.model = model
        self._told_off = False
        self.continuous = Characteristic(
            Uuids.PLX_CONTINUOUS_MEASUREMENT, notify=True, protected=True
        )
        self.spot_check = Characteristic(
            Uuids.PLX_SPOT_CHECK_MEASUREMENT, indicate=True, protected=True
        )
        features = Characteristic(Uuids.PLX_FEATURES, read=bytes(model.features()), protected=True)
        held = [features, self.continuous]
        if model.spot_check_interval is not None:
            held.append(self.spot_check)
        self.record_access = RecordAccess(
            self,
            model.log,
            self.spot_check,
            lambda taken: bytes(model.spot_check(taken, stored=True)),
        )
        if model.log.capacity:
            held.append(self.record_access.control_point)
        options.setdefault("name", "Oximeter")
        options.setdefault(
            "advertisement", Advertisement(service_uuids=(ServiceUuids.PULSE_OXIMETER,))
        )
        super().__init__(
            air,
            identity,
            [Service(ServiceUuids.PULSE_OXIMETER, held)],
            appearance=GENERIC_PULSE_OXIMETER,
            controls=Controls(oximeter_properties()),
            battery=model.battery,
            clock=None if model.spot_check_interval is None else model.clock,
            log=model.log,
            options=options,
        )

    def take_off(self) -> None:
        """Take the sock off the foot: from the next sample on there are no values."""
        self.model.worn = False

    def put_on(self) -> None:
        """Put the sock on again: after a while there are values."""
        self.model.worn = True

    def force(self, spo2: float, pulse_rate: float) -> None:
        """Measure this from now on, in percent and beats per minute."""
        self.model.forced = (spo2, pulse_rate)

    def unforce(self) -> None:
        """Measure the signal again."""
        self.model.forced = None

    async def measure_once(self) -> None:
        """Measure, and tell whoever has subscribed; what has happened by it, too."""
        sample = self.model.sample(self.elapsed)
        for alarm in self.model.alarms(sample, self.controls):
            self.happened(alarm)
        off = sample.signal is Signal.PROBE_OFF
        if off and not self._told_off:
            self.happened(ProbeOff(about=PLX_CONTINUOUS))
        self._told_off = off
        await self.notify(self.continuous, bytes(self.model.continuous(sample)))
        await self.tell_battery()

    async def check_once(self) -> None:
        """Make a spot check, and tell whoever has subscribed; if nobody confirms, keep it."""
        taken = self.model.check(self.elapsed, utc_now())
        message = self.model.spot_check(taken, stored=False)
        if not await self.indicate(self.spot_check, bytes(message)) and self.model.log.capacity:
            self.model.log.add(taken)

    def store(self) -> None:
        """Make a spot check, and put it into the log."""
        self.model.log.add(self.model.check(self.elapsed, utc_now()))

    async def work(self) -> None:
        """Measure for ever."""
        if self.model.spot_check_interval is not None:
            self.spawn(self._check_for_ever)
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += self.model.interval
            await asyncio.sleep(due - loop.time())
            await self.measure_once()

    async def _check_for_ever(self) -> None:
        while self.model.spot_check_interval is not None:
            await asyncio.sleep(self.model.spot_check_interval)
            await self.check_once()
