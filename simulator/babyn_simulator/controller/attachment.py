"""A controller's attachment: to the air on one side, to its host on the other."""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

import asyncio
import contextvars
from typing import TYPE_CHECKING, cast

from bumble import controller as stock
from bumble import hci

from babyn_simulator import hci_packets
from babyn_simulator.controller.advertising import LegacyAdvertiser
from babyn_simulator.radio import Air, Position

if TYPE_CHECKING:
    from bumble.transport.common import TransportSink

    from babyn_simulator.controller.virtual_controller import VirtualController
    from babyn_simulator.entropy import Entropy


class AttachedController(stock.Controller):
    """Bumble's controller, on our air, with its host in a context of its own.

    Args:
        air: the medium.
        name: for bumble's log.
        entropy: where its random numbers come from; without it, from the system, and its
            advertising has no jitter.
        context: the context in which its host is called; see :mod:`babyn_simulator.entropy`.
        position: where it is, in metres.
        public_address: its public device address; without one it has none, as many chips.
    """

    def __init__(
        self,
        air: Air,
        name: str = "controller",
        *,
        entropy: Entropy | None = None,
        context: contextvars.Context | None = None,
        position: Position = (0.0, 0.0),
        public_address: hci.Address | None = None,
    ) -> None:
        self.air = air
        self.entropy = entropy
        self.context = context or contextvars.copy_context()
        self._position = position
        self._reported: set[tuple[bytes, int]] = set()
        super().__init__(name, link=air, public_address=public_address)
        self.le_legacy_advertiser = LegacyAdvertiser(cast("VirtualController", self))

    def own_address(self, own_address_type: int, random: hci.Address | None = None) -> hci.Address:
        """Return the address that an own-address type stands for (Vol 4 Part E §7.8.5)."""
        if own_address_type in (hci.OwnAddressType.PUBLIC, hci.OwnAddressType.RESOLVABLE_OR_PUBLIC):
            return self.public_address
        return self.random_address if random is None else random

    # To and from the host

    def on_packet(self, packet: bytes) -> None:
        """Take the bytes of a packet from the host."""
        if packet[0] == hci.HCI_COMMAND_PACKET:
            self.on_hci_packet(hci_packets.parse(packet))
        else:
            super().on_packet(packet)

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Take a packet from the host."""
        if isinstance(packet, hci.HCI_Command):
            self.on_hci_command_packet(packet)
        elif isinstance(packet, hci.HCI_AclDataPacket):
            self.on_hci_acl_data_packet(packet)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Send a packet to the host."""
        self.send_packet(bytes(packet))

    def send_packet(self, packet: bytes) -> None:
        """Send the bytes of a packet to the host, which runs in a context of its own."""
        sink: TransportSink | None = self.hci_sink
        if sink is not None:
            asyncio.get_running_loop().call_soon(sink.on_packet, packet, context=self.context)

    def on_hci_command_packet(self, command: hci.HCI_Command) -> None:
        """Carry out a command; one that is not known is answered as such."""
        if hasattr(self, f"on_{command.name.lower()}"):
            super().on_hci_command_packet(command)
        elif command.op_code == hci.HCI_HOST_NUMBER_OF_COMPLETED_PACKETS_COMMAND:
            return  # answered only if it is wrong (Vol 4 Part E §7.3.40)
        elif isinstance(command, hci.HCI_SyncCommand):
            self.send_hci_packet(
                hci.HCI_Command_Complete_Event(
                    num_hci_command_packets=1,
                    command_opcode=command.op_code,
                    return_parameters=hci.HCI_StatusReturnParameters(
                        hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR
                    ),
                )
            )
        else:
            self._send_hci_command_status(
                hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR, command.op_code
            )
