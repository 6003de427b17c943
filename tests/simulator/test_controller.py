"""What a virtual controller tells its host, and what it does when told to."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

from typing import Any, cast

import pytest
from bumble import hci
from bumble.core import AdvertisingData
from bumble.device import AdvertisingType, Peer

from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Advertisement, Peripheral
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.virtual_bench import (
    DEVICE,
    NOTE,
    Central,
    RawHost,
    note,
    pass_time,
    reasons_of,
    settle,
    virtually,
)


def legacy_scan(*, active: bool, filter_duplicates: bool = False) -> list[object]:
    return [
        hci.HCI_LE_Set_Scan_Parameters_Command(
            le_scan_type=int(active),
            le_scan_interval=16,
            le_scan_window=16,
            own_address_type=1,
            scanning_filter_policy=0,
        ),
        hci.HCI_LE_Set_Scan_Enable_Command(
            le_scan_enable=1, filter_duplicates=int(filter_duplicates)
        ),
    ]


@pytest.mark.parametrize(
    ("advertisement", "active", "types"),
    [
        (Advertisement(), False, {0}),
        (Advertisement(), True, {0, 4}),
        (Advertisement(connectable=False), True, {2, 4}),
        (Advertisement(connectable=False, scannable=False), True, {3}),
    ],
)
@virtually
async def test_a_host_that_scans_the_legacy_way_gets_legacy_reports(
    advertisement: Advertisement, active: bool, types: set[int]
) -> None:
    air = Air(rssi=PathLoss(noise=0))
    host = RawHost(VirtualController(air))
    async with Peripheral(air, name="Note", advertisement=advertisement, address=DEVICE):
        await host.send(*legacy_scan(active=active))
        host.packets.clear()
        await pass_time(0.25)
        assert {report.event_type for report in host.reports()} == types


@virtually
async def test_duplicates_are_filtered_when_the_host_asks() -> None:
    """Mutant: the filter is ignored, or swallows the scan response."""
    air = Air(rssi=PathLoss(noise=0))
    host = RawHost(VirtualController(air))
    async with note(air)[0]:
        await host.send(*legacy_scan(active=True, filter_duplicates=True))
        await pass_time(5)
        host.packets = [p for p in host.packets if hasattr(p, "reports")]
        assert [report.event_type for report in host.reports()] == [0, 4]


@virtually
async def test_one_report_and_one_response_for_each_event() -> None:
    """Mutant: a scanner is told twice of one advertisement."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    reports: list[Any] = []
    central.device.host.on("advertising_report", reports.append)
    async with note(air)[0]:
        await central.scan(0.95)
    kinds = [report.event_type & 8 for report in reports]
    assert kinds == [0, 8] * 9  # the first event was before anybody listened
    data = AdvertisingData.from_bytes(reports[1].data)
    assert data.get(AdvertisingData.COMPLETE_LOCAL_NAME, raw=True) == b"Note"


@virtually
async def test_extended_advertising_is_for_hosts_that_scan_the_extended_way() -> None:
    """Also: more than fits into one report comes in several, each marked."""
    air = Air(rssi=PathLoss(noise=0))
    old = RawHost(VirtualController(air))
    central = Central(air)
    await central.device.power_on()
    reports: list[Any] = []
    central.device.host.on("advertising_report", reports.append)
    sender = Central(air, address=DEVICE)
    await sender.device.power_on()
    long = b"\xf9\xff\xff\xff" + bytes(246)
    await old.send(*legacy_scan(active=True))
    old.packets.clear()
    await central.device.start_scanning()
    await sender.device.create_advertising_set(advertising_data=long)
    await pass_time(0.5)
    assert [(report.event_type, len(report.data)) for report in reports] == [
        (0x21, 229),
        (0x01, len(long) - 229),
    ]
    assert b"".join(report.data for report in reports) == long
    assert old.packets == []


@virtually
async def test_a_directed_advertisement_reaches_only_its_target() -> None:
    air = Air(rssi=PathLoss(noise=0))
    target, other = Central(air), Central(air, address="C0:00:00:00:00:09")
    sender = Central(air, address=DEVICE)
    for central in (target, other, sender):
        await central.device.power_on()
    for central in (target, other):
        await central.device.start_scanning()
    await sender.device.start_advertising(
        AdvertisingType.DIRECTED_CONNECTABLE_LOW_DUTY, target=target.device.random_address
    )
    await pass_time(0.5)
    assert (len(target.heard), len(other.heard)) == (1, 0)


