"""Advertising as a controller does it: types, intervals, and what answers a scan request.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.4.2
"""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from bumble import controller as stock
from bumble import hci

if TYPE_CHECKING:
    from babyn_simulator.controller.virtual_controller import VirtualController

CONNECTABLE = 0x01
SCANNABLE = 0x02
DIRECTED = 0x04
SCAN_RESPONSE = 0x08
LEGACY = 0x10
EVENT_TYPE = CONNECTABLE | SCANNABLE | DIRECTED | LEGACY
"""Bits of an advertising event's type, as HCI reports them (Vol 4 Part E §7.7.65.13)."""

FILTER_SCANS = 0x01
FILTER_CONNECTS = 0x02
"""Bits of an advertising filter policy (Vol 4 Part E §7.8.5)."""

UNIT = 0.000625
"""Seconds in one unit of an advertising interval."""

SHORTEST_INTERVAL = 0x20
LEGACY_DEFAULT_INTERVAL = 0x0800
"""Advertising intervals in :data:`UNIT` (Vol 4 Part E §7.8.5)."""

NO_SID = 0xFF
"""The advertising set identifier of legacy advertising."""

LARGEST_DELAY = 0.010
"""Seconds of pseudo-random delay added to each advertising interval (advDelay)."""

_LEGACY_PROPERTIES = {
    0x00: CONNECTABLE | SCANNABLE | LEGACY,
    0x01: CONNECTABLE | DIRECTED | LEGACY,
    0x02: SCANNABLE | LEGACY,
    0x03: LEGACY,
    0x04: CONNECTABLE | DIRECTED | LEGACY,
}


class _Parameters(Protocol):
    """What is read of the command that set the parameters."""

    advertising_event_properties: int
    primary_advertising_interval_min: int
    own_address_type: int
    peer_address: hci.Address
    advertising_filter_policy: int
    advertising_sid: int


class Settings(NamedTuple):
    """What holds as long as advertising lasts: none of it may change meanwhile."""

    properties: int
    """The type of its events, by the bits of this module."""
    interval: int
    """The advertising interval, in units of 0.625 ms."""
    target: hci.Address | None
    """Whom a directed advertisement is for."""
    sid: int
    """The advertising set identifier; 0xFF for legacy advertising."""


class Advertiser:
    """One source of advertising events: its timing here, its content in the subclasses."""

    owner: VirtualController
    enabled: bool
    timer_handle: asyncio.Handle | None
    settings: Settings
    """As they were when it started."""
    _seconds: float
    _last_event: float = 0.0

    # The bases in bumble compare by content, and cannot be keys.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def own_address(self) -> hci.Address:
        """The address in its advertisements."""
        raise NotImplementedError

    @property
    def filter_policy(self) -> int:
        """Whom it answers only if the filter accept list has it, by the bits of this module."""
        raise NotImplementedError

    @property
    def content(self) -> bytes:
        """The advertising data."""
        raise NotImplementedError

    @property
    def scan_response(self) -> bytes:
        """What answers a scan request."""
        raise NotImplementedError

    def _read_settings(self) -> Settings:
        raise NotImplementedError

    def answers(self, address: hci.Address, request: int) -> bool:
        """Return whether it answers a request from an address.

        Args:
            address: who asks, as it is on the air.
            request: :data:`FILTER_SCANS` for a scan, :data:`FILTER_CONNECTS` for a connection.
        """
        identity = self.owner.identify(address)
        if identity is None:
            return False
        return not self.filter_policy & request or self.owner.accepts(identity)

    def start(self) -> None:
        """Begin to advertise; the first event follows at once."""
        self.stop()
        self.settings = self._read_settings()
        self._seconds = max(self.settings.interval, SHORTEST_INTERVAL) * UNIT
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
        return self.owner.own_address(self.own_address_type, peer=self.peer_address)

    @property
    def filter_policy(self) -> int:
        """Whom it answers only if the filter accept list has it."""
        return self.advertising_filter_policy

    @property
    def content(self) -> bytes:
        """The advertising data; a directed advertisement has none."""
        return b"" if self.settings.target is not None else bytes(self.advertising_data)

    @property
    def scan_response(self) -> bytes:
        """What answers a scan request."""
        return bytes(self.scan_response_data)

    def _read_settings(self) -> Settings:
        properties = _LEGACY_PROPERTIES[int(self.advertising_type)]
        return Settings(
            properties=properties,
            interval=self.advertising_interval_min or LEGACY_DEFAULT_INTERVAL,
            target=self.peer_address if properties & DIRECTED else None,
            sid=NO_SID,
        )


class AdvertisingSet(Advertiser, stock.AdvertisingSet):
    """What the extended advertising commands drive, with legacy PDUs or without."""

    def __init__(self, controller: VirtualController, handle: int) -> None:
        stock.AdvertisingSet.__init__(self, controller, handle)
        self.owner = controller
        self._own_address_type: int = hci.OwnAddressType.PUBLIC
        self._peer_address = hci.Address.ANY
        self._filter_policy = 0

    @property
    def own_address(self) -> hci.Address:
        """The address in its advertisements."""
        return self.owner.own_address(
            self._own_address_type, self.random_address, self._peer_address
        )

    @property
    def filter_policy(self) -> int:
        """Whom it answers only if the filter accept list has it."""
        return self._filter_policy

    @property
    def content(self) -> bytes:
        """The advertising data."""
        return bytes(self.data)

    @property
    def scan_response(self) -> bytes:
        """What answers a scan request."""
        return bytes(self.scan_response_data)

    def _read_settings(self) -> Settings:
        if self.parameters is None:
            raise RuntimeError("an advertising set was started before it had parameters")
        parameters = cast("_Parameters", self.parameters)
        properties = int(parameters.advertising_event_properties)
        self._own_address_type = int(parameters.own_address_type)
        self._peer_address = parameters.peer_address
        self._filter_policy = parameters.advertising_filter_policy
        return Settings(
            properties=properties & EVENT_TYPE,
            interval=parameters.primary_advertising_interval_min,
            target=parameters.peer_address if properties & DIRECTED else None,
            sid=NO_SID if properties & LEGACY else parameters.advertising_sid,
        )
