"""The client that bleak is given."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from typing import Any, ClassVar, cast

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble import att, hci
from bumble.pairing import PairingDelegate

from babyn_simulator.bleak_backend import bonding, gatt
from babyn_simulator.bleak_backend.adapter import Adapter
from babyn_simulator.bleak_backend.errors import call_back
from babyn_simulator.bleak_backend.link import Link
from babyn_simulator.bleak_backend.profiles import CentralProfile


class BumbleClient(BaseBleakClient):
    """A bleak client on a bumble device.

    A peer that is bonded is encrypted with the stored key at every connect, before anything
    is asked of it. If it no longer has the key, the connect fails and the link is closed.
    """

    adapter: ClassVar[Adapter]
    profile: ClassVar[CentralProfile] = CentralProfile()
    mtu: ClassVar[int] = 517
    pairing: ClassVar[PairingDelegate | None] = None

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        services: set[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(address_or_ble_device, **kwargs)
        self._wanted = services
        self._name: str | None = None
        self._heard: hci.Address | None = None
        if isinstance(address_or_ble_device, BLEDevice):
            self._name = address_or_ble_device.name
            if isinstance(address_or_ble_device.details, hci.Address):
                self._heard = address_or_ble_device.details
        self._link: Link | None = None
        self._connecting = False
        self._context = contextvars.copy_context()

    @property
    def name(self) -> str:
        """The advertised name, or else the address with dashes."""
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """The ATT MTU, in bytes; 23 while there is no link."""
        return self._link.mtu if self._link else att.ATT_DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """Whether there is a link."""
        return self._link is not None

    # The link

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect, encrypt if bonded, agree on an MTU and find the services.

        Args:
            pair: pair if not bonded yet.
            **kwargs: ``timeout`` in seconds for all of this.

        Raises:
            BleakDeviceNotFoundError: if no link came about in time.
            TimeoutError: if there was a link, and the rest took too long.
            BleakError: if the link ended, or the peer refused or made no sense.
            BleakBluetoothNotAvailableError: if the radio is off.
        """
        if self._link is not None or self._connecting:
            raise BleakError("the client is connected already")
        self.adapter.require_on()
        self._connecting = True
        self._context = contextvars.copy_context()
        reached = False
        try:
            async with asyncio.timeout(kwargs.get("timeout", self._timeout)):
                link = await self._reach()
                reached = True
                await self._set_up(link, pair)
        except TimeoutError:
            if reached:
                raise
            raise BleakDeviceNotFoundError(
                self.address, "the device was not found: it does not advertise, or not in reach"
            ) from None
        finally:
            self._connecting = False

    async def _reach(self) -> Link:
        connection = await self.adapter.connect(await self._on_air())
        return Link(self.adapter, connection, self._on_link_closed)

    async def _on_air(self) -> hci.Address:
        """Return the address to connect to. A private one may have changed since the scan."""
        if self._heard is not None and not self._heard.is_resolvable:
            return self._heard
        newer = self.adapter.scans.heard_as(self.address)
        return newer or self._heard or await self.adapter.address_of(self.address)

    async def _set_up(self, link: Link, pair: bool) -> None:
        try:
            bonded = await bonding.resume_bond(link)
            if pair and not bonded:
                await bonding.pair(link, self.pairing, bonding.PAIRING_TIMEOUT)
            await gatt.exchange_mtu(link, self.mtu)
            services = await gatt.discover(link, self._wanted)
            link.require_open()
        except BaseException:
            with contextlib.suppress(TimeoutError):
                await link.disconnect()
            raise
        self.services = services
        self._link = link
        self._adopt_identity(link)

    def _adopt_identity(self, link: Link) -> None:
        # A bonded peer goes by its identity, as with BlueZ.
        self.address = self.adapter.name_of(link.connection.peer_address, self.profile)

    def _on_link_closed(self) -> None:
        if self._link is None:
            return  # it never came about for the program
        self._link = None
        self.services = None
        if self._disconnected_callback is not None:
            call_back(self._context, self._disconnected_callback)

    def _linked(self) -> Link:
        if self._link is None:
            raise BleakError("not connected")
        return self._link

    async def disconnect(self) -> None:
        """Disconnect, and return when the link has ended. Harmless if there is none.

        Raises:
            TimeoutError: if the controller did not confirm. The link counts as ended.
        """
        if self._link is not None:
            await self._link.disconnect()

    # Bonds

    async def pair(self, *_args: Any, **kwargs: Any) -> None:
        """Pair, unless bonded: LE Secure Connections if the peer can.

        Args:
            **kwargs: ``timeout`` in seconds, 30 by default. A person who is to read and type
                a number may need more.

        Raises:
            BleakError: if the peer refuses, or there is no link, or it ends.
            TimeoutError: if it took too long. The link is closed then.
        """
        link = self._linked()
        if link.connection.is_encrypted:
            return
        await bonding.pair(link, self.pairing, kwargs.get("timeout", bonding.PAIRING_TIMEOUT))
        self._adopt_identity(link)

    async def unpair(self) -> None:
        """Disconnect and delete the bond. Harmless if there is none, or no link."""
        if self._link is not None:
            address = self._link.connection.peer_address
            await self.disconnect()
        else:
            address = await self._on_air()
        await self.adapter.forget(self.adapter.identity_of(address))

    # GATT

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        """Read a characteristic. Nothing is cached."""
        return bytearray(await gatt.read(self._linked(), _value_handle(characteristic)))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        """Read a descriptor. Nothing is cached."""
        return bytearray(await gatt.read(self._linked(), descriptor.handle))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a characteristic.

        Raises:
            BleakGATTProtocolError: if the peer refuses, or ``data`` is too long.
        """
        write = gatt.write if response else gatt.write_command
        await write(self._linked(), _value_handle(characteristic), bytes(data))

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        """Write a descriptor."""
        await gatt.write(self._linked(), descriptor.handle, bytes(data))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: Any
    ) -> None:
        """Subscribe to notifications, or to indications if there are no notifications.

        Args:
            characteristic: what to subscribe to.
            callback: gets each value, from the first on.
            **kwargs: ``force_indicate`` prefers indications.

        Raises:
            BleakError: if it cannot be subscribed to, or is.
        """
        link = self._linked()
        handle = _value_handle(characteristic)
        descriptor = characteristic.get_descriptor(gatt.CCCD)
        can_indicate = "indicate" in characteristic.properties
        if descriptor is None or not (can_indicate or "notify" in characteristic.properties):
            raise BleakError("the characteristic has neither notifications nor indications")
        if link.is_listening(handle):
            raise BleakError("the characteristic is subscribed to already")
        indications = can_indicate and (
            bool(kwargs.get("force_indicate")) or "notify" not in characteristic.properties
        )
        # First listen, then subscribe: the peer may answer with a value at once.
        link.listen(
            handle, indications=indications, callback=lambda value: callback(bytearray(value))
        )
        try:
            await gatt.write(link, descriptor.handle, b"\x02\x00" if indications else b"\x01\x00")
        except BaseException:
            link.unlisten(handle)
            raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe. Nothing more arrives, whatever the peer does. Harmless if not subscribed."""
        link = self._linked()
        handle = _value_handle(characteristic)
        descriptor = characteristic.get_descriptor(gatt.CCCD)
        if descriptor is not None and link.is_listening(handle):
            link.unlisten(handle)
            await gatt.write(link, descriptor.handle, b"\x00\x00")


def _value_handle(characteristic: BleakGATTCharacteristic) -> int:
    return cast("gatt.Characteristic", characteristic.obj).value
