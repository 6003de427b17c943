"""The device on the far side: a thermometer patch with a battery, told when to measure.

Some can more: keep what they measure (``log``), measure the room (``room``), light it
(``light``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Protocol, cast

from bumble.core import UUID

from babyn_ble.readings import Quantity
from babyn_protocol.date_time import DateTime
from babyn_protocol.gatt.current_time import CurrentTime
from babyn_protocol.gatt.environmental_sensing import Temperature
from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement, TemperatureUnit
from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Advertisement, Characteristic, Peripheral, Service
from babyn_simulator.radio import Air
from tests.privacy.trace.light import Light
from tests.privacy.trace.record_log import RecordLog
from tests.privacy.trace.told import Told

ADDRESS = "C0:00:00:00:00:02"
NAME = "Patch"

PARTS = ("log", "room", "light")
"""What a patch may have besides."""


class _Attribute(Protocol):
    handle: int
    type: UUID


class _Server(Protocol):
    attributes: list[_Attribute]


class Patch:
    """A thermometer patch. It measures only when it is told to.

    Args:
        air: the medium.
        entropy: where its random numbers come from.
        now: the date and time, by the device's clock.
        parts: what it has besides, of :data:`PARTS`.

    Attributes:
        told: when each value was measured that it has told, or will.
    """

    def __init__(
        self,
        air: Air,
        entropy: Entropy,
        now: Callable[[], datetime],
        parts: Collection[str] = (),
    ) -> None:
        self.told = Told()
        self._now = now
        self._measurement = Characteristic(0x2A1C, indicate=True)
        self._battery = Characteristic(0x2A19, read=b"\x57", notify=True)
        self._room: Characteristic | None = None
        self._log = RecordLog(self.told)
        light = Light()
        thermometer = [self._measurement, Characteristic(0x2A1D, read=b"\x01")]
        services = [Service(0x1809, thermometer), Service(0x180F, [self._battery])]
        if "log" in parts:
            services += (
                Service(0x1805, [Characteristic(0x2A2B, read=self._current_time)]),
                self._log.service,
            )
        if "room" in parts:
            self._room = Characteristic(0x2A6E, read=self._room_now, notify=True)
            services.append(Service(0x181A, [self._room]))
        if "light" in parts:
            services.append(light.service)
        self.peripheral = Peripheral(
            air,
            services,
            name=NAME,
            advertisement=Advertisement(service_uuids=(0x1809,), interval=500.0),
            address=ADDRESS,
            entropy=entropy,
        )
        self._log.belongs_to(self.peripheral)
        light.belongs_to(self.peripheral)
        self.neighbour = Peripheral(
            air,
            name="Another",
            advertisement=Advertisement(service_uuids=(0x1809,), interval=700.0),
            address="C0:00:00:00:00:03",
            entropy=entropy.child("neighbour"),
        )
        """Another thermometer, that only advertises: a scan has two to tell of."""
        self._names: dict[int, str] = {}

    async def power_on(self) -> None:
        """Put both on the air."""
        await self.peripheral.power_on()
        await self.neighbour.power_on()

    async def power_off(self) -> None:
        """Take both off the air."""
        await self.peripheral.power_off()
        await self.neighbour.power_off()

    async def measure(self, age: float) -> None:
        """Tell what was measured ``age`` seconds ago, the battery level, and the room's warmth.

        Args:
            age: 0 for what is measured now.
        """
        now = self._now()
        value = self.told.number(Quantity.TEMPERATURE, since=3000, step="0.01")
        message = TemperatureMeasurement(
            unit=TemperatureUnit.CELSIUS, value=value, timestamp=_date(now - timedelta(seconds=age))
        )
        self.told.live(Quantity.TEMPERATURE, value, _told(now - timedelta(seconds=age)), now)
        if self.peripheral.powered_on:
            await self.peripheral.notify(self._battery, b"\x56")
            if self._room is not None:
                await self.peripheral.notify(self._room, self._room_now())
            await self.peripheral.indicate(self._measurement, bytes(message))

    def record(self, age: float, *, clock_set: bool) -> None:
        """Keep what was measured ``age`` seconds ago, until somebody asks for it."""
        moment = _told(self._now() - timedelta(seconds=age))
        self._log.measure(moment, clock_set=clock_set)

    def subscribed(self) -> bool:
        """Return whether anybody is subscribed to its measurements."""
        return self.peripheral.subscribed(self._measurement)

    def names(self) -> Mapping[int, str]:
        """Return which characteristic each attribute handle belongs to, by its short UUID."""
        if not self._names:
            server = cast("_Server", self.peripheral.device.gatt_server)
            belongs, declared = "", False
            for attribute in server.attributes:
                uuid = attribute.type.to_hex_str()
                if declared:
                    belongs = uuid
                declared = uuid == "2803"
                self._names[attribute.handle] = belongs
        return self._names

    def _room_now(self) -> bytes:
        value, now = self.told.number(Quantity.AIR_TEMPERATURE, step="0.01"), self._now()
        self.told.live(Quantity.AIR_TEMPERATURE, value, now, now)
        return bytes(Temperature(celsius=value))

    def _current_time(self) -> bytes:
        return bytes(CurrentTime(local_time=_date(self._now())))


def _told(moment: datetime) -> datetime:
    """Return a moment as a Date Time tells it: to the second."""
    return moment.replace(microsecond=0)


def _date(moment: datetime) -> DateTime:
    return DateTime.of(moment.replace(tzinfo=None))
