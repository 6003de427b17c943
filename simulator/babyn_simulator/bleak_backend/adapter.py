"""One adapter: what the scanners and clients of one bumble device share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Generator
from typing import Any, Final, TypeVar

from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble import hci
from bumble.core import BaseBumbleError
from bumble.device import Connection, Device
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.smp import AddressResolver, Session
from bumble.transport.common import TransportLostError

from babyn_simulator.bleak_backend.bumble_types import (
    CANCEL_CONNECTION,
    RESET,
    emitter,
    pending_command,
)
from babyn_simulator.bleak_backend.errors import (
    as_bleak_errors,
    disconnected,
    no_controller,
    powered_off,
)
from babyn_simulator.bleak_backend.peers import Peers
from babyn_simulator.bleak_backend.scanning import Scans
from babyn_simulator.bleak_backend.service_cache import ServiceCaches
from babyn_simulator.bleak_backend.slots import Slots

_T = TypeVar("_T")

CANCEL_TIMEOUT: Final = 2.0
"""Seconds that a controller gets to confirm that a pending connection is given up."""

DISCONNECT_TIMEOUT: Final = 5.0
"""Seconds that a controller gets to confirm that a connection has ended."""

SHUT_DOWN_TIMEOUT: Final = 3.0
"""Seconds that all of a polite end may take."""

_ATTRIBUTE: Final = "bleak_adapter"


def adapter_of(device: Device) -> Adapter:
    """Return the one adapter of a device; it lives as long as the device."""
    adapter = getattr(device, _ATTRIBUTE, None)
    if not isinstance(adapter, Adapter):
        adapter = Adapter(device)
        setattr(device, _ATTRIBUTE, adapter)
    return adapter


async def to_the_end(task: asyncio.Task[_T]) -> _T:
    """Wait until a task is done; if the caller is cancelled meanwhile, raise that then."""
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation
    return task.result()


async def cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they end. In Python 3.11 a cancellation may get lost in ``wait_for``."""
    while pending := {task for task in tasks if not task.done()}:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=CANCEL_TIMEOUT)


class _Refusal(PairingDelegate):
    """Answers a pairing that nobody here asked for."""

    async def accept(self) -> bool:
        return False


class _Session(Session):
    """A pairing whose link may go away at any moment, without an error that nobody handles."""

    def start_encryption(self, key: bytes) -> None:
        async def start() -> None:
            await self.manager.device.send_async_command(
                hci.HCI_LE_Enable_Encryption_Command(
                    connection_handle=self.connection.handle,
                    random_number=bytes(8),
                    encrypted_diversifier=0,
                    long_term_key=key,
                )
            )

        adapter_of(self.manager.device).spawn(start())


class _HeardAlready(AddressResolver):
    """Resolves addresses as its base does, but makes no connect scan by itself.

    bumble scans before it connects to a peer whose identity key it knows. That scan would end
    the one that a program has running, and nobody has asked for it.
    """

    def can_resolve_to(self, address: hci.Address) -> bool:
        return False


class _LostController:
    """Takes the place of a controller that is gone: every command fails at once.

    Without it the host would wait for an answer that cannot come.
    """

    def __init__(self, device: Device) -> None:
        self._device = device

    def on_packet(self, packet: bytes) -> None:
        pending = pending_command(self._device.host)
        if packet[0] == hci.HCI_COMMAND_PACKET and pending is not None:
            pending.set_exception(TransportLostError("transport lost"))


