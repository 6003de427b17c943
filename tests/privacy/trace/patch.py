"""The device on the far side: a thermometer patch with a battery, told when to measure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, cast

from bumble.core import UUID

from babyn_protocol.date_time import DateTime
from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement, TemperatureUnit
from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Advertisement, Characteristic, Peripheral, Service
from babyn_simulator.radio import Air

ADDRESS = "C0:00:00:00:00:02"
NAME = "Patch"


class _Attribute(Protocol):
    handle: int
    type: UUID


class _Server(Protocol):
    attributes: list[_Attribute]


class Patch:
    """A thermometer patch. It measures only when it is told to."""

    def __init__(self, air: Air, entropy: Entropy) -> None:
        self.measurement = Characteristic(0x2A1C, indicate=True)
        self.battery = Characteristic(0x2A19, read=b"\x57", notify=True)
        thermometer = Service(0x1809, [self.measurement, Characteristic(0x2A1D, read=b"\x01")])
        self.peripheral = Peripheral(
            air,
            [thermometer, Service(0x180F, [self.battery])],
            name=NAME,
            advertisement=Advertisement(service_uuids=(0x1809,), interval=500.0),
            address=ADDRESS,
            entropy=entropy,
        )
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

    async def measure(self, moment: datetime, age: float) -> None:
        """Tell what was measured ``age`` seconds ago, and the battery level.

        Args:
            moment: the date and time now, by the device's clock.
            age: 0 for a live measurement; more for one from the device's log.
        """
        taken = moment - timedelta(seconds=age)
        message = TemperatureMeasurement(
            unit=TemperatureUnit.CELSIUS,
            value=Decimal("36.6"),
            timestamp=DateTime.of(taken.replace(tzinfo=None)),
        )
        if self.peripheral.powered_on:
            await self.peripheral.notify(self.battery, b"\x56")
            await self.peripheral.indicate(self.measurement, bytes(message))

    def subscribed(self) -> bool:
        """Return whether anybody is subscribed to its measurements."""
        return self.peripheral.subscribed(self.measurement)

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
