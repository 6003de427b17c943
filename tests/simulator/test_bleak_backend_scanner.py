"""The scanner, through bleak's own ``BleakScanner``, in virtual time."""

from __future__ import annotations

import asyncio
import contextvars
from typing import cast

import pytest
from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from bumble import hci
from bumble.core import AdvertisingData
from bumble.device import AdvertisingEventProperties, AdvertisingParameters
from hypothesis import given
from hypothesis import strategies as st

from babyn_simulator.bleak_backend import scanner_backend
from babyn_simulator.bleak_backend.scanning import Peer, Sighting
from tests.simulator.bleak_bench import (
    BATTERY,
    SENSOR,
    THERMOMETER,
    Bench,
    on_bench,
    outcome,
    pass_time,
)

SCAN_PARAMETERS = "HCI_LE_SET_EXTENDED_SCAN_PARAMETERS_COMMAND"
SCAN_ENABLE = "HCI_LE_SET_EXTENDED_SCAN_ENABLE_COMMAND"
READ_ADDRESS = cast(
    "hci.HCI_SyncCommand[hci.HCI_Read_BD_ADDR_ReturnParameters]", hci.HCI_Read_BD_ADDR_Command()
)


class Heard:
    """Keeps every report."""

    def __init__(self) -> None:
        self.reports: list[tuple[BLEDevice, AdvertisementData]] = []
        self.first = asyncio.Event()

    def __call__(self, device: BLEDevice, data: AdvertisementData) -> None:
        self.reports.append((device, data))
        self.first.set()


def sighting(data: bytes, scan_response: bytes = b"") -> Sighting:
    """Return a sighting with this data at -60 dBm."""
    address = hci.Address(SENSOR)
    report = hci.HCI_LE_Advertising_Report_Event.Report(0, address.address_type, address, data, -60)
    return Sighting(address, address, Peer(data, scan_response), -60, None, report)


@on_bench
async def test_active_scan_merges_scan_response(bench: Bench) -> None:
    """Mutant: report the scan response alone, without the advertisement before it."""
    await bench.sensor()
    heard = Heard()
    async with bench.scanner(heard):
        await pass_time(1)
    device, data = heard.reports[-1]
    assert device.address == SENSOR
    assert device.name == data.local_name == "Sensor"
    assert data.service_uuids == [THERMOMETER]
    assert data.manufacturer_data == {0xFFFF: b"\x01\x02"}
    assert data.rssi == -25  # path loss at 10 cm
    first = heard.reports[0][1]
    assert first.local_name is None
    assert first.service_uuids == [THERMOMETER]


@on_bench
async def test_passive_scan_hears_no_scan_response(bench: Bench) -> None:
    """Mutant: always scan actively. The control is the test above."""
    await bench.sensor()
    heard = Heard()
    async with bench.scanner(heard, scanning_mode="passive"):
        await pass_time(1)
    assert heard.reports
    assert {data.local_name for _, data in heard.reports} == {None}


def test_a_peer_that_says_something_else_is_read_again() -> None:
    """Mutant: keep what was read of the first data. The control is the same data again."""
    peer = Peer(b"\x03\xff\x01\x00")
    first = peer.advertised()
    peer.data = bytes(peer.data)
    assert peer.advertised() is first
    peer.data = b"\x03\xff\x02\x00"
    assert peer.advertised().manufacturer_data == {2: b""}
    peer.scan_response = b"\x02\x09A"
    assert peer.advertised().local_name == "A"


def test_a_program_may_change_what_it_was_given() -> None:
    """Mutant: give every report the same dictionaries and lists."""
    heard = sighting(b"\x04\xff\x01\x00\xaa\x03\x03\x0f\x18\x04\x16\x0f\x18\x57")
    before, changed = heard.advertisement_data(), heard.advertisement_data()
    changed.manufacturer_data.clear()
    changed.service_data.clear()
    changed.service_uuids.clear()
    assert heard.advertisement_data() == before
    assert before.service_uuids == [BATTERY]
    assert list(before.service_data) == [BATTERY]
    assert list(before.manufacturer_data) == [1]


