"""The packets that are written and read as bytes are the same as bumble's."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from bumble import hci
from hypothesis import given
from hypothesis import strategies as st

from babyn_simulator import hci_packets

HANDLES = st.integers(0, 0xEFF)
RSSI = st.integers(-127, 127)
ADDRESSES = st.builds(
    hci.Address,
    st.binary(min_size=6, max_size=6),
    st.sampled_from((hci.AddressType.PUBLIC_DEVICE, hci.AddressType.RANDOM_DEVICE)),
)


def said(report: Any) -> list[object]:
    """Return what a report says, field by field."""
    return [getattr(report, field.name) for field in fields(report)]


def only_report(packet: bytes) -> Any:
    """Return the report that bumble reads in an event."""
    (report,) = getattr(hci.HCI_Packet.from_bytes(packet), "reports")  # noqa: B009 - untyped
    return report


@given(HANDLES, st.integers(0, 2), st.binary(max_size=251))
def test_acl_packets_are_bumbles(handle: int, boundary: int, data: bytes) -> None:
    """Mutant: the packet boundary flag in the broadcast flag's place."""
    theirs = hci.HCI_AclDataPacket(handle, boundary, 0, len(data), data)
    assert hci_packets.acl_packet(handle, boundary, data) == bytes(theirs)


@given(HANDLES, st.integers(1, 0xFFFF), st.binary(max_size=247))
def test_a_whole_frame_comes_back(handle: int, cid: int, payload: bytes) -> None:
    """Mutant: the length of the data for that of the payload."""
    packet = hci_packets.l2cap_packet(handle, cid, payload)
    assert hci_packets.read_l2cap_packet(packet) == (handle, cid, payload)
    theirs = hci.HCI_AclDataPacket.from_bytes(packet)
    assert (theirs.connection_handle, theirs.pb_flag) == (handle, hci_packets.FIRST_FROM_HOST)
    assert theirs.data[4:] == payload


@pytest.mark.parametrize(
    "packet",
    [
        "02 01 20",
        "02 01 20 05 00 01 00 04 00",  # data cut off
        "02 01 20 05 00 02 00 04 00 FF",  # the frame goes on in another packet
        "02 01 10 05 00 01 00 04 00 FF",  # a continuation
        "02 01 30 05 00 01 00 04 00 FF",  # a boundary flag that LE does not use
        "02 01 20 06 00 01 00 04 00 FF",  # another length than it has
    ],
)
def test_what_is_no_whole_frame_is_left_to_bumble(packet: str) -> None:
    """Mutant: check only one of the two lengths, or no boundary flag."""
    assert hci_packets.read_l2cap_packet(bytes.fromhex("02 01 20 05 00 01 00 04 00 FF"))
    assert hci_packets.read_l2cap_packet(bytes.fromhex(packet)) is None


@given(HANDLES, st.integers(0, 0xFFFF))
def test_completed_packets_are_bumbles(handle: int, count: int) -> None:
    """Mutant: handle and count in the other order."""
    packet = hci_packets.completed_packets(handle, count)
    assert packet == bytes(
        hci.HCI_Number_Of_Completed_Packets_Event(
            connection_handles=[handle], num_completed_packets=[count]
        )
    )
    assert hci_packets.read_completed_packets(packet) == (handle, count)
    assert hci_packets.read_completed_packets(packet + b"\0") is None


def test_completions_of_two_connections_are_left_to_bumble() -> None:
    """Mutant: read the first one only."""
    event = hci.HCI_Number_Of_Completed_Packets_Event(
        connection_handles=[1, 2], num_completed_packets=[1, 1]
    )
    assert hci_packets.read_completed_packets(bytes(event)) is None


@given(st.integers(0, 4), ADDRESSES, st.binary(max_size=31), RSSI)
def test_legacy_reports_are_bumbles(
    event_type: int, address: hci.Address, data: bytes, rssi: int
) -> None:
    """Mutant: RSSI before the data, or unsigned."""
    packet = hci_packets.legacy_report(event_type, address, data, rssi)
    report = hci.HCI_LE_Advertising_Report_Event.Report(
        event_type, address.address_type, address, data, rssi
    )
    assert packet == bytes(hci.HCI_LE_Advertising_Report_Event([report]))
    assert said(hci_packets.read_report(packet)) == said(only_report(packet))


@given(
    event_type=st.integers(0, 0x7F),
    address=ADDRESSES,
    target=ADDRESSES,
    data=st.binary(max_size=229),
    rssi=RSSI,
    sid=st.integers(0, 0xFF),
)
def test_extended_reports_are_bumbles(
    event_type: int, address: hci.Address, target: hci.Address, data: bytes, rssi: int, sid: int
) -> None:
    """Mutant: swap transmit power and RSSI, or the two addresses."""
    packet = hci_packets.extended_report(
        event_type, address, data, rssi, secondary_phy=1, sid=sid, target=target
    )
    report = hci.HCI_LE_Extended_Advertising_Report_Event.Report(
        event_type=event_type,
        address_type=address.address_type,
        address=address,
        primary_phy=hci.Phy.LE_1M,
        secondary_phy=1,
        advertising_sid=sid,
        tx_power=127,
        rssi=rssi,
        periodic_advertising_interval=0,
        direct_address_type=target.address_type,
        direct_address=target,
        data=data,
    )
    assert packet == bytes(hci.HCI_LE_Extended_Advertising_Report_Event([report]))
    assert said(hci_packets.read_report(packet)) == said(only_report(packet))
    read = hci_packets.read_report(packet)
    assert str(read) == str(only_report(packet))


ADDRESS = hci.Address("C0:00:00:00:00:01")


@pytest.mark.parametrize(
    "packet",
    [
        hci_packets.legacy_report(0, ADDRESS, b"\x02\x01\x06", -50),
        hci_packets.extended_report(
            0, ADDRESS, b"\x02\x01\x06", -50, secondary_phy=0, sid=1, target=ADDRESS
        ),
    ],
    ids=["legacy", "extended"],
)
def test_a_damaged_report_is_left_to_bumble(packet: bytes) -> None:
    """Mutant: leave out a check of a length, of the event, or of the number of reports."""
    assert hci_packets.read_report(packet) is not None
    for cut in range(len(packet)):
        assert hci_packets.read_report(packet[:cut]) is None
    assert hci_packets.read_report(packet + b"\0") is None
    for index in (1, 2, 3, 4):  # the event, its length, the subevent, the number of reports
        damaged = bytearray(packet)
        damaged[index] ^= 0x40
        assert hci_packets.read_report(bytes(damaged)) is None


def test_a_packet_that_was_parsed_before_is_the_same_object() -> None:
    """Mutant: parse each anew."""
    packet = bytes.fromhex("01 03 0C 00")  # HCI_Reset
    assert hci_packets.parse(packet) is hci_packets.parse(bytes(bytearray(packet)))
    assert bytes(hci_packets.parse(packet)) == packet
