"""How long packets are on the air.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §2.1 (uncoded PHYs), §2.4 (data
physical channel PDUs), §4.1.1 (inter frame space). ``simulator/timing.md`` works what follows
from it by hand.
"""

from __future__ import annotations

T_IFS = 150e-6
"""Seconds between two packets of one connection event."""

LE_1M = 1
LE_2M = 2
"""The PHYs that links here run on, as HCI numbers them (Vol 4 Part E §7.8.47)."""

LEAST_OCTETS = 27
LEAST_TIME = 328
"""Payload octets, and microseconds, that every link carries in one PDU (Part B §4.5.10)."""

MOST_OCTETS = 251
MOST_TIME = 2120
"""Payload octets of the largest data PDU, and the microseconds that it takes on LE 1M."""

MIC = 4
"""Octets that encryption adds to every PDU that is not empty (Part B §2.4)."""

_OCTET = {LE_1M: 8e-6, LE_2M: 4e-6}
_OVERHEAD = {LE_1M: 1 + 4 + 2 + 3, LE_2M: 2 + 4 + 2 + 3}
"""Preamble, access address, PDU header and CRC, in octets."""


def duration(octets: int, phy: int, *, encrypted: bool) -> float:
    """Return the seconds that a data PDU takes.

    Args:
        octets: of payload; an empty PDU has none.
        phy: the PHY that it is sent on.
        encrypted: whether it carries a MIC, if it is not empty.
    """
    if octets and encrypted:
        octets += MIC
    return (_OVERHEAD[phy] + octets) * _OCTET[phy]


def octets_within(microseconds: int, phy: int) -> int:
    """Return the payload octets of the longest PDU, with its MIC, within a time."""
    fitting = int(microseconds / (_OCTET[phy] * 1e6) + 1e-9) - _OVERHEAD[phy] - MIC
    return max(fitting, LEAST_OCTETS)
