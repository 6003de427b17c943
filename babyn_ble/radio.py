"""The one module that imports bleak: scanning, connecting, GATT, and its errors made ours.

Importing this module is itself a step that needs consent: on some platforms it already
touches the system's Bluetooth. :mod:`babyn_ble.companion` imports it after the gate has said
yes, never before.

``bleak.BleakClient`` and ``bleak.BleakScanner`` are looked up at each call, because Home
Assistant replaces them at run time.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import bleak
import bleak_retry_connector
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from babyn_ble.errors import (
    BabynError,
    DisconnectedError,
    DisconnectReason,
)
from babyn_ble.privacy.purposes import RadioKind
from babyn_ble.radio_errors import Phase, replaced
from babyn_ble.radio_providers import BondStore, RadioBackend, parse_radio, provider_for

if TYPE_CHECKING:
    from bleak.backends.characteristic import BleakGATTCharacteristic

__all__ = [
    "ActiveScan",
    "AdvertisementData",
    "BLEDevice",
    "Characteristic",
    "Connection",
    "Radio",
    "Service",
]

_T = TypeVar("_T")

CONNECT_TIMEOUT = 20.0
"""Seconds that one attempt to connect may take."""

RESPONSE_TIMEOUT = 35.0
"""Seconds after which an unanswered request is given up; ATT itself allows 30."""

CLOSE_TIMEOUT = 4.0
"""Seconds that closing may take; a withdrawal waits five in all."""


class EstablishConnection(Protocol):
    """The shape of ``bleak_retry_connector.establish_connection``, which a host may replace."""

    def __call__(
        self,
        client_class: Any,
        device: BLEDevice,
        name: str,
        disconnected_callback: Callable[[Any], None] | None = None,
        *,
        ble_device_callback: Callable[[], BLEDevice] | None = None,
        **kwargs: Any,
    ) -> Awaitable[Any]:
        """Connect, with retries, and return the connected client."""
        ...


async def _ours(phase: Phase, operation: Awaitable[_T], *, within: float | None = None) -> _T:
    """Await ``operation``; whatever a platform's stack raises, an error of ours leaves."""
    try:
        async with asyncio.timeout(within):
            return await operation
    # The boundary to the platform's Bluetooth stack: bleak's backends let errors of D-Bus,
    # WinRT, CoreBluetooth and plain Python out, and none of them may pass.
    except Exception as error:  # noqa: BLE001
        ours = replaced(error, phase)
    # Raised outside the handler, so that the foreign error is not even a context of ours.
    raise ours


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A characteristic as discovered: declaration handle, UUID, what may be done with it."""

    handle: int
    uuid: str
    properties: frozenset[str]
    descriptors: tuple[str, ...] = ()

    @property
    def subscribable(self) -> bool:
        """Whether the peer can notify or indicate it."""
        return bool(self.properties & {"notify", "indicate"})


@dataclass(frozen=True, slots=True)
class Service:
    """A primary service as discovered."""

    handle: int
    uuid: str
    characteristics: tuple[Characteristic, ...]


class Connection:
    """One live link to one peer. Every call raises only errors of :mod:`babyn_ble.errors`."""

    def __init__(self) -> None:
        self._client: Any = None
        self._closing = False
        self._by_handle: dict[int, BleakGATTCharacteristic] = {}
        self.services: tuple[Service, ...] = ()
        self.on_disconnect: Callable[[], None] | None = None
        self.before_request: Callable[[], None] | None = None
        """Called before each request to the peer, but for the end of a subscription; what it
        raises keeps the request back."""

    @property
    def is_connected(self) -> bool:
        """Whether the platform says that the link is up."""
        return self._client is not None and bool(self._client.is_connected)

    @property
    def closing(self) -> bool:
        """Whether this side is closing, or has closed, the link."""
        return self._closing

    @property
    def address(self) -> str:
        """What the peer goes by now: after pairing, where the backend says so, its identity."""
        return str(self._client.address)

    @property
    def mtu(self) -> int:
        """The ATT MTU, in bytes, as far as the platform tells it.

        BlueZ tells it by characteristic; bleak's own ``mtu_size`` is always 23 there.
        """
        writes = (item.max_write_without_response_size for item in self._by_handle.values())
        return max(writes, default=20) + 3

    def disconnected(self, _client: object = None) -> None:
        """Take bleak's word that the link is gone."""
        if self.on_disconnect is not None:
            self.on_disconnect()

    def connected(self, client: Any) -> None:
        """Take over a connected bleak client, and list what it discovered."""
        self._client = client
        found: list[Service] = []
        for service in client.services:
            characteristics: list[Characteristic] = []
            for item in service.characteristics:
                self._by_handle[item.handle] = item
                characteristics.append(
                    Characteristic(
                        handle=item.handle,
                        uuid=item.uuid,
                        properties=frozenset(item.properties),
                        descriptors=tuple(descriptor.uuid for descriptor in item.descriptors),
                    )
                )
            found.append(Service(service.handle, service.uuid, tuple(characteristics)))
        self.services = tuple(found)

    def characteristic(self, uuid: str) -> Characteristic | None:
        """Return the first characteristic of this UUID, or ``None``."""
        for service in self.services:
            for item in service.characteristics:
                if item.uuid == uuid:
                    return item
        return None

    async def read(self, characteristic: Characteristic) -> bytes:
        """Read a value from the peer, never from a cache."""
        value = await self._gatt(
            lambda: self._client.read_gatt_char(self._by_handle[characteristic.handle])
        )
        return bytes(value)

    async def write(
        self, characteristic: Characteristic, data: bytes, *, response: bool = True
    ) -> None:
        """Write a value; with ``response``, wait until the peer has taken it."""
        await self._gatt(
            lambda: self._client.write_gatt_char(
                self._by_handle[characteristic.handle], data, response=response
            )
        )

    async def subscribe(
        self, characteristic: Characteristic, callback: Callable[[bytes], None]
    ) -> None:
        """Have ``callback`` called with each value that the peer notifies or indicates."""

        def received(_sender: object, data: bytearray) -> None:
            callback(bytes(data))

        await self._gatt(
            lambda: self._client.start_notify(self._by_handle[characteristic.handle], received)
        )

    async def unsubscribe(self, characteristic: Characteristic) -> None:
        """Tell the peer to stop."""
        await self._request(
            lambda: self._client.stop_notify(self._by_handle[characteristic.handle]),
            within=CLOSE_TIMEOUT,
        )

    async def pair(self) -> None:
        """Pair. Where the system pairs by itself when a value asks for it, do nothing."""
        self._require_link()
        self._require_leave()
        try:
            await _ours(Phase.PAIR, self._client.pair(), within=RESPONSE_TIMEOUT)
        except NotImplementedError:
            return

    async def unpair(self) -> None:
        """Forget the bond, on this side. Where only the system's settings can, do nothing."""
        with contextlib.suppress(NotImplementedError):
            await _ours(Phase.PAIR, self._client.unpair(), within=RESPONSE_TIMEOUT)

    async def close(self) -> None:
        """Disconnect. Closing twice, or after the link was lost, does nothing."""
        if self._client is None or self._closing:
            return
        self._closing = True
        await _ours(Phase.CLOSE, self._client.disconnect(), within=CLOSE_TIMEOUT)

    def _require_link(self) -> None:
        if not self.is_connected:
            raise DisconnectedError(
                "The device is not connected; connect again, then repeat the request",
                reason=DisconnectReason.NOT_CONNECTED,
            )

    def _require_leave(self) -> None:
        if self.before_request is not None:
            self.before_request()

    async def _gatt(self, operation: Callable[[], Awaitable[_T]]) -> _T:
        self._require_leave()
        return await self._request(operation, within=RESPONSE_TIMEOUT)

    async def _request(self, operation: Callable[[], Awaitable[_T]], *, within: float) -> _T:
        self._require_link()
        try:
            return await _ours(Phase.GATT, operation(), within=within)
        except BabynError:
            # Platforms answer a lost link with errors of every kind: the link's state decides.
            if self.is_connected:
                raise
        raise DisconnectedError(
            "The link to the device was lost while a request was under way; connect again",
            reason=DisconnectReason.LINK_LOST,
        )


