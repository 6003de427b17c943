"""Advertising data: what a device says to everybody in reach.

A legacy advertisement carries 31 bytes, and its scan response another 31, which only scanners that
ask for it see. Both are lists of AD structures (:mod:`babyn_protocol.ad_structures`)::

    data = build(
        AdStructure.flags(),
        AdStructure.service_data("FCD2", broadcast.encrypted(key=…, address=…, counter=…)),
    )

:mod:`babyn_protocol.advertisement_linter` says what is wrong with one.

Core v5.2 - Bluetooth Core Specification - Vol 3 Part C §11
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from babyn_protocol.ad_structures import (
    LEGACY_SIZE,
    LOCAL_NAMES,
    SERVICE_DATA,
    UUID_LISTS,
    AdFlags,
    AdStructure,
    AdType,
    build,
    malformed,
    name_of,
    parse_structures,
)
from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.uuids import full, uuid16

__all__ = [
    "LEGACY_SIZE",
    "AdFlags",
    "AdStructure",
    "AdType",
    "AddressKind",
    "Advertisement",
    "build",
    "parse_structures",
]

_KNOWN_FLAGS: Final = sum(flag.value for flag in AdFlags)


class AddressKind(Enum):
    """What kind of address a device advertises from.

    Core v5.2 - Bluetooth Core Specification - Vol 6 Part B §1.3
    """

    PUBLIC = "public"
    """Assigned to this one unit for good; names its maker."""

    RANDOM_STATIC = "random static"
    """Made up by the device; the same until it restarts, or for good."""

    RESOLVABLE_PRIVATE = "resolvable private"
    """Changes all the time; those who were given a key know whose it is."""

    NON_RESOLVABLE_PRIVATE = "non-resolvable private"
    """Changes all the time; nobody knows whose it is."""

    UNKNOWN = "unknown"
    """The platform does not tell."""

    @classmethod
    def of_random(cls, address: bytes) -> AddressKind:
        """Return what kind a random address is, given as printed."""
        kinds = {0: cls.NON_RESOLVABLE_PRIVATE, 1: cls.RESOLVABLE_PRIVATE, 3: cls.RANDOM_STATIC}
        return kinds.get(address[0] >> 6, cls.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement:
    """What advertising data, or a scan response, says. Values may identify a device."""

    flags: AdFlags | None = None
    """How the device wants to be found; bits without a meaning are left out."""

    local_name: str | None = None
    """Its name; what is not UTF-8 in it is replaced."""

    name_complete: bool = True
    """Whether that is the whole name."""

    service_uuids: tuple[str, ...] = ()
    """The services it lists, as full, lower-case UUIDs."""

    service_data: tuple[tuple[str, bytes], ...] = ()
    """Data of services, each with the service's UUID."""

    manufacturer_data: tuple[tuple[int, bytes], ...] = ()
    """Data of manufacturers, each with the company identifier."""

    tx_power: int | None = None
    """The transmit power, in dBm."""

    appearance: int | None = None
    """What it looks like, from Assigned Numbers §2.6."""

    others: tuple[AdStructure, ...] = ()
    """Everything else, as it is."""

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview) -> Advertisement:
        """Read advertising data or a scan response.

        Raises:
            MalformedMessageError: it is cut off, or a structure is not what its type says.
            TypeError: ``data`` is not bytes.
        """
        return cls.of(parse_structures(data))

    @classmethod
    def of(cls, structures: Iterable[AdStructure]) -> Advertisement:
        """Read structures.

        Raises:
            MalformedMessageError: one is not what its type says.
        """
        listed = tuple(structures)
        found: dict[str, Any] = {}
        for number, structure in enumerate(listed):
            reason = malformed(structure)
            if reason is not None:
                before = b"".join(map(bytes, listed[:number]))
                raise MalformedMessageError(
                    "Advertisement",
                    field=name_of(structure.type),
                    offset=len(before),
                    reason=reason,
                    data=b"".join(map(bytes, listed)),
                )
            _put(found, structure)
        return cls(**found)


def _put(found: dict[str, Any], structure: AdStructure) -> None:
    """Put one structure's value where it belongs."""
    kind, data = structure.type, structure.data

    def add(name: str, *values: object) -> None:
        found[name] = (*found.get(name, ()), *values)

    if kind in UUID_LISTS:
        size = UUID_LISTS[kind]
        add("service_uuids", *(_uuid(data[at : at + size]) for at in range(0, len(data), size)))
    elif kind in SERVICE_DATA:
        size = SERVICE_DATA[kind]
        add("service_data", (_uuid(data[:size]), data[size:]))
    elif kind == AdType.MANUFACTURER_DATA:
        add("manufacturer_data", (int.from_bytes(data[:2], "little"), data[2:]))
    elif kind == AdType.FLAGS:
        found["flags"] = AdFlags(int.from_bytes(data, "little") & _KNOWN_FLAGS)
    elif kind in LOCAL_NAMES:
        found["local_name"] = data.decode("utf-8", "replace")
        found["name_complete"] = kind == AdType.COMPLETE_LOCAL_NAME
    elif kind == AdType.TX_POWER_LEVEL:
        found["tx_power"] = int.from_bytes(data, "little", signed=True)
    elif kind == AdType.APPEARANCE:
        found["appearance"] = int.from_bytes(data, "little")
    else:
        add("others", structure)


def _uuid(data: bytes) -> str:
    """Return the full form of a UUID as it stands on the wire."""
    if len(data) == 2:
        return uuid16(int.from_bytes(data, "little"))
    digits = data[::-1].hex()
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return full(digits if len(data) == 4 else "-".join(parts))
