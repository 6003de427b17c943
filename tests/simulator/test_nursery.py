"""A nursery, through bleak: what a test or a program of somebody else's sees of it."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakGATTProtocolError

from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_simulator import clock, scenario
from babyn_simulator.bonds import MemoryBondStore
from babyn_simulator.clock import VirtualTimeLoop
from babyn_simulator.errors import ScenarioError
from babyn_simulator.nursery import Nursery, NurseryRadio
from tests.simulator.virtual_bench import pass_time, virtually


async def bound(radio: NurseryRadio, nursery: Nursery) -> None:
    """Pair a radio with the patch."""
    async with BleakClient(nursery.thermometer().address, backend=radio.client) as client:
        await client.pair()


@virtually
async def test_scan_connect_pair_and_read_temperatures() -> None:
    async with Nursery.open("demo") as nursery:
        radio = await nursery.radio()
        found = await BleakScanner.discover(timeout=3, return_adv=True, backend=radio.scanner)
        names = {device.address: data.local_name for device, data in found.values()}
        assert names == {
            nursery.devices["patch"].address: "Thermometer",
            nursery.devices["speaker"].address: "Speaker",
        }
        strength = {data.local_name: data.rssi for _, data in found.values()}
        assert strength["Thermometer"] > strength["Speaker"]
        received: list[TemperatureMeasurement] = []
        async with BleakClient(nursery.devices["patch"].address, backend=radio.client) as client:

            def on_value(_sender: object, data: bytearray) -> None:
                received.append(TemperatureMeasurement.parse(bytes(data)))

            with pytest.raises(BleakGATTProtocolError):
                await client.start_notify(Uuids.TEMPERATURE_MEASUREMENT, on_value)
            await client.pair()
            await client.start_notify(Uuids.TEMPERATURE_MEASUREMENT, on_value)
            await pass_time(60)
        values = [float(str(message.value)) for message in received]
        assert len(values) in (60, 61)  # one may be on its way as the minute begins
        assert values[-1] > values[10] + 0.5  # the fever
        assert max(values) < 38.6


@virtually
async def test_control_from_a_test() -> None:
    async with Nursery.open() as nursery:
        patch = nursery.thermometer("patch")
        assert nursery.devices["patch"] is patch
        radio = await nursery.radio()
        await bound(radio, nursery)
        gone: list[object] = []
        client = BleakClient(patch.address, gone.append, backend=radio.client)
        async with client:
            patch.force_temperature(38.5)
            patch.set_battery(3)
            assert await client.read_gatt_char(Uuids.BATTERY_LEVEL) == b"\x03"
            serial = await client.read_gatt_char(Uuids.SERIAL_NUMBER_STRING)
            assert bytes(serial).decode() == patch.serial
            patch.lose_link()
            await pass_time(2)
            assert (len(gone), client.is_connected) == (1, False)
        await patch.power_off()
        assert await BleakScanner.discover(timeout=2, backend=radio.scanner) == []
        await patch.power_on()
        assert len(await BleakScanner.discover(timeout=2, backend=radio.scanner)) == 1
        for wrong in ("nobody", "speaker"):
            with pytest.raises(KeyError, match="no thermometer"):
                nursery.thermometer(wrong)


@virtually
async def test_an_adapter_can_be_switched_off_and_on() -> None:
    """Mutant: links or scans outlive the power, or the adapter does not come back."""
    async with Nursery.open() as nursery:
        radio = await nursery.radio()
        client = BleakClient(nursery.thermometer().address, backend=radio.client)
        await client.connect()
        await radio.power_off()
        assert not client.is_connected
        with pytest.raises(BleakBluetoothNotAvailableError):
            await BleakScanner.discover(timeout=1, backend=radio.scanner)
        await pass_time(5)
        await radio.power_on()
        assert len(await BleakScanner.discover(timeout=2, backend=radio.scanner)) == 1
        await client.connect()
        await client.disconnect()
        await radio.aclose()
        await radio.aclose()
        assert nursery.air.members == (nursery.devices["patch"].controller,)


@virtually
async def test_two_centrals_share_the_air() -> None:
    async with Nursery.open() as nursery:
        first, second = await nursery.radio(), await nursery.radio(position=(3.0, 0.0))
        assert first.device.random_address != second.device.random_address
        async with BleakClient(nursery.thermometer().address, backend=first.client):
            assert await BleakScanner.discover(timeout=1, backend=second.scanner) == []
        assert len(await BleakScanner.discover(timeout=1, backend=second.scanner)) == 1


@virtually
async def test_bonds_outlive_the_nursery_in_their_store() -> None:
    """Mutant: devices or centrals keep their bonds in memory only, or identities change."""
    bonds = MemoryBondStore()
    async with Nursery.open(bonds=bonds) as nursery:
        await bound(await nursery.radio(), nursery)
    assert {name.rsplit("/", 2)[0] for name in await bonds.names()} == {
        "central/sim",
        "central/sim/0",
        "sim/patch",
    }
    async with Nursery.open(bonds=bonds) as nursery:
        radio = await nursery.radio()
        async with BleakClient(nursery.thermometer().address, backend=radio.client) as client:
            assert await client.read_gatt_char(Uuids.BATTERY_LEVEL)
    async with Nursery.open() as nursery:  # the control: another store
        radio = await nursery.radio()
        async with BleakClient(nursery.thermometer().address, backend=radio.client) as client:
            with pytest.raises(BleakGATTProtocolError):
                await client.read_gatt_char(Uuids.BATTERY_LEVEL)


async def _digest(seed: int | None, output: io.BytesIO | None = None) -> tuple[str, int, str]:
    async with Nursery.open(seed=seed, capture=output) as nursery:
        radio = await nursery.radio()
        await bound(radio, nursery)
        await pass_time(60)
        return nursery.digest(), nursery.packets, nursery.thermometer().serial


def test_the_seed_decides_everything() -> None:
    """Mutant: something draws from the system, or ignores the seed."""
    assert clock.run(_digest(None)) == clock.run(_digest(1))
    assert clock.run(_digest(1)) == clock.run(_digest(1))
    first, second = clock.run(_digest(1)), clock.run(_digest(2))
    assert first[0] != second[0]
    assert first[2] != second[2]


def test_a_capture_does_not_change_the_run(tmp_path: Path) -> None:
    output = io.BytesIO()
    assert clock.run(_digest(1, output)) == clock.run(_digest(1))
    assert output.getvalue().startswith(b"btsnoop\0")

    async def to_file() -> None:
        async with Nursery.open(capture=tmp_path / "run.btsnoop"):
            pass

    clock.run(to_file())
    assert (tmp_path / "run.btsnoop").read_bytes().startswith(b"btsnoop\0")


def test_a_scenarios_epoch_sets_the_date_but_never_back() -> None:
    """Mutant: a second nursery turns back a date that somebody has seen."""

    async def main() -> list[datetime]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        seen: list[datetime] = []
        for moment in (None, datetime(2026, 5, 1, tzinfo=UTC)):
            if moment is not None:
                loop.set_utc_now(moment)
            async with Nursery.open("demo"):
                seen.append(loop.utc_now())
        return seen

    evening = datetime(2026, 1, 1, 19, 30, tzinfo=UTC)
    assert clock.run(main()) == [evening, datetime(2026, 5, 1, tzinfo=UTC)]


def test_it_runs_on_an_ordinary_loop_too() -> None:
    async def main() -> int:
        async with Nursery.open("demo") as nursery:  # the scenario's `time` is for command lines
            radio = await nursery.radio()
            device = await BleakScanner.find_device_by_name(
                "Thermometer", timeout=10, backend=radio.scanner
            )
            assert device is not None
            return nursery.packets

    assert asyncio.run(main()) > 0


def test_a_radio_belongs_to_the_loop_of_its_nursery() -> None:
    async def main() -> None:
        async with Nursery.open() as nursery:

            def elsewhere() -> None:
                with pytest.raises(RuntimeError, match="loop_scope='function'"):
                    asyncio.run(_radio(nursery))

            await asyncio.to_thread(elsewhere)

    clock.run(main())


async def _radio(nursery: Nursery) -> None:
    await nursery.radio()


def test_a_wrong_scenario_starts_nothing() -> None:
    async def main() -> None:
        async with Nursery.open("nope"):
            pass

    with pytest.raises(ScenarioError, match="no scenario named 'nope'"):
        clock.run(main())


@virtually
async def test_a_scenario_of_ones_own() -> None:
    plan = scenario.parse(
        '[[device]]\nkind = "thermometer"\nname = "one"\npairing = "none"\n'
        'address = "00:11:22:33:44:55/P"\nserial = "S1"\nlocal_name = "Mine"\n'
        '[[device]]\nkind = "thermometer"\nname = "two"\nposition = [0.0, 9.0]\n'
    )
    async with Nursery.open(plan, seed=5) as nursery:
        assert nursery.seed == 5
        one = nursery.thermometer("one")
        assert (one.address, one.serial, one.name) == ("00:11:22:33:44:55", "S1", "Mine")
        assert nursery.thermometer("two").serial.startswith("SIM-")
        radio = await nursery.radio()
        device = await BleakScanner.find_device_by_name("Mine", backend=radio.scanner)
        assert device is not None
        async with BleakClient(device, backend=radio.client) as client:
            assert await client.read_gatt_char(Uuids.SERIAL_NUMBER_STRING) == b"S1"
