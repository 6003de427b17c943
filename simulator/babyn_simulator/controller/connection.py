"""One end of a link, as its controller holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bumble import controller as stock
from bumble import hci, ll

from babyn_simulator.controller.link_security import Encryption
from babyn_simulator.radio import Link, air_time
from babyn_simulator.radio.control_pdus import VersionInd

if TYPE_CHECKING:
    from babyn_simulator.controller.virtual_controller import VirtualController


class VirtualConnection(stock.Connection):
    """One end of a link."""

    radio_link: Link | None = None

    is_open: bool = True
    """Whether this end still holds the connection."""

    max_tx_octets: int = air_time.LEAST_OCTETS
    max_tx_time: int = air_time.LEAST_TIME
    """The longest PDU that this end would send (Vol 6 Part B §4.5.10: connMaxTxOctets)."""
    effective_lengths: tuple[int, int, int, int] = (
        air_time.LEAST_OCTETS,
        air_time.LEAST_TIME,
        air_time.LEAST_OCTETS,
        air_time.LEAST_TIME,
    )
    """Octets and microseconds sent, and received, at most in one PDU."""
    asked_phys: tuple[int, int] | None = None
    """The PHYs that the host has asked to send and receive on, as bits."""
    version_awaited: bool = False
    """The host has asked for the peer's version."""
    version_sent: bool = False
    peer_version: VersionInd | None = None

    _packets: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.encryption = Encryption()

    @property
    def owner(self) -> VirtualController:
        """The controller that this end belongs to."""
        return cast("VirtualController", self.controller)

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        """Take a part of an L2CAP frame from the host.

        It counts as completed when the frame is acknowledged on the air (Vol 4 Part E
        §7.7.19): sooner only for what belongs to no frame, and where one frame is longer
        than all buffers together.
        """
        self._packets += 1
        self.assembler.feed_packet(packet)
        if self._packets and (
            self.assembler.current_data is None
            or 2 * self._packets > self.controller.total_num_le_acl_data_packets
        ):
            self.owner.on_packets_completed(self, self._packets)
            self._packets = 0

    def on_acl_pdu(self, pdu: bytes) -> None:
        """Send an L2CAP frame."""
        packets, self._packets = self._packets, 0
        self.owner.air.carry(self, pdu, packets)

    def send_ll_control_pdu(self, packet: ll.ControlPdu) -> None:
        """Send a link-layer control PDU."""
        if self.radio_link is not None:
            self.radio_link.send_control(self, packet)
