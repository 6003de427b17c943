"""The backend that bleak finds on a simulated platform.

A program may make its scanners and clients before any event loop runs, and use them later on
one or the other. So these look for the nursery of the running loop when they are started and
connected, and hand everything on to the backend of the radio in it.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import (
    AdvertisementData,
    AdvertisementDataCallback,
    BaseBleakScanner,
)
from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakError

from babyn_simulator.program import nurseries

if TYPE_CHECKING:
    from babyn_simulator.nursery import NurseryRadio


async def _radio_here() -> NurseryRadio:
    """Return the radio of the running event loop."""
    wanted = nurseries.in_use()
    if wanted is None:
        raise BleakError(
            "this scanner or client was made for a simulation that has ended; make a new one"
        )
    return await (await wanted.here()).radio()


class SimulatedScanner(BaseBleakScanner):
    """A scanner of the radio in the nursery of the event loop that it is started on."""

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        *mode: Any,
        **platform: Any,
    ) -> None:
        self._radio: NurseryRadio | None = None
        self._scanner: BaseBleakScanner | None = None
        super().__init__(detection_callback, service_uuids)
        self._arguments = (service_uuids, *mode)
        self._platform = platform

    if not TYPE_CHECKING:  # an attribute that bleak's class declares; here it is the radio's

        @property
        def seen_devices(self) -> dict[str, tuple[BLEDevice, AdvertisementData]]:
            """What has been found since the start."""
            return {} if self._scanner is None else self._scanner.seen_devices

        @seen_devices.setter
        def seen_devices(self, devices: object) -> None:
            """Ignore what bleak's class begins with."""

    async def start(self) -> None:
        """Start scanning."""
        radio = await _radio_here()
        if self._scanner is None or self._radio is not radio:
            self._radio = radio
            self._scanner = radio.scanner(self._on_detection, *self._arguments, **self._platform)
        await self._scanner.start()

    async def stop(self) -> None:
        """Stop scanning."""
        if self._scanner is not None:
            await self._scanner.stop()

    def _on_detection(self, device: BLEDevice, data: AdvertisementData) -> None:
        self.call_detection_callbacks(device, data)


_clients: weakref.WeakSet[SimulatedClient] = weakref.WeakSet()


async def connected_devices(service_uuids: frozenset[str]) -> list[BLEDevice]:
    """Return the devices that are connected here and have one of some services, by address."""
    radio = await _radio_here()
    found = [client for client in _clients if client.is_connected_by(radio, service_uuids)]
    return [client.ble_device for client in sorted(found, key=lambda client: client.address)]


class SimulatedClient(BaseBleakClient):
    """A client of the radio in the nursery of the event loop that it connects on."""

    def __init__(self, address_or_ble_device: BLEDevice | str, **kwargs: Any) -> None:
        self._radio: NurseryRadio | None = None
        self._client: BaseBleakClient | None = None
        super().__init__(
            address_or_ble_device,
            disconnected_callback=kwargs.pop("disconnected_callback", None),
            timeout=kwargs.pop("timeout", 30.0),
        )
        self._peer = address_or_ble_device
        _clients.add(self)
        self._platform = kwargs

    if not TYPE_CHECKING:  # attributes that bleak's class declares; here they are the radio's

        @property
        def address(self) -> str:
            """The address of the peer."""
            return self._given_address if self._client is None else self._client.address

        @address.setter
        def address(self, address: str) -> None:
            """Keep what bleak's class was given."""
            self._given_address = address

        @property
        def services(self) -> BleakGATTServiceCollection | None:
            """The services of the peer, while there is a link."""
            return None if self._client is None else self._client.services

        @services.setter
        def services(self, services: object) -> None:
            """Ignore what bleak's class begins with."""

    def __getattr__(self, name: str) -> Any:
        """Return what only the radio's client has, such as ``_acquire_mtu`` and ``clear_cache``."""
        if name.startswith("__") or self._client is None:
            raise AttributeError(name)
        return getattr(self._client, name)

    @property
    def name(self) -> str:
        """The advertised name, or else the address with dashes."""
        if self._client is not None:
            return self._client.name
        name = self._peer.name if isinstance(self._peer, BLEDevice) else None
        return name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """The ATT MTU, in bytes."""
        return 23 if self._client is None else self._client.mtu_size

    @property
    def is_connected(self) -> bool:
        """Whether there is a link."""
        return self._client is not None and self._client.is_connected

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect."""
        await (await self._on_this_loop()).connect(pair, **kwargs)

    async def disconnect(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.disconnect()

    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Pair."""
        await self._linked().pair(*args, **kwargs)

    async def unpair(self) -> None:
        """Disconnect and delete the bond."""
        await (await self._on_this_loop()).unpair()

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, **kwargs: Any
    ) -> bytearray:
        """Read a characteristic."""
        return await self._linked().read_gatt_char(characteristic, **kwargs)

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, **kwargs: Any
    ) -> bytearray:
        """Read a descriptor."""
        return await self._linked().read_gatt_descriptor(descriptor, **kwargs)

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a characteristic."""
        await self._linked().write_gatt_char(characteristic, data, response)

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        """Write a descriptor."""
        await self._linked().write_gatt_descriptor(descriptor, data)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: Any
    ) -> None:
        """Subscribe."""
        await self._linked().start_notify(characteristic, callback, **kwargs)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        await self._linked().stop_notify(characteristic)

    def is_connected_by(self, radio: NurseryRadio, service_uuids: frozenset[str]) -> bool:
        """Whether there is a link by this radio, to a device with one of these services."""
        if self._radio is not radio or not self.is_connected or self.services is None:
            return False
        return any(service.uuid in service_uuids for service in self.services)

    @property
    def ble_device(self) -> BLEDevice:
        """The peer, as bleak describes it."""
        if isinstance(self._peer, BLEDevice):
            return self._peer
        return BLEDevice(self.address, self.name, None)

    async def _on_this_loop(self) -> BaseBleakClient:
        radio = await _radio_here()
        if self._client is None or self._radio is not radio:
            self._radio = radio
            self._client = radio.client(
                self._peer,
                disconnected_callback=self._on_disconnection,
                timeout=self._timeout,
                **self._platform,
            )
        return self._client

    def _linked(self) -> BaseBleakClient:
        if self._client is None:
            raise BleakError("not connected")
        return self._client

    def _on_disconnection(self) -> None:
        if self._disconnected_callback is not None:
            self._disconnected_callback()
