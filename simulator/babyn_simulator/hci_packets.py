"""The HCI packets that pass in great numbers, written and read as bytes.

bumble makes an object of each packet, field by field, and bytes of that again, which is what
most of a simulation's time goes into. Here a packet is one ``struct``, and its bytes are the
same. What is not exactly of the expected form is not read: a reader returns ``None``, and
bumble decides.

Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §5.4.2, §7.7.19, §7.7.65.2, §7.7.65.13
"""

from __future__ import annotations

import functools
import struct
from typing import Any, Final, TypeAlias

from bumble import hci

FIRST_FROM_HOST: Final = 0
CONTINUING: Final = 1
FIRST_FROM_CONTROLLER: Final = 2
"""Packet boundary flags of ACL data (Vol 4 Part E §5.4.2)."""

ACL: Final = hci.HCI_ACL_DATA_PACKET
EVENT: Final = hci.HCI_EVENT_PACKET

_ACL_HEADER = struct.Struct("<BHH")
_L2CAP_IN_ACL = struct.Struct("<BHHHH")
_COMPLETED = struct.Struct("<4sHH")
_COMPLETED_HEAD = bytes((EVENT, hci.HCI_NUMBER_OF_COMPLETED_PACKETS_EVENT, 5, 1))
_REPORT_HEAD = struct.Struct("<BBBBB")
_LEGACY_REPORT = struct.Struct("<BB6sB")
_EXTENDED_REPORT = struct.Struct("<HB6sBBBBbHB6sB")
_LEGACY_DATA = _REPORT_HEAD.size + _LEGACY_REPORT.size
_EXTENDED_DATA = _REPORT_HEAD.size + _EXTENDED_REPORT.size

Report: TypeAlias = (
    hci.HCI_LE_Advertising_Report_Event.Report | hci.HCI_LE_Extended_Advertising_Report_Event.Report
)
"""One advertising report, of either kind."""


@functools.lru_cache(maxsize=1 << 10)
def parse(packet: bytes) -> hci.HCI_Packet:
    """Return what bumble makes of a packet, the same object each time; nobody changes one.

    Each device sends the same commands at power-on, and gets the same answers.
    """
    return hci.HCI_Packet.from_bytes(packet)


# ACL data


def acl_packet(handle: int, boundary: int, data: bytes) -> bytes:
    """Return an ACL data packet with a fragment of an L2CAP frame."""
    return _ACL_HEADER.pack(ACL, boundary << 12 | handle, len(data)) + data


def l2cap_packet(handle: int, cid: int, payload: bytes) -> bytes:
    """Return an ACL data packet, from a host, with a whole L2CAP frame."""
    length = len(payload)
    return _L2CAP_IN_ACL.pack(ACL, handle, length + 4, length, cid) + payload


def read_l2cap_packet(packet: bytes) -> tuple[int, int, bytes] | None:
    """Return handle, channel and payload of an ACL data packet with a whole L2CAP frame."""
    size = len(packet) - _L2CAP_IN_ACL.size
    if size < 0:
        return None
    _, head, data_length, length, cid = _L2CAP_IN_ACL.unpack_from(packet)
    boundary = head >> 12
    if data_length != size + 4 or length != size or boundary not in (0, FIRST_FROM_CONTROLLER):
        return None
    return head & 0xFFF, cid, packet[_L2CAP_IN_ACL.size :]


# Number Of Completed Packets


def completed_packets(handle: int, count: int) -> bytes:
    """Return an event that says how many packets of one connection the controller is done with."""
    return _COMPLETED.pack(_COMPLETED_HEAD, handle, count)


def read_completed_packets(packet: bytes) -> tuple[int, int] | None:
    """Return handle and count of such an event, if it is about one connection."""
    if len(packet) != _COMPLETED.size:
        return None
    head, handle, count = _COMPLETED.unpack(packet)
    return (handle, count) if head == _COMPLETED_HEAD else None


# Advertising reports


