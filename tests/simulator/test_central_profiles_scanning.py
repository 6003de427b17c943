"""Scanning as the central profiles do it, each difference beside its absence."""

from __future__ import annotations

import pytest
from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs
from bleak.assigned_numbers import AdvertisementDataType
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakDBusError, BleakError

from babyn_simulator.bleak_backend.profiles import (
    BLUEZ,
    ESPHOME_PROXY,
    CentralProfile,
    PassiveScan,
)
from babyn_simulator.peripheral import Advertisement, Peripheral
from tests.simulator.bleak_bench import SENSOR, Bench, on_bench, outcome, pass_time
from tests.simulator.profile_bench import on_profiles

FLAGS = AdvertisementDataType.FLAGS
MANUFACTURER_DATA = AdvertisementDataType.MANUFACTURER_SPECIFIC_DATA


class Reports:
    """Keeps what a scan reports."""

    def __init__(self) -> None:
        self.devices: list[BLEDevice] = []
        self.data: list[AdvertisementData] = []

    def __call__(self, device: BLEDevice, data: AdvertisementData) -> None:
        self.devices.append(device)
        self.data.append(data)

    def names(self) -> set[str | None]:
        return {data.local_name for data in self.data}


async def listen(scanner: BleakScanner, seconds: float) -> None:
    """Scan for so long."""
    async with scanner:
        await pass_time(seconds)


@on_profiles("uuid_addresses")
@on_bench
async def test_uuids_for_addresses(bench: Bench, profile: CentralProfile, value: bool) -> None:
    """Mutant: after the connect, show the address."""
    bench.profile = profile
    await bench.sensor()
    found = await bench.find()
    assert found is not None
    assert (found.address == SENSOR) == (not value)
    assert len(found.address) == (36 if value else 17)
    async with bench.client(found) as client:
        assert client.address == found.address
    async with bench.client(found.address.lower()) as client:
        assert client.address == found.address


@on_profiles("one_scan")
@on_bench
async def test_a_second_scan_is_in_the_way(
    bench: Bench, profile: CentralProfile, value: bool
) -> None:
    """Mutant: the scan that was refused stays, and is in the way of the next."""
    bench.profile = profile
    first, second = bench.scanner(), bench.scanner()
    await first.start()
    error = await outcome(second.start())
    assert isinstance(error, BleakDBusError) == value
    if isinstance(error, BleakDBusError):
        assert error.dbus_error == "org.bluez.Error.InProgress"
    assert bench.is_scanning()
    await first.stop()
    if value:
        await second.start()
    await second.stop()
    assert not bench.is_scanning()


@on_profiles("passive_scan")
@on_bench
async def test_passive_scans(bench: Bench, profile: CentralProfile, value: PassiveScan) -> None:
    """habluetooth#615. Mutants: a pattern may stand anywhere, or in any structure."""
    bench.profile = profile
    await bench.sensor()
    active, passive = Reports(), Reports()
    await listen(bench.scanner(active), 5)
    assert active.names() == ({None} if value is PassiveScan.ALWAYS else {None, "Sensor"})
    if value in (PassiveScan.REFUSED, PassiveScan.NEEDS_PATTERNS):
        with pytest.raises(BleakError):
            bench.scanner(passive, scanning_mode="passive")
    if value is PassiveScan.REFUSED:
        return
    everybody = value is not PassiveScan.NEEDS_PATTERNS
    for pattern, seen in (
        ((0, FLAGS, b"\x06"), True),
        ((0, FLAGS, b"\x02"), everybody),
        ((0, MANUFACTURER_DATA, b"\x06"), everybody),
        ((2, MANUFACTURER_DATA, b"\x01"), True),
        ((0, MANUFACTURER_DATA, b"\x01"), everybody),
    ):
        passive = Reports()
        args: BlueZScannerArgs = {"or_patterns": [pattern]}
        await listen(bench.scanner(passive, scanning_mode="passive", bluez=args), 5)
        assert bench.is_passive()
        assert bool(passive.data) == seen


class WithoutFlags(Advertisement):
    """What some peers advertise: all but the flags."""

    def data(self) -> bytes:
        return super().data()[3:]