def test_all_kinds_of_data_are_parsed() -> None:
    """Mutant: TX power unsigned, or service data of one UUID size only."""
    uuid128 = bytes(range(16))
    advertised = bytes(
        AdvertisingData(
            [
                (0x08, b"Sens"),
                (0x0A, b"\xf4"),
                (0x16, b"\xd2\xfc\x40"),
                (0x20, b"\x01\x00\x00\x00\x41"),
                (0x02, b"\x0f\x18\x09\x18"),
                (0x05, b"\x01\x00\x00\x00"),
                (0xFF, b"\x01\x00\xaa"),
            ]
        )
    )
    response = bytes(
        AdvertisingData([(0x09, b"Sensor"), (0x21, uuid128 + b"\x42"), (0x07, uuid128)])
    )
    data = sighting(advertised, response).advertisement_data()
    long = "0f0e0d0c-0b0a-0908-0706-050403020100"
    assert data.local_name == "Sensor"
    assert data.tx_power == -12
    assert data.rssi == -60
    assert data.manufacturer_data == {1: b"\xaa"}
    assert data.service_data == {
        "0000fcd2-0000-1000-8000-00805f9b34fb": b"\x40",
        "00000001-0000-1000-8000-00805f9b34fb": b"\x41",
        long: b"\x42",
    }
    assert data.service_uuids == [
        BATTERY,
        THERMOMETER,
        "00000001-0000-1000-8000-00805f9b34fb",
        long,
    ]


@given(data=st.binary(max_size=80), scan_response=st.binary(max_size=31))
def test_any_data_is_taken(data: bytes, scan_response: bytes) -> None:
    """Mutant: raise on data that makes no sense."""
    found = sighting(data, scan_response).advertisement_data()
    assert all(len(uuid) == 36 for uuid in [*found.service_uuids, *found.service_data])


@pytest.mark.parametrize("cut", range(1, 30))
def test_cut_data_is_left_out(cut: int) -> None:
    """Mutant: read past the end of a structure."""
    whole = bytes(
        AdvertisingData([(0x09, b"Sensor"), (0x16, b"\xd2\xfc\x40"), (0xFF, b"\x01\x00\xaa")])
    )
    data = sighting(whole[:-cut]).advertisement_data()
    assert data.manufacturer_data == {}
    assert data.local_name in (None, "Sensor")


@on_bench
async def test_filter_by_service_uuid(bench: Bench) -> None:
    """Mutant: pass on what does not match. The control hears it."""
    await bench.sensor()
    none, control = Heard(), Heard()
    async with bench.scanner(none, service_uuids=[BATTERY]) as scanner:
        await pass_time(1)
    assert none.reports == []
    assert scanner.discovered_devices == []
    async with bench.scanner(control, service_uuids=[THERMOMETER.upper()]):
        await pass_time(1)
    assert control.reports


@on_bench
async def test_discover_and_find(bench: Bench) -> None:
    await bench.sensor()
    await bench.sensor("C0:00:00:00:00:03")
    backend = scanner_backend(bench.central)
    found = await BleakScanner.discover(2, backend=backend, return_adv=True)
    assert sorted(found) == [SENSOR, "C0:00:00:00:00:03"]
    assert await BleakScanner.find_device_by_address(SENSOR.lower(), backend=backend)
    assert await BleakScanner.find_device_by_name("Nobody", 1, backend=backend) is None
    assert not bench.is_scanning()


@on_bench
async def test_scanners_share_the_adapter(bench: Bench) -> None:
    """Mutant: the first to stop ends the scan of the others, or the last leaves it running."""
    await bench.sensor()
    first, second = Heard(), Heard()
    one, two = bench.scanner(first), bench.scanner(second)
    await one.start()
    await two.start()
    await pass_time(1)
    assert bench.count.commands[SCAN_ENABLE] == 1
    await one.stop()
    stopped_at = len(first.reports)
    await pass_time(1)
    assert len(first.reports) == stopped_at
    assert len(second.reports) > stopped_at
    assert bench.is_scanning()
    await two.stop()
    assert not bench.is_scanning()
    assert bench.count.commands[SCAN_ENABLE] == 2


@on_bench
async def test_active_if_any_is_active(bench: Bench) -> None:
    """Mutant: stay passive when an active scanner joins, or active when it leaves."""
    await bench.sensor()
    passive, active = Heard(), Heard()
    async with bench.scanner(passive, scanning_mode="passive"):
        await pass_time(1)
        assert bench.is_passive()
        async with bench.scanner(active):
            assert not bench.is_passive()
            await pass_time(1)
        assert bench.is_passive()
        assert bench.is_scanning()
    assert any(data.local_name for _, data in active.reports)
    assert bench.count.commands[SCAN_PARAMETERS] == 3


@on_bench
async def test_start_when_off(bench: Bench) -> None:
    """Mutant: start all the same. The control is every other test."""
    await bench.central.power_off()
    error = await outcome(bench.scanner().start())
    assert isinstance(error, BleakBluetoothNotAvailableError)
    assert error.reason is BleakBluetoothNotAvailableReason.POWERED_OFF
    assert not bench.is_scanning()


@on_bench
async def test_start_twice(bench: Bench) -> None:
    """Mutant: a second start doubles every report."""
    async with bench.scanner() as scanner:
        assert isinstance(await outcome(scanner.start()), BleakError)
        assert bench.is_scanning()
    assert not bench.is_scanning()


