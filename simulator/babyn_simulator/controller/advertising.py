"""Advertising as a controller does it: types, intervals, and what answers a scan request.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.4.2
"""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, cast

from bumble import controller as stock
from bumble import hci

if TYPE_CHECKING:
    from babyn_simulator.controller.virtual_controller import VirtualController

CONNECTABLE = 0x01
SCANNABLE = 0x02
DIRECTED = 0x04
SCAN_RESPONSE = 0x08
LEGACY = 0x10
"""Bits of an advertising event's type, as HCI reports them (Vol 4 Part E §7.7.65.13)."""

UNIT = 0.000625
"""Seconds in one unit of an advertising interval."""

SHORTEST_INTERVAL = 0x20
LEGACY_DEFAULT_INTERVAL = 0x0800
"""Advertising intervals in :data:`UNIT` (Vol 4 Part E §7.8.5)."""

LARGEST_DELAY = 0.010
"""Seconds of pseudo-random delay added to each advertising interval (advDelay)."""

_LEGACY_PROPERTIES = {
    0x00: CONNECTABLE | SCANNABLE | LEGACY,
    0x01: CONNECTABLE | DIRECTED | LEGACY,
    0x02: SCANNABLE | LEGACY,
    0x03: LEGACY,
    0x04: CONNECTABLE | DIRECTED | LEGACY,
}


class Advertiser:
    """One source of advertising events: its timing here, its content in the subclasses."""

    owner: VirtualController
    enabled: bool
    timer_handle: asyncio.Handle | None
    _last_event: float = 0.0

    # The bases in bumble compare by content, and cannot be keys.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def own_address(self) -> hci.Address:
        """The address in its advertisements."""
        raise NotImplementedError

    @property
    def properties(self) -> int:
        """The type of its events, by the bits of this module."""
        raise NotImplementedError

    @property
    def interval(self) -> int:
        """The advertising interval, in units of 0.625 ms."""
        raise NotImplementedError

    @property
    def target(self) -> hci.Address | None:
        """Whom a directed advertisement is for."""
        raise NotImplementedError

    @property
    def sid(self) -> int:
        """The advertising set identifier; 0xFF for legacy advertising."""
        raise NotImplementedError

    @property
    def content(self) -> bytes:
        """The advertising data."""
        raise NotImplementedError

    @property
    def scan_response(self) -> bytes:
        """What answers a scan request."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to advertise; the first event follows at once."""
        self.stop()
        self.enabled = True
        self._plan(0.0)

    def stop(self) -> None:
        """Cease to advertise."""
        self.enabled = False
        self.owner.air.unpark(self)
        if self.timer_handle is not None:
            self.timer_handle.cancel()
            self.timer_handle = None

    def resume(self) -> None:
        """Go on as if every event had been sent since the last one."""
        if self.enabled:
            interval = self._seconds
            elapsed = asyncio.get_running_loop().time() - self._last_event
            self._plan(interval - elapsed % interval)

    @property
    def _seconds(self) -> float:
        return max(self.interval, SHORTEST_INTERVAL) * UNIT

    def _plan(self, delay: float) -> None:
        entropy = self.owner.entropy
        if entropy is not None:
            delay += entropy.uniform(0.0, LARGEST_DELAY)
        self.timer_handle = asyncio.get_running_loop().call_later(delay, self._on_event)

    def _on_event(self) -> None:
        self.timer_handle = None
        self._last_event = asyncio.get_running_loop().time()
        air = self.owner.air
        if not air.listened:
            air.park(self)
            return
        air.advertise(self)
        if self.enabled:
            self._plan(self._seconds)


class LegacyAdvertiser(Advertiser, stock.LegacyAdvertiser):
    """What the legacy advertising commands drive."""

    def __init__(self, controller: VirtualController) -> None:
        stock.LegacyAdvertiser.__init__(self, controller)
        self.owner = controller

    @property
    def own_address(self) -> hci.Address:
        """The address in its advertisements."""
        return self.owner.own_address(self.own_address_type)

    @property
    def properties(self) -> int:
        """The type of its events."""
        return _LEGACY_PROPERTIES[int(self.advertising_type)]

    @property
    def interval(self) -> int:
        """The advertising interval, in units of 0.625 ms."""
        return self.advertising_interval_min or LEGACY_DEFAULT_INTERVAL

    @property
    def target(self) -> hci.Address | None:
        """Whom a directed advertisement is for."""
        return self.peer_address if self.properties & DIRECTED else None

    @property
    def sid(self) -> int:
        """None: 0xFF."""
        return 0xFF

    @property
    def content(self) -> bytes:
        """The advertising data; a directed advertisement has none."""
        return b"" if self.properties & DIRECTED else bytes(self.advertising_data)

    @property
    def scan_response(self) -> bytes:
        """What answers a scan request."""
        return bytes(self.scan_response_data)


class _Parameters(Protocol):
    """What is read of the command that set the parameters."""

    advertising_event_properties: int
    primary_advertising_interval_min: int
    own_address_type: int
    peer_address: hci.Address
    advertising_sid: int


class AdvertisingSet(Advertiser, stock.AdvertisingSet):
    """What the extended advertising commands drive, with legacy PDUs or without."""

    def __init__(self, controller: VirtualController, handle: int) -> None:
        stock.AdvertisingSet.__init__(self, controller, handle)
        self.owner = controller

    @property
    def _parameters(self) -> _Parameters:
        if self.parameters is None:
            raise RuntimeError("an advertising set was started before it had parameters")
        return cast("_Parameters", self.parameters)

    @property
    def own_address(self) -> hci.Address:
        """The address in its advertisements."""
        return self.owner.own_address(self._parameters.own_address_type, self.random_address)

    @property
    def properties(self) -> int:
        """The type of its events."""
        return self._parameters.advertising_event_properties

    @property
    def interval(self) -> int:
        """The advertising interval, in units of 0.625 ms."""
        return self._parameters.primary_advertising_interval_min

    @property
    def target(self) -> hci.Address | None:
        """Whom a directed advertisement is for."""
        if not self.properties & DIRECTED:
            return None
        return self._parameters.peer_address

    @property
    def sid(self) -> int:
        """The advertising set identifier; 0xFF for legacy advertising."""
        return 0xFF if self.properties & LEGACY else self._parameters.advertising_sid

    @property
    def content(self) -> bytes:
        """The advertising data."""
        return bytes(self.data)

    @property
    def scan_response(self) -> bytes:
        """What answers a scan request."""
        return bytes(self.scan_response_data)