@pytest.mark.parametrize("flags", [True, False])
def test_patterns_on_the_flags_miss_who_has_none(flags: bool) -> None:
    """habluetooth#615. Mutant: report a peer that matches no pattern."""

    @on_bench
    async def test(bench: Bench) -> None:
        bench.profile = BLUEZ
        kind = Advertisement if flags else WithoutFlags
        await bench.peer([], advertisement=kind(service_uuids=(0xFD00,)))
        patterns: BlueZScannerArgs = {
            "or_patterns": [(0, FLAGS, bytes([value])) for value in (0x02, 0x06, 0x1A)]
        }
        passive, active = Reports(), Reports()
        await listen(bench.scanner(passive, scanning_mode="passive", bluez=patterns), 5)
        await listen(bench.scanner(active), 5)
        assert bool(passive.data) == flags
        assert active.data

    test()


@on_profiles("rssi_step")
@on_bench
async def test_reports_of_what_is_new(
    bench: Bench, profile: CentralProfile, value: int | None
) -> None:
    """Mutant: compare with the last report heard, not with the last passed on."""
    bench.profile = profile
    sensor = (await bench.sensor()).peripheral
    sensor.position = (1.0, 0.0)
    reports = Reports()
    counts: list[int] = []
    async with bench.scanner(reports):
        for metres in (1.0, 1.2, 1.6, 2.4):  # -50, -52, -55 and -60 dBm
            sensor.position = (metres, 0.0)
            await pass_time(5)
            counts.append(len(reports.data))
    changes = [after - before for before, after in zip([0, *counts], counts, strict=False)]
    if value is None:
        assert min(changes) > 40  # two reports for each of 5 s at 100 ms, and its jitter
    elif value == 1:
        assert changes == [2, 1, 1, 1]  # without the scan response, and with it
        assert [data.rssi for data in reports.data] == [-50, -50, -52, -55, -60]
    else:
        assert changes == [2, 0, 0, 1]
        assert [data.rssi for data in reports.data] == [-50, -50, -60]


@on_profiles("keeps_old_data")
@on_bench
async def test_what_was_advertised_before(
    bench: Bench, profile: CentralProfile, value: bool
) -> None:
    """Mutant: forget it when the next scan begins."""
    bench.profile = profile
    for company in (1, 2):
        advertisement = Advertisement(manufacturer_data={company: b"x"})
        reports = Reports()
        async with Peripheral(bench.air, address=SENSOR, advertisement=advertisement):
            await listen(bench.scanner(reports), 5)
        companies = {tuple(data.manufacturer_data) for data in reports.data}
        assert companies == {(1, 2) if value and company == 2 else (company,)}
        await pass_time(20)


@pytest.mark.parametrize(("profile", "kept"), [(BLUEZ, False), (ESPHOME_PROXY, True)])
def test_old_data_goes_when_the_peer_is_forgotten(profile: CentralProfile, kept: bool) -> None:
    """Mutant: keep what was advertised by one that is forgotten."""

    @on_bench
    async def test(bench: Bench) -> None:
        bench.profile = profile
        for company in (1, 2):
            advertisement = Advertisement(manufacturer_data={company: b"x"})
            reports = Reports()
            async with Peripheral(bench.air, address=SENSOR, advertisement=advertisement):
                await listen(bench.scanner(reports), 5)
            await pass_time(40)
        assert {tuple(data.manufacturer_data) for data in reports.data} == {
            (1, 2) if kept else (2,)
        }

    test()


@on_profiles("gap_names")
@on_bench
async def test_device_names(bench: Bench, profile: CentralProfile, value: bool) -> None:
    """Mutant: read the name, and show the advertised one. It is read once a connect."""
    bench.profile = profile
    peer = await bench.peer([], name="Lamp 1.0", advertisement=Advertisement(local_name="Lamp"))
    found = await bench.find("Lamp")
    assert found is not None
    async with bench.client(found) as client:
        assert client.name == ("Lamp 1.0" if value else "Lamp")
    assert bench.count.sent["ATT_READ_REQUEST"] == value
    reports = Reports()
    await listen(bench.scanner(reports), 5)
    assert {device.name for device in reports.devices} == {"Lamp 1.0" if value else "Lamp"}
    assert "Lamp" in reports.names()
    assert peer.name == "Lamp 1.0"
