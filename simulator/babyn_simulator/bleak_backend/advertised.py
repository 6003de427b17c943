"""What a peer says in its advertising data, in bleak's terms.

Core Specification Supplement, Part A §1; Core v6.0 - Bluetooth Core Specification - Vol 3
Part C §11
"""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass, field
from typing import Final

from bleak.uuids import normalize_uuid_16, normalize_uuid_32

_UUID_LISTS: Final = {0x02: 2, 0x03: 2, 0x04: 4, 0x05: 4, 0x06: 16, 0x07: 16}
_SERVICE_DATA: Final = {0x16: 2, 0x20: 4, 0x21: 16}
_SHORTENED_NAME: Final = 0x08
_COMPLETE_NAME: Final = 0x09
_TX_POWER: Final = 0x0A
_MANUFACTURER_DATA: Final = 0xFF


@functools.lru_cache(maxsize=1024)
def uuid_text(raw: bytes) -> str:
    """Return a UUID in bleak's spelling from 2, 4 or 16 bytes, least significant first."""
    if len(raw) == 2:
        return normalize_uuid_16(int.from_bytes(raw, "little"))
    if len(raw) == 4:
        return normalize_uuid_32(int.from_bytes(raw, "little"))
    return str(uuid.UUID(bytes=raw[::-1]))


def structures(data: bytes) -> list[tuple[int, bytes]]:
    """Split advertising data. What is cut off at the end is left out."""
    found: list[tuple[int, bytes]] = []
    offset = 0
    while offset < len(data) and (length := data[offset]):
        end = offset + 1 + length
        if end > len(data):
            break
        found.append((data[offset + 1], data[offset + 2 : end]))
        offset = end
    return found


@dataclass(slots=True)
class Advertised:
    """The content of an advertisement and its scan response, merged as operating systems do."""

    local_name: str | None = None
    manufacturer_data: dict[int, bytes] = field(default_factory=dict[int, bytes])
    service_data: dict[str, bytes] = field(default_factory=dict[str, bytes])
    service_uuids: list[str] = field(default_factory=list[str])
    tx_power: int | None = None


def read(data: bytes, scan_response: bytes) -> Advertised:
    """Read both halves; what makes no sense in them is left out."""
    said = Advertised()
    names: dict[int, str] = {}
    service_uuids: dict[str, None] = {}
    for kind, value in structures(data) + structures(scan_response):
        if size := _UUID_LISTS.get(kind):
            for start in range(0, len(value) - size + 1, size):
                service_uuids[uuid_text(value[start : start + size])] = None
        elif size := _SERVICE_DATA.get(kind):
            if len(value) >= size:
                said.service_data[uuid_text(value[:size])] = value[size:]
        elif kind in (_SHORTENED_NAME, _COMPLETE_NAME):
            names[kind] = value.decode("utf-8", "replace")
        elif kind == _TX_POWER and len(value) == 1:
            said.tx_power = int.from_bytes(value, "little", signed=True)
        elif kind == _MANUFACTURER_DATA and len(value) >= 2:
            said.manufacturer_data[int.from_bytes(value[:2], "little")] = value[2:]
    said.local_name = names.get(_COMPLETE_NAME) or names.get(_SHORTENED_NAME) or None
    said.service_uuids = list(service_uuids)
    return said
