"""AD structures: the parts that advertising data and scan responses are made of.

Core v5.2 - Bluetooth Core Specification - Vol 3 Part C §11
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Flag, IntEnum
from typing import Final

from babyn_protocol.errors import InvalidMessageError, MalformedMessageError
from babyn_protocol.uuids import short

LEGACY_SIZE: Final = 31
"""Bytes in legacy advertising data, and in a scan response."""

EXTENDED_SIZE: Final = 1650
"""Bytes in extended advertising data."""


class AdType(IntEnum):
    """AD types that are read here. Numbers: Bluetooth SIG Assigned Numbers §2.3."""

    FLAGS = 0x01
    INCOMPLETE_UUID16_LIST = 0x02
    COMPLETE_UUID16_LIST = 0x03
    INCOMPLETE_UUID32_LIST = 0x04
    COMPLETE_UUID32_LIST = 0x05
    INCOMPLETE_UUID128_LIST = 0x06
    COMPLETE_UUID128_LIST = 0x07
    SHORTENED_LOCAL_NAME = 0x08
    COMPLETE_LOCAL_NAME = 0x09
    TX_POWER_LEVEL = 0x0A
    SERVICE_DATA_UUID16 = 0x16
    PUBLIC_TARGET_ADDRESS = 0x17
    RANDOM_TARGET_ADDRESS = 0x18
    APPEARANCE = 0x19
    LE_DEVICE_ADDRESS = 0x1B
    SERVICE_DATA_UUID32 = 0x20
    SERVICE_DATA_UUID128 = 0x21
    MANUFACTURER_DATA = 0xFF


UUID_LISTS: Final[Mapping[int, int]] = {
    AdType.INCOMPLETE_UUID16_LIST: 2,
    AdType.COMPLETE_UUID16_LIST: 2,
    AdType.INCOMPLETE_UUID32_LIST: 4,
    AdType.COMPLETE_UUID32_LIST: 4,
    AdType.INCOMPLETE_UUID128_LIST: 16,
    AdType.COMPLETE_UUID128_LIST: 16,
}
"""Lists of service UUIDs, and the bytes of one UUID in them."""

SERVICE_DATA: Final[Mapping[int, int]] = {
    AdType.SERVICE_DATA_UUID16: 2,
    AdType.SERVICE_DATA_UUID32: 4,
    AdType.SERVICE_DATA_UUID128: 16,
}
"""Service data, and the bytes of the UUID before it."""

LOCAL_NAMES: Final = (AdType.SHORTENED_LOCAL_NAME, AdType.COMPLETE_LOCAL_NAME)


class AdFlags(Flag):
    """How the device wants to be found.

    CSS v11 - Supplement to the Bluetooth Core Specification - Part A §1.3
    """

    LE_LIMITED_DISCOVERABLE = 1
    LE_GENERAL_DISCOVERABLE = 2
    BR_EDR_NOT_SUPPORTED = 4
    LE_AND_BR_EDR_CONTROLLER = 8
    LE_AND_BR_EDR_HOST = 16


LE_ONLY: Final = AdFlags.LE_GENERAL_DISCOVERABLE | AdFlags.BR_EDR_NOT_SUPPORTED
"""The flags of a device that speaks Bluetooth LE only and can be found at any time."""


@dataclass(frozen=True, slots=True)
class AdStructure:
    """One AD structure."""

    type: int
    """Its AD type; one of :class:`AdType`, or any other number."""

    data: bytes
    """What stands after the type."""

    def __post_init__(self) -> None:
        if not 0 <= self.type <= 0xFF or len(self.data) > 0xFE:
            raise InvalidMessageError(
                "AdStructure", field=None, reason="its type takes one byte, its data up to 254"
            )

    @classmethod
    def flags(cls, flags: AdFlags = LE_ONLY) -> AdStructure:
        """Make the flags."""
        return cls(AdType.FLAGS, bytes([flags.value]))

    @classmethod
    def local_name(cls, name: str, *, complete: bool = True) -> AdStructure:
        """Make the name."""
        kind = AdType.COMPLETE_LOCAL_NAME if complete else AdType.SHORTENED_LOCAL_NAME
        return cls(kind, name.encode())

    @classmethod
    def service_uuids(cls, *uuids: str, complete: bool = True) -> AdStructure:
        """Make a list of service UUIDs, which must be of one length.

        Raises:
            InvalidMessageError: their lengths differ, or there are none.
        """
        found = [_uuid_bytes(uuid) for uuid in uuids]
        for kind, size in UUID_LISTS.items():
            if {len(uuid) for uuid in found} == {size} and kind % 2 == complete:
                return cls(kind, b"".join(found))
        raise InvalidMessageError(
            "AdStructure", field="service_uuids", reason="give UUIDs of one length to one list"
        )

    @classmethod
    def service_data(cls, uuid: str, data: bytes) -> AdStructure:
        """Make service data."""
        key = _uuid_bytes(uuid)
        kind = next(kind for kind, size in SERVICE_DATA.items() if size == len(key))
        return cls(kind, key + data)

    @classmethod
    def manufacturer_data(cls, company: int, data: bytes) -> AdStructure:
        """Make manufacturer specific data.

        Raises:
            InvalidMessageError: the company identifier has more than 16 bits.
        """
        if not 0 <= company <= 0xFFFF:
            raise InvalidMessageError(
                "AdStructure", field="company", reason="a company identifier has 16 bits"
            )
        return cls(AdType.MANUFACTURER_DATA, company.to_bytes(2, "little") + data)

    def __bytes__(self) -> bytes:
        return bytes([len(self.data) + 1, self.type]) + self.data


def build(*structures: AdStructure, limit: int = LEGACY_SIZE) -> bytes:
    """Return advertising data, or a scan response.

    Raises:
        InvalidMessageError: it is longer than ``limit`` bytes.
    """
    data = b"".join(map(bytes, structures))
    if len(data) > limit:
        raise InvalidMessageError(
            "Advertisement", field=None, reason=f"takes {len(data)} bytes, and {limit} fit"
        )
    return data


def parse_structures(data: bytes | bytearray | memoryview) -> tuple[AdStructure, ...]:
    """Split advertising data, or a scan response, into its structures.

    A length of 0 ends them; zeros may follow, to fill up a packet.

    Raises:
        MalformedMessageError: the last structure is cut off, or the data is longer than extended
            advertising can be.
        TypeError: ``data`` is not bytes.
    """
    raw = bytes(memoryview(data))
    structures, end = split(raw)
    if end is not None and raw[end] == 0:
        end = None if not any(raw[end:]) else end
    if end is None and len(raw) <= EXTENDED_SIZE:
        return structures
    reason = "longer than an advertisement can be"
    if end is not None:
        reason = "cut off" if raw[end] else "bytes after the end"
    raise MalformedMessageError("AdStructure", field=None, offset=end or 0, reason=reason, data=raw)


def split(data: bytes) -> tuple[tuple[AdStructure, ...], int | None]:
    """Return the structures before the first that ends the list or is cut off, and its offset."""
    structures: list[AdStructure] = []
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        if end == at + 1 or end > len(data):
            return tuple(structures), at
        structures.append(AdStructure(data[at + 1], data[at + 2 : end]))
        at = end
    return tuple(structures), None


def malformed(structure: AdStructure) -> str | None:
    """Return why a structure is not what its type says, or ``None`` if it is."""
    kind, size = structure.type, len(structure.data)
    if kind in UUID_LISTS:
        return "not a whole number of UUIDs" if size % UUID_LISTS[kind] else None
    least, fixed = sizes(kind)
    if size < least:
        return "too short"
    return "too long" if fixed and size > least else None


def sizes(kind: int) -> tuple[int, bool]:
    """Return how many bytes the data of an AD type has at least, and whether never more."""
    return _LEAST.get(kind, 0), kind in _FIXED


_FIXED: Final[Mapping[int, int]] = {AdType.TX_POWER_LEVEL: 1, AdType.APPEARANCE: 2}
_LEAST: Final[Mapping[int, int]] = {
    AdType.FLAGS: 1,
    AdType.MANUFACTURER_DATA: 2,
    **SERVICE_DATA,
    **_FIXED,
}


def name_of(kind: int) -> str:
    """Return what an AD type is called here."""
    known = {member.value: member.name.lower().replace("_", " ") for member in AdType}
    return known.get(kind, f"AD type 0x{kind:02X}")


def _uuid_bytes(uuid: str) -> bytes:
    """Return a UUID as it stands on the wire, in its shortest form.

    Raises:
        InvalidMessageError: it is no UUID.
    """
    text = short(uuid).removeprefix("0x").replace("-", "")
    try:
        data = bytes.fromhex(text)[::-1] if text.isalnum() else b""
    except ValueError:
        data = b""
    if len(data) not in (2, 4, 16):
        raise InvalidMessageError("AdStructure", field="uuid", reason="not a UUID")
    return data
