"""bumble's host and device, as a simulation runs them.

Two things differ. The host formats its packets for the debug log only if that log is on:
bumble formats them always, which costs it half of its time. And what draws random numbers
runs in the device's own context, whoever calls it, so that it finds the device's entropy.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bumble import hci
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.host import Host
from bumble.snoop import Snooper

from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy, context_of, install

if TYPE_CHECKING:
    from bumble.keys import KeyStore

    from babyn_simulator.radio import Air, Position

_T = TypeVar("_T")

_bumble_log = logging.getLogger("bumble.host")


class QuietHost(Host):
    """bumble's host, without the cost of a debug log that nobody reads."""

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Send a packet to the controller."""
        if _bumble_log.isEnabledFor(logging.DEBUG):
            super().send_hci_packet(packet)
            return
        data = bytes(packet)
        if self.snooper is not None:
            self.snooper.snoop(data, Snooper.Direction.HOST_TO_CONTROLLER)
        if self.hci_sink is not None:
            self.hci_sink.on_packet(data)

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Take a packet from the controller."""
        if _bumble_log.isEnabledFor(logging.DEBUG):
            super().on_hci_packet(packet)
            return
        if self.snooper is not None:
            self.snooper.snoop(bytes(packet), Snooper.Direction.CONTROLLER_TO_HOST)
        if isinstance(packet, hci.HCI_Event):
            self.on_hci_event_packet(packet)
        elif isinstance(packet, hci.HCI_AclDataPacket):
            self.on_hci_acl_data_packet(packet)

    def on_command_processed(
        self, event: hci.HCI_Command_Complete_Event[Any] | hci.HCI_Command_Status_Event
    ) -> None:
        """Take the answer to a command; one that nobody waits for any more is dropped.

        The task that sent it may have been cancelled in this very turn of the loop.
        """
        pending = cast("asyncio.Future[object] | None", cast("Any", self).pending_response)
        if pending is not None and pending.cancelled():
            return
        cast("Any", super()).on_command_processed(event)


class SimulatedDevice(Device):
    """A bumble device on the air: host, controller, and the entropy that both draw from.

    Args:
        air: the medium.
        config: as bumble takes it. An address of its own, given there, is kept.
        entropy: where its random numbers come from; ``None`` for the system.
        keystore: where it keeps its bonds; by default in memory.
        position: where it is, in metres.
        public_address: its public address, if it has one.

    Raises:
        UnsupportedBumbleError: the installed bumble cannot be given entropy.
    """

    def __init__(
        self,
        air: Air,
        config: DeviceConfiguration,
        *,
        entropy: Entropy | None = None,
        keystore: KeyStore | None = None,
        position: Position = (0.0, 0.0),
        public_address: hci.Address | None = None,
    ) -> None:
        if entropy is not None:
            install()
        self.context: contextvars.Context = context_of(entropy)
        self.controller = VirtualController(
            air,
            config.name,
            entropy=None if entropy is None else entropy.child("controller"),
            context=self.context,
            position=position,
            public_address=public_address,
        )
        host = QuietHost()
        host.controller = cast("Any", self.controller)  # it is sink and source in one
        super().__init__(config=config, host=host)
        self.keystore = keystore

    async def power_on(self) -> None:
        """Reset the controller and bring the host up."""
        # What the host still believes of the time before a reset is no longer so.
        self.host.connections.clear()
        self.scanning = False
        await self.in_own_context(super().power_on())

    async def power_off(self) -> None:
        """Stop at once, as when the power fails: the peers hear nothing, and time out."""
        self.controller.fall_silent()
        await self.in_own_context(super().power_off())

    async def pair(self, connection: Connection) -> None:
        """Pair with the peer of a connection."""
        await self.in_own_context(super().pair(connection))

    async def update_rpa(self) -> bool:
        """Take a new resolvable private address, if now is a good time."""
        return await self.in_own_context(super().update_rpa())

    async def in_own_context(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something in the device's context, and wait for it."""
        return await asyncio.get_running_loop().create_task(work, context=self.context)


def device_address(text: str | None, entropy: Entropy | None) -> hci.Address:
    """Return a device address: the given one, or else a static random one.

    Args:
        text: six bytes in hexadecimal with colons, and ``/P`` after them if it is public.
        entropy: where an address that is not given comes from; ``None`` for the system.

    Raises:
        ValueError: the text is no address.
    """
    if text is not None:
        try:
            return hci.Address(text.upper())
        except ValueError:
            raise ValueError(
                "a device address is six bytes in hexadecimal, as in C0:00:00:00:00:01, "
                "with /P after it if it is public"
            ) from None
    if entropy is None:
        return hci.Address.generate_static_address()
    random = entropy.child("address").token_bytes(6)
    return hci.Address(random[:5] + bytes([random[5] | 0b1100_0000]))
