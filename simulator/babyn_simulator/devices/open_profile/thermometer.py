"""A thermometer patch, told by the standard service.

HTS v1.0 - Health Thermometer Service
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Unpack

from babyn_protocol.bthome import AnyObject
from babyn_protocol.bthome.objects import TEMPERATURE
from babyn_protocol.gatt.health_thermometer import (
    MeasurementInterval,
    TemperatureTypeValue,
)
from babyn_protocol.numbers import SpecialValue
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.models.measurement_log import Taken
from babyn_simulator.devices.models.thermometer import RESOLUTION, Temperature, ThermometerModel
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions, NurseryDevice
from babyn_simulator.devices.open_profile.stored_measurements import FRESH, StoredMeasurements
from babyn_simulator.services import Characteristic, Service

if TYPE_CHECKING:
    from bumble.device import Connection

    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.radio import Air

GENERIC_THERMOMETER = 0x0300
"""Appearance: Generic Thermometer (Assigned Numbers §2.6)."""


class Thermometer(NurseryDevice):
    """A thermometer patch on the air.

    Args:
        air: the medium.
        model: what it measures and how.
        identity: what it says about itself.
        intermediate: whether it also notifies Intermediate Temperature, once a second, while
            it waits for the next measurement.
        options: see :class:`~babyn_simulator.devices.open_profile.nursery_device.DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        model: ThermometerModel,
        identity: Identity,
        *,
        intermediate: bool = False,
        **options: Unpack[DeviceOptions],
    ) -> None:
        self.model = model
        self._last: Taken[Temperature] | None = None
        self._stored = StoredMeasurements(model.log, self._tell)
        self.measurement = Characteristic(
            Uuids.TEMPERATURE_MEASUREMENT, indicate=True, protected=True
        )
        self.intermediate = (
            Characteristic(Uuids.INTERMEDIATE_TEMPERATURE, notify=True, protected=True)
            if intermediate
            else None
        )
        options.setdefault("name", "Thermometer")
        options.setdefault(
            "advertisement", Advertisement(service_uuids=(ServiceUuids.HEALTH_THERMOMETER,))
        )
        super().__init__(
            air,
            identity,
            [Service(ServiceUuids.HEALTH_THERMOMETER, list(self._characteristics()))],
            appearance=GENERIC_THERMOMETER,
            battery=model.battery,
            clock=model.clock if model.timestamp else None,
            log=model.log,
            options=options,
        )

    def force_temperature(self, value: float | Decimal | SpecialValue | None) -> None:
        """Measure this from now on, in degrees Celsius; ``None`` for the signal again."""
        if value is None or isinstance(value, SpecialValue):
            self.model.forced = value
        else:
            self.model.forced = Decimal(str(value)).quantize(RESOLUTION)

    async def measure_once(self) -> None:
        """Measure, and tell whoever has subscribed; a battery level that changed, too."""
        taken = self._measure()
        if self.model.log.capacity:
            self._keep(taken)
        else:
            await self._tell(taken)
        await self.tell_battery()
        await self.broadcast()

    def readings(self) -> Iterable[AnyObject]:
        """Return what it measured last, to be broadcast; nothing, if that was no value."""
        value = (self._last or self._measure()).value
        if not isinstance(value, SpecialValue):
            yield TEMPERATURE(value)

    async def measure_intermediate(self) -> None:
        """Tell whoever has subscribed a value on the way to a measurement."""
        if self.intermediate is not None and self.subscribed(self.intermediate):
            measured = self.model.measure(self.elapsed, utc_now())
            await self.notify(self.intermediate, bytes(self.model.intermediate(measured)))

    def store(self) -> None:
        """Measure, and put it into the log."""
        self._keep(self._measure())

    async def before_write(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a write or a subscription pass, or refuse it; part of answering a request."""
        await super().before_write(connection, characteristic)
        if characteristic is self.measurement:
            self._stored.wake()

    async def live(self) -> None:
        """Tell what is stored, and measure."""
        if self.model.log.capacity:
            self.spawn(self._stored.tell_for_ever)
        await super().live()

    async def work(self) -> None:
        """Measure for ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            # A measurement that waited for its confirmation does not shift those that follow.
            due = max(due + self.model.interval, loop.time())
            while self.intermediate is not None and due - loop.time() > 1.0:
                await asyncio.sleep(1.0)
                await self.measure_intermediate()
            await asyncio.sleep(due - loop.time())
            await self.measure_once()

    def _measure(self) -> Taken[Temperature]:
        self._last = self.model.measure(self.elapsed, utc_now())
        return self._last

    def _keep(self, taken: Taken[Temperature]) -> None:
        self.model.log.add(taken)
        self._stored.wake()

    async def _tell(self, taken: Taken[Temperature]) -> bool:
        fresh = self.elapsed - taken.elapsed < FRESH
        message = self.model.message(taken, fresh=fresh)
        return await self.indicate(self.measurement, bytes(message)) > 0

    def _characteristics(self) -> Iterable[Characteristic]:
        model = self.model
        yield self.measurement
        if not model.site_in_measurement:
            site = bytes(TemperatureTypeValue(temperature_type=model.site))
            yield Characteristic(Uuids.TEMPERATURE_TYPE, read=site, protected=True)
        if self.intermediate is not None:
            yield self.intermediate
        seconds = bytes(MeasurementInterval(seconds=max(1, round(model.interval))))
        yield Characteristic(Uuids.MEASUREMENT_INTERVAL, read=seconds, protected=True)
