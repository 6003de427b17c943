"""What a simulated peripheral says of itself: advertising data and scan response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bumble.core import AdvertisingData
from bumble.device import AdvertisingType

from babyn_simulator.services import Uuid, uuid_of

GENERAL_DISCOVERABLE_LE_ONLY = 0x06
"""AD flags: LE General Discoverable Mode, BR/EDR not supported (CSS v11 Part A §1.3)."""

LEGACY_DATA_LENGTH = 31
"""Octets that fit into legacy advertising data, and into a scan response."""

_SERVICE_DATA = {
    2: AdvertisingData.SERVICE_DATA_16_BIT_UUID,
    16: AdvertisingData.SERVICE_DATA_128_BIT_UUID,
}


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a peripheral says of itself to everybody."""

    service_uuids: tuple[Uuid, ...] = ()
    """The services that it lists."""
    local_name: str | None = None
    """The name in its scan response; ``None`` for the peripheral's own."""
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict[int, bytes])
    """Data by company identifier, in the advertisement."""
    service_data: Mapping[Uuid, bytes] = field(default_factory=dict[Uuid, bytes])
    """Data by service UUID, in the advertisement."""
    interval: float = 100.0
    """Advertising interval, in milliseconds."""
    connectable: bool = True
    """Whether a central may connect."""
    scannable: bool = True
    """Whether there is a scan response."""

    @property
    def kind(self) -> AdvertisingType:
        """The advertising type."""
        if self.connectable:
            return AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE
        return (
            AdvertisingType.UNDIRECTED_SCANNABLE if self.scannable else AdvertisingType.UNDIRECTED
        )

    def data(self) -> bytes:
        """Return the advertising data.

        Raises:
            ValueError: it is more than fits.
        """
        parts = [(AdvertisingData.FLAGS, bytes([GENERAL_DISCOVERABLE_LE_ONLY]))]
        uuids = [bytes(uuid_of(uuid)) for uuid in self.service_uuids]
        for length, kind in (
            (2, AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS),
            (16, AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS),
        ):
            listed = b"".join(uuid for uuid in uuids if len(uuid) == length)
            if listed:
                parts.append((kind, listed))
        parts += [
            (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, company.to_bytes(2, "little") + data)
            for company, data in self.manufacturer_data.items()
        ]
        for uuid, data in self.service_data.items():
            octets = bytes(uuid_of(uuid))
            parts.append((_SERVICE_DATA[len(octets)], octets + data))
        return _fitting(bytes(AdvertisingData(list(parts))), "advertising data")

    def scan_response(self, name: str) -> bytes:
        """Return the scan response.

        Args:
            name: the name of the peripheral.

        Raises:
            ValueError: it is more than fits.
        """
        shown = (name if self.local_name is None else self.local_name).encode()
        if not shown:
            return b""
        parts = [(AdvertisingData.COMPLETE_LOCAL_NAME, shown)]
        return _fitting(bytes(AdvertisingData(list(parts))), "scan response")


def _fitting(data: bytes, what: str) -> bytes:
    if len(data) > LEGACY_DATA_LENGTH:
        raise ValueError(
            f"the {what} would take {len(data)} octets, and {LEGACY_DATA_LENGTH} fit; "
            "list fewer services or choose a shorter name"
        )
    return data
