"""The way to the radio: opened by the first permit, never before, and used under permits only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Protocol

from babyn_ble.discovery import Recognise, ScanCounts, Sighting, discover, find
from babyn_ble.errors import (
    BabynError,
    BluetoothUnavailableError,
    DisconnectedError,
    DisconnectReason,
)
from babyn_ble.privacy.acts import UNATTENDED, Act
from babyn_ble.privacy.purposes import RadioKind

if TYPE_CHECKING:
    from babyn_ble.connection import Connection
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.radio import BLEDevice, EstablishConnection, Radio
    from babyn_ble.radio_providers import BondStore, RadioBackend

__all__ = ["RadioAccess", "ble_device_of", "open_radio"]

_LOGGER = logging.getLogger(__name__)


def ble_device_of(target: Sighting | BLEDevice) -> BLEDevice:
    """Return bleak's object of a device that was seen, here or by the host."""
    return target.ble_device if isinstance(target, Sighting) else target


async def open_radio(
    argument: str | RadioBackend, *, bonds: BondStore, establish: EstablishConnection | None
) -> Radio:
    """Import bleak, and open a radio (:meth:`babyn_ble.radio.Radio.open`)."""
    from babyn_ble.radio import Radio

    return await Radio.open(argument, bonds=bonds, establish=establish)


class Ask(Protocol):
    """The gate, for the companion's subject."""

    def __call__(self, act: Act, *, device: str | None = None) -> Permit:
        """Return a permit for an act, with the device that is bound, if it is about one."""
        ...


async def _nothing(_permit: Permit) -> None:
    """Do nothing."""


class RadioAccess:
    """One radio, opened when something is first allowed to use it.

    Args:
        kind: where radio traffic goes.
        open_radio: opens it (:func:`open_radio`); this is where bleak is imported.
        ask: the gate, for the companion's subject.
        short_id: makes the short id of an address.
        attended: whether a person is at the program; without one it is other acts.
        before_use: awaited under each permit before the radio is used; may refuse by raising.
    """

    def __init__(
        self,
        kind: RadioKind,
        open_radio: Callable[[], Coroutine[None, None, Radio]],
        ask: Ask,
        short_id: Callable[[str], str],
        *,
        attended: bool = True,
        before_use: Callable[[Permit], Awaitable[None]] = _nothing,
    ) -> None:
        self.scan_counts = ScanCounts()
        """What the newest scan kept and dropped."""
        self._kind = kind
        self._open_radio = open_radio
        self._ask = ask
        self._scan = Act.SCAN if attended else UNATTENDED[Act.SCAN]
        self._connect = Act.CONNECT if attended else UNATTENDED[Act.CONNECT]
        self._before_use = before_use
        self._short_id = short_id
        self._radio: Radio | None = None
        self._opening = asyncio.Lock()

    async def scan(
        self, recognise: Recognise, timeout: float | None
    ) -> AsyncGenerator[Sighting, None]:
        """Yield each recognised device once, until ``timeout`` seconds have passed."""
        self.scan_counts = ScanCounts()
        with self._ask(self._scan) as permit:
            async with self._opened(permit) as radio:
                _LOGGER.info("Scanning")
                sightings = discover(
                    radio,
                    permit,
                    recognise,
                    self._short_id,
                    timeout=timeout,
                    counts=self.scan_counts,
                )
                async with contextlib.aclosing(sightings):
                    async for sighting in sightings:
                        yield sighting

    async def find(self, recognise: Recognise, timeout: float) -> Sighting:
        """Return the first recognised device."""
        with self._ask(self._scan) as permit:
            async with self._opened(permit) as radio:
                return await find(radio, permit, recognise, self._short_id, timeout=timeout)

    @contextlib.asynccontextmanager
    async def connected(
        self, target: Sighting | BLEDevice, *, device: str | None = None
    ) -> AsyncGenerator[tuple[Connection, Permit], None]:
        """Connect for the length of a context, under a permit that closes the link if it dies.

        Args:
            target: where to.
            device: short id of the device, if it is bound.
        """
        with self._ask(self._connect, device=device) as link:
            async with self._opened(link) as radio:
                connection = await _cancellable(
                    link, radio.connect(ble_device_of(target), before_attempt=link.check)
                )
            connection.before_request = link.check
            link.guard("link", connection.close)
            try:
                yield connection, link
            except DisconnectedError:
                if link.died:
                    link.check()  # the link is gone because the permit is: say that
                raise
            finally:
                with contextlib.suppress(BabynError):
                    await connection.close()

    async def aclose(self) -> None:
        """Give the radio back."""
        radio, self._radio = self._radio, None
        if radio is not None:
            await radio.aclose()

    @contextlib.asynccontextmanager
    async def _opened(self, permit: Permit) -> AsyncGenerator[Radio, None]:
        """Open the radio, once. A controller that was lost is opened anew the next time."""
        async with self._opening:
            await self._before_use(permit)
            permit.check()
            radio = self._radio = self._radio or await self._open_radio()
        try:
            yield radio
        except BluetoothUnavailableError:
            if self._kind is RadioKind.HCI and self._radio is radio:
                await self.aclose()
            raise


async def _cancellable(link: Permit, connecting: Coroutine[None, None, Connection]) -> Connection:
    """Await a connection that a withdrawal, or the caller's cancellation, ends at once."""
    attempt = asyncio.create_task(connecting, name="connect")

    async def stop() -> None:
        attempt.cancel()
        await asyncio.wait({attempt})

    link.guard("connect", stop)
    try:
        await asyncio.wait({attempt})
    except asyncio.CancelledError:
        await stop()
        if not attempt.cancelled() and attempt.exception() is None:
            await attempt.result().close()
        raise
    if attempt.cancelled():
        if link.died:
            link.check()
        raise DisconnectedError(
            "The attempt to connect was given up; try again", reason=DisconnectReason.CLOSED
        )
    return attempt.result()