@on_bench
async def test_stop_is_harmless_at_any_time(bench: Bench) -> None:
    scanner = bench.scanner()
    await scanner.stop()
    await scanner.start()
    await scanner.stop()
    await scanner.stop()
    assert bench.count.commands[SCAN_ENABLE] == 2


@on_bench
async def test_power_off_ends_the_scan(bench: Bench) -> None:
    """Mutant: ``stop()`` after a power-off sends commands, or a new start is refused."""
    await bench.sensor()
    heard = Heard()
    scanner = bench.scanner(heard)
    await scanner.start()
    await bench.central.power_off()
    sent = bench.count.commands.total()
    await scanner.stop()
    assert bench.count.commands.total() == sent
    await bench.central.power_on()
    ended_at = len(heard.reports)
    await pass_time(1)
    assert len(heard.reports) == ended_at
    await scanner.start()
    await pass_time(1)
    assert len(heard.reports) > ended_at
    await scanner.stop()


@on_bench
async def test_seen_devices_begin_anew(bench: Bench) -> None:
    """Mutant: keep the devices of the scan before."""
    sensor = await bench.sensor()
    scanner = bench.scanner()
    async with scanner:
        await pass_time(1)
    assert [device.address for device in scanner.discovered_devices] == [SENSOR]
    await sensor.peripheral.power_off()
    async with scanner:
        await pass_time(1)
    assert scanner.discovered_devices == []


@on_bench
async def test_scan_response_is_forgotten_between_scans(bench: Bench) -> None:
    """Mutant: a passive scan tells the name that an active one heard before."""
    await bench.sensor()
    async with bench.scanner():
        await pass_time(1)
    heard = Heard()
    async with bench.scanner(heard, scanning_mode="passive"):
        await pass_time(1)
    assert heard.reports
    assert {data.local_name for _, data in heard.reports} == {None}


@on_bench
async def test_error_of_a_callback_stays_with_it(bench: Bench) -> None:
    """Mutant: let it through, so that another scanner hears nothing."""
    await bench.sensor()
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reported.append(type(context["exception"]).__name__)
    )

    def broken(_device: BLEDevice, _data: AdvertisementData) -> None:
        raise LookupError

    heard = Heard()
    async with bench.scanner(broken), bench.scanner(heard):
        await pass_time(1)
    assert len(heard.reports) > 1
    assert set(reported) == {"LookupError"}


@on_bench
async def test_callback_runs_in_the_context_of_the_start(bench: Bench) -> None:
    """Mutant: run it in the controller's context."""
    await bench.sensor()
    mark = contextvars.ContextVar("mark", default=0)
    seen: set[int] = set()

    def look(_device: BLEDevice, _data: AdvertisementData) -> None:
        seen.add(mark.get())

    scanner = bench.scanner(look)
    mark.set(7)
    async with scanner:
        await pass_time(1)
    assert seen == {7}


class Slow:
    """A controller at the end of a slow line."""

    def __init__(self, bench: Bench) -> None:
        self._sink = bench.central.host.hci_sink
        bench.central.host.set_packet_sink(self)

    def on_packet(self, packet: bytes) -> None:
        assert self._sink is not None
        asyncio.get_running_loop().call_later(0.1, self._sink.on_packet, packet)


@on_bench
async def test_cancelled_start_leaves_no_scan(bench: Bench) -> None:
    """Mutant: cut a command short. The controller scans on; the next command gets its answer."""
    Slow(bench)
    for cancelled_after in (0.0, 0.05, 0.1, 0.15, 0.19):
        task = asyncio.create_task(bench.scanner().start())
        await pass_time(cancelled_after)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        answer = await bench.central.send_sync_command(READ_ADDRESS)
        assert isinstance(answer, hci.HCI_Read_BD_ADDR_ReturnParameters)
        assert not bench.is_scanning()
        assert not bench.central.controller.le_scan_enable
    async with bench.scanner():
        assert bench.central.controller.le_scan_enable
    assert not bench.is_scanning()


@on_bench
async def test_long_extended_data_is_put_together(bench: Bench) -> None:
    """Mutant: report each fragment by itself."""
    peer = await bench.sensor()
    await peer.peripheral.device.stop_advertising()
    data = bytes(
        AdvertisingData([(0xFF, b"\x01\x00" + bytes(200)), (0x16, b"\xd2\xfc" + bytes(30))])
    )
    parameters = AdvertisingParameters(
        advertising_event_properties=AdvertisingEventProperties(is_connectable=True)
    )
    await peer.peripheral.device.create_advertising_set(
        advertising_parameters=parameters, advertising_data=data
    )
    heard = Heard()
    async with bench.scanner(heard):
        await heard.first.wait()
    advertisement = heard.reports[0][1]
    assert advertisement.manufacturer_data == {1: bytes(200)}
    assert advertisement.service_data == {"0000fcd2-0000-1000-8000-00805f9b34fb": bytes(30)}
