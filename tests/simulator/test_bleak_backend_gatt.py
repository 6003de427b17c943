"""Services and values, through bleak's own ``BleakClient``, in virtual time."""

from __future__ import annotations

import pytest
from bleak.exc import (
    BleakCharacteristicNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from babyn_simulator.peripheral import Characteristic, Service
from babyn_simulator.services import RequestRefusedError
from tests.simulator.bleak_bench import (
    BATTERY,
    BOX,
    LEVEL,
    NOTE,
    THERMOMETER,
    TWIN,
    VENDOR,
    Bench,
    Values,
    on_bench,
    outcome,
    settle,
    stretch_last_service,
)

# Discovery


@on_bench
async def test_a_service_with_nothing_in_it(bench: Bench) -> None:
    """Mutant: expect a characteristic in each service."""
    await bench.peer([Service(0xFD00), Service(0xFD01, [Characteristic(0x2A19, read=b"\x57")])])
    async with bench.client() as client:
        empty = client.services.get_service("fd00")
        assert empty is not None
        assert empty.characteristics == []
        assert bytes(await client.read_gatt_char(LEVEL)) == b"\x57"


@on_bench
async def test_services_as_bleak_shows_them(bench: Bench) -> None:
    """Mutant: handles of values in place of declarations."""
    await bench.sensor()
    async with bench.client() as client:
        services = client.services
        assert [service.uuid for service in services][2:] == [THERMOMETER, BATTERY, VENDOR]
        note = services.get_characteristic(NOTE)
        assert note is not None
        assert note.service_uuid == VENDOR
        assert note.handle == note.service_handle + 1
        assert note.properties == ["indicate", "notify", "read"]
        assert note.max_write_without_response_size == 514
        assert [item.uuid[4:8] for item in note.descriptors] == ["2901", "2902"]
        assert [item.handle for item in note.descriptors] == [note.handle + 2, note.handle + 3]
        assert services.get_characteristic(note.handle) is note


@on_bench
async def test_service_filter(bench: Bench) -> None:
    """Mutant: look into services that nobody asked for."""
    await bench.sensor()
    async with bench.client(services=["180f"]) as client:
        assert [service.uuid for service in client.services] == [BATTERY]
        assert await client.read_gatt_char(LEVEL) == b"\x57"
        error = await outcome(client.read_gatt_char(NOTE))
        assert isinstance(error, BleakCharacteristicNotFoundError)
    assert bench.count.sent["ATT_FIND_INFORMATION_REQUEST"] == 1  # five without the filter


@on_bench
async def test_two_characteristics_of_one_uuid(bench: Bench) -> None:
    await bench.sensor()
    async with bench.client() as client:
        assert isinstance(await outcome(client.read_gatt_char(TWIN)), BleakError)
        twins = [item for item in client.services.characteristics.values() if item.uuid == TWIN]
        assert [bytes(await client.read_gatt_char(twin)) for twin in twins] == [b"secret", b"2"]


@pytest.mark.parametrize("mtu", [23, 517])
def test_last_service_ends_at_the_last_handle(mtu: int) -> None:
    """Mutant: ask beyond handle 0xFFFF."""

    @on_bench
    async def test(bench: Bench) -> None:
        sensor = await bench.sensor()
        stretch_last_service(sensor.peripheral)
        async with bench.client(mtu=mtu) as client:
            last = list(client.services)[-1]
            assert last.uuid == VENDOR
            assert len(last.characteristics) == 4

    test()


@on_bench
async def test_packets_of_a_connect(bench: Bench) -> None:
    """Mutant: ask for characteristics service by service. bumble's own client needs 30 requests."""
    await bench.sensor()
    async with bench.client() as client:
        assert bench.count.sent == {
            "ATT_EXCHANGE_MTU_REQUEST": 1,
            "ATT_READ_BY_GROUP_TYPE_REQUEST": 3,
            "ATT_READ_BY_TYPE_REQUEST": 2,
            "ATT_FIND_INFORMATION_REQUEST": 5,
        }
        await client.start_notify(NOTE, Values())
        assert bench.count.sent["ATT_WRITE_REQUEST"] == 1
        assert bench.count.requests == 12


# Values


@pytest.mark.parametrize("mtu", [23, 24, 100, 230, 517])
def test_values_at_any_mtu(mtu: int) -> None:
    """Mutant: a part too many or too few of a long value."""

    @on_bench
    async def test(bench: Bench) -> None:
        sensor = await bench.sensor()
        async with bench.client(mtu=mtu) as client:
            assert client.mtu_size == mtu
            for length in (0, 1, mtu - 4, mtu - 3, mtu - 2, mtu - 1, mtu, 2 * (mtu - 1), 512):
                value = bytes(number % 251 for number in range(min(length, 512)))
                sensor.long_value = value
                assert await client.read_gatt_char(BOX) == value
                await client.write_gatt_char(BOX, value, response=True)
                assert sensor.written.pop() == value

    test()


@on_bench
async def test_requests_for_a_long_read(bench: Bench) -> None:
    """Mutant: stop one part early, or ask for a part that cannot be there."""
    sensor = await bench.sensor()
    async with bench.client(mtu=23) as client:
        for length, parts in ((21, 0), (22, 1), (44, 2), (45, 2), (512, 23)):
            sensor.long_value = bytes(length)
            before = bench.count.sent["ATT_READ_BLOB_REQUEST"]
            await client.read_gatt_char(BOX)
            assert bench.count.sent["ATT_READ_BLOB_REQUEST"] - before == parts


@on_bench
async def test_write_without_response_and_its_limit(bench: Bench) -> None:
    """Mutant: send more than fits into one packet, which bumble does unchecked."""
    sensor = await bench.sensor()
    async with bench.client(mtu=100) as client:
        await client.write_gatt_char(BOX, bytes(97), response=False)
        error = await outcome(client.write_gatt_char(BOX, bytes(98), response=False))
        assert isinstance(error, BleakGATTProtocolError)
        assert error.code == BleakGATTProtocolErrorCode.INVALID_ATTRIBUTE_VALUE_LENGTH
        await settle()
        assert sensor.written == [bytes(97)]


@on_bench
async def test_commands_wait_for_room(bench: Bench) -> None:
    """Mutant: queue without end what the controller cannot send yet."""
    sensor = await bench.sensor()
    async with bench.client() as client:
        queue = bench.central.host.le_acl_packet_queue
        assert queue is not None
        most = 0
        for number in range(500):
            await client.write_gatt_char(BOX, number.to_bytes(2, "big"), response=False)
            most = max(most, queue.pending)
        await settle()
        assert most <= queue.max_in_flight + 1
        assert sensor.written == [number.to_bytes(2, "big") for number in range(500)]


@on_bench
async def test_too_long_for_any_attribute(bench: Bench) -> None:
    sensor = await bench.sensor()
    async with bench.client() as client:
        error = await outcome(client.write_gatt_char(BOX, bytes(513), response=True))
        assert isinstance(error, BleakGATTProtocolError)
        assert sensor.written == []


@on_bench
async def test_any_buffer_can_be_written(bench: Bench) -> None:
    sensor = await bench.sensor()
    async with bench.client() as client:
        for data in (b"abc", bytearray(b"abc"), memoryview(b"abc")):
            await client.write_gatt_char(BOX, data)
        assert sensor.written == [b"abc"] * 3


@on_bench
async def test_descriptors(bench: Bench) -> None:
    await bench.sensor()
    async with bench.client() as client:
        note = client.services.get_characteristic(NOTE)
        assert note is not None
        description = note.get_descriptor("2901")
        assert description is not None
        assert await client.read_gatt_descriptor(description) == b"a note"
        assert await client.read_gatt_descriptor(description.handle) == b"a note"
        error = await outcome(client.write_gatt_descriptor(description, b"x"))
        assert isinstance(error, BleakGATTProtocolError)
        assert error.code == BleakGATTProtocolErrorCode.WRITE_NOT_PERMITTED
        configuration = note.get_descriptor("2902")
        assert configuration is not None
        assert isinstance(
            await outcome(client.write_gatt_descriptor(configuration, b"")), ValueError
        )


@pytest.mark.parametrize("code", [0x03, 0x0E, 0x13, 0x80, 0x9F, 0xFC, 0xFD])
def test_errors_of_the_peer(code: int) -> None:
    """Mutant: lose the code, or let bumble's error out."""

    @on_bench
    async def test(bench: Bench) -> None:
        def refuse() -> bytes:
            raise RequestRefusedError(code)

        await bench.peer(
            [Service(VENDOR, [Characteristic(BOX, read=refuse, write=lambda _: None)])]
        )
        async with bench.client() as client:
            error = await outcome(client.read_gatt_char(BOX))
            assert isinstance(error, BleakGATTProtocolError)
            assert error.code == code
            assert error.__cause__ is None
            assert client.is_connected
            await client.write_gatt_char(BOX, b"x", response=True)

    test()


@on_bench
async def test_not_connected(bench: Bench) -> None:
    """Mutant: an error that is none of bleak's."""
    await bench.sensor()
    client = bench.client()
    await client.connect()
    note = client.services.get_characteristic(NOTE)
    assert note is not None
    await client.disconnect()
    for work in (
        client.read_gatt_char(note),
        client.write_gatt_char(note, b"x", response=True),
        client.write_gatt_char(note, b"x", response=False),
        client.read_gatt_descriptor(note.descriptors[0]),
        client.start_notify(note, Values()),
        client.stop_notify(note),
        client.pair(),
    ):
        assert isinstance(await outcome(work), BleakError)
