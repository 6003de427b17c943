"""Whom a controller listens to, and by what address it goes: its two lists of devices.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.3 (filter accept list), §4.7 and §6
(resolving list, privacy)
"""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from bumble import hci

from babyn_simulator.controller.advertising import Advertiser
from babyn_simulator.controller.connection import VirtualConnection
from babyn_simulator.controller.link_layer import ConnectingController
from babyn_simulator.controller.resolving_list import (
    IRK_OCTETS,
    Entry,
    Identity,
    ResolvingList,
    identity_of,
)

_SUCCESS = hci.HCI_ErrorCode.SUCCESS
_DISALLOWED = hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR
_INVALID = hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR
_FULL = hci.HCI_ErrorCode.MEMORY_CAPACITY_EXCEEDED_ERROR
_UNKNOWN = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR

_ENHANCED = 1 << 9
"""LE Enhanced Connection Complete, in the LE event mask (Vol 4 Part E §7.8.1)."""

_PRIVATE = (hci.OwnAddressType.RESOLVABLE_OR_PUBLIC, hci.OwnAddressType.RESOLVABLE_OR_RANDOM)
_RPA_TIMEOUTS = range(1, 0x0E10 + 1)


class AddressingController(ConnectingController):
    """The part of a controller that knows devices by their addresses."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.resolving_list = ResolvingList(self.resolving_list_size, self.random_bytes)
        self._accepted: dict[Identity, None] = {}

    def forget_devices(self) -> None:
        """Forget both lists, as after power-up."""
        self.resolving_list = ResolvingList(self.resolving_list_size, self.random_bytes)
        self._accepted.clear()

    # What the lists are for

    def identify(self, address: hci.Address) -> hci.Address | None:
        """Return who speaks from an address; ``None`` for one to whom nobody listens.

        A resolvable private address becomes the identity address that it stands for. A
        peer that has a key, and uses its identity address nevertheless, is not listened to
        unless its privacy mode allows that.
        """
        if not self.resolving_list.enabled:
            return address
        entry = self.resolving_list.resolve(address)
        if entry is not None:
            kind = hci.AddressType.PUBLIC_IDENTITY
            if not entry.identity.is_public:
                kind = hci.AddressType.RANDOM_IDENTITY
            return hci.Address(bytes(entry.identity), kind)
        entry = self.resolving_list.find(address)
        if entry is not None and any(entry.peer_irk) and not entry.device_privacy:
            return None
        return address

    def accepts(self, address: hci.Address) -> bool:
        """Return whether a device, as :meth:`identify` gave it, is on the filter accept list."""
        return identity_of(address) in self._accepted

    def is_meant(self, target: hci.Address) -> bool:
        """Return whether a directed advertisement for that address is for this controller."""
        return target in (self.public_address, self.random_address) or self.resolving_list.is_own(
            target
        )

    def own_address(
        self,
        own_address_type: int,
        random: hci.Address | None = None,
        peer: hci.Address | None = None,
    ) -> hci.Address:
        """Return the address that an own-address type stands for (Vol 4 Part E §7.8.5).

        Args:
            own_address_type: as a command gives it.
            random: the random address, where it is not the controller's.
            peer: towards whom; a resolvable private address depends on it.
        """
        if own_address_type in _PRIVATE:
            private = self.resolving_list.own_for(hci.Address.ANY if peer is None else peer)
            if private is not None:
                return private
        return super().own_address(own_address_type, random)

    def announce_end(self, connection: VirtualConnection) -> None:
        """Tell the host of a new connection; if it listens for that, with all addresses.

        Of the two events it gets one (Vol 4 Part E §7.7.65.10).
        """
        link = connection.radio_link
        if link is None or not self._enhanced:
            super().announce_end(connection)
            return
        peer = connection.peer_address
        identity = self.identify(peer) or peer
        own = connection.self_address
        self.send_hci_packet(
            hci.HCI_LE_Enhanced_Connection_Complete_Event(
                status=_SUCCESS,
                connection_handle=connection.handle,
                role=connection.role,
                peer_address_type=identity.address_type,
                peer_address=identity,
                local_resolvable_private_address=_if(own, self.resolving_list.is_own(own)),
                peer_resolvable_private_address=_if(peer, identity is not peer),
                connection_interval=link.interval,
                peripheral_latency=link.latency,
                supervision_timeout=link.supervision_timeout,
                central_clock_accuracy=0,
            )
        )

    def announce_failure(self, peer: hci.Address, status: int) -> None:
        """Tell the host, by the same event, that no connection came about."""
        if not self._enhanced:
            super().announce_failure(peer, status)
            return
        self.send_hci_packet(
            hci.HCI_LE_Enhanced_Connection_Complete_Event(
                status=status,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=peer.address_type,
                peer_address=peer,
                local_resolvable_private_address=hci.Address.ANY,
                peer_resolvable_private_address=hci.Address.ANY,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )

    @property
    def _enhanced(self) -> bool:
        return bool(self.le_event_mask & _ENHANCED) or self.resolving_list.enabled

    def advertisers(self) -> tuple[Advertiser, ...]:
        """Return what advertises, or may."""
        sets = cast("Iterable[Advertiser]", self.advertising_sets.values())
        return cast("Advertiser", self.le_legacy_advertiser), *sets

    def _at_work(self) -> bool:
        """Return whether the lists are in use, and may not be changed."""
        return self.is_advertising or self.le_scan_enable or self.pending_le_connection is not None

    # The filter accept list

    def on_hci_le_clear_filter_accept_list_command(
        self, _command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Empty the filter accept list (Vol 4 Part E §7.8.15)."""
        if self._filtering():
            return hci.HCI_StatusReturnParameters(_DISALLOWED)
        self._accepted.clear()
        return hci.HCI_StatusReturnParameters(_SUCCESS)

    def on_hci_le_add_device_to_filter_accept_list_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Add to the filter accept list (Vol 4 Part E §7.8.16)."""
        status = _SUCCESS
        key = identity_of(command.address)
        if self._filtering():
            status = _DISALLOWED
        elif key not in self._accepted and len(self._accepted) >= self.filter_accept_list_size:
            status = _FULL
        else:
            self._accepted[key] = None
        return hci.HCI_StatusReturnParameters(status)

    def on_hci_le_remove_device_from_filter_accept_list_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Remove from the filter accept list (Vol 4 Part E §7.8.17)."""
        if self._filtering():
            return hci.HCI_StatusReturnParameters(_DISALLOWED)
        self._accepted.pop(identity_of(command.address), None)
        return hci.HCI_StatusReturnParameters(_SUCCESS)

    def _filtering(self) -> bool:
        pending = self.pending_le_connection
        return (
            (self.le_scan_enable and bool(self.le_scanning_filter_policy & 1))
            or (pending is not None and pending.initiator_filter_policy == 1)
            or any(
                advertiser.enabled and advertiser.filter_policy for advertiser in self.advertisers()
            )
        )

    # The resolving list

    def on_hci_le_add_device_to_resolving_list_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Add a peer and both keys (Vol 4 Part E §7.8.38)."""
        known = self.resolving_list.find(command.peer_identity_address)
        status = _SUCCESS
        if self._resolving():
            status = _DISALLOWED
        elif known is not None or len(command.local_irk) != IRK_OCTETS:
            status = _INVALID
        elif len(self.resolving_list) >= self.resolving_list.size:
            status = _FULL
        else:
            self.resolving_list.add(
                Entry(command.peer_identity_address, command.peer_irk, command.local_irk)
            )
        return hci.HCI_StatusReturnParameters(status)

    def on_hci_le_remove_device_from_resolving_list_command(self, command: hci.HCI_Command) -> None:
        """Remove a peer (Vol 4 Part E §7.8.39)."""
        entry = self._entry_of(command)
        if self._resolving():
            self.complete(command.op_code, _DISALLOWED)
        elif entry is None:
            self.complete(command.op_code, _UNKNOWN)
        else:
            self.resolving_list.remove(entry)
            self.complete(command.op_code, _SUCCESS)

    def on_hci_le_clear_resolving_list_command(
        self, _command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Remove all peers (Vol 4 Part E §7.8.40)."""
        if self._resolving():
            return hci.HCI_StatusReturnParameters(_DISALLOWED)
        self.resolving_list.clear()
        return hci.HCI_StatusReturnParameters(_SUCCESS)

    def on_hci_le_read_peer_resolvable_address_command(self, command: hci.HCI_Command) -> None:
        """Return what a peer was last seen with (Vol 4 Part E §7.8.42)."""
        entry = self._entry_of(command)
        self._complete_with(command, None if entry is None else entry.peer_rpa)

    def on_hci_le_read_local_resolvable_address_command(self, command: hci.HCI_Command) -> None:
        """Return what is used towards a peer (Vol 4 Part E §7.8.43)."""
        entry = self._entry_of(command)
        self._complete_with(command, None if entry is None else entry.local_rpa)

    def on_hci_le_set_address_resolution_enable_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Begin or cease to use the resolving list (Vol 4 Part E §7.8.44)."""
        if self._at_work():
            return hci.HCI_StatusReturnParameters(_DISALLOWED)
        result = super().on_hci_le_set_address_resolution_enable_command(command)
        self.resolving_list.enabled = self.le_address_resolution
        return result

    def on_hci_le_set_resolvable_private_address_timeout_command(
        self, command: Any
    ) -> hci.HCI_StatusReturnParameters:
        """Set for how long a private address is used, in seconds (Vol 4 Part E §7.8.45)."""
        if command.rpa_timeout not in _RPA_TIMEOUTS:
            return hci.HCI_StatusReturnParameters(_INVALID)
        self.resolving_list.timeout = command.rpa_timeout
        return super().on_hci_le_set_resolvable_private_address_timeout_command(command)

    def on_hci_le_set_privacy_mode_command(self, command: Any) -> hci.HCI_StatusReturnParameters:
        """Set whether a peer may use its identity address (Vol 4 Part E §7.8.77)."""
        entry = self.resolving_list.find(command.peer_identity_address)
        if self._resolving():
            return hci.HCI_StatusReturnParameters(_DISALLOWED)
        if entry is None:
            return hci.HCI_StatusReturnParameters(_UNKNOWN)
        if command.privacy_mode > 1:
            return hci.HCI_StatusReturnParameters(_INVALID)
        entry.device_privacy = bool(command.privacy_mode)
        return hci.HCI_StatusReturnParameters(_SUCCESS)

    def _resolving(self) -> bool:
        return self.resolving_list.enabled and self._at_work()

    def _entry_of(self, command: hci.HCI_Command) -> Entry | None:
        kind, octets = command.parameters[0], command.parameters[1:]
        return self.resolving_list.find(hci.Address(octets, hci.AddressType(kind & 1)))

    def _complete_with(self, command: hci.HCI_Command, address: hci.Address | None) -> None:
        if address is None:
            self.complete(command.op_code, _UNKNOWN, bytes(6))
        else:
            self.complete(command.op_code, _SUCCESS, bytes(address))


def _if(address: hci.Address, used: bool) -> hci.Address:
    return address if used else hci.Address.ANY_RANDOM
