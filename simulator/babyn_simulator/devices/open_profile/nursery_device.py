"""What the devices of a nursery have in common: who they are, a battery, a clock, a log.

BAS v1.1 - Battery Service, DIS v1.2 - Device Information Service
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict

from bumble import att

from babyn_protocol.bthome import SERVICE_UUID as BTHOME
from babyn_protocol.bthome import AnyObject, objects
from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.open_profile.current_time import CurrentTimeService
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.security import Pairing
from babyn_simulator.services import Characteristic, RequestRefusedError, Service

if TYPE_CHECKING:
    from bumble.device import Connection
    from bumble.keys import KeyStore

    from babyn_simulator.advertisement import Advertisement
    from babyn_simulator.announcing import AddressType
    from babyn_simulator.devices.models.battery import Battery
    from babyn_simulator.devices.models.device_clock import DeviceClock
    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.devices.models.measurement_log import MeasurementLog
    from babyn_simulator.devices.open_profile.broadcasting import Broadcasting
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air, Position


class DeviceOptions(TypedDict, total=False):
    """What any device of a nursery can be told besides what it is."""

    name: str
    """Its Device Name and advertised name."""
    advertisement: Advertisement
    """What it tells everybody; by default its first service."""
    pairing: Pairing
    """What it asks for before it tells or takes a value; by default LE Secure Connections."""
    address: str | None
    """Its address; by default a static random one."""
    address_type: AddressType | None
    """What kind of address it shows; by default its identity."""
    rotation: timedelta
    """How long it keeps a private address."""
    keystore: KeyStore
    """Where it keeps its bonds."""
    entropy: Entropy | None
    """Where its random numbers come from."""
    position: Position
    """Where it is, in metres."""


class NurseryDevice(Peripheral):
    """A device of a nursery on the air, to be made something of.

    What it measures and how it stands is protected, as are its battery, its clock and its serial
    number: with pairing required, they are told only on a link that is encrypted under LE Secure
    Connections. One whose battery is empty goes silent.

    Args:
        air: the medium.
        identity: what it says about itself.
        services: what it has beside clock, battery and Device Information.
        appearance: its Appearance.
        battery: what it runs on; without one, mains.
        clock: its clock; without one, it has none.
        log: where its measurements wait; without one, nowhere.
        options: see :class:`DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        identity: Identity,
        services: Iterable[Service],
        *,
        appearance: int,
        battery: Battery | None = None,
        clock: DeviceClock | None = None,
        log: MeasurementLog[Any] | None = None,
        options: DeviceOptions,
    ) -> None:
        self.identity = identity
        self.battery = battery
        self.broadcasting: Broadcasting | None = None
        """How it tells everybody its readings; ``None``: not at all."""
        self.clock = clock
        self.log = log
        self.current_time = None if clock is None else CurrentTimeService(self, clock)
        self._placed: float | None = None
        self._told_battery: int | None = None
        self._writer: Connection | None = None
        self._end: asyncio.TimerHandle | None = None
        self._dying: asyncio.Task[None] | None = None
        self.battery_level = Characteristic(
            Uuids.BATTERY_LEVEL, read=self._read_battery, notify=True, protected=True
        )
        options.setdefault("pairing", Pairing.REQUIRED)
        super().__init__(
            air,
            (*services, *self._describe()),
            appearance=appearance,
            behaviour=lambda _peripheral: self.live(),
            **options,
        )

    @property
    def serial(self) -> str:
        """Its serial number."""
        return self.identity.serial

    @property
    def elapsed(self) -> timedelta:
        """Time since it was first powered on."""
        now = asyncio.get_running_loop().time()
        if self._placed is None:
            self._placed = now
        return timedelta(seconds=now - self._placed)

    # Power

    async def power_on(self) -> None:
        """Start: advertise, and work. With an empty battery it stays silent."""
        if self.powered_on:
            return
        elapsed = self.elapsed  # the first time, this is where it starts to count
        if self.battery is not None and self.battery.is_empty(elapsed):
            return
        if self.clock is not None:
            if self.boots:
                self.clock.restart(utc_now())
            self.clock.read(utc_now())  # the first time, it starts here
        self._told_battery = None
        if self.broadcasting is not None:
            self._tell_readings(self.broadcasting)
        await super().power_on()
        self._plan_end()

    async def power_off(self) -> None:
        """Stop at once, as when a battery is taken out; peers notice by a timeout."""
        if self._end is not None:
            self._end.cancel()
            self._end = None
        dying, self._dying = self._dying, None
        if dying is not None:
            await dying
        await super().power_off()

    def set_battery(self, percent: float) -> None:
        """Put another battery in. A device that has gone silent starts by ``power_on()``.

        Raises:
            ValueError: ``percent`` is not from 0 to 100.
            RuntimeError: it has none.
        """
        if self.battery is None:
            raise RuntimeError("this simulated device runs on mains and has no battery")
        self.battery.set(percent, self.elapsed)
        if self.powered_on:
            self._plan_end()

    async def tell_battery(self) -> None:
        """Tell whoever has subscribed the level of the battery, if it has changed."""
        if self.battery is None:
            return
        level = self.battery.level(self.elapsed)
        if level != self._told_battery:
            self._told_battery = level
            await self.notify(self.battery_level, bytes(BatteryLevel(percent=level)))

    # Who owns it

    async def remove_bonds(self) -> None:
        """Forget everybody who has paired, and what was measured for them; links end."""
        for connection in self.connections:
            await connection.disconnect()
        for address, _keys in await self.keystore.get_all():
            await self.keystore.delete(address)
        if self.log is not None:
            self.log.erase()

    async def factory_reset(self) -> None:
        """Stop, forget bonds, log and time, and start as it left the factory."""
        await self.power_off()
        await self.remove_bonds()
        if self.clock is not None:
            self.clock.forget(utc_now())
        await self.power_on()

    # Faults

    def jump_clock(self, by: timedelta) -> None:
        """Have its clock jump; nobody is told.

        Raises:
            RuntimeError: it has none.
        """
        if self.clock is None:
            raise RuntimeError("this simulated device has no clock")
        self.clock.jump(by, utc_now())

    def fill_log(self) -> int:
        """Measure until the log is full; return how many measurements that took."""
        taken = 0
        while self.log is not None and not self.log.full:
            self.store()
            taken += 1
        return taken

    def store(self) -> None:
        """Measure, and put it into the log.

        Raises:
            RuntimeError: it keeps none.
        """
        raise RuntimeError("this simulated device keeps no measurements")

    # For the kinds of device

    def next_advertisement(self) -> Advertisement:
        """Return what it tells everybody from now on, its readings included."""
        said = super().next_advertisement()
        data = None
        if self.broadcasting is not None:
            data = self.broadcasting.service_data(bytes.fromhex(self.address.replace(":", "")))
        if data is None:
            return said
        return replace(said, service_data={**said.service_data, BTHOME: data})

    def readings(self) -> Iterable[AnyObject]:
        """Return what it measured last, to be broadcast; here nothing. Ids must not descend."""
        return ()

    async def broadcast(self) -> None:
        """Tell everybody what it measured last, if it broadcasts at all."""
        if self.broadcasting is not None:
            self._tell_readings(self.broadcasting)
            await self.announce()

    def _tell_readings(self, broadcasting: Broadcasting) -> None:
        battery: list[AnyObject] = []
        if self.battery is not None:
            battery.append(objects.BATTERY(Decimal(self.battery.level(self.elapsed))))
        broadcasting.tell(*battery, *self.readings())

    @property
    def writer(self) -> Connection:
        """Whose write is being answered."""
        if self._writer is None:
            raise RuntimeError("nothing has been written to this simulated device")
        return self._writer

    async def live(self) -> None:
        """Do everything that goes on by itself while it is powered on."""
        await self.work()

    async def work(self) -> None:
        """Do what this kind of device does by itself while it is powered on; here nothing."""

    async def before_write(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a write or a subscription pass, or refuse it; part of answering a request."""
        await super().before_write(connection, characteristic)
        # The write itself follows without a pause, so whoever waits sees what came of it.
        self._writer = connection

    def _plan_end(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
        if self.battery is not None:
            left = (self.battery.empty_at - self.elapsed).total_seconds()
            self._end = asyncio.get_running_loop().call_later(left, self._run_empty)

    def _run_empty(self) -> None:
        self._end = None
        # A task of the device's own could not end all of them.
        self._dying = asyncio.get_running_loop().create_task(super().power_off())

    def _read_battery(self) -> bytes:
        if self.battery is None:
            raise RequestRefusedError(att.ErrorCode.UNLIKELY_ERROR)
        return bytes(BatteryLevel(percent=self.battery.level(self.elapsed)))

    def _describe(self) -> Iterable[Service]:
        if self.current_time is not None:
            yield self.current_time.service
        if self.battery is not None:
            yield Service(ServiceUuids.BATTERY, [self.battery_level])
        identity = self.identity
        yield Service(
            ServiceUuids.DEVICE_INFORMATION,
            [
                Characteristic(Uuids.MANUFACTURER_NAME_STRING, read=identity.manufacturer.encode()),
                Characteristic(Uuids.MODEL_NUMBER_STRING, read=identity.model.encode()),
                Characteristic(Uuids.FIRMWARE_REVISION_STRING, read=identity.firmware.encode()),
                Characteristic(
                    Uuids.SERIAL_NUMBER_STRING, read=identity.serial.encode(), protected=True
                ),
            ],
        )
