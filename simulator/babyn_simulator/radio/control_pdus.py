"""Link-layer control PDUs: those that bumble lacks, and how long each is.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §2.4.2
"""

from __future__ import annotations

from dataclasses import dataclass

from bumble import ll

_Opcode = ll.ControlPdu.Opcode


@dataclass
class ConnectionParamReq(ll.ControlPdu):
    """A peripheral's wish for other connection parameters (§2.4.2.16)."""

    opcode = _Opcode.LL_CONNECTION_PARAM_REQ

    interval: int
    latency: int
    timeout: int


@dataclass
class LengthReq(ll.ControlPdu):
    """How long the PDUs of one side may be, asking for the same of the other (§2.4.2.21)."""

    opcode = _Opcode.LL_LENGTH_REQ

    max_rx_octets: int
    max_rx_time: int
    max_tx_octets: int
    max_tx_time: int


@dataclass
class LengthRsp(LengthReq):
    """The answer (§2.4.2.21)."""

    opcode = _Opcode.LL_LENGTH_RSP


@dataclass
class PhyReq(ll.ControlPdu):
    """The PHYs that one side would send and receive on, as bits (§2.4.2.22)."""

    opcode = _Opcode.LL_PHY_REQ

    tx_phys: int
    rx_phys: int


@dataclass
class PhyRsp(PhyReq):
    """The peripheral's answer (§2.4.2.22)."""

    opcode = _Opcode.LL_PHY_RSP


@dataclass
class PhyUpdateInd(ll.ControlPdu):
    """The PHYs that hold from an instant on; 0 for one that stays (§2.4.2.23)."""

    opcode = _Opcode.LL_PHY_UPDATE_IND

    phy_c_to_p: int
    phy_p_to_c: int
    asked_by_peripheral: bool
    """Not on the air: whose host is told even if nothing changes."""


@dataclass
class VersionInd(ll.ControlPdu):
    """Which link layer this is (§2.4.2.13)."""

    opcode = _Opcode.LL_VERSION_IND

    version: int
    company: int
    subversion: int


INSTANT = (ll.ConnectionUpdateInd, PhyUpdateInd)
"""PDUs of the central that take effect at both ends at an instant (§5.5)."""

_DATA_OCTETS = {
    _Opcode.LL_CONNECTION_UPDATE_IND: 11,
    _Opcode.LL_TERMINATE_IND: 1,
    _Opcode.LL_ENC_REQ: 22,
    _Opcode.LL_ENC_RSP: 12,
    _Opcode.LL_START_ENC_REQ: 0,
    _Opcode.LL_START_ENC_RSP: 0,
    _Opcode.LL_FEATURE_REQ: 8,
    _Opcode.LL_FEATURE_RSP: 8,
    _Opcode.LL_PERIPHERAL_FEATURE_REQ: 8,
    _Opcode.LL_VERSION_IND: 5,
    _Opcode.LL_REJECT_EXT_IND: 2,
    _Opcode.LL_CONNECTION_PARAM_REQ: 23,
    _Opcode.LL_LENGTH_REQ: 8,
    _Opcode.LL_LENGTH_RSP: 8,
    _Opcode.LL_PHY_REQ: 2,
    _Opcode.LL_PHY_RSP: 2,
    _Opcode.LL_PHY_UPDATE_IND: 4,
}
_LONGEST_DATA = 26


def octets(packet: ll.ControlPdu) -> int:
    """Return the payload octets of a control PDU: its opcode and its data."""
    return 1 + _DATA_OCTETS.get(packet.opcode, _LONGEST_DATA)
