"""A connection: one live link, its GATT, and what bleak raises there made ours.

The client is bleak's, taken over from :mod:`babyn_ble.radio`, which alone imports it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from babyn_ble.errors import BabynError, DisconnectedError, DisconnectReason
from babyn_ble.radio_errors import Phase, ours

__all__ = ["Characteristic", "Connection", "Service"]

_T = TypeVar("_T")

RESPONSE_TIMEOUT = 35.0
"""Seconds after which an unanswered request is given up; ATT itself allows 30."""

CLOSE_TIMEOUT = 4.0
"""Seconds that closing may take; a withdrawal waits five in all."""


class _BleakCharacteristic(Protocol):
    """bleak's own object of a characteristic."""

    @property
    def max_write_without_response_size(self) -> int:
        """Bytes that one write without response carries."""
        ...


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
        self._by_handle: dict[int, _BleakCharacteristic] = {}
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
            await ours(Phase.PAIR, self._client.pair(), within=RESPONSE_TIMEOUT)
        except NotImplementedError:
            return

    async def unpair(self) -> None:
        """Forget the bond, on this side. Where only the system's settings can, do nothing."""
        with contextlib.suppress(NotImplementedError):
            await ours(Phase.PAIR, self._client.unpair(), within=RESPONSE_TIMEOUT)

    async def close(self) -> None:
        """Disconnect. Closing twice, or after the link was lost, does nothing."""
        if self._client is None or self._closing:
            return
        self._closing = True
        await ours(Phase.CLOSE, self._client.disconnect(), within=CLOSE_TIMEOUT)

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
            return await ours(Phase.GATT, operation(), within=within)
        except BabynError:
            # Platforms answer a lost link with errors of every kind: the link's state decides.
            if self.is_connected:
                raise
        raise DisconnectedError(
            "The link to the device was lost while a request was under way; connect again",
            reason=DisconnectReason.LINK_LOST,
        )
