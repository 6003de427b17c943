"""The open profile: ordinary Bluetooth SIG services, of a BabyN device or any other maker's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from babyn_ble.errors import BabynError, MalformedMessageError, RejectedError
from babyn_ble.readings import (
    Derivation,
    Quality,
    QualityReason,
    QualityStatus,
    Quantity,
    Reading,
    Site,
)
from babyn_ble.sources import Deliver
from babyn_protocol import uuids
from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.health_thermometer import (
    IntermediateTemperature,
    TemperatureMeasurement,
    TemperatureType,
    TemperatureTypeValue,
)
from babyn_protocol.numbers import SpecialValue

if TYPE_CHECKING:
    from babyn_ble.clock import Clock
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.radio import Characteristic, Connection

    AskPermit: TypeAlias = Callable[[], Permit]

SERVICES = frozenset({uuids.Service.HEALTH_THERMOMETER})
"""Services by which an advertisement is recognised as one that the open profile can read."""

CLOCK_TOLERANCE = timedelta(minutes=2)
"""A device's date that is further off than this is not believed."""

_SITES = {
    TemperatureType.ARMPIT: Site.ARMPIT,
    TemperatureType.BODY: Site.BODY,
    TemperatureType.EAR: Site.EAR,
    TemperatureType.FINGER: Site.FINGER,
    TemperatureType.GASTROINTESTINAL_TRACT: Site.GASTROINTESTINAL_TRACT,
    TemperatureType.MOUTH: Site.MOUTH,
    TemperatureType.RECTUM: Site.RECTUM,
    TemperatureType.TOE: Site.TOE,
    TemperatureType.TYMPANUM: Site.TYMPANUM,
}

_SPECIAL = {
    SpecialValue.NAN: QualityReason.NO_VALUE,
    SpecialValue.NRES: QualityReason.NOT_AT_THIS_RESOLUTION,
    SpecialValue.POSITIVE_INFINITY: QualityReason.ABOVE_RANGE,
    SpecialValue.NEGATIVE_INFINITY: QualityReason.BELOW_RANGE,
    SpecialValue.RESERVED: QualityReason.RESERVED_VALUE,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What every reading of one session has in common."""

    device: str
    testing: bool


def measured_at(sent: datetime | None, received: datetime) -> tuple[datetime | None, bool]:
    """Return when a value was measured, and whether the device's date was refused.

    A Date Time carries no zone. It is believed if, taken as UTC or as this host's local
    time, it lies within :data:`CLOCK_TOLERANCE` of the time of arrival; a device that sends
    no date is taken to send at once.
    """
    if sent is None:
        return received, False
    for zone in (UTC, None):
        moment = sent.replace(tzinfo=zone) if zone else sent.astimezone()
        if abs(moment - received) <= CLOCK_TOLERANCE:
            return min(moment.astimezone(UTC), received), False
    return None, True


def temperature_reading(
    message: TemperatureMeasurement,
    origin: Origin,
    received: datetime,
    *,
    site: Site | None = None,
) -> Reading:
    """Return the reading that a temperature message is.

    Args:
        message: as parsed.
        origin: device and subject.
        received: when it arrived, aware, UTC.
        site: the site by the static Temperature Type, used where the message has none.
    """
    reasons: set[QualityReason] = set()
    status = QualityStatus.VALID
    value: Decimal | None = None
    if isinstance(message.value, SpecialValue):
        reasons.add(_SPECIAL[message.value])
        status = QualityStatus.INVALID
    else:
        value = message.value
    sent = message.timestamp.naive() if message.timestamp is not None else None
    moment, refused = measured_at(sent, received)
    if isinstance(message, IntermediateTemperature):
        reasons.add(QualityReason.PROVISIONAL)
    if refused:
        reasons.add(QualityReason.CLOCK_UNCERTAIN)
    if reasons and status is QualityStatus.VALID:
        status = QualityStatus.QUESTIONABLE
    if origin.testing:
        reasons.add(QualityReason.TESTING)
    return Reading(
        device=origin.device,
        quantity=Quantity.TEMPERATURE,
        value=value,
        unit=message.unit.symbol,
        quality=Quality(status, frozenset(reasons)),
        site=_SITES[message.temperature_type] if message.temperature_type is not None else site,
        derivation=Derivation.MEASURED,
        measured_at=moment,
        device_time=sent,
        received_at=received,
    )


class OpenProfileSource:
    """Readings of the SIG services that one link offers."""

    sequenced = False

    def __init__(
        self,
        connection: Connection,
        origin: Origin,
        clock: Clock,
        *,
        health: AskPermit,
    ) -> None:
        self._connection = connection
        self._origin = origin
        self._clock = clock
        self._ask_health = health
        self._permit: Permit | None = None
        self._subscribed: list[Characteristic] = []
        self._site: Site | None = None
        self.malformed = 0
        """Values that were not the message they were sent as, and were dropped."""

    async def start(self, deliver: Deliver) -> None:
        """Subscribe to Temperature Measurement, and to Intermediate Temperature if it is there."""
        measurement = self._connection.characteristic(uuids.Characteristic.TEMPERATURE_MEASUREMENT)
        if measurement is None:
            raise RejectedError(
                "The device offers no service that the open profile reads; "
                "inspect it to see what it offers"
            )
        permit = self._permit = self._ask_health()
        permit.check()
        try:
            await self._read_site()
            for characteristic, message_type in (
                (measurement, TemperatureMeasurement),
                (
                    self._connection.characteristic(uuids.Characteristic.INTERMEDIATE_TEMPERATURE),
                    IntermediateTemperature,
                ),
            ):
                if characteristic is None or not characteristic.subscribable:
                    continue
                permit.check()
                await self._connection.subscribe(
                    characteristic, self._receiver(message_type, permit, deliver)
                )
                self._subscribed.append(characteristic)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Unsubscribe, as far as the link still allows."""
        subscribed, self._subscribed = self._subscribed, []
        for characteristic in subscribed:
            with contextlib.suppress(BabynError):
                await self._connection.unsubscribe(characteristic)
        if self._permit is not None:
            self._permit.release()
            self._permit = None

    async def _read_site(self) -> None:
        """Read the static Temperature Type; a device that keeps it to itself is no error."""
        characteristic = self._connection.characteristic(uuids.Characteristic.TEMPERATURE_TYPE)
        if characteristic is None or "read" not in characteristic.properties:
            return
        with contextlib.suppress(RejectedError, MalformedMessageError):
            message = TemperatureTypeValue.parse(await self._connection.read(characteristic))
            self._site = _SITES[message.temperature_type]

    def _receiver(
        self,
        message_type: type[TemperatureMeasurement],
        permit: Permit,
        deliver: Deliver,
    ) -> Callable[[bytes], None]:
        def received(data: bytes) -> None:
            try:
                permit.check()
                message = message_type.parse(data)
            except MalformedMessageError:
                self.malformed += 1
                return
            except BabynError:
                return  # no permission any more: the value is dropped unread
            deliver(temperature_reading(message, self._origin, self._clock.now(), site=self._site))

        return received


def battery_reading(data: bytes, origin: Origin, received: datetime) -> Reading:
    """Return the reading that a Battery Level value is.

    Raises:
        MalformedMessageError: it is none.
    """
    level = BatteryLevel.parse(data)
    reasons = frozenset({QualityReason.TESTING}) if origin.testing else frozenset[QualityReason]()
    return Reading(
        device=origin.device,
        quantity=Quantity.BATTERY_LEVEL,
        value=Decimal(level.percent),
        unit="%",
        quality=Quality(QualityStatus.VALID, reasons),
        measured_at=received,
        received_at=received,
    )
