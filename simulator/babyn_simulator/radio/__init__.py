"""The virtual radio: the medium, how well it is heard, and the links on it."""

from __future__ import annotations

from babyn_simulator.radio.air import AclFilter, Air, LinkObserver, RssiHook, Verdict
from babyn_simulator.radio.link import Link
from babyn_simulator.radio.packet_loss import PacketLoss
from babyn_simulator.radio.path_loss import PathLoss, Position

__all__ = [
    "AclFilter",
    "Air",
    "Link",
    "LinkObserver",
    "PacketLoss",
    "PathLoss",
    "Position",
    "RssiHook",
    "Verdict",
]
