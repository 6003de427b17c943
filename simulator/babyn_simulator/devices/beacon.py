"""Something else on the air: an advertiser that has nothing to do with a nursery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babyn_simulator.advertisement import Advertisement
from babyn_simulator.announcing import ROTATION
from babyn_simulator.peripheral import Peripheral

if TYPE_CHECKING:
    from datetime import timedelta

    from babyn_simulator.announcing import AddressType
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air, Position

TEST_COMPANY = 0xFFFF
"""Company identifier for tests, which no company has (Assigned Numbers §7.1)."""


class Beacon(Peripheral):
    """A device of somebody else: a speaker, a lamp, a neighbour's watch.

    Args:
        air: the medium.
        name: its name.
        manufacturer_data: what it broadcasts, as a company that does not exist.
        connectable: whether a central may connect.
        interval: advertising interval, in milliseconds.
        address: its address; by default a static random one.
        address_type: what kind of address it shows.
        rotation: how long it keeps a private address.
        entropy: where its random numbers come from.
        position: where it is, in metres.
    """

    def __init__(
        self,
        air: Air,
        *,
        name: str = "Speaker",
        manufacturer_data: bytes = b"\x01\x00",
        connectable: bool = False,
        interval: float = 200.0,
        address: str | None = None,
        address_type: AddressType | None = None,
        rotation: timedelta = ROTATION,
        entropy: Entropy | None = None,
        position: Position = (0.0, 0.0),
    ) -> None:
        data = {TEST_COMPANY: manufacturer_data} if manufacturer_data else {}
        super().__init__(
            air,
            name=name,
            advertisement=Advertisement(
                manufacturer_data=data, connectable=connectable, interval=interval
            ),
            address=address,
            address_type=address_type,
            rotation=rotation,
            entropy=entropy,
            position=position,
        )