@virtually
async def test_a_cancelled_connect_completes_and_one_that_is_none_is_refused() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.8.13."""
    host = RawHost(VirtualController(Air()))
    (refused,) = await host.send(hci.HCI_LE_Create_Connection_Cancel_Command())
    assert isinstance(refused, hci.HCI_Command_Complete_Event)
    assert refused.return_parameters.status == hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR
    create = hci.HCI_LE_Create_Connection_Command(
        le_scan_interval=16,
        le_scan_window=16,
        initiator_filter_policy=0,
        peer_address_type=1,
        peer_address=hci.Address(DEVICE),
        own_address_type=1,
        connection_interval_min=24,
        connection_interval_max=24,
        max_latency=0,
        supervision_timeout=400,
        min_ce_length=0,
        max_ce_length=0,
    )
    status, complete, ended = await host.send(create, hci.HCI_LE_Create_Connection_Cancel_Command())
    assert isinstance(status, hci.HCI_Command_Status_Event)
    assert isinstance(complete, hci.HCI_Command_Complete_Event)
    assert isinstance(ended, hci.HCI_LE_Connection_Complete_Event)
    assert ended.status == hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
    assert not host.controller.air.listened


@virtually
async def test_reset_forgets_everything() -> None:
    """Mutant: a reset leaves advertising, scanning, an address or a link behind."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        await central.connect(peripheral)
        await settle()
        reasons = reasons_of(peripheral.connections[0])
        await central.device.start_scanning()
        await central.device.start_advertising()
        host = RawHost(central.controller)
        packets = await host.send(hci.HCI_Reset_Command())
        assert [type(packet) for packet in packets] == [hci.HCI_Command_Complete_Event]
        assert not air.listened
        assert not central.controller.advertising_sets
        assert central.controller.random_address == hci.Address.ANY_RANDOM
        assert not central.controller.le_connections
        await pass_time(5)
        assert host.packets == packets
        assert reasons == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]


@virtually
async def test_each_side_hears_who_ended_the_connection() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.1.6."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        here, there = reasons_of(connection), reasons_of(peripheral.connections[0])
        await connection.disconnect()
        await settle()
        assert here == [hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR]
        assert there == [hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR]


@virtually
async def test_what_is_not_there_is_answered_as_such() -> None:
    """Mutant: a host waits for ever for an answer to what the controller does not know."""
    host = RawHost(VirtualController(Air()))
    (gone,) = await host.send(hci.HCI_Disconnect_Command(connection_handle=7, reason=0x13))
    assert isinstance(gone, hci.HCI_Command_Status_Event)
    assert gone.status == hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
    (asynchronous,) = await host.send(hci.HCI_Read_Clock_Offset_Command(connection_handle=7))
    assert isinstance(asynchronous, hci.HCI_Command_Status_Event)
    assert asynchronous.status == hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR
    (synchronous,) = await host.send(hci.HCI_Read_Voice_Setting_Command())
    assert isinstance(synchronous, hci.HCI_Command_Complete_Event)
    assert synchronous.return_parameters.status == hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR


@virtually
async def test_an_advertising_set_that_is_not_there_does_not_start() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.8.56."""
    host = RawHost(VirtualController(Air()))
    enable = bytes.fromhex("01 3920 06 01 01 03 0000 00")
    set_address = bytes.fromhex("01 3520 07 03 0200000000c0")
    (unknown,) = await host.send(enable)
    _, without_parameters = await host.send(set_address, enable)
    for refused in (unknown, without_parameters):
        assert bytes(refused) == bytes.fromhex("04 0e 04 01 3920 42")


@virtually
async def test_connecting_twice_to_one_device_is_refused() -> None:
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        with pytest.raises(hci.HCI_Error, match="CONNECTION_ALREADY_EXISTS"):
            await central.connect(peripheral)
        await connection.disconnect()


@virtually
async def test_parameters_change_at_both_ends() -> None:
    """Mutant: the supervision timeout stays the old one."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        await connection.update_parameters(50, 50, 2, 6000)
        await pass_time(1)
        sides = [connection, peripheral.connections[0]]
        assert {
            (side.parameters.connection_interval, side.parameters.supervision_timeout)
            for side in sides
        } == {(50.0, 6000.0)}
        reasons = reasons_of(connection)
        peripheral.lose_link()
        await pass_time(5.8)  # the peer was last heard up to three intervals ago
        assert reasons == []
        await pass_time(0.2)
        assert reasons == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]


@virtually
async def test_the_host_may_ask_how_well_a_peer_is_heard() -> None:
    air = Air(rssi=lambda _sender, _receiver: -61)
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        assert await cast("Any", connection).get_rssi() == -61
        await connection.disconnect()


@virtually
async def test_long_frames_come_in_packets_that_fit_the_hosts_buffers() -> None:
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, characteristic = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        await Peer(connection).request_mtu(517)
        proxy = await central.characteristic(connection, NOTE)
        received: list[bytes] = []
        await proxy.subscribe(lambda value: received.append(bytes(value)))
        host = RawHost(central.controller)
        await peripheral.notify(characteristic, bytes(range(250)) * 2)
        await settle()
        lengths = [
            (packet.pb_flag, packet.data_total_length)
            for packet in host.packets
            if isinstance(packet, hci.HCI_AclDataPacket)
        ]
        assert lengths == [(2, 251), (1, 251), (1, 5)]
        peripheral.lose_link(silence=0.0)
        await pass_time(0.1)


@virtually
async def test_random_numbers_come_from_the_entropy_that_is_given() -> None:
    async def rand(entropy: Entropy | None) -> bytes:
        host = RawHost(VirtualController(Air(), entropy=entropy))
        (packet,) = await host.send(hci.HCI_LE_Rand_Command())
        assert isinstance(packet, hci.HCI_Command_Complete_Event)
        return bytes(packet.return_parameters.random_number)

    assert await rand(Entropy(1, "a")) == await rand(Entropy(1, "a"))
    assert await rand(None) != await rand(None)
