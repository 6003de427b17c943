"""What is wrong with an advertisement, as far as the radio lets it be seen.

bleak gives what an advertisement says, merged and sorted, and not its bytes. The radios ``sim:``
and ``hci:`` have the bytes and hand them on; then everything is judged. Of any other radio's fields
only that is judged which they show for certain, and what they cannot show is named, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from babyn_protocol.ad_structures import AdStructure, AdType
from babyn_protocol.advertisement import AddressKind
from babyn_protocol.advertisement_linter import Finding, lint
from babyn_protocol.advertisement_rules import BTHOME_PLAINTEXT
from babyn_protocol.errors import InvalidMessageError

if TYPE_CHECKING:
    from babyn_ble.radio import AdvertisementData, BLEDevice

FIELDS_ONLY: Final = (
    "its size, order, flags and who sees it: not seen by this radio, which shows fields and no "
    "bytes; 'babyn --radio hci:TRANSPORT inspect' sees them"
)
NO_SCAN_RESPONSE: Final = "its scan response: not seen by this radio"
NOT_SCANNED: Final = "its advertisement: not seen by this radio, since the device was handed in"

_FROM_FIELDS: Final = frozenset(
    {
        "name-not-text",
        "name-tells-of-a-child",
        "name-like-a-serial",
        "data-like-a-serial",
        "public-address",
        "static-address",
        "test-company",
        "bthome-foreign-content",
        "bthome-plaintext",
        "bthome-address-included",
        "bthome-changing-address",
        "bthome-macos",
    }
)
"""Rules about what an advertisement says, wherever in it that stands. A list of services is not
among it: BlueZ adds those that it knows from a connection."""


@dataclass(frozen=True, slots=True)
class AdvertisementCheck:
    """What came of looking at an advertisement.

    Attributes:
        findings: what is wrong, worst first. They hold nothing of what the device said.
        not_seen: what could not be judged, and why.
    """

    findings: tuple[Finding, ...] = ()
    not_seen: tuple[str, ...] = ()

    @property
    def plaintext(self) -> bool:
        """Whether the device broadcasts readings that are not encrypted."""
        return any(finding.rule is BTHOME_PLAINTEXT for finding in self.findings)


UNSEEN: Final = AdvertisementCheck(not_seen=(NOT_SCANNED,))
"""What there is to say of a device that was handed in."""


def check_advertisement(device: BLEDevice, seen: AdvertisementData) -> AdvertisementCheck:
    """Judge an advertisement of a device that can be connected to."""
    for part in seen.platform_data:
        data, response = (
            getattr(part, name, None) for name in ("advertising_data", "scan_response")
        )
        if isinstance(data, bytes) and isinstance(response, bytes):
            kind = _kind(device.address, getattr(part, "address_type", None))
            found = lint(data, response or None, connectable=True, address_kind=kind)
            return AdvertisementCheck(found, () if response else (NO_SCAN_RESPONSE,))
    kind = _kind(device.address, _property(seen, "AddressType"))
    found = lint(_rebuilt(seen), None, connectable=True, address_kind=kind)
    certain = tuple(finding for finding in found if finding.code in _FROM_FIELDS)
    return AdvertisementCheck(certain, (FIELDS_ONLY,))


def _property(seen: AdvertisementData, name: str) -> object:
    """Return a property of the device as BlueZ gives it, or ``None``."""
    for part in seen.platform_data:
        if isinstance(part, Mapping):
            return cast("Mapping[str, Any]", part).get(name)
    return None


def _kind(address: str, address_type: object) -> AddressKind:
    """Return what kind of address it is; macOS shows none, but an id of its own."""
    if address_type == "public":
        return AddressKind.PUBLIC
    octets = address.split(":")
    if address_type != "random" or len(octets) != 6:
        return AddressKind.UNKNOWN
    return AddressKind.of_random(bytes.fromhex("".join(octets)))


def _rebuilt(seen: AdvertisementData) -> bytes:
    """Return bytes that say the same. Their order, and what is not shown, is not the device's."""
    structures: list[AdStructure] = []
    if seen.local_name:
        structures.append(AdStructure(AdType.COMPLETE_LOCAL_NAME, seen.local_name.encode()[:254]))
    for company, data in seen.manufacturer_data.items():
        words = company.to_bytes(2, "little") + data
        structures.append(AdStructure(AdType.MANUFACTURER_DATA, words[:254]))
    for uuid, data in seen.service_data.items():
        try:
            structures.append(AdStructure.service_data(uuid, data))
        # What does not fit into a structure was in none.
        except InvalidMessageError:
            continue
    return b"".join(map(bytes, structures))
