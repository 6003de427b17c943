"""The open profile: ordinary Bluetooth SIG services, of a BabyN device or any other maker's.

What SIG has no service for stands in BabyN's sensor service, in SIG formats where there are any.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from babyn_ble.errors import (
    BabynError,
    ConsentRequiredError,
    MalformedMessageError,
    RejectedError,
)
from babyn_ble.privacy.purposes import Category
from babyn_ble.readings import Quality, QualityReason, Quantity, Reading, Site
from babyn_ble.sources import Deliver
from babyn_ble.sources.device_time import DeviceTime
from babyn_ble.sources.measurements import (
    DECODERS,
    SITES,
    Decode,
    Measurement,
    category_of,
)
from babyn_ble.sources.stored_records import StoredRecords
from babyn_protocol import gatt
from babyn_protocol.gatt.current_time import CurrentTime
from babyn_protocol.gatt.health_thermometer import TemperatureTypeValue
from babyn_protocol.uuids import Characteristic as Uuid
from babyn_protocol.uuids import Service, VendorService

if TYPE_CHECKING:
    from babyn_ble.clock import Clock
    from babyn_ble.connection import Characteristic, Connection
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.sources.stored_records import Settled

    AskPermit: TypeAlias = Callable[[Category], Permit]

MODELS: Mapping[str, str] = MappingProxyType(
    {
        Service.HEALTH_THERMOMETER: "thermometer",
        Service.PULSE_OXIMETER: "pulse oximeter",
        Service.HEART_RATE: "heart rate sensor",
        Service.WEIGHT_SCALE: "scale",
        Service.ENVIRONMENTAL_SENSING: "room sensor",
        VendorService.SENSOR: "sensor",
        VendorService.CONTROLS: "appliance",
    }
)
"""What a device is, by the first of these services that it has."""

SERVICES = frozenset(MODELS)
"""Services by which an advertisement is recognised as one that the open profile can read."""


def model_of(services: frozenset[str]) -> str:
    """Return what a device with these services is, in a word or two."""
    return next((model for uuid, model in MODELS.items() if uuid in services), "unknown")


@dataclass(frozen=True, slots=True)
class Origin:
    """What every reading of one session has in common."""

    device: str
    testing: bool


def as_reading(
    measurement: Measurement,
    origin: Origin,
    received: datetime,
    *,
    site: Site | None = None,
    device_time: DeviceTime | None = None,
) -> Reading:
    """Return the reading that a measurement is.

    Args:
        measurement: as decoded.
        origin: device and subject.
        received: when it arrived, aware, UTC.
        site: the site by the static Temperature Type, used where the message has none.
        device_time: what is known of the device's clock.
    """
    moment, refused = (device_time or DeviceTime()).measured_at(measurement.sent, received)
    undated = measurement.sent is None and QualityReason.FROM_STORAGE in measurement.reasons
    if undated or (measurement.sent is not None and not measurement.clock_set):
        moment, refused = None, True
    reasons = set(measurement.reasons)
    if refused:
        reasons.add(QualityReason.CLOCK_UNCERTAIN)
    if origin.testing:
        reasons.add(QualityReason.TESTING)
    body = measurement.quantity is Quantity.TEMPERATURE
    return Reading(
        device=origin.device,
        quantity=measurement.quantity,
        value=measurement.value,
        unit=measurement.unit,
        quality=Quality.of(reasons),
        site=measurement.site or (site if body else None),
        measured_at=moment,
        device_time=measurement.sent,
        received_at=received,
    )


class OpenProfileSource:
    """Readings of the services that one link offers."""

    sequenced = False

    def __init__(
        self,
        connection: Connection,
        origin: Origin,
        clock: Clock,
        *,
        ask: AskPermit,
        settled: Settled,
    ) -> None:
        self._connection = connection
        self._origin = origin
        self._clock = clock
        self._ask = ask
        self._settled = settled
        self._device_time = DeviceTime()
        self._records: StoredRecords | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._permits: dict[Category, Permit] = {}
        self._subscribed: list[Characteristic] = []
        self._site: Site | None = None
        self.malformed = 0
        """Values that were not the message they were sent as, and were dropped."""

    async def start(self, deliver: Deliver) -> None:
        """Subscribe to every measurement that was agreed to, and read the others once.

        A device may measure the child and the room: what was not agreed to is neither
        subscribed nor read, and only if nothing was, that is an error. What the device has
        stored is fetched meanwhile, if all of it was agreed to.
        """
        offered = tuple(self._offered())
        if not offered:
            raise RejectedError(
                "The device offers no service that the open profile reads; "
                "inspect it to see what it offers"
            )
        try:
            complete = self._take_permits({category for _, _, category in offered})
            if Category.HEALTH in self._permits:
                await self._read_site()
            await self._read_clock()
            control_point = self._connection.characteristic(Uuid.RECORD_ACCESS_CONTROL_POINT)
            if control_point is not None and complete is not None:
                self._records = StoredRecords(self._connection, control_point, complete)
            for characteristic, decode, category in offered:
                permit = self._permits.get(category)
                if permit is None:
                    continue
                permit.check()
                receive = self._receiver(decode, permit, deliver)
                if characteristic.subscribable:
                    await self._connection.subscribe(characteristic, receive)
                    self._subscribed.append(characteristic)
                if "read" in characteristic.properties:
                    permit.check()
                    receive(await self._connection.read(characteristic))
            if self._records is not None:
                self._fetching = asyncio.create_task(
                    self._fetch(self._records), name="stored records"
                )
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Unsubscribe, as far as the link still allows."""
        fetching, self._fetching = self._fetching, None
        if fetching is not None:
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
        subscribed, self._subscribed = self._subscribed, []
        for characteristic in subscribed:
            with contextlib.suppress(BabynError):
                await self._connection.unsubscribe(characteristic)
        permits, self._permits = self._permits, {}
        for permit in permits.values():
            permit.release()

    def _take_permits(self, categories: set[Category]) -> Permit | None:
        """Ask for each category; return the first permit, if none was refused.

        Raises:
            ConsentRequiredError: every one was refused.
        """
        refused: ConsentRequiredError | None = None
        for category in Category:
            if category in categories:
                try:
                    self._permits[category] = self._ask(category)
                except ConsentRequiredError as error:
                    refused = refused or error
        if refused is None:
            return next(iter(self._permits.values()))
        if not self._permits:
            raise refused
        return None

    def _offered(self) -> Iterator[tuple[Characteristic, Decode, Category]]:
        for service in self._connection.services:
            for characteristic in service.characteristics:
                known = gatt.characteristic(characteristic.uuid)
                decode = None if known is None else DECODERS.get(known.message)
                usable = characteristic.subscribable or "read" in characteristic.properties
                if known is not None and decode is not None and usable:
                    yield characteristic, decode, category_of(known.message)

    async def _read_site(self) -> None:
        """Read the static Temperature Type; a device that keeps it to itself is no error."""
        characteristic = self._connection.characteristic(Uuid.TEMPERATURE_TYPE)
        if characteristic is None or "read" not in characteristic.properties:
            return
        with contextlib.suppress(RejectedError, MalformedMessageError):
            message = TemperatureTypeValue.parse(await self._connection.read(characteristic))
            self._site = SITES[message.temperature_type]

    async def _read_clock(self) -> None:
        """Read what the device's clock says; one that has none, or keeps it, is no error."""
        characteristic = self._connection.characteristic(Uuid.CURRENT_TIME)
        if characteristic is None or "read" not in characteristic.properties:
            return
        with contextlib.suppress(RejectedError, MalformedMessageError):
            current = CurrentTime.parse(await self._connection.read(characteristic))
            self._device_time.learn(current, self._clock.now())

    async def _fetch(self, records: StoredRecords) -> None:
        # What is live goes on without it, and why the link ended the session says.
        with contextlib.suppress(BabynError):
            await records.fetch(self._settled)

    def _receiver(
        self, decode: Decode, permit: Permit, deliver: Deliver
    ) -> Callable[[bytes], None]:
        def received(data: bytes) -> None:
            try:
                permit.check()
                measurements = decode(data)
            except MalformedMessageError:
                self.malformed += 1
                return
            except BabynError:
                return  # no permission any more: the value is dropped unread
            now = self._clock.now()
            for measurement in measurements:
                deliver(
                    as_reading(
                        measurement,
                        self._origin,
                        now,
                        site=self._site,
                        device_time=self._device_time,
                    )
                )
            if self._records is not None and any(
                QualityReason.FROM_STORAGE in measurement.reasons for measurement in measurements
            ):
                self._records.arrived()

        return received
