"""The Current Time Service of a device: its clock, to be read and set.

CTS v1.1.0 - Current Time Service - §3.1
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt.current_time import CurrentTime
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.open_profile.att_errors import refusal_of_malformed
from babyn_simulator.services import Characteristic, RequestRefusedError, Service

if TYPE_CHECKING:
    from babyn_simulator.devices.models.device_clock import DeviceClock
    from babyn_simulator.peripheral import Peripheral

DATA_FIELD_IGNORED: Final = 0x80
"""ATT error: part of the value was not taken; here none of it was, for want of a date."""


class CurrentTimeService:
    """Tells what a clock says, and sets it.

    A clock that nobody has set says so by an unknown date. Whoever has subscribed is told when
    it is set.

    Args:
        device: whose clock it is.
        clock: the clock.
    """

    def __init__(self, device: Peripheral, clock: DeviceClock) -> None:
        self._device = device
        self._clock = clock
        self.current_time = Characteristic(
            Uuids.CURRENT_TIME, read=self._read, write=self._take, notify=True, protected=True
        )
        self.service = Service(ServiceUuids.CURRENT_TIME, [self.current_time])

    def _read(self) -> bytes:
        reading = self._clock.read(utc_now())
        reason = self._clock.adjust_reason
        if reading.is_set:
            return bytes(CurrentTime.of(reading.shown, adjust_reason=reason))
        return bytes(CurrentTime(local_time=reading.without_date(), adjust_reason=reason))

    def _take(self, value: bytes) -> None:
        try:
            written = CurrentTime.parse(value)
        except MalformedMessageError:
            raise refusal_of_malformed(CurrentTime, value) from None
        shown = written.local_time.naive()
        if shown is None:
            raise RequestRefusedError(DATA_FIELD_IGNORED)
        shown += timedelta(seconds=written.fractions_256 / 256)
        self._clock.set(shown, utc_now(), reason=written.adjust_reason)
        self._device.spawn(self._tell)

    async def _tell(self) -> None:
        await self._device.notify(self.current_time, self._read())