def legacy_report(event_type: int, address: hci.Address, data: bytes, rssi: int) -> bytes:
    """Return an LE Advertising Report event with one report.

    Args:
        event_type: by that event's numbers.
        address: the advertiser's.
        data: 31 bytes at most.
        rssi: in dBm.
    """
    size = len(data)
    return b"".join(
        (
            _REPORT_HEAD.pack(
                EVENT, hci.HCI_LE_META_EVENT, 12 + size, hci.HCI_LE_ADVERTISING_REPORT_EVENT, 1
            ),
            _LEGACY_REPORT.pack(event_type, address.address_type, address.address_bytes, size),
            data,
            (rssi & 0xFF).to_bytes(1, "little"),
        )
    )


def extended_report(
    event_type: int,
    address: hci.Address,
    data: bytes,
    rssi: int,
    *,
    secondary_phy: int,
    sid: int,
    target: hci.Address,
) -> bytes:
    """Return an LE Extended Advertising Report event with one report, heard on the 1M PHY.

    Args:
        event_type: by that event's bits.
        address: the advertiser's.
        data: 229 bytes at most.
        rssi: in dBm.
        secondary_phy: 0 for none.
        sid: the advertising set identifier; 0xFF for none.
        target: whom a directed advertisement is for.
    """
    size = len(data)
    return (
        _REPORT_HEAD.pack(
            EVENT, hci.HCI_LE_META_EVENT, 26 + size, hci.HCI_LE_EXTENDED_ADVERTISING_REPORT_EVENT, 1
        )
        + _EXTENDED_REPORT.pack(
            event_type,
            address.address_type,
            address.address_bytes,
            hci.Phy.LE_1M,
            secondary_phy,
            sid,
            127,  # no transmit power
            rssi,
            0,  # no periodic advertising
            target.address_type,
            target.address_bytes,
            size,
        )
        + data
    )


def read_report(packet: bytes) -> Report | None:
    """Return the report in an advertising report event, of either kind, that has just one."""
    if len(packet) < _LEGACY_DATA + 1:
        return None
    _, code, length, subevent, count = _REPORT_HEAD.unpack_from(packet)
    if code != hci.HCI_LE_META_EVENT or count != 1 or length != len(packet) - 3:
        return None
    if subevent == hci.HCI_LE_EXTENDED_ADVERTISING_REPORT_EVENT:
        return _read_extended(packet)
    if subevent == hci.HCI_LE_ADVERTISING_REPORT_EVENT:
        return _read_legacy(packet)
    return None


def _read_legacy(packet: bytes) -> Report | None:
    event_type, address_type, raw, size = _LEGACY_REPORT.unpack_from(packet, _REPORT_HEAD.size)
    end = _LEGACY_DATA + size
    if end + 1 != len(packet):
        return None
    address = _address(address_type, raw)
    rssi = int.from_bytes(packet[end:], "little", signed=True)
    return _LegacyReport(event_type, address_type, address, packet[_LEGACY_DATA:end], rssi)


def _read_extended(packet: bytes) -> Report | None:
    if len(packet) < _EXTENDED_DATA:
        return None
    kind, address_type, raw, phy, phy2, sid, power, level, interval, target_type, target, size = (
        _EXTENDED_REPORT.unpack_from(packet, _REPORT_HEAD.size)
    )
    if _EXTENDED_DATA + size != len(packet):
        return None
    return _ExtendedReport(
        kind,
        address_type,
        _address(address_type, raw),
        phy,
        phy2,
        sid,
        power,
        level,
        interval,
        target_type,
        _address(target_type, target),
        packet[_EXTENDED_DATA:],
    )


@functools.lru_cache(maxsize=1 << 14)
def _address(address_type: int, raw: bytes) -> hci.Address:
    """Return an address, the same object each time; nobody changes one."""
    return hci.Address(raw, hci.AddressType(address_type))


def _fields_of(report: type[Any]) -> Any:
    return hci.HCI_Object.fields_from_dataclass(report)


class _LegacyReport(hci.HCI_LE_Advertising_Report_Event.Report):
    """The report, without working out its fields anew each time it is made."""

    fields = _fields_of(hci.HCI_LE_Advertising_Report_Event.Report)

    def __post_init__(self) -> None:
        pass


class _ExtendedReport(hci.HCI_LE_Extended_Advertising_Report_Event.Report):
    """The same, of the other kind."""

    fields = _fields_of(hci.HCI_LE_Extended_Advertising_Report_Event.Report)

    def __post_init__(self) -> None:
        pass
