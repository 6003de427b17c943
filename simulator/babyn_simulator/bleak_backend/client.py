"""The client that bleak is given."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import warnings
from typing import Any, ClassVar

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError
from bumble import att, hci
from bumble.pairing import PairingDelegate

from babyn_simulator.bleak_backend import bonding, dialects, gatt
from babyn_simulator.bleak_backend.adapter import Adapter
from babyn_simulator.bleak_backend.errors import call_back
from babyn_simulator.bleak_backend.finding import find
from babyn_simulator.bleak_backend.link import Link
from babyn_simulator.bleak_backend.profiles import CentralProfile, ServiceCache
from babyn_simulator.bleak_backend.requests import Requests
from babyn_simulator.bleak_backend.services import device_name, found_services, visible


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
        self._use_cached: bool | None = kwargs.get("winrt", {}).get("use_cached_services")
        self._name: str | None = None
        self._heard: hci.Address | None = None
        if isinstance(address_or_ble_device, BLEDevice):
            self._name = address_or_ble_device.name
            if isinstance(address_or_ble_device.details, hci.Address):
                self._heard = address_or_ble_device.details
        self._requests: Requests | None = None
        self._mtu_size: int | None = None
        self._connecting = False
        self._context = contextvars.copy_context()

    @property
    def name(self) -> str:
        """The advertised name, or else the address with dashes."""
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """The ATT MTU, in bytes; 23 while there is no link."""
        if self.profile.mtu_size_unknown:
            if self._mtu_size is None:
                warnings.warn("the MTU is not known; call _acquire_mtu() first", stacklevel=3)
            return self._mtu_size or att.ATT_DEFAULT_MTU
        return self._link.mtu if self._link else att.ATT_DEFAULT_MTU

    async def _acquire_mtu(self) -> None:
        """Find out the MTU where ``mtu_size`` does not know it, by the name that bleak has."""
        self._mtu_size = self._connected().link.mtu

    @property
    def _link(self) -> Link | None:
        return None if self._requests is None else self._requests.link

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
        try:
            await self._connect(pair, kwargs.get("timeout", self._timeout))
        finally:
            self._connecting = False
            if self._link is None:
                self.adapter.slots.give_back(self)

    async def _connect(self, pair: bool, timeout: float) -> None:
        if self._heard is None and self.profile.scans_to_connect:
            self._heard = await find(self.adapter, self.profile, self.address, timeout)
        self.adapter.slots.take(self, self.profile.connection_slots)
        reached = False
        try:
            async with asyncio.timeout(timeout):
                link = await self._reach()
                reached = True
                await self._set_up(link, pair)
        except TimeoutError:
            if reached:
                raise
            raise dialects.unreachable(self.profile, self.address) from None

    async def _reach(self) -> Link:
        address = await self._on_air()
        identity = self.adapter.identity_of(address)
        if self.adapter.peers.is_forgotten(identity, self.profile) and not (
            await self.adapter.is_bonded(identity)
        ):
            raise dialects.not_seen(self.address)
        connection = await self.adapter.connect(address)
        return Link(self.adapter, connection, self._on_link_closed)

    async def _on_air(self) -> hci.Address:
        """Return the address to connect to. A private one may have changed since the scan."""
        if self._heard is not None and not self._heard.is_resolvable:
            return self._heard
        newer = self.adapter.scans.heard_as(self.address)
        return newer or self._heard or await self.adapter.address_of(self.address)

    async def _set_up(self, link: Link, pair: bool) -> None:
        profile = self.profile
        try:
            bonded = await bonding.resume_bond(link)
            if pair and not bonded and profile.pairs_by_call:
                await self._pair(link)
            if not profile.late_mtu:
                await gatt.exchange_mtu(link, self.mtu)
            found = await found_services(link, profile, self._wanted, cached=self._use_cached)
            name = await device_name(link, found) if profile.gap_names else None
            link.require_open()
        except BaseException:
            with contextlib.suppress(TimeoutError):
                await link.disconnect()
            raise
        self.adapter.peers.connected(link.connection.peer_address, name)
        self._name = name or self._name
        self.services = visible(found, link, profile)
        self._requests = Requests(link, profile, self._pair)
        self._adopt_identity(link)
        if profile.late_mtu:
            self.adapter.spawn(gatt.exchange_mtu(link, self.mtu))

    def _adopt_identity(self, link: Link) -> None:
        # A bonded peer goes by its identity, as with BlueZ.
        self.address = self.adapter.peers.name_of(link.connection.peer_address, self.profile)

    def _on_link_closed(self) -> None:
        if self._link is None:
            return  # it never came about for the program
        self._requests = None
        self._mtu_size = None
        self.services = None
        self.adapter.slots.give_back(self)
        if self._disconnected_callback is not None:
            call_back(self._context, self._disconnected_callback)

    def _connected(self) -> Requests:
        if self._requests is None:
            raise BleakError("not connected")
        return self._requests

    async def disconnect(self) -> None:
        """Disconnect, and return when the link has ended. Harmless if there is none.

        Raises:
            TimeoutError: if the controller did not confirm. The link counts as ended.
        """
        if self._link is not None:
            await self._link.disconnect(after=self.profile.disconnect_delay)

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
        if not self.profile.pairs_by_call:
            raise NotImplementedError("there is no call to pair; the system pairs when asked to")
        link = self._connected().link
        if link.connection.is_encrypted:
            return
        await self._pair(link, kwargs.get("timeout", bonding.PAIRING_TIMEOUT))

    async def _pair(self, link: Link, timeout: float = bonding.PAIRING_TIMEOUT) -> None:
        delegate = None if self.profile.just_works_only else self.pairing
        if delegate is None and not self.profile.pairing_agent:
            raise dialects.no_agent()
        await bonding.pair(link, delegate, timeout)
        self._adopt_identity(link)

    async def unpair(self) -> None:
        """Disconnect and delete the bond. Harmless if there is none, or no link."""
        if not self.profile.pairs_by_call:
            raise NotImplementedError("there is no call to unpair; see the system's settings")
        if self.profile.unpair_needs_link:
            self._connected()
        if self._link is not None:
            address = self._link.connection.peer_address
            await self.disconnect()
        else:
            address = await self._on_air()
        identity = self.adapter.identity_of(address)
        await self.adapter.forget(identity)
        self.adapter.peers.forget(identity)
        if self.profile.forgets_after is not None:
            self._heard = None
        if self.profile.service_cache is not ServiceCache.ALWAYS:
            self.adapter.caches.drop(identity)

    async def clear_cache(self) -> bool:
        """Forget the services of the peer: the next connect asks it for them."""
        self.adapter.caches.drop(self.adapter.identity_of(await self._on_air()))
        return True

    # GATT

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        """Read a characteristic. Nothing is cached."""
        return bytearray(await self._connected().read(characteristic))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        """Read a descriptor. Nothing is cached."""
        return bytearray(await self._connected().read_descriptor(descriptor.handle))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a characteristic.

        Raises:
            BleakGATTProtocolError: if the peer refuses, or ``data`` is too long.
        """
        await self._connected().write(characteristic, bytes(data), response=response)

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        """Write a descriptor."""
        await self._connected().write_descriptor(descriptor.handle, bytes(data))

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
        await self._connected().subscribe(characteristic, callback, **kwargs)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe. Nothing more arrives, whatever the peer does. Harmless if not subscribed."""
        await self._connected().unsubscribe(characteristic)