class Adapter:
    """What scanners and clients share: power, scans, the one pending connection, pairing."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.peers = Peers(device)
        self.slots = Slots()
        self.caches = ServiceCaches()
        self.scans = Scans(self)
        self._initiating = asyncio.Lock()
        self._pairing: dict[int, PairingConfig] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lost = False
        device.pairing_config_factory = self._pairing_config
        if device.smp_session_proxy is Session:
            device.smp_session_proxy = _Session
        device.on(Device.EVENT_FLUSH, self._on_flush)

    # Power

    def require_on(self) -> None:
        """Raise bleak's own error if the radio cannot be used now."""
        if self._lost:
            raise no_controller()
        if not self.device.powered_on:
            raise powered_off()

    def on_controller_lost(self) -> None:
        """Take note that the controller is gone: scans and links end, what waits fails."""
        if self._lost:
            return
        self._lost = True
        host = self.device.host
        host.set_packet_sink(_LostController(self.device))
        self.device.powered_on = False
        if (pending := pending_command(host)) is not None:
            pending.set_exception(TransportLostError("transport lost"))
        host.emit("flush")

    def _on_flush(self) -> None:
        # bumble's host keeps its connections over a power cycle. The next connection with the
        # same handle would inherit their flow control.
        self.device.host.connections.clear()
        self.scans.on_adapter_off()

    # Tasks

    def spawn(self, coroutine: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Run something that goes on when its caller is cancelled."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # What nobody waits for any more may fail in silence.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def finish(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run to the end whatever happens to the caller; its cancellation comes afterwards.

        A host that no longer waits for the answer to one HCI command takes it for the answer
        to the next. So a command is never cut short.
        """
        return await to_the_end(self.spawn(coroutine))

    async def shut_down(self) -> None:
        """End links and scans politely, then everything. The adapter is of no use afterwards."""
        with contextlib.suppress(TimeoutError, BaseBumbleError):
            async with asyncio.timeout(SHUT_DOWN_TIMEOUT):
                if self.device.powered_on:
                    connections = list(self.device.connections.values())
                    await asyncio.gather(*map(self.end, connections), return_exceptions=True)
                    # A controller does not notice that its host went away.
                    await self.device.send_sync_command(RESET)
        self.on_controller_lost()
        await cancelled(set(self._tasks))

    # Connections

    async def address_of(self, text: str) -> hci.Address:
        """Return the address to connect to for the one that a program gave as text.

        Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §1.3

        Raises:
            BleakDeviceNotFoundError: if the text is no device address.
        """
        if heard := self.scans.heard_as(text):
            return heard
        try:
            random = hci.Address(text.upper(), hci.Address.RANDOM_DEVICE_ADDRESS)
        except ValueError:
            raise BleakDeviceNotFoundError(
                text, "the device was not found: this is no device address"
            ) from None
        if random.is_public:  # the text said so
            return random
        public = hci.Address(bytes(random), hci.Address.PUBLIC_DEVICE_ADDRESS)
        likely, other = (random, public) if random.is_static else (public, random)
        if await self.is_bonded(other) and not await self.is_bonded(likely):
            return other
        return likely

    async def is_bonded(self, address: hci.Address) -> bool:
        """Tell whether there is a bond with a peer of this identity."""
        keystore = self.device.keystore
        try:
            return keystore is not None and await keystore.get(str(address)) is not None
        except ValueError:  # there is a bond, though it cannot be read
            return True

    def identity_of(self, address: hci.Address) -> hci.Address:
        """Return the identity behind a private address, or the address itself."""
        resolver = self.device.address_resolver
        if resolver is None or not address.is_resolvable:
            return address
        return resolver.resolve(address) or address

    async def connect(self, address: hci.Address) -> Connection:
        """Connect to an address. The attempt lasts until the caller is cancelled.

        Args:
            address: the address that is on the air.

        Raises:
            BleakError: if the controller refuses.
            BleakBluetoothNotAvailableError: if the radio is off, or goes away.
        """
        device = self.device
        async with self._initiating:  # a controller has one pending connection
            self.require_on()
            if device.find_connection_by_bd_addr(address, check_address_type=True):
                raise BleakError("the device is connected already, through another client")
            if device.address_resolver is not None:
                device.address_resolver = _HeardAlready(device.address_resolver.resolving_keys)
            attempt = self.spawn(self._initiate(address))
            try:
                await asyncio.wait({attempt})
            except asyncio.CancelledError:
                await self.finish(self._give_up(attempt))
                raise
            if attempt.cancelled():  # by bumble, when the radio went off
                self.require_on()
                raise disconnected()
            with as_bleak_errors("connecting"):
                return attempt.result()

    async def _initiate(self, address: hci.Address) -> Connection:
        self.require_on()  # it may have gone off since the task was made
        return await self.device.connect_le(address, timeout=None)

    async def _give_up(self, attempt: asyncio.Task[Connection]) -> None:
        with contextlib.suppress(BaseBumbleError):
            await self.device.send_sync_command(CANCEL_CONNECTION)
        await asyncio.wait({attempt}, timeout=CANCEL_TIMEOUT)
        if not attempt.done():  # the controller does not confirm
            await cancelled({attempt})
        elif not attempt.cancelled() and attempt.exception() is None:
            with contextlib.suppress(TimeoutError):  # it was quicker than the cancellation
                await self.end(attempt.result())

    async def end(self, connection: Connection) -> None:
        """End a connection, and return when it has ended. Never cut this short.

        Raises:
            TimeoutError: if the controller did not confirm. The connection counts as ended.
        """
        ended = asyncio.Event()

        def on_end(_reason: int) -> None:
            ended.set()

        if self.device.connections.get(connection.handle) is not connection:
            return
        connection.on(connection.EVENT_DISCONNECTION, on_end)
        try:
            with contextlib.suppress(BaseBumbleError):
                await self.device.send_async_command(
                    hci.HCI_Disconnect_Command(
                        connection_handle=connection.handle,
                        reason=hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR,
                    )
                )
            async with asyncio.timeout(DISCONNECT_TIMEOUT):
                await ended.wait()
        except TimeoutError:
            self.device.connections.pop(connection.handle, None)
            connection.emit(
                connection.EVENT_DISCONNECTION, hci.HCI_CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
            )
            raise TimeoutError("the controller did not confirm that the link ended") from None
        finally:
            emitter(connection).remove_listener(connection.EVENT_DISCONNECTION, on_end)

    # Pairing

    def _pairing_config(self, connection: Connection) -> PairingConfig:
        config = self._pairing.get(connection.handle)
        return config or PairingConfig(bonding=False, delegate=_Refusal())

    @contextlib.contextmanager
    def pairing_allowed(
        self, connection: Connection, delegate: PairingDelegate | None
    ) -> Generator[None]:
        """Let one connection pair, as long as the context lasts.

        The identity that goes to the peer is the address that it sees, a random one. By itself
        bumble sends the public one, and the peer would not know us again.
        """
        if connection.handle in self._pairing:
            raise BleakError("a pairing is under way")
        no_io = PairingDelegate.IoCapability.NO_OUTPUT_NO_INPUT
        self._pairing[connection.handle] = PairingConfig(
            sc=True,
            mitm=delegate is not None and delegate.io_capability != no_io,
            bonding=True,
            delegate=delegate,
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )
        try:
            yield
        finally:
            self._pairing.pop(connection.handle, None)

    async def forget(self, address: hci.Address) -> None:
        """Delete the bond with a peer, if there is one."""
        keystore = self.device.keystore
        if keystore is None:
            raise powered_off()  # bumble opens the key store when it powers on
        with contextlib.suppress(KeyError):  # bumble's own store on disk, if there is none
            await keystore.delete(str(address))
        with as_bleak_errors("unpairing"):
            await self.device.refresh_resolving_list()
