"""A packet as a fault sees it: one L2CAP frame on its way between a device and a central.

Core v6.0 - Bluetooth Core Specification - Vol 3 Part A §3.1, Vol 3 Part F §3.4
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

if TYPE_CHECKING:
    from bumble.core import UUID

    from babyn_simulator.peripheral import Peripheral
    from babyn_simulator.radio import Link

Opcode: TypeAlias = Literal[
    "error_response",
    "exchange_mtu_request",
    "exchange_mtu_response",
    "find_information_request",
    "find_information_response",
    "find_by_type_value_request",
    "find_by_type_value_response",
    "read_by_type_request",
    "read_by_type_response",
    "read_request",
    "read_response",
    "read_blob_request",
    "read_blob_response",
    "read_by_group_type_request",
    "read_by_group_type_response",
    "write_request",
    "write_response",
    "write_command",
    "prepare_write_request",
    "prepare_write_response",
    "execute_write_request",
    "execute_write_response",
    "handle_value_notification",
    "handle_value_indication",
    "handle_value_confirmation",
]

OPCODES: Mapping[str, int] = {
    "error_response": 0x01,
    "exchange_mtu_request": 0x02,
    "exchange_mtu_response": 0x03,
    "find_information_request": 0x04,
    "find_information_response": 0x05,
    "find_by_type_value_request": 0x06,
    "find_by_type_value_response": 0x07,
    "read_by_type_request": 0x08,
    "read_by_type_response": 0x09,
    "read_request": 0x0A,
    "read_response": 0x0B,
    "read_blob_request": 0x0C,
    "read_blob_response": 0x0D,
    "read_by_group_type_request": 0x10,
    "read_by_group_type_response": 0x11,
    "write_request": 0x12,
    "write_response": 0x13,
    "prepare_write_request": 0x16,
    "prepare_write_response": 0x17,
    "execute_write_request": 0x18,
    "execute_write_response": 0x19,
    "handle_value_notification": 0x1B,
    "handle_value_indication": 0x1D,
    "handle_value_confirmation": 0x1E,
    "write_command": 0x52,
}
"""ATT opcodes, by their names (Vol 3 Part F §3.4.8)."""

REQUESTS = frozenset(code for name, code in OPCODES.items() if name.endswith("_request"))
"""The opcodes that a server has to answer."""

ATT_CID = 0x0004
"""The L2CAP channel of ATT (Vol 3 Part A §2.1)."""

HEADER = 4
"""Bytes of a frame's basic L2CAP header: length and channel."""

_WITH_HANDLE = frozenset((0x0A, 0x0C, 0x12, 0x16, 0x1B, 0x1D, 0x52))


class _Attribute(Protocol):
    @property
    def type(self) -> UUID: ...


class _AttributeTable(Protocol):
    def get_attribute(self, handle: int) -> _Attribute | None: ...


@dataclass(frozen=True, slots=True)
class Packet:
    """An L2CAP frame on a link.

    Attributes:
        frame: all of its bytes.
        direction: which way it goes.
        link: the link that it is on.
        device: the device at one end of it.
    """

    frame: bytes
    direction: Literal["from_device", "to_device"]
    link: Link
    device: Peripheral

    @property
    def opcode(self) -> int | None:
        """The ATT opcode, or ``None`` on another channel."""
        frame = self.frame
        if len(frame) <= HEADER or int.from_bytes(frame[2:4], "little") != ATT_CID:
            return None
        return frame[HEADER]

    @property
    def handle(self) -> int | None:
        """The handle of the attribute that it is about, if it names one."""
        if self.opcode not in _WITH_HANDLE or len(self.frame) < HEADER + 3:
            return None
        return int.from_bytes(self.frame[HEADER + 1 : HEADER + 3], "little")

    @property
    def attribute(self) -> str | None:
        """The UUID of the type of that attribute, in small letters and as short as it is."""
        handle = self.handle
        if handle is None or not self.device.powered_on:
            return None
        table = cast("_AttributeTable", self.device.device.gatt_server)
        attribute = table.get_attribute(handle)
        return None if attribute is None else attribute.type.to_hex_str("-").lower()


def att_frame(pdu: bytes) -> bytes:
    """Return the L2CAP frame that carries an ATT PDU."""
    return len(pdu).to_bytes(2, "little") + ATT_CID.to_bytes(2, "little") + pdu
