"""The one module that imports bleak: scanning and connecting, its errors made ours.

Importing this module is itself a step that needs consent: on some platforms it already
touches the system's Bluetooth. :mod:`babyn_ble.companion` imports it after the gate has said
yes, never before.

``bleak.BleakClient`` and ``bleak.BleakScanner`` are looked up at each call, because Home
Assistant replaces them at run time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar, cast

import bleak
import bleak_retry_connector
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from babyn_ble.connection import Connection
from babyn_ble.errors import BabynError
from babyn_ble.privacy.purposes import RadioKind
from babyn_ble.radio_errors import Phase, ours
from babyn_ble.radio_providers import BondStore, RadioBackend, parse_radio, provider_for

__all__ = ["ActiveScan", "AdvertisementData", "BLEDevice", "Radio"]

_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")

CONNECT_TIMEOUT = 20.0
"""Seconds that one attempt to connect may take."""

STOP_TIMEOUT = 10.0
"""Seconds that the system gets to stop scanning, until whoever has ended the scan may go."""

CONNECT_ATTEMPTS = 2
"""Attempts to connect through the system, each of twenty seconds where nobody answers: the
connector's own four keep a person waiting for a device that has gone for over a minute."""


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


class ActiveScan:
    """A scan under way. Stopping it twice does nothing."""

    def __init__(self, scanner: Any, lock: asyncio.Lock, on_stopped: Callable[[], None]) -> None:
        self._scanner = scanner
        self._lock = lock
        self._on_stopped = on_stopped
        self._stopping: asyncio.Task[None] | None = None

    @property
    def stopping(self) -> bool:
        """Whether the system was told to stop, and has not said that it has."""
        return self._stopping is not None and not self._stopping.done()

    async def stop(self) -> None:
        """Stop. Whoever calls this second waits for the first."""
        await self._stopped(None)

    async def end(self) -> None:
        """Stop, and wait for ten seconds at most: a system that hangs keeps nobody here."""
        await self._stopped(STOP_TIMEOUT)

    async def _stopped(self, seconds: float | None) -> None:
        if self._stopping is None:
            self._on_stopped()
            self._stopping = asyncio.create_task(self._stop(), name="stop scan")
        # Cancelling one caller must not leave the radio scanning.
        done, _ = await asyncio.wait({self._stopping}, timeout=seconds)
        if not done:
            _LOGGER.warning("The radio has not said that it stopped scanning")

    def abandon(self) -> None:
        """Wait no longer for the system to stop."""
        if self._stopping is not None:
            self._stopping.cancel()

    async def _stop(self) -> None:
        try:
            # What was found must survive a failing stop; if it hangs, the caller's deadline rules.
            with contextlib.suppress(BabynError):
                await ours(Phase.SCAN, self._scanner.stop())
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
        return cls(kind, await ours(Phase.OPEN, provider.open(rest, bonds=bonds)))

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
        stuck = self._scan is not None and self._scan.stopping
        await ours(Phase.SCAN, self._scan_lock.acquire(), within=STOP_TIMEOUT if stuck else None)
        try:
            if before_start is not None:
                before_start()
            options: dict[str, Any] = {}
            if self._backend is not None:
                options["backend"] = self._backend.scanner
            scanner = await ours(Phase.SCAN, _made(bleak.BleakScanner, callback, **options))
            await ours(Phase.SCAN, scanner.start(), within=CONNECT_TIMEOUT)
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
            client = await ours(
                Phase.CONNECT,
                self._establish(
                    bleak.BleakClient,
                    device,
                    "device",  # its name would stand in the connector's messages
                    connection.disconnected,
                    max_attempts=CONNECT_ATTEMPTS,
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
            await ours(Phase.CONNECT, client.connect())
        connection.connected(client)
        self._connections.add(connection)
        return connection

    async def aclose(self) -> None:
        """Stop scanning, close every connection, give the radio back."""
        if self._scan is not None:
            await self._scan.end()
            self._scan.abandon()
        for connection in tuple(self._connections):
            with contextlib.suppress(BabynError):
                await connection.close()
        if self._backend is not None:
            await self._backend.aclose()


async def _made(factory: Callable[..., _T], *arguments: object, **options: Any) -> _T:
    """Call ``factory`` inside an await, so that its errors are replaced like any other."""
    return factory(*arguments, **options)