class ActiveScan:
    """A scan under way. Stopping it twice does nothing."""

    def __init__(self, scanner: Any, lock: asyncio.Lock, on_stopped: Callable[[], None]) -> None:
        self._scanner = scanner
        self._lock = lock
        self._on_stopped = on_stopped
        self._stopping: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        """Stop. Whoever calls this second waits for the first."""
        if self._stopping is None:
            self._on_stopped()
            self._stopping = asyncio.create_task(self._stop(), name="stop scan")
        # Cancelling one caller must not leave the radio scanning.
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        try:
            # What was found must survive a failing stop; if it hangs, the caller's deadline rules.
            with contextlib.suppress(BabynError):
                await _ours(Phase.SCAN, self._scanner.stop())
        finally:
            self._lock.release()


class Radio:
    """A Bluetooth adapter: the system's, one behind an HCI transport, or a simulated one."""

    def __init__(
        self,
        kind: RadioKind,
        backend: RadioBackend | None,
        establish: EstablishConnection | None = None,
    ) -> None:
        if kind is RadioKind.SIM and (
            backend is None or backend.client.__module__.startswith("bleak.")
        ):
            raise ValueError("a simulated radio brings a backend of its own, not one of bleak's")
        self.kind = kind
        self._backend = backend
        self._establish: EstablishConnection = (
            establish or bleak_retry_connector.establish_connection
        )
        self._scan_lock = asyncio.Lock()
        self._scan: ActiveScan | None = None
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()

    @classmethod
    async def open(
        cls,
        argument: str | RadioBackend,
        *,
        bonds: BondStore,
        establish: EstablishConnection | None = None,
    ) -> Radio:
        """Open the radio that ``argument`` names: ``os``, ``sim:SCENARIO`` or ``hci:TRANSPORT``.

        Raises:
            BluetoothUnavailableError: there is no such radio, or it cannot be reached.
            ValueError: the argument names no kind of radio.
        """
        if not isinstance(argument, str):
            return cls(RadioKind.SIM, argument)
        kind, rest = parse_radio(argument)
        if kind is RadioKind.OS:
            return cls(kind, None, establish)
        provider = provider_for(kind)
        return cls(kind, await _ours(Phase.OPEN, provider.open(rest, bonds=bonds)))

    async def scan(
        self,
        callback: Callable[[BLEDevice, AdvertisementData], None],
        on_stopped: Callable[[], None],
        *,
        before_start: Callable[[], None] | None = None,
    ) -> ActiveScan:
        """Start an active scan. One at a time on one radio: a second one waits for the first.

        Args:
            callback: called with each advertisement.
            on_stopped: called when the scan is being stopped, whoever stops it.
            before_start: called when its turn has come; what it raises ends it.
        """
        await self._scan_lock.acquire()
        try:
            if before_start is not None:
                before_start()
            options: dict[str, Any] = {}
            if self._backend is not None:
                options["backend"] = self._backend.scanner
            scanner = await _ours(Phase.SCAN, _made(bleak.BleakScanner, callback, **options))
            await _ours(Phase.SCAN, scanner.start(), within=CONNECT_TIMEOUT)
        except BaseException:
            self._scan_lock.release()
            raise
        self._scan = ActiveScan(scanner, self._scan_lock, on_stopped)
        return self._scan

    async def connect(
        self, device: BLEDevice, *, before_attempt: Callable[[], None] | None = None
    ) -> Connection:
        """Connect to a device that was seen, or that a host handed in. This never scans.

        Args:
            device: where to connect to; a plain address is not accepted, because on most
                platforms connecting to one is a scan.
            before_attempt: called before each attempt; what it raises ends the attempts.
        """
        if not isinstance(cast("object", device), BLEDevice):
            raise TypeError("a radio connects to a device that was seen, not to an address")
        connection = Connection()

        def again() -> BLEDevice:
            if before_attempt is not None:
                before_attempt()
            return device

        again()
        if self._backend is None:
            client = await _ours(
                Phase.CONNECT,
                self._establish(
                    bleak.BleakClient,
                    device,
                    "device",  # its name would stand in the connector's messages
                    connection.disconnected,
                    ble_device_callback=again,
                ),
            )
        else:
            client = bleak.BleakClient(
                device,
                connection.disconnected,
                timeout=CONNECT_TIMEOUT,
                backend=self._backend.client,
            )
            await _ours(Phase.CONNECT, client.connect())
        connection.connected(client)
        self._connections.add(connection)
        return connection

    async def aclose(self) -> None:
        """Stop scanning, close every connection, give the radio back."""
        if self._scan is not None:
            await self._scan.stop()
        for connection in tuple(self._connections):
            with contextlib.suppress(BabynError):
                await connection.close()
        if self._backend is not None:
            await self._backend.aclose()


async def _made(factory: Callable[..., _T], *arguments: object, **options: Any) -> _T:
    """Call ``factory`` inside an await, so that its errors are replaced like any other."""
    return factory(*arguments, **options)
