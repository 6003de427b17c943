"""A controller's attachment: to the air on one side, to its host on the other."""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

import asyncio
import contextvars
import secrets
from typing import TYPE_CHECKING, cast

from bumble import controller as stock
from bumble import hci

from babyn_simulator import hci_packets
from babyn_simulator.controller import capabilities
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

    def random_bytes(self, length: int) -> bytes:
        """Return random bytes: from the controller's entropy, or else from the system."""
        if self.entropy is None:
            return secrets.token_bytes(length)
        return self.entropy.token_bytes(length)

    def own_address(self, own_address_type: int, random: hci.Address | None = None) -> hci.Address:
        """Return the address that an own-address type stands for (Vol 4 Part E §7.8.5)."""
        if own_address_type in (hci.OwnAddressType.PUBLIC, hci.OwnAddressType.RESOLVABLE_OR_PUBLIC):
            return self.public_address
        return self.random_address if random is None else random

    # To and from the host

    def on_packet(self, packet: bytes) -> None:
        """Take a packet from the host, in H4 framing; a command that is none is answered."""
        if packet[0] != hci.HCI_COMMAND_PACKET:
            super().on_packet(packet)
            return
        op_code = int.from_bytes(packet[1:3], "little")
        length = capabilities.PARAMETER_LENGTHS.get(op_code)
        if op_code not in self.supported_commands:
            self._refuse(op_code, hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR)
            return
        if length is not None and len(packet) != capabilities.COMMAND_HEADER + length:
            self._refuse(op_code, hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR)
            return
        try:
            command = hci_packets.parse(packet)
        except Exception:  # noqa: BLE001 - bumble's parsers raise anything on what is too short
            self._refuse(op_code, hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR)
            return
        self.on_hci_packet(command)

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
        """Carry out a command."""
        # Host Number Of Completed Packets is answered only if it is wrong (§7.3.40).
        if command.op_code != hci.HCI_HOST_NUMBER_OF_COMPLETED_PACKETS_COMMAND:
            super().on_hci_command_packet(command)

    def complete(self, op_code: int, status: int, values: bytes = b"") -> None:
        """Answer a command with Command Complete, where bumble does not do so.

        Args:
            op_code: the command's.
            status: first of its return parameters.
            values: the others.
        """
        self.send_hci_packet(
            hci.HCI_Command_Complete_Event(
                num_hci_command_packets=1,
                command_opcode=op_code,
                return_parameters=hci.HCI_GenericReturnParameters(bytes([status]) + values),
            )
        )

    def _refuse(self, op_code: int, status: int) -> None:
        kind = hci.HCI_Command.command_classes.get(op_code)
        if kind is not None and issubclass(kind, hci.HCI_SyncCommand):
            self.complete(op_code, status)
        else:
            self._send_hci_command_status(status, op_code)
