"""What a client asks of its peer on one link, done and refused as its profile does it."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import NotifyCallback
from bleak.exc import BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bleak.uuids import normalize_uuid_16

from babyn_simulator.bleak_backend import dialects, gatt
from babyn_simulator.bleak_backend.link import Link
from babyn_simulator.bleak_backend.profiles import CentralProfile
from babyn_simulator.bleak_backend.values import Values

_T = TypeVar("_T")


class Requests:
    """Reads, writes and subscriptions on one link.

    Args:
        link: the link.
        profile: what the central does.
        pair: pairs, where a refusal for want of security does.
    """

    def __init__(
        self, link: Link, profile: CentralProfile, pair: Callable[[Link], Awaitable[None]]
    ) -> None:
        self.link = link
        self._profile = profile
        self._pair = pair
        self._values = Values(link, profile)

    async def read(self, characteristic: BleakGATTCharacteristic) -> bytes:
        """Read a characteristic."""
        handle = _value_handle(characteristic)
        return await self._make(lambda: self._values.read(handle))

    async def read_descriptor(self, handle: int) -> bytes:
        """Read a descriptor."""
        return await self._make(lambda: gatt.read(self.link, handle))

    async def write(
        self, characteristic: BleakGATTCharacteristic, value: bytes, *, response: bool
    ) -> None:
        """Write a characteristic."""
        read_only = map(normalize_uuid_16, self._profile.read_only_services)
        if characteristic.service_uuid in read_only:
            raise BleakGATTProtocolError(BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION)
        write = gatt.write if response else gatt.write_command
        handle = _value_handle(characteristic)
        await self._make(lambda: write(self.link, handle, value))

    async def write_descriptor(self, handle: int, value: bytes) -> None:
        """Write a descriptor."""
        await self._make(lambda: gatt.write(self.link, handle, value))

    async def subscribe(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **options: Any
    ) -> None:
        """Subscribe to notifications, or to indications if there are no notifications.

        Args:
            characteristic: what to subscribe to.
            callback: gets each value, from the first on.
            **options: those of bleak's ``start_notify()``.

        Raises:
            BleakError: if it cannot be subscribed to, or is.
        """
        handle = _value_handle(characteristic)
        descriptor = characteristic.get_descriptor(gatt.CCCD)
        can_indicate = "indicate" in characteristic.properties
        if descriptor is None or not (can_indicate or "notify" in characteristic.properties):
            raise BleakError("the characteristic has neither notifications nor indications")
        if self.link.is_listening(handle):
            if self._profile.strict_subscriptions:
                raise ValueError("the characteristic is subscribed to already")
            raise BleakError("the characteristic is subscribed to already")
        indications = can_indicate and (
            bool(options.get("force_indicate")) or "notify" not in characteristic.properties
        )
        # First listen, then subscribe: the peer may answer with a value at once.
        self._values.listen(
            handle,
            callback,
            indications=indications,
            acquired=not options.get("bluez", {}).get("use_start_notify", True),
            is_notification=options.get("cb", {}).get("notification_discriminator"),
        )
        try:
            await self.write_descriptor(
                descriptor.handle, b"\x02\x00" if indications else b"\x01\x00"
            )
        except BaseException:
            self._values.unlisten(handle)
            raise
        self._values.subscribed(handle)

    async def unsubscribe(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe. Nothing more arrives, whatever the peer does."""
        handle = _value_handle(characteristic)
        descriptor = characteristic.get_descriptor(gatt.CCCD)
        if descriptor is not None and self.link.is_listening(handle):
            self._values.unlisten(handle)
            if not self.link.is_watched(handle):
                await self.write_descriptor(descriptor.handle, b"\x00\x00")
        elif self._profile.strict_subscriptions:
            raise ValueError("the characteristic is not subscribed to")

    async def _make(self, request: Callable[[], Awaitable[_T]]) -> _T:
        """Make a request, and have what goes wrong said as the profile says it."""
        try:
            try:
                return await request()
            except BleakGATTProtocolError as error:
                if not self._pairs_for(error):
                    raise
                with contextlib.suppress(BleakError):
                    await self._pair(self.link)
                if not self.link.connection.is_encrypted:
                    raise
            return await request()
        except BleakError as error:
            said = dialects.of_request(error, self._profile)
            if said is error:
                raise
            raise said from None

    def _pairs_for(self, error: BleakGATTProtocolError) -> bool:
        return (
            self._profile.pairs_on_demand
            and error.code in dialects.WANT_OF_SECURITY
            and not self.link.connection.is_encrypted
        )


def _value_handle(characteristic: BleakGATTCharacteristic) -> int:
    return cast("gatt.Characteristic", characteristic.obj).value
